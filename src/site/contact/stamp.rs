//! The stamp of a contact form: when it was shown, signed, so that nobody can claim to have taken their time.
//!
//! Showing a form changes nothing in the database, so the stamp carries everything; sending it twice is one message.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sqlx::PgExecutor;
use time::{Duration, OffsetDateTime};

/// Nobody writes a message faster than this.
pub const SHORTEST: Duration = Duration::seconds(3);
/// A form that is older has to be sent once more.
pub const LONGEST: Duration = Duration::hours(24);

/// The key that signs stamps, one per database.
pub struct Key(Vec<u8>);

/// Why a stamp does not let a message through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Missing, or not ours.
    Forged,
    TooFast,
    TooOld,
}

impl Unfit {
    /// What happened, for the message above the form.
    pub fn what(self) -> &'static str {
        match self {
            Self::TooFast => "Das ging sehr schnell.",
            Self::Forged | Self::TooOld => "Das Formular war lange offen.",
        }
    }

    /// Whether the form needs a new stamp; one that was too fast grows old by itself.
    pub fn wants_new(self) -> bool {
        self != Self::TooFast
    }
}

/// The key of this database.
pub async fn key(db: impl PgExecutor<'_>) -> Result<Key, sqlx::Error> {
    sqlx::query_scalar!("select key from contact_key").fetch_one(db).await.map(Key)
}

/// A new stamp: `seconds.random.signature`.
pub fn issue(key: &Key, now: OffsetDateTime) -> String {
    let random: u128 = rand::random();
    let body = format!("{}.{random:032x}", now.unix_timestamp());
    let signature: String = sign(key, &body).finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
    format!("{body}.{signature}")
}

/// What marks the message that this stamp was for.
pub fn check(key: &Key, stamp: &str, now: OffsetDateTime) -> Result<[u8; 16], Unfit> {
    let (body, signature) = stamp.rsplit_once('.').ok_or(Unfit::Forged)?;
    let signature = bytes(signature).ok_or(Unfit::Forged)?;
    sign(key, body).verify_slice(&signature).map_err(|_| Unfit::Forged)?;
    let (seconds, random) = body.split_once('.').ok_or(Unfit::Forged)?;
    let issued = seconds.parse().ok().and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok()).ok_or(Unfit::Forged)?;
    let random = u128::from_str_radix(random, 16).map_err(|_| Unfit::Forged)?;
    match now - issued {
        age if age < SHORTEST => Err(Unfit::TooFast),
        age if age > LONGEST => Err(Unfit::TooOld),
        _ => Ok(random.to_be_bytes()),
    }
}

fn sign(key: &Key, body: &str) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).expect("a key of any length");
    mac.update(body.as_bytes());
    mac
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.is_ascii() || !hex.len().is_multiple_of(2) {
        return None;
    }
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const SHOWN: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

    #[test]
    fn a_stamp_holds_from_three_seconds_to_a_day() {
        let key = Key(vec![7; 32]);
        let stamp = issue(&key, SHOWN);
        let after = |age: Duration| check(&key, &stamp, SHOWN + age).map(drop);
        assert_eq!(after(SHORTEST - Duration::seconds(1)), Err(Unfit::TooFast));
        assert_eq!(after(SHORTEST), Ok(()));
        assert_eq!(after(LONGEST), Ok(()));
        assert_eq!(after(LONGEST + Duration::seconds(1)), Err(Unfit::TooOld));
    }

    #[test]
    fn only_our_own_stamps_count() {
        let key = Key(vec![7; 32]);
        let stamp = issue(&key, SHOWN);
        let now = SHOWN + SHORTEST;
        let earlier = stamp.replacen(&SHOWN.unix_timestamp().to_string(), "1000000000", 1);
        for forged in ["", ".", "..", "1.2.zz", "ä.ö.ü", &earlier, &stamp[..stamp.len() - 2]] {
            assert_eq!(check(&key, forged, now), Err(Unfit::Forged), "{forged}");
        }
        assert_eq!(check(&Key(vec![8; 32]), &stamp, now), Err(Unfit::Forged));
        assert_ne!(check(&key, &issue(&key, SHOWN), now), check(&key, &stamp, now), "each form has its own");
    }
}
