//! The bookings of the demo: past weeks nearly full, later ones emptier, nobody twice at a time.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::Frame;
use super::campaigns::Planned;
use super::people::Freelancer;

/// Books seats until each week is as full as its distance from today suggests.
pub async fn create(
    db: &mut PgConnection,
    shifts: &[Planned],
    people: &[Freelancer],
    frame: &Frame,
    rng: &mut StdRng,
) -> anyhow::Result<()> {
    let mut order: Vec<&Planned> = shifts.iter().collect();
    order.shuffle(rng);
    let mut diaries: Vec<Diary> = people.iter().map(|_| Diary::default()).collect();
    let mut rows = Rows::default();
    for shift in order {
        let degree = degree(shift, frame);
        let wanted = (0..shift.seats).filter(|_| rng.random_range(0..100) < degree).count();
        // Start somewhere else each time, so that everybody gets their share.
        // The first one, with whom most visitors look round, is asked first about every third shift.
        let offset = if rng.random_range(0..3) == 0 { 0 } else { rng.random_range(0..people.len()) };
        let mut taken = 0;
        for n in 0..people.len() {
            let at = (n + offset) % people.len();
            if taken == wanted {
                break;
            }
            if people[at].qualified.contains(&shift.campaign) && diaries[at].enter(shift, people[at].hours) {
                rows.push(shift, people[at].id.0, booked_at(shift, frame, rng));
                taken += 1;
            }
        }
    }
    rows.write(db).await
}

/// How many of a hundred seats are taken.
fn degree(shift: &Planned, frame: &Frame) -> i64 {
    let ahead = (shift.week.monday() - frame.current.monday()).whole_weeks();
    match ahead {
        ..0 => 96,
        0 => 92,
        1 => 84,
        2 => 66,
        3 => 45,
        4 => 24,
        _ => 9,
    }
}

/// Somewhere between the plan's publication and now, before the shift.
fn booked_at(shift: &Planned, frame: &Frame, rng: &mut StdRng) -> OffsetDateTime {
    let latest = frame.now.min(shift.starts_at) - Duration::hours(1);
    let earliest = frame.since.max(shift.starts_at - Duration::weeks(5));
    let minutes = (latest - earliest).whole_minutes().max(1);
    earliest + Duration::minutes(rng.random_range(0..minutes))
}

/// What somebody has booked already.
#[derive(Default)]
struct Diary(Vec<(OffsetDateTime, OffsetDateTime, time::Date)>);

impl Diary {
    fn enter(&mut self, shift: &Planned, hours: i64) -> bool {
        let (from, to, week) = (shift.starts_at, shift.ends_at, shift.week.monday());
        let of_week = self.0.iter().filter(|(_, _, w)| *w == week);
        let booked: Duration = of_week.map(|(from, to, _)| *to - *from).sum();
        // Nobody books more than two shifts in a row without a break of an hour, or more than they like.
        let near = self.0.iter().any(|(f, t, _)| *f < to + Duration::HOUR && from < *t + Duration::HOUR);
        let fits = !near && booked + (to - from) <= Duration::hours(hours);
        if fits {
            self.0.push((from, to, week));
        }
        fits
    }
}

#[derive(Default)]
struct Rows {
    shifts: Vec<i64>,
    people: Vec<Uuid>,
    at: Vec<OffsetDateTime>,
}

impl Rows {
    fn push(&mut self, shift: &Planned, person: Uuid, at: OffsetDateTime) {
        self.shifts.push(shift.id.0);
        self.people.push(person);
        self.at.push(at);
    }

    async fn write(self, db: &mut PgConnection) -> anyhow::Result<()> {
        sqlx::query!(
            "insert into booking (id, shift_id, freelancer_id, during, booked_at)
             select gen_random_uuid(), s.id, b.person, s.during, b.at
             from unnest($1::bigint[], $2::uuid[], $3::timestamptz[]) as b (shift, person, at) join shift s on s.id = b.shift",
            &self.shifts,
            &self.people,
            &self.at,
        )
        .execute(&mut *db)
        .await?;
        sqlx::query!(
            "update shift set booked = b.n from (select shift_id, count(*) as n from booking group by shift_id) b where b.shift_id = shift.id"
        )
        .execute(&mut *db)
        .await?;
        Ok(())
    }
}
