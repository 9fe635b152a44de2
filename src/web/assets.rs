//! Static files, compiled into the binary and served under a path that changes with their content.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::Error;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

/// `/static/` and a short hash of all files: browsers may keep them for ever.
pub fn base() -> &'static str {
    static BASE: LazyLock<String> = LazyLock::new(|| {
        let mut names: Vec<_> = Static::iter().collect();
        names.sort();
        let mut hash = Sha256::new();
        for name in names {
            if let Some(file) = Static::get(&name) {
                hash.update(name.as_bytes());
                hash.update(file.metadata.sha256_hash());
            }
        }
        let digest: String = hash.finalize().iter().take(6).map(|b| format!("{b:02x}")).collect();
        format!("/static/{digest}")
    });
    &BASE
}

/// One static file. Any version in the path gets today's content; only today's may be kept.
pub async fn show(Path((version, path)): Path<(String, String)>) -> Result<Response, Error> {
    let file = Static::get(&path).ok_or(Error::NotFound)?;
    let kind = match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        _ => "text/plain; charset=utf-8",
    };
    let keep = if base().ends_with(&version) { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep)], file.data.into_owned()).into_response())
}

/// Whether a static file of this name exists.
pub fn exists(path: &str) -> bool {
    Static::get(path).is_some()
}
