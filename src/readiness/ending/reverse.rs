//! Taking a plan back as a whole, within a week: everything it did, in one transaction. A booking comes back where its
//! shift is still to come and its person still free, a seat in a training where it is still there; who cannot have it back
//! is told why.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::{PgConnection, PgPool};
use time::{Duration, OffsetDateTime};

use super::carry_out::StepKind;
use super::mails;
use super::plan::{Person, Plan, Refusal};
use crate::accounts::audit;
use crate::campaigns::campaign::{self, Campaign};
use crate::clock::Zone;
use crate::config::Config;
use crate::freelancers::decision::{self, Before};
use crate::freelancers::preparation;
use crate::id::{AccountId, BookingId, CampaignId, EnrolmentId, FreelancerId, ShiftId};
use crate::mail;
use crate::shifts::{ending, pair, said};
use crate::training;
use crate::training::ending::{Back, Returned};
use crate::training::enrolment::State;

/// For so long a plan can be taken back.
pub const REVERSIBLE: Duration = Duration::days(7);

/// What was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reversed {
    pub people: usize,
    pub bookings: usize,
    /// Seats in trainings, and places on their waiting lists.
    pub trainings: usize,
    /// Bookings that could not come back.
    pub lost: usize,
    /// The same of trainings.
    pub lost_trainings: usize,
}

struct Step {
    kind: StepKind,
    freelancer: FreelancerId,
    name: String,
    email: String,
    booking: Option<BookingId>,
    shift: Option<ShiftId>,
    starts_at: Option<OffsetDateTime>,
    ends_at: Option<OffsetDateTime>,
    enrolment: Option<(EnrolmentId, State)>,
    before: Before,
}

/// Takes the plan back.
pub async fn reverse(
    db: &PgPool,
    config: &Config,
    (campaign, plan): (&Campaign, &Plan),
    reason: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<Reversed, Refusal>, sqlx::Error> {
    let Some(at) = plan.carried_out_at else { return Ok(Err(Refusal::NothingToReverse)) };
    if now > at + REVERSIBLE {
        return Ok(Err(Refusal::TooLate));
    }
    let mut tx = db.begin().await?;
    let marked = sqlx::query!(
        "update ending_plan set reversed_at = $2, reversed_by = $3
         where id = $1 and carried_out_at is not null and reversed_at is null",
        plan.id.0,
        now,
        by.0,
    )
    .execute(&mut *tx)
    .await?;
    if marked.rows_affected() == 0 || !campaign::reopen(&mut tx, campaign.id, by, now).await? {
        return Ok(Err(Refusal::NothingToReverse));
    }
    training::ending::lock(&mut tx, campaign.id).await?;
    ending::lock(&mut tx).await?;
    let steps = steps(&mut tx, plan).await?;
    let bookings: Vec<BookingId> = steps.iter().filter_map(|s| s.booking).collect();
    let back: BTreeSet<BookingId> = ending::give_back(&mut tx, &bookings, now).await?.into_iter().collect();
    let shifts: Vec<ShiftId> = steps.iter().filter_map(|s| s.shift).collect();
    for step in &steps {
        undo(&mut tx, (campaign.id, plan.target), step, (reason, by), now).await?;
    }
    let enrolments: Vec<_> = steps.iter().filter_map(|s| s.enrolment).collect();
    let returned = training::ending::give_back(&mut tx, config, &enrolments, by, now).await?;
    let lost_trainings = returned.iter().filter(|one| matches!(one.back, Back::Lost(_))).count();
    let returned: HashMap<EnrolmentId, Returned> = returned.into_iter().map(|one| (one.enrolment, one)).collect();
    let people = tell(&mut tx, config, campaign, (&steps, &back, &returned), reason, now).await?;
    let trainers = training::ending::trainers(&mut tx, campaign.id, now).await?;
    let title = campaign.title();
    let letters: Vec<_> =
        trainers.iter().map(|trainer| mails::reversed_for_trainer(config, trainer, &title, reason)).collect();
    mail::enqueue_all(&mut *tx, &letters, now).await?;
    pair::settle(&mut tx, config, &shifts, now).await?;
    audit::note(&mut *tx, Some(by), "ending.reverse", &plan.id.to_string(), now).await?;
    tx.commit().await?;
    Ok(Ok(Reversed {
        people,
        bookings: back.len(),
        trainings: returned.len() - lost_trainings,
        lost: bookings.len() - back.len(),
        lost_trainings,
    }))
}

async fn steps(db: &mut PgConnection, plan: &Plan) -> Result<Vec<Step>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select e.kind as "kind: StepKind", e.freelancer_id as "freelancer: FreelancerId", a.name, a.email,
                  e.booking_id as "booking: BookingId", s.id as "shift?: ShiftId", s.starts_at as "starts_at?",
                  s.ends_at as "ends_at?", e.suspended_at, e.decision_reason,
                  e.enrolment_id as "enrolment: EnrolmentId", e.enrolment_state as "enrolment_state: State"
           from ending_step e
           join account a on a.id = e.freelancer_id
           left join booking b on b.id = e.booking_id
           left join shift s on s.id = b.shift_id
           where e.plan_id = $1 order by e.id"#,
        plan.id.0,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Step {
            kind: r.kind,
            freelancer: r.freelancer,
            name: r.name,
            email: r.email,
            booking: r.booking,
            shift: r.shift,
            starts_at: r.starts_at,
            ends_at: r.ends_at,
            enrolment: r.enrolment.zip(r.enrolment_state),
            before: Before { suspended_at: r.suspended_at, decision_reason: r.decision_reason },
        })
        .collect())
}

async fn undo(
    db: &mut PgConnection,
    (here, there): (CampaignId, Option<CampaignId>),
    step: &Step,
    (reason, by): (&str, AccountId),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let id = step.freelancer;
    match (step.kind, there) {
        (StepKind::Preparation, _) => drop(preparation::begin(db, id, here, Some(by), now).await?),
        (StepKind::Qualification, _) => {
            decision::reopen(db, (id, here), &step.before, (reason, by), now).await?;
        }
        (StepKind::PreparationThere, Some(there)) => {
            preparation::end(db, id, there, (reason, by), now).await?;
        }
        (StepKind::QualificationThere, Some(there)) => {
            decision::close(db, (id, there), reason, by, now).await?;
        }
        _ => {}
    }
    Ok(())
}

async fn tell(
    db: &mut PgConnection,
    config: &Config,
    campaign: &Campaign,
    (steps, back, returned): (&[Step], &BTreeSet<BookingId>, &HashMap<EnrolmentId, Returned>),
    reason: &str,
    now: OffsetDateTime,
) -> Result<usize, sqlx::Error> {
    let mut people: BTreeMap<FreelancerId, (Person, Vec<String>)> = BTreeMap::new();
    for step in steps {
        let person = || Person {
            freelancer: step.freelancer,
            name: step.name.clone(),
            email: step.email.clone(),
            prepares: false,
            qualified: false,
            bookings: Vec::new(),
            trainings: Vec::new(),
        };
        let (_, lines) = people.entry(step.freelancer).or_insert_with(|| (person(), Vec::new()));
        lines.extend(line(&campaign.zone, step, back, returned));
    }
    let letters: Vec<_> = people
        .values()
        .map(|(person, lines)| mails::reversed(config, person, &campaign.title(), lines, reason))
        .collect();
    mail::enqueue_all(db, &letters, now).await?;
    Ok(people.len())
}

fn line(
    zone: &Zone,
    step: &Step,
    back: &BTreeSet<BookingId>,
    returned: &HashMap<EnrolmentId, Returned>,
) -> Option<String> {
    match step.kind {
        StepKind::Preparation => Some("deine Vorbereitung geht weiter".into()),
        StepKind::Qualification => Some("deine Einsatzbereitschaft gilt wieder".into()),
        StepKind::Booking => {
            let shift = said(zone, step.starts_at?, step.ends_at?);
            let is_back = step.booking.is_some_and(|id| back.contains(&id));
            let what = if is_back { "wieder für dich gebucht" } else { "bleibt aufgehoben, weil es nicht mehr passt" };
            Some(format!("{shift}: {what}"))
        }
        StepKind::Enrolment => {
            let one = step.enrolment.and_then(|(id, _)| returned.get(&id))?;
            let what = match one.back {
                Back::Seat => "du bist wieder angemeldet",
                Back::List => "du stehst wieder auf der Warteliste",
                Back::Lost(why) => why,
            };
            Some(format!("{}: {what}", one.said))
        }
        StepKind::PreparationThere | StepKind::QualificationThere => None,
    }
}
