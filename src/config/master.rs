//! The master keys of the file store, as the settings or the key file of the data folder give them.

use secrecy::{ExposeSecret, SecretSlice};

/// Bytes of a key.
const LENGTH: usize = 32;

/// A key that wraps the keys of people.
#[derive(Debug, Clone)]
pub struct MasterKey {
    /// By which a wrapped key names it.
    pub id: String,
    pub secret: SecretSlice<u8>,
}

/// Reads `ID:HEX,ID:HEX,…`: the first one wraps, the others still open.
pub fn read(text: &str) -> Result<Vec<MasterKey>, String> {
    let keys: Result<Vec<_>, _> = text.trim().split(',').map(|key| read_one(key.trim())).collect();
    let keys = keys?;
    match keys.iter().enumerate().find(|(at, key)| keys[..*at].iter().any(|before| before.id == key.id)) {
        Some((_, twice)) => Err(format!("the id {} is given twice", twice.id)),
        None => Ok(keys),
    }
}

fn read_one(text: &str) -> Result<MasterKey, String> {
    let (id, hex) = text.split_once(':').ok_or("expected ID:HEX, several separated by commas")?;
    let is_id = (1..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_id {
        return Err("an id has 1 to 32 letters, digits and hyphens".into());
    }
    let secret = SecretSlice::from(hex::decode(hex).unwrap_or_default());
    match secret.expose_secret().len() {
        LENGTH => Ok(MasterKey { id: id.to_owned(), secret }),
        _ => Err(format!("the key {id} must have 64 hexadecimal digits, such as from: openssl rand -hex 32")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_keys_the_first_of_which_wraps() {
        let (new, old) = ("ab".repeat(32), "01".repeat(32));
        let keys = read(&format!("2027:{new}, 2026:{old}\n")).unwrap();
        assert_eq!(keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["2027", "2026"]);
        assert_eq!(keys[1].secret.expose_secret(), [1; 32]);
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        let key = "ab".repeat(32);
        for wrong in [
            "".to_owned(),
            key.clone(),
            format!(":{key}"),
            format!("a b:{key}"),
            format!("1:{key},1:{key}"),
            format!("1:{}", &key[2..]),
            format!("1:{}xy", &key[2..]),
        ] {
            let sentence = read(&wrong).unwrap_err();
            assert!(!sentence.contains("abab"), "{sentence}");
        }
    }
}
