//! The demo data: the same every time, loadable at any hour of any week, and never over somebody's own data.

use std::collections::BTreeSet;

use portal::accounts::role::Role;
use portal::clock::Clock;
use portal::files::recording;
use portal::health;
use portal::id::BlobId;
use portal::privacy::ledger;
use portal::shifts::publication;
use portal::shifts::recount;
use portal::{demo, portal::Portal};
use sqlx::{AssertSqlSafe, PgPool};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::seed;
use crate::server::TestPortal;

/// Names and roles of everybody, and the number of shifts, seats and bookings of each campaign and week.
type Contents = (Vec<(String, String)>, Vec<(String, time::Date, i64, i64, i64)>);

async fn contents(db: &PgPool) -> Contents {
    let people = sqlx::query_as("select email, name from account order by email").fetch_all(db).await.unwrap();
    let weeks = "select c.slug, s.week, count(*), sum(s.seats), sum(s.booked)
                 from shift s join campaign c on c.id = s.campaign_id group by 1, 2 order by 1, 2";
    (people, sqlx::query_as(weeks).fetch_all(db).await.unwrap())
}

#[tokio::test]
async fn the_same_clock_gives_the_same_data_and_it_is_accepted_again() {
    let (one, other) = (TestPortal::demo().await, TestPortal::demo().await);
    demo::load(&one.portal).await.unwrap();
    demo::load(&other.portal).await.unwrap();
    let first = contents(&one.db).await;
    assert_eq!(first, contents(&other.db).await);
    assert_eq!(first.0.len(), 300 + 1 + 6 + 64, "freelancers, one who left, staff, applicants");
    let states: i64 =
        sqlx::query_scalar("select count(distinct state) from application").fetch_one(&one.db).await.unwrap();
    assert_eq!(states, 7, "every state but drafts");
    let campaigns: i64 = sqlx::query_scalar("select count(*) from campaign").fetch_one(&one.db).await.unwrap();
    assert_eq!(campaigns, 5);
    assert_eq!(recount::count(&one.db).await.unwrap().1, []);
    one.pass(Duration::days(3));
    demo::load(&one.portal).await.unwrap();
    assert_eq!(first, contents(&one.db).await, "loaded once");
}

/// How many rows a condition holds for.
async fn count(db: &PgPool, from: &'static str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {from}"))).fetch_one(db).await.unwrap()
}

#[tokio::test]
async fn interviews_of_the_demo_fit_their_applications_and_each_other() {
    for now in INSTANTS {
        let portal = TestPortal::demo().await;
        portal.set_time(now);
        demo::load(&portal.portal).await.unwrap();
        let ahead: (i64, i64) = sqlx::query_as(
            "select count(*), count(i.id) from interview_slot s left join interview i on i.slot_id = s.id and i.ended_at is null
             where s.starts_at between $1 and $2 and s.cancelled_at is null",
        )
        .bind(now)
        .bind(now + Duration::days(15))
        .fetch_one(&portal.db)
        .await
        .unwrap();
        assert!((40..=60).contains(&ahead.0), "{now}: slots {ahead:?}");
        assert_eq!(ahead.1, 5, "{now}: chosen ones");
        let db = &portal.db;
        assert_eq!(count(db, "interview where ending = 'cancelled_by_staff'").await, 1);
        // Each of the talked and accepted had an interview, and the order of steps is the order of the way.
        let talked =
            "application a where exists (select from application_step where application_id = a.id and kind = 'talked')";
        let past = "interview i join interview_slot s on s.id = i.slot_id join application_step t on t.application_id = i.application_id
                    and t.kind = 'talked' where s.ends_at <= t.at and i.chosen_at < s.starts_at and i.ended_at is null";
        assert_eq!((count(db, talked).await, count(db, past).await), (14, 14), "{now}");
        let order = "application_step a join application_step b on b.application_id = a.application_id
                     where b.kind > a.kind and b.at <= a.at and a.kind in ('review', 'invited', 'talked', 'offered', 'accepted')
                       and b.kind in ('review', 'invited', 'talked', 'offered', 'accepted')";
        assert_eq!(count(db, order).await, 0, "{now}: steps out of order");
        let soon = "interview i join application_step s on s.application_id = i.application_id and s.kind = 'invited'
                    where i.chosen_at < s.at";
        assert_eq!(count(db, soon).await, 0, "{now}: chosen before the invitation");
    }
}

#[tokio::test]
async fn recordings_of_the_demo_are_what_they_say_and_staff_can_play_them() {
    let portal = TestPortal::demo().await;
    demo::load(&portal.portal).await.unwrap();
    let recordings: Vec<(Uuid, Uuid, i64, String, String)> = sqlx::query_as(
        "select i.application_id, b.id, b.bytes, b.media_type, i.kind::text
         from introduction i join blob b on b.id = i.blob_id where b.state = 'live'",
    )
    .fetch_all(&portal.db)
    .await
    .unwrap();
    assert_eq!(recordings.len(), 16);
    assert_eq!(count(&portal.db, "blob where state <> 'live'").await, 0, "all are somebody's");
    let mut kinds = BTreeSet::new();
    let mut client = portal.client();
    client.get("/anmeldung").await;
    client.fill("email", "personal@demo.example").fill("password", "musterruf-demo-2026").press("Anmelden").await;
    for (application, blob, bytes, media_type, kind) in recordings {
        assert!(bytes < 40_000, "{kind}: {bytes} bytes");
        let found = recording::look(&portal.portal.files, BlobId(blob), bytes.unsigned_abs()).await.unwrap().unwrap();
        assert_eq!(found.media_type, media_type);
        if kinds.insert(kind) {
            let page = client.get(&format!("/verwaltung/bewerbungen/{application}")).await;
            assert!(page.has("video[src], audio[src]"), "{}", page.text());
            let file = client.get(&format!("/verwaltung/bewerbungen/{application}/vorstellung/datei")).await;
            assert_eq!(
                (file.status.as_u16(), file.headers["content-length"].to_str().unwrap()),
                (200, bytes.to_string().as_str())
            );
        }
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["audio", "video"]);
    let messages = count(&portal.db, "contact_message where state = 'open'").await;
    assert!(messages > 0 && messages < count(&portal.db, "contact_message").await, "some open, some answered");
    assert!(count(&portal.db, "equipment_check").await >= 10);
}

#[tokio::test]
async fn the_privacy_officer_of_the_demo_has_something_of_everything_and_nothing_is_wrong() {
    for now in INSTANTS {
        let portal = TestPortal::demo().await;
        portal.set_time(now);
        demo::load(&portal.portal).await.unwrap();
        let db = &portal.db;
        let entries = count(db, "erasure_entry").await;
        assert!(entries > 30, "{now}: {entries}");
        assert_eq!(ledger::verify(db).await.unwrap(), Ok(entries), "{now}");
        let unfit = "erasure_run r where r.erased <> (select count(*) from erasure_entry e
                     where e.erased_at = r.started_at and e.kind = 'dossier')";
        assert_eq!((count(db, "erasure_run").await, count(db, unfit).await), (14, 0), "{now}");
        assert_eq!(
            count(
                db,
                "erasure_entry a join erasure_entry b on b.position = a.position + 1 where b.erased_at < a.erased_at"
            )
            .await,
            0
        );
        let last: OffsetDateTime =
            sqlx::query_scalar("select max(erased_at) from erasure_entry").fetch_one(db).await.unwrap();
        assert!(last <= now, "{now}: erased at {last}");
        let health = health::look(db, now).await.unwrap();
        assert_eq!(health.troubles(now), Vec::<String>::new(), "{now}");
        let mut client = portal.client();
        client.get("/anmeldung").await;
        client
            .fill("email", "datenschutz@demo.example")
            .fill("password", "musterruf-demo-2026")
            .press("Anmelden")
            .await;
        let page = client.get("/verwaltung/datenschutz").await;
        assert!(page.text().contains("Alles ist in Ordnung."), "{now}: {}", page.text());
        let clocks = page.texts("tbody td:last-child");
        assert_eq!(clocks.len(), 3, "{clocks:?}");
        assert!(clocks[0].starts_with("gesperrt bis") && clocks[1..].iter().all(|clock| clock == "in der Zeit"));
        assert!(
            page.text().contains("1 Anfrage per Mail wartet")
                && page.text().contains("Rechtliche Sperren 1 , 1 wartet")
        );
        let coming = client.get("/verwaltung/datenschutz/vorschau").await.texts("tfoot tr").concat();
        assert!(coming.contains("Einwilligung endet: 1") && coming.ends_with("Konten: 1"), "{now}: {coming}");
        assert!(client.get("/verwaltung/datenschutz/laeufe").await.text().contains("seitdem erledigt"));
        assert!(client.get("/verwaltung/datenschutz/funde").await.texts("tbody tr")[0].ends_with("abgeschlossen"));
        let mut client = portal.client();
        client.get("/anmeldung").await;
        client.fill("email", "personal@demo.example").fill("password", "musterruf-demo-2026").press("Anmelden").await;
        let list = client.get("/verwaltung/bewerbungen").await.text();
        assert!(list.contains("in 30 Tagen 2 in 7 Tagen 1 überfällig 0"), "{now}: {list}");
    }
}

#[tokio::test]
async fn a_database_with_anything_else_is_refused() {
    for with_person in [true, false] {
        let portal = TestPortal::demo().await;
        if with_person {
            seed::staff(&portal.db, Role::Administrator).await;
        } else {
            seed::campaign(&portal.db).await;
        }
        let before = contents(&portal.db).await;
        let error = demo::load(&portal.portal).await.unwrap_err().to_string();
        assert!(error.contains("the demo wants an empty one"), "{error}");
        assert_eq!(before, contents(&portal.db).await);
    }
}

#[tokio::test]
async fn a_changed_password_reaches_a_demo_that_exists() {
    let portal = TestPortal::demo().await;
    demo::load(&portal.portal).await.unwrap();
    let mut config = portal.portal.config.clone();
    config.demo_password = "Ein anderer Satz für alle".to_owned().into();
    let again = Portal::new(portal.db.clone(), portal.portal.clock.clone(), config, true).unwrap();
    for (password, status) in [("musterruf-demo-2026", 200), ("Ein anderer Satz für alle", 422)] {
        assert_eq!(sign_in(&portal, password).await, status, "before: {password}");
    }
    demo::load(&again).await.unwrap();
    for (password, status) in [("musterruf-demo-2026", 422), ("Ein anderer Satz für alle", 200)] {
        assert_eq!(sign_in(&portal, password).await, status, "after: {password}");
    }
}

/// The status with which signing in ends, for staff and freelancers alike.
async fn sign_in(portal: &TestPortal, password: &str) -> u16 {
    let mut statuses = Vec::new();
    for email in ["planung@demo.example", "freelancer300@demo.example"] {
        let mut client = portal.client();
        client.get("/anmeldung").await;
        let page = client.fill("email", email).fill("password", password).press("Anmelden").await;
        statuses.push(page.status.as_u16());
    }
    assert_eq!(statuses[0], statuses[1]);
    statuses[0]
}

/// Instants around the hours of publication (10:00, 12:00 and 14:00) and the changes of the clock.
const INSTANTS: [OffsetDateTime; 10] = [
    datetime!(2026-11-23 11:00 UTC),
    datetime!(2026-11-25 8:59:59 UTC),
    datetime!(2026-11-25 9:00:01 UTC),
    datetime!(2026-11-25 11:30 UTC),
    datetime!(2026-11-25 12:59:59 UTC),
    datetime!(2026-11-25 13:00:01 UTC),
    datetime!(2026-11-29 22:59:59 UTC),
    datetime!(2026-12-31 23:30 UTC),
    datetime!(2027-03-27 12:00 UTC),
    datetime!(2027-10-30 12:00 UTC),
];

/// Each campaign's weeks with drafts.
async fn drafts(db: &PgPool) -> Vec<(String, time::Date)> {
    sqlx::query_as(
        "select distinct c.slug, s.week from shift s join campaign c on c.id = s.campaign_id
         where s.published_at is null order by 1, 2",
    )
    .fetch_all(db)
    .await
    .unwrap()
}

#[tokio::test]
async fn at_whatever_hour_it_is_loaded_one_draft_of_each_campaign_waits_for_wednesday() {
    let mut faults = Vec::new();
    for now in INSTANTS {
        let portal = TestPortal::demo().await;
        portal.set_time(now);
        if let Err(error) = demo::load(&portal.portal).await {
            faults.push(format!("{now}: {error:#}"));
            continue;
        }
        let before = drafts(&portal.db).await;
        let mut slugs: Vec<&str> = before.iter().map(|(slug, _)| slug.as_str()).collect();
        slugs.dedup();
        if slugs.len() != 5 || before.len() != 5 {
            faults.push(format!("{now}: drafts {before:?}"));
        }
        let config = &portal.portal.config;
        let ran = publication::run_due(&portal.db, config, Clock::fixed(now).now()).await.unwrap();
        if drafts(&portal.db).await != before {
            faults.push(format!("{now}: published at once {ran:?}"));
        }
        // With a horizon that reaches it, the draft is out within two Wednesdays at most.
        let later = publication::run_due(&portal.db, config, now + Duration::days(14)).await.unwrap();
        if later.iter().map(|(_, published)| published.shifts).sum::<usize>() == 0 {
            faults.push(format!("{now}: the draft waits for ever"));
        }
        if !recount::count(&portal.db).await.unwrap().1.is_empty() {
            faults.push(format!("{now}: counters differ"));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
