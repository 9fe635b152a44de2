//! Giving a seat back, or a place beside a mentor, within the campaign's deadline.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Facts, Outcome, Person, ROUNDS, ReleaseRefusal, facts};
use crate::config::Config;
use crate::database::is_contention;
use crate::id::ShiftId;
use crate::mail::{self, Topic};
use crate::shifts::kind::Kind;
use crate::shifts::{mails, pair};

/// Gives a seat back, and queues the confirmation.
pub async fn release(
    db: &PgPool,
    config: &Config,
    shift: ShiftId,
    person: Person<'_>,
    now: OffsetDateTime,
) -> Result<Outcome<ReleaseRefusal>, sqlx::Error> {
    let mut last = None;
    for _ in 0..ROUNDS {
        let Some(facts) = facts(db, shift, person.id, now).await? else {
            return Ok(Outcome { facts: None, result: Err(ReleaseRefusal::Unknown) });
        };
        if let Err(refusal) = facts.admit_release(now) {
            return Ok(Outcome { facts: Some(facts), result: Err(refusal) });
        }
        match give_back(db, config, &facts, person, now).await {
            Ok(true) => return Ok(Outcome { facts: Some(facts), result: Ok(()) }),
            // Released in another window, or moved past its deadline, since the look: the facts say what.
            Ok(false) => {}
            Err(error) if is_contention(&error) => {}
            Err(error) => return Err(error),
        }
        last = Some(facts);
    }
    Ok(Outcome { facts: last, result: Err(ReleaseRefusal::Unsettled) })
}

/// Ends the booking. Of a pair, the other one hears of it in the same transaction.
async fn give_back(
    db: &PgPool,
    config: &Config,
    facts: &Facts,
    person: Person<'_>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let beside = facts.kind == Some(Kind::Beside);
    if !facts.mentors && !beside {
        return end_own(db, config, facts, person, now).await;
    }
    let mut tx = db.begin().await?;
    let mentor = if beside { pair::mentor_of(&mut tx, facts.booking).await? } else { None };
    let given = end_own(&mut *tx, config, facts, person, now).await?;
    if given && let Some(mentor) = mentor {
        mail::enqueue(
            &mut *tx,
            &pair::mails::trainee_left(config, &mentor, &facts.campaign_title(), &facts.said()),
            now,
        )
        .await?;
    }
    pair::settle(&mut tx, config, &[facts.shift], now).await?;
    tx.commit().await?;
    Ok(given)
}

async fn end_own(
    db: impl PgExecutor<'_>,
    config: &Config,
    facts: &Facts,
    person: Person<'_>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let mail = mails::released(config, facts);
    sqlx::query_scalar!(
        r#"with gone as (
               update booking b set released_at = $3, release_kind = 'own', released_by = $2
               from shift s, campaign c
               where b.shift_id = $1 and b.freelancer_id = $2 and b.released_at is null
                 and s.id = b.shift_id and c.id = s.campaign_id and s.starts_at > $3
                 and ($3 <= b.booked_at + interval '5 minutes'
                      or $3 <= s.starts_at - make_interval(hours => c.release_deadline_hours::integer))
               returning b.shift_id, b.kind
           ), told as (
               insert into mail (id, account_id, topic, recipient, subject, body, created_at, due_at)
               select $4, $2, $5, $6, $7, $8, $3, $3 from gone
               where not exists (select from mail_opt_out o where o.account_id = $2 and o.topic = $5)
           ), counted as (
               update shift set booked = booked - 1 from gone where shift.id = gone.shift_id and gone.kind = 'seat'
           )
           select exists (select from gone) as "given!""#,
        facts.shift.0,
        person.id.0,
        now,
        Uuid::new_v4(),
        Topic::Release as Topic,
        person.email,
        mail.subject,
        mail.body,
    )
    .fetch_one(db)
    .await
}
