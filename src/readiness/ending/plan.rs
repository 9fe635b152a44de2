//! The plan: what becomes of those who prepare and of those who are qualified, and whom it concerns now.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;

use crate::id::{AccountId, CampaignId, EndingId, FreelancerId};
use crate::shifts::ending::{self, Coming};
use crate::training;
use crate::training::ending::Trainer;
use crate::training::enrolment::State;

/// What becomes of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "ending_choice", rename_all = "snake_case")]
pub enum Choice {
    Finish,
    /// Goes on in the other campaign.
    Move,
}

/// A plan as it is stored.
#[derive(Debug, Clone)]
pub struct Plan {
    pub id: EndingId,
    pub campaign: CampaignId,
    pub target: Option<CampaignId>,
    pub target_title: Option<String>,
    pub preparations: Choice,
    pub qualifications: Choice,
    pub reason: String,
    pub created_at: OffsetDateTime,
    pub carried_out_at: Option<OffsetDateTime>,
    pub carried_out_by: Option<String>,
    pub reversed_at: Option<OffsetDateTime>,
}

/// A plan as it is asked for, proven.
#[derive(Debug, Clone)]
pub struct NewPlan {
    /// Given where anybody is moved, and only then.
    pub target: Option<CampaignId>,
    pub preparations: Choice,
    pub qualifications: Choice,
    pub reason: String,
}

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It would do something else than what was shown.
    Differs,
    /// The campaign has ended, or the plan was carried out.
    Over,
    /// The other campaign has ended.
    TargetEnded,
    /// Not carried out, or taken back already.
    NothingToReverse,
    /// The week is over.
    TooLate,
}

impl Refusal {
    /// What happened, and what one can do.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Differs => {
                "Inzwischen hat sich etwas getan. Das ist der neue Stand; bitte prüfe ihn und bestätige noch einmal."
            }
            Self::Over => "Die Kampagne ist schon beendet.",
            Self::TargetEnded => "Die andere Kampagne läuft nicht mehr. Bitte wähle eine, die läuft.",
            Self::NothingToReverse => "Hier gibt es nichts zurückzunehmen.",
            Self::TooLate => "Zurücknehmen ging nur in den ersten 7 Tagen.",
        }
    }
}

/// Stores a plan; one that was not carried out is replaced.
pub async fn create(
    db: &PgPool,
    campaign: CampaignId,
    new: &NewPlan,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<EndingId, sqlx::Error> {
    let id = EndingId::new();
    let mut tx = db.begin().await?;
    sqlx::query!("delete from ending_plan where campaign_id = $1 and carried_out_at is null", campaign.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "insert into ending_plan (id, campaign_id, target_id, preparations, qualifications, reason, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id.0,
        campaign.0,
        new.target.map(|id| id.0),
        new.preparations as Choice,
        new.qualifications as Choice,
        new.reason,
        now,
        by.0,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await.map(|()| id)
}

/// A plan of this campaign.
pub async fn find(db: impl PgExecutor<'_>, campaign: CampaignId, id: EndingId) -> Result<Option<Plan>, sqlx::Error> {
    Ok(all(db, campaign).await?.into_iter().find(|plan| plan.id == id))
}

/// The plan that waits to be carried out.
pub async fn waiting(db: impl PgExecutor<'_>, campaign: CampaignId) -> Result<Option<Plan>, sqlx::Error> {
    Ok(all(db, campaign).await?.into_iter().find(|plan| plan.carried_out_at.is_none()))
}

/// The campaign's latest plan that was carried out.
pub async fn latest(db: impl PgExecutor<'_>, campaign: CampaignId) -> Result<Option<Plan>, sqlx::Error> {
    Ok(all(db, campaign).await?.into_iter().find(|plan| plan.carried_out_at.is_some()))
}

async fn all(db: impl PgExecutor<'_>, campaign: CampaignId) -> Result<Vec<Plan>, sqlx::Error> {
    sqlx::query_as!(
        Plan,
        r#"select p.id as "id: EndingId", p.campaign_id as "campaign: CampaignId", p.target_id as "target: CampaignId",
                  t.client || ' · ' || t.name as target_title, p.preparations as "preparations: Choice",
                  p.qualifications as "qualifications: Choice", p.reason, p.created_at, p.carried_out_at,
                  a.name as "carried_out_by?", p.reversed_at
           from ending_plan p left join campaign t on t.id = p.target_id left join account a on a.id = p.carried_out_by
           where p.campaign_id = $1 order by p.created_at desc, p.id"#,
        campaign.0,
    )
    .fetch_all(db)
    .await
}

/// Somebody whom the end of the campaign concerns.
#[derive(Debug, Clone)]
pub struct Person {
    pub freelancer: FreelancerId,
    pub name: String,
    pub email: String,
    pub prepares: bool,
    pub qualified: bool,
    /// Their coming bookings of the campaign.
    pub bookings: Vec<Coming>,
    /// Their seats in coming trainings of the campaign, and their places on the waiting lists.
    pub trainings: Vec<training::ending::Coming>,
}

/// Everybody concerned, by name.
#[derive(Debug, Clone, Default)]
pub struct Affected {
    pub people: Vec<Person>,
    /// Those who lead coming trainings of the campaign.
    pub trainers: Vec<Trainer>,
}

impl Affected {
    /// How many prepare.
    pub fn preparations(&self) -> usize {
        self.people.iter().filter(|p| p.prepares && !p.qualified).count()
    }

    /// How many are qualified.
    pub fn qualifications(&self) -> usize {
        self.people.iter().filter(|p| p.qualified).count()
    }

    /// How many coming bookings there are.
    pub fn bookings(&self) -> usize {
        self.people.iter().map(|p| p.bookings.len()).sum()
    }

    /// How many seats in coming trainings there are, those that are held by an offer among them.
    pub fn training_seats(&self) -> usize {
        self.trainings().filter(|state| state.has_seat()).count()
    }

    /// How many places on waiting lists there are.
    pub fn training_waits(&self) -> usize {
        self.trainings().filter(|state| *state == State::Waiting).count()
    }

    fn trainings(&self) -> impl Iterator<Item = State> {
        self.people.iter().flat_map(|p| &p.trainings).map(|training| training.state)
    }

    /// How many mails go out.
    pub fn mails(&self) -> usize {
        self.people.len() + self.trainers.len()
    }

    /// Stands for all that a plan would do.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for person in &self.people {
            hash.update(format!("{}{}{}", person.freelancer, person.prepares, person.qualified));
            for booking in &person.bookings {
                hash.update(booking.booking.0.as_bytes());
            }
            for training in &person.trainings {
                hash.update(format!("{}{:?}", training.enrolment, training.state));
            }
        }
        for trainer in &self.trainers {
            hash.update(trainer.account.0.as_bytes());
            trainer.ids().for_each(|date| hash.update(date.0.as_bytes()));
        }
        hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Reads whom the end of a campaign concerns now.
pub async fn affected(
    db: &mut PgConnection,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<Affected, sqlx::Error> {
    let mut bookings: BTreeMap<FreelancerId, Vec<Coming>> = BTreeMap::new();
    for coming in ending::coming(&mut *db, campaign, now).await? {
        bookings.entry(coming.account.into()).or_default().push(coming);
    }
    let mut trainings: BTreeMap<FreelancerId, Vec<training::ending::Coming>> = BTreeMap::new();
    for coming in training::ending::coming(&mut *db, campaign, now).await? {
        trainings.entry(coming.freelancer).or_default().push(coming);
    }
    let trainers = training::ending::trainers(&mut *db, campaign, now).await?;
    let booked: Vec<uuid::Uuid> = bookings.keys().chain(trainings.keys()).map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select f.id as "freelancer: FreelancerId", a.name, a.email,
                  exists (select from preparation p
                          where p.freelancer_id = f.id and p.campaign_id = $1 and p.ended_at is null) as "prepares!",
                  exists (select from qualification q
                          where q.freelancer_id = f.id and q.campaign_id = $1 and q.ended_at is null) as "qualified!"
           from freelancer f join account a on a.id = f.id
           where f.id = any ($2)
              or f.id in (select p.freelancer_id from preparation p where p.campaign_id = $1 and p.ended_at is null)
              or f.id in (select q.freelancer_id from qualification q where q.campaign_id = $1 and q.ended_at is null)
           order by a.name, f.id"#,
        campaign.0,
        &booked,
    )
    .fetch_all(db)
    .await?;
    let people = rows
        .into_iter()
        .map(|r| Person {
            bookings: bookings.remove(&r.freelancer).unwrap_or_default(),
            trainings: trainings.remove(&r.freelancer).unwrap_or_default(),
            freelancer: r.freelancer,
            name: r.name,
            email: r.email,
            prepares: r.prepares,
            qualified: r.qualified,
        })
        .collect();
    Ok(Affected { people, trainers })
}
