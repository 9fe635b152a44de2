//! People on their way: 24 freelancers who prepare, the briefing that everybody else has confirmed, access lists that are
//! partly ticked, and the fees of the months before.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::Frame;
use super::first_shifts;
use super::people::{Freelancer, Staff};
use crate::clock::Zone;
use crate::fees::run;
use crate::freelancers::briefing::{draft, template};
use crate::freelancers::history::{self, Event, Note};
use crate::id::{AccountId, BriefingId, CampaignId, FreelancerId};

/// The last so many freelancers prepare: freelancer277 to freelancer300.
const PREPARING: usize = 24;
/// Of them, this share has confirmed the briefing: every third, and the last ones, who are on their first shifts.
const CONFIRMED: usize = 3;

/// System and whom to turn to.
const SYSTEMS: [(&str, &str); 3] = [
    ("Softphone", "Technik, Telefon 0461 555 0191"),
    ("Kundenverwaltung", "Technik, Telefon 0461 555 0191"),
    ("Chat des Teams", "Schulung, Thea Brodersen"),
];

/// Everything but the fees. Whoever prepares is qualified for nothing yet.
pub async fn create(
    db: &mut PgConnection,
    freelancers: &mut [Freelancer],
    staff: &Staff,
    frame: &Frame,
) -> anyhow::Result<()> {
    let working = freelancers.len().saturating_sub(PREPARING);
    let (working, preparing) = freelancers.split_at_mut(working);
    join(db, working, preparing, frame).await?;
    let mut pairs = Vec::new();
    for person in preparing.iter_mut() {
        let campaigns = std::mem::take(&mut person.qualified);
        pairs.extend(campaigns.first().map(|campaign| (person.id, *campaign)));
    }
    prepare(db, &pairs, frame).await?;
    let done = working.iter().map(|person| person.id);
    let far = preparing.len().saturating_sub(first_shifts::PASSED);
    let some = preparing.iter().enumerate().filter(|(n, _)| n % CONFIRMED == 0 || *n >= far).map(|(_, p)| p.id);
    briefing(db, &done.collect::<Vec<_>>(), &some.collect::<Vec<_>>(), frame).await?;
    access(db, staff.trainer, frame).await
}

/// When each got access: those who work between one and seven months ago, those who prepare in the last three weeks.
async fn join(
    db: &mut PgConnection,
    working: &[Freelancer],
    preparing: &[Freelancer],
    frame: &Frame,
) -> Result<(), sqlx::Error> {
    let long_ago = working.iter().enumerate().map(|(n, f)| (f.id.0, frame.since - Duration::days(n as i64 % 7 * 30)));
    let lately = preparing.iter().enumerate().map(|(n, f)| (f.id.0, frame.now - Duration::days(3 + n as i64 * 5 % 19)));
    let (ids, joined): (Vec<_>, Vec<_>) = long_ago.chain(lately).unzip();
    sqlx::query!(
        "with joined as (select * from unnest($1::uuid[], $2::timestamptz[]) as j (id, at)),
              account as (update account a set created_at = j.at from joined j where a.id = j.id)
         update freelancer f set joined_at = j.at from joined j where f.id = j.id",
        &ids,
        &joined,
    )
    .execute(db)
    .await
    .map(drop)
}

async fn prepare(
    db: &mut PgConnection,
    pairs: &[(FreelancerId, CampaignId)],
    frame: &Frame,
) -> Result<(), sqlx::Error> {
    let people: Vec<_> = pairs.iter().map(|(person, _)| person.0).collect();
    sqlx::query!("delete from qualification where freelancer_id = any($1)", &people).execute(&mut *db).await?;
    for (n, (freelancer, campaign)) in pairs.iter().enumerate() {
        let at = frame.now - Duration::days(3 + n as i64 * 5 % 19);
        sqlx::query!(
            "insert into preparation (freelancer_id, campaign_id, began_at) values ($1, $2, $3)
             on conflict on constraint preparation_once do nothing",
            freelancer.0,
            campaign.0,
            at,
        )
        .execute(&mut *db)
        .await?;
        for (event, campaign) in [(Event::Joined, None), (Event::PreparationBegan, Some(*campaign))] {
            history::note(&mut *db, Note { freelancer: *freelancer, campaign, event, by: None, note: None }, at)
                .await?;
        }
    }
    Ok(())
}

/// The template as the first published version, confirmed by everybody who works and by some who prepare.
async fn briefing(
    db: &mut PgConnection,
    working: &[FreelancerId],
    preparing: &[FreelancerId],
    frame: &Frame,
) -> Result<(), sqlx::Error> {
    let (id, new) = (BriefingId::new(), template::draft());
    sqlx::query!(
        "insert into briefing_version (id, version, title, body, created_at) values ($1, 1, $2, $3, $4)",
        id.0,
        new.title,
        new.body,
        frame.since,
    )
    .execute(&mut *db)
    .await?;
    draft::write_questions(db, id, &new.questions).await?;
    sqlx::query!(
        "update briefing_version set published_at = $2, confirm_by = $3 where id = $1",
        id.0,
        frame.since,
        Zone::berlin().date(frame.since) + Duration::weeks(3),
    )
    .execute(&mut *db)
    .await?;
    let lately = frame.now - Duration::days(2);
    for (people, at) in [(working, frame.since + Duration::days(4)), (preparing, lately)] {
        let people: Vec<_> = people.iter().map(|id| id.0).collect();
        sqlx::query!(
            "with answered as (
                 insert into briefing_answer (question_id, freelancer_id, answered_at)
                 select q.id, f, $3 from briefing_question q, unnest($2::uuid[]) as f where q.version_id = $1
             ), noted as (
                 insert into freelancer_event (freelancer_id, at, actor_id, event)
                 select f, $3, f, 'briefing_confirmed' from unnest($2::uuid[]) as f
             )
             insert into briefing_confirmation (version_id, freelancer_id, confirmed_at) select $1, f, $3 from unnest($2::uuid[]) as f",
            id.0,
            &people,
            at,
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// Three systems for each campaign: set up for all who work in it but every eighth, and the first for half of the others.
async fn access(db: &mut PgConnection, trainer: AccountId, frame: &Frame) -> anyhow::Result<()> {
    let campaigns = sqlx::query_scalar!("select id from campaign order by slug").fetch_all(&mut *db).await?;
    for campaign in campaigns {
        for (n, (name, contact)) in (0..).zip(SYSTEMS) {
            sqlx::query!(
                "insert into campaign_system (id, campaign_id, name, contact, created_at) values ($1, $2, $3, $4, $5)",
                Uuid::new_v4(),
                campaign,
                name,
                contact,
                frame.since + Duration::seconds(n),
            )
            .execute(&mut *db)
            .await?;
        }
    }
    sqlx::query!(
        "insert into system_access (system_id, freelancer_id, set_up_at, set_up_by)
         select s.id, q.freelancer_id, $1::timestamptz, $2::uuid
         from campaign_system s join qualification q on q.campaign_id = s.campaign_id
         where s.name <> 'Chat des Teams' or get_byte(uuid_send(q.freelancer_id), 0) % 8 > 0
         union all
         select s.id, p.freelancer_id, $3::timestamptz, $2::uuid
         from campaign_system s join preparation p on p.campaign_id = s.campaign_id
         where s.name = 'Softphone' and get_byte(uuid_send(p.freelancer_id), 0) % 2 = 0",
        frame.since + Duration::days(5),
        trainer.0,
        frame.now - Duration::days(1),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The fees of all months that are over; one is waived, one corrected.
pub async fn fees(db: &mut PgConnection, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    for month in run::months(db, now).await? {
        run::charge(db, month, now - Duration::HOUR).await?;
    }
    sqlx::query!(
        "insert into fee (kind, freelancer_id, month, cents, debtor_name, debtor_address, noted_at, noted_by, reason)
         select case n when 1 then 'waiver' else 'correction' end::fee_kind, c.freelancer_id, c.month, -c.cents / n, c.debtor_name,
                c.debtor_address, $1, b.id,
                case n when 1 then 'Das Softphone war den ganzen Monat gestört.' else 'Halber Monat nach Absprache.' end
         from (select f.*, row_number() over (order by number desc)::integer as n from fee f where kind = 'charge' limit 2) c,
              account b where b.email = 'buchhaltung@demo.example' order by n",
        now,
    )
    .execute(db)
    .await
    .map(drop)
}
