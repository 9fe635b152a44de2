//! Postings: what visitors find and read, and what recruiters write. Stored scripts stay text, earlier questions stay
//! readable, drafts stay inside.

use axum::http::StatusCode;
use portal::accounts::role::Role;
use portal::applications::application::State;
use portal::policy::{self, Figure};
use sqlx::PgPool;
use time::macros::{date, datetime};

use crate::client::Client;
use crate::page::Page;
use crate::seed::{self, Campaign, CampaignSeed};
use crate::server::TestPortal;

const SCRIPT: &str = "<script>alert(1)</script>";

/// A campaign with an open posting of this title; opening hours as weekday, from and to, in minutes.
async fn open(db: &PgPool, title: &str, opening: Vec<(i16, i16, i16)>) -> Campaign {
    let campaign = CampaignSeed { opening, ..CampaignSeed::default() }.create(db).await;
    seed::posting(db, &campaign).await;
    sqlx::query("update posting set title = $2 where campaign_id = $1")
        .bind(campaign.id)
        .bind(title)
        .execute(db)
        .await
        .unwrap();
    campaign
}

fn titles(page: &Page) -> Vec<String> {
    let mut titles = page.texts("article.post h3");
    titles.sort();
    titles
}

async fn recruiter(portal: &TestPortal) -> Client {
    let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
    portal.client_of(&recruiter).await
}

/// Fills the form of a posting with what it needs.
fn fill(client: &mut Client) -> &mut Client {
    client.fill("title", "Bestellhotline").fill("summary", "Bestellungen annehmen.");
    client.fill("tasks", "Du nimmst **Bestellungen** an.\n\n- am Telefon")
}

async fn actions(db: &PgPool) -> Vec<String> {
    let sql = "select action from audit where action like 'posting.%' order by id";
    sqlx::query_scalar(sql).fetch_all(db).await.unwrap()
}

#[tokio::test]
async fn visitors_find_what_fits_them() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let evening = open(db, "Abends", vec![(1, 960, 1440)]).await;
    let weekend = open(db, "Samstags", vec![(6, 480, 780)]).await;
    open(db, "Tags", vec![(1, 480, 1080)]).await;
    let channels =
        "update campaign set channels = case when id = $1 then '{chat}'::channel[] else '{phone}'::channel[] end";
    sqlx::query(channels).bind(evening.id).execute(db).await.unwrap();
    let later = "update posting set languages = '{de,da}', starts_on = '2027-01-11' where campaign_id = $1";
    sqlx::query(later).bind(weekend.id).execute(db).await.unwrap();
    let mut client = portal.client();
    let page = client.get("/").await;
    assert_eq!(titles(page), ["Abends", "Samstags", "Tags"]);
    assert!(page.text().contains("Stand: 23.11.2026"), "{}", page.text());
    assert!(page.text().contains("Schulung ab Mo, 11.1.2027") && page.text().contains("Termin folgt"));
    for (field, value, found) in [
        ("kanal", "chat", &["Abends"][..]),
        ("kanal", "phone", &["Samstags", "Tags"]),
        ("sprache", "da", &["Samstags"]),
        ("sprache", "de", &["Abends", "Samstags", "Tags"]),
        ("zeiten", "abends", &["Abends"]),
        ("zeiten", "wochenende", &["Samstags"]),
        ("start", "spaeter", &["Samstags"]),
        ("start", "bald", &["Abends", "Tags"]),
    ] {
        client.get("/").await;
        let page = client.choose(field, value).press("Filtern").await;
        assert_eq!(titles(page), found, "{field}={value}");
        assert!(page.has(&format!("select[name={field}] option[value={value}][selected]")), "the choice stays");
    }
    client.get("/").await;
    client.choose("kanal", "chat").choose("zeiten", "wochenende");
    let page = client.press("Filtern").await;
    assert!(page.text().contains("Mit diesem Filter ist gerade keine Stelle offen."), "{}", page.text());
    assert_eq!(titles(client.follow("Alle Stellen zeigen").await).len(), 3);
    // What nobody offers narrows nothing, and breaks nothing.
    assert_eq!(titles(client.get("/?kanal=fax&sprache=%00&zeiten=nie&start=x").await).len(), 3);
}

#[tokio::test]
async fn without_an_open_posting_the_start_page_says_so() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let mut client = portal.client();
    assert!(client.get("/").await.text().contains("Gerade ist keine Stelle offen"));
    seed::posting(&portal.db, &campaign).await;
    assert_eq!(titles(client.get("/").await).len(), 1);
    sqlx::query("update campaign set ended_at = $1").bind(portal.now()).execute(&portal.db).await.unwrap();
    let page = client.get("/").await;
    assert!(titles(page).is_empty() && page.text().contains("Gerade ist keine Stelle offen"));
    assert!(client.get(&format!("/stellen/{}", campaign.slug)).await.text().contains("Diese Stelle ist geschlossen."));
}

#[tokio::test]
async fn a_posting_says_what_one_needs_from_the_settings() {
    let portal = TestPortal::new().await;
    let campaign = open(&portal.db, "Bestellhotline", (1..=5).map(|day| (day, 420, 1320)).collect()).await;
    let path = format!("/stellen/{}", campaign.slug);
    let mut client = portal.client();
    let page = client.get(&path).await;
    for said in [
        "Gewerbeschein oder Umsatzsteuer-ID",
        "Windows 8 oder neuer",
        "USB-Headset",
        "DSL 16.000 netto, per LAN-Kabel",
        "ein Zimmer, das du abschließen kannst",
        "fließendes Deutsch und fehlerfreie Rechtschreibung",
        "Eine Webcam ist willkommen, aber keine Bedingung.",
        "Ohne Lebenslauf, ohne Anschreiben.",
        "Mo–Fr 7–22 Uhr",
        "mittwochs",
        "der nächsten 4 Wochen",
        "15–20 Stunden in der Woche",
        "Termin folgt",
        "frühestens nach 3 Tagen, spätestens nach 3 Wochen",
        "zwischen Do, 26.11. und Mo, 14.12.2026.",
        "2,90 € im Monat",
        "Schwierigkeit: leicht",
    ] {
        assert!(page.text().contains(said), "{said}: {}", page.text());
    }
    assert_eq!(page.texts("title"), ["Bestellhotline – Blattgrün · Musterruf"]);
    assert!(page.has("meta[name=description][content='Du nimmst Bestellungen an.']"));
    // A figure that changes tomorrow stands on the page from tomorrow on.
    for (figure, value) in [(Figure::FeeCents, 350), (Figure::LineKbit, 25_000), (Figure::WindowsVersion, 11)] {
        let noted = policy::note(&portal.db, figure, value, date!(2026 - 11 - 24), None, portal.now()).await;
        noted.unwrap().unwrap();
    }
    assert!(client.get(&path).await.text().contains("2,90 € im Monat"));
    portal.set_time(datetime!(2026-11-23 23:00 UTC));
    let page = client.get(&path).await;
    for said in ["3,50 € im Monat", "DSL 25.000 netto", "Windows 11 oder neuer"] {
        assert!(page.text().contains(said), "{said}: {}", page.text());
    }
    assert!(!page.text().contains("2,90") && !page.text().contains("16.000"), "a figure is written down somewhere");
}

#[tokio::test]
async fn visitors_see_the_way_on() {
    let portal = TestPortal::new().await;
    let campaign = open(&portal.db, "Bestellhotline", vec![(1, 420, 1320)]).await;
    let mut client = portal.client();
    for (path, current) in
        [("/", vec!["Stellen"]), ("/anmeldung", vec![]), (&format!("/stellen/{}", campaign.slug), vec!["Stellen"])]
    {
        let page = client.get(path).await;
        assert_eq!(page.texts("header nav a"), ["Stellen", "Fragen", "Selbstständig", "Technik"], "{path}");
        assert_eq!(page.texts("header nav [aria-current]"), current, "{path}");
        let footer = page.texts("footer a");
        assert_eq!(footer, ["Impressum", "Datenschutzhinweise", "Barrierefreiheit", "Kontakt"], "{path}");
    }
    let page = client.page();
    let apply = format!("main a[href='/stellen/{}/bewerbung']", campaign.slug);
    assert_eq!(page.texts(&apply), ["Jetzt bewerben", "Jetzt bewerben"], "beside the text, and in the bar of a phone");
    // Signed in as somebody of the portal one has other ways, and the same footer.
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    let page = client.get("/").await;
    assert!(!page.texts("header nav a").contains(&"Technik".to_owned()));
    assert!(page.has("footer a[href='/datenschutz']") && titles(page) == ["Bestellhotline"]);
}

#[tokio::test]
async fn restrictions_are_said() {
    let portal = TestPortal::new().await;
    let campaign = open(&portal.db, "Umbuchungen", vec![(1, 420, 1320)]).await;
    sqlx::query(
        "update posting set countries = '{DE,CH}', languages = '{de,en}', restriction = 'Nur mit Führungszeugnis.',
                starts_on = '2027-01-11', difficulty = 'demanding'",
    )
    .execute(&portal.db)
    .await
    .unwrap();
    let mut client = portal.client();
    let page = client.get(&format!("/stellen/{}", campaign.slug)).await;
    for said in [
        "aus Deutschland und der Schweiz",
        "Nur mit Führungszeugnis.",
        "Rechtschreibung und fließendes Englisch",
        "nicht vor Mo, 11.1.2027",
        "Schwierigkeit: anspruchsvoll",
    ] {
        assert!(page.text().contains(said), "{said}: {}", page.text());
    }
}

#[tokio::test]
async fn a_posting_is_written_published_closed_and_opened_again() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let other = open(&portal.db, "Die andere", vec![]).await;
    let path = format!("/stellen/{}", campaign.slug);
    let (mut client, mut visitor) = (recruiter(&portal).await, portal.client());
    client.get("/verwaltung/stellen").await;
    client.follow(&format!("Ausschreiben : Blattgrün · {}", campaign.name)).await;
    let page = fill(&mut client).press("Als Entwurf speichern").await;
    assert!(page.flash().unwrap().starts_with("Entwurf gespeichert."), "{:?}", page.flash());
    assert_eq!(visitor.get(&path).await.status, StatusCode::NOT_FOUND, "a draft");
    assert_eq!(titles(visitor.get("/").await), ["Die andere"]);
    let page = client.follow("Vorschau").await;
    assert!(page.has("main li") && page.text().contains("Noch ist sie ein Entwurf"), "{}", page.text());

    client.get(&format!("/verwaltung{path}")).await;
    client.press("Jetzt veröffentlichen").await;
    let page = visitor.get(&path).await;
    assert_eq!((page.status, page.heading().as_str()), (StatusCode::OK, "Bestellhotline"));
    assert_eq!(page.texts("main strong")[0], "Bestellungen");
    assert_eq!(titles(visitor.get("/").await), ["Bestellhotline", "Die andere"]);

    client.fill("title", "Hotline").press("Speichern und sofort zeigen").await;
    assert_eq!(visitor.get(&path).await.heading(), "Hotline");
    client.press("Stelle schließen").await;
    let page = visitor.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("Diese Stelle ist geschlossen."), "{}", page.text());
    assert_eq!(titles(page), ["Die andere"], "the others stand there");
    assert!(page.has(&format!("a[href='/stellen/{}']", other.slug)));
    // A button of a page that is no longer true.
    let page = client.post(&format!("/verwaltung{path}/schliessung"), &[]).await;
    assert!(page.flash().unwrap().contains("gerade nicht offen"), "{:?}", page.flash());
    client.press("Wieder öffnen").await;
    assert_eq!(visitor.get(&path).await.heading(), "Hotline");
    assert_eq!(
        actions(&portal.db).await,
        ["posting.create", "posting.publish", "posting.update", "posting.close", "posting.reopen"]
    );
    sqlx::query("update campaign set ended_at = $1").bind(portal.now()).execute(&portal.db).await.unwrap();
    let page = client.post(&format!("/verwaltung{path}/oeffnung"), &[]).await;
    assert!(page.flash().unwrap().contains("Die Kampagne ist beendet"), "{:?}", page.flash());
}

#[tokio::test]
async fn everything_wrong_with_a_posting_is_said_at_once_and_stays_typed() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let mut client = recruiter(&portal).await;
    client.get(&format!("/verwaltung/stellen/{}", campaign.slug)).await;
    client.fill("title", &"T".repeat(121)).fill("summary", "Kurz").untick("languages");
    let page = client.fill("starts_on", "morgen").press("Als Entwurf speichern").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (field, sentence) in [
        ("title", "Bitte kürze auf höchstens 120 Zeichen; das sind 121."),
        ("tasks", "Bitte gib die Aufgaben an."),
        ("languages", "Bitte wähle mindestens eine Sprache."),
        ("starts_on", "Bitte gib ein Datum an."),
    ] {
        assert_eq!(page.error(field).as_deref(), Some(sentence), "{field}");
    }
    assert!(page.has("input[name=starts_on][value=morgen]") && page.text().contains("Kurz"));
    assert_eq!(actions(&portal.db).await, Vec::<String>::new());
    // A zero byte or a line end of another system is nothing that anybody sees.
    fill(&mut client).fill("tasks", "eins\r\n\0zwei").tick_value("languages", "de").fill("starts_on", "");
    client.press("Als Entwurf speichern").await;
    let tasks: String = sqlx::query_scalar("select tasks from posting").fetch_one(&portal.db).await.unwrap();
    assert_eq!(tasks, "eins\nzwei");
}

#[tokio::test]
async fn a_preview_shows_what_was_typed_and_saves_nothing() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let mut client = recruiter(&portal).await;
    client.get(&format!("/verwaltung/stellen/{}", campaign.slug)).await;
    let page = fill(&mut client).press("Vorschau").await;
    assert_eq!(page.texts("#vorschau strong"), ["Bestellungen"]);
    assert_eq!(page.texts("#vorschau h2"), ["Bestellhotline"]);
    let written: i64 = sqlx::query_scalar("select count(*) from posting").fetch_one(&portal.db).await.unwrap();
    assert_eq!(written, 0);
}

#[tokio::test]
async fn scripts_stay_text_in_every_field() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let path = format!("/stellen/{}", campaign.slug);
    let mut client = recruiter(&portal).await;
    client.get(&format!("/verwaltung{path}")).await;
    for field in ["title", "summary", "tasks", "needs", "restriction"] {
        client.fill(field, &format!("{field} {SCRIPT} [x](javascript:alert(2)) <img src=x onerror=alert(3)>"));
    }
    client.press("Als Entwurf speichern").await;
    client.get(&format!("/verwaltung{path}")).await;
    let mut pages = vec![client.press("Vorschau").await.clone()];
    client.get(&format!("/verwaltung{path}")).await;
    client.press("Jetzt veröffentlichen").await;
    let question = format!("Frage {SCRIPT}");
    client.get(&format!("/verwaltung{path}/fragen")).await;
    client.press("Frage hinzufügen").await;
    client.fill("kind", "choice").fill("wording", &question).fill("hint", SCRIPT);
    client.fill("options", &format!("{SCRIPT}\nandere")).fill("must_be", SCRIPT);
    pages.push(client.press("Fragen speichern").await.clone());
    assert!(pages[1].text().contains(&question), "{}", pages[1].text());
    for path in ["/verwaltung/stellen", &format!("/verwaltung{path}"), &format!("/verwaltung{path}/vorschau")] {
        pages.push(client.get(path).await.clone());
    }
    let mut visitor = portal.client();
    for path in ["/", &path] {
        pages.push(visitor.get(path).await.clone());
    }
    client.get(&format!("/verwaltung{path}")).await;
    client.press("Stelle schließen").await;
    pages.push(visitor.get(&path).await.clone());
    for page in pages {
        assert_eq!(page.markup_faults(), Vec::<String>::new(), "{}", page.path);
        assert!(!page.has("main script") && !page.has("main img[src=x]"), "{}", page.path);
        assert!(page.body.contains("script&#62;") || page.body.contains("script&gt;"), "{}: as text", page.path);
    }
}

/// The wordings of a version, in order.
async fn wordings(db: &PgPool, version: i32) -> Vec<String> {
    let sql = "select q.wording from question q join question_set s on s.id = q.set_id where s.version = $1 order by q.position";
    sqlx::query_scalar(sql).bind(version).fetch_all(db).await.unwrap()
}

#[tokio::test]
async fn edited_questions_are_a_new_version_and_the_old_ones_stay_readable() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    let old = "Hast du schon im Kundenservice gearbeitet?";
    let applicant = seed::applicant(&portal.db).await;
    seed::application(&portal.db, &applicant, &campaign, State::New).await;
    let mut client = recruiter(&portal).await;
    client.get("/verwaltung/stellen").await;
    client.follow(&format!("1 Frage : Blattgrün · {}", campaign.name)).await;
    client.press("Frage hinzufügen").await;
    let page = client.within("#frage-2").press("Frage 2 nach oben").await;
    assert_eq!(page.texts("fieldset legend.sr"), ["Frage 1", "Frage 2"]);
    // The empty question came first; it goes again.
    let page = client.press("Frage 1 entfernen").await;
    assert!(page.has("input[name=wording]") && page.body.contains(old));
    client.fill("wording", "Kannst du ungestört telefonieren?").fill("must_be", "Ja");
    let page = client.press("Vorschau").await;
    assert!(page.text().contains("Für diese Aufgabe ist hier ein Ja nötig."), "{}", page.text());
    assert_eq!(wordings(&portal.db, 2).await, Vec::<String>::new(), "nothing is saved yet");
    let page = client.press("Fragen speichern").await;
    assert!(page.flash().unwrap().contains("Fassung 2"), "{:?}", page.flash());
    assert_eq!(wordings(&portal.db, 1).await, [old]);
    assert_eq!(wordings(&portal.db, 2).await, ["Kannst du ungestört telefonieren?"]);
    assert!(page.texts("details").iter().any(|version| version.contains("Fassung 1") && version.contains(old)));
    let asked: i32 =
        sqlx::query_scalar("select s.version from application a join question_set s on s.id = a.question_set_id")
            .fetch_one(&portal.db)
            .await
            .unwrap();
    assert_eq!(asked, 1, "the application keeps its version");
    let page = client.press("Fragen speichern").await;
    assert!(page.flash().unwrap().contains("nichts geändert"), "{:?}", page.flash());
    assert_eq!(actions(&portal.db).await, ["posting.questions"]);
}

#[tokio::test]
async fn two_recruiters_do_not_overwrite_each_other_unseen() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    let path = format!("/verwaltung/stellen/{}/fragen", campaign.slug);
    let (mut one, mut other) = (recruiter(&portal).await, recruiter(&portal).await);
    one.get(&path).await;
    other.get(&path).await;
    one.fill("wording", "Die eine Fassung?").press("Fragen speichern").await;
    let page = other.fill("wording", "Die andere Fassung?").press("Fragen speichern").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("Jemand hat die Fragen inzwischen geändert."), "{}", page.text());
    assert!(page.has("input[name=wording][value='Die andere Fassung?']"), "what was typed is still there");
    assert_eq!(wordings(&portal.db, 3).await, Vec::<String>::new());
    other.press("Fragen speichern").await;
    assert_eq!(wordings(&portal.db, 3).await, ["Die andere Fassung?"]);
}

#[tokio::test]
async fn everything_wrong_with_the_questions_is_said_beside_them() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    let mut client = recruiter(&portal).await;
    client.get(&format!("/verwaltung/stellen/{}/fragen", campaign.slug)).await;
    client.fill("kind", "choice").fill("wording", " ").fill("options", "nur eine").fill("must_be", "keine");
    let page = client.press("Fragen speichern").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.error("wording-0").as_deref(), Some("Bitte gib eine Frage an."));
    assert_eq!(
        page.error("options-0").as_deref(),
        Some("Eine Auswahl braucht mindestens zwei Antworten, je Zeile eine.")
    );
    assert!(page.text().contains("nur eine"));
    // A stale or forged form has no more than the rows that a set may have.
    let many: Vec<(&str, &str)> = std::iter::once(("version", "1")).chain([("wording", "F?"); 40]).collect();
    client.post(&format!("/verwaltung/stellen/{}/fragen", campaign.slug), &many).await;
    assert_eq!(wordings(&portal.db, 2).await, Vec::<String>::new(), "rows without a kind are refused");
}

#[tokio::test]
async fn postings_are_kept_by_recruiters_and_administrators() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    let path = format!("/verwaltung/stellen/{}", campaign.slug);
    for role in [Role::Freelancer, Role::Trainer, Role::Planner, Role::PrivacyOfficer, Role::Bookkeeper] {
        let person = seed::person(&portal.db, &[role]).await;
        let mut client = portal.client_of(&person).await;
        for path in ["/verwaltung/stellen", &path, &format!("{path}/fragen"), &format!("{path}/vorschau")] {
            assert_eq!(client.get(path).await.status, StatusCode::FORBIDDEN, "{path} as {role:?}");
        }
        assert_eq!(client.post(&format!("{path}/schliessung"), &[]).await.status, StatusCode::FORBIDDEN, "{role:?}");
    }
    let mut applicant = portal.client_of(&seed::applicant(&portal.db).await).await;
    assert_eq!(applicant.get(&path).await.status, StatusCode::FORBIDDEN);
    let administrator = seed::staff(&portal.db, Role::Administrator).await;
    let mut client = portal.client_of(&administrator).await;
    assert_eq!(client.get(&path).await.status, StatusCode::OK);
}
