//! The campaign's weekly pattern, and what it proposes for this week.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::{Date, OffsetDateTime};

use super::Scope;
use super::line::LineForm;
use super::offer::{self, Offer};
use crate::clock::german;
use crate::portal::Portal;
use crate::shifts::batch::Kind;
use crate::shifts::pattern::{self, PatternRow};
use crate::shifts::shift;
use crate::web::form::{Errors, Form};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

#[derive(Template, WebTemplate)]
#[template(path = "plan/staff_pattern.html")]
struct PatternPage {
    layout: Layout,
    scope: Scope,
    rows: Vec<PatternRow>,
    offer: Offer,
    form: LineForm,
    errors: Errors,
}

impl PatternPage {
    async fn load(
        portal: &Portal,
        page: &Page,
        scope: Scope,
        form: LineForm,
        errors: Errors,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let rows = pattern::load(&portal.db, scope.campaign.id).await?;
        let offer = Offer::of(portal, &scope, &pattern::expand(&rows, scope.week), now).await?;
        Ok(Self { layout: page.layout("Wochenmuster"), scope, rows, offer, form, errors })
    }

    /// The days that have lines, with them: `Montag`.
    fn days(&self) -> Vec<(&'static str, Vec<&PatternRow>)> {
        let lines = |(number, day): (i16, Date)| {
            let lines: Vec<_> = self.rows.iter().filter(|row| row.weekday == number).collect();
            (german::weekday(day.weekday()), lines)
        };
        (1..).zip(self.scope.week.days()).map(lines).filter(|(_, lines)| !lines.is_empty()).collect()
    }

    /// Whether all days can be shown unfolded with the preview still near.
    fn is_short(&self) -> bool {
        self.rows.len() <= 14
    }

    /// `12 Zeilen`
    fn count(&self, lines: &[&PatternRow]) -> String {
        german::count(lines.len() as i64, "Zeile", "Zeilen")
    }

    fn span(&self, row: &PatternRow) -> String {
        format!("{}–{}", german::minutes(row.starts_minute), german::minutes(row.ends_minute))
    }
}

/// `GET …/muster`
pub async fn show(State(portal): State<Portal>, page: Page, scope: Scope, Now(now): Now) -> Answer {
    let page = PatternPage::load(&portal, &page, scope, LineForm::default(), Errors::default(), now).await?;
    Ok(page.into_response())
}

/// `POST …/muster`: removes a line, takes the pattern from this week, adds lines, or makes drafts of the ticked slots.
pub async fn update(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    scope: Scope,
    Now(now): Now,
    Form(form): Form<LineForm>,
) -> Answer {
    if let Some(row) = &form.entfernen {
        return remove(&portal, &me, &scope, row).await;
    }
    match form.schritt.as_str() {
        "anlegen" => {
            offer::create(&portal, &scope, Kind::Pattern, &form.s, me.account, now).await?.keep(&portal, &me).await?;
            return Ok(see_other(&scope.path("")));
        }
        "uebernehmen" => return adopt(&portal, &me, &scope, now).await,
        _ => {}
    }
    let mut errors = Errors::default();
    let Some(line) = form.prove(&scope.campaign, &mut errors) else {
        return Ok(unprocessable(PatternPage::load(&portal, &page, scope, form, errors, now).await?));
    };
    let fields = (line.starts, line.ends, line.channel, line.seats);
    let added = pattern::add(&portal.db, scope.campaign.id, &line.weekdays, fields).await?;
    let what = format!("{} im Wochenmuster.", german::count(added as i64, "Zeile steht", "Zeilen stehen"));
    Flash::ok(what, "Unten siehst du, was daraus in dieser Woche wird.").keep(&portal, &me).await?;
    Ok(see_other(&scope.path("/muster")))
}

async fn remove(portal: &Portal, me: &Me, scope: &Scope, row: &str) -> Answer {
    let row = row.parse().map_err(|_| Error::NotFound)?;
    let flash = if pattern::remove(&portal.db, scope.campaign.id, row).await? {
        Flash::ok("Die Zeile ist entfernt.", "Schichten, die es schon gibt, bleiben.")
    } else {
        Flash::warn("Nichts entfernt.", "Diese Zeile gab es schon nicht mehr.")
    };
    flash.keep(portal, me).await?;
    Ok(see_other(&scope.path("/muster")))
}

/// The shifts of this week become the pattern.
async fn adopt(portal: &Portal, me: &Me, scope: &Scope, now: OffsetDateTime) -> Answer {
    let (campaign, week) = (&scope.campaign, scope.week);
    let shifts = shift::of_weeks(&portal.db, campaign.id, (week, week)).await?;
    let flash = if shifts.is_empty() {
        Flash::warn("Das Wochenmuster bleibt, wie es ist.", "Diese Woche hat noch keine Schichten.")
    } else {
        let slots = pattern::copied(&shifts, &campaign.zone, week, week);
        pattern::replace(&portal.db, campaign.id, &slots, me.account, now).await?;
        Flash::ok("Das Wochenmuster ist neu.", format!("Es entspricht jetzt {}.", week.label()))
    };
    flash.keep(portal, me).await?;
    Ok(see_other(&scope.path("/muster")))
}
