//! `/verwaltung/datenschutz`: the state at a glance, and the requests with their clock.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::{Duration, OffsetDateTime};

use super::Tab;
use crate::clock::{Zone, german};
use crate::health::{self, Health, WISH_ALARM};
use crate::policy::{self, Figure};
use crate::portal::Portal;
use crate::privacy::nights::{self, Night, Queue};
use crate::privacy::outlook;
use crate::privacy::pending::{self, Clock, Request};
use crate::privacy::proof::{self, Check, State as Ledger};
use crate::retention::hold::{self, State as Stand};
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Page, filters};

/// Days of the preview.
pub(super) const AHEAD: Duration = Duration::days(30);

#[derive(Template, WebTemplate)]
#[template(path = "privacy/overview.html")]
struct OverviewPage {
    layout: Layout,
    tab: Tab,
    health: Health,
    troubles: Vec<String>,
    /// The ledger's last check.
    check: Option<Check>,
    /// Dossiers and accounts of the next days.
    due_soon: i64,
    last_night: Option<Night>,
    queue: Queue,
    holding: usize,
    /// Holds that wait for the second person.
    waiting_holds: usize,
    requests: Vec<Request>,
    unconfirmed: i64,
    /// How long a wish may stand.
    allowed: Duration,
    now: OffsetDateTime,
}

impl OverviewPage {
    fn moment(&self, at: &OffsetDateTime) -> String {
        super::moment(at)
    }

    fn is_calm(&self) -> bool {
        self.troubles.is_empty()
    }

    fn overdue(&self) -> i64 {
        self.health.erasure_overdue + self.health.accounts_overdue
    }

    /// Tone and icon of a figure that should be 0.
    fn tone(&self, n: &i64) -> (&'static str, &'static str) {
        if *n == 0 { ("ok", "check") } else { ("bad", "circle-alert") }
    }

    /// Tone, icon and words of the ledger's state.
    fn ledger(&self, check: &Check) -> (&'static str, &'static str, String) {
        match check.state {
            Ledger::Intact => {
                ("ok", "check", format!("unverändert: {}", german::count(check.position, "Eintrag", "Einträge")))
            }
            Ledger::Broken => ("bad", "circle-alert", format!("verändert ab Eintrag {}", check.position)),
            Ledger::CopyDiffers => ("bad", "circle-alert", "Kopie weicht ab".into()),
        }
    }

    fn who(&self, request: &Request) -> String {
        let roles = [
            (request.applies, "Bewerber*in"),
            (request.is_freelancer, "Freelancer*in"),
            (request.is_staff, "Team: erst den Zugang beenden"),
        ];
        roles.into_iter().filter(|(is_one, _)| *is_one).map(|(_, said)| said).collect::<Vec<_>>().join(", ")
    }

    fn stands(&self, request: &Request) -> String {
        let stands = self.now - request.requested_at;
        match stands.whole_hours() {
            0 => format!("{} min", stands.whole_minutes()),
            n => format!("{n} h"),
        }
    }

    fn until(&self, request: &Request) -> String {
        self.moment(&(request.requested_at + self.allowed))
    }

    /// Tone, icon and words of a request's clock.
    fn clock(&self, request: &Request) -> (&'static str, &'static str, String) {
        match request.clock(self.allowed, self.now) {
            Clock::InTime => ("ok", "check", "in der Zeit".into()),
            Clock::Alarm => ("warn", "clock", "bald zu spät".into()),
            Clock::Late => ("bad", "circle-alert", "zu spät".into()),
            Clock::Held(until) => ("info", "lock", format!("gesperrt bis {}", german::date(until))),
        }
    }

    fn hours(&self) -> i64 {
        self.allowed.whole_hours()
    }

    fn alarm_hours(&self) -> i64 {
        (self.allowed - WISH_ALARM).whole_hours()
    }

    /// `2 Anfragen per Mail warten …`
    fn unconfirmed(&self) -> String {
        german::count(self.unconfirmed, "Anfrage per Mail wartet", "Anfragen per Mail warten")
    }
}

/// `GET /verwaltung/datenschutz`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now) -> Answer {
    let db = &portal.db;
    let today = Zone::berlin().date(now);
    let policy = policy::at(db, now).await?;
    let health = health::look(db, now).await?;
    let coming = outlook::load(db, &policy, today + AHEAD).await?.total();
    let holds = hold::list(db, today).await?;
    let in_state = |state| holds.iter().filter(|hold| hold.state(today) == state).count();
    let page = OverviewPage {
        layout: page.layout("Datenschutz"),
        tab: Tab::Overview,
        troubles: health.erasure_troubles(now),
        health,
        check: proof::last(db).await?,
        due_soon: coming.dossiers() + coming.accounts,
        last_night: nights::list(db, 1, 0).await?.pop(),
        queue: nights::queue(db).await?,
        holding: in_state(Stand::Holds),
        waiting_holds: in_state(Stand::Waiting),
        requests: pending::list(db, now).await?,
        unconfirmed: pending::unconfirmed(db, now).await?,
        allowed: policy.duration(Figure::DeletionRequestHours),
        now,
    };
    Ok(page.into_response())
}
