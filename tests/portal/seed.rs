//! Builders for what a test needs to exist: people, campaigns, qualifications, shifts, bookings.
//!
//! They write rows directly, so that a test of one page does not depend on all pages before it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use portal::accounts::password;
use portal::accounts::role::Role;
use portal::accounts::{session, token};
use portal::applications::application::State;
use portal::applications::form::{self, link::Goal};
use portal::clock::Zone;
use portal::files::intake::Wanted;
use portal::files::{self, Draft};
use portal::freelancers::papers::kind::Kind;
use portal::freelancers::papers::{document, intake, review};
use portal::id::{
    AccountId, ApplicationId, BookingId, CampaignId, ContractVersionId, DocumentId, FindingId, FreelancerId, HoldId,
    MessageId, QuestionSetId, ShiftId,
};
use portal::retention::{consent, hold};
use sqlx::{AssertSqlSafe, PgExecutor, PgPool};
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

/// A personal link as mails to applicants carry it; returns its token.
pub async fn personal_link(db: &PgPool, person: &Person, goal: Goal) -> String {
    let token = token::new();
    form::link::keep(db, &token, person.id.into(), goal, START).await.expect("link");
    token.plain
}

/// A new address that waits for its confirmation; returns the link's token.
pub async fn address_change(db: &PgPool, person: &Person, new: &str) -> String {
    let mut connection = db.acquire().await.expect("connection");
    portal::accounts::address_change::ask(&mut connection, person.id, new, START).await.expect("change")
}

/// A message that waits for an answer.
pub async fn message(db: &PgPool) -> MessageId {
    let id = MessageId::new();
    sqlx::query(
        "insert into contact_message (id, stamp, name, email, subject, body, received_at)
         values ($1, $2, 'Noa Beispiel', 'noa@beispiel.example', 'Eine Frage', 'Geht das auch samstags?', $3)",
    )
    .bind(id)
    .bind(&Uuid::new_v4().as_bytes()[..])
    .bind(START - Duration::days(1))
    .execute(db)
    .await
    .expect("message");
    id
}

/// An id that nothing has.
pub fn unknown_id() -> Uuid {
    Uuid::new_v4()
}

/// Opens a campaign for applications: a published posting with one question (yes or no, required).
pub async fn posting(db: &PgPool, campaign: &Campaign) -> QuestionSetId {
    sqlx::query(
        "insert into posting (campaign_id, title, summary, tasks, needs, difficulty, languages, countries, created_at, updated_at, published_at)
         values ($1, $2, 'Du nimmst Bestellungen an.', 'Bestellungen annehmen, Fragen beantworten.', '', 'simple', '{de}', '{}', $3, $3, $3)",
    )
    .bind(campaign.id)
    .bind(&campaign.name)
    .bind(START - Duration::days(20))
    .execute(db)
    .await
    .expect("posting");
    let set = QuestionSetId::new();
    sqlx::query("insert into question_set (id, campaign_id, version, created_at) values ($1, $2, 1, $3)")
        .bind(set)
        .bind(campaign.id)
        .bind(START - Duration::days(20))
        .execute(db)
        .await
        .expect("question set");
    sqlx::query(
        "insert into question (id, set_id, position, kind, wording, required)
         values ($1, $2, 1, 'yes_no', 'Hast du schon im Kundenservice gearbeitet?', true)",
    )
    .bind(Uuid::new_v4())
    .bind(set)
    .execute(db)
    .await
    .expect("question");
    set
}

/// Somebody with a confirmed address and no password, who applies.
pub async fn applicant(db: &PgPool) -> Person {
    let person = person(db, &[Role::Applicant]).await;
    sqlx::query("update account set password_hash = null where id = $1")
        .bind(person.id)
        .execute(db)
        .await
        .expect("account");
    sqlx::query(
        "insert into applicant (id, confirmed_at, phone, place, country, languages, has_windows, has_headset, has_lan, has_line, has_room, trade, created_at, updated_at)
         values ($1, $2, '0461 5550100', 'Flensburg', 'DE', '{de}', true, true, true, true, true, 'registered', $2, $2)",
    )
    .bind(person.id)
    .bind(START - Duration::days(5))
    .execute(db)
    .await
    .expect("applicant");
    person
}

/// An application of this person in this state, sent three days before [`START`].
pub async fn application(db: &PgPool, person: &Person, campaign: &Campaign, state: State) -> ApplicationId {
    let id = ApplicationId::new();
    let at = START - Duration::days(3);
    let sent = (state != State::Draft).then_some(at);
    let set: QuestionSetId =
        sqlx::query_scalar("select id from question_set where campaign_id = $1 order by version desc limit 1")
            .bind(campaign.id)
            .fetch_one(db)
            .await
            .expect("question set");
    sqlx::query(
        "insert into application (id, applicant_id, campaign_id, question_set_id, state, created_at, edited_at, submitted_at, submitted_on, introduced_at, decided_at, withdrawn_at)
         values ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11)",
    )
    .bind(id)
    .bind(person.id)
    .bind(campaign.id)
    .bind(set)
    .bind(state)
    .bind(at)
    .bind(sent)
    .bind(sent.map(|at| campaign.zone.date(at)))
    .bind(sent.filter(|_| state != State::New))
    .bind(matches!(state, State::Accepted | State::Refused).then_some(at))
    .bind((state == State::Withdrawn).then_some(at))
    .execute(db)
    .await
    .expect("application");
    id
}

/// A slot of half an hour for an interview, of this campaign or of any.
pub async fn slot(
    db: &PgPool,
    interviewer: &Person,
    campaign: Option<&Campaign>,
    starts_at: OffsetDateTime,
) -> portal::id::SlotId {
    let id = portal::id::SlotId::new();
    sqlx::query(
        "insert into interview_slot (id, interviewer_id, campaign_id, starts_at, ends_at, place, created_at, created_by)
         values ($1, $2, $3, $4, $5, '0461 5550100', $6, $2)",
    )
    .bind(id)
    .bind(interviewer.id)
    .bind(campaign.map(|c| c.id))
    .bind(starts_at)
    .bind(starts_at + Duration::minutes(30))
    .bind(START - Duration::days(1))
    .execute(db)
    .await
    .expect("slot");
    id
}

/// The slot's choice by this application.
pub async fn interview(db: &PgPool, application: ApplicationId, slot: portal::id::SlotId) {
    sqlx::query("insert into interview (id, slot_id, application_id, chosen_at) values ($1, $2, $3, $4)")
        .bind(Uuid::new_v4())
        .bind(slot)
        .bind(application)
        .bind(START - Duration::days(1))
        .execute(db)
        .await
        .expect("interview");
}

/// A recording that introduces this application, with its file in the store.
pub async fn recording(portal: &TestPortal, application: ApplicationId) {
    let bytes = crate::tus::webm(5000);
    let draft = begin_recording(portal, application).await;
    portal.portal.files.put(draft, bytes.into()).await.expect("object");
    let blob = draft.id;
    let mut connection = portal.db.acquire().await.expect("connection");
    portal::files::blob::go_live(&mut connection, blob, "video/webm", 5000).await.expect("blob");
    sqlx::query("insert into introduction (application_id, kind, blob_id, length_ms, sent_at) values ($1, 'video', $2, 8000, $3)")
        .bind(application)
        .bind(blob)
        .bind(START)
        .execute(&portal.db)
        .await
        .expect("introduction");
}

/// A file of the person who wrote this application.
pub async fn begin_recording(portal: &TestPortal, application: ApplicationId) -> Draft {
    let applicant = sqlx::query_scalar("select applicant_id from application where id = $1")
        .bind(application)
        .fetch_one(&portal.db)
        .await
        .expect("application");
    portal.portal.files.begin(&portal.db, applicant, portal.now()).await.expect("row")
}

/// A written introduction of this application.
pub async fn written_introduction(db: &PgPool, application: ApplicationId, body: &str) {
    sqlx::query(
        "with sent as (insert into introduction (application_id, kind, body, sent_at) values ($1, 'text', $2, $3))
         update application set introduced_at = $3 where id = $1",
    )
    .bind(application)
    .bind(body)
    .bind(START - Duration::days(2))
    .execute(db)
    .await
    .expect("introduction");
}

/// A recording of this application; its bytes are not in the store.
pub async fn recorded_introduction(db: &PgPool, application: ApplicationId) -> Uuid {
    let blob = Uuid::new_v4();
    sqlx::query(
        "insert into blob (id, state, media_type, bytes, created_at) values ($1, 'live', 'video/mp4', 1000, $2)",
    )
    .bind(blob)
    .bind(START - Duration::days(2))
    .execute(db)
    .await
    .expect("blob");
    sqlx::query("insert into introduction (application_id, kind, blob_id, length_ms, sent_at) values ($1, 'video', $2, 108000, $3)")
        .bind(application)
        .bind(blob)
        .bind(START - Duration::days(2))
        .execute(db)
        .await
        .expect("introduction");
    blob
}

/// A saved profile: a small business without VAT ID, not employed.
pub async fn profile(db: &PgPool, person: &Person) {
    sqlx::query(
        "insert into profile (freelancer_id, street, postcode, city, country, phone, has_windows, has_headset,
             has_lan_cable, has_line, has_room, is_employed, saved_at)
         values ($1, 'Hafenstraße 1', '24937', 'Flensburg', 'DE', '0461 5550100', true, true, true, true, true, false, $2)",
    )
    .bind(person.id)
    .bind(START - Duration::days(2))
    .execute(db)
    .await
    .expect("profile");
}

/// A saved profile with a VAT ID: it proves the trade.
pub async fn vat_id(db: &PgPool, person: &Person) {
    profile(db, person).await;
    sqlx::query("update profile set vat_id = 'DE136695976' where freelancer_id = $1")
        .bind(person.id)
        .execute(db)
        .await
        .expect("VAT ID");
}

/// Somebody who prepares for the campaign, lacks no paper and passed its training.
pub async fn trainee(db: &PgPool, campaign: &Campaign) -> Person {
    let person = freelancer(db).await;
    prepare(db, &person, campaign).await;
    vat_id(db, &person).await;
    pass(db, &person, campaign).await;
    person
}

/// Begins a preparation.
pub async fn prepare(db: &PgPool, person: &Person, campaign: &Campaign) {
    sqlx::query(
        "insert into preparation (freelancer_id, campaign_id, began_at) values ($1, $2, $3) on conflict do nothing",
    )
    .bind(person.id)
    .bind(campaign.id)
    .bind(START - Duration::days(10))
    .execute(db)
    .await
    .expect("preparation");
}

/// A picture of a paper as a phone sends it.
pub fn photo() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 3, y as u8 * 5, 200]));
    picture.write_to(&mut bytes, image::ImageFormat::Jpeg).expect("picture");
    bytes.into_inner()
}

/// A paper of this kind that waits for its review, with its file in the store.
pub async fn paper(portal: &TestPortal, person: &Person, kind: Kind) -> DocumentId {
    let body = futures_util::stream::iter([Ok::<_, std::io::Error>(photo().into())]);
    let (files, wanted) = (&portal.portal.files, Wanted::PdfOrPicture);
    let taken = files::intake::receive(files, &portal.db, (person.id, wanted), body, portal.now()).await.expect("file");
    let paper = (FreelancerId::from(person.id), kind);
    intake::hand_in(&portal.db, paper, &taken.expect("taken"), false, portal.now()).await.expect("paper")
}

/// An accepted paper, valid until this day.
pub async fn accepted(portal: &TestPortal, person: &Person, kind: Kind, valid_until: Option<Date>) -> DocumentId {
    let id = paper(portal, person, kind).await;
    let reviewer = staff(&portal.db, Role::Recruiter).await;
    let paper = document::find(&portal.db, id).await.expect("paper").expect("there");
    let verdict = review::Verdict::Accept { valid_until };
    let config = &portal.portal.config;
    review::decide(&portal.db, config, &paper, verdict, reviewer.id, portal.now())
        .await
        .expect("review")
        .expect("decided");
    id
}

/// Published contract papers of a campaign, to be confirmed within two weeks.
pub async fn contract(db: &PgPool, campaign: &Campaign) -> ContractVersionId {
    let id = ContractVersionId::new();
    sqlx::query(
        "insert into contract_version (id, campaign_id, version, title, body, created_at, published_at, confirm_by)
         values ($1, $2, 1, 'Rahmenvertrag', '# Worum es geht

Du nimmst Bestellungen an.', $3, $3, $4)",
    )
    .bind(id)
    .bind(campaign.id)
    .bind(START - Duration::days(1))
    .bind(START.date() + Duration::days(14))
    .execute(db)
    .await
    .expect("contract");
    id
}

/// The charge of October 2026.
pub async fn fee(db: &PgPool, person: &Person) {
    sqlx::query(
        "insert into fee (kind, freelancer_id, month, cents, debtor_name, debtor_address, noted_at)
         values ('charge', $1, '2026-10-01', 290, $2, '', $3)",
    )
    .bind(person.id)
    .bind(&person.name)
    .bind(START - Duration::days(20))
    .execute(db)
    .await
    .expect("fee");
}

/// The training of the campaign, passed.
pub async fn pass(db: &PgPool, person: &Person, campaign: &Campaign) {
    sqlx::query("insert into training_result (freelancer_id, campaign_id, passed_at) values ($1, $2, $3)")
        .bind(person.id)
        .bind(campaign.id)
        .bind(START - Duration::days(8))
        .execute(db)
        .await
        .expect("training result");
}

/// Somebody qualified, whose offer to be a mentor is confirmed.
pub async fn mentor(db: &PgPool, campaign: &Campaign) -> Person {
    let person = qualified(db, campaign).await;
    mentoring(db, &person, campaign).await;
    person
}

/// Makes somebody a mentor.
pub async fn mentoring(db: &PgPool, person: &Person, campaign: &Campaign) {
    sqlx::query("insert into mentor (freelancer_id, campaign_id, offered_at, confirmed_at) values ($1, $2, $3, $3)")
        .bind(person.id)
        .bind(campaign.id)
        .bind(START - Duration::days(6))
        .execute(db)
        .await
        .expect("mentor");
}

/// A trainee's place beside this booking.
pub async fn place(db: &PgPool, person: &Person, mentor: BookingId) -> BookingId {
    let id = BookingId::new();
    sqlx::query(
        "insert into booking (id, shift_id, freelancer_id, during, booked_at, kind, mentor_booking_id)
         select $1, m.shift_id, $2, m.during, $3, 'beside', m.id from booking m where m.id = $4",
    )
    .bind(id)
    .bind(person.id)
    .bind(START - Duration::days(1))
    .bind(mentor)
    .execute(db)
    .await
    .expect("place");
    id
}

/// A day of a training of this campaign that takes a person's time.
pub async fn training_day(db: &PgPool, person: &Person, campaign: &Campaign, day: Date, hour: i16, hours: i64) {
    let starts_at = campaign.zone.wall(day, hour * 60).expect("a wall time that exists");
    sqlx::query(
        "with k as (
             insert into course (id, campaign_id, title, description, created_at)
             values (gen_random_uuid(), $1, 'Bestellungen annehmen', '', $3) returning id
         ), t as (
             insert into training_date (id, course_id, trainer_id, place, seats, taken, leave_until, created_at)
             select gen_random_uuid(), id, $2, 'Online', 8, 1, $3, $3 from k returning id
         ), d as (
             insert into training_day (id, date_id, starts_at, ends_at)
             select gen_random_uuid(), id, $4, $5 from t returning id, during
         )
         insert into booking (id, training_day_id, freelancer_id, during, booked_at, kind)
         select gen_random_uuid(), id, $2, during, $3, 'training' from d",
    )
    .bind(campaign.id)
    .bind(person.id)
    .bind(START - Duration::days(1))
    .bind(starts_at)
    .bind(starts_at + Duration::hours(hours))
    .execute(db)
    .await
    .expect("training day");
}

/// A published briefing of two questions, whose second answer is right.
pub async fn briefing(db: &PgPool, version: i32, confirm_by: Date) -> Uuid {
    let id = Uuid::new_v4();
    sqlx::query(
        "insert into briefing_version (id, version, title, body, created_at) values ($1, $2, 'Datenschutz', '## Worum es geht', $3)",
    )
    .bind(id)
    .bind(version)
    .bind(START - Duration::days(15))
    .execute(db)
    .await
    .expect("briefing");
    for position in 1..=2_i16 {
        sqlx::query(
            "insert into briefing_question (id, version_id, position, wording, answers, right_answer, explanation)
             values ($1, $2, $3, $4, '{ja,nein,vielleicht}', 2, 'Denn so ist es sicher.')",
        )
        .bind(Uuid::new_v4())
        .bind(id)
        .bind(position)
        .bind(format!("Frage {position}?"))
        .execute(db)
        .await
        .expect("question");
    }
    sqlx::query("update briefing_version set published_at = $2, confirm_by = $3 where id = $1")
        .bind(id)
        .bind(START - Duration::days(15))
        .bind(confirm_by)
        .execute(db)
        .await
        .expect("publication");
    id
}

/// A draft of the next version, with the same questions.
pub async fn briefing_draft(db: &PgPool, version: i32) {
    sqlx::query(
        "with draft as (
             insert into briefing_version (id, version, title, body, created_at) values ($1, $2, 'Datenschutz neu', 'Neu.', $3)
         )
         insert into briefing_question (id, version_id, position, wording, answers, right_answer, explanation)
         values ($4, $1, 1, 'Neue Frage?', '{ja,nein}', 1, 'Denn es ist neu.')",
    )
    .bind(Uuid::new_v4())
    .bind(version)
    .bind(START - Duration::days(1))
    .bind(Uuid::new_v4())
    .execute(db)
    .await
    .expect("draft");
}

/// All questions of a version answered rightly, not yet confirmed.
pub async fn briefing_answers(db: &PgPool, person: &Person, version: Uuid) {
    sqlx::query(
        "insert into briefing_answer (question_id, freelancer_id, answered_at) select id, $1, $3 from briefing_question where version_id = $2",
    )
    .bind(person.id)
    .bind(version)
    .bind(START - Duration::days(8))
    .execute(db)
    .await
    .expect("answers");
}

/// The confirmation of a version.
pub async fn briefing_confirmation(db: &PgPool, person: &Person, version: Uuid) {
    sqlx::query("insert into briefing_confirmation (version_id, freelancer_id, confirmed_at) values ($1, $2, $3)")
        .bind(version)
        .bind(person.id)
        .bind(START - Duration::days(8))
        .execute(db)
        .await
        .expect("confirmation");
}

/// A system on a campaign's access list.
pub async fn system(db: &PgPool, campaign: &Campaign, name: &str) -> Uuid {
    let id = Uuid::new_v4();
    sqlx::query("insert into campaign_system (id, campaign_id, name, contact, created_at) values ($1, $2, $3, 'Technik, Durchwahl 12', $4)")
        .bind(id)
        .bind(campaign.id)
        .bind(name)
        .bind(START - Duration::days(20))
        .execute(db)
        .await
        .expect("system");
    id
}

/// A paper of this kind in this state; its file is a row only.
pub async fn document(db: &PgPool, person: &Person, kind: &str, state: &str, valid_until: Option<Date>) {
    sqlx::query(
        "with file as (
             insert into blob (id, state, media_type, bytes, created_at) values ($7, 'live', 'image/jpeg', 7, $5) returning id
         )
         insert into document (id, freelancer_id, kind, state, blob_id, submitted_at, decided_at, refusal, valid_until)
         select $1, $2, $3::document_kind, $4::document_state, id, $5, case when $4 in ('accepted', 'refused') then $5 end,
             case when $4 = 'refused' then 'Seite 2 fehlt im Bild.' end, $6 from file",
    )
    .bind(Uuid::new_v4())
    .bind(person.id)
    .bind(kind)
    .bind(state)
    .bind(START - Duration::days(7))
    .bind(valid_until)
    .bind(Uuid::new_v4())
    .execute(db)
    .await
    .expect("document");
}

/// A plan for the end of the campaign that waits.
pub async fn ending(db: &PgPool, campaign: &Campaign, by: &Person) -> portal::id::EndingId {
    let id = portal::id::EndingId::new();
    sqlx::query(
        "insert into ending_plan (id, campaign_id, preparations, qualifications, reason, created_at, created_by)
         values ($1, $2, 'finish', 'finish', 'Der Auftrag endet.', $3, $4)",
    )
    .bind(id)
    .bind(campaign.id)
    .bind(START - Duration::days(1))
    .bind(by.id)
    .execute(db)
    .await
    .expect("plan");
    id
}

/// A consent to longer keeping, with the token of its mail.
pub async fn consent(db: &PgPool, application: ApplicationId) -> String {
    let mut db = db.acquire().await.unwrap();
    let consent = consent::grant(&mut db, application, START).await.unwrap().unwrap().unwrap();
    consent::link(&mut *db, &consent, START).await.unwrap()
}

/// A hold on this person's data that waits for the second person.
pub async fn hold(db: &PgPool, person: &Person, by: &Person) -> HoldId {
    let new =
        hold::NewHold { account: person.id, reason: "Klage".into(), held_until: START.date() + Duration::days(30) };
    hold::set(db, &new, by.id, START).await.unwrap().unwrap()
}

/// A legal hold that two people set and confirmed, for 30 days.
pub async fn confirmed_hold(db: &PgPool, person: &Person) {
    let (by, second) = (staff(db, Role::PrivacyOfficer).await, staff(db, Role::Administrator).await);
    let id = hold(db, person, &by).await;
    hold::confirm(db, id, second.id, START).await.unwrap().unwrap();
}

/// Makes somebody who applies a freelancer, too.
pub async fn taken_on(db: impl PgExecutor<'_>, person: &Person) {
    let sql = format!(
        "insert into account_role values ('{0}', 'freelancer', now(), null); insert into freelancer values ('{0}', now())",
        person.id
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(db).await.unwrap();
}

/// Something that the leftover check found of somebody.
pub async fn finding(db: &PgPool, subject: AccountId) -> FindingId {
    sqlx::query_scalar(
        "insert into erasure_leftover (at, place, subject, n) values ($1, 'campaign.requirements', $2, 1) returning id",
    )
    .bind(START)
    .bind(subject)
    .fetch_one(db)
    .await
    .unwrap()
}

/// The token of a request for erasure that waits for its click.
pub async fn request_link(db: &PgPool, person: &Person) -> String {
    let token = token::new();
    sqlx::query("insert into data_request_link values ($1, $2, 'erasure', $3, $3 + interval '7 days')")
        .bind(&token.hash[..])
        .bind(person.id)
        .bind(START)
        .execute(db)
        .await
        .unwrap();
    token.plain
}

/// A finished copy of the person's data, of seven bytes.
pub async fn data_copy(portal: &TestPortal, person: &Person) -> portal::id::DataCopyId {
    let (id, now) = (portal::id::DataCopyId::new(), portal.now());
    let draft = portal.portal.files.begin(&portal.db, person.id, now).await.expect("row");
    let blob = draft.id;
    portal.portal.files.put(draft, bytes::Bytes::from_static(b"PK-zip!")).await.expect("object");
    let mut connection = portal.db.acquire().await.expect("connection");
    portal::files::blob::go_live(&mut connection, blob, "application/zip", 7).await.expect("blob");
    sqlx::query(
        "insert into data_copy (id, account_id, requested_at, attempts, blob_id, finished_at, expires_at) values ($1, $2, $3, 1, $4, $3, $5)",
    )
    .bind(id)
    .bind(person.id)
    .bind(now)
    .bind(blob)
    .bind(now + Duration::days(7))
    .execute(&portal.db)
    .await
    .expect("copy");
    id
}
