//! `/verwaltung/datenschutz/vorschau`: what the next thirty nights will erase, in figures by day.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::Date;

use super::Tab;
use super::overview::AHEAD;
use crate::clock::{Zone, german};
use crate::policy::{self, Figure};
use crate::portal::Portal;
use crate::privacy::outlook::{self, Day, Outlook};
use crate::retention::gone::Kind;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Page, filters};

#[derive(Template, WebTemplate)]
#[template(path = "privacy/outlook.html")]
struct OutlookPage {
    layout: Layout,
    tab: Tab,
    today: Date,
    until: Date,
    outlook: Outlook,
    /// How long an account is kept: `90 Tage`.
    account_days: String,
}

impl OutlookPage {
    fn day(&self, day: &Date) -> String {
        german::day(*day)
    }

    fn is_late(&self, day: &Date) -> bool {
        *day < self.today
    }

    fn is_today(&self, day: &Date) -> bool {
        *day == self.today
    }

    /// The cells of a day: words for the phone, and how many.
    fn cells(&self, day: &Day) -> [(&'static str, i64); 5] {
        [
            ("Frist vorbei", day.period),
            ("Entwürfe", day.draft),
            ("Einwilligung endet", day.consent),
            ("auf Wunsch", day.wish),
            ("Konten", day.accounts),
        ]
    }

    fn years(&self) -> Vec<String> {
        self.outlook.years.iter().map(|(kind, n)| of_years(*kind, *n)).collect()
    }
}

fn of_years(kind: Kind, n: usize) -> String {
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    let people = german::count(n, "Person", "Personen");
    match kind {
        Kind::Contracts => format!("Vertragsbestätigungen von {people}"),
        Kind::Briefings => german::count(n, "Ergebnis der Unterweisung", "Ergebnisse der Unterweisung"),
        Kind::Bookings => format!("Buchungen vergangener Jahre von {people}"),
        Kind::Fees => format!("Zeilen des Beitragsbuchs von {people}"),
        // These go by days and months.
        Kind::Dossier | Kind::Person | Kind::Account => people,
    }
}

/// `GET /verwaltung/datenschutz/vorschau`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now) -> Answer {
    let today = Zone::berlin().date(now);
    let until = today + AHEAD;
    let policy = policy::at(&portal.db, now).await?;
    let outlook = outlook::load(&portal.db, &policy, until).await?;
    let (layout, account_days) = (page.layout("Vorschau der Löschungen"), policy.said(Figure::AccountDays));
    Ok(OutlookPage { layout, tab: Tab::Outlook, today, until, outlook, account_days }.into_response())
}
