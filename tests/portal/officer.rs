//! The privacy officer's pages: what each shows, that a change of the ledger is seen, and that a finding is cleared with a
//! reason.

use axum::http::StatusCode;
use portal::accounts::role::Role;
use portal::health;
use portal::id::FindingId;
use portal::privacy::ledger::Broken;
use portal::privacy::map;
use portal::privacy::proof::{self, State};
use portal::retention::hold;
use portal::retention::wish::{self, Wish};
use sqlx::PgPool;
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};

use crate::chromium::check_all;
use crate::client::Client;
use crate::erasure::{count, night, open_campaign, run, sent};
use crate::ledger::{copy, erased, file, tamper};
use crate::page::Page;
use crate::seed::{self, Person};
use crate::server::{START, TestPortal};

const PAGES: [&str; 7] = [
    "/verwaltung/datenschutz",
    "/verwaltung/datenschutz/vorschau",
    "/verwaltung/datenschutz/laeufe",
    "/verwaltung/datenschutz/funde",
    "/verwaltung/datenschutz/nachweis",
    "/verwaltung/datenschutz/verzeichnis",
    "/verwaltung/datenschutz/verzeichnis/export.csv",
];

async fn officer(portal: &TestPortal) -> Client {
    let officer = seed::staff(&portal.db, Role::PrivacyOfficer).await;
    portal.client_of(&officer).await
}

async fn wishes(db: &PgPool, person: &Person, wish: Wish, at: OffsetDateTime) {
    wish::record(db, person.id, wish, at).await.unwrap();
}

/// The row of a table that speaks of this person.
fn row(page: &Page, person: &Person) -> String {
    let id = person.id.to_string();
    let rows = page.texts("tbody tr");
    rows.into_iter().find(|row| row.contains(&id)).unwrap_or_else(|| panic!("no row of {id} in {}", page.text()))
}

#[tokio::test]
async fn the_pages_are_the_privacy_officers_and_hang_together() {
    let portal = TestPortal::new().await;
    let mut client = officer(&portal).await;
    client.get("/verwaltung").await;
    assert!(client.page().has(".tiles a[href='/verwaltung/datenschutz']"));
    assert_eq!(client.within("body > header").follow("Datenschutz").await.heading(), "Datenschutz");
    for label in ["Vorschau", "Läufe", "Nachsuche", "Löschnachweis", "Sperren", "Verzeichnis", "Überblick"] {
        let page = client.within("nav[aria-label=Datenschutz]").follow(label).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.texts("nav[aria-label=Datenschutz] [aria-current=page]"), [label]);
        assert_eq!(page.texts("body > header [aria-current=page]"), ["Datenschutz"]);
    }
    for role in [Role::Administrator, Role::Recruiter, Role::Bookkeeper, Role::Freelancer] {
        let mut other = portal.client_of(&seed::person(&portal.db, &[role]).await).await;
        for path in PAGES {
            assert_eq!(other.get(path).await.status, StatusCode::FORBIDDEN, "{role:?} {path}");
        }
        other.get("/verwaltung").await;
        assert!(!other.page().has("[href='/verwaltung/datenschutz']"), "{role:?}");
    }
    // The second person of a hold sees the list without the ways to what is not theirs.
    let mut second = portal.client_of(&seed::staff(&portal.db, Role::Administrator).await).await;
    assert!(!second.get("/verwaltung/datenschutz/sperren").await.has("nav[aria-label=Datenschutz]"));
}

#[tokio::test]
async fn each_request_has_its_clock_and_a_hold_stops_it() {
    let portal = TestPortal::new().await;
    let (db, now) = (&portal.db, portal.now());
    let mut client = officer(&portal).await;
    assert!(client.get("/verwaltung/datenschutz").await.text().contains("Gerade ist keine Anfrage offen."));
    let campaign = open_campaign(db).await;
    let mut people = Vec::new();
    let (hours, minute) = (|n| Duration::hours(n), Duration::MINUTE);
    for stands in [hours(60) - minute, hours(60), hours(72) - minute, hours(72), hours(80)] {
        let (person, _) = sent(db, &campaign, now - hours(100)).await;
        wishes(db, &person, Wish::Erasure, now - stands).await;
        people.push(person);
    }
    let copying = seed::freelancer(db).await;
    wishes(db, &copying, Wish::Copy, now - hours(2)).await;
    let held = people.pop().unwrap();
    let (setter, second) = (seed::staff(db, Role::PrivacyOfficer).await, seed::staff(db, Role::Administrator).await);
    let waiting = seed::hold(db, &people[0], &setter).await;
    let hold = seed::hold(db, &held, &setter).await;
    hold::confirm(db, hold, second.id, now).await.unwrap().unwrap();
    let page = client.get("/verwaltung/datenschutz").await;
    for (person, said) in [
        (&people[0], "59 h in der Zeit"),
        (&people[1], "60 h bald zu spät"),
        (&people[2], "71 h bald zu spät"),
        (&people[3], "72 h zu spät"),
        (&held, "80 h gesperrt bis 23.12.2026"),
        (&copying, "2 h in der Zeit"),
    ] {
        assert!(row(page, person).ends_with(said), "{}", row(page, person));
    }
    assert!(
        row(page, &people[3]).starts_with("Löschung Bewerber*in")
            && row(page, &copying).starts_with("Kopie der Daten Freelancer*in")
    );
    // Stood since Friday noon: promised until Monday noon.
    assert!(row(page, &people[3]).contains("zugesagt bis Mo, 23.11.2026, 12:00 Uhr"));
    assert!(page.text().contains("zugesagt sind 72 Stunden, nach 60 Stunden warnt es"));
    assert!(page.text().contains("Rechtliche Sperren 1 , 1 wartet auf die zweite Person"), "{}", page.text());
    for person in people.iter().chain([&held, &copying]) {
        assert!(!page.body.contains(&person.name) && !page.body.contains(&person.email), "numbers only");
    }
    // The policy decides, not the page.
    sqlx::query("insert into policy_figure (figure, valid_from, value, noted_at, noted_by) values ('deletion_request_hours', '2026-11-01', 96, $1, $2)")
        .bind(now)
        .bind(setter.id)
        .execute(db)
        .await
        .unwrap();
    assert!(row(client.get("/verwaltung/datenschutz").await, &people[3]).ends_with("72 h in der Zeit"));
    hold::lift(db, waiting, setter.id, now).await.unwrap().unwrap();
    let text = client.get("/verwaltung/datenschutz").await.text();
    assert!(text.contains("Rechtliche Sperren 1 Danach"), "{text}");
}

#[tokio::test]
async fn the_overview_says_what_is_late_and_the_next_night_mends_it() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    sent(&portal.db, &campaign, datetime!(2026-05-22 10:00 UTC)).await;
    run(&portal, night(date!(2026 - 11 - 22))).await.unwrap();
    // Due on the 23rd: the run of that night did not take place.
    portal.set_time(START);
    let mut client = officer(&portal).await;
    let page = client.get("/verwaltung/datenschutz").await;
    assert!(page.text().contains("Hier fehlt etwas.") && page.text().contains("Überfällig 1"), "{}", page.text());
    assert!(client.get("/verwaltung/datenschutz/vorschau").await.text().contains("Mo, 23.11.2026 heute"));
    portal.pass(Duration::DAY);
    let mut client = officer(&portal).await;
    let late = client.get("/verwaltung/datenschutz/vorschau").await.text();
    assert!(late.contains("Mo, 23.11.2026 überfällig"), "{late}");
    run(&portal, night(date!(2026 - 11 - 25))).await.unwrap();
    let mut client = officer(&portal).await;
    let text = client.get("/verwaltung/datenschutz").await.text();
    assert!(text.contains("Löschnachweis noch nicht geprüft"), "{text}");
    proof::check(&portal.db, &copy(&portal), portal.now()).await.unwrap();
    let text = client.get("/verwaltung/datenschutz").await.text();
    assert!(text.contains("Alles ist in Ordnung.") && text.contains("Überfällig 0"), "{text}");
    assert!(text.contains("Letzter Lauf Mi, 25.11.2026, 03:15 Uhr"), "{text}");
    assert!(text.contains("Löschnachweis unverändert: 2 Einträge geprüft Mi, 25.11.2026"), "{text}");
    let nights = client.get("/verwaltung/datenschutz/laeufe").await.texts("tbody tr");
    assert_eq!(nights.len(), 2);
    assert!(nights[0].starts_with("Mi, 25.11.2026") && nights[0].contains("Bewerbungen: 1"), "{nights:?}");
}

#[tokio::test]
async fn the_preview_counts_dossiers_and_accounts_by_day_and_what_goes_by_years() {
    let portal = TestPortal::new().await;
    let (db, now) = (&portal.db, portal.now());
    let campaign = open_campaign(db).await;
    let mut client = officer(&portal).await;
    assert!(client.get("/verwaltung/datenschutz/vorschau").await.text().contains("nichts fällig"));
    // The last day of the preview is the 23rd of December; the day after is beyond it.
    for day in [2, 2, 22, 23] {
        sent(db, &campaign, datetime!(2026-06-01 10:00 UTC).replace_day(day).unwrap()).await;
    }
    let (wishing, _) = sent(db, &campaign, now - Duration::days(5)).await;
    wishes(db, &wishing, Wish::Erasure, now).await;
    let draft = seed::applicant(db).await;
    seed::application(db, &draft, &campaign, portal::applications::application::State::Draft).await;
    // A consent keeps what would be due within the days.
    let (_, kept) = sent(db, &campaign, datetime!(2026-06-02 10:00 UTC)).await;
    seed::consent(db, kept).await;
    let setter = seed::staff(db, Role::PrivacyOfficer).await;
    let second = seed::staff(db, Role::Administrator).await;
    for (days, held) in [(80, false), (60, false), (59, false), (85, true)] {
        let person = seed::freelancer(db).await;
        sqlx::query("update account set access_ended_at = $2 where id = $1")
            .bind(person.id)
            .bind(now - Duration::days(days))
            .execute(db)
            .await
            .unwrap();
        if held {
            let hold = seed::hold(db, &person, &setter).await;
            hold::confirm(db, hold, second.id, now).await.unwrap().unwrap();
        }
    }
    let page = client.get("/verwaltung/datenschutz/vorschau").await;
    let days = page.texts("tbody tr");
    assert_eq!(
        days,
        [
            "Mo, 23.11.2026 heute Frist vorbei: – Entwürfe: – Einwilligung endet: – auf Wunsch: 1 Konten: –",
            "Do, 3.12.2026 Frist vorbei: 2 Entwürfe: – Einwilligung endet: – auf Wunsch: – Konten: 1",
            "So, 20.12.2026 Frist vorbei: – Entwürfe: 1 Einwilligung endet: – auf Wunsch: – Konten: –",
            "Mi, 23.12.2026 Frist vorbei: 1 Entwürfe: – Einwilligung endet: – auf Wunsch: – Konten: 1",
        ]
    );
    let total = "Zusammen Frist vorbei: 3 Entwürfe: 1 Einwilligung endet: 0 auf Wunsch: 1 Konten: 2";
    assert_eq!(page.texts("tfoot tr"), [total]);
    assert!(!page.has("#jahre"), "no new year within the next days");
    // Eight years after 2026 the fee ledger of that year goes with the new year.
    let debtor = seed::freelancer(db).await;
    seed::fee(db, &debtor).await;
    portal.set_time(datetime!(2034-12-10 11:00 UTC));
    let mut client = officer(&portal).await;
    let page = client.get("/verwaltung/datenschutz/vorschau").await;
    assert!(page.text().contains("Zeilen des Beitragsbuchs von 1 Person"), "{}", page.text());
}

#[tokio::test]
async fn a_failed_erasure_is_shown_until_a_later_run_has_nothing_left_of_it() {
    let portal = TestPortal::new().await;
    let mut client = officer(&portal).await;
    assert!(client.get("/verwaltung/datenschutz/laeufe").await.text().contains("Bisher ist keine gescheitert."));
    let person = seed::applicant(&portal.db).await;
    let fails = |at: OffsetDateTime| {
        let (db, id) = (portal.db.clone(), person.id);
        async move {
            sqlx::query("insert into erasure_failure (applicant_id, at, sqlstate) values ($1, $2, '55P03')")
                .bind(id)
                .bind(at)
                .execute(&db)
                .await
                .unwrap();
        }
    };
    for day in [date!(2026 - 11 - 24), date!(2026 - 11 - 25)] {
        fails(night(day)).await;
        run(&portal, night(day)).await.unwrap();
    }
    let mut client = officer(&portal).await;
    let page = client.get("/verwaltung/datenschutz/laeufe").await;
    assert!(row(page, &person).contains("2 Mal Code 55P03 wird wiederholt"), "{}", row(page, &person));
    run(&portal, night(date!(2026 - 11 - 26))).await.unwrap();
    let mut client = officer(&portal).await;
    let page = client.get("/verwaltung/datenschutz/laeufe").await;
    assert!(row(page, &person).contains("seitdem erledigt"));
}

#[tokio::test]
async fn the_button_checks_the_chain_and_the_copy_outside_the_database() {
    let (portal, dossiers) = erased().await;
    let mut client = officer(&portal).await;
    let page = client.get("/verwaltung/datenschutz/nachweis").await;
    assert_eq!(page.texts("tbody tr").len(), 6);
    assert!(page.texts("tbody tr")[5].starts_with("Nr. 1 "), "the newest first");
    assert!(dossiers.iter().all(|id| page.body.contains(&id.to_string())));
    let flash = client.press("Kette prüfen").await.flash().unwrap();
    assert!(flash.contains("ist unverändert") && flash.contains("6 neue Einträge fehlen ihr noch"), "{flash}");
    copy(&portal).renew(&portal.db).await.unwrap();
    let flash = client.press("Kette prüfen").await.flash().unwrap();
    assert_eq!(
        flash,
        "Der Löschnachweis ist unverändert. Alle 6 Einträge folgen lückenlos aufeinander. Die Kopie außerhalb der Datenbank ist gleich."
    );
    // The end cut off is a whole chain; only the copy knows.
    tamper(&portal.db, "delete from erasure_entry where position > 4").await;
    let flash = client.press("Kette prüfen").await.flash().unwrap();
    assert!(flash.contains("Kopie des Löschnachweises weicht ab") && flash.contains("2 Einträge mehr"), "{flash}");
    let whole = std::fs::read(file(&portal)).unwrap();
    std::fs::write(file(&portal), [b"#", &whole[1..]].concat()).unwrap();
    let flash = client.press("Kette prüfen").await.flash().unwrap();
    assert!(flash.contains("selbst verändert worden oder nicht lesbar"), "{flash}");
    tamper(&portal.db, "update erasure_entry set rule = 'wish' where position = 2").await;
    let page = client.press("Kette prüfen").await;
    assert!(page.has(".flash[data-s=bad][role=alert]"));
    assert!(page.flash().unwrap().contains("Eintrag 2 folgt nicht mehr aus dem davor"), "{:?}", page.flash());
    let text = client.get("/verwaltung/datenschutz").await.text();
    assert!(text.contains("Hier fehlt etwas.") && text.contains("Löschnachweis verändert ab Eintrag 2"), "{text}");
}

/// Nobody has to press the button: health knows the next morning, and until somebody has mended it.
#[tokio::test]
async fn the_ledger_is_checked_every_day_and_health_turns_red() {
    let (portal, _) = erased().await;
    let (db, at) = (&portal.db, night(date!(2026 - 11 - 27)));
    copy(&portal).renew(db).await.unwrap();
    let broken = || async {
        let troubles = health::look(&portal.db, portal.now()).await.unwrap().troubles(portal.now());
        troubles.iter().any(|trouble| trouble.starts_with("Der Löschnachweis ist verändert worden"))
    };
    let before = at - Duration::minutes(5);
    assert!(proof::check_due(db, &copy(&portal), before).await.unwrap().is_some(), "the first one at once");
    proof::check(db, &copy(&portal), at - Duration::DAY).await.unwrap();
    assert!(proof::check_due(db, &copy(&portal), before).await.unwrap().is_none(), "then not before 3:15");
    assert!(proof::check_due(db, &copy(&portal), at).await.unwrap().unwrap().is_intact());
    tamper(db, "update erasure_entry set files = files + 1 where position = 2").await;
    assert!(proof::check_due(db, &copy(&portal), at + Duration::hours(20)).await.unwrap().is_none(), "once a day");
    assert!(!broken().await);
    let next = at + Duration::days(1);
    assert_eq!(proof::check_due(db, &copy(&portal), next).await.unwrap().unwrap().chain, Err(Broken(2)));
    assert!(broken().await);
    assert!(portal.client().get("/readyz").await.body.contains("Der Löschnachweis ist verändert worden"));
    // The rows whole again, but the copy cut off from them.
    tamper(db, "update erasure_entry set files = files - 1 where position = 2").await;
    copy(&portal).renew(db).await.unwrap();
    tamper(db, "delete from erasure_entry where position > 4").await;
    assert!(proof::check(db, &copy(&portal), next).await.unwrap().chain.is_ok());
    assert_eq!(proof::last(db).await.unwrap().unwrap().state, State::CopyDiffers);
    assert!(broken().await);
}

#[tokio::test]
async fn the_ledger_is_paged_from_the_newest_entry_on() {
    let portal = TestPortal::new().await;
    let mut tx = portal.db.begin().await.unwrap();
    let gone: Vec<_> = (0..51)
        .map(|_| portal::retention::gone::Gone {
            kind: portal::retention::gone::Kind::Dossier,
            subject: seed::unknown_id(),
            rule: portal::retention::Rule::Period,
            files: 0,
        })
        .collect();
    portal::privacy::ledger::append(&mut tx, &gone, 0, START).await.unwrap();
    tx.commit().await.unwrap();
    let mut client = officer(&portal).await;
    let first = client.get("/verwaltung/datenschutz/nachweis").await.texts("tbody th");
    assert_eq!((first.len(), first[0].as_str(), first[49].as_str()), (50, "Nr. 51", "Nr. 2"));
    assert_eq!(client.follow("Weiter").await.texts("tbody th"), ["Nr. 1"]);
    assert_eq!(client.follow("Zurück").await.texts("tbody th"), first);
    assert_eq!(client.get("/verwaltung/datenschutz/nachweis?seite=99").await.texts("tbody th"), ["Nr. 1"]);
}

async fn ready(portal: &TestPortal) -> bool {
    !portal.client().get("/readyz").await.body.contains("Die Nachsuche fand")
}

#[tokio::test]
async fn a_finding_is_cleared_with_a_reason_that_stays() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    seed::finding(&portal.db, person.id).await;
    assert!(!ready(&portal).await);
    let mut client = officer(&portal).await;
    client.get("/verwaltung/datenschutz/funde").await;
    let label = format!("{}, Spalte requirements", map::find("campaign").unwrap().label);
    let page = client.follow(&label).await.clone();
    assert!(page.text().contains(&person.id.to_string()));
    for (typed, sentence) in [
        (" \n ", "Bitte gib den Grund an."),
        (&*"x".repeat(1001), "Bitte kürze auf höchstens 1000 Zeichen; das sind 1001."),
    ] {
        client.get(&page.path).await;
        let refused = client.fill("note", typed).press("Fund abschließen").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.error("note").as_deref(), Some(sentence));
        assert_eq!(refused.markup_faults(), Vec::<String>::new());
        assert!(!ready(&portal).await);
    }
    client.get(&page.path).await;
    let done = client.fill("note", "In den Anforderungen stand der Name; entfernt.").press("Fund abschließen").await;
    assert!(done.flash().unwrap().starts_with("Der Fund ist abgeschlossen."));
    assert!(done.texts("tbody tr")[0].ends_with("abgeschlossen"));
    assert!(ready(&portal).await);
    let shown = client.get(&page.path).await;
    assert!(shown.text().contains("In den Anforderungen stand der Name; entfernt.") && !shown.has("main form"));
    // Whoever had the page open still cannot write over the reason.
    let again = client.post(&format!("{}/erledigung", page.path), &[("note", "Ein anderer Grund")]).await;
    assert!(again.flash().unwrap().starts_with("Nichts geändert."));
    assert_eq!(count(&portal.db, "erasure_leftover where note like 'In den%' and cleared_by is not null").await, 1);
    assert_eq!(count(&portal.db, "audit where action = 'finding.clear' and actor_id is not null").await, 1);
}

#[tokio::test]
async fn the_database_itself_keeps_moment_person_and_reason_together() {
    let portal = TestPortal::new().await;
    let officer = seed::staff(&portal.db, Role::PrivacyOfficer).await;
    let id: FindingId = seed::finding(&portal.db, officer.id).await;
    for (at, by, note, constraint) in [
        (Some(START), Some(officer.id), None, "erasure_leftover_cleared"),
        (Some(START), None, Some("Erledigt"), "erasure_leftover_cleared"),
        (None, Some(officer.id), Some("Erledigt"), "erasure_leftover_cleared"),
        (Some(START), Some(officer.id), Some("  "), "erasure_leftover_note"),
    ] {
        let update = "update erasure_leftover set cleared_at = $2, cleared_by = $3, note = $4 where id = $1";
        let done = sqlx::query(update).bind(id).bind(at).bind(by).bind(note).execute(&portal.db).await;
        assert_eq!(done.unwrap_err().as_database_error().unwrap().constraint(), Some(constraint));
    }
}

#[tokio::test]
async fn the_register_shows_every_table_and_column_as_a_page_and_as_a_file() {
    let portal = TestPortal::new().await;
    let mut client = officer(&portal).await;
    let page = client.get("/verwaltung/datenschutz/verzeichnis").await.clone();
    assert_eq!(page.texts("details").len(), map::tables().count());
    client.follow("Als CSV herunterladen").await;
    let file = client.page();
    assert!(file.headers["content-disposition"].to_str().unwrap().contains("verzeichnis-2026-11-23.csv"));
    let mut reader =
        csv::ReaderBuilder::new().delimiter(b';').from_reader(file.body.trim_start_matches('\u{feff}').as_bytes());
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    for table in map::tables() {
        assert!(page.text().contains(table.label), "{}", table.name);
        for column in table.columns.iter().flat_map(|columns| columns.names) {
            let stands =
                |line: &csv::StringRecord| &line[1] == table.name && line[2].split(", ").any(|name| name == *column);
            assert!(lines.iter().any(stands), "{}.{column}", table.name);
        }
    }
    // Periods are the policy's, reasons stand beside what is kept.
    assert!(
        page.text().contains("90 Tage ab dem Ende des Zugangs")
            && page.text().contains("8 Jahre ab dem Ende des Jahres")
    );
    assert!(lines.iter().all(|line| (&line[5] == "wird aufbewahrt") != line[6].is_empty()));
}

#[tokio::test]
async fn the_pages_are_accessible() {
    let portal = TestPortal::demo().await;
    let officer = seed::staff(&portal.db, Role::PrivacyOfficer).await;
    let left = seed::person(&portal.db, &[]).await;
    let finding = format!("/verwaltung/datenschutz/funde/{}", seed::finding(&portal.db, left.id).await);
    let paths = [&PAGES[..6], &["/verwaltung/datenschutz/sperren", &finding]].concat();
    check_all(&portal, Some(&officer), &paths).await;
}
