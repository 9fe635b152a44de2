//! One shift: its span and seats, and who booked it. Nobody can be put onto it here.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::OffsetDateTime;

use super::Scope;
use crate::campaigns::campaign;
use crate::clock::german;
use crate::id::ShiftId;
use crate::portal::Portal;
use crate::shifts::kind::Kind;
use crate::shifts::shift::{self, Holder, One};
use crate::shifts::week::Week;
use crate::web::form::Path;
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Layout, Page, filters};

#[derive(Template, WebTemplate)]
#[template(path = "plan/staff_shift.html")]
struct ShiftPage {
    layout: Layout,
    scope: Scope,
    one: One,
    holders: Vec<Holder>,
    now: OffsetDateTime,
}

impl ShiftPage {
    /// `Mittwoch, 2. Dezember, 16:00–20:00 Uhr`
    fn heading(&self) -> String {
        let zone = &self.scope.campaign.zone;
        let (from, to) = (zone.local(self.one.shift.starts_at), zone.local(self.one.shift.ends_at));
        format!("{}, {} Uhr", german::long_day(from.date()), german::span(from.time(), to.time()))
    }

    fn moment(&self, at: &OffsetDateTime) -> String {
        german::moment(self.scope.campaign.zone.local(*at))
    }

    fn length(&self) -> String {
        german::hours(self.one.shift.length())
    }

    /// Whether it can still be changed: neither begun nor withdrawn.
    fn is_open(&self) -> bool {
        self.one.withdrawn_at.is_none() && self.one.shift.starts_at > self.now
    }

    /// The badge beside the heading: state, icon, word.
    fn badge(&self) -> (&'static str, &'static str, &'static str) {
        match () {
            () if self.one.withdrawn_at.is_some() => ("bad", "x", "aus dem Plan genommen"),
            () if self.one.shift.is_draft() => ("warn", "pencil", "Entwurf"),
            () => ("ok", "check", "veröffentlicht"),
        }
    }
}

/// `GET /verwaltung/schichten/{id}`
pub async fn show(State(portal): State<Portal>, page: Page, Path(id): Path<ShiftId>, Now(now): Now) -> Answer {
    let one = shift::one(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let campaign = campaign::find(&portal.db, &one.slug).await?.ok_or(Error::NotFound)?;
    let holders = shift::holders(&portal.db, id).await?;
    let scope = Scope { week: Week::at(one.shift.starts_at, &campaign.zone), campaign };
    Ok(ShiftPage { layout: page.layout("Schicht"), scope, one, holders, now }.into_response())
}
