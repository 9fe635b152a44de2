//! What follows when a mentor leaves or comes: whoever sits alone joins the next free mentor of the shift, and hears of
//! it; where there is none, the trainee and the planners hear that.

use sqlx::{Connection, PgConnection};
use time::OffsetDateTime;

use super::{Somebody, mails};
use crate::accounts::account;
use crate::accounts::role::Role;
use crate::clock::Zone;
use crate::config::Config;
use crate::database::constraint;
use crate::id::{AccountId, BookingId, ShiftId};
use crate::mail::{self, Mail};
use crate::shifts::said;

/// A trainee without a mentor.
struct Alone {
    place: BookingId,
    alone_since: OffsetDateTime,
    account: AccountId,
    name: String,
    email: String,
    shift: ShiftId,
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
    zone: Zone,
    client: String,
    campaign: String,
}

/// Settles the coming shifts of these ids, in the transaction in which a mentor left (at `now`) or came.
pub async fn settle(
    db: &mut PgConnection,
    config: &Config,
    shifts: &[ShiftId],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let mut letters: Vec<Mail> = Vec::new();
    for alone in alone(db, shifts, now).await? {
        let trainee = Somebody { account: alone.account, name: alone.name, email: alone.email };
        let title = format!("{} · {}", alone.client, alone.campaign);
        let said = said(&alone.zone, alone.starts_at, alone.ends_at);
        if let Some(mentor) = join(db, alone.place).await? {
            letters.push(mails::joined(config, &trainee, &mentor.name, &title, &said));
            letters.push(mails::trainee_comes(config, &mentor, &title, &said));
        } else if alone.alone_since == now {
            letters.push(mails::alone(config, &trainee, &title, &said));
            for planner in account::holders(&mut *db, &[Role::Planner]).await? {
                letters.push(mails::planner(config, &planner, &trainee.name, &title, &said, alone.shift));
            }
        }
    }
    if letters.is_empty() { Ok(()) } else { mail::enqueue_all(db, &letters, now).await }
}

async fn alone(db: &mut PgConnection, shifts: &[ShiftId], now: OffsetDateTime) -> Result<Vec<Alone>, sqlx::Error> {
    let ids: Vec<i64> = shifts.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Alone,
        r#"select b.id as "place: BookingId", b.alone_since as "alone_since!", a.id as "account: AccountId", a.name, a.email,
                  s.id as "shift: ShiftId", s.starts_at, s.ends_at, c.zone as "zone: Zone", c.client, c.name as campaign
           from booking b
           join shift s on s.id = b.shift_id
           join campaign c on c.id = s.campaign_id
           join account a on a.id = b.freelancer_id
           where b.shift_id = any ($1) and b.alone_since is not null and b.released_at is null
             and s.starts_at > $2 and s.withdrawn_at is null
           order by b.booked_at, b.id"#,
        &ids,
        now,
    )
    .fetch_all(db)
    .await
}

/// Tries twice: whoever joined the same mentor a moment before leaves `booking_mentor_once` behind.
async fn join(db: &mut PgConnection, place: BookingId) -> Result<Option<Somebody>, sqlx::Error> {
    for _ in 0..2 {
        let mut step = db.begin().await?;
        match sit_down(&mut step, place).await {
            Ok(mentor) => return step.commit().await.map(|()| mentor),
            Err(error) if constraint(&error) == Some("booking_mentor_once") => step.rollback().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Lets a trainee sit beside a free mentor of their shift, if there is one. Rows that others hold are passed over: waiting
/// for them could lock two leaving mentors into each other.
async fn sit_down(db: &mut PgConnection, place: BookingId) -> Result<Option<Somebody>, sqlx::Error> {
    sqlx::query_as!(
        Somebody,
        r#"with beside as (
               select m.id, m.freelancer_id from booking t
               join booking m on m.shift_id = t.shift_id and m.kind = 'seat' and m.released_at is null
               where t.id = $1 and m.freelancer_id <> t.freelancer_id
                 and m.id in (select f.booking_id from free_mentor f where f.shift_id = t.shift_id)
               order by m.booked_at, m.id limit 1
               for no key update of m skip locked
           ), joined as (
               update booking t set mentor_booking_id = b.id, alone_since = null from beside b
               where t.id = $1 and t.released_at is null
               returning t.id
           )
           select a.id as "account: AccountId", a.name, a.email
           from joined, beside b join account a on a.id = b.freelancer_id"#,
        place.0,
    )
    .fetch_optional(db)
    .await
}
