//! Random sequences of booking, releasing, publishing, changing and withdrawing shifts, taking off, and time passing,
//! against a simple model: equal.

use std::collections::BTreeSet;

use portal::accounts::role::Role;
use portal::campaigns::{campaign, opening};
use portal::config::{Cli, Config};
use portal::id::{AccountId, BookingId, ShiftId};
use portal::shifts::booking::{self, Person, Refusal, ReleaseRefusal};
use portal::shifts::change::{self, Action, Effect, Order, Wish};
use portal::shifts::week::Week;
use portal::shifts::{publication, recount, taking_off};
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use sqlx::PgPool;
use time::macros::date;
use time::{Date, Duration, OffsetDateTime};

use crate::database::TestDatabase;
use crate::seed;
use crate::server::START;

const PEOPLE: usize = 5;
const DAY: Date = date!(2026 - 12 - 02);
/// Hours of that day: from, length, seats. Some overlap, some just meet.
const SHIFTS: [(i16, i64, i16); 7] = [(8, 4, 1), (9, 4, 2), (12, 2, 1), (12, 4, 2), (14, 2, 1), (16, 3, 2), (19, 2, 1)];
/// Whoever is last is not qualified.
const UNQUALIFIED: usize = PEOPLE - 1;

#[derive(Debug, Clone)]
enum Step {
    Book(usize, usize),
    Release(usize, usize),
    TakeOff(usize, usize),
    Seats(usize, usize),
    /// To this hour; whoever is booked twice then loses this shift, or else nothing is done.
    Move(usize, i16, bool),
    Withdraw(usize),
    Publish,
    Pass(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pair = || (0..PEOPLE, 0..SHIFTS.len());
    let step = prop_oneof![
        12 => pair().prop_map(|(p, s)| Step::Book(p, s)),
        6 => pair().prop_map(|(p, s)| Step::Release(p, s)),
        2 => pair().prop_map(|(p, s)| Step::TakeOff(p, s)),
        2 => (0..SHIFTS.len(), 1..4_usize).prop_map(|(s, seats)| Step::Seats(s, seats)),
        3 => (0..SHIFTS.len(), 7..18_i16, any::<bool>()).prop_map(|(s, hour, solve)| Step::Move(s, hour, solve)),
        1 => (0..SHIFTS.len()).prop_map(Step::Withdraw),
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
    withdrawn: bool,
    /// Who, and since when: in the order of booking.
    booked: Vec<(usize, OffsetDateTime)>,
}

struct Model {
    shifts: Vec<Shift>,
    now: OffsetDateTime,
}

impl Shift {
    /// Whether planners can still do something about it.
    fn stands(&self, now: OffsetDateTime) -> bool {
        !self.withdrawn && self.from > now
    }
}

impl Model {
    fn book(&mut self, person: usize, at: usize) -> Result<(), &'static str> {
        let shift = &self.shifts[at];
        let has = |other: &Shift| other.booked.iter().any(|(who, _)| *who == person);
        let refusal = match () {
            () if !shift.published => Some("unknown"),
            () if has(shift) => Some("already"),
            () if shift.withdrawn => Some("withdrawn"),
            () if shift.from <= self.now => Some("started"),
            () if person == UNQUALIFIED => Some("unqualified"),
            () if self.has_other(person, at, shift.from, shift.to) => Some("overlap"),
            () if shift.booked.len() >= shift.seats => Some("full"),
            () => None,
        };
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        self.shifts[at].booked.push((person, self.now));
        Ok(())
    }

    /// Whether the person has a booking in the span beside that of the shift `at`.
    fn has_other(&self, person: usize, at: usize, from: OffsetDateTime, to: OffsetDateTime) -> bool {
        let others = self.shifts.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, other)| other);
        let mut touching = others.filter(|other| other.from < to && from < other.to);
        touching.any(|other| other.booked.iter().any(|(who, _)| *who == person))
    }

    /// Where seats go, those who booked last lose theirs. Whether anything changes.
    fn seats(&mut self, at: usize, seats: usize) -> bool {
        let (now, shift) = (self.now, &mut self.shifts[at]);
        let changes = shift.stands(now) && shift.seats != seats;
        if changes {
            shift.seats = seats;
            shift.booked.truncate(seats);
        }
        changes
    }

    /// Whether anything changes.
    fn move_to(&mut self, at: usize, from: OffsetDateTime, solve: bool) -> bool {
        let shift = &self.shifts[at];
        let to = from + (shift.to - shift.from);
        let (lost, kept): (Vec<_>, Vec<_>) =
            shift.booked.iter().partition(|(who, _)| self.has_other(*who, at, from, to));
        let changes = shift.stands(self.now) && from > self.now && from != shift.from && (solve || lost.is_empty());
        if changes {
            let shift = &mut self.shifts[at];
            (shift.from, shift.to, shift.booked) = (from, to, kept);
        }
        changes
    }

    fn withdraw(&mut self, at: usize) -> bool {
        let (now, shift) = (self.now, &mut self.shifts[at]);
        let changes = shift.stands(now);
        if changes {
            (shift.withdrawn, shift.booked) = (true, Vec::new());
        }
        changes
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
        Refusal::Withdrawn => "withdrawn",
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
        // No two bookings at the same instant: which of them is the last must be clear.
        model.now += Duration::SECOND;
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
            Step::Seats(s, seats) => {
                let wish = Wish { seats: i16::try_from(seats).ok(), ..Wish::default() };
                let changed = self.change(model, s, Action::Change(wish), false).await;
                assert_eq!(changed, model.seats(s, seats), "{step:?}");
            }
            Step::Move(s, hour, solve) => {
                let length = (model.shifts[s].to - model.shifts[s].from).whole_minutes() as i16;
                let (start, end) = (hour * 60, hour * 60 + length);
                let wish = Wish { start: Some(start), end: Some(end), ..Wish::default() };
                let changed = self.change(model, s, Action::Change(wish), solve).await;
                let from = self.campaign.zone.wall(DAY, start).unwrap();
                assert_eq!(changed, model.move_to(s, from, solve), "{step:?}");
            }
            Step::Withdraw(s) => {
                let changed = self.change(model, s, Action::Delete, false).await;
                assert_eq!(changed, model.withdraw(s), "{step:?}");
            }
            Step::Publish => {
                let week = Week::of(DAY);
                let drafts = model.shifts.iter().filter(|s| !s.published && s.stands(model.now)).count();
                let real =
                    publication::publish_week(&self.db, &self.config, &self.campaign, week, self.planner, model.now);
                let published = real.await.unwrap().map_or(0, |published| published.shifts);
                assert_eq!(published, drafts);
                let now = model.now;
                model.shifts.iter_mut().filter(|s| s.stands(now)).for_each(|s| s.published = true);
            }
            Step::Pass(minutes) => model.now += Duration::minutes(minutes),
        }
    }

    /// Confirms what the preview of this shift shows; whether anything was done. `solve` ends the bookings that collide.
    async fn change(&self, model: &Model, at: usize, action: Action, solve: bool) -> bool {
        let (ids, week) = ([model.shifts[at].id], Week::of(DAY));
        let hours = opening::load(&self.db, self.campaign.id).await.unwrap();
        let mut connection = self.db.acquire().await.unwrap();
        let facts = change::facts(&mut connection, &self.campaign, week, &ids, &hours).await.unwrap();
        drop(connection);
        let preview = change::preview(&facts, action, &self.campaign.zone, model.now);
        let colliding = preview.touched().filter(|(_, touched)| matches!(touched.effect, Effect::Collides(..)));
        let chosen: BTreeSet<BookingId> =
            colliding.filter(|_| solve).map(|(_, touched)| touched.held.booking).collect();
        let order = Order { ids: &ids, action, chosen: &chosen, reason: "Grund", digest: &preview.digest };
        let plan = (&self.campaign, week);
        change::execute(&self.db, &self.config, plan, &order, self.planner, model.now).await.unwrap().is_ok()
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
        let published = n % 3 != 0;
        let id = if published {
            seed::shift(&db, &seeded, DAY, hour, hours, seats).await
        } else {
            seed::draft(&db, &seeded, DAY, hour, hours, seats).await
        };
        let from = seeded.zone.wall(DAY, hour * 60).unwrap();
        shifts.push(Shift {
            id,
            from,
            to: from + Duration::hours(hours),
            seats: seats as usize,
            published,
            withdrawn: false,
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
