//! Uploaded files: for now only their store, opened and checked at the start.

use std::path::PathBuf;

/// The store of uploaded files.
#[derive(Debug, Clone)]
pub struct Files {
    folder: PathBuf,
}

impl Files {
    /// Opens the store, making its folder where it is missing.
    pub fn open(folder: PathBuf) -> std::io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Whether the store can be reached, for the readiness check.
    pub fn is_reachable(&self) -> bool {
        self.folder.is_dir()
    }
}
