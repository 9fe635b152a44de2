//! Papers that run out: reminders, grace, and from which instant on nothing new is booked.

use portal::accounts::role::Role;
use portal::freelancers::missing::{self, Stage};
use portal::freelancers::papers::kind::Kind;
use portal::freelancers::papers::{expiry, required};
use portal::freelancers::{bar, preparation, profile};
use portal::policy::{self, Figure};
use time::macros::{date, datetime};
use time::{Date, Duration, OffsetDateTime};

use crate::seed::{self, Campaign, Person};
use crate::server::TestPortal;

struct Scene {
    portal: TestPortal,
    campaign: Campaign,
    person: Person,
}

impl Scene {
    async fn new() -> Self {
        let portal = TestPortal::new().await;
        let campaign = seed::campaign(&portal.db).await;
        let person = seed::qualified(&portal.db, &campaign).await;
        seed::profile(&portal.db, &person).await;
        Self { portal, campaign, person }
    }

    /// Whether the person may book at this instant, as booking asks it.
    async fn books(&self, campaign: &Campaign, at: OffsetDateTime) -> bool {
        sqlx::query_scalar("select lets_book(q, $3) from qualification q where freelancer_id = $1 and campaign_id = $2")
            .bind(self.person.id)
            .bind(campaign.id)
            .bind(at)
            .fetch_one(&self.portal.db)
            .await
            .unwrap()
    }

    /// From this instant on nothing is booked, and up to it everything.
    async fn assert_bars_from(&self, campaign: &Campaign, at: OffsetDateTime) {
        assert!(self.books(campaign, at - Duration::microseconds(1)).await, "just before {at}");
        assert!(!self.books(campaign, at).await, "at {at}");
    }

    async fn assert_never_bars(&self, campaign: &Campaign) {
        assert!(self.books(campaign, datetime!(2099-01-01 0:00 UTC)).await);
    }

    async fn watch(&self) {
        portal::worker::watch_papers(self.portal.portal.clone()).await.unwrap();
    }

    async fn change_profile(&self, change: impl FnOnce(&mut profile::Profile)) {
        let mut tx = self.portal.db.begin().await.unwrap();
        let mut saved = profile::find(&mut *tx, self.person.freelancer()).await.unwrap().unwrap();
        change(&mut saved);
        profile::save(&mut tx, self.person.freelancer(), &saved, self.portal.now()).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn the_bar_is_written_with_the_acceptance_and_falls_with_the_next_one() {
    let scene = Scene::new().await;
    seed::accepted(&scene.portal, &scene.person, Kind::TradeLicence, Some(date!(2026 - 12 - 10))).await;
    // The 14 days after the 10th are over in Berlin when the 25th begins.
    scene.assert_bars_from(&scene.campaign, datetime!(2026-12-24 23:00 UTC)).await;
    // What was booked stays: the bar is about new bookings only, and handing in alone lifts nothing.
    scene.portal.set_time(datetime!(2026-12-28 9:00 UTC));
    seed::paper(&scene.portal, &scene.person, Kind::TradeLicence).await;
    assert!(!scene.books(&scene.campaign, scene.portal.now()).await);
    seed::accepted(&scene.portal, &scene.person, Kind::TradeLicence, Some(date!(2027 - 12 - 31))).await;
    assert!(scene.books(&scene.campaign, scene.portal.now()).await);
    scene.assert_bars_from(&scene.campaign, datetime!(2028-01-14 23:00 UTC)).await;
    seed::accepted(&scene.portal, &scene.person, Kind::TradeLicence, None).await;
    scene.assert_never_bars(&scene.campaign).await;
    let bars = bar::list(&scene.portal.db, scene.person.freelancer(), scene.campaign.id).await.unwrap();
    assert_eq!(bars, []);
}

#[tokio::test]
async fn the_bar_begins_at_midnight_in_berlin_over_both_clock_changes() {
    for (last, from) in [
        // 28 March 2027 has 23 hours, 31 October 2027 has 25.
        (date!(2027 - 03 - 13), datetime!(2027-03-27 23:00 UTC)),
        (date!(2027 - 03 - 14), datetime!(2027-03-28 22:00 UTC)),
        (date!(2027 - 10 - 16), datetime!(2027-10-30 22:00 UTC)),
        (date!(2027 - 10 - 17), datetime!(2027-10-31 23:00 UTC)),
    ] {
        let scene = Scene::new().await;
        seed::accepted(&scene.portal, &scene.person, Kind::TradeLicence, Some(last)).await;
        scene.assert_bars_from(&scene.campaign, from).await;
    }
}

#[tokio::test]
async fn every_campaign_concerned_is_barred_also_one_that_begins_later() {
    let scene = Scene::new().await;
    let db = &scene.portal.db;
    let (prepared, foreign, later) = (seed::campaign(db).await, seed::campaign(db).await, seed::campaign(db).await);
    let mut connection = db.acquire().await.unwrap();
    preparation::begin(&mut connection, scene.person.freelancer(), prepared.id, None, scene.portal.now())
        .await
        .unwrap();
    seed::accepted(&scene.portal, &scene.person, Kind::TradeLicence, Some(date!(2026 - 12 - 10))).await;
    let from = datetime!(2026-12-24 23:00 UTC);
    for (campaign, bars) in [(&scene.campaign, 1), (&prepared, 1), (&foreign, 0)] {
        let found = bar::list(db, scene.person.freelancer(), campaign.id).await.unwrap();
        assert_eq!(found.len(), bars);
        assert!(found.iter().all(|bar| bar.from_at == from));
    }
    // A qualification that comes later gets its bar by the clocked task at the latest.
    seed::qualify(db, &scene.person, &later).await;
    scene.watch().await;
    scene.assert_bars_from(&later, from).await;
}

#[tokio::test]
async fn only_what_is_needed_bars() {
    let scene = Scene::new().await;
    let day = Some(date!(2026 - 12 - 10));
    let from = datetime!(2026-12-24 23:00 UTC);
    seed::accepted(&scene.portal, &scene.person, Kind::TradeLicence, day).await;
    scene.change_profile(|profile| profile.vat_id = Some("DE136695976".into())).await;
    scene.assert_never_bars(&scene.campaign).await;
    // A permission counts only for somebody who is employed.
    seed::accepted(&scene.portal, &scene.person, Kind::EmployerPermission, day).await;
    scene.assert_never_bars(&scene.campaign).await;
    scene.change_profile(|profile| profile.is_employed = true).await;
    scene.assert_bars_from(&scene.campaign, from).await;
    scene.change_profile(|profile| profile.is_employed = false).await;
    scene.assert_never_bars(&scene.campaign).await;
    // What a campaign wants besides bars that campaign alone, from the moment it wants it.
    let other = seed::campaign(&scene.portal.db).await;
    seed::qualify(&scene.portal.db, &scene.person, &other).await;
    seed::accepted(&scene.portal, &scene.person, Kind::LanguageCertificate, day).await;
    scene.assert_never_bars(&scene.campaign).await;
    let planner = seed::staff(&scene.portal.db, Role::Planner).await;
    let set = async |kinds: &[Kind]| {
        required::set(&scene.portal.db, other.id, kinds, planner.id, scene.portal.now()).await.unwrap()
    };
    set(&[Kind::LanguageCertificate]).await;
    scene.assert_bars_from(&other, from).await;
    scene.assert_never_bars(&scene.campaign).await;
    set(&[]).await;
    scene.assert_never_bars(&other).await;
    // Of two proofs of a trade the one that is valid longer counts.
    scene.change_profile(|profile| profile.vat_id = None).await;
    scene.assert_bars_from(&scene.campaign, from).await;
    seed::accepted(&scene.portal, &scene.person, Kind::ForeignRegistration, Some(date!(2027 - 06 - 30))).await;
    scene.assert_bars_from(&scene.campaign, datetime!(2027-07-14 22:00 UTC)).await;
}

#[tokio::test]
async fn the_days_of_grace_are_a_setting() {
    let scene = Scene::new().await;
    seed::accepted(&scene.portal, &scene.person, Kind::TradeLicence, Some(date!(2026 - 12 - 10))).await;
    let (db, now) = (&scene.portal.db, scene.portal.now());
    policy::note(db, Figure::PaperGraceDays, 0, date!(2026 - 11 - 23), None, now).await.unwrap().unwrap();
    scene.watch().await;
    scene.assert_bars_from(&scene.campaign, datetime!(2026-12-10 23:00 UTC)).await;
}

#[tokio::test]
async fn reminders_come_at_30_7_and_1_days_each_once() {
    let scene = Scene::new().await;
    let last: Date = date!(2027 - 04 - 10);
    seed::accepted(&scene.portal, &scene.person, Kind::TradeLicence, Some(last)).await;
    let noon = |day: Date| day.midnight().assume_utc() + Duration::hours(11);
    let mut sent = Vec::new();
    // Through the clock change of 28 March, twice a day, and some days beyond the end.
    for days_left in (-3..=33).rev() {
        for _ in 0..2 {
            scene.portal.set_time(noon(last - Duration::days(days_left)));
            let before = scene.portal.mails().await.len();
            scene.watch().await;
            let mails = scene.portal.mails().await;
            sent.extend(std::iter::repeat_n(days_left, mails.len() - before));
        }
    }
    assert_eq!(sent, [30, 7, 1]);
    let mails = scene.portal.mails().await;
    for (mail, words) in mails.iter().zip(["in 30 Tagen", "in 7 Tagen", "morgen"]) {
        assert!(mail.body.contains(words), "{}", mail.body);
        assert!(mail.body.contains("Sa, 10.4.2027") && mail.body.contains("14 Tage lang"), "{}", mail.body);
        assert_eq!(mail.subject, "Gewerbeschein: gültig bis 10.4.");
    }
    let ends: i64 = sqlx::query_scalar("select count(*) from freelancer_event where event = 'document_expired'")
        .fetch_one(&scene.portal.db)
        .await
        .unwrap();
    assert_eq!(ends, 1, "its end is in the history, once");
}

#[tokio::test]
async fn an_outage_is_caught_up_with_one_mail() {
    let scene = Scene::new().await;
    seed::accepted(&scene.portal, &scene.person, Kind::TradeLicence, Some(date!(2027 - 04 - 10))).await;
    for (day, mails) in [(date!(2027 - 04 - 05), 1), (date!(2027 - 04 - 06), 1), (date!(2027 - 04 - 10), 2)] {
        scene.portal.set_time(day.midnight().assume_utc() + Duration::hours(9));
        scene.watch().await;
        assert_eq!(scene.portal.mails().await.len(), mails, "{day}");
    }
    assert!(scene.portal.mails().await[0].body.contains("in 5 Tagen"));
}

#[tokio::test]
async fn four_servers_remind_once() {
    let scene = Scene::new().await;
    seed::accepted(&scene.portal, &scene.person, Kind::TradeLicence, Some(date!(2026 - 12 - 10))).await;
    let (db, config, now) = (&scene.portal.db, &scene.portal.portal.config, scene.portal.now());
    let runs = (0..4).map(|_| expiry::run_due(db, config, now));
    let sent: usize = futures_util::future::join_all(runs).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(sent, 1);
}

#[tokio::test]
async fn a_successor_begins_its_reminders_anew() {
    let scene = Scene::new().await;
    seed::accepted(&scene.portal, &scene.person, Kind::TradeLicence, Some(date!(2026 - 11 - 28))).await;
    scene.watch().await;
    seed::accepted(&scene.portal, &scene.person, Kind::TradeLicence, Some(date!(2026 - 12 - 20))).await;
    scene.watch().await;
    scene.watch().await;
    let mut subjects: Vec<String> = scene.portal.mails().await.into_iter().map(|mail| mail.subject).collect();
    // Both were written at the same instant.
    subjects.sort();
    assert_eq!(subjects, ["Gewerbeschein: gültig bis 20.12.", "Gewerbeschein: gültig bis 28.11."]);
}

#[tokio::test]
async fn an_expired_paper_is_missing_from_the_day_after_its_last() {
    let scene = Scene::new().await;
    seed::accepted(&scene.portal, &scene.person, Kind::TradeLicence, Some(date!(2026 - 12 - 10))).await;
    for (at, stage) in [
        (datetime!(2026-12-10 22:59 UTC), Stage::Done),
        // Midnight in Berlin: the grace is for bookings, not for whoever has not begun yet.
        (datetime!(2026-12-10 23:00 UTC), Stage::Open),
    ] {
        let missing = missing::load(&scene.portal.db, scene.person.freelancer(), scene.campaign.id, at).await.unwrap();
        assert_eq!(missing.proof, stage, "{at}");
    }
    let mut client = scene.portal.client_of(&scene.person).await;
    assert_eq!(client.get("/bereit/unterlagen").await.texts(".badge"), ["noch 17 Tage"]);
    scene.portal.set_time(datetime!(2026-12-11 8:00 UTC));
    let mut client = scene.portal.client_of(&scene.person).await;
    assert_eq!(client.get("/bereit/unterlagen").await.texts(".badge"), ["abgelaufen"]);
}
