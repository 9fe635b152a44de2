//! The list of freelancers, by name, with search, campaign filter and pages.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::{DECIDING, GRANTING, INVITING};
use crate::clock::german;
use crate::freelancers::freelancer::{self, Found, Search, Undecided};
use crate::freelancers::objection::{self, Waiting};
use crate::freelancers::qualification::{self, CampaignName};
use crate::portal::Portal;
use crate::web::form::Query;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Me, Page, filters};

/// What the list is narrowed to, as it stands in the address.
#[derive(Debug, Default, Deserialize)]
pub struct SearchForm {
    #[serde(default)]
    suche: String,
    #[serde(default)]
    kampagne: String,
    #[serde(default)]
    seite: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "freelancers/list.html")]
struct ListPage {
    layout: Layout,
    form: SearchForm,
    campaigns: Vec<CampaignName>,
    found: Found,
    may_invite: bool,
    /// For those who decide: whose bookings wait.
    undecided: Vec<Undecided>,
    /// For those who grant: whose objections wait.
    objections: Vec<Waiting>,
}

impl ListPage {
    fn count(&self) -> String {
        german::count(self.found.total, "Person", "Personen")
    }

    fn is_narrowed(&self) -> bool {
        !self.form.suche.trim().is_empty() || !self.form.kampagne.is_empty()
    }

    /// The pages worth a link, each with its address.
    fn pages(&self) -> impl Iterator<Item = (i64, String)> {
        near(self.found.page, self.found.last_page()).map(|number| (number, self.address(number)))
    }

    fn previous(&self) -> Option<String> {
        (self.found.page > 1).then(|| self.address(self.found.page - 1))
    }

    fn next(&self) -> Option<String> {
        (self.found.page < self.found.last_page()).then(|| self.address(self.found.page + 1))
    }

    /// The address of another page of the same search.
    fn address(&self, page: i64) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (key, value) in [("suche", self.form.suche.trim()), ("kampagne", &self.form.kampagne)] {
            if !value.is_empty() {
                query.append_pair(key, value);
            }
        }
        format!("/verwaltung/freelancer?{}", query.append_pair("seite", &page.to_string()).finish())
    }
}

/// The numbers of pages worth a link: the current one and two on each side.
fn near(page: i64, last: i64) -> impl Iterator<Item = i64> {
    (page - 2).max(1)..=(page + 2).min(last)
}

/// `GET /verwaltung/freelancer`
pub async fn list(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Query(form): Query<SearchForm>,
) -> Answer {
    let search = Search { text: form.suche.trim().to_owned(), campaign: form.kampagne.clone() };
    let found = freelancer::search(&portal.db, &search, form.seite.parse().unwrap_or(1)).await?;
    let campaigns = qualification::campaigns(&portal.db).await?;
    let may_invite = me.has_any(INVITING);
    let undecided = if me.has_any(DECIDING) { freelancer::all_undecided(&portal.db, now).await? } else { Vec::new() };
    let objections = if me.has_any(GRANTING) { objection::waiting(&portal.db).await? } else { Vec::new() };
    let layout = page.layout("Freelancer*innen");
    Ok(ListPage { layout, form, campaigns, found, may_invite, undecided, objections }.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pages_on_each_side() {
        assert_eq!(near(1, 1).collect::<Vec<_>>(), [1]);
        assert_eq!(near(1, 6).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(near(5, 6).collect::<Vec<_>>(), [3, 4, 5, 6]);
    }
}
