//! The account: a person who may sign in.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;

use super::audit;
use super::role::Role;
use crate::database::constraint;
use crate::id::AccountId;

/// A person who may sign in.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: AccountId,
    pub email: String,
    pub name: String,
    /// Whether the invitation was accepted.
    pub active: bool,
    pub access_ended_at: Option<OffsetDateTime>,
    pub roles: Vec<Role>,
}

impl Account {
    /// Whether the person has a place in the portal beside an application of their own.
    pub fn is_of_the_house(&self) -> bool {
        self.roles.iter().any(|role| *role != Role::Applicant)
    }
}

/// What is needed to check a sign-in.
pub struct Credentials {
    pub id: AccountId,
    pub password_hash: Option<String>,
    pub roles: Vec<Role>,
}

/// The form of an address in the database: no blanks around it, lower case.
pub fn normalise(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Whether this can be a mail address.
pub fn is_email(text: &str) -> bool {
    text.len() <= 254
        && text.parse::<lettre::Address>().is_ok()
        && text.rsplit('@').next().is_some_and(|d| d.contains('.'))
}

/// The address already belongs to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmailTaken;

impl EmailTaken {
    /// The sentence beside the field.
    pub fn sentence(self) -> &'static str {
        "Zu dieser Adresse gibt es schon ein Konto. Bitte nimm eine andere oder öffne das vorhandene."
    }
}

/// Creates an account without a password; a link lets its owner set one. The account of somebody who only applies, or
/// began to in somebody else's name, does not stand in the way: it becomes this one.
pub async fn create(
    db: &mut PgConnection,
    email: &str,
    name: &str,
    roles: &[Role],
    by: Option<AccountId>,
    now: OffsetDateTime,
) -> Result<Result<AccountId, EmailTaken>, sqlx::Error> {
    let id = match insert(&mut *db, email, name, now).await? {
        Some(id) => id,
        None => match adopt(&mut *db, email, name).await? {
            Some(id) => id,
            None => return Ok(Err(EmailTaken)),
        },
    };
    grant(&mut *db, id, roles, by, now).await?;
    audit::note(&mut *db, by, "account.create", &id.to_string(), now).await?;
    Ok(Ok(id))
}

async fn insert(
    db: impl PgExecutor<'_>,
    email: &str,
    name: &str,
    now: OffsetDateTime,
) -> Result<Option<AccountId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"insert into account (id, email, name, created_at) values ($1, $2, $3, $4)
           on conflict on constraint account_email do nothing returning id as "id: AccountId""#,
        AccountId::new().0,
        normalise(email),
        name,
        now,
    )
    .fetch_optional(db)
    .await
}

/// Takes over the account of somebody who only applies, under the name that staff gave.
async fn adopt(db: impl PgExecutor<'_>, email: &str, name: &str) -> Result<Option<AccountId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"update account a set name = $2
           where email = $1 and password_hash is null and access_ended_at is null
             and not exists (select from account_role r where r.account_id = a.id and r.role <> 'applicant')
           returning id as "id: AccountId""#,
        normalise(email),
        name,
    )
    .fetch_optional(db)
    .await
}

/// The account of this address; a new one without password and roles if there was none. The same statements for both:
/// nobody learns from the time it takes which addresses are known.
pub async fn find_or_create(
    db: &mut PgConnection,
    email: &str,
    name: &str,
    now: OffsetDateTime,
) -> Result<Account, sqlx::Error> {
    insert(&mut *db, email, name, now).await?;
    find_by_email(&mut *db, email).await?.ok_or(sqlx::Error::RowNotFound)
}

/// Writes a person's name anew.
pub async fn rename(db: impl PgExecutor<'_>, id: AccountId, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("update account set name = $2 where id = $1 and erased_at is null", id.0, name)
        .execute(db)
        .await
        .map(drop)
}

/// Grants roles that the person does not hold yet.
pub async fn grant(
    db: impl PgExecutor<'_>,
    id: AccountId,
    roles: &[Role],
    by: Option<AccountId>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into account_role (account_id, role, granted_at, granted_by)
         select $1, role, $3, $4 from unnest($2::role[]) as role
         on conflict on constraint account_role_once do nothing",
        id.0,
        roles.to_vec() as Vec<Role>,
        now,
        by.map(|a| a.0),
    )
    .execute(db)
    .await
    .map(drop)
}

/// Why roles were not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleRefusal {
    /// product.md part 8: nobody changes their own roles.
    Own,
    /// product.md part 8: the last administrator stays.
    LastAdministrator,
}

impl RoleRefusal {
    /// The sentence shown to the person who tried.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Own => "Die eigenen Rollen kann niemand ändern. Bitte jemanden aus der Administration darum.",
            Self::LastAdministrator => {
                "Das ist das letzte Konto der Administration. Gib die Rolle zuerst jemand anderem."
            }
        }
    }
}

/// Gives a staff member exactly these roles (and keeps being a freelancer or applicant, if they are one).
pub async fn set_roles(
    db: &PgPool,
    id: AccountId,
    roles: &[Role],
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), RoleRefusal>, sqlx::Error> {
    if id == by {
        return Ok(Err(RoleRefusal::Own));
    }
    let mut tx = db.begin().await?;
    // One change of administrators at a time: two administrators removing each other must not leave none.
    sqlx::query!("select account_id from account_role where role = 'administrator' order by account_id for update")
        .fetch_all(&mut *tx)
        .await?;
    sqlx::query!(
        "delete from account_role where account_id = $1 and role not in ('freelancer', 'applicant') and role <> all ($2::role[])",
        id.0,
        roles.to_vec() as Vec<Role>,
    )
    .execute(&mut *tx)
    .await?;
    match grant(&mut *tx, id, roles, Some(by), now).await {
        Err(e) if constraint(&e) == Some("account_role_not_own") => return Ok(Err(RoleRefusal::Own)),
        other => other?,
    }
    if administrators(&mut *tx).await? == 0 {
        return Ok(Err(RoleRefusal::LastAdministrator));
    }
    audit::note(&mut *tx, Some(by), "account.roles", &id.to_string(), now).await?;
    tx.commit().await.map(Ok)
}

/// Ends a person's access and all their sessions. The last administrator stays.
pub async fn end_access(
    db: &PgPool,
    id: AccountId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), RoleRefusal>, sqlx::Error> {
    if id == by {
        return Ok(Err(RoleRefusal::Own));
    }
    let mut tx = db.begin().await?;
    sqlx::query!("select account_id from account_role where role = 'administrator' order by account_id for update")
        .fetch_all(&mut *tx)
        .await?;
    sqlx::query!("update account set access_ended_at = $2 where id = $1 and access_ended_at is null", id.0, now)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("update session set ended_at = $2 where account_id = $1 and ended_at is null", id.0, now)
        .execute(&mut *tx)
        .await?;
    if administrators(&mut *tx).await? == 0 {
        return Ok(Err(RoleRefusal::LastAdministrator));
    }
    audit::note(&mut *tx, Some(by), "account.end", &id.to_string(), now).await?;
    tx.commit().await.map(Ok)
}

/// How many coming shifts a person has booked: what ending their access leaves to be decided.
pub async fn coming_bookings(db: impl PgExecutor<'_>, id: AccountId, now: OffsetDateTime) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "n!" from booking
           where freelancer_id = $1 and released_at is null and shift_id is not null and lower(during) > $2"#,
        id.0,
        now,
    )
    .fetch_one(db)
    .await
}

async fn administrators(db: impl PgExecutor<'_>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "n!" from account_role r join account a on a.id = r.account_id
           where r.role = 'administrator' and a.access_ended_at is null"#
    )
    .fetch_one(db)
    .await
}

/// Everybody with access who holds one of these roles, by id: whom a mail to a role goes to.
pub async fn holders(db: impl PgExecutor<'_>, roles: &[Role]) -> Result<Vec<Account>, sqlx::Error> {
    sqlx::query_as!(
        Account,
        r#"select id as "id: AccountId", email, name, password_hash is not null as "active!", access_ended_at,
                  array(select role from account_role where account_id = a.id) as "roles!: Vec<Role>"
           from account a
           where access_ended_at is null
             and exists (select from account_role r where r.account_id = a.id and r.role = any ($1))
           order by id"#,
        roles.to_vec() as Vec<Role>,
    )
    .fetch_all(db)
    .await
}

/// What is needed to check a sign-in with this address.
pub async fn credentials(db: impl PgExecutor<'_>, email: &str) -> Result<Option<Credentials>, sqlx::Error> {
    sqlx::query_as!(
        Credentials,
        r#"select id as "id: AccountId", password_hash,
                  array(select role from account_role where account_id = a.id) as "roles!: Vec<Role>"
           from account a where email = $1 and access_ended_at is null"#,
        normalise(email),
    )
    .fetch_optional(db)
    .await
}

/// One account.
pub async fn find(db: impl PgExecutor<'_>, id: AccountId) -> Result<Option<Account>, sqlx::Error> {
    sqlx::query_as!(
        Account,
        r#"select id as "id: AccountId", email, name, password_hash is not null as "active!", access_ended_at,
                  array(select role from account_role where account_id = a.id order by role) as "roles!: Vec<Role>"
           from account a where id = $1"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// The account with this address.
pub async fn find_by_email(db: impl PgExecutor<'_>, email: &str) -> Result<Option<Account>, sqlx::Error> {
    sqlx::query_as!(
        Account,
        r#"select id as "id: AccountId", email, name, password_hash is not null as "active!", access_ended_at,
                  array(select role from account_role where account_id = a.id order by role) as "roles!: Vec<Role>"
           from account a where email = $1"#,
        normalise(email),
    )
    .fetch_optional(db)
    .await
}

/// All accounts with a role of staff, by name.
pub async fn staff(db: impl PgExecutor<'_>) -> Result<Vec<Account>, sqlx::Error> {
    sqlx::query_as!(
        Account,
        r#"select id as "id: AccountId", email, name, password_hash is not null as "active!", access_ended_at,
                  array(select role from account_role where account_id = a.id order by role) as "roles!: Vec<Role>"
           from account a
           where exists (select from account_role where account_id = a.id and role not in ('freelancer', 'applicant'))
           order by name, id"#
    )
    .fetch_all(db)
    .await
}

/// Sets the password and ends all sessions but `keep`, and all links that could set another one.
pub async fn set_password(
    db: &mut PgConnection,
    id: AccountId,
    password_hash: &str,
    keep: Option<crate::id::SessionId>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update account set password_hash = $2 where id = $1", id.0, password_hash).execute(&mut *db).await?;
    sqlx::query!(
        "update session set ended_at = $2 where account_id = $1 and ended_at is null and id is distinct from $3",
        id.0,
        now,
        keep.map(|s| s.0),
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update link set expires_at = $2 where account_id = $1 and used_at is null and expires_at > $2",
        id.0,
        now
    )
    .execute(&mut *db)
    .await?;
    audit::note(&mut *db, Some(id), "account.password", &id.to_string(), now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert!(is_email("jana.woelk@beispiel.de"));
        for wrong in ["", "jana", "jana@", "@beispiel.de", "jana@beispiel", "jana woelk@beispiel.de"] {
            assert!(!is_email(wrong), "{wrong}");
        }
        assert_eq!(normalise(" Jana@Beispiel.DE "), "jana@beispiel.de");
    }
}
