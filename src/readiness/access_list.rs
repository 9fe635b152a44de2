//! The access list: per campaign the systems that staff set up for each person. It says what, for whom, and whom to ask;
//! never how to sign in there.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;

use crate::accounts::audit;
use crate::database::constraint;
use crate::freelancers::history::{self, Event, Note};
use crate::id::{AccountId, CampaignId, FreelancerId, SystemId};

/// Longest name and contact, in characters.
pub const LONGEST_NAME: usize = 80;
pub const LONGEST_CONTACT: usize = 200;

/// A system in use.
#[derive(Debug, Clone)]
pub struct System {
    pub id: SystemId,
    pub name: String,
    /// Whom to turn to.
    pub contact: String,
}

/// Why a system was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It reads like a secret.
    Secret,
    /// The campaign has one of this name.
    Already,
}

impl Refusal {
    /// The sentence beside the field.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Secret => {
                "Das klingt nach Zugangsdaten. Hier steht nur, was eingerichtet wird und wer hilft; Geheimes gehört nicht in diese Liste."
            }
            Self::Already => "Dieses System steht schon in der Liste.",
        }
    }
}

/// Whether a text reads as if it held what one signs in with.
pub fn names_a_secret(text: &str) -> bool {
    let text = text.to_lowercase();
    let words = || text.split(|c: char| !c.is_alphanumeric());
    ["passwort", "passwör", "kennwort", "kennwör", "password", "passwd", "zugangscode", "geheimzahl"]
        .iter()
        .any(|part| text.contains(part))
        || words().any(|word| ["pin", "pins", "puk", "tan", "pw", "pwd", "token"].contains(&word))
}

/// A campaign's systems, in the order in which they were added.
pub async fn systems(db: impl PgExecutor<'_>, campaign: CampaignId) -> Result<Vec<System>, sqlx::Error> {
    sqlx::query_as!(
        System,
        r#"select id as "id: SystemId", name, contact from campaign_system
           where campaign_id = $1 and retired_at is null order by created_at, name"#,
        campaign.0,
    )
    .fetch_all(db)
    .await
}

/// Adds a system.
pub async fn add(
    db: &PgPool,
    campaign: CampaignId,
    (name, contact): (&str, &str),
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    if names_a_secret(name) || names_a_secret(contact) {
        return Ok(Err(Refusal::Secret));
    }
    let mut tx = db.begin().await?;
    let id = SystemId::new();
    let added = sqlx::query!(
        "insert into campaign_system (id, campaign_id, name, contact, created_at, created_by) values ($1, $2, $3, $4, $5, $6)",
        id.0,
        campaign.0,
        name,
        contact,
        now,
        by.0,
    )
    .execute(&mut *tx)
    .await;
    match added {
        Err(error) if constraint(&error) == Some("campaign_system_name_once") => return Ok(Err(Refusal::Already)),
        other => other?,
    };
    audit::note(&mut *tx, Some(by), "system.add", &id.to_string(), now).await?;
    tx.commit().await.map(Ok)
}

/// Takes a system out of use; false if the campaign has none of this id in use.
pub async fn retire(
    db: &PgPool,
    campaign: CampaignId,
    system: SystemId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let mut tx = db.begin().await?;
    let retired = sqlx::query!(
        "update campaign_system set retired_at = $3 where id = $1 and campaign_id = $2 and retired_at is null",
        system.0,
        campaign.0,
        now,
    );
    if retired.execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(false);
    }
    audit::note(&mut *tx, Some(by), "system.retire", &system.to_string(), now).await?;
    tx.commit().await.map(|()| true)
}

/// What ticking off, or taking it back, came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ticked {
    Done,
    /// It was so already, perhaps a moment ago by somebody else.
    Already,
    /// No such system in use, or the person neither prepares for the campaign nor works in it.
    Unknown,
}

/// The system's name, if it is in use in this campaign and the person belongs there.
async fn name_for(
    db: impl PgExecutor<'_>,
    campaign: CampaignId,
    system: SystemId,
    freelancer: FreelancerId,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select s.name from campaign_system s
         where s.id = $2 and s.campaign_id = $1 and s.retired_at is null and exists (
             select from preparation p where p.campaign_id = $1 and p.freelancer_id = $3 and p.ended_at is null
             union all
             select from qualification q where q.campaign_id = $1 and q.freelancer_id = $3 and q.ended_at is null)",
        campaign.0,
        system.0,
        freelancer.0,
    )
    .fetch_optional(db)
    .await
}

/// Ticks a system off for a person, or takes that back. Of two at once, one counts.
pub async fn tick(
    db: &PgPool,
    campaign: CampaignId,
    (system, freelancer): (SystemId, FreelancerId),
    is_set_up: bool,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Ticked, sqlx::Error> {
    let mut tx = db.begin().await?;
    let Some(name) = name_for(&mut *tx, campaign, system, freelancer).await? else { return Ok(Ticked::Unknown) };
    let written = match is_set_up {
        true => sqlx::query!(
            "insert into system_access (system_id, freelancer_id, set_up_at, set_up_by) values ($1, $2, $3, $4)
             on conflict on constraint system_access_once do nothing",
            system.0,
            freelancer.0,
            now,
            by.0,
        ),
        false => sqlx::query!(
            "delete from system_access where system_id = $1 and freelancer_id = $2",
            system.0,
            freelancer.0,
        ),
    };
    if written.execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(Ticked::Already);
    }
    let event = if is_set_up { Event::AccessSetUp } else { Event::AccessTakenBack };
    let step = Note { freelancer, campaign: Some(campaign), event, by: Some(by), note: Some(&name) };
    history::note(&mut *tx, step, now).await?;
    tx.commit().await.map(|()| Ticked::Done)
}

/// A system as one person's checklist shows it.
#[derive(Debug, Clone)]
pub struct Access {
    pub name: String,
    pub contact: String,
    pub set_up_at: Option<OffsetDateTime>,
}

/// A person's systems in a campaign.
pub async fn of_person(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    campaign: CampaignId,
) -> Result<Vec<Access>, sqlx::Error> {
    sqlx::query_as!(
        Access,
        "select s.name, s.contact, a.set_up_at as \"set_up_at?\"
         from campaign_system s left join system_access a on a.system_id = s.id and a.freelancer_id = $1
         where s.campaign_id = $2 and s.retired_at is null order by s.created_at, s.name",
        freelancer.0,
        campaign.0,
    )
    .fetch_all(db)
    .await
}

/// A campaign in the list of lists.
#[derive(Debug, Clone)]
pub struct Overview {
    pub slug: String,
    pub client: String,
    pub name: String,
    pub systems: i64,
    /// Accesses that are still to be set up.
    pub open: i64,
}

/// The running campaigns with what is open in them.
pub async fn overview(db: impl PgExecutor<'_>) -> Result<Vec<Overview>, sqlx::Error> {
    sqlx::query_as!(
        Overview,
        r#"with person as (
               select w.campaign_id, w.freelancer_id
               from (select campaign_id, freelancer_id from preparation where ended_at is null
                     union select campaign_id, freelancer_id from qualification where ended_at is null) w
               join account a on a.id = w.freelancer_id where a.access_ended_at is null
           ), system as (select id, campaign_id from campaign_system where retired_at is null)
           select c.slug, c.client, c.name,
                  (select count(*) from system s where s.campaign_id = c.id) as "systems!",
                  (select count(*) from system s join person p on p.campaign_id = s.campaign_id
                   where s.campaign_id = c.id
                     and not exists (select from system_access a where a.system_id = s.id and a.freelancer_id = p.freelancer_id))
                      as "open!"
           from campaign c where c.ended_at is null order by c.client, c.name"#
    )
    .fetch_all(db)
    .await
}

/// A tick: when, and by whom if that was a person.
#[derive(Debug, Clone)]
pub struct Tick {
    pub at: OffsetDateTime,
    pub by: Option<String>,
}

/// A person of a campaign, with one entry per system in its order.
#[derive(Debug, Clone)]
pub struct Row {
    pub freelancer: FreelancerId,
    pub name: String,
    pub ticks: Vec<Option<Tick>>,
}

impl Row {
    /// Whether something is still to be set up.
    pub fn is_open(&self) -> bool {
        self.ticks.iter().any(Option::is_none)
    }
}

/// Everybody who prepares for a campaign or works in it, those with something open first.
pub async fn rows(db: &PgPool, campaign: CampaignId, systems: &[System]) -> Result<Vec<Row>, sqlx::Error> {
    let people = sqlx::query!(
        r#"select a.id as "id: FreelancerId", a.name from account a
           where a.access_ended_at is null and a.id in (
               select freelancer_id from preparation where campaign_id = $1 and ended_at is null
               union select freelancer_id from qualification where campaign_id = $1 and ended_at is null)
           order by a.name collate "de-x-icu", a.id"#,
        campaign.0,
    )
    .fetch_all(db)
    .await?;
    let ticks = sqlx::query!(
        r#"select x.system_id as "system: SystemId", x.freelancer_id as "freelancer: FreelancerId", x.set_up_at, a.name as "by?"
           from system_access x join campaign_system s on s.id = x.system_id left join account a on a.id = x.set_up_by
           where s.campaign_id = $1 and s.retired_at is null"#,
        campaign.0,
    )
    .fetch_all(db)
    .await?;
    let mut known: std::collections::HashMap<_, _> =
        ticks.into_iter().map(|t| ((t.freelancer, t.system), Tick { at: t.set_up_at, by: t.by })).collect();
    let mut row = |id, name| {
        let ticks = systems.iter().map(|system| known.remove(&(id, system.id))).collect();
        Row { freelancer: id, name, ticks }
    };
    let mut rows: Vec<Row> = people.into_iter().map(|person| row(person.id, person.name)).collect();
    rows.sort_by_key(|row| !row.is_open());
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_recognised_and_ordinary_words_are_not() {
        for secret in ["Passwort: Möwe7", "Startkennwort beim Team", "PIN 1234", "die Pin", "pw=abc", "Softphone (PUK)"]
        {
            assert!(names_a_secret(secret), "{secret}");
        }
        for fine in
            ["Softphone", "Bestellsystem", "Pinnwand", "Spinnaker CRM", "Frau Tanner, Durchwahl 12", "hilfe@x.example"]
        {
            assert!(!names_a_secret(fine), "{fine}");
        }
    }
}
