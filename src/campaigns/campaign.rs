//! The campaign: work for one client, with the rules by which its shifts are published and booked.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{OffsetDateTime, Time};

use crate::accounts::audit;
use crate::clock::Zone;
use crate::database::constraint;
use crate::id::{AccountId, CampaignId};

/// A way of talking to customers.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, sqlx::Type,
)]
#[sqlx(type_name = "channel", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Phone,
    Email,
    Chat,
}

impl Channel {
    /// All channels, in the order of the forms.
    pub const ALL: [Self; 3] = [Self::Phone, Self::Email, Self::Chat];

    /// The channel's name in forms.
    pub fn key(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Chat => "chat",
        }
    }

    /// The channel of this key.
    pub fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.key() == key)
    }

    /// The channel's German name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Phone => "Telefon",
            Self::Email => "E-Mail",
            Self::Chat => "Chat",
        }
    }

    /// The channel's icon.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "mail",
            Self::Chat => "message-square",
        }
    }
}

/// Shortest and longest booking horizon in weeks (FAQ fact 12).
pub const HORIZON: std::ops::RangeInclusive<i16> = 3..=8;
/// Fewest and most first shifts beside a mentor.
pub const FIRST_SHIFTS: std::ops::RangeInclusive<i16> = 0..=20;

/// Work for one client.
#[derive(Debug, Clone)]
pub struct Campaign {
    pub id: CampaignId,
    pub slug: String,
    pub client: String,
    pub name: String,
    pub requirements: String,
    pub channels: Vec<Channel>,
    /// Opening hours and shifts are thought of in this wall time.
    pub zone: Zone,
    /// So many weeks ahead are published (FAQ fact 12: 3–8).
    pub horizon_weeks: i16,
    /// The hour of Wednesday's publication, in wall time.
    pub publication_time: Time,
    /// Until so many hours before its start a booking may be released freely.
    pub release_deadline_hours: i16,
    /// Hours a week expected on average; information only (FAQ fact 13).
    pub expected_hours_min: i16,
    pub expected_hours_max: i16,
    /// So many first shifts beside a mentor lead to the qualification; none: the training does.
    pub first_shifts: i16,
    /// Whom to write to when a booking can no longer be released.
    pub planner_contact: String,
    pub created_at: OffsetDateTime,
    pub ended_at: Option<OffsetDateTime>,
}

impl Campaign {
    /// `Blattgrün Pflanzenversand · Bestellhotline`
    pub fn title(&self) -> String {
        format!("{} · {}", self.client, self.name)
    }

    /// `15–20 h`
    pub fn expectation(&self) -> String {
        format!("{}–{} h", self.expected_hours_min, self.expected_hours_max)
    }
}

/// What a campaign is made of, proven: the content of the staff form.
#[derive(Debug, Clone)]
pub struct NewCampaign {
    /// Fulfils [`super::slug::is_valid`].
    pub slug: String,
    pub client: String,
    pub name: String,
    pub requirements: String,
    pub channels: Vec<Channel>,
    pub zone: Zone,
    /// Within [`HORIZON`].
    pub horizon_weeks: i16,
    pub publication_time: Time,
    pub release_deadline_hours: i16,
    pub expected_hours_min: i16,
    pub expected_hours_max: i16,
    pub first_shifts: i16,
    pub planner_contact: String,
}

/// Why a campaign was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Two campaigns cannot share an address; a double click ends here, too.
    SlugTaken,
    /// A shift belongs to the week in which it begins on the campaign's wall: another zone would move it.
    ZoneInUse,
}

impl Refusal {
    /// The sentence beside the field.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::SlugTaken => "Diese Adresse hat schon eine andere Kampagne. Bitte wähle eine andere.",
            Self::ZoneInUse => {
                "Die Kampagne hat schon Schichten, deshalb bleibt ihre Zeitzone. Lege für eine andere eine neue Kampagne an."
            }
        }
    }
}

/// Creates a campaign. Its opening hours come with [`super::opening::save_weekly`]. `by`: `None` for the demo data.
pub async fn create(
    db: &PgPool,
    new: &NewCampaign,
    by: Option<AccountId>,
    now: OffsetDateTime,
) -> Result<Result<CampaignId, Refusal>, sqlx::Error> {
    let id = CampaignId::new();
    let mut tx = db.begin().await?;
    let created = sqlx::query!(
        "insert into campaign (id, slug, client, name, requirements, channels, zone, horizon_weeks, publication_time,
                               release_deadline_hours, expected_hours_min, expected_hours_max, planner_contact, created_at, first_shifts)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         on conflict on constraint campaign_slug do nothing",
        id.0,
        new.slug,
        new.client,
        new.name,
        new.requirements,
        new.channels.clone() as Vec<Channel>,
        new.zone.name(),
        new.horizon_weeks,
        new.publication_time,
        new.release_deadline_hours,
        new.expected_hours_min,
        new.expected_hours_max,
        new.planner_contact,
        now,
        new.first_shifts,
    )
    .execute(&mut *tx)
    .await?;
    if created.rows_affected() == 0 {
        return Ok(Err(Refusal::SlugTaken));
    }
    audit::note(&mut *tx, by, "campaign.create", &id.to_string(), now).await?;
    tx.commit().await?;
    Ok(Ok(id))
}

/// Gives a campaign new settings.
pub async fn update(
    db: &PgPool,
    id: CampaignId,
    new: &NewCampaign,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let updated = sqlx::query!(
        "update campaign set slug = $2, client = $3, name = $4, requirements = $5, channels = $6, zone = $7, horizon_weeks = $8,
                publication_time = $9, release_deadline_hours = $10, expected_hours_min = $11, expected_hours_max = $12,
                planner_contact = $13, first_shifts = $14
         where id = $1 and (zone = $7 or not exists (select from shift where campaign_id = $1))",
        id.0,
        new.slug,
        new.client,
        new.name,
        new.requirements,
        new.channels.clone() as Vec<Channel>,
        new.zone.name(),
        new.horizon_weeks,
        new.publication_time,
        new.release_deadline_hours,
        new.expected_hours_min,
        new.expected_hours_max,
        new.planner_contact,
        new.first_shifts,
    )
    .execute(&mut *tx)
    .await;
    match updated {
        Err(e) if constraint(&e) == Some("campaign_slug") => return Ok(Err(Refusal::SlugTaken)),
        Ok(done) if done.rows_affected() == 0 => return Ok(Err(Refusal::ZoneInUse)),
        other => other?,
    };
    audit::note(&mut *tx, Some(by), "campaign.update", &id.to_string(), now).await?;
    tx.commit().await.map(Ok)
}

/// Ends a campaign, in the transaction of whoever sees to the people concerned; false if it has ended already.
pub async fn end(
    db: &mut PgConnection,
    id: CampaignId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let ended = sqlx::query!("update campaign set ended_at = $2 where id = $1 and ended_at is null", id.0, now)
        .execute(&mut *db)
        .await?;
    if ended.rows_affected() == 0 {
        return Ok(false);
    }
    audit::note(db, Some(by), "campaign.end", &id.to_string(), now).await.map(|()| true)
}

/// Lets an ended campaign go on; false if it has not ended.
pub async fn reopen(
    db: &mut PgConnection,
    id: CampaignId,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let opened = sqlx::query!("update campaign set ended_at = null where id = $1 and ended_at is not null", id.0)
        .execute(&mut *db)
        .await?;
    if opened.rows_affected() == 0 {
        return Ok(false);
    }
    audit::note(db, Some(by), "campaign.reopen", &id.to_string(), now).await.map(|()| true)
}

/// The campaign of this id.
pub async fn by_id(db: impl PgExecutor<'_>, id: CampaignId) -> Result<Option<Campaign>, sqlx::Error> {
    Ok(all(db).await?.into_iter().find(|campaign| campaign.id == id))
}

/// All campaigns, running ones first, by client and name.
pub async fn all(db: impl PgExecutor<'_>) -> Result<Vec<Campaign>, sqlx::Error> {
    sqlx::query_as!(
        Campaign,
        r#"select id as "id: CampaignId", slug, client, name, requirements, channels as "channels: Vec<Channel>", zone as "zone: Zone",
                  horizon_weeks, publication_time, release_deadline_hours, expected_hours_min, expected_hours_max,
                  first_shifts, planner_contact, created_at, ended_at
           from campaign order by ended_at is not null, client, name, id"#
    )
    .fetch_all(db)
    .await
}

/// The campaign of this slug.
pub async fn find(db: impl PgExecutor<'_>, slug: &str) -> Result<Option<Campaign>, sqlx::Error> {
    sqlx::query_as!(
        Campaign,
        r#"select id as "id: CampaignId", slug, client, name, requirements, channels as "channels: Vec<Channel>", zone as "zone: Zone",
                  horizon_weeks, publication_time, release_deadline_hours, expected_hours_min, expected_hours_max,
                  first_shifts, planner_contact, created_at, ended_at
           from campaign where slug = $1"#,
        slug
    )
    .fetch_optional(db)
    .await
}
