//! Demo data: deterministic from a seed and today's date, loaded into an empty database.
//!
//! A plan of two past weeks, the current one and the published ones ahead, filled to different degrees, and a draft that
//! waits for Wednesday. All people and campaigns are invented.

mod applications;
mod bookings;
mod campaigns;
mod first_shifts;
mod interviews;
mod messages;
mod papers;
mod people;
mod postings;
mod preparing;
mod privacy;
mod questions;
mod readiness;
mod recordings;
mod trainings;
mod wording;

use anyhow::{Context, ensure};
use rand::SeedableRng;
use rand::rngs::StdRng;
use secrecy::ExposeSecret;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::accounts::password;
use crate::campaigns::schedule;
use crate::clock::Zone;
use crate::files::intake::Taken;
use crate::portal::Portal;
use crate::shifts::week::Week;

/// The same seed and the same day give the same data.
const SEED: u64 = 0x4d75_7374_6572;

/// Loads the demo data if the database is empty; accepts a database that it loaded itself.
///
/// # Errors
/// If the database holds anything else.
pub async fn load(portal: &Portal) -> anyhow::Result<()> {
    let now = portal.clock.now();
    let hash = portal.passwords.hash(portal.config.demo_password.expose_secret().to_owned()).await?;
    let mut tx = portal.db.begin().await?;
    // Two demos started at once load once.
    sqlx::query!("lock table demo in exclusive mode").execute(&mut *tx).await?;
    let loaded = sqlx::query_scalar!(r#"select exists (select from demo) as "loaded!""#).fetch_one(&mut *tx).await?;
    if !loaded {
        let used =
            sqlx::query_scalar!(r#"select exists (select from account) or exists (select from campaign) as "used!""#);
        ensure!(
            !used.fetch_one(&mut *tx).await?,
            "the database holds data that is not the demo's; the demo wants an empty one"
        );
        let recordings = recordings::store(portal, now).await?;
        let pictures = papers::store(portal, now).await?;
        let guide = trainings::store(portal, now).await?;
        fill(&mut tx, &recordings, &pictures, &guide, now).await.context("demo data")?;
    }
    set_password(&mut tx, portal, &hash).await?;
    if !loaded {
        // Who cannot sign in yet owes nothing.
        readiness::fees(&mut tx, now).await?;
    }
    tx.commit().await?;
    if !loaded {
        sqlx::query("analyze").execute(&portal.db).await?;
    }
    Ok(())
}

async fn fill(
    db: &mut PgConnection,
    recordings: &[recordings::Stored],
    pictures: &[papers::Stored],
    guide: &Taken,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let mut rng = StdRng::seed_from_u64(SEED);
    let zone = Zone::berlin();
    let frame = Frame::new(now, &zone);
    let staff = people::staff(db, frame.since).await?;
    let campaigns = campaigns::create(db, frame.since).await?;
    postings::create(db, &campaigns, frame.since, now).await?;
    let mut freelancers = people::freelancers(db, &mut rng, &campaigns, staff.trainer, frame.since).await?;
    let trainees = preparing::create(db, &mut freelancers, &campaigns, now).await?;
    readiness::create(db, &mut freelancers, &staff, &frame).await?;
    let shifts = campaigns::plan(db, &campaigns, &frame, &mut rng).await?;
    bookings::create(db, &shifts, &freelancers, &frame, &mut rng).await?;
    papers::create(db, pictures, (&freelancers, &campaigns), &staff, now).await?;
    trainings::create(db, &campaigns, &freelancers, &trainees, &staff, (&frame, guide)).await?;
    // A seed of their own: what is added here changes nothing else.
    applications::create(db, &mut StdRng::seed_from_u64(SEED + 1), &staff, now).await?;
    first_shifts::create(db, &campaigns[0], &freelancers, &staff, now).await?;
    recordings::create(db, recordings).await?;
    interviews::create(db, &staff, now).await?;
    for campaign in &campaigns {
        note_publications(db, campaign, &frame).await?;
    }
    messages::create(db, now).await?;
    note_last_night(db, now).await?;
    privacy::create(db, &mut StdRng::seed_from_u64(SEED + 2), &staff, now).await?;
    sqlx::query!("insert into demo (loaded_at, today) values ($1, $2)", now, zone.date(now)).execute(&mut *db).await?;
    Ok(())
}

/// The weeks of the demo.
struct Frame {
    now: OffsetDateTime,
    /// When everything began: three weeks before the first shift.
    since: OffsetDateTime,
    /// The first week with shifts: two before the current one.
    first: Week,
    current: Week,
    /// The last published week.
    last_published: Week,
    /// The draft that waits for Wednesday.
    draft: Week,
}

impl Frame {
    fn new(now: OffsetDateTime, zone: &Zone) -> Self {
        let current = Week::at(now, zone);
        // What the latest Wednesday opened, reckoned with the latest hour of all campaigns: five weeks.
        let (wednesday, _) = schedule::last_due(zone, campaigns::LATEST_PUBLICATION, now);
        let last_published = Week::of(wednesday).plus(5);
        let first = current.plus(-2);
        Self {
            now,
            since: zone.midnight(first.plus(-3).monday()),
            first,
            current,
            last_published,
            draft: last_published.next(),
        }
    }
}

/// The Wednesdays that were: without them the first look would publish the waiting draft at once.
async fn note_publications(
    db: &mut PgConnection,
    campaign: &campaigns::Created,
    frame: &Frame,
) -> Result<(), sqlx::Error> {
    let (mut day, mut due) = schedule::last_due(&campaign.zone, campaign.publication_time, frame.now);
    while due > frame.since {
        sqlx::query!(
            "insert into publication (id, campaign_id, due_on, ran_at, shifts)
             select $1, $2, $3, $4, count(*) from shift where campaign_id = $2 and week = $5",
            Uuid::new_v4(),
            campaign.id.0,
            day,
            due,
            Week::of(day).plus(5).monday(),
        )
        .execute(&mut *db)
        .await?;
        (day, due) = schedule::last_due(&campaign.zone, campaign.publication_time, due - Duration::SECOND);
    }
    Ok(())
}

/// The recounts of the last night, as if the portal had not begun just now: else the first look says that they are missing.
async fn note_last_night(db: &mut PgConnection, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let yesterday = Zone::berlin().date(now) - Duration::DAY;
    sqlx::query!(
        "with recounted as (
             insert into recount (business_date, ran_at, shifts, differences)
             values ($1, $2, (select count(*) from shift), '[]')
         )
         insert into training_recount (business_date, ran_at, dates, differences)
         values ($1, $2, (select count(*) from training_date), '[]')",
        yesterday,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// All demo sign-ins share one password; a changed setting reaches a database that was loaded before.
async fn set_password(db: &mut PgConnection, portal: &Portal, hash: &str) -> anyhow::Result<()> {
    let stored = sqlx::query_scalar!("select password_hash from account where email = 'admin@demo.example'")
        .fetch_optional(&mut *db)
        .await?;
    let plain = portal.config.demo_password.expose_secret().to_owned();
    if portal.passwords.verify(plain, stored.flatten()).await? {
        return Ok(());
    }
    sqlx::query!("update account set password_hash = $1 where email like '%@demo.example'", hash).execute(db).await?;
    Ok(())
}

/// Prints the address and the sign-ins.
pub fn greet(portal: &Portal) {
    let password = portal.config.demo_password.expose_secret();
    println!();
    println!("  {}", portal.config.base_url());
    println!();
    println!("  Planung        planung@demo.example");
    println!("  Personal       personal@demo.example");
    println!("  Schulung       schulung@demo.example");
    println!("  Datenschutz    datenschutz@demo.example");
    println!("  Buchhaltung    buchhaltung@demo.example");
    println!("  Administration admin@demo.example");
    println!("  Freelancer*in  freelancer001@demo.example … freelancer300@demo.example");
    println!("                 (ab 277 in Vorbereitung, davor einsatzbereit)");
    println!();
    println!("  Passwort für alle: {password}");
    println!(
        "  Mails liegen als Dateien in {}",
        portal.mail.folder().map_or_else(|| "–".into(), |f| f.display().to_string())
    );
    println!();
    debug_assert!(password.chars().count() >= password::SHORTEST, "the default demo password keeps the rule");
}
