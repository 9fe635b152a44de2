//! Trainings through the pages: courses and dates, enrolling and leaving, the waiting list, results, and what people are told.

use axum::http::StatusCode;
use icalendar::{Calendar, Component, parser};
use portal::accounts::role::Role;
use portal::freelancers::history::{self, Event};
use portal::freelancers::qualification;
use portal::id::{CourseId, EnrolmentId, TrainingDateId};
use portal::training::enrolment::State;
use portal::training::{offer, passed, reminder};
use sqlx::PgPool;
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};

use crate::client::Client;
use crate::page::Mail;
use crate::seed::{self, Campaign, CampaignSeed, Person};
use crate::seed_training as training;
use crate::server::TestPortal;

/// Monday, 7 December 2026, 09:00 in Berlin.
const MONDAY: OffsetDateTime = datetime!(2026-12-07 8:00 UTC);
/// The day after.
const TUESDAY: OffsetDateTime = datetime!(2026-12-08 8:00 UTC);
/// How the two days are said.
const SAID: &str = "Mo, 7.12. bis Di, 8.12., jeweils 09:00–13:00 Uhr";

struct Scene {
    portal: TestPortal,
    campaign: Campaign,
    trainer: Person,
    course: CourseId,
}

impl Scene {
    async fn new() -> Self {
        let portal = TestPortal::new().await;
        let campaign = seed::campaign(&portal.db).await;
        let trainer = seed::staff(&portal.db, Role::Trainer).await;
        let course = training::course(&portal.db, &campaign).await;
        Self { portal, campaign, trainer, course }
    }

    fn db(&self) -> &PgPool {
        &self.portal.db
    }

    /// Two days in December.
    async fn date(&self, seats: i16) -> TrainingDateId {
        training::date(self.db(), self.course, &self.trainer, &[MONDAY, TUESDAY], seats).await
    }

    async fn preparing(&self) -> (Person, Client) {
        let person = training::preparing(self.db(), &self.campaign).await;
        let client = self.portal.client_of(&person).await;
        (person, client)
    }

    async fn staff(&self) -> Client {
        self.portal.client_of(&self.trainer).await
    }

    /// What the worker does about offers.
    async fn expire(&self) -> usize {
        offer::run_due(self.db(), &self.portal.portal.config, self.portal.now()).await.unwrap()
    }

    async fn mails_to(&self, person: &Person) -> Vec<Mail> {
        self.portal.mails().await.into_iter().filter(|mail| mail.recipient == person.email).collect()
    }

    async fn events(&self, person: &Person) -> Vec<Event> {
        let mut entries = history::list(self.db(), person.freelancer()).await.unwrap();
        entries.reverse();
        entries.into_iter().map(|entry| entry.event).collect()
    }
}

fn page(date: TrainingDateId) -> String {
    format!("/schulungen/{date}")
}

/// The last state of a person on a date.
async fn state(db: &PgPool, person: &Person, date: TrainingDateId) -> Option<State> {
    let last = "select state from enrolment where freelancer_id = $1 and date_id = $2 order by sequence desc, joined_at desc limit 1";
    sqlx::query_scalar(last).bind(person.id).bind(date).fetch_optional(db).await.unwrap()
}

/// Seats by the counter, and by the rows.
async fn seats(db: &PgPool, date: TrainingDateId) -> (i16, i64) {
    sqlx::query_as(
        "select taken, (select count(*) from enrolment where date_id = d.id and state in ('offered', 'enrolled', 'passed', 'repeat'))
         from training_date d where id = $1",
    )
    .bind(date)
    .fetch_one(db)
    .await
    .unwrap()
}

/// Live bookings of training days.
async fn held(db: &PgPool, person: &Person) -> i64 {
    let held = "select count(*) from booking where freelancer_id = $1 and kind = 'training' and released_at is null";
    sqlx::query_scalar(held).bind(person.id).fetch_one(db).await.unwrap()
}

fn subjects(mails: &[Mail]) -> Vec<&str> {
    mails.iter().map(|mail| mail.subject.as_str()).collect()
}

#[tokio::test]
async fn staff_lay_down_a_course_and_offer_a_date() {
    let scene = Scene::new().await;
    let mut staff = scene.staff().await;
    staff.get("/verwaltung/schulungen").await;
    staff.follow("Kurs anlegen").await;
    let again = staff.fill("titel", "").press("Kurs anlegen").await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text().contains("Bitte wähle eine laufende Kampagne"), "{}", again.text());
    staff.fill("kampagne", &scene.campaign.slug).fill("titel", "Am Telefon").fill("text", "Du lernst zuhören.");
    assert!(staff.press("Kurs anlegen").await.flash().unwrap().starts_with("Der Kurs ist angelegt."));
    let wrong = staff.fill("bezeichnung", "Film").fill("adresse", "http://lernen.example").press("Link ergänzen").await;
    assert!(wrong.text().contains("mit https:// beginnt"), "{}", wrong.text());
    staff.fill("adresse", "https://lernen.example/film").press("Link ergänzen").await;
    staff.follow("Termin anbieten").await;
    // A further row for a day loses nothing.
    staff.fill("tag1", "2026-12-07").fill("von1", "09:00").fill("bis1", "13:00").fill("ort", "Flensburg");
    staff.press("Weiteren Tag").await;
    assert!(staff.page().has("input[name=tag4]") && staff.page().has("input[name=tag1][value='2026-12-07']"));
    let wrong =
        staff.fill("tag2", "2026-12-07").fill("von2", "12:00").fill("bis2", "14:00").press("Termin anbieten").await;
    assert!(wrong.text().contains("überlappt einen anderen"), "{}", wrong.text());
    staff.fill("tag2", "2026-12-08").fill("von2", "09:00").fill("bis2", "13:00").fill("plaetze", "3");
    let made = staff.press("Termin anbieten").await;
    assert!(made.flash().unwrap().starts_with("Der Termin ist angeboten."), "{}", made.text());
    assert!(made.text().contains(SAID), "{}", made.text());
    // A freelancer finds it, and the links once they take part.
    let (_, mut client) = scene.preparing().await;
    let list = client.get("/schulungen").await;
    assert!(list.text().contains(SAID) && list.text().contains("3 von 3 Plätzen frei"), "{}", list.text());
    client.follow(SAID).await;
    assert!(client.page().text().contains("Du lernst zuhören") && !client.page().text().contains("Film"));
    let there = client.press(&format!("Anmelden: {SAID}")).await;
    assert!(there.has("a[href='https://lernen.example/film']"), "{}", there.text());
}

#[tokio::test]
async fn both_clock_changes_are_minded() {
    let scene = Scene::new().await;
    let mut staff = scene.staff().await;
    let form = format!("/verwaltung/schulungen/kurse/{}/termine/neu", scene.course);
    staff.get(&form).await;
    staff.fill("tag1", "2027-03-28").fill("von1", "02:30").fill("bis1", "06:00").fill("ort", "Flensburg");
    let gap = staff.press("Termin anbieten").await;
    assert_eq!(gap.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(gap.text().contains("Diese Uhrzeit gibt es an dem Tag nicht"), "{}", gap.text());
    // The hour that comes twice: the first is meant.
    staff.fill("tag1", "2027-10-31").press("Termin anbieten").await;
    assert!(staff.page().text().contains("So, 31.10., 02:30–06:00 Uhr"), "{}", staff.page().text());
    let spans: Vec<(OffsetDateTime, OffsetDateTime)> =
        sqlx::query_as("select starts_at, ends_at from training_day").fetch_all(scene.db()).await.unwrap();
    assert_eq!(spans, [(datetime!(2027-10-31 0:30 UTC), datetime!(2027-10-31 5:00 UTC))]);
}

#[tokio::test]
async fn a_freelancer_enrols_leaves_and_takes_the_calendar_along() {
    let scene = Scene::new().await;
    let date = scene.date(2).await;
    let (person, mut client) = scene.preparing().await;
    client.get("/schulungen").await;
    let done = client.press(&format!("Anmelden: {SAID}")).await;
    assert!(done.flash().unwrap().starts_with("Du bist angemeldet."), "{}", done.text());
    assert!(done.text().contains("Dein Platz ist reserviert.") && done.text().contains("1 von 2 Plätzen frei"));
    assert_eq!((seats(scene.db(), date).await, held(scene.db(), &person).await), ((1, 1), 2));
    let mails = scene.mails_to(&person).await;
    assert_eq!(subjects(&mails), [format!("Deine Schulung: {SAID}")]);
    assert!(mails[0].body.contains("Flensburg, Am Kai 5") && mails[0].body.contains("Sa, 5.12.2026, 09:00 Uhr"));
    let file = client.get(&format!("{}/termin.ics", page(date))).await.body.clone();
    assert_eq!(
        entries(&file),
        [("20261207T080000Z", "CONFIRMED", "0"), ("20261208T080000Z", "CONFIRMED", "0")].map(owned)
    );
    // A second click changes nothing and says so.
    let again = client.post(&format!("{}/anmeldung", page(date)), &[]).await;
    assert!(again.flash().unwrap().contains("Du bist schon angemeldet."), "{}", again.text());
    assert_eq!(seats(scene.db(), date).await, (1, 1));
    let left = client.press(&format!("Abmelden: {SAID}")).await;
    assert!(left.flash().unwrap().starts_with("Du bist abgemeldet."), "{}", left.text());
    assert_eq!((seats(scene.db(), date).await, held(scene.db(), &person).await), ((0, 0), 0));
    let file = client.get(&format!("{}/termin.ics", page(date))).await.body.clone();
    assert_eq!(
        entries(&file),
        [("20261207T080000Z", "CANCELLED", "1"), ("20261208T080000Z", "CANCELLED", "1")].map(owned)
    );
    assert_eq!(scene.events(&person).await, [Event::TrainingEnrolled, Event::TrainingLeft]);
    // And once more: the entries grow on.
    client.get(&page(date)).await;
    client.press(&format!("Anmelden: {SAID}")).await;
    let file = client.get(&format!("{}/termin.ics", page(date))).await.body.clone();
    assert_eq!(entries(&file)[0].2, "2");
}

fn owned((start, status, sequence): (&str, &str, &str)) -> (String, String, String) {
    (start.into(), status.into(), sequence.into())
}

/// Start, status and sequence of each entry; a parser that is not ours reads the file.
fn entries(file: &str) -> Vec<(String, String, String)> {
    let text = parser::unfold(file);
    let calendar: Calendar = parser::read_calendar(&text).expect("a calendar").into();
    let events = calendar.components.iter().filter_map(|component| component.as_event());
    let value = |event: &icalendar::Event, name: &str| event.property_value(name).unwrap_or_default().to_owned();
    events.map(|event| (value(event, "DTSTART"), value(event, "STATUS"), value(event, "SEQUENCE"))).collect()
}

#[tokio::test]
async fn who_is_not_prepared_is_told_what_comes_first() {
    let scene = Scene::new().await;
    let date = scene.date(2).await;
    let enrol = format!("{}/anmeldung", page(date));
    // Without preparation the date is not even there.
    let stranger = seed::freelancer(scene.db()).await;
    let mut client = scene.portal.client_of(&stranger).await;
    for path in [page(date), format!("{}/termin.ics", page(date))] {
        assert_eq!(client.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let refused = client.post(&enrol, &[]).await;
    assert!(refused.flash().unwrap().contains("bereitest du dich gerade nicht vor"), "{}", refused.text());
    // Without a profile it can be seen only.
    training::prepare(scene.db(), &stranger, &scene.campaign).await;
    let shown = client.get(&page(date)).await;
    assert!(shown.text().contains("Dazu brauchen wir zuerst dein Profil"), "{}", shown.text());
    assert!(client.post(&enrol, &[]).await.flash().unwrap().contains("dein Profil"));
    assert_eq!(state(scene.db(), &stranger, date).await, None);
    training::profile(scene.db(), &stranger).await;
    client.get(&page(date)).await;
    client.press(&format!("Anmelden: {SAID}")).await;
    assert_eq!(state(scene.db(), &stranger, date).await, Some(State::Enrolled));
    // Another person's enrolment shows nobody the calendar.
    let (_, mut other) = scene.preparing().await;
    assert_eq!(other.get(&format!("{}/termin.ics", page(date))).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn steps_out_of_order_are_refused_with_a_sentence() {
    let scene = Scene::new().await;
    let date = scene.date(1).await;
    let (person, mut client) = scene.preparing().await;
    let step = |what: &str| format!("{}/{what}", page(date));
    let mut refused = async |what: &str, part: &str| {
        let answer = client.post(&step(what), &[]).await;
        let flash = answer.flash().unwrap_or_else(|| panic!("{what}: {}", answer.text()));
        assert!(flash.starts_with("Nichts geändert.") && flash.contains(part), "{what}: {flash}");
    };
    refused("annahme", "Dir ist gerade kein Platz angeboten").await;
    refused("abmeldung", "nicht angemeldet").await;
    refused("warteliste", "Es ist noch ein Platz frei").await;
    training::enrolment(scene.db(), &person, date, State::Enrolled).await;
    refused("annahme", "Du bist schon angemeldet").await;
    refused("warteliste", "Du bist schon angemeldet").await;
    // The deadline: its last instant is in time, a second later is not.
    scene.portal.set_time(MONDAY - training::DEADLINE + Duration::SECOND);
    refused("abmeldung", "Selbst abmelden konntest du dich bis Sa, 5.12.2026, 09:00 Uhr").await;
    assert_eq!(state(scene.db(), &person, date).await, Some(State::Enrolled));
    scene.portal.set_time(MONDAY - training::DEADLINE);
    let left = client.post(&step("abmeldung"), &[]).await;
    assert!(left.flash().unwrap().starts_with("Du bist abgemeldet."), "{}", left.text());
    scene.portal.set_time(MONDAY);
    let late = client.post(&step("anmeldung"), &[]).await;
    assert!(late.flash().unwrap().contains("hat schon begonnen"), "{}", late.text());
    assert_eq!(
        client.post(&format!("/schulungen/{}/anmeldung", seed::unknown_id()), &[]).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn overlaps_with_shifts_and_trainings_are_named() {
    let scene = Scene::new().await;
    let date = scene.date(4).await;
    let (person, mut client) = scene.preparing().await;
    seed::qualify(scene.db(), &person, &scene.campaign).await;
    let shift = seed::shift(scene.db(), &scene.campaign, date!(2026 - 12 - 08), 12, 4, 2).await;
    seed::booking(scene.db(), &person, shift).await;
    let shown = client.get(&page(date)).await;
    assert!(shown.text().contains("Sie überlappt deine Schicht Di, 8.12., 12:00–16:00 Uhr."), "{}", shown.text());
    let refused = client.post(&format!("{}/anmeldung", page(date)), &[]).await;
    assert!(refused.flash().unwrap().contains("Sie überlappt deine Schicht Di, 8.12., 12:00–16:00 Uhr."));
    assert_eq!((seats(scene.db(), date).await, held(scene.db(), &person).await), ((0, 0), 0), "nothing is half done");
    // Right after the training is fine.
    sqlx::query("update booking set released_at = booked_at, release_kind = 'own' where shift_id = $1")
        .bind(shift)
        .execute(scene.db())
        .await
        .unwrap();
    let after = seed::shift(scene.db(), &scene.campaign, date!(2026 - 12 - 08), 13, 4, 2).await;
    seed::booking(scene.db(), &person, after).await;
    client.post(&format!("{}/anmeldung", page(date)), &[]).await;
    assert_eq!(state(scene.db(), &person, date).await, Some(State::Enrolled));
    // Another course at the same time.
    let other = training::course(scene.db(), &scene.campaign).await;
    let second = training::date(scene.db(), other, &scene.trainer, &[TUESDAY + Duration::hours(3)], 4).await;
    let refused = client.post(&format!("{}/anmeldung", page(second)), &[]).await;
    assert!(
        refused.flash().unwrap().contains("Sie überlappt deine Schulung Di, 8.12., 09:00–13:00 Uhr."),
        "{}",
        refused.text()
    );
    // And no shift can be booked over a training.
    let over = seed::shift(scene.db(), &scene.campaign, date!(2026 - 12 - 07), 10, 4, 2).await;
    client.post(&format!("/schichten/{over}/buchung"), &[]).await;
    let booked: i16 =
        sqlx::query_scalar("select booked from shift where id = $1").bind(over).fetch_one(scene.db()).await.unwrap();
    assert_eq!(booked, 0);
}

#[tokio::test]
async fn one_live_enrolment_per_course() {
    let scene = Scene::new().await;
    let (first, second) = (scene.date(4).await, scene.date(4).await);
    let (person, mut client) = scene.preparing().await;
    client.post(&format!("{}/anmeldung", page(first)), &[]).await;
    let refused = client.post(&format!("{}/anmeldung", page(second)), &[]).await;
    assert!(
        refused.flash().unwrap().contains("Du hast schon einen anderen Termin dieser Schulung"),
        "{}",
        refused.text()
    );
    assert_eq!(state(scene.db(), &person, second).await, None);
}

#[tokio::test]
async fn a_freed_seat_is_offered_down_the_list() {
    let scene = Scene::new().await;
    let date = scene.date(1).await;
    let (first, mut first_client) = scene.preparing().await;
    let (second, mut second_client) = scene.preparing().await;
    let (third, mut third_client) = scene.preparing().await;
    first_client.post(&format!("{}/anmeldung", page(date)), &[]).await;
    for (client, place) in [(&mut second_client, 1), (&mut third_client, 2)] {
        client.get("/schulungen").await;
        let full = client.post(&format!("{}/anmeldung", page(date)), &[]).await;
        assert!(full.flash().unwrap().contains("auf die Warteliste setzen"), "{}", full.text());
        let waits = client.press(&format!("Auf die Warteliste: {SAID}")).await;
        assert!(waits.text().contains(&format!("Warteliste, Platz {place}")), "{}", waits.text());
        scene.portal.pass(Duration::MINUTE);
    }
    first_client.post(&format!("{}/abmeldung", page(date)), &[]).await;
    assert_eq!(seats(scene.db(), date).await, (1, 1), "the offer holds the seat");
    let until = scene.portal.now() + Duration::hours(24);
    let offered = second_client.get(&page(date)).await;
    assert!(offered.text().contains("Wir halten ihn für dich bis Di, 24.11.2026, 12:02 Uhr"), "{}", offered.text());
    let mails = scene.mails_to(&second).await;
    assert_eq!(mails.last().unwrap().subject, format!("Ein Platz ist frei: Schulung {SAID}"));
    // Nobody passes by.
    let (_, mut late) = scene.preparing().await;
    let full = late.post(&format!("{}/anmeldung", page(date)), &[]).await;
    assert!(full.flash().unwrap().contains("alle Plätze vergeben"), "{}", full.text());
    // The second lets it lapse: a second before, nothing; then it goes to the third.
    scene.portal.set_time(until - Duration::SECOND);
    assert_eq!(scene.expire().await, 0);
    scene.portal.set_time(until);
    let over = second_client.post(&format!("{}/annahme", page(date)), &[]).await;
    assert!(over.flash().unwrap().contains("Das Angebot ist abgelaufen"), "{}", over.text());
    assert_eq!((scene.expire().await, scene.expire().await), (1, 0));
    assert_eq!(state(scene.db(), &second, date).await, Some(State::Lapsed));
    assert_eq!(state(scene.db(), &third, date).await, Some(State::Offered));
    third_client.get(&page(date)).await;
    let done = third_client.press("Platz annehmen").await;
    assert!(done.flash().unwrap().starts_with("Du bist angemeldet."), "{}", done.text());
    assert_eq!((seats(scene.db(), date).await, held(scene.db(), &third).await), ((1, 1), 2));
    assert_eq!(scene.events(&third).await, [Event::TrainingWaiting, Event::TrainingOffered, Event::TrainingEnrolled]);
    assert_eq!(state(scene.db(), &first, date).await, Some(State::Left));
}

#[tokio::test]
async fn a_declined_offer_goes_on_and_none_lasts_beyond_the_start() {
    let scene = Scene::new().await;
    let date = scene.date(1).await;
    let (holder, mut client) = scene.preparing().await;
    training::enrolment(scene.db(), &holder, date, State::Enrolled).await;
    let (one, mut one_client) = scene.preparing().await;
    let (two, mut two_client) = scene.preparing().await;
    for client in [&mut one_client, &mut two_client] {
        client.post(&format!("{}/warteliste", page(date)), &[]).await;
        scene.portal.pass(Duration::MINUTE);
    }
    client.post(&format!("{}/abmeldung", page(date)), &[]).await;
    scene.portal.set_time(MONDAY - Duration::HOUR);
    one_client.get(&page(date)).await;
    assert_eq!(scene.expire().await, 1, "the first offer ran out long ago");
    let until: OffsetDateTime = sqlx::query_scalar("select offered_until from enrolment where state = 'offered'")
        .fetch_one(scene.db())
        .await
        .unwrap();
    assert_eq!(until, MONDAY, "never beyond the start");
    two_client.get(&page(date)).await;
    two_client.press(&format!("Ablehnen: {SAID}")).await;
    assert_eq!(
        (state(scene.db(), &one, date).await, state(scene.db(), &two, date).await),
        (Some(State::Lapsed), Some(State::Left))
    );
    assert_eq!(seats(scene.db(), date).await, (0, 0));
}

#[tokio::test]
async fn who_waits_when_it_begins_is_told_and_free_for_another_date() {
    let scene = Scene::new().await;
    let date = scene.date(1).await;
    let (holder, _) = scene.preparing().await;
    training::enrolment(scene.db(), &holder, date, State::Enrolled).await;
    let (person, mut client) = scene.preparing().await;
    client.post(&format!("{}/warteliste", page(date)), &[]).await;
    scene.portal.set_time(MONDAY);
    assert_eq!(scene.expire().await, 1);
    assert_eq!(state(scene.db(), &person, date).await, Some(State::Lapsed));
    let mails = scene.mails_to(&person).await;
    assert!(mails.last().unwrap().subject.starts_with("Leider kein Platz frei geworden"), "{:?}", subjects(&mails));
    let next = training::date(scene.db(), scene.course, &scene.trainer, &[MONDAY + Duration::WEEK], 1).await;
    client.post(&format!("{}/anmeldung", page(next)), &[]).await;
    assert_eq!(state(scene.db(), &person, next).await, Some(State::Enrolled));
}

#[tokio::test]
async fn a_cancelled_date_frees_everybodys_time_and_names_the_next() {
    let scene = Scene::new().await;
    let date = scene.date(2).await;
    let next = training::date(scene.db(), scene.course, &scene.trainer, &[MONDAY + Duration::WEEK], 2).await;
    let (person, mut client) = scene.preparing().await;
    let (waiting, _) = scene.preparing().await;
    training::enrolment(scene.db(), &person, date, State::Enrolled).await;
    training::enrolment(scene.db(), &waiting, date, State::Waiting).await;
    let off = "insert into mail_opt_out (account_id, topic, at) values ($1, 'training', $2)";
    sqlx::query(off).bind(person.id).bind(scene.portal.now()).execute(scene.db()).await.unwrap();
    let mut staff = scene.staff().await;
    staff.get(&format!("/verwaltung/schulungen/{date}")).await;
    staff.follow("Absagen …").await;
    assert!(staff.page().text().contains("2 Personen bekommen den Grund per Mail"), "{}", staff.page().text());
    let empty = staff.press("Absagen und 2 Mails senden").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = staff.fill("grund", "Thea ist erkrankt.").press("Absagen und 2 Mails senden").await;
    assert!(done.flash().unwrap().starts_with("Der Termin ist abgesagt. 2 Mails sind unterwegs."), "{}", done.text());
    assert_eq!((seats(scene.db(), date).await, held(scene.db(), &person).await), ((0, 0), 0));
    for who in [&person, &waiting] {
        assert_eq!(state(scene.db(), who, date).await, Some(State::Cancelled));
        // Whoever switched the mails of trainings off is told all the same.
        let mail = scene.mails_to(who).await.pop().unwrap();
        assert_eq!(mail.subject, format!("Wir müssen die Schulung absagen: {SAID}"));
        assert!(mail.body.contains("Thea ist erkrankt.") && mail.body.contains(&page(next)), "{}", mail.body);
    }
    let shown = client.get(&page(date)).await;
    assert!(shown.text().contains("Abgesagt. Thea ist erkrankt."), "{}", shown.text());
    assert!(client.post(&format!("{}/anmeldung", page(date)), &[]).await.flash().unwrap().contains("abgesagt"));
    let file = client.get(&format!("{}/termin.ics", page(date))).await.body.clone();
    assert!(entries(&file).iter().all(|entry| entry.1 == "CANCELLED"));
    let again = staff.post(&format!("/verwaltung/schulungen/{date}/absage"), &[("grund", "Noch einmal")]).await;
    assert!(again.flash().unwrap().contains("schon abgesagt"), "{}", again.text());
    client.post(&format!("{}/anmeldung", page(next)), &[]).await;
    assert_eq!(state(scene.db(), &person, next).await, Some(State::Enrolled));
}

#[tokio::test]
async fn seats_never_fall_below_what_is_taken_and_more_go_to_the_list() {
    let scene = Scene::new().await;
    let date = scene.date(2).await;
    let (one, _) = scene.preparing().await;
    let (two, _) = scene.preparing().await;
    let (three, _) = scene.preparing().await;
    for person in [&one, &two] {
        training::enrolment(scene.db(), person, date, State::Enrolled).await;
    }
    training::enrolment(scene.db(), &three, date, State::Waiting).await;
    let mut staff = scene.staff().await;
    let path = format!("/verwaltung/schulungen/{date}");
    staff.get(&path).await;
    let fewer = staff.fill("plaetze", "1").press("Speichern").await;
    assert_eq!(fewer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(fewer.text().contains("2 Plätze sind schon vergeben. Weniger geht nicht."), "{}", fewer.text());
    let more = staff.fill("plaetze", "3").fill("ort", "Kiel, Hafenstraße 1").press("Speichern").await;
    assert!(more.flash().unwrap().starts_with("Geändert."), "{}", more.text());
    assert_eq!(state(scene.db(), &three, date).await, Some(State::Offered));
    assert_eq!(seats(scene.db(), date).await, (3, 3));
    let mails = scene.mails_to(&one).await;
    assert_eq!(subjects(&mails), [format!("Neuer Ort: Schulung {SAID}")]);
    assert!(mails[0].body.contains("Kiel, Hafenstraße 1"));
    assert!(scene.mails_to(&three).await.iter().all(|mail| mail.subject.starts_with("Ein Platz ist frei")));
}

#[tokio::test]
async fn the_reminder_comes_once_on_the_day_before() {
    let scene = Scene::new().await;
    let date = scene.date(3).await;
    let (person, _) = scene.preparing().await;
    let (waiting, _) = scene.preparing().await;
    training::enrolment(scene.db(), &person, date, State::Enrolled).await;
    training::enrolment(scene.db(), &waiting, date, State::Waiting).await;
    let remind = async || reminder::run_due(scene.db(), &scene.portal.portal.config, scene.portal.now()).await.unwrap();
    scene.portal.set_time(MONDAY - Duration::hours(24) - Duration::SECOND);
    assert_eq!(remind().await, 0);
    // Down for three hours: caught up, and once however many servers look.
    scene.portal.set_time(MONDAY - Duration::hours(21));
    let (a, b) = tokio::join!(remind(), remind());
    assert_eq!((a + b, remind().await), (1, 0));
    let mails = scene.mails_to(&person).await;
    assert_eq!(subjects(&mails), [format!("Erinnerung: deine Schulung, {SAID}")]);
    // Who enrols now knows it already.
    let (late, mut client) = scene.preparing().await;
    client.post(&format!("{}/anmeldung", page(date)), &[]).await;
    assert_eq!((state(scene.db(), &late, date).await, remind().await), (Some(State::Enrolled), 0));
}

/// The scene after the last day has begun, with somebody who took part.
async fn held_training(scene: &Scene) -> (TrainingDateId, Person, Client, EnrolmentId) {
    let date = scene.date(3).await;
    let (person, client) = scene.preparing().await;
    let enrolment = training::enrolment(scene.db(), &person, date, State::Enrolled).await;
    (date, person, client, enrolment)
}

#[tokio::test]
async fn the_trainer_ticks_days_and_writes_the_result() {
    let scene = Scene::new().await;
    let (date, person, mut client, enrolment) = held_training(&scene).await;
    let (path, outcome) =
        (format!("/verwaltung/schulungen/{date}"), format!("/verwaltung/schulungen/anmeldungen/{enrolment}"));
    // Before it begins there is nothing to tick, and no result.
    scene.portal.set_time(MONDAY - Duration::SECOND);
    let mut staff = scene.staff().await;
    let early = staff.post(&format!("{path}/teilnahme"), &[]).await;
    assert!(early.flash().unwrap().contains("noch nicht begonnen"), "{}", early.text());
    scene.portal.set_time(MONDAY);
    let mut staff = scene.staff().await;
    let early = staff.post(&outcome, &[("ergebnis", "bestanden")]).await;
    assert!(early.flash().unwrap().contains("erst, wenn der letzte Tag begonnen hat"), "{}", early.text());
    staff.get(&path).await;
    assert_eq!(staff.page().texts("input[name=t]").len(), 1, "only the day that has begun");
    staff.tick("t").press("Häkchen speichern").await;
    scene.portal.set_time(TUESDAY);
    let mut staff = scene.staff().await;
    staff.get(&path).await;
    staff.follow(&format!("Ergebnis schreiben: {}", person.name)).await;
    assert!(staff.page().text().contains("Teilgenommen an 1 von 2 Tagen"), "{}", staff.page().text());
    let none = staff.press("Ergebnis speichern und mailen").await;
    assert!(none.text().contains("Bitte wähle das Ergebnis"), "{}", none.text());
    let wordless = staff.choose("ergebnis", "wiederholen").press("Ergebnis speichern und mailen").await;
    assert_eq!(wordless.status, StatusCode::UNPROCESSABLE_ENTITY, "what is missing must be said");
    staff.choose("ergebnis", "wiederholen").fill("wort", "Übe noch das Buchen.");
    assert!(staff.press("Ergebnis speichern und mailen").await.flash().unwrap().starts_with("Das Ergebnis steht."));
    assert_eq!(passed::at(scene.db(), person.freelancer(), scene.campaign.id).await.unwrap(), None);
    let mail = scene.mails_to(&person).await.pop().unwrap();
    assert!(mail.subject.contains("bitte noch einmal") && mail.body.contains("Übe noch das Buchen."), "{}", mail.body);
    // The person can enrol again, and sees the word.
    let mut again = scene.portal.client_of(&person).await;
    assert!(again.get(&page(date)).await.text().contains("Übe noch das Buchen."));
    let next = training::date(scene.db(), scene.course, &scene.trainer, &[MONDAY + Duration::WEEK], 2).await;
    again.post(&format!("{}/anmeldung", page(next)), &[]).await;
    assert_eq!(state(scene.db(), &person, next).await, Some(State::Enrolled));
    // Now the old date cannot be passed any more, until the person leaves the new one.
    let late = staff.post(&outcome, &[("ergebnis", "bestanden")]).await;
    assert!(late.flash().unwrap().contains("inzwischen neu angemeldet"), "{}", late.text());
    again.post(&format!("{}/abmeldung", page(next)), &[]).await;
    staff.post(&outcome, &[("ergebnis", "bestanden")]).await;
    assert_eq!(passed::at(scene.db(), person.freelancer(), scene.campaign.id).await.unwrap(), Some(TUESDAY));
    let events = scene.events(&person).await;
    let expected = [Event::TrainingToRepeat, Event::TrainingEnrolled, Event::TrainingLeft, Event::TrainingPassed];
    assert_eq!(events, expected);
    let refused = client_again(&scene, &mut client, &person, next).await;
    assert!(refused.contains("schon bestanden"), "{refused}");
}

async fn client_again(scene: &Scene, client: &mut Client, person: &Person, date: TrainingDateId) -> String {
    client.set_session(&person.session(&scene.portal).await);
    client.post(&format!("{}/anmeldung", page(date)), &[]).await.flash().unwrap().to_owned()
}

#[tokio::test]
async fn only_the_dates_trainer_or_an_administrator_writes_results() {
    let scene = Scene::new().await;
    let (date, person, _, enrolment) = held_training(&scene).await;
    scene.portal.set_time(TUESDAY);
    let outcome = format!("/verwaltung/schulungen/anmeldungen/{enrolment}");
    let other = seed::staff(scene.db(), Role::Trainer).await;
    let mut client = scene.portal.client_of(&other).await;
    assert!(client.get(&outcome).await.text().contains("wer den Termin leitet"), "{}", client.page().text());
    let refused = client.post(&outcome, &[("ergebnis", "bestanden")]).await;
    assert!(refused.flash().unwrap().contains("wer den Termin leitet"), "{}", refused.text());
    let ticks = client.post(&format!("/verwaltung/schulungen/{date}/teilnahme"), &[]).await;
    assert!(ticks.flash().unwrap().contains("wer den Termin leitet"), "{}", ticks.text());
    assert_eq!(state(scene.db(), &person, date).await, Some(State::Enrolled));
    let planner = seed::staff(scene.db(), Role::Planner).await;
    let mut client = scene.portal.client_of(&planner).await;
    assert_eq!(client.get(&format!("/verwaltung/schulungen/{date}")).await.status, StatusCode::OK);
    assert_eq!(client.post(&outcome, &[("ergebnis", "bestanden")]).await.status, StatusCode::FORBIDDEN);
    let administrator = seed::staff(scene.db(), Role::Administrator).await;
    let mut client = scene.portal.client_of(&administrator).await;
    client.post(&outcome, &[("ergebnis", "bestanden"), ("wort", "Schön gemacht.")]).await;
    assert_eq!(state(scene.db(), &person, date).await, Some(State::Passed));
    // Who only waited gets none.
    let (waiting, _) = scene.preparing().await;
    let waits = training::enrolment(scene.db(), &waiting, date, State::Waiting).await;
    let refused =
        client.post(&format!("/verwaltung/schulungen/anmeldungen/{waits}"), &[("ergebnis", "bestanden")]).await;
    assert!(refused.flash().unwrap().contains("Wer nicht teilgenommen hat"), "{}", refused.text());
}

#[tokio::test]
async fn without_first_shifts_the_passed_training_qualifies() {
    let scene = Scene::new().await;
    let (date, person, _, enrolment) = held_training(&scene).await;
    let _ = date;
    sqlx::query("update campaign set first_shifts = 0").execute(scene.db()).await.unwrap();
    scene.portal.set_time(TUESDAY);
    // Something is missing still: a campaign's own paper.
    let wanted = "insert into required_document (campaign_id, kind) values ($1, 'conduct_certificate')";
    sqlx::query(wanted).bind(scene.campaign.id).execute(scene.db()).await.unwrap();
    let mut staff = scene.staff().await;
    staff.post(&format!("/verwaltung/schulungen/anmeldungen/{enrolment}"), &[("ergebnis", "bestanden")]).await;
    let qualified = async || {
        let live = "select count(*) from qualification where freelancer_id = $1 and ended_at is null";
        sqlx::query_scalar::<_, i64>(live).bind(person.id).fetch_one(scene.db()).await.unwrap()
    };
    qualification::begin_due(scene.db(), &scene.portal.portal.config, TUESDAY).await.unwrap();
    assert_eq!(qualified().await, 0, "not before everything is there");
    sqlx::query("delete from required_document").execute(scene.db()).await.unwrap();
    qualification::begin_due(scene.db(), &scene.portal.portal.config, TUESDAY).await.unwrap();
    assert_eq!(qualified().await, 1);
    assert_eq!(scene.events(&person).await, [Event::TrainingPassed, Event::Qualified]);
    // In a campaign with first shifts it does not.
    let campaign = CampaignSeed::default().create(scene.db()).await;
    let other = training::preparing(scene.db(), &campaign).await;
    let course = training::course(scene.db(), &campaign).await;
    let date = training::date(scene.db(), course, &scene.trainer, &[MONDAY], 1).await;
    let enrolment = training::enrolment(scene.db(), &other, date, State::Enrolled).await;
    staff.post(&format!("/verwaltung/schulungen/anmeldungen/{enrolment}"), &[("ergebnis", "bestanden")]).await;
    assert_eq!(scene.events(&other).await, [Event::TrainingPassed]);
}

#[tokio::test]
async fn the_posting_names_the_next_date_and_an_honest_start() {
    let scene = Scene::new().await;
    seed::posting(scene.db(), &scene.campaign).await;
    let mut visitor = scene.portal.client();
    let path = format!("/stellen/{}", scene.campaign.slug);
    assert!(visitor.get("/").await.text().contains("Schulung: Termin folgt"));
    // Too soon for somebody who applies today, full, cancelled: none of these is one to hope for.
    training::date(scene.db(), scene.course, &scene.trainer, &[datetime!(2026-11-25 8:00 UTC)], 5).await;
    let full = training::date(scene.db(), scene.course, &scene.trainer, &[datetime!(2026-12-01 8:00 UTC)], 1).await;
    let (person, mut client) = scene.preparing().await;
    training::enrolment(scene.db(), &person, full, State::Enrolled).await;
    let gone = training::date(scene.db(), scene.course, &scene.trainer, &[datetime!(2026-12-02 8:00 UTC)], 5).await;
    let cancel = "update training_date set cancelled_at = $2, cancellation = 'Krank' where id = $1";
    sqlx::query(cancel).bind(gone).bind(scene.portal.now()).execute(scene.db()).await.unwrap();
    assert!(visitor.get(&path).await.text().contains("Termin folgt"), "{}", visitor.page().text());
    scene.date(3).await;
    assert!(
        visitor.get("/").await.text().contains("nächste Schulung Mo, 7.12., 3 Plätze frei"),
        "{}",
        visitor.page().text()
    );
    let posting = visitor.get(&path).await.text();
    for part in [
        "Mo, 7.12.2026, 09:00 Uhr",
        "3 Plätze frei",
        "Nach der Zusage beginnt die Schulung frühestens nach 3 Tagen, spätestens nach 3 Wochen.",
        "Sie endet Di, 8.12., dann folgen 3 erste Schichten mit Pat*in. Selbst buchen könntest du ungefähr ab Sa, 12.12.2026.",
    ] {
        assert!(posting.contains(part), "{part}: {posting}");
    }
    // Somebody leaves the full one: it comes first again.
    client.post(&format!("{}/abmeldung", page(full)), &[]).await;
    assert!(
        visitor.get("/").await.text().contains("nächste Schulung Di, 1.12., 1 Platz frei"),
        "{}",
        visitor.page().text()
    );
    // A posting that names a day is not contradicted.
    sqlx::query("update posting set starts_on = '2026-12-08'").execute(scene.db()).await.unwrap();
    assert!(visitor.get("/").await.text().contains("Schulung ab Di, 8.12.2026"), "{}", visitor.page().text());
}

#[tokio::test]
async fn the_demo_has_trainings_and_people_who_prepare() {
    let portal = TestPortal::demo().await;
    portal::demo::load(&portal.portal).await.unwrap();
    let count = async |sql: &'static str| sqlx::query_scalar::<_, i64>(sql).fetch_one(&portal.db).await.unwrap();
    assert_eq!(count("select count(distinct freelancer_id) from preparation").await, 24);
    let qualified = "select count(*) from preparation p join qualification q on q.freelancer_id = p.freelancer_id";
    assert_eq!(count(qualified).await, 0);
    assert_eq!(count("select count(distinct campaign_id) from course").await, 5);
    let live = "select count(*) from enrolment e where e.state in ('enrolled', 'waiting')
        and exists (select from preparation p where p.freelancer_id = e.freelancer_id)";
    assert!((12..=18).contains(&count(live).await), "half of them are enrolled");
    let wrong = "select count(*) from training_date d where taken <> (
        select count(*) from enrolment e where e.date_id = d.id and e.state in ('offered', 'enrolled', 'passed', 'repeat'))";
    assert_eq!(count(wrong).await, 0);
    let idle = "select count(*) from training_date d where taken < seats
        and exists (select from enrolment e where e.date_id = d.id and e.state = 'waiting')";
    assert_eq!(count(idle).await, 0, "nobody waits beside a free seat");
    assert!(count("select count(*) from enrolment where state = 'waiting'").await > 0);
    assert!(count("select count(*) from enrolment where state = 'passed'").await > 5);
}

/// Lets people do everything with trainings that causes a mail; returns those who were named in them.
pub async fn cause_mails(portal: &TestPortal) -> Vec<Person> {
    let (db, config) = (&portal.db, &portal.portal.config);
    let campaign = seed::campaign(db).await;
    let trainer = seed::staff(db, Role::Trainer).await;
    let course = training::course(db, &campaign).await;
    let starts = portal.now() + Duration::days(4);
    let date = training::date(db, course, &trainer, &[starts], 1).await;
    let mut people = vec![trainer.clone()];
    let mut clients = Vec::new();
    for _ in 0..3 {
        people.push(training::preparing(db, &campaign).await);
        clients.push(portal.client_of(people.last().unwrap()).await);
    }
    // A seat, two who wait; the seat becomes free, and the offer goes from one to the other.
    clients[0].post(&format!("{}/anmeldung", page(date)), &[]).await;
    for client in &mut clients[1..] {
        client.post(&format!("{}/warteliste", page(date)), &[]).await;
        portal.pass(Duration::MINUTE);
    }
    clients[0].post(&format!("{}/abmeldung", page(date)), &[]).await;
    portal.pass(Duration::hours(25));
    offer::run_due(db, config, portal.now()).await.unwrap();
    clients[2].post(&format!("{}/annahme", page(date)), &[]).await;
    let mut staff = portal.client_of(&trainer).await;
    staff.get(&format!("/verwaltung/schulungen/{date}")).await;
    staff.fill("ort", "Kiel, Hafenstraße 1").press("Speichern").await;
    portal.set_time(starts - Duration::hours(20));
    reminder::run_due(db, config, portal.now()).await.unwrap();
    let gone = training::date(db, course, &trainer, &[starts + Duration::WEEK], 3).await;
    training::enrolment(db, &people[1], gone, State::Enrolled).await;
    let mut staff = portal.client_of(&trainer).await;
    staff.post(&format!("/verwaltung/schulungen/{gone}/absage"), &[("grund", "Es gab einen Rohrbruch.")]).await;
    portal.set_time(starts);
    let enrolment: EnrolmentId =
        sqlx::query_scalar("select id from enrolment where date_id = $1 and state = 'enrolled'")
            .bind(date)
            .fetch_one(db)
            .await
            .unwrap();
    let mut staff = portal.client_of(&trainer).await;
    let outcome = format!("/verwaltung/schulungen/anmeldungen/{enrolment}");
    for (verdict, word) in [("wiederholen", "Übe noch das Buchen."), ("bestanden", "Nun sitzt es.")] {
        staff.post(&outcome, &[("ergebnis", verdict), ("wort", word)]).await;
    }
    people
}
