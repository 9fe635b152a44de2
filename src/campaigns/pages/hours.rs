//! The weekly opening hours: one line per weekday, as one says it.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::{find, path, saved};
use crate::campaigns::campaign::Campaign;
use crate::campaigns::opening::{self, Hours, Span};
use crate::campaigns::upcoming::{self, Outside};
use crate::campaigns::wording::{self, WEEKDAYS};
use crate::clock::german;
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Me, Page, filters, see_other, unprocessable};

/// What was typed, per weekday.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct HoursForm {
    mo: String,
    di: String,
    mi: String,
    #[serde(rename = "do")]
    thursday: String,
    fr: String,
    sa: String,
    so: String,
}

/// The fields' names, in the order of [`WEEKDAYS`].
const FIELDS: [&str; 7] = ["mo", "di", "mi", "do", "fr", "sa", "so"];

impl HoursForm {
    fn new(hours: &Hours) -> Self {
        let [mo, di, mi, thursday, fr, sa, so] = WEEKDAYS.map(|day| wording::typed(hours.of(day)));
        Self { mo, di, mi, thursday, fr, sa, so }
    }

    fn days(&self) -> [&str; 7] {
        [&self.mo, &self.di, &self.mi, &self.thursday, &self.fr, &self.sa, &self.so]
    }

    /// The proven week, or every error at once.
    fn prove(&self) -> Result<[Vec<Span>; 7], Errors> {
        let mut errors = Errors::default();
        let mut weekly: [Vec<Span>; 7] = Default::default();
        for ((spans, field), typed) in weekly.iter_mut().zip(FIELDS).zip(self.days()) {
            let parsed = wording::parse(typed).map_err(|refusal| refusal.sentence());
            *spans = errors.take(field, parsed).unwrap_or_default();
        }
        for (day, refusal) in wording::collisions(&weekly) {
            errors.add(FIELDS[usize::from(day.number_days_from_monday())], refusal.sentence());
        }
        if errors.is_empty() { Ok(weekly) } else { Err(errors) }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "campaigns/hours.html")]
struct HoursPage {
    layout: Layout,
    campaign: Campaign,
    tab: &'static str,
    outside: Vec<Outside>,
    form: HoursForm,
    errors: Errors,
}

impl HoursPage {
    fn new(page: &Page, campaign: Campaign, outside: Vec<Outside>, form: HoursForm, errors: Errors) -> Self {
        let layout = page.layout(&format!("Öffnungszeiten: {}", campaign.title()));
        Self { layout, campaign, tab: "hours", outside, form, errors }
    }

    /// Field, weekday and what was typed.
    fn days(&self) -> impl Iterator<Item = (&'static str, &'static str, &str)> {
        FIELDS
            .into_iter()
            .zip(WEEKDAYS.map(german::weekday))
            .zip(self.form.days())
            .map(|((f, day), typed)| (f, day, typed))
    }
}

/// `GET /verwaltung/kampagnen/{slug}/oeffnungszeiten`
pub async fn edit(State(portal): State<Portal>, page: Page, Now(now): Now, Path(slug): Path<String>) -> Answer {
    let campaign = find(&portal.db, &slug).await?;
    let hours = opening::load(&portal.db, campaign.id).await?;
    let outside = upcoming::outside(&portal.db, &campaign, &hours, now).await?;
    Ok(HoursPage::new(&page, campaign, outside, HoursForm::new(&hours), Errors::default()).into_response())
}

/// `POST /verwaltung/kampagnen/{slug}/oeffnungszeiten`
pub async fn update(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(slug): Path<String>,
    Form(form): Form<HoursForm>,
) -> Answer {
    let campaign = find(&portal.db, &slug).await?;
    let weekly = match form.prove() {
        Ok(weekly) => weekly,
        Err(errors) => return Ok(unprocessable(HoursPage::new(&page, campaign, Vec::new(), form, errors))),
    };
    opening::save_weekly(&portal.db, campaign.id, &weekly, Some(me.account), now).await?;
    let hours = opening::load(&portal.db, campaign.id).await?;
    let outside = upcoming::outside(&portal.db, &campaign, &hours, now).await?;
    saved("Öffnungszeiten gespeichert.", &outside).keep(&portal, &me).await?;
    Ok(see_other(&path(&slug, "/oeffnungszeiten")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_stand_beside_their_weekdays() {
        let form =
            HoursForm { mo: "7–22, 20–23".into(), sa: "9-x".into(), so: "18–2".into(), ..HoursForm::default() };
        assert_eq!(form.prove().expect_err("errors").fields().collect::<Vec<_>>(), ["mo", "sa"]);
        let form = HoursForm { mo: "1–9".into(), so: "18–2".into(), ..HoursForm::default() };
        assert_eq!(form.prove().expect_err("errors").fields().collect::<Vec<_>>(), ["so"]);
    }

    #[test]
    fn what_was_saved_is_shown_as_typed() {
        let form = HoursForm { mo: "8:30–12, 13–18".into(), thursday: "18–2".into(), ..HoursForm::default() };
        let weekly = form.prove().expect("proven");
        assert_eq!(HoursForm::new(&Hours { weekly, ..Hours::default() }).days(), form.days());
    }
}
