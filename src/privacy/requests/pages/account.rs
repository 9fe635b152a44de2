//! "Delete everything", for somebody with a password: what goes, what the law keeps and until when; wished after the password
//! again, and taken back until it is carried out.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::OffsetDateTime;

use crate::accounts::role::{self, Role};
use crate::accounts::{account, audit};
use crate::clock::{Zone, german};
use crate::policy::{self, Figure, Policy};
use crate::portal::Portal;
use crate::retention::wish::{self, Wish};
use crate::retention::{gone, hold};
use crate::web::viewer::Now;
use crate::web::{Answer, Flash, Layout, Me, Page, confirmation, filters, see_other};

const PATH: &str = "/konto/loeschung";

#[derive(Template, WebTemplate)]
#[template(path = "requests/account.html")]
struct AccountPage {
    layout: Layout,
    /// Whoever works in the house turns to people first.
    is_staff: bool,
    /// Whoever only applies does this on their own page.
    is_applicant: bool,
    policy: Policy,
    coming: i64,
    wished_at: Option<OffsetDateTime>,
    /// The last day of a legal hold.
    held_until: Option<String>,
}

impl AccountPage {
    fn within(&self) -> String {
        self.policy.said_dative(Figure::DeletionRequestHours)
    }

    fn after(&self, figure: Figure) -> String {
        self.policy.said_dative(figure)
    }

    fn wished(&self) -> Option<String> {
        self.wished_at.map(|at| german::moment(Zone::berlin().local(at)))
    }

    fn bookings(&self) -> String {
        german::count(self.coming, "gebuchte Schicht wird", "gebuchte Schichten werden")
    }
}

/// `GET /konto/loeschung`
pub async fn show(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    let is_staff = role::any_staff(&me.roles);
    let is_applicant = !is_staff && !me.roles.contains(&Role::Freelancer);
    if !is_staff
        && !is_applicant
        && let Some(first) = confirmation::first(&me, now, PATH)
    {
        return Ok(first);
    }
    Ok(AccountPage {
        layout: page.layout("Zugang und Daten löschen"),
        is_staff,
        is_applicant,
        policy: policy::at(&portal.db, now).await?,
        coming: account::coming_bookings(&portal.db, me.account, now).await?,
        wished_at: wish::open(&portal.db, me.account, Wish::Erasure).await?,
        held_until: hold::until(&portal.db, me.account, Zone::berlin().date(now)).await?.map(german::date),
    }
    .into_response())
}

/// `POST /konto/loeschung`
pub async fn create(State(portal): State<Portal>, me: Me, Now(now): Now) -> Answer {
    if role::any_staff(&me.roles) || !me.roles.contains(&Role::Freelancer) {
        return Ok(see_other(PATH));
    }
    if let Some(first) = confirmation::before_sending(&me, now, PATH) {
        return Ok(first);
    }
    let mut tx = portal.db.begin().await?;
    wish::record(&mut *tx, me.account, Wish::Erasure, now).await?;
    audit::note(&mut *tx, Some(me.account), "request.erasure", &me.account.to_string(), now).await?;
    tx.commit().await?;
    Flash::ok("Dein Wunsch ist notiert.", "Solange er nicht ausgeführt ist, kannst du ihn zurücknehmen.")
        .keep(&portal, &me)
        .await?;
    Ok(see_other(PATH))
}

/// `POST /konto/loeschung/ende`
pub async fn take_back(State(portal): State<Portal>, me: Me, Now(now): Now) -> Answer {
    let mut tx = portal.db.begin().await?;
    // An erasure that has begun comes first: nobody is told that everything stays while it goes.
    gone::wait_for(&mut tx, me.account).await?;
    let flash = if wish::take_back(&mut *tx, me.account, Wish::Erasure).await? {
        audit::note(&mut *tx, Some(me.account), "request.taken_back", &me.account.to_string(), now).await?;
        Flash::ok("Dein Wunsch ist zurückgenommen.", "Alles bleibt, wie es ist.")
    } else {
        Flash::info("Es gab keinen offenen Wunsch.", "")
    };
    tx.commit().await?;
    flash.keep(&portal, &me).await?;
    Ok(see_other(PATH))
}
