//! One application as staff see it: all that hangs on it, and the steps that can be taken now.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as With;
use axum::response::{IntoResponse, Response};
use time::{Date, OffsetDateTime};

use super::beside::Beside;
use super::opinions::OpinionForm;
use super::said::{self, Badge};
use super::words;
use super::{find, path};
use crate::applications::application::{Application, State};
use crate::applications::dossier::{self, Dossier, Happened, Other};
use crate::applications::introduction;
use crate::applications::note::{self, Note};
use crate::applications::opinion::{self, CRITERIA, Opinion, Opinions, Verdict};
use crate::applications::pages::playback::Player;
use crate::applications::pipeline::due_on;
use crate::applications::viewing::{self, View};
use crate::campaigns::{country, language};
use crate::clock::{Zone, german};
use crate::id::ApplicationId;
use crate::portal::Portal;
use crate::retention::{self, day::ErasureDay};
use crate::web::form::{Errors, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Layout, Me, Page, filters, unprocessable};

/// What was typed into the page's forms; empty where nothing was.
#[derive(Debug, Default)]
pub struct Typed {
    pub note: String,
    pub question: String,
    /// `2026-11-25`; `None`: as it is.
    pub due: Option<String>,
    pub opinion: Option<OpinionForm>,
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/staff_dossier.html")]
struct DossierPage {
    layout: Layout,
    beside: Beside,
    application: Application,
    dossier: Dossier,
    notes: Vec<Note>,
    opinions: Opinions,
    player: Option<Player>,
    views: Vec<View>,
    erased: Option<ErasureDay>,
    today: Date,
    typed: Typed,
    errors: Errors,
}

impl DossierPage {
    async fn load(
        portal: &Portal,
        page: &Page,
        me: &Me,
        id: ApplicationId,
        (typed, errors): (Typed, Errors),
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let application = find(portal, me, id).await?;
        let dossier = dossier::load(&portal.db, id, application.applicant).await?.ok_or(Error::NotFound)?;
        // A text is read right here; a recording's look is logged when it is opened.
        if dossier.introduction.as_ref().is_some_and(|introduction| introduction.body.is_some()) {
            introduction::note_view(&portal.db, id, me.account, now).await?;
        }
        let today = Zone::berlin().date(now);
        Ok(Self {
            layout: page.layout(&application.name),
            beside: Beside::load(&portal.db, id, today).await?,
            notes: note::list(&portal.db, id).await?,
            opinions: opinion::seen_by(&portal.db, id, me.account).await?,
            player: dossier.introduction.as_ref().and_then(|i| Player::of(i, path(id, "/vorstellung/datei"))),
            views: viewing::list(&portal.db, id).await?,
            erased: retention::dossier::day_of(&mut *portal.db.acquire().await?, id, now).await?,
            today,
            application,
            dossier,
            typed,
            errors,
        })
    }

    fn stand(&self) -> Badge {
        said::state(self.application.state)
    }

    fn is_open(&self) -> bool {
        self.application.state.is_open()
    }

    fn is_held(&self) -> bool {
        self.erased.is_some_and(|day| day.is_held())
    }

    /// The due date, as the list reckons it.
    fn due_on(&self) -> Option<Date> {
        let fallback = || self.application.submitted_on.and_then(|on| due_on(State::Introduced, on));
        self.is_open().then(|| self.application.due_on.or_else(fallback)).flatten()
    }

    fn due(&self) -> Option<Badge> {
        said::due(self.due_on(), self.today)
    }

    fn due_typed(&self) -> String {
        let iso = |day: Date| format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day());
        self.typed.due.clone().unwrap_or_else(|| self.due_on().map_or_else(String::new, iso))
    }

    fn submitted(&self) -> String {
        self.application.submitted_on.map_or_else(String::new, german::date)
    }

    fn erasure_day(&self) -> String {
        self.erased.map_or_else(|| "–".into(), |day| german::date(day.on))
    }

    fn erasure(&self) -> Option<Badge> {
        said::erasure(self.erased.map(|day| day.on), self.today)
    }

    fn place(&self) -> String {
        let profile = &self.dossier.profile;
        let country = profile.country.as_deref().map(country::name);
        [profile.place.as_deref(), country].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    fn languages(&self) -> String {
        self.dossier.profile.languages.iter().map(|tag| language::name(tag)).collect::<Vec<_>>().join(", ")
    }

    fn trade(&self) -> &'static str {
        words::trade(self.dossier.profile.trade.as_deref())
    }

    /// What the person says they have: words, and whether.
    fn equipment(&self) -> [(&'static str, Option<bool>); 5] {
        let profile = &self.dossier.profile;
        [
            ("Rechner mit Windows", profile.has_windows),
            ("USB-Headset", profile.has_headset),
            ("LAN-Kabel", profile.has_lan),
            ("Schnelle Leitung", profile.has_line),
            ("Abschließbarer Raum", profile.has_room),
        ]
    }

    fn introduction_said(&self) -> Option<String> {
        let introduction = self.dossier.introduction.as_ref()?;
        Some(said::introduction(Some(introduction.kind), introduction.length_ms))
    }

    fn may_begin(&self) -> bool {
        self.is_open() && self.application.review_started_at.is_none() && self.dossier.introduction.is_some()
    }

    fn may_invite(&self) -> bool {
        matches!(self.application.state, State::New | State::Introduced) && !self.is_offered()
    }

    fn may_note_talk(&self) -> bool {
        self.application.state == State::Invited && !self.is_offered()
    }

    /// After the interview; to a freelancer at any time.
    fn may_offer(&self) -> bool {
        let in_time = self.application.state == State::Talked || self.dossier.profile.is_freelancer;
        self.is_open() && in_time && !self.is_offered()
    }

    fn is_offered(&self) -> bool {
        self.application.offered_at.is_some()
    }

    fn slot(&self) -> Option<String> {
        let slot = self.dossier.slot.as_ref()?;
        let (from, to) = (Zone::berlin().local(slot.starts_at), Zone::berlin().local(slot.ends_at));
        Some(format!("{}, {} Uhr", german::day(from.date()), german::span(from.time(), to.time())))
    }

    fn day(&self, at: &OffsetDateTime) -> String {
        said::day(*at)
    }

    fn moment(&self, at: &OffsetDateTime) -> String {
        said::moment(*at)
    }

    fn other_stand(&self, other: &Other) -> &'static str {
        crate::applications::pipeline::label(other.state)
    }

    fn note_hint(&self) -> String {
        format!("{} darf sie lesen, etwa in einer angeforderten Kopie der eigenen Daten.", self.application.name)
    }

    /// `48,2 Mbit/s`
    fn mbit(&self, kbit: &i32) -> String {
        format!("{},{} Mbit/s", kbit / 1000, kbit % 1000 / 100)
    }

    fn happened(&self, happened: &Happened) -> String {
        words::happened(happened)
    }

    /// Who gave opinions, in the order of the table's columns: one's own first.
    fn opinion_columns(&self) -> Vec<&Opinion> {
        self.opinions.own.iter().chain(&self.opinions.others).collect()
    }

    /// The criteria with everybody's verdicts.
    fn opinion_rows(&self) -> Vec<(&'static str, Vec<Verdict>)> {
        let of = |n: usize| self.opinion_columns().iter().map(|opinion| opinion.verdicts[n]).collect();
        CRITERIA.iter().enumerate().map(|(n, (_, words))| (*words, of(n))).collect()
    }

    fn opinion_form(&self) -> OpinionForm {
        let own = || self.opinions.own.as_ref().map(OpinionForm::from).unwrap_or_default();
        self.typed.opinion.clone().unwrap_or_else(own)
    }
}

/// `GET /verwaltung/bewerbungen/{id}`
pub async fn show(
    With(portal): With<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
) -> Answer {
    let nothing = (Typed::default(), Errors::default());
    Ok(DossierPage::load(&portal, &page, &me, id, nothing, now).await?.into_response())
}

/// The page again, with what was typed and what is wrong with it.
pub async fn again(
    portal: &Portal,
    page: &Page,
    me: &Me,
    id: ApplicationId,
    typed: (Typed, Errors),
    now: OffsetDateTime,
) -> Result<Response, Error> {
    Ok(unprocessable(DossierPage::load(portal, page, me, id, typed, now).await?))
}
