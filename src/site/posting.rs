//! A posting's page: what one does, needs and can count on. A closed posting says so and shows the open ones.

use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::{Date, Duration, OffsetDateTime};

use super::tile::{self, Tile};
use crate::campaigns::posting::{self, Posting, State as Stand};
use crate::campaigns::{country, language, opening};
use crate::clock::{Zone, german};
use crate::id::CampaignId;
use crate::policy::{self, Policy};
use crate::portal::Portal;
use crate::training::upcoming::{self, Next};
use crate::web::form::Path;
use crate::web::markdown::{self, Html};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Page, filters};

#[derive(Template, WebTemplate)]
#[template(path = "site/posting.html")]
struct PostingPage {
    layout: Layout,
    posting: Posting,
    /// `Mo–Fr 7–22 Uhr`
    hours: String,
    tasks: Html,
    needs: Html,
    policy: Policy,
    /// The next training that somebody who applies today can hope for.
    next: Option<Next>,
    today: Date,
    /// Seen by staff only: nobody can apply through it.
    preview: bool,
}

impl PostingPage {
    async fn load(portal: &Portal, layout: Layout, posting: Posting, now: OffsetDateTime) -> Result<Self, sqlx::Error> {
        let today = Zone::berlin().date(now);
        let (mut weekly, policy) =
            tokio::try_join!(opening::weekly(&portal.db, Some(posting.campaign)), policy::load(&portal.db, today),)?;
        let hours = tile::hours(&mut weekly, posting.campaign).summary();
        let next = nexts(portal, &policy, today).await?.remove(&posting.campaign);
        // The text stands below headings of the second level.
        let (tasks, needs) = (markdown::render(&posting.tasks, 2), markdown::render(&posting.needs, 2));
        Ok(Self { layout, posting, hours, tasks, needs, policy, next, today, preview: false })
    }

    /// `Telefon und Chat`
    fn channels(&self) -> String {
        enumerated(&self.posting.channels.iter().map(|channel| channel.label()).collect::<Vec<_>>())
    }

    fn icon(&self) -> &'static str {
        self.posting.channels.first().map_or("headphones", |channel| channel.icon())
    }

    /// `Deutsch und Englisch`
    fn languages(&self) -> String {
        enumerated(&self.posting.languages.iter().map(|tag| language::name(tag)).collect::<Vec<_>>())
    }

    /// What one must speak and write (FAQ fact 5).
    fn fluency(&self) -> String {
        let fluent = |tag: &String| match tag.as_str() {
            "de" => "fließendes Deutsch und fehlerfreie Rechtschreibung".to_owned(),
            tag => format!("fließendes {}", language::name(tag)),
        };
        enumerated(&self.posting.languages.iter().map(fluent).collect::<Vec<_>>())
    }

    /// From where one can work (FAQ fact 1).
    fn places(&self) -> String {
        let names: Vec<_> = self.posting.countries.iter().map(|code| country::name(code)).collect();
        match names.as_slice() {
            [] => "von überall aus, wo die Leitung schnell genug ist".into(),
            ["Schweiz"] => "aus der Schweiz".into(),
            names => format!(
                "aus {}",
                enumerated(names).replace("Schweiz", "der Schweiz").replace("Niederlande", "den Niederlanden")
            ),
        }
    }

    /// `von 15 bis 20 Stunden`, one number if both are equal (FAQ fact 13).
    fn expectation(&self) -> String {
        match (self.posting.expected_hours_min, self.posting.expected_hours_max) {
            (least, most) if least == most => format!("{least} Stunden"),
            (least, most) => format!("{least}–{most} Stunden"),
        }
    }

    /// The later start that the posting names.
    fn not_before(&self) -> Option<String> {
        self.posting.starts_on.filter(|day| *day > self.today).map(german::day)
    }

    /// When one could start, honestly (FAQ fact 8): reckoned from an acceptance today.
    fn estimate(&self) -> String {
        let (least, most) = self.policy.training_start_days();
        let (first, last) = (self.today + Duration::days(least.into()), self.today + Duration::days(most.into()));
        let rule = format!(
            "Nach der Zusage beginnt die Schulung frühestens nach {}, spätestens nach {}.",
            period(least),
            period(most),
        );
        if let Some(next) = &self.next {
            return self.estimate_of(next, rule);
        }
        let first = self.posting.starts_on.map_or(first, |day| day.max(first));
        if first > last {
            return "Bewirb dich ruhig schon jetzt, dann ist bis dahin alles fertig.".into();
        }
        let (first, last) = (german::short_day(first), german::day(last));
        format!("{rule} Bei einer Zusage heute wäre das zwischen {first} und {last}.")
    }

    /// The same where a date stands: from when on one could book by oneself. A date beyond the rule speaks for itself.
    fn estimate_of(&self, next: &Next, rule: String) -> String {
        let latest = self.today + Duration::days(self.policy.training_start_days().1.into());
        let rule = if next.zone.date(next.starts_at) > latest { String::new() } else { rule + " " };
        let last = german::short_day(next.zone.date(next.ends_at));
        let then = match next.first_shifts {
            0 => format!("Sie endet {last}"),
            1 => format!("Sie endet {last}, dann folgt eine erste Schicht mit Pat*in"),
            n => format!("Sie endet {last}, dann folgen {n} erste Schichten mit Pat*in"),
        };
        format!("{rule}{then}. Selbst buchen könntest du ungefähr ab {}.", german::day(next.could_start()))
    }

    /// `Mo, 7.12.2026, 09:00 Uhr`
    fn next_start(&self, next: &Next) -> String {
        german::moment(next.zone.local(next.starts_at))
    }
}

/// Days as one says them after „nach“: `3 Tagen`, `3 Wochen`.
fn period(days: i32) -> String {
    match days {
        0 => "weniger als einem Tag".into(),
        1 => "einem Tag".into(),
        7 => "einer Woche".into(),
        days if days % 7 == 0 => format!("{} Wochen", days / 7),
        days => format!("{days} Tagen"),
    }
}

/// `Telefon, Chat und E-Mail`
fn enumerated<S: AsRef<str>>(words: &[S]) -> String {
    match words {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [most @ .., last] => {
            format!("{} und {}", most.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", "), last.as_ref())
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "site/posting_closed.html")]
struct ClosedPage {
    layout: Layout,
    posting: Posting,
    tiles: Vec<Tile>,
}

/// `GET /stellen/{slug}`
pub async fn show(State(portal): State<Portal>, page: Page, Now(now): Now, Path(slug): Path<String>) -> Answer {
    let posting = posting::find(&portal.db, &slug).await?.ok_or(Error::NotFound)?;
    match posting.state() {
        Stand::Draft => Err(Error::NotFound),
        Stand::Open => {
            let title = format!("{} – {}", posting.title, posting.client);
            let layout = page.layout(&title).described(&posting.summary);
            Ok(PostingPage::load(&portal, layout, posting, now).await?.into_response())
        }
        Stand::Closed => closed(&portal, &page, posting, now).await,
    }
}

/// The next trainings by campaign, for somebody who applies today.
async fn nexts(portal: &Portal, policy: &Policy, today: Date) -> Result<BTreeMap<CampaignId, Next>, sqlx::Error> {
    let least = policy.training_start_days().0;
    upcoming::of_campaigns(&portal.db, today + Duration::days(least.into())).await
}

async fn closed(portal: &Portal, page: &Page, posting: Posting, now: OffsetDateTime) -> Answer {
    let today = Zone::berlin().date(now);
    let (others, mut weekly) = tokio::try_join!(posting::open(&portal.db), opening::weekly(&portal.db, None))?;
    let nexts = nexts(portal, &policy::load(&portal.db, today).await?, today).await?;
    let tile = |other: &Posting| {
        Tile::new(other, &tile::hours(&mut weekly, other.campaign), nexts.get(&other.campaign), today)
    };
    let tiles = others.iter().map(tile).collect();
    let layout = page.layout(&format!("{} – geschlossen", posting.title));
    Ok(ClosedPage { layout, posting, tiles }.into_response())
}

/// `GET /verwaltung/stellen/{slug}/vorschau`: the page as visitors see it, in any state.
pub async fn preview(State(portal): State<Portal>, page: Page, Now(now): Now, Path(slug): Path<String>) -> Answer {
    let posting = posting::find(&portal.db, &slug).await?.ok_or(Error::NotFound)?;
    let seen = match posting.state() {
        Stand::Draft => "Noch ist sie ein Entwurf, den niemand außerhalb der Verwaltung sieht.",
        Stand::Open => "So sehen Besucher*innen die Stelle.",
        Stand::Closed => "Sie ist geschlossen; so sah sie zuletzt aus.",
    };
    let layout = page.layout(&format!("Vorschau: {}", posting.title)).with_flash(Flash::info("Vorschau.", seen));
    let page = PostingPage::load(&portal, layout, posting, now).await?;
    Ok(PostingPage { preview: true, ..page }.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_and_lists_are_said_in_german() {
        for (days, said) in [(1, "einem Tag"), (3, "3 Tagen"), (7, "einer Woche"), (14, "2 Wochen"), (21, "3 Wochen")] {
            assert_eq!(period(days), said);
        }
        assert_eq!(enumerated(&["Telefon", "Chat", "E-Mail"]), "Telefon, Chat und E-Mail");
        assert_eq!(enumerated(&["Telefon"]), "Telefon");
        assert_eq!(enumerated::<&str>(&[]), "");
    }
}
