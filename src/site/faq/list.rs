//! The questions as staff see them: in the order of the page, to be opened, moved, or removed.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::entry::{self, Entry, Topic, Way};
use crate::clock::{Zone, german};
use crate::portal::Portal;
use crate::web::form::{Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other};

#[derive(Template, WebTemplate)]
#[template(path = "site/faq_list.html")]
struct ListPage {
    layout: Layout,
    groups: Vec<(Topic, Vec<Entry>)>,
}

impl ListPage {
    fn changed(&self, entry: &Entry) -> String {
        let day = german::date(Zone::berlin().date(entry.updated_at));
        match &entry.updated_by {
            Some(name) => format!("{day}, {name}"),
            None => "wie mitgeliefert".into(),
        }
    }
}

/// `GET /verwaltung/fragen`
pub async fn list(State(portal): State<Portal>, page: Page) -> Answer {
    let mut groups: Vec<(Topic, Vec<Entry>)> = Topic::ALL.map(|topic| (topic, Vec::new())).into();
    for entry in entry::all(&portal.db).await? {
        if let Some((_, entries)) = groups.iter_mut().find(|(topic, _)| *topic == entry.topic) {
            entries.push(entry);
        }
    }
    Ok(ListPage { layout: page.layout("Häufige Fragen"), groups }.into_response())
}

/// Where a question is to go.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ShiftForm {
    richtung: String,
}

/// `POST /verwaltung/fragen/{slug}/platz`
pub async fn shift(
    State(portal): State<Portal>,
    me: Me,
    Now(now): Now,
    Path(slug): Path<String>,
    Form(form): Form<ShiftForm>,
) -> Answer {
    entry::find(&portal.db, &slug).await?.ok_or(Error::NotFound)?;
    let way = match form.richtung.as_str() {
        "hoch" => Way::Up,
        "runter" => Way::Down,
        _ => return Err(Error::Malformed),
    };
    entry::shift(&portal.db, &slug, way, me.account, now).await?;
    Ok(see_other("/verwaltung/fragen"))
}

/// `POST /verwaltung/fragen/{slug}/ende`
pub async fn delete(State(portal): State<Portal>, me: Me, Now(now): Now, Path(slug): Path<String>) -> Answer {
    let entry = entry::find(&portal.db, &slug).await?.ok_or(Error::NotFound)?;
    let flash = match entry::delete(&portal.db, &slug, me.account, now).await? {
        true => Flash::ok(format!("„{}“ ist entfernt.", entry.question), ""),
        false => Flash::warn("Diese Frage gehört zum Portal.", "Du kannst sie umformulieren, aber nicht entfernen."),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other("/verwaltung/fragen"))
}
