//! The campaign: work for one client, with the rules by which its shifts are published and booked.

use sqlx::PgExecutor;
use time::{OffsetDateTime, Time};

use crate::clock::Zone;
use crate::id::CampaignId;

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

/// All campaigns, running ones first, by client and name.
pub async fn all(db: impl PgExecutor<'_>) -> Result<Vec<Campaign>, sqlx::Error> {
    sqlx::query_as!(
        Campaign,
        r#"select id as "id: CampaignId", slug, client, name, requirements, channels as "channels: Vec<Channel>", zone as "zone: Zone",
                  horizon_weeks, publication_time, release_deadline_hours, expected_hours_min, expected_hours_max,
                  planner_contact, created_at, ended_at
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
                  planner_contact, created_at, ended_at
           from campaign where slug = $1"#,
        slug
    )
    .fetch_optional(db)
    .await
}
