//! The start page: what we offer, and the open postings with their filters.

use std::collections::BTreeSet;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::{Date, Duration};

use super::tile::{self, Tile};
use crate::campaigns::campaign::Channel;
use crate::campaigns::posting::Posting;
use crate::campaigns::search::{Search, Start, Times};
use crate::campaigns::{language, opening, posting};
use crate::clock::{Zone, german};
use crate::policy;
use crate::portal::Portal;
use crate::training::upcoming;
use crate::web::form::Query;
use crate::web::layout::Side;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Page, filters};

/// What stands after the `?`. An unknown value chooses nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    kanal: String,
    sprache: String,
    zeiten: String,
    start: String,
}

impl Wish {
    fn search(&self) -> Search {
        let known = |tag: &&String| language::ALL.iter().any(|(known, _)| known == tag);
        Search {
            channel: Channel::of(&self.kanal),
            language: Some(&self.sprache).filter(known).cloned(),
            times: Times::ALL.into_iter().find(|times| times.key() == self.zeiten),
            start: Start::ALL.into_iter().find(|start| start.key() == self.start),
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "site/start.html")]
struct StartPage {
    layout: Layout,
    search: Search,
    /// Tags of all open postings.
    languages: Vec<(String, String)>,
    tiles: Vec<Tile>,
    /// Whether there is any open posting at all.
    any: bool,
    today: Date,
}

impl StartPage {
    fn is_chosen(&self, language: &str) -> bool {
        self.search.language.as_deref() == Some(language)
    }

    /// `23.11.2026`
    fn as_of(&self) -> String {
        german::date(self.today)
    }
}

fn days(n: i32) -> Duration {
    Duration::days(n.into())
}

/// `GET /`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now, Query(wish): Query<Wish>) -> Answer {
    let (today, search) = (Zone::berlin().date(now), wish.search());
    let (postings, mut weekly, policy) = tokio::try_join!(
        posting::open(&portal.db),
        opening::weekly(&portal.db, None),
        policy::load(&portal.db, today),
    )?;
    let nexts = upcoming::of_campaigns(&portal.db, today + days(policy.training_start_days().0)).await?;
    let within = days(policy.training_start_days().1);
    let tags: BTreeSet<&String> = postings.iter().flat_map(|posting| &posting.languages).collect();
    let mut languages: Vec<_> = tags.into_iter().map(|tag| (tag.clone(), language::name(tag).to_owned())).collect();
    languages.sort_by(|a, b| a.1.cmp(&b.1));
    let tiles = postings.iter().filter_map(|posting| {
        let hours = tile::hours(&mut weekly, posting.campaign);
        let next = nexts.get(&posting.campaign);
        // What one filters by is what the tile says.
        let starts_on = next.map(|next| next.zone.date(next.starts_at)).or(posting.starts_on);
        let dated = Posting { starts_on, ..posting.clone() };
        search.fits(&dated, &hours, today, within).then(|| Tile::new(posting, &hours, next, today))
    });
    let tiles: Vec<Tile> = tiles.collect();
    let layout = page.layout("Arbeite selbstständig im Kundenservice").described(
        "Kundenservice von zu Hause: offene Stellen eines virtuellen Kontaktcenters für selbstständige Freelancer*innen. Bewerbung ohne Lebenslauf und Anschreiben.",
    );
    Ok(StartPage { layout, search, languages, tiles, any: !postings.is_empty(), today }.into_response())
}
