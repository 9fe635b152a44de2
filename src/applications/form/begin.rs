//! The first step of an application, before anybody is known: every address gets the same answer after the same
//! statements, whether it is known or not, and what really happened stands in a mail.

use std::net::IpAddr;

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;

use super::link::{self, Goal};
use super::mails;
use crate::accounts::account::{self, Account};
use crate::accounts::role::Role;
use crate::accounts::{limit, token};
use crate::config::Config;
use crate::id::{ApplicantId, ApplicationId, CampaignId, QuestionSetId};
use crate::mail::{self, Recipient};
use crate::retention::mails::with_day;
use crate::retention::{dossier, gone};

/// Mails to one address within [`limit::WINDOW`]: enough for a lost mail, too few for a nuisance.
const MAILS: i32 = 3;
/// Mails that one network address may cause within [`limit::WINDOW`].
const PER_NETWORK: i32 = 60;

/// Too many mails were caused from this network; says nothing about any mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

impl TooMany {
    /// The sentence beside the field.
    pub fn sentence(self) -> &'static str {
        "Aus deinem Netz kamen gerade sehr viele Anfragen. Bitte versuche es in einer Viertelstunde noch einmal."
    }
}

/// The posting that somebody applies to.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    pub campaign: CampaignId,
    pub slug: &'a str,
    pub title: &'a str,
    pub questions: QuestionSetId,
}

/// Who asks, as typed and proven.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// Normalised.
    pub email: &'a str,
    /// None: somebody who is signed in, whose network does not matter.
    pub network: Option<IpAddr>,
}

/// Begins an application and puts the personal link into the outbox. One account, one open application per person and
/// posting, however often and at whatever instant this is called; beyond the limit the mail is left out in silence.
pub async fn begin(
    db: &PgPool,
    config: &Config,
    target: Target<'_>,
    asking: Asking<'_>,
    name: &str,
    now: OffsetDateTime,
) -> Result<Result<(), TooMany>, sqlx::Error> {
    let mut tx = db.begin().await?;
    match admit(&mut tx, asking, now).await? {
        Admission::Go => {}
        Admission::Enough => return Ok(Ok(())),
        Admission::TooMany => return Ok(Err(TooMany)),
    }
    gone::keep_waiting_by(&mut *tx, asking.email).await?;
    let found = account::find_or_create(&mut tx, asking.email, name, now).await?;
    let may_apply = !found.is_of_the_house();
    let roles: &[Role] = if may_apply { &[Role::Applicant] } else { &[] };
    account::grant(&mut *tx, found.id, roles, None, now).await?;
    let applicant = ApplicantId::from(found.id);
    ensure_applicant(&mut tx, applicant, may_apply, now).await?;
    let application = ensure_draft(&mut tx, applicant, target, Of::Strangers, now).await?;
    let token = token::new();
    link::keep(&mut *tx, &token, applicant, Goal::application(application), now).await?;
    let to = Recipient::of(found.id, &found.email);
    // The same statements for everybody, whether there is an application or not.
    let dossier = application.unwrap_or_else(ApplicationId::new);
    let erased = dossier::day_of(&mut tx, dossier, now).await?;
    let mail = if may_apply {
        with_day(mails::personal_link(config, to, Some(target.title), &token.plain, now), erased)
    } else {
        mails::sign_in(config, to, &format!("/stellen/{}/bewerbung", target.slug))
    };
    mail::enqueue(&mut *tx, &mail, now).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Puts a new personal link into the outbox, if somebody with this address applies. The same statements for everybody.
pub async fn send_link(
    db: &PgPool,
    config: &Config,
    asking: Asking<'_>,
    goal: Goal,
    now: OffsetDateTime,
) -> Result<Result<(), TooMany>, sqlx::Error> {
    let mut tx = db.begin().await?;
    match admit(&mut tx, asking, now).await? {
        Admission::Go => {}
        Admission::Enough => return Ok(Ok(())),
        Admission::TooMany => return Ok(Err(TooMany)),
    }
    let found = account::find_by_email(&mut *tx, asking.email).await?;
    let token = token::new();
    let applicant = found.as_ref().filter(|a| !a.is_of_the_house()).map(|a| ApplicantId::from(a.id));
    let applicant_or_nobody = applicant.unwrap_or_else(ApplicantId::new);
    link::keep(&mut *tx, &token, applicant_or_nobody, goal, now).await?;
    let erased = dossier::last_day_of(&mut tx, applicant_or_nobody, now).await?;
    let mail = found.as_ref().map(|found: &Account| {
        let to = Recipient::of(found.id, &found.email);
        if applicant.is_some() {
            with_day(mails::personal_link(config, to, None, &token.plain, now), erased)
        } else {
            mails::sign_in(config, to, "/anmeldung?weiter=%2Fbewerbung")
        }
    });
    mail::enqueue_all(&mut *tx, mail.as_slice(), now).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

enum Admission {
    Go,
    /// The mailbox has had its mails.
    Enough,
    TooMany,
}

/// Counts what causes a mail. Only one transaction at a time gets past here with the same address.
async fn admit(db: &mut PgConnection, asking: Asking<'_>, now: OffsetDateTime) -> Result<Admission, sqlx::Error> {
    if limit::turn(&mut *db, &format!("application {}", asking.email), MAILS, now).await?.is_err() {
        return Ok(Admission::Enough);
    }
    let Some(address) = asking.network else { return Ok(Admission::Go) };
    let counter = format!("application from {}", limit::network(address));
    let turn = limit::turn(db, &counter, PER_NETWORK, now).await?;
    Ok(if turn.is_ok() { Admission::Go } else { Admission::TooMany })
}

/// The applicant's row, unless `may_apply` is false; then the statement runs and writes nothing.
async fn ensure_applicant(
    db: &mut PgConnection,
    applicant: ApplicantId,
    may_apply: bool,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into applicant (id, created_at, updated_at) select $1, $2, $2 where $3 on conflict (id) do nothing",
        applicant.0,
        now,
        may_apply,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Whose draft may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Somebody who only typed an address: nothing is begun in the name of people of the house.
    Strangers,
    /// Somebody who is signed in.
    SignedIn,
}

/// The open application of this person to this posting; a new draft if there was none. `None` if they cannot apply
/// this way.
pub async fn ensure_draft(
    db: &mut PgConnection,
    applicant: ApplicantId,
    target: Target<'_>,
    of: Of,
    now: OffsetDateTime,
) -> Result<Option<ApplicationId>, sqlx::Error> {
    sqlx::query!(
        "insert into application (id, applicant_id, campaign_id, question_set_id, created_at, edited_at)
         select $1, p.id, $3, $4, $5, $5 from applicant p
         where p.id = $2 and ($6 or not exists (
             select from account_role r where r.account_id = p.id and r.role <> 'applicant'))
         on conflict (applicant_id, campaign_id) where state not in ('refused', 'withdrawn', 'accepted') do nothing",
        ApplicationId::new().0,
        applicant.0,
        target.campaign.0,
        target.questions.0,
        now,
        of == Of::SignedIn,
    )
    .execute(&mut *db)
    .await?;
    open(db, applicant, target.campaign).await
}

/// The open application of this person to this posting.
pub async fn open(
    db: impl PgExecutor<'_>,
    applicant: ApplicantId,
    campaign: CampaignId,
) -> Result<Option<ApplicationId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: ApplicationId" from application
           where applicant_id = $1 and campaign_id = $2 and state not in ('refused', 'withdrawn', 'accepted')"#,
        applicant.0,
        campaign.0,
    )
    .fetch_optional(db)
    .await
}

/// The applicant's row of somebody who is signed in: their address is confirmed. Nothing is written for an account that was
/// erased at this very moment.
pub async fn ensure_confirmed(
    db: &mut PgConnection,
    applicant: ApplicantId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    gone::wait_for(&mut *db, applicant.into()).await?;
    let row = sqlx::query!(
        "insert into applicant (id, confirmed_at, created_at, updated_at)
         select id, $2, $2, $2 from account where id = $1 and erased_at is null
         on conflict (id) do update set confirmed_at = coalesce(applicant.confirmed_at, excluded.confirmed_at)",
        applicant.0,
        now,
    )
    .execute(&mut *db)
    .await?;
    let roles: &[Role] = if row.rows_affected() == 1 { &[Role::Applicant] } else { &[] };
    account::grant(db, applicant.into(), roles, None, now).await
}

/// The open application of this person to this posting, unless it is still a draft.
pub async fn open_sent(
    db: impl PgExecutor<'_>,
    applicant: ApplicantId,
    campaign: CampaignId,
) -> Result<Option<ApplicationId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: ApplicationId" from application
           where applicant_id = $1 and campaign_id = $2 and state in ('new', 'introduced', 'invited', 'talked')"#,
        applicant.0,
        campaign.0,
    )
    .fetch_optional(db)
    .await
}
