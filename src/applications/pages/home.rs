//! The applicant's pages: the list of one's applications, and one of them: where it stands, what comes next and when, the
//! day of its erasure, and what one may do with one's data.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::OffsetDateTime;

use super::frame::{Frame, Here};
use crate::accounts::role::Role;
use crate::applications::application::{self, Application, State as Stand};
use crate::applications::form::submission::{Facts, Step};
use crate::applications::interview::{self, Interview};
use crate::clock::{Zone, german};
use crate::id::ApplicationId;
use crate::policy::Figure;
use crate::portal::Portal;
use crate::retention::consent::{self, Consent};
use crate::retention::months;
use crate::retention::wish::{self, Wish};
use crate::web::form::Path;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Me, Page, filters};

#[derive(Template, WebTemplate)]
#[template(path = "applications/list.html")]
struct ListPage {
    layout: Layout,
    applications: Vec<Application>,
}

impl ListPage {
    fn badge(&self, application: &Application) -> (&'static str, &'static str, &'static str) {
        badge(application)
    }

    fn since(&self, application: &Application) -> String {
        match application.submitted_on {
            Some(day) => format!("abgeschickt am {}", german::date(day)),
            None => format!("begonnen am {}", german::date(Zone::berlin().date(application.created_at))),
        }
    }
}

/// Where an application stands as the person reads it: tone, icon, words.
fn badge(application: &Application) -> (&'static str, &'static str, &'static str) {
    match application.state {
        state if state.is_open() && application.offered_at.is_some() => ("info", "mail", "du bist dran"),
        Stand::Draft => ("info", "pencil", "Entwurf"),
        Stand::New => ("info", "video", "Vorstellung fehlt noch"),
        Stand::Introduced => ("info", "eye", "wird durchgesehen"),
        Stand::Invited => ("info", "calendar-plus", "zum Gespräch eingeladen"),
        Stand::Talked => ("info", "hourglass", "Entscheidung steht an"),
        Stand::Accepted => ("ok", "check", "angenommen"),
        Stand::Refused => ("", "x", "abgesagt"),
        Stand::Withdrawn => ("", "undo-2", "zurückgezogen"),
    }
}

/// What comes next: what it is, when, and the one button.
struct Next {
    what: String,
    then: String,
    button: Option<(&'static str, String)>,
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/show.html")]
struct ShowPage {
    layout: Layout,
    frame: Frame,
    facts: Facts,
    next: Next,
    consent: Option<Consent>,
    copy_wished_at: Option<OffsetDateTime>,
    erasure_wished_at: Option<OffsetDateTime>,
    /// Whether this person signs in with a password: mails bring no personal link then.
    has_portal: bool,
    now: OffsetDateTime,
}

impl ShowPage {
    fn badge(&self) -> (&'static str, &'static str, &'static str) {
        badge(&self.facts.application)
    }

    fn is_open(&self) -> bool {
        self.facts.application.state.is_open()
    }

    fn is_offered(&self) -> bool {
        self.is_open() && self.facts.application.offered_at.is_some()
    }

    /// Only what was sent can be kept longer.
    fn may_be_kept(&self) -> bool {
        self.facts.application.submitted_at.is_some() && self.erasure_wished_at.is_none()
    }

    /// Whether the consent ends soon, so that it can be renewed here.
    fn may_be_renewed(&self, consent: &Consent) -> bool {
        consent.is_ending(Zone::berlin().date(self.now))
    }

    fn kept_longer(&self) -> String {
        self.frame.policy.said(Figure::ConsentMonths)
    }

    /// The last day, if the consent is given today.
    fn kept_until(&self) -> String {
        let months = self.frame.policy.value(Figure::ConsentMonths);
        let gone = months::first_day_after(Zone::berlin().date(self.now), months);
        gone.and_then(time::Date::previous_day).map(german::date).unwrap_or_default()
    }

    fn day(&self, at: &OffsetDateTime) -> String {
        german::date(Zone::berlin().date(*at))
    }

    fn erasure_time(&self) -> String {
        self.frame.policy.said_dative(Figure::DeletionRequestHours)
    }
}

/// What comes next, in words that name the day.
fn next(facts: &Facts, frame: &Frame, interview: Option<&Interview>) -> Next {
    let application = &facts.application;
    let path = |name: &str| format!("{}/{name}", frame.path);
    let due = application.due_on.map(|day| format!("Bis {} hörst du von uns.", german::day(day))).unwrap_or_default();
    // One that a hold kept is still there until the next sweep.
    let introduction = if facts.has_introduction { frame.fate.outlook() } else { frame.fate.sentence() };
    let next = |what: &str, then: String, button| Next { what: what.into(), then, button };
    match application.state {
        Stand::Draft => next_of_draft(facts, frame),
        Stand::New => next(
            "Stell dich kurz vor.",
            "Als Video, als Tonaufnahme oder als Text: Alle drei zählen gleich viel.".into(),
            Some(("Zur Vorstellung", path("vorstellung"))),
        ),
        Stand::Introduced if application.review_started_at.is_some() => {
            next("Wir sehen uns deine Bewerbung gerade an.", due, None)
        }
        Stand::Introduced => next("Deine Bewerbung ist vollständig. Jetzt sind wir dran.", due, None),
        Stand::Invited if interview.is_some() => next(
            "Dein Kennenlerngespräch steht.",
            interview.map(|live| format!("{}, mit {}.", live.said(), live.interviewer_name)).unwrap_or_default(),
            Some(("Termin ansehen", path("gespraech"))),
        ),
        Stand::Invited => next(
            "Wir möchten dich kennenlernen.",
            "Wähle einen Termin, der dir passt. Verschieben geht auch später noch.".into(),
            Some(("Termin wählen", path("gespraech"))),
        ),
        Stand::Talked if application.offered_at.is_some() => {
            next("Wir würden gern mit dir arbeiten.", "Jetzt entscheidest du.".into(), None)
        }
        Stand::Talked => next("Danke für das Gespräch. Wir beraten uns.", due, None),
        Stand::Accepted => next(
            "Schön, dass du dabei bist.",
            "Die Mail mit deinem Zugang zum Portal ist unterwegs. Dort geht es mit Unterlagen und Schulung weiter."
                .into(),
            None,
        ),
        Stand::Refused => next(
            "Diesmal hat es nicht gepasst.",
            application.refusal.clone().unwrap_or_default(),
            Some(("Andere Stellen ansehen", "/".into())),
        ),
        Stand::Withdrawn => next(
            "Du hast diese Bewerbung zurückgezogen.",
            introduction.map_or_else(String::new, |said| format!("{said} ")) + "Du kannst dich jederzeit neu bewerben.",
            Some(("Neu bewerben", format!("/stellen/{}/bewerbung", frame.slug))),
        ),
    }
}

/// The first step of the form that is still open.
fn next_of_draft(facts: &Facts, frame: &Frame) -> Next {
    let gaps = facts.gaps();
    let is_open = |step| gaps.iter().any(|gap| gap.step == step);
    let (label, name) = match () {
        () if is_open(Step::Profile) => ("Angaben ausfüllen", "angaben"),
        () if is_open(Step::Questions) => ("Fragen beantworten", "fragen"),
        () if !facts.has_introduction => ("Weiter zur Vorstellung", "vorstellung"),
        () => ("Prüfen und absenden", "absenden"),
    };
    Next {
        what: "Deine Bewerbung ist noch ein Entwurf.".into(),
        then: "Was du eingibst, ist gespeichert. Abgeschickt wird erst, wenn du es sagst.".into(),
        button: Some((label, format!("{}/{name}", frame.path))),
    }
}

/// `GET /bewerbung`
pub async fn list(State(portal): State<Portal>, page: Page, me: Me) -> Answer {
    let applications = application::list_own(&portal.db, me.account.into()).await?;
    Ok(ListPage { layout: page.layout("Meine Bewerbungen"), applications }.into_response())
}

/// `GET /bewerbung/{id}`
pub async fn show(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
) -> Answer {
    let (facts, frame) = Frame::load(&portal, &me, id, Here::Home, now).await?;
    let interview = interview::of(&portal.db, id).await?.filter(Interview::is_live);
    let has_portal = me.roles.contains(&Role::Freelancer);
    let mut next = next(&facts, &frame, interview.as_ref());
    if facts.application.state == Stand::Accepted && has_portal {
        next.then = "Du hast deinen Zugang zum Portal.".into();
        next.button = Some(("Zu den freien Schichten", "/schichten/frei".into()));
    }
    Ok(ShowPage {
        layout: page.layout("Deine Bewerbung"),
        next,
        consent: consent::find(&portal.db, id).await?,
        copy_wished_at: wish::open(&portal.db, me.account, Wish::Copy).await?,
        erasure_wished_at: wish::open(&portal.db, me.account, Wish::Erasure).await?,
        facts,
        frame,
        has_portal,
        now,
    }
    .into_response())
}
