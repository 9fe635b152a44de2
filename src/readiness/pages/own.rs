//! `/bereit`: one's own way to one's own shifts, with exactly one next step.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::OffsetDateTime;

use super::view::{Checklist, PaperLine};
use crate::clock::Zone;
use crate::id::FreelancerId;
use crate::policy;
use crate::portal::Portal;
use crate::readiness::load;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Me, Page, filters};

#[derive(Template, WebTemplate)]
#[template(path = "readiness/own.html")]
struct OwnPage {
    layout: Layout,
    list: Checklist,
    papers: Vec<PaperLine>,
    has_campaign: bool,
    /// The person looks at their own list: steps lead somewhere.
    is_own: bool,
}

/// Checklist and papers of one person.
pub async fn load(
    portal: &Portal,
    who: FreelancerId,
    now: OffsetDateTime,
) -> Result<(Checklist, Vec<PaperLine>, bool), sqlx::Error> {
    let today = Zone::berlin().date(now);
    let (_, latest_start) = policy::load(&portal.db, today).await?.training_start_days();
    let prepared = load::of_person(&portal.db, who, now).await?;
    let mut common = Vec::new();
    let papers: Vec<PaperLine>;
    match prepared.first() {
        Some(first) => papers = first.facts.papers.iter().map(|paper| PaperLine::new(paper, today)).collect(),
        None => {
            let facts = load::without_campaign(&portal.db, who, now).await?;
            common = facts.items(today).into_iter().filter(|item| item.step.is_common()).collect();
            papers = facts.papers.iter().map(|paper| PaperLine::new(paper, today)).collect();
        }
    }
    let list = Checklist::new(&prepared, common, today, latest_start.into());
    Ok((list, papers, !prepared.is_empty()))
}

/// `GET /bereit`
pub async fn show(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    let (list, papers, has_campaign) = load(&portal, me.account.into(), now).await?;
    let layout = page.layout("Bereit werden");
    Ok(OwnPage { layout, list, papers, has_campaign, is_own: true }.into_response())
}
