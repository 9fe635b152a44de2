//! Wednesday's publication: exactly once with several servers, caught up after downtime, whole or not at all.

use std::process::{Command, Stdio};
use std::time::{Duration as StdDuration, Instant};

use axum::http::StatusCode;
use futures_util::future::join_all;
use portal::clock::Clock;
use portal::config::Cli;
use portal::shifts::publication;
use sqlx::{Connection, Executor, PgConnection, PgPool};
use time::OffsetDateTime;
use time::macros::{date, datetime};

use crate::database::connect_url;
use crate::seed::{self, Campaign, CampaignSeed};
use crate::server::TestPortal;

const NOON: OffsetDateTime = datetime!(2026-11-25 11:00 UTC);

/// A campaign with the earlier Wednesdays noted, and drafts in the weeks 48 to 54.
async fn drafts(portal: &TestPortal, horizon_weeks: i16) -> Campaign {
    let campaign = CampaignSeed { horizon_weeks, ..CampaignSeed::default() }.create(&portal.db).await;
    publication::run_due(&portal.db, &portal.portal.config, portal.now()).await.unwrap();
    for week in 0..7 {
        let day = date!(2026 - 11 - 27) + time::Duration::weeks(week);
        seed::draft(&portal.db, &campaign, day, 9, 4, 2).await;
    }
    campaign
}

async fn run(portal: &TestPortal) -> usize {
    publication::run_due(&portal.db, &portal.portal.config, portal.now())
        .await
        .unwrap()
        .iter()
        .map(|(_, p)| p.shifts)
        .sum()
}

/// The Mondays of the published weeks.
async fn published(db: &PgPool, campaign: &Campaign) -> Vec<time::Date> {
    sqlx::query_scalar("select week from shift where campaign_id = $1 and published_at is not null order by week")
        .bind(campaign.id)
        .fetch_all(db)
        .await
        .unwrap()
}

async fn mails(db: &PgPool) -> i64 {
    sqlx::query_scalar("select count(*) from mail where topic = 'publication'").fetch_one(db).await.unwrap()
}

#[tokio::test]
async fn at_noon_on_wednesday_the_horizon_is_opened_and_the_qualified_are_told() {
    let portal = TestPortal::new().await;
    let campaign = drafts(&portal, 4).await;
    let person = seed::qualified(&portal.db, &campaign).await;
    seed::freelancer(&portal.db).await;
    portal.set_time(NOON - time::Duration::SECOND);
    assert_eq!(run(&portal).await, 0);
    portal.set_time(NOON);
    assert_eq!(run(&portal).await, 4);
    // From next Monday through the fourth week; this week's draft and the later ones wait.
    let weeks = published(&portal.db, &campaign).await;
    assert_eq!((weeks.first(), weeks.last()), (Some(&date!(2026 - 11 - 30)), Some(&date!(2026 - 12 - 21))));
    assert_eq!(run(&portal).await, 0);
    let mails = portal.mails().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].recipient, person.email);
    assert!(mails[0].body.contains("4 Schichten sind ab sofort buchbar"), "{}", mails[0].body);
}

#[tokio::test]
async fn drafts_made_later_wait_for_the_next_wednesday() {
    let portal = TestPortal::new().await;
    let campaign = drafts(&portal, 3).await;
    portal.set_time(NOON);
    run(&portal).await;
    seed::draft(&portal.db, &campaign, date!(2026 - 12 - 04), 15, 2, 1).await;
    portal.set_time(NOON + time::Duration::days(6));
    assert_eq!(run(&portal).await, 0);
    portal.set_time(NOON + time::Duration::WEEK);
    // The late draft lies in the running week by then: it waits for "jetzt veröffentlichen"; the fourth week opens.
    assert_eq!(run(&portal).await, 1);
}

#[tokio::test]
async fn downtime_is_caught_up_and_a_holiday_cancels_nothing() {
    let portal = TestPortal::new().await;
    let campaign = drafts(&portal, 3).await;
    sqlx::query("insert into opening_exception (campaign_id, day, label) values ($1, '2026-11-25', 'Feiertag')")
        .bind(campaign.id)
        .execute(&portal.db)
        .await
        .unwrap();
    // Nobody was there on Wednesday; on Friday night the portal is back.
    portal.set_time(datetime!(2026-11-27 22:00 UTC));
    assert_eq!(run(&portal).await, 3);
    assert_eq!(run(&portal).await, 0);
}

#[tokio::test]
async fn a_new_campaign_does_not_publish_a_wednesday_before_its_time() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    sqlx::query("update campaign set created_at = $1").bind(portal.now()).execute(&portal.db).await.unwrap();
    seed::draft(&portal.db, &campaign, date!(2026 - 11 - 27), 9, 4, 2).await;
    assert_eq!(run(&portal).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_servers_publish_once() {
    for _ in 0..20 {
        let portal = TestPortal::new().await;
        let campaign = drafts(&portal, 4).await;
        seed::qualified(&portal.db, &campaign).await;
        portal.set_time(NOON);
        let runs = join_all((0..6).map(|_| run(&portal))).await;
        assert_eq!(runs.iter().sum::<usize>(), 4, "{runs:?}");
        assert_eq!(mails(&portal.db).await, 1);
    }
}

/// Not a test by itself: the server that is killed below. It publishes and waits for the lock in the trigger.
#[tokio::test]
async fn the_server_that_is_killed() {
    let Ok(url) = std::env::var("PORTAL_TEST_PUBLISH") else { return };
    let db = PgPool::connect(&url).await.unwrap();
    let cli = <Cli as clap::Parser>::try_parse_from(["portal"]).unwrap();
    publication::run_due(&db, &cli.config, Clock::fixed(NOON).now()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_that_very_second_leaves_nothing_half_done() {
    let portal = TestPortal::new().await;
    let campaign = drafts(&portal, 4).await;
    seed::qualified(&portal.db, &campaign).await;
    portal
        .db
        .execute(
            "create function wait_here() returns trigger language plpgsql as
             $$ begin perform pg_advisory_xact_lock(4711); return null; end $$;
             create trigger wait_here after insert on mail for each row execute function wait_here();",
        )
        .await
        .unwrap();
    let url = connect_url(&portal.db).await;
    let mut gate = PgConnection::connect(&url).await.unwrap();
    for round in 0..3 {
        gate.execute("select pg_advisory_lock(4711)").await.unwrap();
        let mut server = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "publication::the_server_that_is_killed"])
            .env("PORTAL_TEST_PUBLISH", &url)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Shifts and mail are written, but not committed: now.
        let waiting = "select count(*) from pg_locks where locktype = 'advisory' and objid = 4711 and not granted";
        let limit = Instant::now() + StdDuration::from_secs(30);
        while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut gate).await.unwrap() == 0 {
            assert!(Instant::now() < limit, "the child came to the trigger");
            tokio::time::sleep(StdDuration::from_millis(20)).await;
        }
        server.kill().unwrap();
        server.wait().unwrap();
        gate.execute("select pg_advisory_unlock(4711)").await.unwrap();
        let gone = "select count(*) from pg_stat_activity where datname = current_database() and query like '%insert into mail%' and state <> 'idle' and pid <> pg_backend_pid()";
        while sqlx::query_scalar::<_, i64>(gone).fetch_one(&mut gate).await.unwrap() > 0 {
            assert!(Instant::now() < limit, "the killed server's transaction ends");
            tokio::time::sleep(StdDuration::from_millis(20)).await;
        }
        assert_eq!(published(&portal.db, &campaign).await, [], "round {round}");
        assert_eq!(mails(&portal.db).await, 0, "round {round}");
    }
    portal.set_time(NOON);
    assert_eq!(run(&portal).await, 4);
    assert_eq!(run(&portal).await, 0);
    assert_eq!(mails(&portal.db).await, 1);
}

#[tokio::test]
async fn what_is_published_can_be_booked_at_once() {
    let portal = TestPortal::new().await;
    let campaign = drafts(&portal, 3).await;
    let person = seed::qualified(&portal.db, &campaign).await;
    portal.set_time(NOON);
    run(&portal).await;
    let mut client = portal.client_of(&person).await;
    let page = client.get("/schichten/frei?ab=2026-12-04").await;
    assert_eq!(page.status, StatusCode::OK);
    let page = client.press("Freitag, 4. Dezember, 09:00–13:00 Uhr buchen").await;
    assert!(page.flash().unwrap().starts_with("Gebucht"));
}
