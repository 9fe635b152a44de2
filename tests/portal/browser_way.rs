//! From the invitation to the first booked shift, entirely through the pages, in a real browser, as the people concerned:
//! applicant, reviewer, privacy officer, trainer, mentor, planner, freelancer.

use fantoccini::Locator;
use portal::accounts::role::Role;
use portal::applications::application::State;
use portal::id::AccountId;
use sqlx::PgPool;
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};

use crate::chromium::Browser;
use crate::seed::{self, Campaign, Person};
use crate::seed_training as training;
use crate::server::TestPortal;

const SENTENCE: &str = "Neun Kraniche über dem Deich im Nebel";
/// Monday, 30 November 2026, 09:00 in Berlin: the training.
const TRAINING: OffsetDateTime = datetime!(2026-11-30 8:00 UTC);
/// The evening of Wednesday, 2 December: the first shift is over.
const AFTER_FIRST: OffsetDateTime = datetime!(2026-12-02 19:00 UTC);

struct Way {
    portal: TestPortal,
    campaign: Campaign,
    /// Who applied: the account becomes the freelancer's.
    person: Person,
}

impl Way {
    fn db(&self) -> &PgPool {
        &self.portal.db
    }

    async fn open(&self, person: &Person) -> Browser {
        Browser::open(&self.portal, Some(person)).await
    }

    /// The same person, as a freelancer who signed in anew.
    async fn freelancer(&self) -> Browser {
        self.open(&self.person).await
    }
}

async fn click(browser: &Browser, selector: &str) {
    browser.client.wait().for_element(Locator::Css(selector)).await.expect(selector).click().await.expect(selector);
}

/// Waits until the page says this.
async fn says(browser: &Browser, text: &str) {
    let path = format!("//*[contains(normalize-space(.), \"{text}\")]");
    let found = browser.client.wait().for_element(Locator::XPath(&path)).await;
    assert!(found.is_ok(), "„{text}“ is not said on {}: {}", browser.path().await, browser.text("main").await);
}

/// No fault of the pages that were seen, and the end.
async fn close(browser: Browser) {
    let complaints = browser.complaints().await;
    browser.close().await;
    assert_eq!(complaints, [""; 0]);
}

async fn accepts_the_offer(way: &Way) {
    let id = seed::application(way.db(), &way.person, &way.campaign, State::Talked).await;
    sqlx::query("update application set offered_at = $2 where id = $1")
        .bind(id)
        .bind(way.portal.now() - Duration::HOUR)
        .execute(way.db())
        .await
        .unwrap();
    let applicant = way.open(&way.person).await;
    applicant.goto(&format!("/bewerbung/{id}")).await;
    applicant.press("Ja, ich bin dabei").await;
    says(&applicant, "Schön, dass du dabei bist").await;
    close(applicant).await;
}

async fn uses_the_invitation(way: &Way) -> Browser {
    let mails = way.portal.mails().await;
    let invitation = mails.iter().find(|mail| mail.body.contains("/zugang/")).expect("an invitation");
    let freelancer = Browser::open(&way.portal, None).await;
    freelancer.goto(&invitation.link("/zugang/")).await;
    freelancer.fill("password", SENTENCE).await;
    freelancer.press("Passwort setzen und anmelden").await;
    freelancer
}

async fn fills_the_profile(freelancer: &Browser) {
    freelancer.goto("/bereit/profil").await;
    for (field, text) in
        [("street", "Am Kai 3"), ("postcode", "24937"), ("city", "Flensburg"), ("phone", "0461 5550100")]
    {
        freelancer.fill(field, text).await;
    }
    let country = freelancer.client.find(Locator::Css("#country")).await.unwrap();
    country.select_by_value("DE").await.unwrap();
    click(freelancer, "input[name=employed][value=nein]").await;
    click(freelancer, "input[name=tax][value=small]").await;
    freelancer.press("Profil speichern").await;
}

async fn uploads_the_licence(way: &Way, freelancer: &Browser) {
    let file = way.portal.portal.config.data_dir.join("gewerbe.jpg");
    std::fs::write(&file, seed::photo()).unwrap();
    freelancer.goto("/bereit/unterlagen/gewerbeschein").await;
    let input = freelancer.client.wait().for_element(Locator::Css("#file")).await.expect("a file input");
    input.send_keys(file.to_str().unwrap()).await.unwrap();
    freelancer.press("Hochladen").await;
    says(freelancer, "Deine Unterlage ist da.").await;
}

async fn reviews_the_licence(way: &Way) {
    let recruiter = seed::staff(way.db(), Role::Recruiter).await;
    let recruiter = way.open(&recruiter).await;
    recruiter.goto("/verwaltung/unterlagen").await;
    recruiter.follow(&format!("{}: Gewerbeschein", way.person.name)).await;
    recruiter.press("Anerkennen").await;
    says(&recruiter, "anerkannt").await;
    close(recruiter).await;
}

async fn confirms_the_contract(way: &Way, freelancer: &Browser) {
    seed::contract(way.db(), &way.campaign).await;
    freelancer.goto(&format!("/bereit/vertrag/{}", way.campaign.slug)).await;
    click(freelancer, "input[name=gelesen]").await;
    freelancer.press("Verbindlich bestätigen").await;
    says(freelancer, "Deine Vertragsunterlagen sind bestätigt.").await;
}

async fn publishes_the_briefing(way: &Way) {
    let officer = seed::staff(way.db(), Role::PrivacyOfficer).await;
    let officer = way.open(&officer).await;
    officer.goto("/verwaltung/unterweisung").await;
    officer.press("Vorlage übernehmen").await;
    officer.goto("/verwaltung/unterweisung/entwurf/veroeffentlichung").await;
    click(&officer, "main form button").await;
    says(&officer, "Die Unterweisung ist veröffentlicht.").await;
    close(officer).await;
}

async fn passes_the_briefing(way: &Way, freelancer: &Browser) {
    freelancer.goto("/bereit/unterweisung").await;
    freelancer.follow("Weiter zu den Fragen").await;
    let right: Vec<(uuid::Uuid, i16)> =
        sqlx::query_as("select id, right_answer from briefing_question order by position")
            .fetch_all(way.db())
            .await
            .unwrap();
    for (question, answer) in right {
        click(freelancer, &format!("input[name='q-{question}'][value='{answer}']")).await;
    }
    freelancer.press("Antworten prüfen").await;
    freelancer.goto("/bereit/unterweisung/bestaetigung").await;
    freelancer.press("Bestätigen").await;
    says(freelancer, "Die Unterweisung ist bestätigt.").await;
}

async fn is_trained(way: &Way, freelancer: Browser) {
    let trainer = seed::staff(way.db(), Role::Trainer).await;
    let course = training::course(way.db(), &way.campaign).await;
    let date = training::date(way.db(), course, &trainer, &[TRAINING], 4).await;
    freelancer.goto("/schulungen").await;
    freelancer.press("Anmelden: Mo, 30.11., 09:00–13:00 Uhr").await;
    says(&freelancer, "angemeldet").await;
    close(freelancer).await;

    way.portal.set_time(TRAINING + Duration::HOUR);
    let trainer = way.open(&trainer).await;
    trainer.goto(&format!("/verwaltung/schulungen/{date}")).await;
    click(&trainer, "input[name=t]").await;
    trainer.press("Häkchen speichern").await;
    trainer.follow(&format!("Ergebnis schreiben: {}", way.person.name)).await;
    click(&trainer, "input[name=ergebnis][value=bestanden]").await;
    trainer.press("Ergebnis speichern und mailen").await;
    says(&trainer, "Das Ergebnis steht.").await;
    close(trainer).await;
}

async fn finds_a_mentor(way: &Way) -> Person {
    let mentor = seed::qualified(way.db(), &way.campaign).await;
    let first = seed::shift(way.db(), &way.campaign, date!(2026 - 12 - 02), 9, 4, 2).await;
    seed::booking(way.db(), &mentor, first).await;
    let offering = way.open(&mentor).await;
    offering.goto("/pat").await;
    offering.press("Pat*in werden").await;
    says(&offering, "wartet auf Bestätigung").await;
    close(offering).await;
    let planner = seed::staff(way.db(), Role::Planner).await;
    let planner = way.open(&planner).await;
    planner.goto("/verwaltung/erste-schichten").await;
    click(&planner, "form[action*='/paten/'] button").await;
    says(&planner, "ist Pat*in.").await;
    close(planner).await;
    mentor
}

async fn sits_beside(way: &Way, mentor: &Person) {
    let freelancer = way.freelancer().await;
    freelancer.goto("/erste-schichten").await;
    click(&freelancer, "button[formaction$='/platz']").await;
    says(&freelancer, &format!("Neben dir sitzt {}.", mentor.name)).await;
    close(freelancer).await;
    way.portal.set_time(AFTER_FIRST);
    let signing = way.open(mentor).await;
    signing.goto("/pat").await;
    signing.fill("wort", "Ruhig und freundlich, alles saß.").await;
    click(&signing, "button[value=abgenommen]").await;
    says(&signing, &format!("{} ist jetzt einsatzbereit.", way.person.name)).await;
    close(signing).await;
}

async fn books_a_shift(way: &Way) {
    let shift = seed::shift(way.db(), &way.campaign, date!(2026 - 12 - 08), 9, 4, 2).await;
    let freelancer = way.freelancer().await;
    freelancer.goto("/schichten/frei").await;
    click(&freelancer, &format!("button[formaction='/schichten/{shift}/buchung']")).await;
    says(&freelancer, "Gebucht: Di, 8.12.").await;
    close(freelancer).await;
    let booked: Option<AccountId> = sqlx::query_scalar(
        "select freelancer_id from booking where shift_id = $1 and kind = 'seat' and released_at is null",
    )
    .bind(shift)
    .fetch_optional(way.db())
    .await
    .unwrap();
    assert_eq!(booked, Some(way.person.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_invitation_to_the_first_booked_shift() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    sqlx::query("update campaign set first_shifts = 1 where id = $1")
        .bind(campaign.id)
        .execute(&portal.db)
        .await
        .unwrap();
    let mut person = seed::applicant(&portal.db).await;
    let mut way = Way { portal, campaign, person: person.clone() };
    accepts_the_offer(&way).await;
    person.roles.push(Role::Freelancer);
    way.person = person;
    let freelancer = uses_the_invitation(&way).await;
    fills_the_profile(&freelancer).await;
    uploads_the_licence(&way, &freelancer).await;
    reviews_the_licence(&way).await;
    confirms_the_contract(&way, &freelancer).await;
    publishes_the_briefing(&way).await;
    passes_the_briefing(&way, &freelancer).await;
    is_trained(&way, freelancer).await;
    let mentor = finds_a_mentor(&way).await;
    sits_beside(&way, &mentor).await;
    books_a_shift(&way).await;
}
