//! Builders for trainings: people who prepare, courses, dates, enrolments.

use portal::files::intake::{self, Wanted};
use portal::files::key::HOUSE;
use portal::id::{CourseId, EnrolmentId, MaterialId, TrainingDateId};
use portal::training::enrolment::State;
use portal::training::material;
use sqlx::PgPool;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::seed::{self, Campaign, Person};
use crate::server::{START, TestPortal};

/// Length of each day.
pub const LENGTH: Duration = Duration::hours(4);
/// One may leave until so long before the start.
pub const DEADLINE: Duration = Duration::hours(48);

/// The person prepares for the campaign.
pub async fn prepare(db: &PgPool, person: &Person, campaign: &Campaign) {
    sqlx::query("insert into preparation (freelancer_id, campaign_id, began_at) values ($1, $2, $3)")
        .bind(person.id)
        .bind(campaign.id)
        .bind(START - Duration::days(3))
        .execute(db)
        .await
        .expect("preparation");
}

/// The person's profile is saved.
pub async fn profile(db: &PgPool, person: &Person) {
    sqlx::query(
        "insert into profile (freelancer_id, street, postcode, city, country, phone, has_windows, has_headset, has_lan_cable,
             has_line, has_room, is_employed, vat_id, saved_at)
         values ($1, 'Am Kai 3', '24937', 'Flensburg', 'DE', '0461 5550100', true, true, true, true, true, false, 'DE136695976', $2)
         on conflict do nothing",
    )
    .bind(person.id)
    .bind(START - Duration::days(2))
    .execute(db)
    .await
    .expect("profile");
}

/// A freelancer who prepares for the campaign and can enrol in its trainings.
pub async fn preparing(db: &PgPool, campaign: &Campaign) -> Person {
    let person = seed::freelancer(db).await;
    prepare(db, &person, campaign).await;
    profile(db, &person).await;
    person
}

/// A course of the campaign.
pub async fn course(db: &PgPool, campaign: &Campaign) -> CourseId {
    let id = CourseId::new();
    sqlx::query(
        "insert into course (id, campaign_id, title, description, created_at) values ($1, $2, 'Bestellungen annehmen', 'Wir üben **gemeinsam**.', $3)",
    )
    .bind(id)
    .bind(campaign.id)
    .bind(START - Duration::days(20))
    .execute(db)
    .await
    .expect("course");
    id
}

/// A link for a course.
pub async fn material(db: &PgPool, course: CourseId) -> MaterialId {
    let id = MaterialId::new();
    sqlx::query(
        "insert into course_material (id, course_id, title, link, created_at) values ($1, $2, 'Leitfaden', 'https://lernen.example/leitfaden', $3)",
    )
    .bind(id)
    .bind(course)
    .bind(START - Duration::days(19))
    .execute(db)
    .await
    .expect("material");
    id
}

/// A PDF as staff hand it in.
pub fn pdf(words: &str) -> Vec<u8> {
    format!("%PDF-1.4\n{words}\nstartxref\n9\n%%EOF\n").into_bytes()
}

/// A file for a course.
pub async fn material_file(portal: &TestPortal, course: CourseId) -> MaterialId {
    let body = futures_util::stream::iter([Ok::<_, std::io::Error>(pdf("Spickzettel").into())]);
    let (portal, now) = (&portal.portal, portal.now());
    let taken = intake::receive(&portal.files, &portal.db, (HOUSE, Wanted::Pdf), body, now).await.expect("file");
    let (file, house) = (taken.expect("taken"), (&portal.files, &portal.db, &portal.config));
    material::add_file(house, course, ("Spickzettel", &file), now).await.expect("material").expect("added");
    let added = "select id from course_material where blob_id = $1";
    sqlx::query_scalar(added).bind(file.blob).fetch_one(&portal.db).await.expect("row")
}

/// A date with a day of four hours from each of these instants on.
pub async fn date(
    db: &PgPool,
    course: CourseId,
    trainer: &Person,
    starts: &[OffsetDateTime],
    seats: i16,
) -> TrainingDateId {
    let id = TrainingDateId::new();
    sqlx::query(
        "insert into training_date (id, course_id, trainer_id, place, seats, leave_until, created_at)
         values ($1, $2, $3, 'Flensburg, Am Kai 5', $4, $5, $6)",
    )
    .bind(id)
    .bind(course)
    .bind(trainer.id)
    .bind(seats)
    .bind(starts[0] - DEADLINE)
    .bind(START - Duration::days(10))
    .execute(db)
    .await
    .expect("date");
    for starts_at in starts {
        sqlx::query("insert into training_day (id, date_id, starts_at, ends_at) values ($1, $2, $3, $4)")
            .bind(Uuid::new_v4())
            .bind(id)
            .bind(starts_at)
            .bind(*starts_at + LENGTH)
            .execute(db)
            .await
            .expect("day");
    }
    id
}

/// The person on the date, with counter and bookings kept right.
pub async fn enrolment(db: &PgPool, person: &Person, date: TrainingDateId, state: State) -> EnrolmentId {
    let id = EnrolmentId::new();
    let at = START - Duration::days(3);
    sqlx::query(
        "insert into enrolment (id, date_id, course_id, freelancer_id, state, joined_at, enrolled_at, offered_until)
         select $1, id, course_id, $3, $4, $5, case when $4 = 'enrolled'::enrolment_state then $5 end, $6 from training_date where id = $2",
    )
    .bind(id)
    .bind(date)
    .bind(person.id)
    .bind(state)
    .bind(at)
    .bind((state == State::Offered).then_some(START + Duration::DAY))
    .execute(db)
    .await
    .expect("enrolment");
    if state.has_seat() {
        let seat = "update training_date set taken = taken + 1 where id = $1";
        sqlx::query(seat).bind(date).execute(db).await.expect("seat");
    }
    if state == State::Enrolled {
        sqlx::query(
            "insert into booking (id, kind, training_day_id, freelancer_id, during, booked_at)
             select gen_random_uuid(), 'training', id, $2, during, $3 from training_day where date_id = $1",
        )
        .bind(date)
        .bind(person.id)
        .bind(at)
        .execute(db)
        .await
        .expect("bookings");
    }
    id
}
