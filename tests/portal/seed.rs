//! Builders for what a test needs to exist: people, campaigns, qualifications, shifts, bookings.
//!
//! They write rows directly, so that a test of one page does not depend on all pages before it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use portal::accounts::password;
use portal::accounts::role::Role;
use portal::accounts::session;
use portal::clock::Zone;
use portal::id::{AccountId, BookingId, CampaignId, FreelancerId, ShiftId};
use sqlx::PgPool;
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use crate::server::{START, TestPortal};

/// Everybody's password.
pub const PASSWORD: &str = "Sieben Möwen warten am Kai";

/// Hashed once: it takes 25 ms of a core.
static PASSWORD_HASH: LazyLock<String> = LazyLock::new(|| password::hash_now(PASSWORD));
static NEXT: AtomicU32 = AtomicU32::new(1);

fn next() -> u32 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Somebody who can sign in with [`PASSWORD`].
#[derive(Debug, Clone)]
pub struct Person {
    pub id: AccountId,
    pub email: String,
    pub name: String,
    pub roles: Vec<Role>,
}

impl Person {
    /// The person as a freelancer.
    pub fn freelancer(&self) -> FreelancerId {
        self.id.into()
    }

    /// Starts a session now and returns its token.
    pub async fn session(&self, portal: &TestPortal) -> String {
        session::create(&portal.db, self.id, &self.roles, "Test", portal.now()).await.expect("session")
    }
}

/// A person with these roles; with [`Role::Freelancer`] also the freelancer's row.
pub async fn person(db: &PgPool, roles: &[Role]) -> Person {
    let number = next();
    let role = roles.first().map_or("niemand", |role| role.key());
    let person = Person {
        id: AccountId::new(),
        email: format!("{role}{number}@beispiel.example"),
        name: format!("Robin Beispiel {number}"),
        roles: roles.to_vec(),
    };
    sqlx::query("insert into account (id, email, name, password_hash, created_at) values ($1, $2, $3, $4, $5)")
        .bind(person.id)
        .bind(&person.email)
        .bind(&person.name)
        .bind(&*PASSWORD_HASH)
        .bind(START - Duration::days(30))
        .execute(db)
        .await
        .expect("account");
    portal::accounts::account::grant(db, person.id, roles, None, START).await.expect("roles");
    if roles.contains(&Role::Freelancer) {
        sqlx::query("insert into freelancer (id, joined_at) values ($1, $2)")
            .bind(person.id)
            .bind(START - Duration::days(30))
            .execute(db)
            .await
            .expect("freelancer");
    }
    person
}

/// A member of staff with one role.
pub async fn staff(db: &PgPool, role: Role) -> Person {
    person(db, &[role]).await
}

/// A freelancer who is not yet qualified for anything.
pub async fn freelancer(db: &PgPool) -> Person {
    person(db, &[Role::Freelancer]).await
}

/// A campaign to be created; the defaults are open around the clock.
#[derive(Debug, Clone)]
pub struct CampaignSeed {
    pub name: String,
    pub client: String,
    pub zone: &'static str,
    pub horizon_weeks: i16,
    pub release_deadline_hours: i16,
    /// Opening hours: weekday (1 = Monday), minutes since midnight from and to.
    pub opening: Vec<(i16, i16, i16)>,
}

impl Default for CampaignSeed {
    fn default() -> Self {
        Self {
            name: format!("Bestellhotline {}", next()),
            client: "Blattgrün".into(),
            zone: "Europe/Berlin",
            horizon_weeks: 4,
            release_deadline_hours: 24,
            opening: (1..=7).map(|weekday| (weekday, 0, 1440)).collect(),
        }
    }
}

/// A campaign that exists.
#[derive(Debug, Clone)]
pub struct Campaign {
    pub id: CampaignId,
    pub slug: String,
    pub name: String,
    pub zone: Zone,
}

impl CampaignSeed {
    pub async fn create(self, db: &PgPool) -> Campaign {
        let id = CampaignId::new();
        let slug = format!("kampagne-{}", next());
        sqlx::query(
            "insert into campaign (id, slug, client, name, requirements, channels, zone, horizon_weeks, publication_time,
                 release_deadline_hours, expected_hours_min, expected_hours_max, planner_contact, created_at)
             values ($1, $2, $3, $4, 'Freundlich am Telefon.', '{phone,email,chat}', $5, $6, '12:00', $7, 15, 20,
                 'planung@beispiel.example', $8)",
        )
        .bind(id)
        .bind(&slug)
        .bind(&self.client)
        .bind(&self.name)
        .bind(self.zone)
        .bind(self.horizon_weeks)
        .bind(self.release_deadline_hours)
        .bind(START - Duration::days(30))
        .execute(db)
        .await
        .expect("campaign");
        for (weekday, opens, closes) in self.opening {
            sqlx::query("insert into opening_hours values ($1, $2, $3, $4)")
                .bind(id)
                .bind(weekday)
                .bind(opens)
                .bind(closes)
                .execute(db)
                .await
                .expect("opening hours");
        }
        Campaign { id, slug, name: self.name, zone: Zone::named(self.zone).expect("zone") }
    }
}

/// A campaign that is open around the clock.
pub async fn campaign(db: &PgPool) -> Campaign {
    CampaignSeed::default().create(db).await
}

/// A day on which the campaign is closed.
pub async fn holiday(db: &PgPool, campaign: &Campaign, day: Date) {
    sqlx::query("insert into opening_exception (campaign_id, day, label) values ($1, $2, 'Feiertag')")
        .bind(campaign.id)
        .bind(day)
        .execute(db)
        .await
        .expect("exception");
}

/// Qualifies a freelancer for a campaign.
pub async fn qualify(db: &PgPool, person: &Person, campaign: &Campaign) {
    sqlx::query("insert into qualification (freelancer_id, campaign_id, granted_at, reason) values ($1, $2, $3, 'Probeschicht')")
        .bind(person.id)
        .bind(campaign.id)
        .bind(START - Duration::days(20))
        .execute(db)
        .await
        .expect("qualification");
}

/// A freelancer who may book the campaign's shifts.
pub async fn qualified(db: &PgPool, campaign: &Campaign) -> Person {
    let person = freelancer(db).await;
    qualify(db, &person, campaign).await;
    person
}

/// A published shift of `hours` from that wall time on.
pub async fn shift(db: &PgPool, campaign: &Campaign, day: Date, hour: i16, hours: i64, seats: i16) -> ShiftId {
    insert_shift(db, campaign, day, hour, hours, seats, Some(START - Duration::days(5))).await
}

/// The same as a draft.
pub async fn draft(db: &PgPool, campaign: &Campaign, day: Date, hour: i16, hours: i64, seats: i16) -> ShiftId {
    insert_shift(db, campaign, day, hour, hours, seats, None).await
}

async fn insert_shift(
    db: &PgPool,
    campaign: &Campaign,
    day: Date,
    hour: i16,
    hours: i64,
    seats: i16,
    published_at: Option<OffsetDateTime>,
) -> ShiftId {
    let starts_at = campaign.zone.wall(day, hour * 60).expect("a wall time that exists");
    let monday = day - Duration::days(i64::from(day.weekday().number_days_from_monday()));
    sqlx::query_scalar(
        "insert into shift (campaign_id, channel, week, starts_at, ends_at, seats, published_at, created_at)
         values ($1, 'phone', $2, $3, $4, $5, $6, $7) returning id",
    )
    .bind(campaign.id)
    .bind(monday)
    .bind(starts_at)
    .bind(starts_at + Duration::hours(hours))
    .bind(seats)
    .bind(published_at)
    .bind(START - Duration::days(7))
    .fetch_one(db)
    .await
    .expect("shift")
}

/// A live booking, with the seat counter kept right.
pub async fn booking(db: &PgPool, person: &Person, shift: ShiftId) -> BookingId {
    let id = BookingId::new();
    sqlx::query(
        "with seat as (update shift set booked = booked + 1 where id = $2 returning during)
         insert into booking (id, shift_id, freelancer_id, during, booked_at) select $1, $2, $3, during, $4 from seat",
    )
    .bind(id)
    .bind(shift)
    .bind(person.id)
    .bind(START - Duration::days(1))
    .execute(db)
    .await
    .expect("booking");
    id
}

/// A link as mails carry it; returns its token.
pub async fn link(db: &PgPool, person: &Person, purpose: portal::accounts::link::Purpose) -> String {
    let mut connection = db.acquire().await.expect("connection");
    portal::accounts::link::create(&mut connection, person.id, purpose, START).await.expect("link")
}

/// An id that nothing has.
pub fn unknown_id() -> Uuid {
    Uuid::new_v4()
}
