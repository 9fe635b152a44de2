//! The page of one's own copy: ask for it, see how far it is, fetch it.

mod by_link;
mod readable;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use time::OffsetDateTime;

use crate::accounts::role::Role;
use crate::accounts::session;
use crate::applications::form::{link, mails, mails::Way};
use crate::clock::{Zone, german};
use crate::id::DataCopyId;
use crate::mail::{self, Recipient};
use crate::policy::{self, Figure};
use crate::portal::Portal;
use crate::privacy::export::request::{self, Copy, State};
use crate::web::form::Path;
use crate::web::viewer::Now;
use crate::web::{
    Answer, Audience, Error, Flash, Layout, Me, Page, Routes, confirmation, download, filters, see_other,
};

const HERE: &str = link::COPY;
/// What the copy is called where it is saved.
const FILE_NAME: &str = "deine-daten.zip";

/// The routes of the copy.
pub fn routes() -> Routes {
    Routes::default()
        .get(HERE, Audience::SignedIn, show)
        .post("/konto/daten/kopie", Audience::SignedIn, create)
        .post("/konto/daten/link", Audience::Applicant, send_link)
        .get("/konto/daten/kopie/{id}", Audience::SignedIn, fetch)
        .get("/datenschutz/kopie/{token}", Audience::Public, by_link::show)
        .post("/datenschutz/kopie/{token}", Audience::Public, by_link::fetch)
        .streaming()
}

#[derive(Template, WebTemplate)]
#[template(path = "privacy/data_copy.html")]
struct CopyPage {
    layout: Layout,
    copy: Option<Copy>,
    /// Whether it may be fetched at once.
    fresh: bool,
    email: String,
    roles: Vec<Role>,
    downloads: Vec<OffsetDateTime>,
    kept: String,
}

impl CopyPage {
    fn is_applicant_only(&self) -> bool {
        is_applicant_only(&self.roles)
    }

    fn is_going_on(&self) -> bool {
        self.copy.as_ref().is_some_and(|copy| matches!(copy.state, State::Waiting { .. } | State::Making { .. }))
    }

    fn moment(&self, at: &OffsetDateTime) -> String {
        german::moment(Zone::berlin().local(*at))
    }

    fn most(&self) -> i16 {
        request::MOST
    }

    fn downloaded(&self) -> String {
        self.downloads.iter().map(|at| self.moment(at)).collect::<Vec<_>>().join("; ")
    }
}

fn is_applicant_only(roles: &[Role]) -> bool {
    roles.iter().all(|role| *role == Role::Applicant)
}

/// Whether the person has just proven who they are: by the password, or, having none, by a link from their mailbox.
fn is_fresh(me: &Me, now: OffsetDateTime) -> bool {
    me.is_confirmed(now) || is_applicant_only(&me.roles) && now - me.created_at < session::CONFIRMED
}

/// `GET /konto/daten`
async fn show(Shared(portal): Shared<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    let copy = request::latest(&portal.db, me.account, now).await?;
    let downloads = match &copy {
        Some(copy) => request::downloads(&portal.db, copy.id).await?,
        None => Vec::new(),
    };
    let kept = policy::at(&portal.db, now).await?.said(Figure::CopyDays);
    let layout = page.layout("Kopie deiner Daten");
    let fresh = is_fresh(&me, now);
    let (email, roles) = (me.email.clone(), me.roles.clone());
    Ok(CopyPage { layout, copy, fresh, email, roles, downloads, kept }.into_response())
}

/// `POST /konto/daten/kopie`
async fn create(Shared(portal): Shared<Portal>, me: Me, Now(now): Now) -> Answer {
    // People who apply have no password: their copy comes by a link into their mailbox.
    if !is_applicant_only(&me.roles)
        && let Some(first) = confirmation::before_sending(&me, now, HERE)
    {
        return Ok(first);
    }
    request::ask(&portal.db, me.account, now).await?;
    Flash::ok("Deine Kopie ist angefordert.", "Sobald sie fertig ist, schreiben wir dir.").keep(&portal, &me).await?;
    Ok(see_other(HERE))
}

/// `POST /konto/daten/link`: a fresh link into the applicant's mailbox.
async fn send_link(Shared(portal): Shared<Portal>, me: Me, Now(now): Now) -> Answer {
    let copy = request::latest(&portal.db, me.account, now).await?;
    if let Some(Copy { state: State::Ready { until, .. }, .. }) = copy
        && request::may_send_link(&portal.db, me.account, now).await?
    {
        let mut tx = portal.db.begin().await?;
        let token = link::to_copy(&mut *tx, me.account.into(), now).await?;
        let to = Recipient::of(me.account, &me.email);
        mail::enqueue(&mut *tx, &mails::data_copy(&portal.config, to, &Way::of(token), until), now).await?;
        tx.commit().await?;
    }
    Flash::ok("Ein Link ist unterwegs.", format!("Er geht an {}.", me.email)).keep(&portal, &me).await?;
    Ok(see_other(HERE))
}

/// `GET /konto/daten/kopie/{id}`: one's own, after a fresh sign-in; each fetch is noted.
async fn fetch(
    Shared(portal): Shared<Portal>,
    me: Me,
    Now(now): Now,
    Path(id): Path<DataCopyId>,
    headers: HeaderMap,
) -> Answer {
    let blob = request::file(&portal.db, id, me.account, now).await?.ok_or(Error::NotFound)?;
    if !is_fresh(&me, now) {
        let path = format!("/konto/daten/kopie/{id}");
        let first = if is_applicant_only(&me.roles) { None } else { confirmation::first(&me, now, &path) };
        return Ok(first.unwrap_or_else(|| see_other(HERE)));
    }
    let response = download::hand_out(&portal, &blob, FILE_NAME, &headers).await?;
    request::note_download(&portal.db, id, now).await?;
    Ok(response)
}
