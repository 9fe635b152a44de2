//! Freelancers book and release in a real browser, and every page is looked at: light and dark, at a desk and on a
//! phone, with what it shows when something is wrong.

use std::time::{Duration, Instant};

use fantoccini::Locator;
use portal::accounts::link::Purpose;
use portal::accounts::role::Role;
use portal::id::ShiftId;
use serde_json::json;
use time::Date;
use time::macros::date;

use crate::chromium::{Browser, SCHEMES, WIDTHS};
use crate::seed::{self, Campaign, Person};
use crate::server::TestPortal;

const DAY: Date = date!(2026 - 12 - 02);

/// A campaign whose list and grid show every state, as this person sees them.
pub struct Scene {
    pub portal: TestPortal,
    pub campaign: Campaign,
    person: Person,
    free: ShiftId,
    pub own: ShiftId,
}

impl Scene {
    pub async fn new() -> Self {
        let portal = TestPortal::new().await;
        let db = &portal.db;
        let campaign = seed::campaign(db).await;
        let (person, other) = (seed::qualified(db, &campaign).await, seed::qualified(db, &campaign).await);
        let free = seed::shift(db, &campaign, DAY, 9, 4, 2).await;
        let own = seed::shift(db, &campaign, DAY, 14, 4, 2).await;
        let full = seed::shift(db, &campaign, DAY, 19, 3, 1).await;
        seed::shift(db, &campaign, DAY, 16, 4, 2).await;
        // Released only with the planner's help: its deadline is over.
        let soon = seed::shift(db, &campaign, date!(2026 - 11 - 23), 18, 4, 2).await;
        let past = seed::shift(db, &campaign, date!(2026 - 11 - 18), 9, 6, 2).await;
        for shift in [own, soon, past] {
            seed::booking(db, &person, shift).await;
        }
        seed::booking(db, &other, full).await;
        seed::draft(db, &campaign, date!(2026 - 12 - 09), 9, 4, 2).await;
        seed::holiday(db, &campaign, date!(2026 - 12 - 24)).await;
        Self { portal, campaign, person, free, own }
    }

    fn grid(&self) -> String {
        format!("/schichtplan?kampagne={}&woche=2026-W49", self.campaign.slug)
    }
}

/// Waits until a message begins like this, at most ten seconds; returns it.
async fn flash(browser: &Browser, begin: &str) -> String {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let found = browser.client.find(Locator::Css("main > .flash, .flash[role]")).await;
        let text = match found {
            Ok(element) => element.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        };
        if text.starts_with(begin) || Instant::now() > end {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Clicks the label around a field, as a thumb does.
async fn tap(browser: &Browser, field: &str) {
    let path = format!("//label[.//input[{field}]]");
    let label = browser.client.find(Locator::XPath(&path)).await.expect(field);
    // Into the middle, away from the navigation at the lower edge of a phone.
    let arguments = vec![serde_json::to_value(&label).expect("an element")];
    let script = "arguments[0].scrollIntoView({ block: 'center' })";
    browser.client.execute(script, arguments).await.expect(field);
    label.click().await.expect(field);
}

async fn book_and_release(browser: &Browser, scene: &Scene, width: u32) -> Vec<String> {
    let mut said = Vec::new();
    browser.size(width).await;
    browser.goto(&format!("/schichten/frei?ab={DAY}")).await;
    browser.press("Mittwoch, 2. Dezember, 09:00–13:00 Uhr buchen").await;
    said.push(flash(browser, "Gebucht").await);
    browser.press("Mittwoch, 2. Dezember, 09:00–13:00 Uhr freigeben").await;
    said.push(flash(browser, "Freigegeben").await);

    browser.goto(&scene.grid()).await;
    if width < 600 {
        tap(browser, "@name='tag' and @value='3'").await;
    }
    tap(browser, &format!("@name='s' and @value='{}'", scene.free)).await;
    browser.press("Jetzt buchen").await;
    said.push(flash(browser, "1 Schicht gebucht.").await);
    browser.goto(&format!("/schichten/{}", scene.free)).await;
    browser.press("Freigeben").await;
    said.push(flash(browser, "Freigegeben").await);
    said
}

#[tokio::test]
async fn a_freelancer_books_and_releases_in_list_and_grid_at_desk_and_phone_with_and_without_script() {
    let scene = Scene::new().await;
    for script in [true, false] {
        let browser = match script {
            true => Browser::open(&scene.portal, Some(&scene.person)).await,
            false => Browser::without_script(&scene.portal, Some(&scene.person)).await,
        };
        for width in WIDTHS {
            let said = book_and_release(&browser, &scene, width).await;
            let complaints = browser.complaints().await;
            let begins = ["Gebucht", "Freigegeben", "1 Schicht gebucht.", "Freigegeben"];
            for (said, begin) in said.iter().zip(begins) {
                assert!(said.starts_with(begin), "{begin} at {width} px, script {script}: {said:?}");
            }
            assert_eq!(complaints, Vec::<String>::new(), "{width} px, script {script}");
        }
        browser.close().await;
    }
    let made: i64 = sqlx::query_scalar("select count(*) from booking where shift_id = $1 and released_at is not null")
        .bind(scene.free)
        .fetch_one(&scene.portal.db)
        .await
        .unwrap();
    assert_eq!(made, 8, "two at each width, with and without script");
}

#[tokio::test]
async fn booking_in_the_list_keeps_its_place_and_the_other_ticks() {
    let scene = Scene::new().await;
    for hour in 6..21 {
        seed::shift(&scene.portal.db, &scene.campaign, date!(2026 - 12 - 03), hour, 1, 1).await;
    }
    let browser = Browser::open(&scene.portal, Some(&scene.person)).await;
    browser.size(390).await;
    browser.goto(&format!("/schichten/frei?ab={DAY}")).await;
    tap(&browser, "../span/b[text()='06:00–07:00']").await;
    let path = "//button[@aria-label='Donnerstag, 3. Dezember, 19:00–20:00 Uhr buchen']";
    let button = browser.client.find(Locator::XPath(path)).await.unwrap();
    let script = "arguments[0].scrollIntoView({ block: 'center' }); window.same = true;
        new MutationObserver(() => { window.fresh = true }).observe(document.body, { attributeFilter: ['data-fresh'] });
        return scrollY";
    let before = browser.client.execute(script, vec![serde_json::to_value(&button).unwrap()]).await.unwrap();
    button.click().await.unwrap();
    let said = flash(&browser, "Gebucht").await;
    // A second click while the page is fresh, on whatever has come under the pointer, books nothing more.
    let hasty = "document.body.dataset.fresh = '';
        document.querySelector('main form.basket').requestSubmit(document.querySelector('[formaction$=buchung]'));
        delete document.body.dataset.fresh; return window.fresh ?? false";
    let was_fresh = browser.client.execute(hasty, vec![]).await.unwrap();
    let look = "return [window.same ?? false, scrollY, document.querySelectorAll(':checked[name=s]').length,
        document.querySelector('main > .flash')?.getBoundingClientRect().top ?? -1]";
    let seen: (bool, f64, u32, f64) =
        serde_json::from_value(browser.client.execute(look, vec![]).await.unwrap()).unwrap();
    // The line breaks: it is said, and the button works again once the line does.
    let line = |offline| json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    browser.cdp("Network.emulateNetworkConditions", line(true)).await;
    browser.press("Donnerstag, 3. Dezember, 18:00–19:00 Uhr buchen").await;
    let unanswered = flash(&browser, "Es kam keine Antwort.").await;
    browser.cdp("Network.emulateNetworkConditions", line(false)).await;
    browser.press("Donnerstag, 3. Dezember, 18:00–19:00 Uhr buchen").await;
    let again = flash(&browser, "Gebucht").await;
    let complaints = browser.complaints().await;
    browser.close().await;
    assert!(said.starts_with("Gebucht"), "{said:?}");
    assert!(
        unanswered.starts_with("Es kam keine Antwort.") && again.contains("18:00–19:00"),
        "{unanswered:?}, {again:?}"
    );
    assert_eq!(was_fresh, true, "the answer left no moment in which clicks are not meant");
    let (same, scrolled, ticks, top) = seen;
    assert!(same && ticks == 1, "the page was loaded again: {seen:?}");
    let before = before.as_f64().unwrap();
    assert!(before > 400.0 && (scrolled - before).abs() < 200.0, "from {before}: {seen:?}");
    assert!((0.0..300.0).contains(&top), "the message is out of sight: {seen:?}");
    assert_eq!(complaints, Vec::<String>::new());
    let booked: i64 = sqlx::query_scalar("select count(*) from booking where booked_at = $1")
        .bind(scene.portal.now())
        .fetch_one(&scene.portal.db)
        .await
        .unwrap();
    assert_eq!(booked, 2, "the two that were meant");
}

/// Looks at pages in one browser: each is loaded once, then seen at both widths in both schemes.
pub struct Eye {
    pub browser: Browser,
    findings: Vec<String>,
}

impl Eye {
    pub async fn open(portal: &TestPortal, person: Option<&Person>) -> Self {
        Self { browser: Browser::open(portal, person).await, findings: Vec::new() }
    }

    pub async fn open_page(&mut self, path: &str) {
        self.browser.goto(path).await;
        let shown = self.browser.path().await;
        if shown != path {
            self.findings.push(format!("{path} led to {shown}"));
        }
        self.shown(path).await;
    }

    /// Sends the form of this button as it is, and looks at the errors that come back.
    pub async fn errors_of(&mut self, path: &str, button: &str) {
        self.browser.goto(path).await;
        self.browser.press(button).await;
        let end = Instant::now() + Duration::from_secs(10);
        let alert = Locator::Css("p.error, [aria-invalid=true]");
        while self.browser.client.find(alert).await.is_err() && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        if self.browser.client.find(alert).await.is_err() {
            self.findings.push(format!("{path}: „{button}“ brought no error"));
        }
        self.shown(&format!("errors of {path}")).await;
    }

    /// Opens everything that can be opened on the page that is shown.
    pub async fn unfold(&mut self, what: &str) {
        let open = "document.querySelectorAll('details').forEach(d => d.open = true)";
        self.browser.client.execute(open, Vec::new()).await.unwrap();
        self.shown(what).await;
    }

    pub async fn shown(&mut self, what: &str) {
        // Before axe: it puts a style of its own into the page, against the policy.
        let complaints = self.browser.complaints().await;
        self.findings.extend(complaints.into_iter().map(|complaint| format!("{what}: {complaint}")));
        for width in WIDTHS {
            self.browser.size_whole(width).await;
            for scheme in SCHEMES {
                self.browser.scheme(scheme).await;
                // Colours are on their way for a moment: what counts is where they end.
                let settle = "document.getAnimations().forEach(animation => animation.finish())";
                self.browser.client.execute(settle, Vec::new()).await.unwrap();
                let found = self.browser.axe().await;
                self.findings.extend(found.into_iter().map(|f| format!("{what} at {width} px, {scheme}: {f}")));
            }
            if self.browser.overflows().await {
                self.findings.push(format!("{what} at {width} px: the page is wider than the window"));
            }
        }
        self.browser.complaints().await;
    }

    pub async fn close(self) {
        self.browser.close().await;
        assert!(self.findings.is_empty(), "\n{}\n", self.findings.join("\n"));
    }
}

#[tokio::test]
async fn the_pages_of_freelancers_are_accessible() {
    let scene = Scene::new().await;
    let mut eye = Eye::open(&scene.portal, Some(&scene.person)).await;
    eye.open_page("/schichten/frei").await;
    eye.unfold("/schichten/frei, unfolded").await;
    eye.open_page(&scene.grid()).await;
    eye.unfold("/schichtplan, unfolded").await;
    eye.open_page("/meine-schichten").await;
    eye.unfold("/meine-schichten, unfolded").await;
    for shift in [scene.free, scene.own] {
        eye.open_page(&format!("/schichten/{shift}")).await;
    }
    eye.open_page("/konto").await;
    eye.errors_of("/konto", "Passwort ändern").await;
    eye.errors_of("/konto/adresse", "Link an die neue Adresse schicken").await;
    eye.close().await;
}

#[tokio::test]
async fn the_pages_of_access_are_accessible() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let link = seed::link(&portal.db, &person, Purpose::PasswordReset).await;
    let mut eye = Eye::open(&portal, None).await;
    eye.open_page("/passwort-vergessen").await;
    eye.errors_of("/anmeldung", "Anmelden").await;
    eye.open_page(&format!("/zugang/{link}")).await;
    eye.open_page("/zugang/abgelaufen").await;
    eye.close().await;
}

#[tokio::test]
async fn the_pages_of_planners_are_accessible() {
    let scene = Scene::new().await;
    let planner = seed::staff(&scene.portal.db, Role::Planner).await;
    let mut eye = Eye::open(&scene.portal, Some(&planner)).await;
    let campaign = format!("/verwaltung/kampagnen/{}", scene.campaign.slug);
    for path in ["/verwaltung", "/verwaltung/kampagnen", &campaign] {
        eye.open_page(path).await;
    }
    for below in ["/oeffnungszeiten", "/ausnahmen", "/ende"] {
        eye.open_page(&format!("{campaign}{below}")).await;
    }
    eye.errors_of("/verwaltung/kampagnen/neu", "Kampagne anlegen").await;
    eye.open_page("/verwaltung/freelancer").await;
    eye.open_page(&format!("/verwaltung/freelancer/{}", scene.person.id)).await;
    eye.errors_of("/verwaltung/freelancer/neu", "Einladung schicken").await;
    eye.close().await;
}

#[tokio::test]
async fn the_pages_of_administrators_are_accessible() {
    let portal = TestPortal::new().await;
    let administrator = seed::staff(&portal.db, Role::Administrator).await;
    let other = seed::staff(&portal.db, Role::Trainer).await;
    let mut eye = Eye::open(&portal, Some(&administrator)).await;
    eye.open_page("/verwaltung/konten").await;
    eye.open_page(&format!("/verwaltung/konten/{}", other.id)).await;
    eye.open_page(&format!("/verwaltung/konten/{}/ende", other.id)).await;
    eye.errors_of("/verwaltung/konten/neu", "Einladung schicken").await;
    eye.close().await;
}

#[tokio::test]
async fn the_start_page_and_postings_are_accessible() {
    let portal = TestPortal::new().await;
    let (campaign, closed) = (seed::campaign(&portal.db).await, seed::campaign(&portal.db).await);
    for campaign in [&campaign, &closed] {
        seed::posting(&portal.db, campaign).await;
    }
    let text = "update posting set tasks = E'Du **hilfst**:\n\n- am Telefon\n\n### Mehr\n\n[Start](/)', restriction = 'Nur hier.'";
    sqlx::query(text).execute(&portal.db).await.unwrap();
    let close = "update posting set closed_at = $2 where campaign_id = $1";
    sqlx::query(close).bind(closed.id).bind(portal.now()).execute(&portal.db).await.unwrap();
    let mut eye = Eye::open(&portal, None).await;
    eye.open_page("/").await;
    eye.open_page("/?zeiten=abends&kanal=phone").await;
    eye.open_page(&format!("/stellen/{}", campaign.slug)).await;
    eye.open_page(&format!("/stellen/{}", closed.slug)).await;
    eye.close().await;
}

#[tokio::test]
async fn the_pages_of_recruiters_are_accessible() {
    let portal = TestPortal::new().await;
    let (campaign, other) = (seed::campaign(&portal.db).await, seed::campaign(&portal.db).await);
    seed::posting(&portal.db, &campaign).await;
    let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
    let mut eye = Eye::open(&portal, Some(&recruiter)).await;
    let path = format!("/verwaltung/stellen/{}", campaign.slug);
    eye.open_page("/verwaltung/stellen").await;
    eye.open_page(&path).await;
    eye.browser.press("Vorschau").await;
    eye.shown("the preview of a posting").await;
    eye.open_page(&format!("{path}/vorschau")).await;
    eye.open_page(&format!("{path}/fragen")).await;
    eye.browser.press("Frage hinzufügen").await;
    eye.browser.press("Fragen speichern").await;
    eye.shown("errors of the questions").await;
    eye.errors_of(&format!("/verwaltung/stellen/{}", other.slug), "Als Entwurf speichern").await;
    eye.close().await;
}
