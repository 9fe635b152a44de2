//! One freelancer, and the campaigns whose shifts they may book, with the bookings that wait for a decision.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::OffsetDateTime;

use super::papers::REVIEWING;
use super::{DECIDING, GRANTING, INVITING};
use crate::accounts::role::Role;
use crate::clock::{Zone, german};
use crate::freelancers::freelancer::{self, Freelancer};
use crate::freelancers::history::{self, Entry};
use crate::freelancers::qualification::{self, CampaignName, GrantRefusal, LONGEST_REASON, Qualification};
use crate::id::{CampaignId, FreelancerId};
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// A qualification as typed.
#[derive(Debug, Default, Deserialize)]
pub struct GrantForm {
    #[serde(default)]
    campaign: String,
    #[serde(default)]
    reason: String,
}

struct NewQualification {
    campaign: CampaignId,
    reason: String,
}

impl GrantForm {
    fn prove(&self) -> Result<NewQualification, Errors> {
        let mut errors = Errors::default();
        let campaign = self.campaign.parse().map_err(|_| "Bitte wähle eine Kampagne.".to_owned());
        let campaign = errors.take("campaign", campaign);
        let reason = errors.take("reason", text(&self.reason, LONGEST_REASON, "einen Grund"));
        match (campaign, reason) {
            (Some(campaign), Some(reason)) => Ok(NewQualification { campaign, reason }),
            _ => Err(errors),
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "freelancers/detail.html")]
struct DetailPage {
    layout: Layout,
    account: Freelancer,
    qualifications: Vec<Qualification>,
    grantable: Vec<CampaignName>,
    /// Bookings that wait for a decision.
    undecided: i64,
    history: Vec<Entry>,
    may_grant: bool,
    may_decide: bool,
    now: OffsetDateTime,
    may_invite: bool,
    may_review: bool,
    is_administrator: bool,
    form: GrantForm,
    errors: Errors,
}

impl DetailPage {
    async fn load(
        portal: &Portal,
        page: &Page,
        (me, now): (&Me, OffsetDateTime),
        id: FreelancerId,
        form: GrantForm,
        errors: Errors,
    ) -> Result<Self, Error> {
        let account = freelancer::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
        let has_access = account.access_ended_at.is_none();
        Ok(Self {
            layout: page.layout(&account.name),
            qualifications: qualification::list(&portal.db, id).await?,
            grantable: qualification::grantable(&portal.db, id).await?,
            undecided: freelancer::undecided(&portal.db, id, now).await?,
            history: history::list(&portal.db, id).await?,
            may_grant: me.has_any(GRANTING) && has_access,
            may_decide: me.has_any(DECIDING),
            now,
            may_invite: me.has_any(INVITING) && has_access && !account.active,
            may_review: me.has_any(REVIEWING),
            is_administrator: me.has_any(&[Role::Administrator]),
            account,
            form,
            errors,
        })
    }

    fn is_chosen(&self, campaign: &CampaignName) -> bool {
        self.form.campaign == campaign.id.to_string()
    }

    fn day(&self, at: &OffsetDateTime) -> String {
        german::date(Zone::berlin().date(*at))
    }

    fn moment(&self, at: &OffsetDateTime) -> String {
        german::moment(Zone::berlin().local(*at))
    }

    /// `3 gebuchte Schichten brauchen eine Entscheidung.`
    fn undecided_said(&self) -> String {
        german::count(self.undecided, "gebuchte Schicht braucht", "gebuchte Schichten brauchen") + " eine Entscheidung."
    }
}

/// `GET /verwaltung/freelancer/{id}`
pub async fn show(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<FreelancerId>,
) -> Answer {
    let (form, errors) = (GrantForm::default(), Errors::default());
    Ok(DetailPage::load(&portal, &page, (&me, now), id, form, errors).await?.into_response())
}

/// `POST /verwaltung/freelancer/{id}/einsatzbereit`
pub async fn grant(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<FreelancerId>,
    Form(form): Form<GrantForm>,
) -> Answer {
    let person = freelancer::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let new = match form.prove() {
        Ok(new) => new,
        Err(errors) => {
            return Ok(unprocessable(DetailPage::load(&portal, &page, (&me, now), id, form, errors).await?));
        }
    };
    let flash = match qualification::grant(&portal.db, id, new.campaign, &new.reason, me.account, now).await? {
        Ok(()) => Flash::ok(
            format!("{} ist einsatzbereit.", person.name),
            "Die Schichten der Kampagne sind ab sofort buchbar.",
        ),
        // A double click is no mistake.
        Err(refusal @ GrantRefusal::Already) => Flash::info(refusal.sentence(), ""),
        Err(refusal) => Flash::warn("Das ging nicht.", refusal.sentence()),
    };
    back(&portal, &me, id, flash).await
}

/// Back to the person, with a message.
pub async fn back(portal: &Portal, me: &Me, id: FreelancerId, flash: Flash) -> Answer {
    flash.keep(portal, me).await?;
    Ok(see_other(&format!("/verwaltung/freelancer/{id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qualification_needs_a_campaign_and_a_reason() {
        let Err(errors) = GrantForm { campaign: "x".into(), reason: " ".into() }.prove() else { panic!("proved") };
        assert_eq!(errors.fields().collect::<Vec<_>>(), ["campaign", "reason"]);
        let form = GrantForm { campaign: CampaignId::new().to_string(), reason: " Schulung bestanden ".into() };
        assert_eq!(form.prove().map(|new| new.reason).ok().as_deref(), Some("Schulung bestanden"));
    }
}
