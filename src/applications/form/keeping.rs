//! Keeping a dossier longer: the consent is confirmed by mail with the way back, and before it ends the person is asked
//! whether to renew it.

use sqlx::PgPool;
use time::OffsetDateTime;

use super::link::{self, Page};
use super::mails;
use crate::applications::application;
use crate::config::Config;
use crate::id::ApplicationId;
use crate::mail;
use crate::retention::consent::{self, Refusal};
use crate::retention::{dossier, gone};

/// Keeps the dossier longer and confirms it by mail; a consent that is the same as before is confirmed no second time.
pub async fn keep(
    db: &PgPool,
    config: &Config,
    id: ApplicationId,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    gone::keep_waiting(&mut *tx, id).await?;
    let consent = match consent::grant(&mut tx, id, now).await? {
        Ok(Some(consent)) => consent,
        Ok(None) => return Ok(Ok(())),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let application = application::find(&mut *tx, id).await?.ok_or(sqlx::Error::RowNotFound)?;
    let token = consent::link(&mut *tx, &consent, now).await?;
    let erased = dossier::day_of(&mut tx, id, now).await?;
    mail::enqueue(&mut *tx, &mails::kept_longer(config, &application, erased, &token), now).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Writes to everybody whose consent ends soon, once per consent; returns to how many.
pub async fn remind_due(db: &PgPool, config: &Config, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let mut reminded = 0;
    loop {
        let mut tx = db.begin().await?;
        let Some(ending) = consent::claim_ending(&mut tx, now).await? else { return Ok(reminded) };
        let id = ending.application;
        let erased = dossier::day_of(&mut tx, id, now).await?;
        let application = application::find(&mut *tx, id).await?;
        // Where the usual period or a hold lasts longer anyway, nothing ends with the consent.
        if let Some(application) = application.filter(|_| erased.map(|day| day.on) <= ending.consent.ends_on) {
            let withdrawal = consent::link(&mut *tx, &ending.consent, now).await?;
            let personal = link::for_mail(&mut *tx, application.applicant, id, Page::Application, now).await?;
            let mail = mails::keeping_ends(config, &application, erased, personal.as_deref(), &withdrawal);
            mail::enqueue(&mut *tx, &mail, now).await?;
            reminded += 1;
        }
        tx.commit().await?;
    }
}
