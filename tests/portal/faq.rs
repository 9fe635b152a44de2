//! The FAQ: every fact with its anchor and its figure from the setting, search, and the pages on which staff keep it.

use axum::http::StatusCode;
use portal::accounts::role::Role;
use portal::site::faq::entry;

use crate::page::Page;
use crate::seed;
use crate::server::TestPortal;

/// The facts of the operator's FAQ by number: where each is told, and what its answer cannot do without.
pub const FACTS: [(u8, &str, &[&str]); 18] = [
    (1, "ort", &["Von überall", "Stellenausschreibung"]),
    (2, "mitbringen", &["Gewerbeschein", "Umsatzsteuer-ID", "DSL 16.000", "abschließen"]),
    (3, "ausstattung", &["Windows 8 oder neuer", "USB-Headset", "LAN-Kabel", "DSL 16.000 netto"]),
    (4, "erfahrung", &["Erfahrung hilft", "gern für andere da"]),
    (5, "sprache", &["fließend Deutsch", "fehlerfrei", "Fremdsprachen"]),
    (6, "kamera", &["Nein", "sehen"]),
    (7, "kosten", &["2,90 € im Monat"]),
    (8, "start", &["nächste Schulung", "3 Tagen bis 3 Wochen"]),
    (
        9,
        "daten",
        &["6 Monate", "automatisch gelöscht", "zustimmst", "innerhalb von 72 Stunden", "Deutschland", "DSGVO"],
    ),
    (
        10,
        "ablauf",
        &["Ohne Lebenslauf", "Anschreiben", "Jetzt bewerben", "Kennenlerngespräch", "Unterlagen", "Datenschutz"],
    ),
    (11, "aufgaben", &["telefonierst", "E-Mails", "chattest", "Bestellannahme", "Kundendaten"]),
    (12, "zeiten", &["mittwochs", "sofort", "3–8 Wochen", "Öffnungszeiten"]),
    (13, "umfang", &["15–20 Stunden pro Woche", "Routine"]),
    (14, "einarbeitung", &["von zu Hause", "Training on the Job", "Pat*innen"]),
    (15, "systeme", &["USB-Headset", "Zugänge", "Gespräche ab"]),
    (16, "weitere-auftraege", &["erwünscht", "nicht deine einzige Einnahmequelle", "nebenberuflich", "Erlaubnis"]),
    (17, "gewerbeschein", &["Gewerbeamt", "rechtzeitig", "Leitfaden"]),
    (18, "gewerbe-oder-freiberuf", &["Gewerbe", "Kundenservice", "Kundenberatung"]),
];

/// The answer of this anchor.
pub fn answer(page: &Page, slug: &str) -> String {
    page.texts(&format!("article[id='{slug}']")).pop().unwrap_or_else(|| panic!("no answer {slug}"))
}

#[tokio::test]
async fn every_fact_has_its_answer() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    let page = client.get("/fragen").await.clone();
    for (fact, slug, words) in FACTS {
        let answer = answer(&page, slug);
        for word in words {
            assert!(answer.contains(word), "fact {fact}: no „{word}“ in {answer}");
        }
        assert!(page.has(&format!("a[href='#{slug}']")), "fact {fact} has a link");
    }
    assert!(!page.text().contains('{'), "a placeholder was left");
}

#[tokio::test]
async fn no_figure_is_typed_into_an_answer() {
    let portal = TestPortal::new().await;
    for entry in entry::all(&portal.db).await.unwrap() {
        let lines = entry.answer.lines().map(|line| line.trim_start_matches(|c: char| c.is_ascii_digit()));
        let digits: Vec<_> = lines.filter(|line| line.contains(|c: char| c.is_ascii_digit())).collect();
        assert_eq!(digits, Vec::<&str>::new(), "{}", entry.slug);
    }
}

#[tokio::test]
async fn search_narrows_and_says_what_to_do_when_nothing_fits() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    client.get("/fragen").await;
    let page = client.fill("suche", "WEBCAM nachteil").press("Suchen").await.clone();
    assert_eq!(page.texts("article h3"), ["Brauche ich eine Webcam?"]);
    assert!(page.text().contains("1 Antwort"));
    // What a placeholder says is found, too.
    assert_eq!(client.get("/fragen?suche=2,90").await.texts("article h3"), ["Kostet mich die Zusammenarbeit etwas?"]);
    let page = client.get("/fragen?suche=%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert!(page.text().contains("Dazu steht hier noch nichts"));
    assert_eq!(page.markup_faults(), Vec::<String>::new());
}

#[tokio::test]
async fn recruiters_reword_answers_with_a_look_at_them_first() {
    let portal = TestPortal::new().await;
    let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
    let mut client = portal.client_of(&recruiter).await;
    client.get("/verwaltung/fragen").await;
    client.follow("Kostet mich die Zusammenarbeit etwas?").await;
    let typed = "Ja, **{nutzungsbeitrag}**.\n\n<script>alert(1)</script> [hier](javascript:alert(1))";
    let page = client.fill("answer", typed).press("Vorschau").await.clone();
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.texts(".panel.hot strong"), ["2,90 €"]);
    assert_eq!(page.markup_faults(), Vec::<String>::new());
    assert!(answer(portal.client().get("/fragen").await, "kosten").contains("Nutzungsbeitrag"), "not saved by looking");
    let page = client.press("Speichern").await;
    assert!(page.flash().unwrap().starts_with("Die Antwort ist gespeichert."), "{:?}", page.flash());
    let page = portal.client().get("/fragen").await.clone();
    let shown = answer(&page, "kosten");
    assert!(shown.contains("Ja, 2,90 €") && shown.contains("<script>alert(1)</script>"), "{shown}");
    assert_eq!(page.markup_faults(), Vec::<String>::new());
    let noted: (String, String) =
        sqlx::query_as("select action, subject from audit").fetch_one(&portal.db).await.unwrap();
    assert_eq!(noted, ("faq.update".into(), "kosten".into()));
}

#[tokio::test]
async fn two_who_reword_the_same_answer_do_not_overwrite_each_other_unseen() {
    let portal = TestPortal::new().await;
    let (one, two) = (seed::staff(&portal.db, Role::Recruiter).await, seed::staff(&portal.db, Role::Recruiter).await);
    let (mut first, mut second) = (portal.client_of(&one).await, portal.client_of(&two).await);
    first.get("/verwaltung/fragen/ort").await;
    second.get("/verwaltung/fragen/ort").await;
    portal.pass(time::Duration::SECOND);
    first.fill("answer", "Von fast überall.").press("Speichern").await;
    portal.pass(time::Duration::SECOND);
    let page = second.fill("answer", "Von zu Hause.").press("Speichern").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains(&format!("inzwischen geändert, von {}", one.name)), "{}", page.text());
    assert!(page.text().contains("Von fast überall."), "the other text is shown");
    assert_eq!(page.texts("textarea"), ["Von zu Hause."], "one's own is kept");
    assert!(answer(portal.client().get("/fragen").await, "ort").contains("Von fast überall."));
    second.press("Speichern").await;
    assert!(answer(portal.client().get("/fragen").await, "ort").contains("Von zu Hause."));
}

#[tokio::test]
async fn an_unknown_placeholder_is_named_beside_the_field() {
    let portal = TestPortal::new().await;
    let recruiter = seed::staff(&portal.db, Role::Administrator).await;
    let mut client = portal.client_of(&recruiter).await;
    client.get("/verwaltung/fragen/kosten").await;
    assert!(client.page().text().contains("{nutzungsbeitrag}"), "the possible ones are listed");
    for button in ["Vorschau", "Speichern"] {
        let page = client.fill("answer", "Das kostet {gebuehr}.").fill("question", "").press(button).await.clone();
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.error("answer").unwrap().contains("{gebuehr}"), "{:?}", page.error("answer"));
        assert!(page.error("question").is_some(), "all errors at once");
        assert_eq!(page.texts("textarea"), ["Das kostet {gebuehr}."]);
    }
}

#[tokio::test]
async fn questions_are_added_moved_and_removed_but_the_facts_stay() {
    let portal = TestPortal::new().await;
    let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
    let mut client = portal.client_of(&recruiter).await;
    client.get("/verwaltung/fragen/neu").await;
    client.fill("slug", "kamera").choose("topic", "arbeit").fill("question", "Gibt es Pausen?").fill("answer", "Ja.");
    assert!(client.press("Speichern").await.error("slug").unwrap().contains("schon"));
    assert!(client.fill("slug", "Große Pause").press("Speichern").await.error("slug").is_some());
    client.fill("slug", "pausen").press("Speichern").await;
    assert_eq!(client.page().texts("section[aria-labelledby=arbeit] th a").pop().as_deref(), Some("Gibt es Pausen?"));
    client.press("Hoch : Gibt es Pausen?").await;
    let order = client.page().texts("section[aria-labelledby=arbeit] th a");
    assert_eq!(order[order.len() - 2], "Gibt es Pausen?", "{order:?}");
    let shown = portal.client().get("/fragen").await.texts("section[aria-labelledby=arbeit] h3");
    assert_eq!(shown, order, "visitors see the same order");
    client.follow("Gibt es Pausen?").await;
    let page = client.press("Endgültig entfernen").await;
    assert!(page.flash().unwrap().contains("ist entfernt"), "{:?}", page.flash());
    let page = client.post("/verwaltung/fragen/kosten/ende", &[]).await;
    assert!(page.flash().unwrap().starts_with("Diese Frage gehört zum Portal."), "{:?}", page.flash());
    assert!(portal.client().get("/fragen").await.has("article[id=kosten]"));
}

#[tokio::test]
async fn only_recruiters_and_administrators_keep_the_faq() {
    let portal = TestPortal::new().await;
    for (role, status) in [
        (Role::Recruiter, StatusCode::OK),
        (Role::Administrator, StatusCode::OK),
        (Role::PrivacyOfficer, StatusCode::FORBIDDEN),
        (Role::Planner, StatusCode::FORBIDDEN),
        (Role::Applicant, StatusCode::FORBIDDEN),
    ] {
        let person = seed::person(&portal.db, &[role]).await;
        assert_eq!(portal.client_of(&person).await.get("/verwaltung/fragen/kosten").await.status, status, "{role:?}");
    }
}

#[tokio::test]
async fn the_imprint_states_what_is_set_and_the_demo_invents_the_rest() {
    let portal = TestPortal::new().await;
    let page = portal.client().get("/impressum").await.clone();
    assert!(page.text().contains("noch unvollständig") && !page.text().contains("Musterhafen"), "{}", page.text());
    let settings = ["--operator-address", "Kai 3, 24937 Flensburg", "--operator-email", "wir@portal.example"];
    let page = TestPortal::with(&settings).await.client().get("/impressum").await.clone();
    assert!(
        page.text().contains("Kai 3 24937 Flensburg") && page.text().contains("wir@portal.example"),
        "{}",
        page.text()
    );
    assert!(!page.text().contains("unvollständig"));
    let page = TestPortal::demo().await.client().get("/impressum").await.clone();
    assert!(page.text().contains("Musterhafen"), "{}", page.text());
}
