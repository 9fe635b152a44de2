//! The interview slots of the demo: two weeks ahead, some chosen, one cancelled; and those where people talked.

use std::collections::BTreeSet;

use sqlx::PgConnection;
use time::{Date, Duration, OffsetDateTime, Weekday};
use uuid::Uuid;

use super::people::Staff;
use crate::applications::application::State;
use crate::applications::interview::{Ending, LEAD};
use crate::applications::pipeline::Step;
use crate::clock::Zone;
use crate::id::AccountId;

/// When slots begin on working days, in minutes after midnight.
const STARTS: [i16; 5] = [9 * 60, 9 * 60 + 45, 10 * 60 + 30, 14 * 60, 14 * 60 + 45];
const LENGTH: Duration = Duration::minutes(30);
/// Slots are offered for so many days.
const DAYS: i64 = 14;
/// Of the invited, so many have chosen a slot; the next one's was cancelled.
const CHOSEN: usize = 5;
/// A chosen slot, and then so many free ones.
const APART: usize = 4;
const PHONE: &str = "0461 5550100";
const ROOM: &str = "https://treffen.example/gespraech";

/// A slot that is there.
struct Slot {
    id: Uuid,
    starts_at: OffsetDateTime,
}

/// Writes slots and choices; applications and their steps exist.
pub async fn create(db: &mut PgConnection, staff: &Staff, now: OffsetDateTime) -> anyhow::Result<()> {
    let slots = ahead(db, staff, now).await?;
    choices(db, &slots, now).await?;
    past(db, staff).await
}

/// The slots of the next two weeks: the recruiter by telephone, on Tuesdays and Thursdays in a video room.
async fn ahead(db: &mut PgConnection, staff: &Staff, now: OffsetDateTime) -> anyhow::Result<Vec<Slot>> {
    let (zone, mut slots) = (Zone::berlin(), Vec::new());
    let tomorrow = zone.date(now) + Duration::DAY;
    for day in (0..DAYS).map(|days| tomorrow + Duration::days(days)).filter(|day| works(*day)) {
        let place = if matches!(day.weekday(), Weekday::Tuesday | Weekday::Thursday) { ROOM } else { PHONE };
        for starts_at in starts(&zone, day) {
            slots.push(slot(db, staff.recruiter, starts_at, place, now - Duration::days(4)).await?);
        }
        // Somebody else, at another time of the day.
        if day.weekday() == Weekday::Wednesday {
            let starts_at = zone.wall_or_next(day, 17 * 60);
            slot(db, staff.administrator, starts_at, PHONE, now - Duration::days(4)).await?;
        }
    }
    Ok(slots)
}

fn works(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn starts(zone: &Zone, day: Date) -> impl Iterator<Item = OffsetDateTime> {
    STARTS.into_iter().map(move |minutes| zone.wall_or_next(day, minutes))
}

async fn slot(
    db: &mut PgConnection,
    interviewer: AccountId,
    starts_at: OffsetDateTime,
    place: &str,
    at: OffsetDateTime,
) -> anyhow::Result<Slot> {
    let id = Uuid::new_v4();
    sqlx::query!(
        "insert into interview_slot (id, interviewer_id, starts_at, ends_at, place, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $2)",
        id,
        interviewer.0,
        starts_at,
        starts_at + LENGTH,
        place,
        at,
    )
    .execute(db)
    .await?;
    Ok(Slot { id, starts_at })
}

/// The invited choose, and one of them must choose anew.
async fn choices(db: &mut PgConnection, slots: &[Slot], now: OffsetDateTime) -> anyhow::Result<()> {
    let invited = sqlx::query!(
        r#"select a.id, s.at from application a join application_step s on s.application_id = a.id
           where a.state = $1 and s.kind = $2 order by s.at, a.id"#,
        State::Invited as State,
        Step::Invited as Step,
    )
    .fetch_all(&mut *db)
    .await?;
    let open = slots.iter().filter(|slot| slot.starts_at >= now + LEAD);
    for (n, (person, slot)) in invited.iter().zip(open.skip(1).step_by(APART)).take(CHOSEN + 1).enumerate() {
        let cancelled = (n == CHOSEN).then_some(now - Duration::minutes(2));
        choose(db, person.id, slot.id, person.at + (now - person.at) / 2, cancelled).await?;
        if let Some(at) = cancelled {
            sqlx::query!(
                "update interview_slot set cancelled_at = $2, cancellation = 'An diesem Tag ist unser Büro geschlossen.' where id = $1",
                slot.id,
                at,
            )
            .execute(&mut *db)
            .await?;
        }
    }
    Ok(())
}

async fn choose(
    db: &mut PgConnection,
    application: Uuid,
    slot: Uuid,
    at: OffsetDateTime,
    cancelled: Option<OffsetDateTime>,
) -> anyhow::Result<()> {
    sqlx::query!(
        "insert into interview (id, slot_id, application_id, chosen_at, ended_at, ending, sequence)
         values ($1, $2, $3, $4, $5, $6, case when $5::timestamptz is null then 0 else 1 end)",
        Uuid::new_v4(),
        slot,
        application,
        at,
        cancelled,
        cancelled.map(|_| Ending::CancelledByStaff) as Option<Ending>,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whoever has talked had a slot before, and was invited before that.
async fn past(db: &mut PgConnection, staff: &Staff) -> anyhow::Result<()> {
    let talked = sqlx::query!(
        r#"select a.id, a.introduced_at as "introduced_at!", s.at from application a
           join application_step s on s.application_id = a.id
           where s.kind = $1 and a.introduced_at is not null order by s.at desc, a.id"#,
        Step::Talked as Step,
    )
    .fetch_all(&mut *db)
    .await?;
    let mut taken = BTreeSet::new();
    for person in talked {
        let Some(starts_at) = latest_before(person.at, &taken) else { continue };
        taken.insert(starts_at);
        let (review, invited) = before(person.introduced_at, starts_at);
        for (step, at) in [(Step::Review, review), (Step::Invited, invited), (Step::Talked, starts_at + LENGTH)] {
            sqlx::query!(
                "update application_step set at = $3 where application_id = $1 and kind = $2",
                person.id,
                step as Step,
                at,
            )
            .execute(&mut *db)
            .await?;
        }
        let slot = slot(db, staff.recruiter, starts_at, PHONE, person.introduced_at - Duration::DAY).await?;
        choose(db, person.id, slot.id, invited + (starts_at - invited) / 3, None).await?;
    }
    Ok(())
}

/// When the review began and the invitation went out: in the next morning, or, if that is too late, in between.
fn before(introduced_at: OffsetDateTime, starts_at: OffsetDateTime) -> (OffsetDateTime, OffsetDateTime) {
    let zone = Zone::berlin();
    let morning = |minutes| zone.wall_or_next(zone.date(introduced_at) + Duration::DAY, minutes);
    let (review, invited) = (morning(8 * 60 + 20), morning(8 * 60 + 35));
    if invited + LEAD < starts_at {
        (review, invited)
    } else {
        let between = |part: i32| introduced_at + (starts_at - introduced_at) / 10 * part;
        (between(3), between(4))
    }
}

/// The last slot that ended before, on a working day, and that nobody has.
fn latest_before(at: OffsetDateTime, taken: &BTreeSet<OffsetDateTime>) -> Option<OffsetDateTime> {
    let zone = Zone::berlin();
    let days = (0..7).map(|days| zone.date(at) - Duration::days(days)).filter(|day| works(*day));
    let mut all = days.flat_map(|day| starts(&zone, day).collect::<Vec<_>>().into_iter().rev());
    all.find(|start| *start + LENGTH <= at && !taken.contains(start))
}
