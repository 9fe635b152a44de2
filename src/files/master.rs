//! The master keys, and how they wrap the keys of people. They come from the settings; without one, a key file is made in
//! the data folder at the first start.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use secrecy::{ExposeSecret, SecretSlice};

use super::seal::random;
use crate::config::{Config, MasterKey, read_master_keys};
use crate::id::KeyId;

/// The key file of a portal without the setting.
const FILE: &str = "master.key";
/// What a wrapped key begins with, and its version.
const MAGIC: &str = "portal-key-1";

/// The master keys: the first one wraps, all of them open.
#[derive(Debug)]
pub struct Master(Vec<MasterKey>);

impl Master {
    /// From the settings, or from the key file of the data folder.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let text = match config.files_master_keys.as_ref() {
            Some(keys) => keys.expose_secret().to_owned(),
            None => key_file(&config.data_dir).context("the key file of the data folder")?,
        };
        read_master_keys(&text).map(Self).map_err(anyhow::Error::msg)
    }

    /// The id of the key that wraps.
    pub fn current(&self) -> &str {
        self.0.first().map_or("", |key| &key.id)
    }

    /// A short secret, such as a person's key, as it is stored: `portal-key-1 MASTER BASE64`. It opens only under its id.
    pub fn wrap(&self, id: KeyId, secret: &SecretSlice<u8>) -> io::Result<String> {
        let master = self.0.first().ok_or_else(|| io::Error::other("there is no master key"))?;
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut sealed = secret.expose_secret().to_vec();
        cipher(master)?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(id.0.as_bytes()), &mut sealed)
            .map_err(|_| io::Error::other("a key cannot be wrapped"))?;
        Ok(format!("{MAGIC} {} {}\n", master.id, BASE64_STANDARD.encode([&nonce[..], &sealed].concat())))
    }

    /// The secret from what is stored.
    pub fn unwrap(&self, id: KeyId, stored: &[u8]) -> io::Result<SecretSlice<u8>> {
        let broken = || io::Error::new(io::ErrorKind::InvalidData, format!("the stored key {id} is broken"));
        let text = std::str::from_utf8(stored).map_err(|_| broken())?;
        let mut words = text.split_whitespace();
        let (Some(MAGIC), Some(by), Some(sealed), None) = (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(broken());
        };
        let master = self.0.iter().find(|key| key.id == by);
        let master =
            master.ok_or_else(|| io::Error::other(format!("the master key {by} is not among the settings")))?;
        let sealed = BASE64_STANDARD.decode(sealed).map_err(|_| broken())?;
        let (nonce, sealed) = sealed.split_first_chunk().ok_or_else(broken)?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let secret = cipher(master)?.open_in_place(nonce, Aad::from(id.0.as_bytes()), &mut sealed);
        let length = secret.map_err(|_| broken())?.len();
        sealed.truncate(length);
        Ok(sealed.into())
    }
}

fn cipher(master: &MasterKey) -> io::Result<LessSafeKey> {
    let key = UnboundKey::new(&AES_256_GCM, master.secret.expose_secret());
    key.map(LessSafeKey::new).map_err(|_| io::Error::other("a master key has the wrong length"))
}

/// Reads the key file, which only its owner may; makes it where there is none.
fn key_file(folder: &Path) -> io::Result<String> {
    let path = folder.join(FILE);
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        found => return found,
    }
    fs::create_dir_all(folder)?;
    let draft = folder.join(format!("{FILE}.{}", uuid::Uuid::new_v4()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    writeln!(file, "first:{}", hex::encode(random::<32>()?))?;
    file.sync_all()?;
    // Of two programs that start at once the faster one makes it; both read the same.
    let linked = fs::hard_link(&draft, &path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => fs::File::open(folder)?.sync_all()?,
    }
    fs::read_to_string(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn master(text: &str) -> Master {
        Master(read_master_keys(text).unwrap())
    }

    #[test]
    fn a_wrapped_key_opens_only_as_itself_and_with_its_master() {
        let (old, new) = ("11".repeat(32), "22".repeat(32));
        let before = master(&format!("old:{old}"));
        let (id, secret) = (KeyId::new(), SecretSlice::from(vec![9; 32]));
        let wrapped = before.wrap(id, &secret).unwrap();
        assert!(wrapped.starts_with("portal-key-1 old "));
        let both = master(&format!("new:{new},old:{old}"));
        assert_eq!(both.unwrap(id, wrapped.as_bytes()).unwrap().expose_secret(), [9; 32]);
        assert!(both.unwrap(KeyId::new(), wrapped.as_bytes()).is_err(), "under another's name");
        let without = master(&format!("new:{new}")).unwrap(id, wrapped.as_bytes()).unwrap_err();
        assert_eq!(without.to_string(), "the master key old is not among the settings");
        assert!(master(&format!("old:{new}")).unwrap(id, wrapped.as_bytes()).is_err(), "another key of the same id");
    }
}
