//! The page of the equipment check. The script measures; the page has every sentence, also those for people without it.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;

use super::line;
use super::system::{Fit, System};
use crate::accounts::role::Role;
use crate::applications::equipment::{self, Target};
use crate::clock::{Zone, german};
use crate::policy::{self, Policy};
use crate::portal::Portal;
use crate::web::layout::Side;
use crate::web::viewer::Now;
use crate::web::{Answer, Layout, Page, Viewer, filters};

/// What a line has to carry upwards, in kbit/s: a call takes about a tenth of it, beside everything else that runs.
const UP_KBIT: i32 = 1_000;
/// A conversation stays natural up to about 150 ms each way (ITU-T G.114); there and back that is twice as much, of which
/// the rest of the way needs its share.
const LATENCY_MS: i32 = 150;
/// What the buffers of telephone programs even out without being heard.
const JITTER_MS: i32 = 30;

#[derive(Template, WebTemplate)]
#[template(path = "site/equipment.html")]
struct EquipmentPage {
    layout: Layout,
    policy: Policy,
    system: System,
    /// The applications that a result can be attached to.
    targets: Vec<Target>,
}

impl EquipmentPage {
    const UP_KBIT: i32 = UP_KBIT;
    const LATENCY_MS: i32 = LATENCY_MS;
    const JITTER_MS: i32 = JITTER_MS;

    /// The number that stands for fast enough.
    fn needed(&self) -> i32 {
        self.policy.line_kbit()
    }

    /// The fastest that can be measured.
    fn pace(&self) -> u32 {
        line::pace(self.policy.line_kbit())
    }

    fn attached(&self, target: &Target) -> Option<String> {
        target.attached_at.map(|at| german::moment(Zone::berlin().local(at)))
    }

    /// Class of the system's line, and its icon.
    fn system_state(&self) -> (&'static str, &'static str) {
        match self.system.fit {
            Fit::Fits => ("ok", "circle-check"),
            Fit::Old => ("warn", "triangle-alert"),
            Fit::Handheld | Fit::Other => ("", "info"),
        }
    }
}

/// `GET /technik`
pub async fn show(
    State(portal): State<Portal>,
    page: Page,
    viewer: Viewer,
    headers: HeaderMap,
    Now(now): Now,
) -> Answer {
    let policy = policy::at(&portal.db, now).await?;
    let applicant = viewer.signed_in().filter(|me| me.roles.contains(&Role::Applicant));
    let targets = match applicant {
        Some(me) => equipment::targets(&portal.db, me.account.into()).await?,
        None => Vec::new(),
    };
    let system = System::of(&headers, policy.value(policy::Figure::WindowsVersion));
    Ok(EquipmentPage { layout: page.layout("Technik-Check"), policy, system, targets }.into_response())
}
