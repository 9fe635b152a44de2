//! The inbox: what visitors wrote, narrowed by state and by who looks after it.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as Shared;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::message::{self, Filter, Message, PER_PAGE, State, Who};
use crate::clock::{Zone, german};
use crate::id::AccountId;
use crate::portal::Portal;
use crate::web::form::Query;
use crate::web::{Answer, Layout, Me, Page, filters};

/// What the list is narrowed to, as it stands in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FilterForm {
    stand: String,
    wer: String,
    seite: String,
}

impl FilterForm {
    /// Without a word on it the open ones are shown.
    fn state(&self) -> Option<State> {
        match self.stand.as_str() {
            "beantwortet" => Some(State::Answered),
            "abgeschlossen" => Some(State::Closed),
            "alle" => None,
            _ => Some(State::Open),
        }
    }

    fn who(&self, me: AccountId) -> Who {
        match self.wer.as_str() {
            "ich" => Who::This(me),
            "niemand" => Who::Nobody,
            _ => Who::Everybody,
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "site/inbox.html")]
struct InboxPage {
    layout: Layout,
    form: FilterForm,
    rows: Vec<Message>,
    total: i64,
    page: i64,
}

impl InboxPage {
    const STATES: [(&str, &str); 4] =
        [("offen", "Offen"), ("beantwortet", "Beantwortet"), ("abgeschlossen", "Abgeschlossen"), ("alle", "Alle")];
    const PEOPLE: [(&str, &str); 3] = [("", "alle"), ("ich", "ich"), ("niemand", "noch niemand")];

    fn is_state(&self, key: &str) -> bool {
        key == if self.form.stand.is_empty() { "offen" } else { &self.form.stand }
    }

    fn count(&self) -> String {
        german::count(self.total, "Nachricht", "Nachrichten")
    }

    fn received(&self, message: &Message) -> String {
        german::moment(Zone::berlin().local(message.received_at))
    }

    fn last_page(&self) -> i64 {
        ((self.total + PER_PAGE - 1) / PER_PAGE).max(1)
    }

    /// The address of another page of the same list.
    fn address(&self, by: i64) -> Option<String> {
        let page = self.page + by;
        if !(1..=self.last_page()).contains(&page) {
            return None;
        }
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("stand", &self.form.stand).append_pair("wer", &self.form.wer);
        Some(format!("/verwaltung/nachrichten?{}", query.append_pair("seite", &page.to_string()).finish()))
    }
}

/// `GET /verwaltung/nachrichten`
pub async fn list(Shared(portal): Shared<Portal>, page: Page, me: Me, Query(form): Query<FilterForm>) -> Answer {
    let number = form.seite.parse().unwrap_or(1_i64).clamp(1, 100_000);
    let filter = Filter { state: form.state(), who: form.who(me.account) };
    let (rows, total) = message::list(&portal.db, filter, number).await?;
    Ok(InboxPage { layout: page.layout("Nachrichten"), form, rows, total, page: number }.into_response())
}
