//! Carrying a plan out: exactly what was shown, in one transaction, with a row for each thing done.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use super::mails;
use super::plan::{self, Affected, Choice, Person, Plan, Refusal};
use crate::accounts::audit;
use crate::campaigns::campaign::{self, Campaign};
use crate::config::Config;
use crate::freelancers::{decision, preparation, qualification};
use crate::id::{AccountId, BookingId, EnrolmentId, FreelancerId};
use crate::mail::{self, Mail};
use crate::shifts::{ending, said};
use crate::training;
use crate::training::enrolment::State;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// Who is told, trainers among them.
    pub people: usize,
    pub bookings: usize,
    /// Seats in trainings and places on their waiting lists.
    pub trainings: usize,
}

/// What a row of `ending_step` is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "ending_step_kind", rename_all = "snake_case")]
pub enum StepKind {
    Preparation,
    Qualification,
    Booking,
    Enrolment,
    /// Begun in the other campaign.
    PreparationThere,
    QualificationThere,
}

/// Ends the campaign as the plan says, if that is still what was shown (`digest`).
pub async fn carry_out(
    db: &PgPool,
    config: &Config,
    (campaign, plan): (&Campaign, &Plan),
    digest: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<Done, Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    if plan.carried_out_at.is_some() || !campaign::end(&mut tx, campaign.id, by, now).await? {
        return Ok(Err(Refusal::Over));
    }
    if let Some(target) = plan.target {
        let other = sqlx::query_scalar!(
            r#"select ended_at is null as "runs!" from campaign where id = $1 for share"#,
            target.0
        );
        if !other.fetch_one(&mut *tx).await? {
            return Ok(Err(Refusal::TargetEnded));
        }
    }
    training::ending::lock(&mut tx, campaign.id).await?;
    ending::lock(&mut tx).await?;
    let affected = plan::affected(&mut tx, campaign.id, now).await?;
    if affected.digest() != digest {
        return Ok(Err(Refusal::Differs));
    }
    let marked = sqlx::query!(
        "update ending_plan set carried_out_at = $2, carried_out_by = $3 where id = $1 and carried_out_at is null",
        plan.id.0,
        now,
        by.0,
    )
    .execute(&mut *tx)
    .await?;
    if marked.rows_affected() == 0 {
        return Ok(Err(Refusal::Over));
    }
    let done = see_to_all(&mut tx, config, (campaign, plan), &affected, by, now).await?;
    audit::note(&mut *tx, Some(by), "ending.carry_out", &plan.id.to_string(), now).await?;
    tx.commit().await?;
    Ok(Ok(done))
}

async fn see_to_all(
    db: &mut PgConnection,
    config: &Config,
    (campaign, plan): (&Campaign, &Plan),
    affected: &Affected,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Done, sqlx::Error> {
    let mut letters: Vec<Mail> = Vec::new();
    let mut bookings: Vec<BookingId> = Vec::new();
    let mut trainings = 0;
    for person in &affected.people {
        let mut lines = Vec::new();
        for coming in &person.bookings {
            step(
                db,
                plan,
                (StepKind::Booking, person.freelancer),
                Detail { booking: Some(coming.booking), ..Detail::default() },
            )
            .await?;
            bookings.push(coming.booking);
            lines.push(format!(
                "{}: deine Buchung ist aufgehoben",
                said(&campaign.zone, coming.starts_at, coming.ends_at)
            ));
        }
        lines.extend(end_trainings(db, plan, person, by, now).await?);
        trainings += person.trainings.len();
        lines.extend(see_to(db, (campaign, plan), person, by, now).await?);
        letters.push(mails::ended(config, person, &campaign.title(), &lines, &plan.reason));
    }
    let title = campaign.title();
    letters.extend(
        affected.trainers.iter().map(|trainer| mails::ended_for_trainer(config, trainer, &title, &plan.reason)),
    );
    ending::take_off(db, &bookings, &plan.reason, by, now).await?;
    mail::enqueue_all(db, &letters, now).await?;
    Ok(Done { people: affected.mails(), bookings: bookings.len(), trainings })
}

/// The person's enrolments in coming trainings; what they are told.
async fn end_trainings(
    db: &mut PgConnection,
    plan: &Plan,
    person: &Person,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Vec<String>, sqlx::Error> {
    for coming in &person.trainings {
        let detail = Detail { enrolment: Some((coming.enrolment, coming.state)), ..Detail::default() };
        step(db, plan, (StepKind::Enrolment, person.freelancer), detail).await?;
    }
    training::ending::take_off(db, &person.trainings, (plan.reason.as_str(), by), now).await?;
    let line = |coming: &training::ending::Coming| {
        let what = match coming.state {
            State::Waiting => "du stehst nicht mehr auf der Warteliste",
            State::Offered => "das Angebot eines Platzes gilt nicht mehr",
            _ => "dein Platz ist aufgehoben",
        };
        format!("{}: {what}", coming.said())
    };
    Ok(person.trainings.iter().map(line).collect())
}

/// Preparation and qualification of one person; what they are told.
async fn see_to(
    db: &mut PgConnection,
    (campaign, plan): (&Campaign, &Plan),
    person: &Person,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Vec<String>, sqlx::Error> {
    let (id, here, reason) = (person.freelancer, campaign.id, plan.reason.as_str());
    let there = plan.target.zip(plan.target_title.as_deref());
    let mut lines = Vec::new();
    if person.prepares && preparation::end(db, id, here, (reason, by), now).await? {
        step(db, plan, (StepKind::Preparation, id), Detail::default()).await?;
        // Whoever is qualified is done with preparing; there is nothing to go on with.
        if let (Choice::Move, Some((target, title)), false) = (plan.preparations, there, person.qualified) {
            if preparation::begin(db, id, target, Some(by), now).await? {
                step(db, plan, (StepKind::PreparationThere, id), Detail::default()).await?;
            }
            lines.push(format!("deine Vorbereitung geht weiter für „{title}“"));
        } else if !person.qualified {
            lines.push("deine Vorbereitung ist beendet".into());
        }
    }
    if !person.qualified {
        return Ok(lines);
    }
    if let Some(before) = decision::close(db, (id, here), reason, by, now).await? {
        step(db, plan, (StepKind::Qualification, id), Detail { before: Some(&before), ..Detail::default() }).await?;
        match (plan.qualifications, there) {
            // What rests is no qualification to take along.
            (Choice::Move, Some((target, title))) if before.suspended_at.is_none() => {
                if qualification::grant_now(db, id, target, reason, by, now).await? {
                    step(db, plan, (StepKind::QualificationThere, id), Detail::default()).await?;
                }
                lines.push(format!("du bist jetzt einsatzbereit für „{title}“"));
            }
            _ => lines.push("deine Einsatzbereitschaft ist damit beendet".into()),
        }
    }
    Ok(lines)
}

/// What a step needs so that it can be taken back.
#[derive(Default)]
struct Detail<'a> {
    booking: Option<BookingId>,
    /// With the state it had.
    enrolment: Option<(EnrolmentId, State)>,
    before: Option<&'a decision::Before>,
}

async fn step(
    db: &mut PgConnection,
    plan: &Plan,
    (kind, freelancer): (StepKind, FreelancerId),
    detail: Detail<'_>,
) -> Result<(), sqlx::Error> {
    let Detail { booking, enrolment, before } = detail;
    sqlx::query!(
        "insert into ending_step (plan_id, kind, freelancer_id, booking_id, suspended_at, decision_reason, enrolment_id, enrolment_state)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        plan.id.0,
        kind as StepKind,
        freelancer.0,
        booking.map(|id| id.0),
        before.and_then(|b| b.suspended_at),
        before.and_then(|b| b.decision_reason.clone()),
        enrolment.map(|(id, _)| id.0),
        enrolment.map(|(_, state)| state) as Option<State>,
    )
    .execute(db)
    .await
    .map(drop)
}
