//! Passwords: the rules of privacy.md, and hashing that never starves the rest of the portal.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

/// Shortest password, in characters (12 once a second factor exists).
pub const SHORTEST: usize = 15;
/// Longest password, in bytes.
pub const LONGEST: usize = 256;
/// At most so many sign-ins wait for a hash; the next ones are asked to come back in a moment.
const WAITING: usize = 200;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    TooShort,
    TooLong,
    /// Among the common ones, or made of the person's own name and address.
    Guessable,
}

impl Refusal {
    /// The sentence beside the field.
    pub fn sentence(self) -> String {
        match self {
            Self::TooShort => format!("Bitte nimm mindestens {SHORTEST} Zeichen; ein kurzer Satz ist gut zu merken."),
            Self::TooLong => format!("Das Passwort ist zu lang; höchstens {LONGEST} Bytes sind möglich."),
            Self::Guessable => "Dieses Passwort ist leicht zu erraten. Bitte wähle eines, das nichts mit dir zu tun hat und keine einfache Folge ist.".into(),
        }
    }
}

/// Checks a new password. `own` are words that say who the person is: name, address, operator.
pub fn check(password: &str, own: &[&str]) -> Result<(), Refusal> {
    if password.chars().count() < SHORTEST {
        return Err(Refusal::TooShort);
    }
    if password.len() > LONGEST {
        return Err(Refusal::TooLong);
    }
    match zxcvbn::zxcvbn(password, own).score() {
        zxcvbn::Score::Zero | zxcvbn::Score::One => Err(Refusal::Guessable),
        _ => Ok(()),
    }
}

/// Too many people sign in at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked")]
pub struct Busy;

/// Hashes and verifies off the async threads, a few at a time.
#[derive(Clone)]
pub struct Passwords {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    dummy: Arc<str>,
}

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            running: Arc::new(Semaphore::new((cores / 2).max(1))),
            waiting: Arc::new(Semaphore::new(WAITING)),
            dummy: hash_now("an account that does not exist").into(),
        }
    }
}

impl Passwords {
    /// The argon2id hash of a password.
    pub async fn hash(&self, password: String) -> Result<String, Busy> {
        self.run(move || hash_now(&password)).await
    }

    /// Whether a password belongs to a stored hash. Without one (unknown account) it takes the same time and fails.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, Busy> {
        let dummy = Arc::clone(&self.dummy);
        self.run(move || {
            let known = stored.is_some();
            let hash = stored.as_deref().unwrap_or(&dummy);
            let matches = PasswordHash::new(hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
            known && matches
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let _place = self.waiting.try_acquire().map_err(|_| Busy)?;
        let _turn = self.running.acquire().await.map_err(|_| Busy)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| Busy)
    }
}

/// Argon2id with its recommended parameters: 19 MiB, t=2, p=1 (privacy.md).
#[expect(
    clippy::expect_used,
    reason = "hashing fails only for parameters that are out of range; these are the defaults"
)]
pub fn hash_now(password: &str) -> String {
    Argon2::default().hash_password(password.as_bytes()).expect("default parameters").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_privacy_md() {
        let hash = hash_now("ein sehr guter Satz");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }

    #[test]
    fn short_long_and_common_passwords_are_refused() {
        assert_eq!(check("kurz", &[]), Err(Refusal::TooShort));
        assert_eq!(check("vierzehn-zeich", &[]), Err(Refusal::TooShort));
        assert_eq!(check(&"ä".repeat(129), &[]), Err(Refusal::TooLong));
        assert_eq!(check("aaaaaaaaaaaaaaaa", &[]), Err(Refusal::Guessable));
        assert_eq!(check("1234567890123456", &[]), Err(Refusal::Guessable));
        assert_eq!(check("jana.woelk@beispiel.de", &["jana.woelk@beispiel.de"]), Err(Refusal::Guessable));
        assert_eq!(check("Sieben Möwen warten am Kai", &[]), Ok(()));
    }
}
