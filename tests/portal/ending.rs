//! The end of a campaign, through the pages: preview, carrying out, moving people, taking it back; and what may not be.

use axum::http::StatusCode;
use portal::accounts::role::Role;
use portal::id::{BookingId, ShiftId};
use portal::shifts::recount;
use portal::training;
use portal::training::enrolment::State;
use sqlx::PgPool;
use time::macros::{date, datetime};
use time::{Date, Duration};
use uuid::Uuid;

use crate::client::Client;
use crate::seed::{self, Campaign, Person};
use crate::seed_training;
use crate::server::TestPortal;

const DAY: Date = date!(2026 - 12 - 02);

/// A campaign with somebody qualified (two coming bookings), a trainee beside them, and another campaign.
struct Scene {
    portal: TestPortal,
    db: PgPool,
    campaign: Campaign,
    other: Campaign,
    person: Person,
    trainee: Person,
    shift: ShiftId,
    seat: BookingId,
    planner: Person,
    client: Client,
}

impl Scene {
    async fn new() -> Self {
        let portal = TestPortal::new().await;
        let db = portal.db.clone();
        let (campaign, other) = (seed::campaign(&db).await, seed::campaign(&db).await);
        let person = seed::mentor(&db, &campaign).await;
        let trainee = seed::trainee(&db, &campaign).await;
        let shift = seed::shift(&db, &campaign, DAY, 9, 4, 2).await;
        let seat = seed::booking(&db, &person, shift).await;
        seed::place(&db, &trainee, seat).await;
        let second = seed::shift(&db, &campaign, DAY, 14, 4, 2).await;
        seed::booking(&db, &person, second).await;
        let past = seed::shift(&db, &campaign, date!(2026 - 11 - 19), 9, 4, 2).await;
        seed::booking(&db, &person, past).await;
        let planner = seed::staff(&db, Role::Planner).await;
        let client = portal.client_of(&planner).await;
        Self { portal, db, campaign, other, person, trainee, shift, seat, planner, client }
    }

    fn path(&self) -> String {
        format!("/verwaltung/kampagnen/{}/ende", self.campaign.slug)
    }

    /// Draws the plan up and looks at the preview.
    async fn preview(&mut self, choice: &str) {
        let path = self.path();
        self.client.get(&path).await;
        self.client.choose("vorbereitung", choice).choose("einsatzbereit", choice);
        if choice == "uebernehmen" {
            self.client.choose("ziel", &self.other.id.to_string());
        }
        self.client.fill("grund", "Der Auftraggeber macht selbst weiter.").press("Wirkung ansehen").await;
    }

    async fn end(&mut self, choice: &str) -> String {
        self.preview(choice).await;
        self.client.press("Beenden und 2 Mails senden").await.flash().expect("a message")
    }

    /// Lets time pass, and signs the planner in again.
    async fn wait(&mut self, time: Duration) {
        self.portal.pass(time);
        self.client = self.portal.client_of(&self.planner).await;
    }

    async fn undo(&mut self) -> String {
        let path = self.path();
        self.client.get(&path).await;
        self.client
            .fill("grund", "Der Auftrag ist verlängert.")
            .press("Ende zurücknehmen")
            .await
            .flash()
            .expect("a message")
    }

    async fn live(&self) -> i64 {
        count(
            &self.db,
            "select count(*) from booking where released_at is null and upper(during) > '2026-11-23 11:00Z'",
        )
        .await
    }

    async fn qualified_in(&self, campaign: &Campaign) -> i64 {
        sqlx::query_scalar("select count(*) from qualification where campaign_id = $1 and ended_at is null")
            .bind(campaign.id)
            .fetch_one(&self.db)
            .await
            .unwrap()
    }

    async fn prepares_in(&self, campaign: &Campaign) -> i64 {
        sqlx::query_scalar("select count(*) from preparation where campaign_id = $1 and ended_at is null")
            .bind(campaign.id)
            .fetch_one(&self.db)
            .await
            .unwrap()
    }
}

async fn count(db: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db).await.unwrap()
}

#[tokio::test]
async fn the_preview_names_everybody_and_changes_nothing() {
    let mut scene = Scene::new().await;
    scene.preview("beenden").await;
    let text = scene.client.page().text();
    assert!(text.contains("1 Person in Vorbereitung, 1 Person einsatzbereit, 3 kommende Buchungen"), "{text}");
    assert!(
        text.contains(&scene.person.name)
            && text.contains("Einsatzbereitschaft endet")
            && text.contains("2 aufgehoben")
    );
    assert!(text.contains(&scene.trainee.name) && text.contains("Vorbereitung endet"), "{text}");
    assert_eq!((scene.live().await, scene.qualified_in(&scene.campaign).await), (3, 1));
    assert_eq!(scene.portal.mails().await.len(), 0);
}

#[tokio::test]
async fn the_end_takes_off_what_is_to_come_and_tells_everybody_why() {
    let mut scene = Scene::new().await;
    let flash = scene.end("beenden").await;
    assert!(flash.contains("2 Personen haben Bescheid bekommen, 3 kommende Buchungen aufgehoben."), "{flash}");
    assert_eq!(
        (scene.live().await, scene.qualified_in(&scene.campaign).await, scene.prepares_in(&scene.campaign).await),
        (0, 0, 0)
    );
    assert_eq!(count(&scene.db, "select count(*) from booking where released_at is null").await, 1, "the past stays");
    assert_eq!(recount::count(&scene.db).await.unwrap().1, []);
    let mails = scene.portal.mails().await;
    let to = |person: &Person| mails.iter().find(|m| m.recipient == person.email).unwrap();
    assert!(to(&scene.person).body.contains("Mi, 2.12., 09:00–13:00 Uhr: deine Buchung ist aufgehoben"));
    assert!(to(&scene.trainee).body.contains("deine Vorbereitung ist beendet"));
    assert!(mails.iter().all(|m| m.body.contains("Der Auftraggeber macht selbst weiter.")));
    let mut person = scene.portal.client_of(&scene.person).await;
    let page = person.post(&format!("/schichten/{}/buchung", scene.shift), &[]).await;
    assert!(page.flash().unwrap().contains("Diese Kampagne ist beendet"));
    // A second time there is nothing to do.
    let again = scene.client.post(&scene.path(), &[("grund", "so")]).await.flash().unwrap();
    assert!(again.contains("Die Kampagne ist schon beendet."), "{again}");
}

#[tokio::test]
async fn people_go_on_in_another_campaign() {
    let mut scene = Scene::new().await;
    scene.end("uebernehmen").await;
    assert_eq!((scene.qualified_in(&scene.other).await, scene.prepares_in(&scene.other).await), (1, 1));
    let free = seed::shift(&scene.db, &scene.other, DAY, 9, 4, 1).await;
    let mut person = scene.portal.client_of(&scene.person).await;
    assert!(person.post(&format!("/schichten/{free}/buchung"), &[]).await.flash().unwrap().starts_with("Gebucht"));
    let text = person.get(&format!("/bereit/einsatzbereit/{}", scene.other.slug)).await.text();
    assert!(text.contains("Der Auftraggeber macht selbst weiter."), "{text}");
}

#[tokio::test]
async fn it_is_taken_back_as_a_whole_within_a_week() {
    let mut scene = Scene::new().await;
    sqlx::query("insert into qualification (freelancer_id, campaign_id, granted_at, reason, suspended_at, decision_reason) values ($1, $2, $3, 'x', $3, 'Technik')")
        .bind(scene.trainee.id)
        .bind(scene.campaign.id)
        .bind(scene.portal.now() - Duration::DAY)
        .execute(&scene.db)
        .await
        .unwrap();
    scene.end("uebernehmen").await;
    assert_eq!(scene.qualified_in(&scene.other).await, 1, "what rests does not go along");
    // Meanwhile one of them booked something else at that time.
    let across = seed::shift(&scene.db, &scene.other, DAY, 15, 2, 1).await;
    seed::booking(&scene.db, &scene.person, across).await;
    scene.wait(Duration::days(7)).await;
    let flash = scene.undo().await;
    assert!(flash.contains("2 kommende Buchungen wieder da; 1 nicht"), "{flash}");
    assert_eq!((scene.qualified_in(&scene.campaign).await, scene.prepares_in(&scene.campaign).await), (2, 1));
    assert_eq!((scene.qualified_in(&scene.other).await, scene.prepares_in(&scene.other).await), (0, 0));
    let rests = "select count(*) from qualification where suspended_at is not null and decision_reason = 'Technik'";
    assert_eq!(count(&scene.db, rests).await, 1);
    let beside: Option<BookingId> =
        sqlx::query_scalar("select mentor_booking_id from booking where kind = 'beside' and released_at is null")
            .fetch_one(&scene.db)
            .await
            .unwrap();
    assert_eq!(beside, Some(scene.seat), "the trainee sits beside the mentor again");
    assert_eq!(recount::count(&scene.db).await.unwrap().1, []);
    let mails = scene.portal.mails().await;
    let told = mails.iter().filter(|m| m.subject.starts_with("Die Kampagne geht weiter")).collect::<Vec<_>>();
    assert_eq!(told.len(), 2);
    assert!(told.iter().any(|m| m.body.contains("Mi, 2.12., 14:00–18:00 Uhr: bleibt aufgehoben")));
    // It can end once more, by a new plan.
    scene.preview("beenden").await;
    assert!(scene.client.page().text().contains("Noch ist nichts geändert."));
}

#[tokio::test]
async fn seats_in_trainings_end_and_come_back_where_they_still_are() {
    let mut scene = Scene::new().await;
    let db = scene.db.clone();
    let course = seed_training::course(&db, &scene.campaign).await;
    let other_course = seed_training::course(&db, &scene.campaign).await;
    let trainer = seed::staff(&db, Role::Trainer).await;
    let (first, second) = (datetime!(2026-12-07 8:00 UTC), datetime!(2026-12-14 8:00 UTC));
    let date = seed_training::date(&db, course, &trainer, &[first, first + Duration::DAY], 3).await;
    let cancelled = seed_training::date(&db, other_course, &trainer, &[second], 1).await;
    // The trainee has a seat, and so have two others; one waits, and one has a seat in a date that will be cancelled.
    seed_training::enrolment(&db, &scene.trainee, date, State::Enrolled).await;
    let busy = seed_training::preparing(&db, &scene.campaign).await;
    seed_training::enrolment(&db, &busy, date, State::Enrolled).await;
    let offered = seed_training::preparing(&db, &scene.campaign).await;
    seed_training::enrolment(&db, &offered, date, State::Offered).await;
    let waiting = seed_training::preparing(&db, &scene.campaign).await;
    seed_training::enrolment(&db, &waiting, date, State::Waiting).await;
    seed_training::enrolment(&db, &waiting, cancelled, State::Enrolled).await;
    scene.preview("beenden").await;
    let text = scene.client.page().text();
    assert!(text.contains("4 Plätze in kommenden Schulungen, 1 Platz auf einer Warteliste"), "{text}");
    assert!(text.contains("Schulungsplatz endet") && text.contains("Warteliste endet"), "{text}");
    assert!(text.contains(&format!("sie bekommen Bescheid: {} (2 Termine).", trainer.name)), "{text}");
    let flash = scene.client.press("Beenden und 6 Mails senden").await.flash().unwrap();
    assert!(flash.contains("6 Personen haben Bescheid bekommen"), "{flash}");
    assert!(flash.contains("3 kommende Buchungen und 5 Anmeldungen zu Schulungen aufgehoben."), "{flash}");
    let open = "select count(*) from enrolment where state in ('waiting', 'offered', 'enrolled')";
    let days = "select count(*) from booking where kind = 'training' and released_at is null";
    assert_eq!((count(&db, open).await, count(&db, days).await), (0, 0));
    assert_eq!(training::recount::count(&db).await.unwrap().1, []);
    let mails = scene.portal.mails().await;
    let to = |person: &Person| mails.iter().rev().find(|m| m.recipient == person.email).unwrap();
    let said = "Schulung „Bestellungen annehmen“, Mo, 7.12. bis Di, 8.12., jeweils 09:00–13:00 Uhr: ";
    assert!(to(&busy).body.contains(&format!("{said}dein Platz ist aufgehoben")), "{}", to(&busy).body);
    assert!(to(&waiting).body.contains(&format!("{said}du stehst nicht mehr auf der Warteliste")));

    let told = &to(&trainer).body;
    assert!(told.contains("finden nicht mehr statt") && told.contains("Mo, 14.12., 09:00–13:00 Uhr"), "{told}");
    assert!(
        told.contains("Der Auftraggeber macht selbst weiter.") && told.contains("/verwaltung/schulungen"),
        "{told}"
    );

    // Meanwhile one of them books something else on the second day, and a date is cancelled.
    let across = seed::shift(&db, &scene.other, date!(2026 - 12 - 08), 10, 4, 1).await;
    seed::booking(&db, &busy, across).await;
    sqlx::query("update training_date set cancelled_at = $2, cancellation = 'x' where id = $1")
        .bind(cancelled)
        .bind(scene.portal.now())
        .execute(&db)
        .await
        .unwrap();
    let flash = scene.undo().await;
    assert!(flash.contains("3 Anmeldungen zu Schulungen wieder da; 2 nicht"), "{flash}");
    let states: Vec<(Uuid, State)> = sqlx::query_as(
        "select freelancer_id, state from enrolment where date_id = $1 order by joined_at, freelancer_id",
    )
    .bind(date)
    .fetch_all(&db)
    .await
    .unwrap();
    let state = |person: &Person| states.iter().find(|(id, _)| *id == person.id.0).unwrap().1;
    assert_eq!(state(&scene.trainee), State::Enrolled);
    assert_eq!(state(&busy), State::Cancelled);
    // Who held an offer holds one again; the seat that could not come back is offered to who waited.
    assert_eq!((state(&offered), state(&waiting)), (State::Offered, State::Offered));
    assert_eq!(count(&db, days).await, 2, "nothing is held of what overlapped");
    assert_eq!(training::recount::count(&db).await.unwrap().1, []);
    let mails = scene.portal.mails().await;
    let to = |person: &Person| {
        mails.iter().find(|m| m.recipient == person.email && m.subject.starts_with("Die Kampagne geht weiter")).unwrap()
    };
    assert!(to(&scene.trainee).body.contains(&format!("{said}du bist wieder angemeldet")));
    assert!(to(&busy).body.contains("weil du zu dieser Zeit inzwischen etwas anderes hast"));
    assert!(to(&waiting).body.contains("bleibt aufgehoben, weil der Termin abgesagt ist"));
    let told = &to(&trainer).body;
    assert!(told.contains("Mo, 7.12. bis Di, 8.12.") && !told.contains("14.12."), "{told}");
    assert!(to(&waiting).body.contains(&format!("{said}du stehst wieder auf der Warteliste")));
}

#[tokio::test]
async fn trainers_hear_of_dates_that_nobody_is_on_and_of_no_others() {
    let mut scene = Scene::new().await;
    let db = scene.db.clone();
    let (one, other) = (seed::staff(&db, Role::Trainer).await, seed::staff(&db, Role::Trainer).await);
    let course = seed_training::course(&db, &scene.campaign).await;
    let elsewhere = seed_training::course(&db, &scene.other).await;
    let (now, soon) = (scene.portal.now(), datetime!(2026-12-07 8:00 UTC));
    seed_training::date(&db, course, &one, &[soon], 3).await;
    // Not theirs to hear of: begun for the last time, and of another campaign.
    seed_training::date(&db, course, &other, &[now - Duration::HOUR], 3).await;
    seed_training::date(&db, elsewhere, &other, &[soon], 3).await;
    scene.preview("beenden").await;
    // What was not shown is not done: a further date of another trainer.
    let late = seed_training::date(&db, course, &other, &[soon + Duration::DAY], 3).await;
    let flash = scene.client.press("Beenden und 3 Mails senden").await.flash().unwrap();
    assert!(flash.contains("Inzwischen hat sich etwas getan."), "{flash}");
    sqlx::query("update training_date set cancelled_at = $2, cancellation = 'x' where id = $1")
        .bind(late)
        .bind(now)
        .execute(&db)
        .await
        .unwrap();
    scene.preview("beenden").await;
    scene.client.press("Beenden und 3 Mails senden").await;
    let mails = scene.portal.mails().await;
    let to = |person: &Person| mails.iter().filter(|mail| mail.recipient == person.email).count();
    assert_eq!((to(&one), to(&other)), (1, 0));
}

#[tokio::test]
async fn after_a_week_the_end_is_the_end() {
    let mut scene = Scene::new().await;
    scene.end("beenden").await;
    scene.client.get(&scene.path()).await;
    let shown = scene.client.page().path.clone();
    scene.wait(Duration::days(7) + Duration::SECOND).await;
    let flash = scene.client.post(&format!("{shown}/ruecknahme"), &[("grund", "so")]).await.flash().unwrap();
    assert!(flash.contains("in den ersten 7 Tagen"), "{flash}");
    assert!(!scene.client.get(&shown).await.text().contains("Ende zurücknehmen"));
    assert_eq!(scene.qualified_in(&scene.campaign).await, 0);
}

#[tokio::test]
async fn what_was_not_shown_is_not_done() {
    let mut scene = Scene::new().await;
    scene.preview("beenden").await;
    let late = seed::qualified(&scene.db, &scene.campaign).await;
    let flash = scene.client.press("Beenden und 2 Mails senden").await.flash().unwrap();
    assert!(flash.contains("Inzwischen hat sich etwas getan."), "{flash}");
    assert_eq!((scene.live().await, scene.qualified_in(&scene.campaign).await), (3, 2));
    assert!(scene.client.page().text().contains(&late.name));
    scene.client.press("Beenden und 3 Mails senden").await;
    assert_eq!(scene.qualified_in(&scene.campaign).await, 0);
}

#[tokio::test]
async fn direct_requests_out_of_order_change_nothing() {
    let mut scene = Scene::new().await;
    scene.preview("beenden").await;
    let plan = scene.client.page().path.clone();
    let flash = scene.client.post(&format!("{plan}/ruecknahme"), &[("grund", "so")]).await.flash().unwrap();
    assert!(flash.contains("Hier gibt es nichts zurückzunehmen."), "{flash}");
    let flash = scene.client.post(&format!("{plan}/ausfuehrung"), &[("stand", "irgendwas")]).await.flash().unwrap();
    assert!(flash.contains("Inzwischen hat sich etwas getan."), "{flash}");
    // The plan of one campaign is none of another's.
    let foreign = plan.replace(&scene.campaign.slug, &scene.other.slug);
    assert_eq!(scene.client.get(&foreign).await.status, StatusCode::NOT_FOUND);
    // Moving into a campaign that ended meanwhile.
    scene.preview("uebernehmen").await;
    sqlx::query("update campaign set ended_at = $2 where id = $1")
        .bind(scene.other.id)
        .bind(datetime!(2026-11-23 11:00 UTC))
        .execute(&scene.db)
        .await
        .unwrap();
    let flash = scene.client.press("Beenden und 2 Mails senden").await.flash().unwrap();
    assert!(flash.contains("Die andere Kampagne läuft nicht mehr."), "{flash}");
    assert_eq!((scene.live().await, scene.qualified_in(&scene.campaign).await), (3, 1));
    // Without a reason or a place to go there is no plan.
    scene.client.get(&scene.path()).await;
    let page = scene.client.choose("einsatzbereit", "uebernehmen").press("Wirkung ansehen").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.error("ziel").is_some() && page.error("grund").is_some());
}

/// Lets a campaign end and go on.
pub async fn cause_mails(portal: &TestPortal) -> Vec<Person> {
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    let (person, trainer) = (seed::qualified(db, &campaign).await, seed::staff(db, Role::Trainer).await);
    let course = seed_training::course(db, &campaign).await;
    seed_training::date(db, course, &trainer, &[portal.now() + Duration::days(9)], 4).await;
    let mut client = portal.client_of(&seed::staff(db, Role::Planner).await).await;
    client.get(&format!("/verwaltung/kampagnen/{}/ende", campaign.slug)).await;
    client.fill("grund", "Der Auftraggeber macht selbst weiter.").press("Wirkung ansehen").await;
    client.press("Beenden und 2 Mails senden").await;
    client.fill("grund", "Der Auftrag ist verlängert.").press("Ende zurücknehmen").await;
    vec![person, trainer]
}
