//! Those of the demo who still prepare: the last 24 freelancers, each for one campaign and qualified for none.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::campaigns::Created;
use super::people::Freelancer;
use crate::freelancers::preparation;
use crate::id::{CampaignId, FreelancerId};

/// So many of the last freelancers prepare: freelancer277 to freelancer300.
pub const PREPARING: usize = 24;
/// Every so-many-th has not saved a profile yet.
const WITHOUT_PROFILE: usize = 12;

/// Somebody who prepares.
pub struct Trainee {
    pub id: FreelancerId,
    pub campaign: CampaignId,
    /// When the preparation began.
    pub began_at: OffsetDateTime,
    pub has_profile: bool,
}

/// Takes their qualifications away and lets them prepare, in turn for each campaign. Before anything is booked.
pub async fn create(
    db: &mut PgConnection,
    people: &mut [Freelancer],
    campaigns: &[Created],
    now: OffsetDateTime,
) -> anyhow::Result<Vec<Trainee>> {
    let first = people.len().saturating_sub(PREPARING);
    let mut trainees = Vec::new();
    for (n, person) in people.iter_mut().skip(first).enumerate() {
        person.qualified.clear();
        sqlx::query!("delete from qualification where freelancer_id = $1", person.id.0).execute(&mut *db).await?;
        let trainee = Trainee {
            id: person.id,
            campaign: campaigns[n % campaigns.len()].id,
            began_at: now - Duration::days(20) - Duration::hours(i64::try_from(n)?),
            has_profile: n % WITHOUT_PROFILE != WITHOUT_PROFILE - 1,
        };
        preparation::begin(db, trainee.id, trainee.campaign, None, trainee.began_at).await?;
        if trainee.has_profile {
            save_profile(db, &trainee, n).await?;
        }
        trainees.push(trainee);
    }
    Ok(trainees)
}

async fn save_profile(db: &mut PgConnection, trainee: &Trainee, n: usize) -> anyhow::Result<()> {
    let street = format!("Am Mühlenteich {}", n + 1);
    sqlx::query!(
        "insert into profile (freelancer_id, street, postcode, city, country, phone, has_windows, has_headset, has_lan_cable,
             has_line, has_room, is_employed, saved_at)
         values ($1, $2, '24937', 'Flensburg', 'DE', '0461 5550100', true, true, true, true, true, false, $3)
         on conflict (freelancer_id) do nothing",
        trainee.id.0,
        street,
        trainee.began_at + Duration::HOUR,
    )
    .execute(db)
    .await?;
    Ok(())
}
