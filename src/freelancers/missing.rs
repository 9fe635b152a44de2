//! What is missing before somebody may take part in first shifts (product.md part 3).

use std::collections::HashMap;

use sqlx::PgExecutor;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

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
    let one = (freelancer, campaign);
    let missing = load_all(db, &[one], now).await?.remove(&one);
    Ok(missing.unwrap_or_else(|| Facts::default().decide()))
}

/// What each of these people misses for that campaign, all in one query.
pub async fn load_all(
    db: impl PgExecutor<'_>,
    wanted: &[(FreelancerId, CampaignId)],
    now: OffsetDateTime,
) -> Result<HashMap<(FreelancerId, CampaignId), Missing>, sqlx::Error> {
    let today: Date = Zone::berlin().date(now);
    let (freelancers, campaigns): (Vec<Uuid>, Vec<Uuid>) = wanted.iter().map(|(f, c)| (f.0, c.0)).unzip();
    let rows = sqlx::query!(
        r#"with wanted as (
               select * from unnest($1::uuid[], $2::uuid[]) as w (freelancer_id, campaign_id)
           ), paper as (
               select d.freelancer_id, d.kind,
                      d.kind in ('trade_licence', 'foreign_registration') as is_proof,
                      d.kind = 'employer_permission' as is_permission,
                      d.state = 'accepted' and coalesce(d.valid_until >= $3, true) as accepted,
                      d.state in ('quarantined', 'submitted') as waiting, d.state = 'refused' as refused
               from document d where d.freelancer_id = any ($1)
           )
           select w.freelancer_id as "freelancer!: FreelancerId", w.campaign_id as "campaign!: CampaignId",
                  p.freelancer_id is not null as "has_profile!", p.vat_id is not null as "has_vat_id!",
                  coalesce(p.is_employed, false) as "is_employed!",
                  own.proof_accepted as "proof_accepted!", own.proof_waiting as "proof_waiting!",
                  own.proof_refused as "proof_refused!", own.permission_accepted as "permission_accepted!",
                  own.permission_waiting as "permission_waiting!", own.permission_refused as "permission_refused!",
                  asked.papers as "papers!", asked.accepted as "papers_accepted!", asked.waiting as "papers_waiting!",
                  asked.refused as "papers_refused!",
                  (select exists (select from contract_confirmation c where c.version_id = v.id and c.freelancer_id = w.freelancer_id)
                   from contract_version v where v.campaign_id = w.campaign_id and v.published_at <= $4
                   order by v.version desc limit 1) as contract_confirmed,
                  (select exists (select from briefing_confirmation c where c.version_id = v.id and c.freelancer_id = w.freelancer_id)
                   from briefing_version v where v.published_at <= $4
                   order by v.version desc limit 1) as briefing_confirmed
           from wanted w
           left join profile p on p.freelancer_id = w.freelancer_id
           cross join lateral (
               select coalesce(bool_or(is_proof and accepted), false) as proof_accepted,
                      coalesce(bool_or(is_proof and waiting), false) as proof_waiting,
                      coalesce(bool_or(is_proof and refused), false) as proof_refused,
                      coalesce(bool_or(is_permission and accepted), false) as permission_accepted,
                      coalesce(bool_or(is_permission and waiting), false) as permission_waiting,
                      coalesce(bool_or(is_permission and refused), false) as permission_refused
               from paper where paper.freelancer_id = w.freelancer_id
           ) own
           cross join lateral (
               select count(*) as papers, count(*) filter (where k.accepted) as accepted,
                      count(*) filter (where not k.accepted and k.waiting) as waiting,
                      count(*) filter (where not k.accepted and not k.waiting and k.refused) as refused
               from (
                   select coalesce(bool_or(a.accepted), false) as accepted, coalesce(bool_or(a.waiting), false) as waiting,
                          coalesce(bool_or(a.refused), false) as refused
                   from required_document r
                   left join paper a on a.kind = r.kind and a.freelancer_id = w.freelancer_id
                   where r.campaign_id = w.campaign_id group by r.kind
               ) k
           ) asked"#,
        &freelancers,
        &campaigns,
        today,
        now,
    )
    .fetch_all(db)
    .await?;
    let decided = rows.into_iter().map(|row| {
        let facts = Facts {
            has_profile: row.has_profile,
            has_vat_id: row.has_vat_id,
            is_employed: row.is_employed,
            proof_accepted: row.proof_accepted,
            proof_waiting: row.proof_waiting,
            proof_refused: row.proof_refused,
            permission_accepted: row.permission_accepted,
            permission_waiting: row.permission_waiting,
            permission_refused: row.permission_refused,
            papers: row.papers,
            papers_accepted: row.papers_accepted,
            papers_waiting: row.papers_waiting,
            papers_refused: row.papers_refused,
            contract_confirmed: row.contract_confirmed,
            briefing_confirmed: row.briefing_confirmed,
        };
        ((row.freelancer, row.campaign), facts.decide())
    });
    Ok(decided.collect())
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
