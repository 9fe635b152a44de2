//! Opaque tokens for sessions and links: 256 random bits, of which the database keeps only the SHA-256.

use sha2::{Digest, Sha256};

/// What the database keeps of a token.
pub type Hash = [u8; 32];

/// A new token: what the person gets, and what the database keeps.
pub struct Token {
    pub plain: String,
    pub hash: Hash,
}

/// Makes a token of 256 random bits, written as 64 hex digits.
pub fn new() -> Token {
    let bytes: [u8; 32] = rand::random();
    let plain: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    let hash = hash(&plain);
    Token { plain, hash }
}

/// What the database keeps of a text.
pub fn hash(plain: &str) -> Hash {
    Sha256::digest(plain.as_bytes()).into()
}
