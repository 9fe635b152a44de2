//! All applications: as a list by due date, or as a board by state.

use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as With;
use serde::Deserialize;
use time::Date;

use super::said::{self, Badge};
use crate::applications::application::State;
use crate::applications::nearing::{self, Near, Undecided};
use crate::applications::pipeline::{self, Counts, Due, Filter, Recruiting, Row};
use crate::clock::{Zone, german};
use crate::id::ApplicationId;
use crate::portal::Portal;
use crate::retention;
use crate::web::form::Query;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Page, filters, sized};

/// What the list is narrowed to, as it stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SearchForm {
    pub suche: String,
    pub kampagne: String,
    pub faellig: String,
    pub loeschung: String,
    pub stand: String,
    pub ansicht: String,
    pub seite: String,
}

impl SearchForm {
    /// What it asks for; words that mean nothing narrow nothing. `near`: what is erased soon.
    pub fn filter(&self, near: &BTreeMap<ApplicationId, Date>, today: Date) -> Filter {
        let is_near = |how: Near| near.iter().filter(|(_, on)| how.is(**on, today)).map(|(id, _)| *id).collect();
        Filter {
            text: self.suche.trim().chars().take(120).collect(),
            campaign: self.kampagne.clone(),
            due: Due::ALL.into_iter().find(|due| due.slug() == self.faellig).unwrap_or_default(),
            state: pipeline::STATES.into_iter().find(|state| pipeline::slug(*state) == self.stand),
            among: Near::ALL.into_iter().find(|near| near.slug() == self.loeschung).map(is_near),
        }
    }

    /// The query of the same search with these fields in place of its own; empty ones are left out.
    fn query(&self, changed: &[(&str, &str)]) -> String {
        let own = [
            ("suche", self.suche.trim()),
            ("kampagne", &self.kampagne),
            ("faellig", &self.faellig),
            ("loeschung", &self.loeschung),
            ("stand", &self.stand),
            ("ansicht", &self.ansicht),
            ("seite", ""),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (key, value) in own {
            let value = changed.iter().find(|(name, _)| *name == key).map_or(value, |(_, value)| value);
            if !value.is_empty() {
                query.append_pair(key, value);
            }
        }
        query.finish()
    }

    fn path(&self, below: &str, changed: &[(&str, &str)]) -> String {
        let query = self.query(changed);
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/verwaltung/bewerbungen{below}{mark}{query}")
    }
}

/// A tab: words, count, address, whether it is the current one.
struct Tab {
    words: &'static str,
    count: i64,
    path: String,
    current: bool,
}

/// A column of the board.
struct Column<'a> {
    words: String,
    slug: &'static str,
    count: i64,
    rows: Vec<&'a Row>,
    path: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/staff_list.html")]
struct ListPage {
    layout: Layout,
    form: SearchForm,
    filter: Filter,
    campaigns: Vec<Recruiting>,
    counts: Counts,
    rows: Vec<Row>,
    erase_on: BTreeMap<ApplicationId, Date>,
    undecided: Undecided,
    page: i64,
    today: Date,
}

impl ListPage {
    fn is_board(&self) -> bool {
        self.form.ansicht == "tafel"
    }

    fn view_path(&self, view: &str) -> String {
        self.form.path("", &[("ansicht", view), ("stand", if view.is_empty() { &self.form.stand } else { "" })])
    }

    fn export_path(&self) -> String {
        self.form.path("/export.csv", &[("ansicht", "")])
    }

    fn is_narrowed(&self) -> bool {
        !self.filter.text.is_empty()
            || !self.form.kampagne.is_empty()
            || self.filter.due != Due::Any
            || self.filter.among.is_some()
    }

    fn all_path(&self) -> String {
        SearchForm { ansicht: self.form.ansicht.clone(), ..SearchForm::default() }.path("", &[])
    }

    fn tabs(&self) -> Vec<Tab> {
        let open = Tab {
            words: "Offen",
            count: self.counts.open(),
            path: self.form.path("", &[("stand", "")]),
            current: self.filter.state.is_none(),
        };
        let tab = |state: State| Tab {
            words: heading(state),
            count: self.counts.of(state),
            path: self.form.path("", &[("stand", pipeline::slug(state))]),
            current: self.filter.state == Some(state),
        };
        std::iter::once(open).chain(pipeline::STATES.into_iter().map(tab)).collect()
    }

    fn columns(&self) -> Vec<Column<'_>> {
        let column = |state: State| Column {
            words: heading(state).into(),
            slug: pipeline::slug(state),
            count: self.counts.of(state),
            rows: self.rows.iter().filter(|row| row.state == state).collect(),
            path: self.form.path("", &[("stand", pipeline::slug(state)), ("ansicht", "")]),
        };
        pipeline::STATES.into_iter().map(column).collect()
    }

    fn total(&self) -> String {
        let shown = self.filter.state.map_or_else(|| self.counts.open(), |state| self.counts.of(state));
        german::count(shown, "Bewerbung", "Bewerbungen")
    }

    fn last_page(&self) -> i64 {
        self.counts.last_page(&self.filter)
    }

    fn has_previous(&self) -> bool {
        self.page > 1
    }

    fn has_next(&self) -> bool {
        self.page < self.last_page()
    }

    /// The page so many further on.
    fn page_path(&self, step: i64) -> String {
        self.page_path_of(&(self.page + step))
    }

    fn page_path_of(&self, page: &i64) -> String {
        self.form.path("", &[("seite", &page.to_string())])
    }

    fn is_current(&self, page: &i64) -> bool {
        *page == self.page
    }

    fn is_due(&self, due: &Due) -> bool {
        *due == self.filter.due
    }

    fn until(&self, row: &Row) -> String {
        row.due_on.map_or_else(String::new, said::until)
    }

    /// The pages worth a link: the current one and two on each side.
    fn pages(&self) -> std::ops::RangeInclusive<i64> {
        (self.page - 2).max(1)..=(self.page + 2).min(self.last_page())
    }

    fn due(&self, row: &Row) -> Option<Badge> {
        said::due(row.due_on, self.today)
    }

    fn is_near(&self, near: &Near) -> bool {
        near.slug() == self.form.loeschung
    }

    /// The open applications that are so near, whatever else the list was narrowed to.
    fn near_path(&self, near: Near) -> String {
        SearchForm { loeschung: near.slug().into(), ansicht: self.form.ansicht.clone(), ..SearchForm::default() }
            .path("", &[])
    }

    fn erasure_day(&self, row: &Row) -> String {
        self.erase_on.get(&row.id).map_or_else(|| "–".into(), |on| german::date(*on))
    }

    fn erasure(&self, row: &Row) -> Option<Badge> {
        said::erasure(self.erase_on.get(&row.id).copied(), self.today)
    }

    fn stand(&self, row: &Row) -> Badge {
        said::stand(row)
    }

    fn introduction(&self, row: &Row) -> String {
        // A closed application's is erased, if there was one.
        if row.introduction.is_none() && !row.state.is_open() {
            return "–".into();
        }
        said::introduction(row.introduction, row.length_ms)
    }

    fn ago(&self, row: &Row) -> String {
        said::ago(row.submitted_on, self.today)
    }

    fn any_open(&self) -> bool {
        self.rows.iter().any(|row| row.state.is_open())
    }
}

/// `Neu`, as a heading and on a tab.
fn heading(state: State) -> &'static str {
    match state {
        State::Draft => "Begonnen",
        State::New => "Neu",
        State::Introduced => "Vorgestellt",
        State::Invited => "Eingeladen",
        State::Talked => "Gesprochen",
        State::Accepted => "Angenommen",
        State::Refused => "Abgesagt",
        State::Withdrawn => "Zurückgezogen",
    }
}

/// `GET /verwaltung/bewerbungen`
pub async fn show(With(portal): With<Portal>, page: Page, Now(now): Now, Query(form): Query<SearchForm>) -> Answer {
    let today = Zone::berlin().date(now);
    let near = nearing::load(&portal.db, now).await?;
    let undecided = nearing::undecided(&portal.db, &near, today).await?;
    let filter = form.filter(&near, today);
    let counts = pipeline::counts(&portal.db, &filter, today).await?;
    let number = form.seite.parse().unwrap_or(1).clamp(1, counts.last_page(&filter));
    let rows = match form.ansicht.as_str() {
        "tafel" => pipeline::board(&portal.db, &filter, today).await?,
        _ => pipeline::list(&portal.db, &filter, number, today).await?,
    };
    let ids: Vec<ApplicationId> = rows.iter().map(|row| row.id).collect();
    let erase_on = retention::dossier::erase_on_of_all(&portal.db, &ids, now).await?;
    let campaigns = pipeline::campaigns(&portal.db).await?;
    let layout = page.layout("Bewerbungen");
    let page = ListPage { layout, form, filter, campaigns, counts, rows, erase_on, undecided, page: number, today };
    sized(&page, 64 * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_keeps_the_search_but_not_the_page() {
        let form = SearchForm { suche: " Jana & Co ".into(), seite: "3".into(), ..SearchForm::default() };
        assert_eq!(form.path("", &[("stand", "neu")]), "/verwaltung/bewerbungen?suche=Jana+%26+Co&stand=neu");
        assert_eq!(SearchForm::default().path("", &[]), "/verwaltung/bewerbungen");
    }
}
