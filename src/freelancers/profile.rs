//! The profile: address, equipment, other work, tax data. Declared by the person, read by the staff who review papers.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use super::history::{self, Event, Note};
use super::papers::expiry;
use crate::id::FreelancerId;

/// What a person says of themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    pub street: String,
    pub postcode: String,
    pub city: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    pub phone: String,
    /// What stands ready at home (FAQ facts 2, 3).
    pub has_windows: bool,
    pub has_headset: bool,
    pub has_lan_cable: bool,
    pub has_line: bool,
    pub has_room: bool,
    /// Has a job besides, whose employer may have to permit this (FAQ fact 16).
    pub is_employed: bool,
    /// Voluntary.
    pub other_clients: Option<String>,
    /// Umsatzsteuer-ID.
    pub vat_id: Option<String>,
    /// W-IdNr: kept, but no proof of a trade.
    pub business_id: Option<String>,
    /// Registration abroad, in the person's words; its paper is a document.
    pub foreign_registration: Option<String>,
}

/// Somebody's profile, once it was saved.
pub async fn find(db: impl PgExecutor<'_>, freelancer: FreelancerId) -> Result<Option<Profile>, sqlx::Error> {
    sqlx::query_as!(
        Profile,
        "select street, postcode, city, country, phone, has_windows, has_headset, has_lan_cable, has_line, has_room,
                is_employed, other_clients, vat_id, business_id, foreign_registration
         from profile where freelancer_id = $1",
        freelancer.0,
    )
    .fetch_optional(db)
    .await
}

/// What an application already told of the person, as the start of a profile; empty where there is none.
pub async fn prefill(db: impl PgExecutor<'_>, freelancer: FreelancerId) -> Result<Profile, sqlx::Error> {
    let told = sqlx::query_as!(
        Profile,
        r#"select '' as "street!", '' as "postcode!", coalesce(place, '') as "city!", coalesce(country, '') as "country!",
                  coalesce(phone, '') as "phone!", coalesce(has_windows, false) as "has_windows!",
                  coalesce(has_headset, false) as "has_headset!", coalesce(has_lan, false) as "has_lan_cable!",
                  coalesce(has_line, false) as "has_line!", coalesce(has_room, false) as "has_room!",
                  false as "is_employed!", left(other_clients, 500) as other_clients, null as vat_id, null as business_id,
                  null as foreign_registration
           from applicant where id = $1"#,
        freelancer.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(told.unwrap_or_default())
}

/// Writes a profile anew. What it changes about the papers that are needed takes effect at once.
pub async fn save(
    db: &mut PgConnection,
    freelancer: FreelancerId,
    profile: &Profile,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    lock_own(&mut *db, freelancer).await?;
    let before = find(&mut *db, freelancer).await?;
    if before.as_ref() == Some(profile) {
        return Ok(());
    }
    write(&mut *db, freelancer, profile, now).await?;
    let event = if before.is_some() { Event::ProfileChanged } else { Event::ProfileSaved };
    let step = Note { freelancer, campaign: None, event, by: Some(freelancer.into()), note: None };
    history::note(&mut *db, step, now).await?;
    expiry::apply(db, Some(freelancer), now).await
}

async fn write(
    db: &mut PgConnection,
    freelancer: FreelancerId,
    profile: &Profile,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into profile (freelancer_id, street, postcode, city, country, phone, has_windows, has_headset, has_lan_cable,
             has_line, has_room, is_employed, other_clients, vat_id, business_id, foreign_registration, saved_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         on conflict (freelancer_id) do update set
             street = excluded.street, postcode = excluded.postcode, city = excluded.city, country = excluded.country,
             phone = excluded.phone, has_windows = excluded.has_windows, has_headset = excluded.has_headset,
             has_lan_cable = excluded.has_lan_cable, has_line = excluded.has_line, has_room = excluded.has_room,
             is_employed = excluded.is_employed, other_clients = excluded.other_clients, vat_id = excluded.vat_id,
             business_id = excluded.business_id, foreign_registration = excluded.foreign_registration,
             saved_at = excluded.saved_at",
        freelancer.0,
        profile.street,
        profile.postcode,
        profile.city,
        profile.country,
        profile.phone,
        profile.has_windows,
        profile.has_headset,
        profile.has_lan_cable,
        profile.has_line,
        profile.has_room,
        profile.is_employed,
        profile.other_clients,
        profile.vat_id,
        profile.business_id,
        profile.foreign_registration,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// The same as [`lock`] for what the person does themselves: an error if their access has ended, as it has in an erasure that
/// is under way.
pub async fn lock_own(db: &mut PgConnection, freelancer: FreelancerId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select f.id from freelancer f join account a on a.id = f.id where f.id = $1 and a.access_ended_at is null
         for no key update of f for key share of a",
        freelancer.0,
    )
    .fetch_one(db)
    .await
    .map(drop)
}

/// Lets one transaction at a time change what a person brings: whatever it touches, this lock comes first.
pub async fn lock(db: &mut PgConnection, freelancer: FreelancerId) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from freelancer where id = $1 for no key update", freelancer.0)
        .fetch_optional(db)
        .await
        .map(drop)
}
