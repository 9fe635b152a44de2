//! The policy's figures as administrators keep them: what holds today, what comes, the history, and a form for a new value.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::Date;
use time::macros::format_description;

use crate::accounts::role::Role;
use crate::clock::{Zone, german};
use crate::policy::{self, Figure, Group, Noted, Policy, Unit};
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Audience, Error, Flash, Layout, Me, Page, Routes, filters, see_other, unprocessable};

const KEEPERS: Audience = Audience::Staff(&[Role::Administrator]);

/// The routes of the figures.
pub fn routes() -> Routes {
    Routes::default()
        .get("/verwaltung/richtwerte", KEEPERS, list)
        .get("/verwaltung/richtwerte/{key}", KEEPERS, show)
        .post("/verwaltung/richtwerte/{key}", KEEPERS, create)
}

/// A figure in the list.
struct Row {
    figure: Figure,
    value: String,
    since: String,
    /// `2,50 € ab Fr, 1.1.2027`
    coming: Option<String>,
}

impl Row {
    /// `history` has the last day first.
    fn new(figure: Figure, policy: &Policy, history: &[Noted], today: Date) -> Self {
        let own = || history.iter().filter(|noted| noted.figure == figure);
        let since = own().find(|noted| noted.valid_from <= today);
        let next_day = own().filter(|noted| noted.valid_from > today).map(|noted| noted.valid_from).min();
        let coming = next_day.and_then(|day| own().find(|noted| noted.valid_from == day));
        let unit = figure.unit();
        Self {
            figure,
            value: policy.said(figure),
            since: since.map_or("von Anfang an".into(), |noted| german::date(noted.valid_from)),
            coming: coming.map(|noted| format!("{} ab {}", unit.said(noted.value), german::day(noted.valid_from))),
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "site/figures.html")]
struct ListPage {
    layout: Layout,
    sections: [Section; 2],
}

/// A table of the list, under its heading.
struct Section {
    id: &'static str,
    title: &'static str,
    note: &'static str,
    rows: Vec<Row>,
}

/// `GET /verwaltung/richtwerte`
async fn list(State(portal): State<Portal>, page: Page, Now(now): Now) -> Answer {
    let today = Zone::berlin().date(now);
    let policy = policy::load(&portal.db, today).await?;
    let history = policy::history(&portal.db).await?;
    let rows = |group| {
        let figures = Figure::ALL.iter().filter(|figure| figure.group() == group);
        figures.map(|figure| Row::new(*figure, &policy, &history, today)).collect()
    };
    let promises = Section {
        id: "zusagen",
        title: "Zusagen",
        note: "Was Fragen, Stellen und Formulare versprechen.",
        rows: rows(Group::Promise),
    };
    let periods = Section {
        id: "fristen",
        title: "Fristen",
        note: "Wie lange Daten bleiben. Die Datenschutzerklärung nennt diese Fristen, die nächtliche Löschung hält sie ein.",
        rows: rows(Group::Period),
    };
    Ok(ListPage { layout: page.layout("Richtwerte"), sections: [promises, periods] }.into_response())
}

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FigureForm {
    value: String,
    valid_from: String,
}

impl FigureForm {
    /// The proven value and day, or every error at once.
    fn prove(&self, figure: Figure) -> Result<(i32, Date), Errors> {
        let mut errors = Errors::default();
        let value = errors.take("value", proven_value(&self.value, figure));
        let day = Date::parse(self.valid_from.trim(), format_description!("[year]-[month]-[day]"));
        let day = errors.take("valid_from", day.map_err(|_| "Bitte gib ein Datum an.".into()));
        value.zip(day).ok_or(errors)
    }
}

/// The number behind `2,90`, `16.000` or `6`.
fn proven_value(typed: &str, figure: Figure) -> Result<i32, String> {
    let typed = typed.trim();
    let value = match figure.unit() {
        Unit::Cents => policy::german::cents(typed),
        _ => typed.replace('.', "").parse().ok(),
    };
    value.ok_or_else(|| format!("Bitte gib eine Zahl an, zum Beispiel {}.", bare(figure, figure.built_in())))
}

/// A value without its unit, as it stands in the field.
fn bare(figure: Figure, value: i32) -> String {
    match figure.unit() {
        Unit::Cents => policy::german::euros(value).trim_end_matches(" €").to_owned(),
        _ => policy::german::grouped(value),
    }
}

/// A line of a figure's history.
struct Line {
    value: String,
    valid_from: String,
    noted: String,
    /// The value of today.
    holds: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "site/figure.html")]
struct FigurePage {
    layout: Layout,
    figure: Figure,
    today: String,
    lines: Vec<Line>,
    holds_built_in: bool,
    form: FigureForm,
    errors: Errors,
}

impl FigurePage {
    async fn load(portal: &Portal, page: &Page, figure: Figure, today: Date) -> Result<Self, sqlx::Error> {
        let policy = policy::load(&portal.db, today).await?;
        let history = policy::history(&portal.db).await?;
        let own: Vec<&Noted> = history.iter().filter(|noted| noted.figure == figure).collect();
        let holding = own.iter().position(|noted| noted.valid_from <= today);
        let line = |(at, noted): (usize, &&Noted)| Line {
            value: figure.unit().said(noted.value),
            valid_from: german::day(noted.valid_from),
            noted: said_noted(noted),
            holds: Some(at) == holding,
        };
        let form = FigureForm { value: bare(figure, policy.value(figure)), valid_from: today.to_string() };
        Ok(Self {
            layout: page.layout(figure.label()),
            figure,
            today: policy.said(figure),
            lines: own.iter().enumerate().map(line).collect(),
            holds_built_in: holding.is_none(),
            form,
            errors: Errors::default(),
        })
    }

    fn hint(&self) -> String {
        let (bounds, unit) = (self.figure.bounds(), self.figure.unit());
        let span = format!("{} bis {}", unit.said(*bounds.start()), unit.said(*bounds.end()));
        match self.figure.group() {
            Group::Promise => format!("Möglich sind {span}."),
            Group::Period => format!("Möglich sind {span}. Länger als zugesagt bewahren wir nichts auf."),
        }
    }

    fn label(&self) -> String {
        format!("Neuer Wert ({})", self.figure.unit().label())
    }

    fn built_in(&self) -> String {
        self.figure.unit().said(self.figure.built_in())
    }
}

/// `Mo, 23.11.2026, von Robin Beispiel`
fn said_noted(noted: &Noted) -> String {
    let day = german::day(Zone::berlin().date(noted.noted_at));
    match &noted.noted_by {
        Some(name) => format!("{day}, von {name}"),
        None => day,
    }
}

/// `GET /verwaltung/richtwerte/{key}`
async fn show(State(portal): State<Portal>, page: Page, Now(now): Now, Path(key): Path<String>) -> Answer {
    let figure = Figure::of_key(&key).ok_or(Error::NotFound)?;
    Ok(FigurePage::load(&portal, &page, figure, Zone::berlin().date(now)).await?.into_response())
}

/// `POST /verwaltung/richtwerte/{key}`
async fn create(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(key): Path<String>,
    Form(form): Form<FigureForm>,
) -> Answer {
    let figure = Figure::of_key(&key).ok_or(Error::NotFound)?;
    let mut errors = Errors::default();
    match form.prove(figure) {
        Ok((value, day)) => match policy::note(&portal.db, figure, value, day, Some(me.account), now).await? {
            Ok(()) => {
                noted(figure, value, day).keep(&portal, &me).await?;
                return Ok(see_other(&format!("/verwaltung/richtwerte/{key}")));
            }
            Err(refusal) => {
                errors.add(if refusal.is_about_the_day() { "valid_from" } else { "value" }, refusal.sentence());
            }
        },
        Err(found) => errors = found,
    }
    let page = FigurePage::load(&portal, &page, figure, Zone::berlin().date(now)).await?;
    Ok(unprocessable(FigurePage { form, errors, ..page }))
}

fn noted(figure: Figure, value: i32, day: Date) -> Flash {
    let what = format!("{}: {} ab {}.", figure.label(), figure.unit().said(value), german::day(day));
    let then = match figure.group() {
        Group::Promise => "Seiten und Mails nennen den neuen Wert ab diesem Tag.",
        Group::Period => "Ab diesem Tag steht die Frist in der Datenschutzerklärung, und die Löschung hält sich daran.",
    };
    Flash::ok(what, then)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_they_are_shown() {
        for figure in Figure::ALL.iter().copied() {
            assert_eq!(proven_value(&bare(figure, figure.built_in()), figure), Ok(figure.built_in()), "{figure:?}");
        }
        assert_eq!(proven_value("3", Figure::FeeCents), Ok(300));
        assert_eq!(proven_value("viel", Figure::FeeCents), Err("Bitte gib eine Zahl an, zum Beispiel 2,90.".into()));
    }
}
