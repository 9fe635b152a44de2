//! "Pat*in sein", for freelancers: offering it, taking it back, who sits beside them, and how it was.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::OffsetDateTime;

use super::SignOffForm;
use crate::id::{BookingId, CampaignId, FreelancerId};
use crate::portal::Portal;
use crate::shifts::pair::mentor::{self, Possible, Stage};
use crate::training::sign_off::{self, Place, SignOff, Signer};
use crate::web::form::{Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

#[derive(Template, WebTemplate)]
#[template(path = "first_shifts/mentor.html")]
struct MentorPage {
    layout: Layout,
    campaigns: Vec<Possible>,
    coming: Vec<Place>,
    /// Over, and not signed off yet.
    over: Vec<Place>,
    /// The sign-off that needs care.
    at: Option<BookingId>,
    form: SignOffForm,
    errors: Errors,
}

impl MentorPage {
    async fn load(
        portal: &Portal,
        page: &Page,
        (me, now): (&Me, OffsetDateTime),
        at: Option<BookingId>,
        (form, errors): (SignOffForm, Errors),
    ) -> Result<Self, Error> {
        let person: FreelancerId = me.account.into();
        let places = sign_off::places(&portal.db, Some(person), None).await?;
        let (over, coming) = places.into_iter().partition(|place| place.ends_at <= now);
        let campaigns = mentor::possible(&portal.db, person, now).await?;
        Ok(Self { layout: page.layout("Pat*in sein"), campaigns, coming, over, at, form, errors })
    }

    /// What was typed for this place, if it was this one.
    fn typed(&self, place: &Place) -> &str {
        if self.at == Some(place.booking) { &self.form.wort } else { "" }
    }

    fn error(&self, place: &Place) -> Option<&str> {
        if self.at == Some(place.booking) { self.errors.of("wort") } else { None }
    }
}

/// `GET /pat`
pub async fn show(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    let typed = (SignOffForm::default(), Errors::default());
    Ok(MentorPage::load(&portal, &page, (&me, now), None, typed).await?.into_response())
}

/// `POST /pat/angebote/{campaign}`
pub async fn offer(State(portal): State<Portal>, me: Me, Now(now): Now, Path(campaign): Path<CampaignId>) -> Answer {
    let person: FreelancerId = me.account.into();
    if !mentor::possible(&portal.db, person, now).await?.iter().any(|p| p.campaign == campaign) {
        return Err(Error::NotFound);
    }
    let flash = match mentor::offer(&portal.db, person, campaign, now).await? {
        true => Flash::ok(
            "Danke für dein Angebot.",
            "Jemand aus Schulung oder Planung bestätigt es; dann sitzen Neue neben dir.",
        ),
        false => Flash::info("Das hast du schon angeboten.", ""),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other("/pat"))
}

/// `POST /pat/angebote/{campaign}/ruecknahme`
pub async fn withdraw(State(portal): State<Portal>, me: Me, Now(now): Now, Path(campaign): Path<CampaignId>) -> Answer {
    let person: FreelancerId = me.account.into();
    if !mentor::possible(&portal.db, person, now).await?.iter().any(|p| p.campaign == campaign) {
        return Err(Error::NotFound);
    }
    let flash = match mentor::withdraw(&portal.db, &portal.config, person, campaign, now).await? {
        true => Flash::ok(
            "Du bist nicht mehr Pat*in.",
            "Wer neben dir sitzen wollte, weiß Bescheid. Deine Schichten bleiben.",
        ),
        false => Flash::info("Du hast das gerade nicht angeboten.", ""),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other("/pat"))
}

/// `POST /pat/abnahmen/{id}`
pub async fn sign(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<BookingId>,
    Form(form): Form<SignOffForm>,
) -> Answer {
    let signer = Signer::Mentor(me.account.into());
    let place = sign_off::find(&portal.db, id, signer).await?.ok_or(Error::NotFound)?;
    let (result, word) = match form.prove() {
        Ok(proven) => proven,
        Err(errors) => {
            let page = MentorPage::load(&portal, &page, (&me, now), Some(id), (form, errors)).await?;
            return Ok(unprocessable(page));
        }
    };
    let signed = sign_off::sign(&portal.db, &portal.config, id, signer, (result, &word), now).await?;
    done(&place, result, signed).keep(&portal, &me).await?;
    Ok(see_other("/pat"))
}

/// What became of a sign-off.
pub fn done(place: &Place, result: SignOff, signed: Result<bool, sign_off::Refusal>) -> Flash {
    match (signed, result) {
        (Ok(true), _) => Flash::ok(format!("{} ist jetzt einsatzbereit.", place.name), "Die Mail dazu ist unterwegs."),
        (Ok(false), SignOff::Passed) => {
            Flash::ok("Abgenommen.", format!("{} bekommt deine Worte als Mail.", place.name))
        }
        (Ok(false), SignOff::Again) => {
            Flash::ok("Eingetragen: noch einmal.", format!("{} bekommt deine Worte als Mail.", place.name))
        }
        (Err(refusal), _) => Flash::warn("Nichts eingetragen.", refusal.sentence()),
    }
}
