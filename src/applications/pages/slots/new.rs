//! Offering slots: one or a series, with a preview whose rows can be left out.

use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime};

use super::LIST;
use crate::applications::interview::series::{LONGEST, MOST, Proposal, Series};
use crate::applications::interview::slot::{self, Interviewer};
use crate::campaigns::campaign::{self, Campaign};
use crate::clock::week::Week;
use crate::clock::{YEARS, Zone, german, minutes_of};
use crate::id::AccountId;
use crate::portal::Portal;
use crate::web::form::{self, Errors, Form};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub struct SeriesForm {
    #[serde(default)]
    erster: String,
    #[serde(default)]
    letzter: String,
    /// 1 = Monday … 7 = Sunday.
    #[serde(default)]
    tag: Vec<String>,
    #[serde(default)]
    von: String,
    #[serde(default)]
    bis: String,
    #[serde(default)]
    dauer: String,
    #[serde(default)]
    pause: String,
    #[serde(default)]
    wer: Vec<String>,
    #[serde(default)]
    kampagne: String,
    #[serde(default)]
    ort: String,
    /// Ticked proposals.
    #[serde(default)]
    s: Vec<String>,
    /// Which button was pressed.
    #[serde(default)]
    schritt: String,
}

impl SeriesForm {
    fn fresh(me: AccountId) -> Self {
        Self { dauer: "30".into(), pause: "0".into(), wer: vec![me.to_string()], ..Self::default() }
    }

    fn has_day(&self, day: &str) -> bool {
        self.tag.iter().any(|t| t == day)
    }

    fn has_interviewer(&self, id: &AccountId) -> bool {
        self.wer.iter().any(|who| *who == id.to_string())
    }

    fn prove(&self, people: &[Interviewer], campaigns: &[Campaign], now: OffsetDateTime) -> Result<Series, Errors> {
        let mut errors = Errors::default();
        let today = Zone::berlin().date(now);
        let first = errors.take("erster", day(&self.erster, today));
        let last = match self.letzter.trim() {
            "" => first,
            typed => errors.take("letzter", last_day(typed, first.unwrap_or(today))),
        };
        let from = errors.take("von", time(&self.von, "den Beginn"));
        let length = errors.take("dauer", number(&self.dauer, 5, 240));
        let pause = errors.take("pause", number(&self.pause, 0, 240));
        let to = errors.take("bis", end(&self.bis, from, length));
        let interviewers: Vec<_> = people.iter().map(|p| p.id).filter(|id| self.has_interviewer(id)).collect();
        if interviewers.is_empty() {
            errors.add("wer", "Bitte wähle mindestens eine Person.");
        }
        let campaign = campaigns.iter().find(|c| c.slug == self.kampagne).map(|c| c.id);
        if campaign.is_none() && !self.kampagne.is_empty() {
            errors.add("kampagne", "Bitte wähle eine laufende Kampagne.");
        }
        let place = errors.take("ort", place(&self.ort));
        let (Some(first), Some(last), Some(from), Some(to)) = (first, last, from, to) else { return Err(errors) };
        let (Some(length), Some(pause), Some(place)) = (length, pause, place) else { return Err(errors) };
        let weekdays = self.tag.iter().filter_map(|t| t.parse().ok()).filter(|d| (1..=7).contains(d)).collect();
        let series = Series { first, last, weekdays, from, to, length, pause, interviewers, campaign, place };
        match series.count() {
            0 => errors.add("tag", "In diesem Zeitraum liegt keiner der gewählten Tage."),
            n if n > MOST => errors
                .add("letzter", format!("Das wären {n} Termine, auf einmal gehen {MOST}. Bitte kürze den Zeitraum.")),
            _ => {}
        }
        if errors.is_empty() { Ok(series) } else { Err(errors) }
    }
}

fn day(typed: &str, today: Date) -> Result<Date, String> {
    let day = Date::parse(typed.trim(), format_description!("[year]-[month]-[day]")).ok();
    let day = day.filter(|day| YEARS.contains(&day.year())).ok_or("Bitte gib den Tag an, zum Beispiel 1.12.2026.")?;
    if day < today { Err("Dieser Tag ist schon vorbei.".into()) } else { Ok(day) }
}

fn last_day(typed: &str, first: Date) -> Result<Date, String> {
    let last = day(typed, Date::MIN)?;
    match last {
        _ if last < first => Err("Der letzte Tag liegt vor dem ersten.".into()),
        _ if last - first > Duration::days(LONGEST) => {
            Err(format!("Eine Reihe geht über höchstens {LONGEST} Tage. Bitte kürze den Zeitraum."))
        }
        _ => Ok(last),
    }
}

fn time(typed: &str, what: &str) -> Result<i16, String> {
    minutes_of(typed).ok_or_else(|| format!("Bitte gib {what} als Uhrzeit an, zum Beispiel 09:30."))
}

fn end(typed: &str, from: Option<i16>, length: Option<i16>) -> Result<i16, String> {
    let to = time(typed, "das Ende")?;
    // Midnight at the end of the day.
    let to = if to == 0 { 1440 } else { to };
    match (from, length) {
        (Some(from), Some(length)) if to < from + length => {
            Err("Zwischen Beginn und Ende passt kein Gespräch dieser Dauer.".into())
        }
        _ => Ok(to),
    }
}

fn number(typed: &str, least: i16, most: i16) -> Result<i16, String> {
    let number = typed.trim().parse().ok().filter(|n| (least..=most).contains(n));
    number.ok_or_else(|| format!("Bitte gib eine Zahl von {least} bis {most} an."))
}

/// A telephone number, or the address of a video room.
fn place(typed: &str) -> Result<String, String> {
    const WANTED: &str = "Bitte gib eine Telefonnummer oder die Adresse eines Videoraums an, die mit https:// beginnt.";
    let place = form::line(typed, 300, "eine Telefonnummer oder die Adresse eines Videoraums")?;
    if place.starts_with("https://") {
        let fine = url::Url::parse(&place).is_ok_and(|url| url.host_str().is_some_and(|host| host.contains('.')));
        return if fine && !place.contains(' ') { Ok(place) } else { Err(WANTED.into()) };
    }
    let digits = place.chars().filter(char::is_ascii_digit).count();
    let is_number = place.chars().all(|c| c.is_ascii_digit() || " +/()-".contains(c));
    if is_number && (6..=20).contains(&digits) { Ok(place) } else { Err(WANTED.into()) }
}

#[derive(Template, WebTemplate)]
#[template(path = "interview/new.html")]
struct NewPage {
    layout: Layout,
    interviewers: Vec<Interviewer>,
    campaigns: Vec<Campaign>,
    /// None before the first preview.
    proposals: Option<Vec<Proposal>>,
    form: SeriesForm,
    errors: Errors,
}

impl NewPage {
    fn weekdays(&self) -> [(&'static str, &'static str); 7] {
        [("1", "Mo"), ("2", "Di"), ("3", "Mi"), ("4", "Do"), ("5", "Fr"), ("6", "Sa"), ("7", "So")]
    }

    fn fine(&self) -> usize {
        self.proposals.iter().flatten().filter(|p| p.is_fine()).count()
    }

    fn days(&self) -> Vec<(String, Vec<&Proposal>)> {
        let mut days: BTreeMap<Date, Vec<&Proposal>> = BTreeMap::new();
        for proposal in self.proposals.iter().flatten() {
            days.entry(proposal.day).or_default().push(proposal);
        }
        days.into_iter().map(|(day, proposals)| (german::long_day(day), proposals)).collect()
    }

    fn name(&self, proposal: &Proposal) -> &str {
        self.interviewers.iter().find(|i| i.id == proposal.interviewer).map_or("", |i| &i.name)
    }

    fn said(&self) -> String {
        let refused = self.proposals.iter().flatten().count() - self.fine();
        let fine = german::count(self.fine() as i64, "Termin ist möglich", "Termine sind möglich");
        match refused {
            0 => format!("{fine}."),
            n => format!("{fine}, {} weg.", german::count(n as i64, "bleibt", "bleiben")),
        }
    }

    fn is_short(&self) -> bool {
        self.proposals.iter().flatten().count() <= 40
    }
}

async fn build(portal: &Portal, page: &Page, form: SeriesForm) -> Result<NewPage, Error> {
    let interviewers = slot::interviewers(&portal.db).await?;
    let mut campaigns = campaign::all(&portal.db).await?;
    campaigns.retain(|campaign| campaign.ended_at.is_none());
    let layout = page.layout("Termine anbieten");
    Ok(NewPage { layout, interviewers, campaigns, proposals: None, form, errors: Errors::default() })
}

/// `GET /verwaltung/gespraeche/neu`
pub async fn new(State(portal): State<Portal>, me: Me, page: Page) -> Answer {
    Ok(build(&portal, &page, SeriesForm::fresh(me.account)).await?.into_response())
}

/// `POST /verwaltung/gespraeche/neu`: shows the preview, or offers what is ticked in it.
pub async fn create(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Now(now): Now,
    Form(form): Form<SeriesForm>,
) -> Answer {
    let mut page = build(&portal, &page, form).await?;
    let series = match page.form.prove(&page.interviewers, &page.campaigns, now) {
        Ok(series) => series,
        Err(errors) => {
            page.errors = errors;
            return Ok(unprocessable(page));
        }
    };
    let busy = slot::busy(&portal.db, &series.interviewers, now).await?;
    let proposals = series.expand(&busy, now);
    if page.form.schritt != "anlegen" {
        page.proposals = Some(proposals);
        return Ok(page.into_response());
    }
    let wanted: Vec<Proposal> = proposals.iter().filter(|p| page.form.s.contains(&p.to_string())).cloned().collect();
    if wanted.is_empty() {
        page.errors.add("vorschau", "Bitte wähle in der Vorschau mindestens einen Termin aus.");
        page.proposals = Some(proposals);
        return Ok(unprocessable(page));
    }
    let made = slot::offer(&portal.db, &wanted, (series.campaign, &series.place), me.account, now).await?;
    flash(made, wanted.len()).keep(&portal, &me).await?;
    Ok(see_other(&format!("{LIST}?woche={}", Week::of(series.first))))
}

fn flash(made: usize, wanted: usize) -> Flash {
    let what = format!("{} angeboten.", german::count(made as i64, "Termin ist", "Termine sind"));
    match wanted - made {
        0 => Flash::ok(what, "Wer zum Gespräch eingeladen ist, kann ab sofort wählen."),
        n => Flash::warn(
            what,
            format!(
                "{n} nicht: Zu dieser Zeit hat die Person schon einen anderen Termin, eine Überschneidung gibt es nicht."
            ),
        ),
    }
}
