//! What is missing before somebody may take part in first shifts (product.md part 3).

use sqlx::PgExecutor;
use time::{Date, OffsetDateTime};

use crate::clock::Zone;
use crate::id::{CampaignId, FreelancerId};

/// How far a thing is that somebody has to bring or do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Done, or not asked of this person.
    Done,
    /// Handed in, and waiting for staff.
    Waiting,
    /// Returned, with a reason.
    Refused,
    Open,
}

/// The things that first shifts need, before the training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// Address, equipment and the rest of the profile.
    pub profile: Stage,
    /// Trade licence or VAT ID, or a registration abroad.
    pub proof: Stage,
    /// The employer's permission, if there is an employer.
    pub permission: Stage,
    /// Papers that this campaign wants besides.
    pub papers: Stage,
    pub contract: Stage,
    pub briefing: Stage,
}

impl Missing {
    /// Whether nothing is missing.
    pub fn is_nothing(self) -> bool {
        self.all().iter().all(|(stage, _)| *stage == Stage::Done)
    }

    /// The names of what is missing, after "Dir fehlt noch:".
    pub fn said(self) -> Vec<&'static str> {
        self.all().iter().filter(|(stage, _)| *stage != Stage::Done).map(|(_, name)| *name).collect()
    }

    fn all(self) -> [(Stage, &'static str); 6] {
        [
            (self.profile, "dein Profil"),
            (self.proof, "Gewerbeschein oder Umsatzsteuer-ID"),
            (self.permission, "die Erlaubnis zur Nebentätigkeit"),
            (self.papers, "eine Unterlage der Kampagne"),
            (self.contract, "die Bestätigung der Vertragsunterlagen"),
            (self.briefing, "die Datenschutz-Unterweisung"),
        ]
    }
}

/// What decides it.
#[derive(Debug, Clone, Default)]
struct Facts {
    has_profile: bool,
    has_vat_id: bool,
    is_employed: bool,
    /// Of the papers that prove a trade.
    proof_accepted: bool,
    proof_waiting: bool,
    proof_refused: bool,
    permission_accepted: bool,
    permission_waiting: bool,
    permission_refused: bool,
    /// Number of the campaign's own papers, by stage.
    papers: i64,
    papers_accepted: i64,
    papers_waiting: i64,
    papers_refused: i64,
    /// Whether the campaign's latest contract papers are confirmed; none published: nothing to confirm.
    contract_confirmed: Option<bool>,
    briefing_confirmed: Option<bool>,
}

impl Facts {
    fn decide(&self) -> Missing {
        let stage = |done, waiting, refused| match () {
            () if done => Stage::Done,
            () if waiting => Stage::Waiting,
            () if refused => Stage::Refused,
            () => Stage::Open,
        };
        let confirmed = |confirmed: Option<bool>| stage(confirmed.unwrap_or(true), false, false);
        Missing {
            profile: stage(self.has_profile, false, false),
            proof: stage(self.has_vat_id || self.proof_accepted, self.proof_waiting, self.proof_refused),
            permission: stage(
                self.has_profile && !self.is_employed || self.permission_accepted,
                self.permission_waiting,
                self.permission_refused,
            ),
            papers: stage(
                self.papers_accepted >= self.papers,
                self.papers_accepted + self.papers_waiting >= self.papers,
                self.papers_refused > 0,
            ),
            contract: confirmed(self.contract_confirmed),
            briefing: confirmed(self.briefing_confirmed),
        }
    }
}

/// What is missing for a campaign.
pub async fn load(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<Missing, sqlx::Error> {
    let today: Date = Zone::berlin().date(now);
    let facts = sqlx::query_as!(
        Facts,
        r#"with paper as (
               select d.kind,
                      d.state = 'accepted' and coalesce(d.valid_until >= $3, true) as accepted,
                      d.state in ('quarantined', 'submitted') as waiting, d.state = 'refused' as refused
               from document d where d.freelancer_id = $1
           ), wanted as (
               select r.kind, coalesce(bool_or(p.accepted), false) as accepted, coalesce(bool_or(p.waiting), false) as waiting,
                      coalesce(bool_or(p.refused), false) as refused
               from required_document r
               left join paper p on p.kind = r.kind
               where r.campaign_id = $2 group by r.kind
           )
           select p.freelancer_id is not null as "has_profile!", p.vat_id is not null as "has_vat_id!",
                  coalesce(p.is_employed, false) as "is_employed!",
                  exists (select from paper where kind in ('trade_licence', 'foreign_registration') and accepted) as "proof_accepted!",
                  exists (select from paper where kind in ('trade_licence', 'foreign_registration') and waiting) as "proof_waiting!",
                  exists (select from paper where kind in ('trade_licence', 'foreign_registration') and refused) as "proof_refused!",
                  exists (select from paper where kind = 'employer_permission' and accepted) as "permission_accepted!",
                  exists (select from paper where kind = 'employer_permission' and waiting) as "permission_waiting!",
                  exists (select from paper where kind = 'employer_permission' and refused) as "permission_refused!",
                  (select count(*) from wanted) as "papers!",
                  (select count(*) from wanted where accepted) as "papers_accepted!",
                  (select count(*) from wanted where not accepted and waiting) as "papers_waiting!",
                  (select count(*) from wanted where not accepted and not waiting and refused) as "papers_refused!",
                  (select exists (select from contract_confirmation c where c.version_id = v.id and c.freelancer_id = $1)
                   from contract_version v where v.campaign_id = $2 and v.published_at <= $4
                   order by v.version desc limit 1) as contract_confirmed,
                  (select exists (select from briefing_confirmation c where c.version_id = v.id and c.freelancer_id = $1)
                   from briefing_version v where v.published_at <= $4
                   order by v.version desc limit 1) as briefing_confirmed
           from freelancer f left join profile p on p.freelancer_id = f.id
           where f.id = $1"#,
        freelancer.0,
        campaign.0,
        today,
        now,
    )
    .fetch_optional(db)
    .await?;
    Ok(facts.unwrap_or_default().decide())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Facts {
        Facts { has_profile: true, has_vat_id: true, contract_confirmed: Some(true), ..Facts::default() }
    }

    #[test]
    fn each_thing_can_be_missing() {
        assert!(ready().decide().is_nothing(), "{:?}", ready().decide());
        let one = |facts: Facts| facts.decide().said();
        assert_eq!(one(Facts { has_vat_id: false, ..ready() }), ["Gewerbeschein oder Umsatzsteuer-ID"]);
        assert_eq!(one(Facts { is_employed: true, ..ready() }), ["die Erlaubnis zur Nebentätigkeit"]);
        assert_eq!(one(Facts { papers: 1, ..ready() }), ["eine Unterlage der Kampagne"]);
        assert_eq!(
            one(Facts { contract_confirmed: Some(false), ..ready() }),
            ["die Bestätigung der Vertragsunterlagen"]
        );
        assert_eq!(one(Facts { briefing_confirmed: Some(false), ..ready() }), ["die Datenschutz-Unterweisung"]);
    }

    #[test]
    fn a_small_business_needs_no_vat_id() {
        let licence = Facts { has_vat_id: false, proof_waiting: true, ..ready() };
        assert_eq!(licence.decide().proof, Stage::Waiting);
        let accepted = Facts { proof_accepted: true, proof_refused: true, ..licence };
        assert_eq!(accepted.decide().proof, Stage::Done);
    }
}
