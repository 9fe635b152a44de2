//! The freelancer: an account with access to the shifts. One person, one row each.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;

use crate::accounts::account::{self, EmailTaken};
use crate::accounts::role::Role;
use crate::id::{AccountId, FreelancerId};

/// Rows of a page of the list.
pub const PER_PAGE: i64 = 50;

/// A freelancer.
#[derive(Debug, Clone)]
pub struct Freelancer {
    pub id: FreelancerId,
    pub name: String,
    pub email: String,
    /// Whether the invitation was accepted.
    pub active: bool,
    pub access_ended_at: Option<OffsetDateTime>,
    pub joined_at: OffsetDateTime,
}

/// Creates the account and the freelancer; a link lets them set a password.
pub async fn create(
    db: &mut PgConnection,
    email: &str,
    name: &str,
    by: Option<AccountId>,
    now: OffsetDateTime,
) -> Result<Result<FreelancerId, EmailTaken>, sqlx::Error> {
    let id = match account::create(&mut *db, email, name, &[Role::Freelancer], by, now).await? {
        Ok(id) => FreelancerId::from(id),
        Err(taken) => return Ok(Err(taken)),
    };
    sqlx::query!("insert into freelancer (id, joined_at) values ($1, $2)", id.0, now).execute(&mut *db).await?;
    Ok(Ok(id))
}

/// Makes a freelancer of somebody who applied and was accepted; true if they can sign in already. The sessions of somebody
/// without a password end: only a mail's link opened them, and that is not enough for a freelancer's pages.
pub async fn from_applicant(
    db: &mut PgConnection,
    id: AccountId,
    by: Option<AccountId>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    account::grant(&mut *db, id, &[Role::Freelancer], by, now).await?;
    sqlx::query!("insert into freelancer (id, joined_at) values ($1, $2) on conflict (id) do nothing", id.0, now)
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        "update session s set ended_at = $2 from account a
         where s.account_id = $1 and s.ended_at is null and a.id = $1 and a.password_hash is null",
        id.0,
        now,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query_scalar!(r#"select password_hash is not null as "active!" from account where id = $1"#, id.0)
        .fetch_one(db)
        .await
}

/// One freelancer.
pub async fn find(db: impl PgExecutor<'_>, id: FreelancerId) -> Result<Option<Freelancer>, sqlx::Error> {
    sqlx::query_as!(
        Freelancer,
        r#"select f.id as "id: FreelancerId", a.name, a.email, a.password_hash is not null as "active!",
                  a.access_ended_at, f.joined_at
           from freelancer f join account a on a.id = f.id
           where f.id = $1"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// How many coming bookings of a person wait for a decision, because access or qualification ended or rests.
pub async fn undecided(db: impl PgExecutor<'_>, id: FreelancerId, now: OffsetDateTime) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "n!" from undecided_booking where freelancer_id = $1 and starts_at > $2"#,
        id.0,
        now,
    )
    .fetch_one(db)
    .await
}

/// Somebody whose coming bookings wait for a decision.
#[derive(Debug, Clone)]
pub struct Undecided {
    pub id: FreelancerId,
    pub name: String,
    pub bookings: i64,
}

/// All of them, by name.
pub async fn all_undecided(db: impl PgExecutor<'_>, now: OffsetDateTime) -> Result<Vec<Undecided>, sqlx::Error> {
    sqlx::query_as!(
        Undecided,
        r#"select a.id as "id: FreelancerId", a.name, count(*) as "bookings!"
           from undecided_booking u join account a on a.id = u.freelancer_id
           where u.starts_at > $1 group by a.id order by a.name, a.id"#,
        now,
    )
    .fetch_all(db)
    .await
}

/// A row of the list.
#[derive(Debug, Clone)]
pub struct Listed {
    pub id: FreelancerId,
    pub name: String,
    pub email: String,
    pub active: bool,
    pub access_ended_at: Option<OffsetDateTime>,
    /// Campaigns whose shifts they may book.
    pub qualifications: i64,
}

/// What the list is narrowed to; empty means everybody.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Part of a name or address.
    pub text: String,
    /// Slug of a campaign that they are qualified for.
    pub campaign: String,
}

/// A page of the list.
#[derive(Debug, Clone)]
pub struct Found {
    pub rows: Vec<Listed>,
    pub total: i64,
    /// From 1.
    pub page: i64,
}

impl Found {
    /// The number of the last page.
    pub fn last_page(&self) -> i64 {
        last_page(self.total)
    }
}

fn last_page(total: i64) -> i64 {
    ((total + PER_PAGE - 1) / PER_PAGE).max(1)
}

/// Freelancers by name, but those who are erased; a page past the end is the last one.
pub async fn search(db: &PgPool, search: &Search, page: i64) -> Result<Found, sqlx::Error> {
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from freelancer f join account a on a.id = f.id
           where a.erased_at is null and ($1 = '' or strpos(lower(a.name), lower($1)) > 0 or strpos(a.email, lower($1)) > 0)
             and ($2 = '' or exists (
                 select from qualification q join campaign c on c.id = q.campaign_id
                 where q.freelancer_id = f.id and q.ended_at is null and c.slug = $2))"#,
        search.text,
        search.campaign,
    )
    .fetch_one(db)
    .await?;
    let page = page.clamp(1, last_page(total));
    let rows = sqlx::query_as!(
        Listed,
        r#"select f.id as "id: FreelancerId", a.name, a.email, a.password_hash is not null as "active!", a.access_ended_at,
                  (select count(*) from qualification q where q.freelancer_id = f.id and q.ended_at is null) as "qualifications!"
           from freelancer f join account a on a.id = f.id
           where a.erased_at is null and ($1 = '' or strpos(lower(a.name), lower($1)) > 0 or strpos(a.email, lower($1)) > 0)
             and ($2 = '' or exists (
                 select from qualification q join campaign c on c.id = q.campaign_id
                 where q.freelancer_id = f.id and q.ended_at is null and c.slug = $2))
           order by a.name collate "de-x-icu", f.id
           limit $3 offset $4"#,
        search.text,
        search.campaign,
        PER_PAGE,
        (page - 1) * PER_PAGE,
    )
    .fetch_all(db)
    .await?;
    Ok(Found { rows, total, page })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_to_a_page_and_never_none() {
        for (total, last) in [(0, 1), (1, 1), (50, 1), (51, 2), (300, 6)] {
            assert_eq!(last_page(total), last, "{total}");
        }
    }
}
