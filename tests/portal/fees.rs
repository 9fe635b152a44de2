//! The ledger of fees: charged once per person and full month, numbered without gaps, never changed; statements, the
//! bookkeeper's pages, corrections and waivers.

use axum::http::StatusCode;
use futures_util::future::join_all;
use portal::accounts::role::Role;
use portal::database::constraint;
use portal::fees::adjustment::{self, NewAdjustment};
use portal::fees::ledger::Kind;
use portal::fees::month::Month;
use portal::fees::run;
use portal::policy::{self, Figure};
use sqlx::PgPool;
use time::OffsetDateTime;
use time::macros::{date, datetime};
use uuid::Uuid;

use crate::seed::{self, Person};
use crate::server::TestPortal;

/// A freelancer with access from then until then.
pub async fn with_access(db: &PgPool, from: OffsetDateTime, until: Option<OffsetDateTime>) -> Person {
    let person = seed::freelancer(db).await;
    let joined = "update freelancer set joined_at = $2 where id = $1";
    sqlx::query(joined).bind(person.id).bind(from).execute(db).await.unwrap();
    let ended = "update account set access_ended_at = $2 where id = $1";
    sqlx::query(ended).bind(person.id).bind(until).execute(db).await.unwrap();
    person
}

/// The months that somebody was charged for, and at how much.
async fn charged(db: &PgPool, person: &Person) -> Vec<(String, i32)> {
    let rows: Vec<(time::Date, i32)> =
        sqlx::query_as("select month, cents from fee where freelancer_id = $1 and kind = 'charge' order by month")
            .bind(person.id)
            .fetch_all(db)
            .await
            .unwrap();
    rows.into_iter().map(|(month, cents)| (Month::of(month).key(), cents)).collect()
}

/// Every number from 1 to the counter is there.
async fn assert_gapless(db: &PgPool) -> i64 {
    let (rows, highest, last): (i64, i64, i64) =
        sqlx::query_as("select count(*), coalesce(max(number), 0), (select last from fee_number) from fee")
            .fetch_one(db)
            .await
            .unwrap();
    assert_eq!((highest, last), (rows, rows), "numbers without gaps");
    rows
}

#[tokio::test]
async fn a_month_is_charged_once_it_is_over_and_only_if_it_was_full() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    // Berlin's October 2026 lasts from 30 September 22:00 UTC to 31 October 23:00 UTC: it ends in winter time.
    let (begin, end) = (datetime!(2026-09-30 22:00 UTC), datetime!(2026-10-31 23:00 UTC));
    let second = time::Duration::SECOND;
    let whole = with_access(db, begin, Some(end)).await;
    let late = with_access(db, begin + second, None).await;
    let short = with_access(db, begin, Some(end - second)).await;
    let invited = with_access(db, begin, None).await;
    sqlx::query("update account set password_hash = null where id = $1").bind(invited.id).execute(db).await.unwrap();
    assert_eq!(run::run_due(db, end - second).await.unwrap(), 0);
    assert_eq!(assert_gapless(db).await, 0);
    assert_eq!(run::run_due(db, end).await.unwrap(), 1);
    assert_eq!(charged(db, &whole).await, [("2026-10".to_owned(), 290)]);
    for person in [&late, &short, &invited] {
        assert_eq!(charged(db, person).await, []);
    }
    // November ends at 30 November 23:00 UTC; whose access ended with October is charged no more.
    assert_eq!(run::run_due(db, datetime!(2026-11-30 23:00 UTC)).await.unwrap(), 1);
    assert_eq!(charged(db, &late).await, [("2026-11".to_owned(), 290)]);
    assert_eq!(charged(db, &whole).await.len(), 1);
    assert_eq!(assert_gapless(db).await, 2);
}

#[tokio::test]
async fn after_thirteen_months_of_standstill_each_month_is_charged_once_at_its_own_fee() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let person = with_access(db, datetime!(2026-11-15 9:00 UTC), None).await;
    // The new fee is noted in time; it holds from 1 April, also for months that are charged later.
    policy::note(db, Figure::FeeCents, 350, date!(2027 - 04 - 01), None, portal.now()).await.unwrap().unwrap();
    portal.set_time(datetime!(2027-12-31 23:00 UTC));
    assert_eq!(run::run_due(db, portal.now()).await.unwrap(), 13);
    assert_eq!(run::run_due(db, portal.now()).await.unwrap(), 0, "run twice, charged once");
    let rows = charged(db, &person).await;
    assert_eq!(rows.first(), Some(&("2026-12".to_owned(), 290)));
    assert_eq!(rows.last(), Some(&("2027-12".to_owned(), 350)));
    assert_eq!(rows.iter().filter(|(_, cents)| *cents == 290).count(), 4, "{rows:?}");
    assert_eq!(assert_gapless(db).await, 13);
    // Who joins later is not charged for months that are run already, even with an earlier date.
    with_access(db, datetime!(2027-01-01 9:00 UTC), None).await;
    assert_eq!(run::run_due(db, portal.now()).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_servers_charge_once_and_rollbacks_leave_no_gap() {
    let portal = TestPortal::with_connections(16).await;
    let db = &portal.db;
    let mut people = Vec::new();
    for _ in 0..20 {
        people.push(with_access(db, datetime!(2026-08-31 9:00 UTC), None).await);
    }
    let bookkeeper = seed::staff(db, Role::Bookkeeper).await;
    let now = datetime!(2026-11-23 11:00 UTC);
    let runs = join_all((0..8).map(|_| run::run_due(db, now)));
    // Meanwhile rows are written and taken back.
    let undone = join_all(people.iter().map(async |person| {
        let mut tx = db.begin().await.unwrap();
        sqlx::query(
            "insert into fee (kind, freelancer_id, month, cents, debtor_name, debtor_address, noted_at, noted_by, reason)
             values ('correction', $1, '2026-09-01', 100, 'x', '', $2, $3, 'Zurückgenommen')",
        )
        .bind(person.id)
        .bind(now)
        .bind(bookkeeper.id)
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.rollback().await.unwrap();
    }));
    let (runs, _) = tokio::join!(runs, undone);
    let charged: i64 = runs.into_iter().map(Result::unwrap).sum();
    assert_eq!(charged, 40, "September and October for twenty people");
    assert_eq!(run::run_due(db, now).await.unwrap(), 0);
    assert_eq!(assert_gapless(db).await, 40);
    let twice = "insert into fee (kind, freelancer_id, month, cents, debtor_name, debtor_address, noted_at)
                 values ('charge', $1, '2026-10-01', 290, 'x', '', $2)";
    let error = sqlx::query(twice).bind(people[0].id).bind(now).execute(db).await.unwrap_err();
    assert_eq!(constraint(&error), Some("fee_charge_once"));
    assert_eq!(assert_gapless(db).await, 40, "what was refused took no number");
}

#[tokio::test]
async fn rows_are_never_changed_and_leave_only_when_their_years_are_over() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    with_access(db, datetime!(2026-09-01 9:00 UTC), None).await;
    run::run_due(db, portal.now()).await.unwrap();
    for sql in ["update fee set cents = 1", "delete from fee", "truncate fee"] {
        let error = sqlx::query(sql).execute(db).await.unwrap_err();
        assert_eq!(constraint(&error), Some("fee_immutable"), "{sql}");
    }
    let mut tx = db.begin().await.unwrap();
    sqlx::query("set local portal.fee_retention_over = 'on'").execute(&mut *tx).await.unwrap();
    assert_eq!(sqlx::query("delete from fee").execute(&mut *tx).await.unwrap().rows_affected(), 1);
    tx.commit().await.unwrap();
    // The exception ends with its transaction, and is none for changes.
    run::run_due(db, datetime!(2026-12-01 9:00 UTC)).await.unwrap();
    assert!(sqlx::query("delete from fee").execute(db).await.is_err());
    let mut tx = db.begin().await.unwrap();
    sqlx::query("set local portal.fee_retention_over = 'on'").execute(&mut *tx).await.unwrap();
    assert!(sqlx::query("update fee set cents = 1").execute(&mut *tx).await.is_err());
}

#[tokio::test]
async fn the_row_keeps_the_debtors_name_and_address() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let with = with_access(db, datetime!(2026-09-30 22:00 UTC), None).await;
    let without = with_access(db, datetime!(2026-09-30 22:00 UTC), None).await;
    sqlx::query(
        "insert into profile (freelancer_id, street, postcode, city, country, phone, has_windows, has_headset, has_lan_cable,
             has_line, has_room, is_employed, saved_at)
         values ($1, 'Kai 3', '1010', 'Wien', 'AT', '0461 5550100', true, true, true, true, true, false, $2)",
    )
    .bind(with.id)
    .bind(portal.now())
    .execute(db)
    .await
    .unwrap();
    run::run_due(db, portal.now()).await.unwrap();
    sqlx::query("update account set name = 'Gelöscht' where id = $1").bind(with.id).execute(db).await.unwrap();
    for (person, address) in [(&with, "Kai 3\n1010 Wien\nAT"), (&without, "")] {
        let row: (String, String) =
            sqlx::query_as("select debtor_name, debtor_address from fee where freelancer_id = $1")
                .bind(person.id)
                .fetch_one(db)
                .await
                .unwrap();
        assert_eq!(row, (person.name.clone(), address.to_owned()));
    }
}

#[tokio::test]
async fn the_statement_carries_over_what_was_before() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let person = with_access(db, datetime!(2026-09-30 22:00 UTC), None).await;
    let mut client = portal.client_of(&person).await;
    let page = client.get("/beitraege").await;
    assert!(page.text().contains("Noch nichts berechnet") && page.text().contains("2,90 €"), "{}", page.text());
    portal.set_time(datetime!(2027-02-01 9:00 UTC));
    run::run_due(db, portal.now()).await.unwrap();
    let mut client = portal.client_of(&person).await;
    let page = client.get("/beitraege").await.clone();
    assert_eq!(page.texts("tbody th"), ["Übertrag aus den Jahren davor", "Januar 2027", "Summe Ende 2027"]);
    assert_eq!(page.texts("tbody td:last-child"), ["8,70 €", "2,90 €", "11,60 €"]);
    let page = client.follow("2026").await;
    assert_eq!(page.texts("tbody th"), ["Oktober 2026", "November 2026", "Dezember 2026", "Summe Ende 2026"]);
    assert_eq!(page.texts("tbody td:last-child").last().unwrap(), "8,70 €");
}

#[tokio::test]
async fn a_bookkeeper_waives_and_corrects_with_a_reason_and_a_double_click_counts_once() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let person = with_access(db, datetime!(2026-09-30 22:00 UTC), None).await;
    run::run_due(db, portal.now()).await.unwrap();
    let bookkeeper = seed::staff(db, Role::Bookkeeper).await;
    let mut client = portal.client_of(&bookkeeper).await;
    client.get("/verwaltung/beitraege").await;
    client.follow(&person.name).await;
    let page = client.fill("amount", "viel").fill("month", "2026-9").press("Zeile hinzufügen").await.clone();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(["amount", "month", "reason"].iter().all(|field| page.error(field).is_some()), "all at once");
    let page =
        client.fill("amount", "2,91").fill("month", "2026-10").fill("reason", "Kulanz").press("Zeile hinzufügen");
    assert!(page.await.error("amount").unwrap().contains("noch 2,90 €"));
    let page = client.fill("amount", "2,90").fill("month", "2026-08").press("Zeile hinzufügen").await;
    assert!(page.error("month").unwrap().contains("keinen Zugang"));
    client.fill("amount", "2,90").fill("month", "2026-10");
    let form = client
        .page()
        .html()
        .select(&crate::page::css("[name=stamp]"))
        .next()
        .unwrap()
        .value()
        .attr("value")
        .unwrap()
        .to_owned();
    let page = client.press("Zeile hinzufügen").await;
    assert_eq!(
        page.flash().unwrap(),
        "Erlass über −2,90 € ist notiert, Nummer 2. Die Person sieht die Zeile mit ihrem Grund."
    );
    // The same form again, as a double click sends it.
    let again = [("kind", "erlass"), ("month", "2026-10"), ("amount", "2,90"), ("reason", "Kulanz"), ("stamp", &form)];
    let page = client.post(&format!("/verwaltung/beitraege/{}/korrektur", person.id), &again).await;
    assert!(page.flash().unwrap().contains("Nummer 2"), "{:?}", page.flash());
    assert_eq!(assert_gapless(db).await, 2);
    client.choose("kind", "korrektur").fill("month", "2026-10").fill("amount", "1").fill("reason", "Doch anteilig");
    client.press("Zeile hinzufügen").await;
    let mut own = portal.client_of(&person).await;
    let page = own.get("/beitraege").await;
    assert!(page.text().contains("Erlass: Kulanz −2,90 €") && page.text().contains("Korrektur: Doch anteilig 1,00 €"));
    assert_eq!(page.texts("tbody td:last-child").last().unwrap(), "1,00 €");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_waivers_at_once_only_as_much_is_waived_as_was_charged() {
    let portal = TestPortal::with_connections(8).await;
    let db = &portal.db;
    let bookkeeper = seed::staff(db, Role::Bookkeeper).await;
    for round in 0..20 {
        let person = with_access(db, datetime!(2026-09-30 22:00 UTC), None).await;
        run::charge(&mut db.acquire().await.unwrap(), Month::parse("2026-10").unwrap(), portal.now()).await.unwrap();
        sqlx::query("delete from fee_run").execute(db).await.unwrap();
        let waive = || {
            let new = NewAdjustment {
                freelancer: person.freelancer(),
                kind: Kind::Waiver,
                month: Month::parse("2026-10").unwrap(),
                cents: -290,
                reason: "Kulanz".into(),
                stamp: Uuid::new_v4(),
            };
            let (db, by, now) = (db.clone(), bookkeeper.id, portal.now());
            tokio::spawn(async move { adjustment::note(&db, &new, by, now).await.unwrap().unwrap() })
        };
        let results = join_all([waive(), waive(), waive()]).await.into_iter().map(Result::unwrap);
        let refused = results.filter(|result| *result == Err(adjustment::Refusal::BelowZero(0))).count();
        assert_eq!(refused, 2, "round {round}");
    }
}

#[tokio::test]
async fn a_month_that_costs_nothing_is_no_row() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let person = with_access(db, datetime!(2026-10-15 9:00 UTC), None).await;
    policy::note(db, Figure::FeeCents, 0, date!(2026 - 12 - 01), None, portal.now()).await.unwrap().unwrap();
    assert_eq!(run::run_due(db, datetime!(2027-01-31 23:00 UTC)).await.unwrap(), 1, "November");
    assert_eq!(charged(db, &person).await, [("2026-11".to_owned(), 290)]);
}

#[tokio::test]
async fn the_database_takes_no_row_that_does_not_add_up() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let (person, by) = (seed::freelancer(db).await, seed::staff(db, Role::Bookkeeper).await);
    let insert = "insert into fee (kind, freelancer_id, month, cents, debtor_name, debtor_address, noted_at, reason, noted_by, stamp)
                  values ($1::fee_kind, $2, $3, $4, 'x', '', $5, $6, $7, $8)";
    let (first, second, stamp) = (date!(2026 - 10 - 01), date!(2026 - 10 - 02), Some(Uuid::new_v4()));
    let (why, nobody) = (Some("Kulanz"), None);
    let cases = [
        ("charge", first, 290, None, nobody, None, None),
        ("charge", second, 290, None, nobody, None, Some("fee_month")),
        ("charge", date!(2026 - 09 - 01), 0, None, nobody, None, Some("fee_cents")),
        ("waiver", first, 290, why, Some(by.id), None, Some("fee_cents")),
        ("correction", first, 0, why, Some(by.id), None, Some("fee_cents")),
        ("waiver", first, -290, None, Some(by.id), None, Some("fee_reason")),
        ("waiver", first, -290, Some(""), Some(by.id), None, Some("fee_reason_length")),
        ("waiver", first, -290, why, nobody, None, Some("fee_noted_by")),
        ("waiver", first, -290, why, Some(by.id), stamp, None),
        ("waiver", first, -290, why, Some(by.id), stamp, Some("fee_stamp_once")),
    ];
    for (kind, month, cents, reason, by, stamp, broken) in cases {
        let row = sqlx::query(insert).bind(kind).bind(person.id).bind(month).bind(cents).bind(portal.now());
        let written = row.bind(reason).bind(by).bind(stamp).execute(db).await;
        assert_eq!(written.as_ref().err().and_then(constraint), broken, "{kind} {month} {cents} {reason:?}");
    }
    assert_gapless(db).await;
}

#[tokio::test]
async fn the_ledger_is_narrowed_and_exported_without_formulas() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let person = with_access(db, datetime!(2026-08-31 22:00 UTC), None).await;
    with_access(db, datetime!(2026-08-31 22:00 UTC), None).await;
    sqlx::query("update account set name = '=SUMME(A1)' where id = $1").bind(person.id).execute(db).await.unwrap();
    run::run_due(db, portal.now()).await.unwrap();
    let bookkeeper = seed::staff(db, Role::Bookkeeper).await;
    let mut client = portal.client_of(&bookkeeper).await;
    client.get("/verwaltung/beitraege").await;
    assert_eq!(client.page().texts(".figures dd"), ["11,60 €", "0,00 €", "0,00 €", "11,60 €"]);
    client.choose("monat", "2026-10").fill("suche", "summe").press("Anzeigen").await;
    assert_eq!(client.page().texts("tbody th"), ["=SUMME(A1)"]);
    assert_eq!(client.page().texts(".figures dd")[3], "2,90 €");
    let file = client.follow("Als CSV laden").await.clone();
    assert!(file.headers["content-disposition"].to_str().unwrap().contains("beitraege-2026-10.csv"));
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!(lines.len(), 2, "the same rows as the list");
    assert!(lines[1].contains(";2,90;'=SUMME(A1);"), "{}", lines[1]);
}

#[tokio::test]
async fn nobody_but_bookkeepers_sees_the_ledger() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let person = with_access(db, datetime!(2026-08-31 22:00 UTC), None).await;
    run::run_due(db, portal.now()).await.unwrap();
    for role in
        [Role::Administrator, Role::Planner, Role::Recruiter, Role::PrivacyOfficer, Role::Trainer, Role::Freelancer]
    {
        let mut client = portal.client_of(&seed::person(db, &[role]).await).await;
        for path in ["/verwaltung/beitraege".into(), format!("/verwaltung/beitraege/{}", person.id)] {
            assert_eq!(client.get(&path).await.status, StatusCode::FORBIDDEN, "{role:?} {path}");
        }
    }
    let mut client = portal.client_of(&seed::staff(db, Role::Bookkeeper).await).await;
    let path = format!("/verwaltung/beitraege/{}/korrektur", Uuid::new_v4());
    let stamp = Uuid::new_v4().to_string();
    let form = [("kind", "erlass"), ("month", "2026-10"), ("amount", "1"), ("reason", "x"), ("stamp", stamp.as_str())];
    assert_eq!(client.post(&path, &form).await.status, StatusCode::NOT_FOUND);
}
