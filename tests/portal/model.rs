//! Random sequences of booking, releasing, publishing, taking off and time passing, against a simple model: equal.

use portal::accounts::role::Role;
use portal::campaigns::campaign;
use portal::config::{Cli, Config};
use portal::id::{AccountId, BookingId, ShiftId};
use portal::shifts::booking::{self, Person, Refusal, ReleaseRefusal};
use portal::shifts::week::Week;
use portal::shifts::{publication, recount, taking_off};
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use sqlx::PgPool;
use time::macros::date;
use time::{Duration, OffsetDateTime};

use crate::database::TestDatabase;
use crate::seed;
use crate::server::START;

const PEOPLE: usize = 5;
/// Hours of Wednesday, 2 December: from, length, seats. Some overlap, some just meet.
const SHIFTS: [(i16, i64, i16); 7] = [(8, 4, 1), (9, 4, 2), (12, 2, 1), (12, 4, 2), (14, 2, 1), (16, 3, 2), (19, 2, 1)];
/// Whoever is last is not qualified.
const UNQUALIFIED: usize = PEOPLE - 1;

#[derive(Debug, Clone)]
enum Step {
    Book(usize, usize),
    Release(usize, usize),
    TakeOff(usize, usize),
    Publish,
    Pass(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pair = || (0..PEOPLE, 0..SHIFTS.len());
    let step = prop_oneof![
        12 => pair().prop_map(|(p, s)| Step::Book(p, s)),
        6 => pair().prop_map(|(p, s)| Step::Release(p, s)),
        2 => pair().prop_map(|(p, s)| Step::TakeOff(p, s)),
        2 => Just(Step::Publish),
        2 => (1..4000_i64).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 1..60)
}

/// What the model knows of a shift.
struct Shift {
    id: ShiftId,
    from: OffsetDateTime,
    to: OffsetDateTime,
    seats: usize,
    published: bool,
    /// Who, and since when.
    booked: Vec<(usize, OffsetDateTime)>,
}

struct Model {
    shifts: Vec<Shift>,
    now: OffsetDateTime,
}

impl Model {
    fn book(&mut self, person: usize, at: usize) -> Result<(), &'static str> {
        let shift = &self.shifts[at];
        let overlaps = |other: &Shift| other.from < shift.to && shift.from < other.to;
        let has = |other: &Shift| other.booked.iter().any(|(who, _)| *who == person);
        let refusal = match () {
            () if !shift.published => Some("unknown"),
            () if has(shift) => Some("already"),
            () if shift.from <= self.now => Some("started"),
            () if person == UNQUALIFIED => Some("unqualified"),
            () if self.shifts.iter().any(|other| has(other) && overlaps(other)) => Some("overlap"),
            () if shift.booked.len() >= shift.seats => Some("full"),
            () => None,
        };
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        self.shifts[at].booked.push((person, self.now));
        Ok(())
    }

    fn release(&mut self, person: usize, at: usize) -> Result<(), &'static str> {
        let (now, shift) = (self.now, &mut self.shifts[at]);
        if !shift.published {
            return Err("unknown");
        }
        let Some(place) = shift.booked.iter().position(|(who, _)| *who == person) else { return Err("not booked") };
        let since = shift.booked[place].1;
        match () {
            () if shift.from <= now => Err("started"),
            () if now > since + Duration::minutes(5) && now > shift.from - Duration::hours(24) => Err("too late"),
            () => {
                shift.booked.remove(place);
                Ok(())
            }
        }
    }
}

fn word(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Unknown => "unknown",
        Refusal::AlreadyBooked => "already",
        Refusal::Started => "started",
        Refusal::NotQualified(_) => "unqualified",
        Refusal::Overlap(_) => "overlap",
        Refusal::Full => "full",
        _ => "other",
    }
}

fn release_word(refusal: &ReleaseRefusal) -> &'static str {
    match refusal {
        ReleaseRefusal::Unknown => "unknown",
        ReleaseRefusal::NotBooked => "not booked",
        ReleaseRefusal::Started => "started",
        ReleaseRefusal::TooLate { .. } => "too late",
        ReleaseRefusal::Unsettled => "other",
    }
}

/// The real thing beside the model.
struct World {
    db: PgPool,
    config: Config,
    people: Vec<seed::Person>,
    planner: AccountId,
    campaign: campaign::Campaign,
}

impl World {
    fn person(&self, at: usize) -> Person<'_> {
        Person { id: self.people[at].freelancer(), email: &self.people[at].email }
    }

    async fn step(&self, model: &mut Model, step: &Step) {
        match *step {
            Step::Book(p, s) => {
                let real =
                    booking::book(&self.db, &self.config, model.shifts[s].id, self.person(p), model.now).await.unwrap();
                assert_eq!(real.result.as_ref().map_err(word).copied(), model.book(p, s), "{step:?}");
            }
            Step::Release(p, s) => {
                let real = booking::release(&self.db, &self.config, model.shifts[s].id, self.person(p), model.now)
                    .await
                    .unwrap();
                assert_eq!(real.result.as_ref().map_err(release_word).copied(), model.release(p, s), "{step:?}");
            }
            Step::TakeOff(p, s) => self.take_off(model, p, s).await,
            Step::Publish => {
                let week = Week::of(date!(2026 - 12 - 02));
                let drafts = model.shifts.iter().filter(|s| !s.published && s.from > model.now).count();
                let real =
                    publication::publish_week(&self.db, &self.config, &self.campaign, week, self.planner, model.now);
                let published = real.await.unwrap().map_or(0, |published| published.shifts);
                assert_eq!(published, drafts);
                let now = model.now;
                model.shifts.iter_mut().filter(|s| s.from > now).for_each(|s| s.published = true);
            }
            Step::Pass(minutes) => model.now += Duration::minutes(minutes),
        }
    }

    async fn take_off(&self, model: &mut Model, p: usize, s: usize) {
        let id: Option<BookingId> = sqlx::query_scalar(
            "select id from booking where shift_id = $1 and freelancer_id = $2 and released_at is null",
        )
        .bind(model.shifts[s].id)
        .bind(self.people[p].id)
        .fetch_optional(&self.db)
        .await
        .unwrap();
        let place = model.shifts[s].booked.iter().position(|(who, _)| *who == p);
        assert_eq!(id.is_some(), place.is_some());
        let (Some(id), Some(place)) = (id, place) else { return };
        let live = taking_off::live(&self.db, id).await.unwrap().unwrap();
        let taken =
            taking_off::take_off(&self.db, &self.config, &live, "Grund", self.planner, model.now).await.unwrap();
        assert_eq!(taken.is_ok(), model.shifts[s].from > model.now);
        if taken.is_ok() {
            model.shifts[s].booked.remove(place);
        }
    }

    async fn assert_same(&self, model: &Model) {
        assert_eq!(recount::count(&self.db).await.unwrap().1, []);
        for shift in &model.shifts {
            let real: Vec<uuid::Uuid> = sqlx::query_scalar(
                "select freelancer_id from booking where shift_id = $1 and released_at is null order by 1",
            )
            .bind(shift.id)
            .fetch_all(&self.db)
            .await
            .unwrap();
            let mut expected: Vec<_> = shift.booked.iter().map(|(who, _)| self.people[*who].id.0).collect();
            expected.sort();
            assert_eq!(real, expected);
        }
    }
}

async fn walk(steps: Vec<Step>) {
    let database = TestDatabase::new(2).await;
    let db = database.pool.clone();
    let seeded = seed::campaign(&db).await;
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        let person = seed::freelancer(&db).await;
        if n != UNQUALIFIED {
            seed::qualify(&db, &person, &seeded).await;
        }
        people.push(person);
    }
    let mut shifts = Vec::new();
    for (n, (hour, hours, seats)) in SHIFTS.into_iter().enumerate() {
        let (day, published) = (date!(2026 - 12 - 02), n % 3 != 0);
        let id = if published {
            seed::shift(&db, &seeded, day, hour, hours, seats).await
        } else {
            seed::draft(&db, &seeded, day, hour, hours, seats).await
        };
        let from = seeded.zone.wall(day, hour * 60).unwrap();
        shifts.push(Shift {
            id,
            from,
            to: from + Duration::hours(hours),
            seats: seats as usize,
            published,
            booked: vec![],
        });
    }
    let planner = seed::staff(&db, Role::Planner).await.id;
    let campaign = campaign::find(&db, &seeded.slug).await.unwrap().unwrap();
    let config = <Cli as clap::Parser>::try_parse_from(["portal"]).unwrap().config;
    let world = World { db, config, people, planner, campaign };
    let mut model = Model { shifts, now: START };
    for step in &steps {
        world.step(&mut model, step).await;
    }
    world.assert_same(&model).await;
}

#[test]
fn any_sequence_ends_as_the_model_says() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let cases = Cases { cases: 40, max_shrink_iters: 60, failure_persistence: None, ..Cases::default() };
    let result = TestRunner::new(cases).run(&steps(), |steps| {
        let shown = format!("{steps:?}");
        let walked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(walk(steps))));
        prop_assert!(walked.is_ok(), "{shown}");
        Ok(())
    });
    result.unwrap();
}
