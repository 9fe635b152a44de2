//! The funnel: of everybody who prepares for a campaign, the step they are at, who has to act, and since when.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use sqlx::PgPool;
use time::OffsetDateTime;

use super::checklist::{State, Step};
use super::facts::{self, Course, Training};
use crate::freelancers::missing::{self, Missing, Stage};
use crate::id::{CampaignId, FreelancerId};

/// Somebody on the way.
#[derive(Debug, Clone)]
pub struct Person {
    pub freelancer: FreelancerId,
    pub name: String,
    pub slug: String,
    pub client: String,
    pub step: Step,
    pub state: State,
    /// The last step that was taken, by them or by staff; else the beginning.
    pub since: OffsetDateTime,
}

impl Person {
    /// Whole days of waiting.
    pub fn days(&self, now: OffsetDateTime) -> i64 {
        (now - self.since).whole_days().max(0)
    }

    /// Who has to act.
    pub fn whose_turn(&self) -> &'static str {
        match self.state {
            State::Waiting => "bei uns",
            State::Fixed => "Termin steht",
            _ => "bei der Person",
        }
    }
}

/// The first step that is not done, and where it stands. Setting up accesses goes on beside the way and holds nobody up.
pub fn current(missing: Missing, course: Course, first_shifts: i16) -> (Step, State) {
    let early = [
        (Step::Profile, missing.profile),
        (Step::Proof, missing.proof),
        (Step::Permission, missing.permission),
        (Step::Papers, missing.papers),
        (Step::Contract, missing.contract),
        (Step::Briefing, missing.briefing),
    ];
    // What the person can do comes before what waits for staff: else a paper under review would hide it.
    let ones_turn = early.iter().find(|(_, stage)| matches!(stage, Stage::Open | Stage::Refused));
    if let Some((step, stage)) = ones_turn {
        return (*step, if *stage == Stage::Refused { State::Refused } else { State::Open });
    }
    match course.training {
        Training::Open => return (Step::Training, State::Open),
        Training::Enrolled(..) => return (Step::Training, State::Fixed),
        Training::Passed => {}
    }
    if let Some((step, _)) = early.iter().find(|(_, stage)| *stage == Stage::Waiting) {
        return (*step, State::Waiting);
    }
    if course.signed_off < first_shifts.into() {
        return (Step::FirstShifts, State::Open);
    }
    (Step::Qualified, State::Waiting)
}

/// Everybody with access who prepares for a running campaign (`slug`; empty: any) and is not qualified for it yet,
/// longest waiting first.
pub async fn load(db: &PgPool, slug: &str, now: OffsetDateTime) -> Result<Vec<Person>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select p.freelancer_id as "freelancer: FreelancerId", p.campaign_id as "campaign: CampaignId", a.name, c.slug, c.client,
                  c.first_shifts,
                  greatest(p.began_at, (select max(e.at) from freelancer_event e
                      where e.freelancer_id = p.freelancer_id and coalesce(e.campaign_id = p.campaign_id, true))) as "since!"
           from preparation p
           join campaign c on c.id = p.campaign_id
           join account a on a.id = p.freelancer_id
           where p.ended_at is null and c.ended_at is null and a.access_ended_at is null and ($1 = '' or c.slug = $1)
             and not exists (select from qualification q
                 where q.freelancer_id = p.freelancer_id and q.campaign_id = p.campaign_id and q.ended_at is null)"#,
        slug,
    )
    .fetch_all(db)
    .await?;
    let wanted: Vec<_> = rows.iter().map(|row| (row.freelancer, row.campaign)).collect();
    let missing = missing::load_all(db, &wanted, now).await?;
    let mut courses: HashMap<CampaignId, HashMap<FreelancerId, Course>> = HashMap::new();
    let mut people = Vec::with_capacity(rows.len());
    for row in rows {
        let of_campaign = match courses.entry(row.campaign) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(facts::of_campaign(db, row.campaign).await?),
        };
        let course = of_campaign.get(&row.freelancer).copied().unwrap_or_default();
        let Some(missing) = missing.get(&(row.freelancer, row.campaign)).copied() else { continue };
        let (step, state) = current(missing, course, row.first_shifts);
        let (freelancer, since) = (row.freelancer, row.since);
        people.push(Person { freelancer, name: row.name, slug: row.slug, client: row.client, step, state, since });
    }
    people.sort_by(|a, b| (a.since, &a.name).cmp(&(b.since, &b.name)));
    Ok(people)
}

/// How many are at each step, in the order of the way; steps without anybody are left out.
pub fn counts(people: &[Person]) -> Vec<(Step, usize)> {
    let mut counts = BTreeMap::new();
    for person in people {
        *counts.entry(person.step).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_at_one_step() {
        let done = Stage::Done;
        let mut missing =
            Missing { profile: done, proof: done, permission: done, papers: done, contract: done, briefing: done };
        let course = |training, signed_off| Course { training, signed_off };
        assert_eq!(current(missing, course(Training::Open, 0), 3), (Step::Training, State::Open));
        assert_eq!(current(missing, course(Training::Passed, 1), 3), (Step::FirstShifts, State::Open));
        assert_eq!(current(missing, course(Training::Passed, 3), 3), (Step::Qualified, State::Waiting));
        missing.proof = Stage::Waiting;
        assert_eq!(current(missing, course(Training::Open, 0), 3), (Step::Training, State::Open));
        assert_eq!(current(missing, course(Training::Passed, 0), 3), (Step::Proof, State::Waiting));
        missing.briefing = Stage::Open;
        assert_eq!(current(missing, course(Training::Passed, 0), 3), (Step::Briefing, State::Open));
        missing.contract = Stage::Refused;
        assert_eq!(current(missing, course(Training::Passed, 0), 3), (Step::Contract, State::Refused));
    }
}
