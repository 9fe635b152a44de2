//! Days that differ from their weekday: closed, or with other hours.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::Date;
use time::macros::format_description;

use super::{find, path, saved};
use crate::campaigns::campaign::Campaign;
use crate::campaigns::opening::{self, Exception, Hours, Span};
use crate::campaigns::upcoming::{self, Outside};
use crate::campaigns::{holiday, wording};
use crate::clock::{YEARS, german};
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path, line};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// An exception may lie so many years ahead.
const YEARS_AHEAD: i32 = 3;

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExceptionForm {
    day: String,
    label: String,
    hours: String,
}

impl ExceptionForm {
    /// The proven exception, or every error at once.
    fn prove(&self, today: Date) -> Result<(Date, Exception), Errors> {
        let mut errors = Errors::default();
        let day = errors.take("day", proven_day(&self.day, today));
        let label = errors.take("label", line(&self.label, 80, "einen Anlass"));
        let span = errors.take("hours", proven_span(&self.hours));
        match (day, label, span) {
            (Some(day), Some(label), Some(span)) => Ok((day, Exception { label, span })),
            _ => Err(errors),
        }
    }
}

fn proven_day(typed: &str, today: Date) -> Result<Date, String> {
    match iso_date(typed) {
        None => Err("Bitte gib ein Datum an.".into()),
        Some(day) if day < today => Err("Dieser Tag ist schon vorbei.".into()),
        Some(day) if day.year() > today.year() + YEARS_AHEAD => {
            Err(format!("Bitte gib einen Tag bis Ende {} an.", today.year() + YEARS_AHEAD))
        }
        Some(day) => Ok(day),
    }
}

fn proven_span(typed: &str) -> Result<Option<Span>, String> {
    match wording::parse(typed).map_err(|refusal| refusal.sentence())?.as_slice() {
        [] => Ok(None),
        [span] => Ok(Some(*span)),
        _ => Err("Eine Ausnahme hat nur einen Zeitraum.".into()),
    }
}

/// `2026-12-24`, as date fields and addresses have it.
fn iso_date(text: &str) -> Option<Date> {
    let day = Date::parse(text.trim(), format_description!("[year]-[month]-[day]")).ok()?;
    YEARS.contains(&day.year()).then_some(day)
}

#[derive(Template, WebTemplate)]
#[template(path = "campaigns/exceptions.html")]
struct ExceptionsPage {
    layout: Layout,
    campaign: Campaign,
    tab: &'static str,
    outside: Vec<Outside>,
    coming: Vec<Row>,
    past: Vec<Row>,
    /// The years whose holidays can be added.
    years: [i32; 2],
    form: ExceptionForm,
    errors: Errors,
}

struct Row {
    /// `2026-12-24`
    key: String,
    day: String,
    label: String,
    hours: String,
}

impl ExceptionsPage {
    fn new(page: &Page, campaign: Campaign, hours: &Hours, outside: Vec<Outside>, today: Date) -> Self {
        let row = |(day, exception): (&Date, &Exception)| Row {
            // A date's own text is the ISO form.
            key: day.to_string(),
            day: german::day(*day),
            label: exception.label.clone(),
            hours: wording::said(exception.span.as_slice()),
        };
        Self {
            layout: page.layout(&format!("Ausnahmen: {}", campaign.title())),
            campaign,
            tab: "exceptions",
            outside,
            coming: hours.exceptions.range(today..).map(row).collect(),
            past: hours.exceptions.range(..today).rev().map(row).collect(),
            years: [today.year(), today.year() + 1],
            form: ExceptionForm::default(),
            errors: Errors::default(),
        }
    }
}

/// `GET /verwaltung/kampagnen/{slug}/ausnahmen`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now, Path(slug): Path<String>) -> Answer {
    let campaign = find(&portal.db, &slug).await?;
    let today = campaign.zone.date(now);
    let hours = opening::load(&portal.db, campaign.id).await?;
    let outside = upcoming::outside(&portal.db, &campaign, &hours, now).await?;
    Ok(ExceptionsPage::new(&page, campaign, &hours, outside, today).into_response())
}

/// `POST /verwaltung/kampagnen/{slug}/ausnahmen`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(slug): Path<String>,
    Form(form): Form<ExceptionForm>,
) -> Answer {
    let campaign = find(&portal.db, &slug).await?;
    let today = campaign.zone.date(now);
    let (day, exception) = match form.prove(today) {
        Ok(proven) => proven,
        Err(errors) => {
            let hours = opening::load(&portal.db, campaign.id).await?;
            let page = ExceptionsPage::new(&page, campaign, &hours, Vec::new(), today);
            return Ok(unprocessable(ExceptionsPage { form, errors, ..page }));
        }
    };
    opening::save_exception(&portal.db, campaign.id, day, &exception, Some(me.account), now).await?;
    let what = format!("{}: {}.", german::day(day), wording::said(exception.span.as_slice()));
    done(&portal, &me, &campaign, what, now).await
}

/// The year whose holidays are wanted.
#[derive(Debug, Deserialize)]
pub struct HolidaysForm {
    year: i32,
}

/// `POST /verwaltung/kampagnen/{slug}/ausnahmen/feiertage`
pub async fn create_holidays(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    Path(slug): Path<String>,
    Form(HolidaysForm { year }): Form<HolidaysForm>,
) -> Answer {
    let campaign = find(&portal.db, &slug).await?;
    let today = campaign.zone.date(now);
    if !(today.year()..=today.year() + YEARS_AHEAD).contains(&year) {
        return Err(Error::Malformed);
    }
    let days: Vec<(Date, &str)> = holiday::of_year(year).into_iter().filter(|(day, _)| *day >= today).collect();
    let added = opening::close_on(&portal.db, campaign.id, &days, Some(me.account), now).await?;
    if added == 0 {
        let flash =
            Flash::info(format!("Für {year} fehlt kein Feiertag."), "Was schon eingetragen war, ist geblieben.");
        flash.keep(&portal, &me).await?;
        return Ok(see_other(&path(&slug, "/ausnahmen")));
    }
    let days = german::count(i64::try_from(added).unwrap_or(i64::MAX), "Feiertag", "Feiertage");
    done(&portal, &me, &campaign, format!("{days} für {year} eingetragen."), now).await
}

/// `POST /verwaltung/kampagnen/{slug}/ausnahmen/{day}/entfernen`
pub async fn delete(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    Path((slug, day)): Path<(String, String)>,
) -> Answer {
    let campaign = find(&portal.db, &slug).await?;
    let day = iso_date(&day).ok_or(Error::NotFound)?;
    // Removed twice by a double click is removed.
    opening::remove_exception(&portal.db, campaign.id, day, me.account, now).await?;
    let what = format!("{}: Es gelten wieder die Zeiten des Wochentags.", german::day(day));
    done(&portal, &me, &campaign, what, now).await
}

/// Back to the list, with what happened and what now lies outside.
async fn done(portal: &Portal, me: &Me, campaign: &Campaign, what: String, now: time::OffsetDateTime) -> Answer {
    let hours = opening::load(&portal.db, campaign.id).await?;
    let outside = upcoming::outside(&portal.db, campaign, &hours, now).await?;
    saved(what, &outside).keep(portal, me).await?;
    Ok(see_other(&path(&campaign.slug, "/ausnahmen")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    fn prove(day: &str, label: &str, hours: &str) -> Result<(Date, Exception), Vec<String>> {
        let form = ExceptionForm { day: day.into(), label: label.into(), hours: hours.into() };
        form.prove(date!(2026 - 11 - 23)).map_err(|errors| errors.fields().map(str::to_owned).collect())
    }

    #[test]
    fn a_day_is_closed_or_has_one_span() {
        let (day, closed) = prove("2026-12-25", "1. Weihnachtstag", " ").expect("proven");
        assert_eq!((day, closed.span), (date!(2026 - 12 - 25), None));
        let (_, open) = prove("2026-12-24", "Heiligabend", "8–14").expect("proven");
        assert_eq!(open.span, Some(Span { opens: 480, closes: 840 }));
    }

    #[test]
    fn all_errors_are_named_at_once() {
        assert_eq!(prove("", "", "8–12, 13–14"), Err(vec!["day".into(), "hours".into(), "label".into()]));
        for wrong in ["2026-11-22", "2030-01-01", "24.12.2026", "2026-02-30", "-9999-01-01"] {
            assert_eq!(prove(wrong, "Tag", ""), Err(vec!["day".into()]), "{wrong}");
        }
        assert!(prove("2026-11-23", "Heute", "").is_ok());
    }
}
