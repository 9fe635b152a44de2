//! Accounts: anonymous ninety days after the end of access or at their own wish; what the law keeps goes by its years.

use portal::accounts::role::Role;
use portal::config::MailUrl;
use portal::id::{FreelancerId, ShiftId};
use portal::policy::Policy;
use portal::privacy::night::Report;
use portal::privacy::{drain, ledger, person};
use portal::retention::account;
use portal::retention::gone::{Erased, Outcome, Turn};
use portal::retention::wish::{self, Wish};
use portal::shifts::recount;
use portal::training::enrolment::State;
use sqlx::{AssertSqlSafe, PgPool};
use time::macros::{date, datetime};
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use crate::erasure::{count, night, open_campaign, run, sent};
use crate::erasure_run::{kill_at, said};
use crate::seed::{self, Campaign, Person};
use crate::seed_training;
use crate::server::{START, TestPortal};

async fn execute(db: &PgPool, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(db).await.unwrap();
}

async fn end_access(db: &PgPool, person: &Person, at: OffsetDateTime) {
    sqlx::query("update account set access_ended_at = $2 where id = $1")
        .bind(person.id)
        .bind(at)
        .execute(db)
        .await
        .unwrap();
}

async fn anonymous(db: &PgPool, person: &Person) -> bool {
    let gone = "account where name = 'Gelöscht' and email like '%@geloescht.invalid' and erased_at is not null and password_hash is null";
    count(db, &format!("{gone} and id = '{}'", person.id)).await == 1
}

/// One run a night: without them the brake would hold.
async fn last_night(portal: &TestPortal, day: Date) {
    execute(&portal.db, format!("delete from erasure_run; insert into erasure_run (business_date, started_at, finished_at, erased, failed) values ('{day}', '{day}', '{day}', 0, 0)")).await;
}

#[tokio::test]
async fn an_account_is_there_on_the_89th_day_and_anonymous_on_the_90th() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let person = seed::qualified(&portal.db, &campaign).await;
    seed::profile(&portal.db, &person).await;
    let staff = seed::staff(&portal.db, Role::Planner).await;
    let stays = seed::qualified(&portal.db, &campaign).await;
    // Half past eleven in the evening in UTC is the next day in Berlin: 26 August.
    for who in [&person, &staff] {
        end_access(&portal.db, who, datetime!(2026-08-25 22:30 UTC)).await;
    }
    assert_eq!(run(&portal, night(date!(2026 - 11 - 23))).await.unwrap(), Report::default());
    assert!(!anonymous(&portal.db, &person).await);
    let report = run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    assert_eq!(report, Report { accounts: 2, ..Report::default() });
    assert!(anonymous(&portal.db, &person).await && anonymous(&portal.db, &staff).await);
    assert!(!anonymous(&portal.db, &stays).await);
    assert_eq!(count(&portal.db, "profile").await, 0);
    assert_eq!(count(&portal.db, "qualification").await, 1, "nobody else's");
    let counted = "erased_count where what = 'qualification' and year = 2026 and n = 1";
    assert_eq!(count(&portal.db, counted).await, 1);
    assert_eq!(run(&portal, night(date!(2026 - 11 - 25))).await.unwrap(), Report::default());
    assert_eq!(count(&portal.db, "erasure_entry where kind = 'account' and rule = 'period'").await, 2);
    assert_eq!(ledger::verify(&portal.db).await.unwrap(), Ok(2));
}

#[tokio::test]
async fn whoever_still_has_a_dossier_keeps_the_account_until_it_is_gone() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, _) = sent(&portal.db, &campaign, datetime!(2026-06-01 10:00 UTC)).await;
    seed::taken_on(&portal.db, &person).await;
    end_access(&portal.db, &person, datetime!(2026-06-10 10:00 UTC)).await;
    let report = run(&portal, night(date!(2026 - 12 - 01))).await.unwrap();
    assert_eq!((report.dossiers, report.accounts), (0, 0));
    // Whoever applied again after they were selected keeps it, too.
    let periods = account::Periods::from(&Policy::default());
    let (config, on) = (&portal.portal.config, date!(2026 - 12 - 01));
    let mut tx = portal.db.begin().await.unwrap();
    let turn = person::erase_account_due(&mut tx, config, person.id, (&periods, on), Turn::Wait, portal.now());
    assert_eq!(turn.await.unwrap(), Outcome::Done(Erased::default()));
    tx.commit().await.unwrap();
    let report = run(&portal, night(date!(2026 - 12 - 02))).await.unwrap();
    assert_eq!((report.dossiers, report.accounts), (1, 1), "both in one night");
    assert!(anonymous(&portal.db, &person).await);
}

#[tokio::test]
async fn contracts_and_briefings_stay_for_their_years_and_no_day_longer() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let (of_2020, of_2023) = (seed::freelancer(&portal.db).await, seed::freelancer(&portal.db).await);
    execute(&portal.db, format!(
        "insert into contract_version values ('{v}', '{c}', 1, 'Vertrag', 'Text', now(), null, now(), '2020-01-01');
         insert into briefing_version (id, version, title, body, created_at) values ('{v}', 1, 'Unterweisung', 'Text', now());
         insert into contract_confirmation (version_id, freelancer_id, confirmed_at) select '{v}', id, now() from freelancer;
         insert into briefing_confirmation (version_id, freelancer_id, confirmed_at) select '{v}', id, now() from freelancer;",
        v = seed::unknown_id(), c = campaign.id)).await;
    end_access(&portal.db, &of_2020, datetime!(2020-12-31 22:59 UTC)).await;
    end_access(&portal.db, &of_2023, datetime!(2023-12-31 22:59 UTC)).await;
    // The last day of both periods: six years after 2020, three after 2023. Both accounts lose their names.
    let report = run(&portal, night(date!(2026 - 12 - 31))).await.unwrap();
    assert_eq!(
        (report.accounts, report.contracts, report.briefings),
        (2, 0, 1),
        "the briefing of 2020 is over for long"
    );
    assert_eq!(count(&portal.db, &format!("contract_confirmation where name = '{}'", of_2020.name)).await, 1);
    let of_nobody = "briefing_confirmation where freelancer_id is null and access_ended_year = 2023";
    assert_eq!(count(&portal.db, of_nobody).await, 1);
    let report = run(&portal, night(date!(2027 - 01 - 01))).await.unwrap();
    assert_eq!((report.contracts, report.briefings), (1, 1));
    assert_eq!(
        (count(&portal.db, "contract_confirmation").await, count(&portal.db, "briefing_confirmation").await),
        (1, 0)
    );
    assert_eq!(run(&portal, night(date!(2027 - 01 - 02))).await.unwrap(), Report::default());
    last_night(&portal, date!(2029 - 12 - 30)).await;
    assert_eq!(run(&portal, night(date!(2029 - 12 - 31))).await.unwrap(), Report::default());
    assert_eq!(run(&portal, night(date!(2030 - 01 - 01))).await.unwrap().contracts, 1);
    assert_eq!(count(&portal.db, "contract_confirmation").await, 0);
    assert_eq!(count(&portal.db, "erasure_entry where kind in ('contracts', 'briefings')").await, 4);
}

#[tokio::test]
async fn bookings_end_as_counts_three_years_after_their_year() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let (person, mentor) = (seed::qualified(&portal.db, &campaign).await, seed::qualified(&portal.db, &campaign).await);
    let old = seed::shift(&portal.db, &campaign, date!(2023 - 12 - 31), 9, 4, 3).await;
    let new = seed::shift(&portal.db, &campaign, date!(2024 - 01 - 01), 9, 4, 3).await;
    for shift in [old, new] {
        seed::booking(&portal.db, &person, shift).await;
    }
    let beside = seed::booking(&portal.db, &mentor, old).await;
    // Somebody sat beside the mentor, and heard how it was.
    let trainee = seed::freelancer(&portal.db).await;
    execute(
        &portal.db,
        format!(
            "insert into booking (id, kind, shift_id, freelancer_id, during, booked_at, mentor_booking_id)
             select '{t}', 'beside', id, '{p}', during, now(), '{beside}' from shift where id = {s};
         insert into sign_off values ('{t}', '{p}', '{c}', 'passed', 'Gut gemacht', now(), '{m}');
         insert into kept_booking values ('{beside}', now(), '{m}', 'bleibt');",
            t = seed::unknown_id(),
            p = trainee.id,
            s = old.0,
            c = campaign.id,
            m = mentor.id
        ),
    )
    .await;
    let report = run(&portal, night(date!(2026 - 12 - 31))).await.unwrap();
    assert_eq!((report.bookings, count(&portal.db, "booking").await), (0, 4));
    let report = run(&portal, night(date!(2027 - 01 - 01))).await.unwrap();
    assert_eq!((report.bookings, report.failed), (3, 0));
    assert_eq!(count(&portal.db, "booking").await, 1, "of 2024");
    assert_eq!(count(&portal.db, "sign_off").await + count(&portal.db, "kept_booking").await, 0);
    assert_eq!(count(&portal.db, "erased_count where what = 'booking' and year = 2023 and n = 3").await, 1);
    assert_eq!(recount::count(&portal.db).await.unwrap().1, [], "the counters fit");
    assert_eq!(run(&portal, night(date!(2027 - 01 - 02))).await.unwrap(), Report::default());
}

#[tokio::test]
async fn the_ledger_of_fees_is_kept_for_eight_years_with_name_and_address() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let row = |month: &str, noted: &str, kind: &str| {
        let (cents, by, reason) = if kind == "charge" {
            (290, "null".into(), "null")
        } else {
            (-290, format!("'{}'", person.id), "'Kulanz'")
        };
        format!(
            "insert into fee (kind, freelancer_id, month, cents, debtor_name, debtor_address, noted_at, noted_by, reason)
             values ('{kind}', '{}', '{month}', {cents}, '{}', 'Am Kai 3', '{noted}', {by}, {reason});",
            person.id, person.name
        )
    };
    // The last of 2018 in Berlin; one of 2019; and a waiver for 2018, written in 2019.
    execute(&portal.db, row("2018-11-01", "2018-12-31 22:59Z", "charge")).await;
    execute(&portal.db, row("2018-12-01", "2018-12-31 23:00Z", "charge")).await;
    execute(&portal.db, row("2018-11-01", "2019-02-01", "waiver")).await;
    end_access(&portal.db, &person, datetime!(2019-03-01 10:00 UTC)).await;
    let report = run(&portal, night(date!(2026 - 12 - 31))).await.unwrap();
    assert_eq!((report.accounts, report.fees, report.leftovers), (1, 0, 0));
    assert_eq!(count(&portal.db, &format!("fee where debtor_name = '{}'", person.name)).await, 3);
    assert_eq!(run(&portal, night(date!(2027 - 01 - 01))).await.unwrap().fees, 1);
    assert_eq!(count(&portal.db, "fee").await, 2);
    sqlx::query("delete from fee").execute(&portal.db).await.expect_err("nothing else ever takes a row away");
    last_night(&portal, date!(2027 - 12 - 31)).await;
    assert_eq!(run(&portal, night(date!(2028 - 01 - 01))).await.unwrap().fees, 1);
    assert_eq!(count(&portal.db, "fee").await, 0);
}

/// Somebody qualified who wishes to be forgotten, with a coming shift.
async fn wishing(portal: &TestPortal, campaign: &Campaign) -> (Person, ShiftId) {
    let person = seed::qualified(&portal.db, campaign).await;
    let shift = seed::shift(&portal.db, campaign, date!(2026 - 12 - 02), 9, 4, 1).await;
    seed::booking(&portal.db, &person, shift).await;
    wish::record(&portal.db, person.id, Wish::Erasure, START).await.unwrap();
    (person, shift)
}

#[tokio::test]
async fn a_freelancers_wish_gives_coming_seats_back_and_is_carried_out_at_once() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let (person, shift) = wishing(&portal, &campaign).await;
    let begun = seed::shift(&portal.db, &campaign, date!(2026 - 11 - 20), 9, 4, 1).await;
    seed::booking(&portal.db, &person, begun).await;
    // A trainee sits beside them; somebody waits for their seat in a training.
    let trainee = seed::freelancer(&portal.db).await;
    execute(&portal.db, format!(
        "insert into mentor values ('{p}', '{c}', now(), now(), null, null);
         insert into booking (id, kind, shift_id, freelancer_id, during, booked_at, mentor_booking_id)
             select gen_random_uuid(), 'beside', s.id, '{t}', s.during, now(), b.id from shift s join booking b on b.shift_id = s.id where s.id = {s};",
        p = person.id, c = campaign.id, t = trainee.id, s = shift.0)).await;
    let trainer = seed::staff(&portal.db, Role::Trainer).await;
    let course = seed_training::course(&portal.db, &campaign).await;
    let date = seed_training::date(&portal.db, course, &trainer, &[datetime!(2026-12-10 08:00 UTC)], 1).await;
    seed_training::enrolment(&portal.db, &person, date, State::Enrolled).await;
    let next = seed_training::preparing(&portal.db, &campaign).await;
    seed_training::enrolment(&portal.db, &next, date, State::Waiting).await;

    let report = run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    assert_eq!((report.accounts, report.failed, report.leftovers), (1, 0, 0));
    assert!(anonymous(&portal.db, &person).await);
    assert_eq!(count(&portal.db, &format!("shift where id = {} and booked = 0", shift.0)).await, 1);
    assert_eq!(recount::count(&portal.db).await.unwrap().1, [], "the counters fit");
    let live = format!("booking where freelancer_id = '{}' and released_at is null", person.id);
    assert_eq!(count(&portal.db, &live).await, 1, "what has begun stays, pseudonymous");
    assert_eq!(count(&portal.db, "booking where kind = 'beside' and alone_since is not null").await, 1);
    let offered = format!("enrolment where freelancer_id = '{}' and state = 'offered'", next.id);
    assert_eq!(count(&portal.db, &offered).await, 1, "the seat goes to whoever waits");
    assert_eq!(count(&portal.db, &format!("training_date where id = '{date}' and taken = 1")).await, 1);
    for told in [&trainee, &next] {
        assert_eq!(count(&portal.db, &format!("mail where account_id = '{}'", told.id)).await, 1, "told");
    }
    assert_eq!(count(&portal.db, "erasure_entry where kind = 'account' and rule = 'wish'").await, 1);
    assert_eq!(wish::open(&portal.db, person.id, Wish::Erasure).await.unwrap(), None);
    // Somebody else books the seat.
    let other = seed::qualified(&portal.db, &campaign).await;
    seed::booking(&portal.db, &other, shift).await;
}

#[tokio::test]
async fn a_wish_of_staff_waits_until_their_access_is_ended() {
    let portal = TestPortal::new().await;
    let person = seed::person(&portal.db, &[Role::Freelancer, Role::Administrator]).await;
    wish::record(&portal.db, person.id, Wish::Erasure, START).await.unwrap();
    assert_eq!(run(&portal, night(date!(2026 - 11 - 24))).await.unwrap().accounts, 0);
    let drained = drain::run(&portal.db, &portal.portal.config, portal.now()).await.unwrap().unwrap();
    assert_eq!((drained.people, drained.failed), (0, 0));
    end_access(&portal.db, &person, START).await;
    assert_eq!(run(&portal, night(date!(2026 - 11 - 25))).await.unwrap().accounts, 1);
    assert!(anonymous(&portal.db, &person).await);
}

#[tokio::test]
async fn what_is_left_is_found_noted_by_its_place_and_makes_health_red() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let person = seed::qualified(&portal.db, &campaign).await;
    let twin = seed::qualified(&portal.db, &campaign).await;
    let shared = "0461 9988771";
    for who in [&person, &twin] {
        seed::profile(&portal.db, who).await;
    }
    execute(
        &portal.db,
        format!(
            "update profile set phone = '{shared}'; update campaign set requirements = 'Frag {} oder ruf {shared} an.'",
            person.name
        ),
    )
    .await;
    end_access(&portal.db, &person, START - Duration::days(100)).await;
    let report = run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    assert_eq!((report.accounts, report.leftovers), (1, 1), "the shared number says nothing");
    let found: Vec<(String, FreelancerId, i64)> =
        sqlx::query_as("select place, subject, n from erasure_leftover").fetch_all(&portal.db).await.unwrap();
    assert_eq!(found, [("campaign.requirements".into(), person.freelancer(), 1)]);
    let ready = portal.client().get("/readyz").await.body.clone();
    assert!(ready.contains("Die Nachsuche fand an 1 Stelle noch etwas"), "{ready}");
}

/// Whoever has a token can be found by its hash: it leads to the person as a name does.
#[tokio::test]
async fn the_hash_of_any_link_or_session_that_is_left_is_found() {
    const LINKS: [(&str, &str); 8] = [
        (
            "session",
            "insert into session (id, token_hash, account_id, created_at, last_seen_at, expires_at, device) values (gen_random_uuid(), {hash}, '{p}', now(), now(), now(), '')",
        ),
        (
            "link",
            "insert into link select gen_random_uuid(), {hash}, '{p}', (enum_range(null::link_purpose))[1], now(), now()",
        ),
        (
            "address_change",
            "insert into address_change values (gen_random_uuid(), '{p}', {hash}, 'neu@beispiel.example', now(), now())",
        ),
        ("mail_sign_off", "insert into mail_sign_off values ({hash}, '{p}', 'help', now(), now())"),
        ("data_request_link", "insert into data_request_link values ({hash}, '{p}', 'copy', now(), now())"),
        (
            "applicant_link",
            "insert into applicant_link (id, token_hash, applicant_id, application_id, created_at, expires_at) values (gen_random_uuid(), {hash}, '{p}', '{a}', now(), now())",
        ),
        (
            "data_copy_link",
            "insert into data_copy (id, account_id, requested_at, failed_at) values ('{p}', '{p}', now(), now()); insert into data_copy_link (token_hash, copy_id, created_at) values ({hash}, '{p}', now())",
        ),
        (
            "consent_link",
            "insert into consent values ('{p}', '{a}', 1, '2025-01-01', '2025-02-01'); insert into consent_link values ({hash}, '{p}', now(), now())",
        ),
    ];
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = open_campaign(db).await;
    let (person, application) = sent(db, &campaign, datetime!(2026-05-01 10:00 UTC)).await;
    for (table, insert) in LINKS {
        let hash = format!("sha256('{table}')");
        let insert = insert.replace("{hash}", &hash).replace("{p}", &person.id.to_string());
        execute(db, insert.replace("{a}", &application.to_string())).await;
        let elsewhere = seed::campaign(db).await;
        execute(db, format!("update campaign set requirements = encode({hash}, 'hex') where id = '{}'", elsewhere.id))
            .await;
    }
    let report = run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    assert_eq!(report.accounts, 1);
    let found: Vec<(String, i64)> =
        sqlx::query_as("select place, n from erasure_leftover").fetch_all(db).await.unwrap();
    assert_eq!(found, [("campaign.requirements".into(), LINKS.len() as i64)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_erased_when_a_run_was_killed_is_searched_for_by_the_next() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let staff = seed::staff(&portal.db, Role::Recruiter).await;
    end_access(&portal.db, &person, START - Duration::days(100)).await;
    seed::campaign(&portal.db).await;
    execute(&portal.db, format!("update campaign set requirements = 'Frag {}.'", person.name)).await;
    // Old views are swept after the erasures and before the search.
    execute(
        &portal.db,
        format!(
            "insert into view_log (at, viewer_id, application_id) values ('2024-01-01', '{}', gen_random_uuid())",
            staff.id
        ),
    )
    .await;
    kill_at(&portal, "view_log", "2026-11-24").await;
    assert!(anonymous(&portal.db, &person).await);
    let kept: String = sqlx::query_scalar("select traces from erasure_unchecked").fetch_one(&portal.db).await.unwrap();
    assert!(kept.starts_with("portal-key-1 ") && !kept.contains(&person.name), "{kept}");
    assert_eq!(count(&portal.db, "erasure_leftover").await, 0);
    let (ok, text) = said(&portal, &["--today", "2026-11-24"]).await;
    assert!(!ok && text.contains("1 leftovers of erased people were found"), "{text}");
    assert_eq!(count(&portal.db, "erasure_leftover where place = 'campaign.requirements'").await, 1);
    assert_eq!(count(&portal.db, "erasure_unchecked").await, 0);
}

#[tokio::test]
async fn only_a_receipt_may_still_name_somebody_while_it_is_handed_over() {
    for (is_receipt, leftovers) in [(true, 0), (false, 2)] {
        let portal = TestPortal::new().await;
        let person = seed::freelancer(&portal.db).await;
        end_access(&portal.db, &person, START - Duration::days(100)).await;
        let id = Uuid::new_v4();
        sqlx::query(
            "insert into mail (id, topic, recipient, subject, body, created_at, due_at, is_receipt)
             values ($1, 'privacy', 'x@portal.example', 'Gelöscht', $2, $3, $3, $4)",
        )
        .bind(id)
        .bind(format!("Hallo {},", person.name))
        .bind(START + Duration::days(9))
        .bind(is_receipt)
        .execute(&portal.db)
        .await
        .unwrap();
        let Ok(MailUrl::Folder(folder)) = portal.portal.config.mail_target() else { panic!("no folder") };
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{id}.eml"));
        std::fs::write(&file, format!("To: <{}>", person.email)).unwrap();
        let report = run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
        assert_eq!((report.accounts, report.leftovers), (1, leftovers));
        assert!(file.exists());
    }
}

#[tokio::test]
async fn an_account_that_should_be_gone_is_noticed() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    end_access(&portal.db, &person, START - Duration::days(100)).await;
    portal.pass(Duration::hours(2));
    let ready = portal.client().get("/readyz").await.body.clone();
    assert!(ready.contains("1 Konto ist noch da"), "{ready}");
    run(&portal, night(date!(2026 - 11 - 25))).await.unwrap();
    portal.pass(Duration::hours(2));
    assert!(!portal.client().get("/readyz").await.body.contains("Konto ist noch da"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_killed_half_way_is_whole_and_the_next_run_finishes_it() {
    // At the top of the house, in the middle, and at the last step.
    for table in ["training_result", "qualification", "session"] {
        let portal = TestPortal::new().await;
        let campaign = seed::campaign(&portal.db).await;
        let person = seed::qualified(&portal.db, &campaign).await;
        seed::profile(&portal.db, &person).await;
        person.session(&portal).await;
        execute(&portal.db, format!("insert into training_result values ('{}', '{}', now())", person.id, campaign.id))
            .await;
        end_access(&portal.db, &person, datetime!(2026-06-01 10:00 UTC)).await;
        kill_at(&portal, table, "2026-11-24").await;
        for whole in ["profile", "qualification", "session", "training_result"] {
            assert_eq!(count(&portal.db, whole).await, 1, "{whole} after a kill at {table}");
        }
        assert!(!anonymous(&portal.db, &person).await && count(&portal.db, "erasure_entry").await == 0, "{table}");
        let (ok, text) = said(&portal, &["--today", "2026-11-24"]).await;
        assert!(ok && text.contains("1 accounts"), "{text}");
        for gone in ["profile", "qualification", "session", "training_result"] {
            assert_eq!(count(&portal.db, gone).await, 0, "{gone} after the second run, kill at {table}");
        }
        assert!(anonymous(&portal.db, &person).await);
        assert_eq!(ledger::verify(&portal.db).await.unwrap(), Ok(1));
    }
}

#[tokio::test]
async fn one_account_that_fails_holds_up_nobody_and_is_tried_again() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let (stuck, other) = (seed::qualified(&portal.db, &campaign).await, seed::qualified(&portal.db, &campaign).await);
    for who in [&stuck, &other] {
        end_access(&portal.db, who, START - Duration::days(100)).await;
    }
    execute(&portal.db, format!(
        "create function hinder() returns trigger language plpgsql as $$ begin if old.freelancer_id = '{}' then raise exception 'no'; end if; return old; end $$;
         create trigger hinder before delete on qualification for each row execute function hinder()", stuck.id)).await;
    let report = run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    assert_eq!((report.accounts, report.failed), (1, 1));
    assert!(anonymous(&portal.db, &other).await && !anonymous(&portal.db, &stuck).await);
    assert_eq!(count(&portal.db, &format!("erasure_failure where applicant_id = '{}'", stuck.id)).await, 1);
    execute(&portal.db, "drop trigger hinder on qualification".into()).await;
    assert_eq!(run(&portal, night(date!(2026 - 11 - 25))).await.unwrap().accounts, 1);
}
