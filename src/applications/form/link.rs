//! Personal links by mail: they confirm the address the first time and open the applicant's session. Single use,
//! expiring, never consumed by GET, and no door for anybody of the house.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Duration, OffsetDateTime};

use crate::accounts::role::Role;
use crate::accounts::session;
use crate::accounts::token::{self, Token};
use crate::id::{ApplicantId, ApplicationId};

/// How long a link lives.
pub const LIFETIME: Duration = Duration::days(30);

/// The roles of a session that a link opens.
pub const ROLES: [Role; 1] = [Role::Applicant];

/// Where everybody finds the copy of their data.
pub const COPY: &str = "/konto/daten";

/// The path of a link.
pub fn path(token: &str) -> String {
    format!("/bewerbung/zugang/{token}")
}

/// The page of an application on which a link's session begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "applicant_link_page", rename_all = "snake_case")]
pub enum Page {
    Application,
    /// The choice of a slot, and the slot that was chosen.
    Interview,
    /// The copy of one's own data, which is no application's alone.
    Copy,
}

impl Page {
    /// Its path.
    pub fn of(self, application: ApplicationId) -> String {
        match self {
            Self::Application => format!("/bewerbung/{application}"),
            Self::Interview => format!("/bewerbung/{application}/gespraech"),
            Self::Copy => COPY.into(),
        }
    }
}

/// Where a link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goal {
    /// None: the list of one's applications.
    pub application: Option<ApplicationId>,
    pub page: Page,
}

impl Goal {
    /// An application's own page, or the list of them.
    pub fn application(id: impl Into<Option<ApplicationId>>) -> Self {
        Self { application: id.into(), page: Page::Application }
    }

    /// The path of the page.
    pub fn path(self) -> String {
        match (self.application, self.page) {
            (Some(id), page) => page.of(id),
            (None, Page::Copy) => COPY.into(),
            (None, _) => "/bewerbung".into(),
        }
    }
}

/// A link, living or dead.
#[derive(Debug, Clone)]
pub struct Link {
    pub applicant: ApplicantId,
    pub goal: Goal,
    pub email: String,
    /// Whether it can still be used.
    pub lives: bool,
}

/// Keeps a link; the session that it opens begins at its goal. Earlier links stay: somebody who types a stranger's address
/// must not take the stranger's link away. Writes nothing if there is no such applicant, in the same time.
pub async fn keep(
    db: impl PgExecutor<'_>,
    token: &Token,
    applicant: ApplicantId,
    goal: Goal,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into applicant_link (id, token_hash, applicant_id, application_id, page, created_at, expires_at)
         select $1, $2, p.id, $4, $5, $6, $7 from applicant p where p.id = $3",
        uuid::Uuid::new_v4(),
        &token.hash[..],
        applicant.0,
        goal.application.map(|a| a.0),
        goal.page as Page,
        now,
        now + LIFETIME,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Makes the link of a mail that leads to a page of this application. `None` for people of the house: no link opens
/// their session, their mails lead to the page itself, and there they sign in.
pub async fn for_mail(
    db: impl PgExecutor<'_>,
    applicant: ApplicantId,
    application: ApplicationId,
    page: Page,
    now: OffsetDateTime,
) -> Result<Option<String>, sqlx::Error> {
    let token = token::new();
    let made = sqlx::query!(
        "insert into applicant_link (id, token_hash, applicant_id, application_id, page, created_at, expires_at)
         select $1, $2, p.id, $4, $5, $6, $7 from applicant p where p.id = $3 and not exists (
             select from account_role r where r.account_id = p.id and r.role <> 'applicant')",
        uuid::Uuid::new_v4(),
        &token.hash[..],
        applicant.0,
        application.0,
        page as Page,
        now,
        now + LIFETIME,
    )
    .execute(db)
    .await?;
    Ok((made.rows_affected() == 1).then_some(token.plain))
}

/// Makes the link of the mail that leads to the copy of one's own data. `None` as for [`for_mail`].
pub async fn to_copy(
    db: impl PgExecutor<'_>,
    applicant: ApplicantId,
    now: OffsetDateTime,
) -> Result<Option<String>, sqlx::Error> {
    let token = token::new();
    let made = sqlx::query!(
        "insert into applicant_link (id, token_hash, applicant_id, page, created_at, expires_at)
         select $1, $2, p.id, 'copy', $4, $5 from applicant p where p.id = $3 and not exists (
             select from account_role r where r.account_id = p.id and r.role <> 'applicant')",
        uuid::Uuid::new_v4(),
        &token.hash[..],
        applicant.0,
        now,
        now + LIFETIME,
    )
    .execute(db)
    .await?;
    Ok((made.rows_affected() == 1).then_some(token.plain))
}

/// The link behind a token, living or dead. Looking does not use it.
pub async fn find(db: impl PgExecutor<'_>, plain: &str, now: OffsetDateTime) -> Result<Option<Link>, sqlx::Error> {
    let found = sqlx::query!(
        r#"select l.applicant_id as "applicant: ApplicantId", l.application_id as "application: ApplicationId",
                  l.page as "page: Page", a.email,
                  (l.used_at is null and l.expires_at > $2 and a.access_ended_at is null and not exists (
                      select from account_role r where r.account_id = a.id and r.role <> 'applicant')) as "lives!"
           from applicant_link l join account a on a.id = l.applicant_id
           where l.token_hash = $1"#,
        &token::hash(plain)[..],
        now,
    )
    .fetch_optional(db)
    .await?;
    Ok(found.map(|l| Link {
        applicant: l.applicant,
        goal: Goal { application: l.application, page: l.page },
        email: l.email,
        lives: l.lives,
    }))
}

/// The session that a used link opened, and on which page it begins.
pub struct Redeemed {
    /// The token for the cookie.
    pub session: String,
    pub goal: Goal,
}

/// Uses a link, confirms the address and opens the session. `None` if the link was used, ended or expired meanwhile, or
/// belongs to somebody who signs in with a password.
pub async fn redeem(
    db: &PgPool,
    plain: &str,
    device: &str,
    now: OffsetDateTime,
) -> Result<Option<Redeemed>, sqlx::Error> {
    let mut tx = db.begin().await?;
    // The applicant before the account, as the erasure locks them.
    sqlx::query!(
        "select p.id from applicant_link l join applicant p on p.id = l.applicant_id where l.token_hash = $1
         for no key update of p",
        &token::hash(plain)[..],
    )
    .fetch_optional(&mut *tx)
    .await?;
    // Held until the session is there: a password that is set at this moment comes first, or ends the session with all others.
    sqlx::query!(
        "select a.id from applicant_link l join account a on a.id = l.applicant_id where l.token_hash = $1 for share of a",
        &token::hash(plain)[..],
    )
    .fetch_optional(&mut *tx)
    .await?;
    let used = sqlx::query!(
        r#"update applicant_link l set used_at = $2 from account a
           where l.token_hash = $1 and l.used_at is null and l.expires_at > $2 and a.id = l.applicant_id
             and a.access_ended_at is null and not exists (
                 select from account_role r where r.account_id = a.id and r.role <> 'applicant')
           returning l.applicant_id as "applicant: ApplicantId", l.application_id as "application: ApplicationId",
                     l.page as "page: Page""#,
        &token::hash(plain)[..],
        now,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(used) = used else { return Ok(None) };
    sqlx::query!(
        "update applicant set confirmed_at = $2 where id = $1 and confirmed_at is null",
        used.applicant.0,
        now
    )
    .execute(&mut *tx)
    .await?;
    let session = session::create_by_link(&mut *tx, used.applicant.into(), &ROLES, device, now).await?;
    tx.commit().await?;
    Ok(Some(Redeemed { session, goal: Goal { application: used.application, page: used.page } }))
}

/// Ends all of a person's links.
pub async fn end_all(db: &mut PgConnection, applicant: ApplicantId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update applicant_link set expires_at = $2 where applicant_id = $1 and used_at is null and expires_at > $2",
        applicant.0,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Removes links that expired or were used more than 24 hours ago (privacy.md).
pub async fn sweep(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    sqlx::query!("delete from applicant_link where least(expires_at, used_at) < $1", now - Duration::hours(24))
        .execute(db)
        .await
        .map(|done| done.rows_affected())
}
