//! The password of whoever is signed in already, typed once more. Wrong ones count as failed sign-ins.

use std::net::IpAddr;

use time::OffsetDateTime;

use crate::accounts::limit::Attempt;
use crate::accounts::{account, limit};
use crate::portal::Portal;
use crate::web::{Error, Me};

/// Whether it is the person's own; else the sentence beside its field: `wrong`, or how long to wait.
pub async fn check(
    portal: &Portal,
    me: &Me,
    typed: String,
    wrong: &str,
    address: IpAddr,
    now: OffsetDateTime,
) -> Result<Result<(), String>, Error> {
    let attempt = match Attempt::begin(&portal.db, &me.email, address, now).await? {
        Ok(attempt) => attempt,
        Err(wait) => return Ok(Err(limit::sentence(wait, ""))),
    };
    let stored = account::credentials(&portal.db, &me.email).await?.and_then(|c| c.password_hash);
    // No connection is held while this takes its time.
    if portal.passwords.verify(typed, stored).await.map_err(|_| Error::Busy)? {
        attempt.succeeded(&portal.db).await?;
        return Ok(Ok(()));
    }
    attempt.failed(&portal.db, address).await?;
    Ok(Err(wrong.into()))
}
