//! "Erste Schichten", for trainees: how far they are, free places beside mentors, their own places and what was said.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::OffsetDateTime;

use crate::clock::german;
use crate::freelancers::qualification::{self, Progress};
use crate::freelancers::{missing, preparation};
use crate::id::{CampaignId, FreelancerId, ShiftId};
use crate::portal::Portal;
use crate::shifts::booking::{FREE_RELEASE, Person};
use crate::shifts::pair::{self, MOST, Open, Own, Refusal};
use crate::shifts::said;
use crate::web::form::Path;
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other};

#[derive(Template, WebTemplate)]
#[template(path = "first_shifts/trainee.html")]
struct TraineePage {
    layout: Layout,
    campaigns: Vec<Campaign>,
    own: Vec<Own>,
    now: OffsetDateTime,
}

/// A campaign that somebody prepares for.
struct Campaign {
    title: String,
    slug: String,
    progress: Progress,
    /// Why there is no place to choose, in a sentence.
    lack: String,
    open: Vec<Open>,
}

impl TraineePage {
    fn said(&self, open: &Open) -> String {
        said(&open.zone, open.starts_at, open.ends_at)
    }

    fn own_said(&self, own: &Own) -> String {
        said(&own.zone, own.starts_at, own.ends_at)
    }

    fn length(&self, open: &Open) -> String {
        german::hours(open.ends_at - open.starts_at)
    }

    fn coming(&self) -> Vec<&Own> {
        self.own.iter().rev().filter(|own| own.ends_at > self.now).collect()
    }

    fn past(&self) -> Vec<&Own> {
        self.own.iter().filter(|own| own.ends_at <= self.now).collect()
    }

    fn releasable(&self, own: &Own) -> bool {
        let deadline = own.starts_at - time::Duration::hours(i64::from(own.release_deadline_hours));
        own.starts_at > self.now && (self.now <= deadline || self.now <= own.booked_at + FREE_RELEASE)
    }

    /// `1 von 3 abgenommen`
    fn counted(&self, campaign: &Campaign) -> String {
        format!("{} von {} abgenommen", campaign.progress.signed, campaign.progress.first_shifts)
    }
}

impl Campaign {
    /// Whether later shifts are left out.
    fn is_long(&self) -> bool {
        self.open.len() as i64 == MOST
    }

    /// The mentors of a place, in the order in which they are given.
    fn beside(&self, open: &Open) -> String {
        match open.mentors.as_slice() {
            [first, rest @ ..] if !rest.is_empty() => {
                format!("neben {first} ({} frei)", german::count(open.mentors.len() as i64, "Platz", "Plätze"))
            }
            [first, ..] => format!("neben {first}"),
            [] => String::new(),
        }
    }
}

/// `GET /erste-schichten`
pub async fn show(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    let (db, person) = (&portal.db, FreelancerId::from(me.account));
    let own = pair::own(db, person).await?;
    let mut campaigns = Vec::new();
    for prepared in preparation::list(db, person).await? {
        if qualification::find(db, person, prepared.campaign).await?.is_some() {
            continue;
        }
        let progress = qualification::progress(db, person, prepared.campaign).await?;
        let missing = missing::load(db, person, prepared.campaign, now).await?;
        let lack = match () {
            () if !progress.passed => Refusal::NotPassed.sentence(),
            () if !missing.is_nothing() => qualification::lacking(&missing.said()),
            () if unsigned(&own, prepared.campaign) >= progress.left() => Refusal::Enough.sentence(),
            () => String::new(),
        };
        let open = if lack.is_empty() { pair::open(db, prepared.campaign, person, now).await? } else { Vec::new() };
        let title = format!("{} · {}", prepared.client, prepared.name);
        campaigns.push(Campaign { title, slug: prepared.slug, progress, lack, open });
    }
    Ok(TraineePage { layout: page.layout("Erste Schichten"), campaigns, own, now }.into_response())
}

/// Places in a campaign about which nobody has said anything yet.
fn unsigned(own: &[Own], campaign: CampaignId) -> i64 {
    own.iter().filter(|own| own.campaign == campaign && own.passed.is_none()).count() as i64
}

/// `POST /erste-schichten/{id}/platz`
pub async fn book(State(portal): State<Portal>, me: Me, Now(now): Now, Path(id): Path<ShiftId>) -> Answer {
    let person = Person { id: me.account.into(), email: &me.email };
    let outcome = pair::book(&portal.db, &portal.config, id, person, now).await?;
    let facts = outcome.facts.ok_or(Error::NotFound)?;
    let flash = match outcome.result {
        Ok(mentor) => Flash::ok(format!("Dein Platz: {}.", facts.said()), format!("Neben dir sitzt {mentor}.")),
        // A double click is no mistake.
        Err(refusal @ Refusal::Already) => Flash::info(format!("{}:", facts.said()), refusal.sentence()),
        Err(refusal) => Flash::warn(format!("Kein Platz gebucht: {}.", facts.said()), refusal.sentence()),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other("/erste-schichten"))
}
