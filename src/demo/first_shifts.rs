//! First shifts of the demo: mentors, people on the way, what was said to them; and a qualification that rests, with an
//! objection.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::campaigns::Created;
use super::people::{FIRST_PREPARING, Freelancer, Staff};
use crate::freelancers::history::{self, Event, Note};
use crate::id::{AccountId, BookingId, FreelancerId};

/// So many freelancers are mentors; one more has offered it.
const MENTORS: i64 = 6;
/// Of those who prepare, so many have passed the training: the last ones.
pub const PASSED: usize = 10;
/// Whose qualification rests.
const RESTS: usize = 9;

/// Words of mentors, each followed by whether it counts.
const WORDS: [(&str, bool); 5] = [
    ("Ruhig und freundlich, auch als es schnell ging. Die Suche nach Bestellnummern sitzt.", true),
    ("Sehr aufmerksam zugehört. Beim Abschluss des Gesprächs darfst du ruhig führen.", true),
    ("Die Adressänderung üben wir noch einmal zusammen, der Rest lief gut.", false),
    ("Heute hast du fast alles allein gemacht.", true),
    ("Gute Fragen, klare Sprache.", true),
];

/// A mentor's seat.
struct Seat {
    booking: BookingId,
    mentor: AccountId,
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
}

/// Writes all of it for one campaign.
pub async fn create(
    db: &mut PgConnection,
    campaign: &Created,
    people: &[Freelancer],
    staff: &Staff,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    mentors(db, campaign, people, staff, now).await?;
    let trainees: Vec<FreelancerId> =
        people.iter().skip(FIRST_PREPARING - 1).map(|p| p.id).rev().take(PASSED).collect();
    for trainee in &trainees {
        prepare(db, campaign, *trainee, now).await?;
    }
    let seats = seats(db, campaign, now).await?;
    let (past, coming): (Vec<Seat>, Vec<Seat>) = seats.into_iter().partition(|seat| seat.ends_at <= now);
    over(db, campaign, (&trainees, &past), now).await?;
    ahead(db, (&trainees, &coming), now).await?;
    rests(db, people, staff, now).await
}

/// Those who have most to do, but for the first, with whom most visitors look round, and the one whose qualification rests.
async fn mentors(
    db: &mut PgConnection,
    campaign: &Created,
    people: &[Freelancer],
    staff: &Staff,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let others: Vec<Uuid> = [0, RESTS].iter().filter_map(|n| people.get(*n)).map(|p| p.id.0).collect();
    sqlx::query!(
        "insert into mentor (freelancer_id, campaign_id, offered_at, confirmed_at, confirmed_by)
         select m.id, $1, $2, case when m.place <= $3 then $2::timestamptz end, case when m.place <= $3 then $4::uuid end
         from (select q.freelancer_id as id, row_number() over (order by count(*) desc, q.freelancer_id) as place
               from qualification q
               join booking b on b.freelancer_id = q.freelancer_id
               join shift s on s.id = b.shift_id and s.campaign_id = q.campaign_id
               where q.campaign_id = $1 and q.freelancer_id <> all ($5)
               group by q.freelancer_id) m
         where m.place <= $3 + 1",
        campaign.id.0,
        now - Duration::weeks(4),
        MENTORS,
        staff.trainer.0,
        &others,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Preparation, profile, confirmed contract papers and a passed training.
async fn prepare(
    db: &mut PgConnection,
    campaign: &Created,
    person: FreelancerId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with prepared as (
             insert into preparation (freelancer_id, campaign_id, began_at) values ($1, $2, $3)
             on conflict on constraint preparation_once do nothing
         ), profiled as (
             insert into profile (freelancer_id, street, postcode, city, country, phone, has_windows, has_headset, has_lan_cable,
                                  has_line, has_room, is_employed, vat_id, saved_at)
             values ($1, 'Hafendamm 12', '24937', 'Flensburg', 'DE', '0461 555 0123', true, true, true, true, true, false,
                     'DE136695976', $3)
             on conflict (freelancer_id) do nothing
         ), confirmed as (
             insert into contract_confirmation (version_id, freelancer_id, confirmed_at)
             select id, $1, $4 from contract_version where campaign_id = $2 and published_at is not null
             on conflict on constraint contract_confirmation_once do nothing
         )
         insert into training_result (freelancer_id, campaign_id, passed_at) values ($1, $2, $4)
         on conflict on constraint training_result_once do nothing",
        person.0,
        campaign.id.0,
        now - Duration::weeks(6),
        now - Duration::weeks(3),
    )
    .execute(db)
    .await
    .map(drop)
}

/// The mentors' seats, by time.
async fn seats(db: &mut PgConnection, campaign: &Created, now: OffsetDateTime) -> Result<Vec<Seat>, sqlx::Error> {
    sqlx::query_as!(
        Seat,
        r#"select f.booking_id as "booking!: BookingId", f.freelancer_id as "mentor!: AccountId", s.starts_at, s.ends_at
           from free_mentor f join shift s on s.id = f.shift_id
           where s.campaign_id = $1 and (s.ends_at <= $2 or s.starts_at > $2)
           order by s.starts_at, f.booking_id"#,
        campaign.id.0,
        now,
    )
    .fetch_all(db)
    .await
}

/// First shifts that are over, most of them signed off; the last one waits for its mentor's word.
async fn over(
    db: &mut PgConnection,
    campaign: &Created,
    (trainees, seats): (&[FreelancerId], &[Seat]),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let mut free = seats.iter();
    let mut until = None;
    for (n, (word, counts)) in WORDS.iter().enumerate() {
        let Some(seat) = free.find(|seat| until.is_none_or(|until| seat.starts_at >= until)) else { return Ok(()) };
        until = Some(seat.ends_at);
        let Some(trainee) = trainees.get(n / 2) else { return Ok(()) };
        let Some(place) = sit(db, *trainee, seat, now).await? else { continue };
        let at = (seat.ends_at + Duration::HOUR).min(now);
        sqlx::query!(
            "insert into sign_off (booking_id, freelancer_id, campaign_id, result, word, signed_at, signed_by)
             values ($1, $2, $3, case when $4 then 'passed' else 'again' end::sign_off_result, $5, $6, $7)",
            place.0,
            trainee.0,
            campaign.id.0,
            counts,
            word,
            at,
            seat.mentor.0,
        )
        .execute(&mut *db)
        .await?;
        let event = if *counts { Event::FirstShiftPassed } else { Event::FirstShiftAgain };
        let (by, note) = (Some(seat.mentor), Some(*word));
        history::note(&mut *db, Note { freelancer: *trainee, campaign: Some(campaign.id), event, by, note }, at)
            .await?;
    }
    if let (Some(seat), Some(trainee)) = (free.next_back(), trainees.get(3)) {
        sit(db, *trainee, seat, now).await?;
    }
    Ok(())
}

/// Coming places; in one of them nobody sits beside for the time being.
async fn ahead(
    db: &mut PgConnection,
    (trainees, seats): (&[FreelancerId], &[Seat]),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    // One seat in five, so that there is something left to choose.
    let mut seats = seats.iter().skip(2).step_by(5);
    for (n, trainee) in trainees.iter().take(6).enumerate() {
        // Some are in a training at that time.
        let mut place = None;
        while let (None, Some(seat)) = (place, seats.next()) {
            place = sit(db, *trainee, seat, now).await?;
        }
        if let (4, Some(place)) = (n, place) {
            let since = now - Duration::hours(5);
            sqlx::query!("update booking set mentor_booking_id = null, alone_since = $2 where id = $1", place.0, since)
                .execute(&mut *db)
                .await?;
        }
    }
    Ok(())
}

/// A place beside this seat; none if the person's time is taken.
async fn sit(
    db: &mut PgConnection,
    trainee: FreelancerId,
    seat: &Seat,
    now: OffsetDateTime,
) -> Result<Option<BookingId>, sqlx::Error> {
    let place = BookingId::new();
    let sat = sqlx::query!(
        "insert into booking (id, shift_id, freelancer_id, during, booked_at, kind, mentor_booking_id)
         select $1, m.shift_id, $2, m.during, $3, 'beside', m.id from booking m
         where m.id = $4 and not exists (
             select from booking o where o.freelancer_id = $2 and o.released_at is null and o.during && m.during)",
        place.0,
        trainee.0,
        (seat.starts_at - Duration::days(4)).min(now - Duration::hours(6)),
        seat.booking.0,
    )
    .execute(db)
    .await?;
    Ok((sat.rows_affected() == 1).then_some(place))
}

/// A qualification that rests, with the person's objection; their booked shifts wait for a decision.
async fn rests(db: &mut PgConnection, people: &[Freelancer], staff: &Staff, now: OffsetDateTime) -> anyhow::Result<()> {
    let Some((person, campaign)) = people.get(RESTS).and_then(|p| Some((p.id, *p.qualified.first()?))) else {
        return Ok(());
    };
    let (reason, words) = (
        "Die neue Telefonsoftware ist bei dir noch nicht eingerichtet. Sobald sie läuft, geht es weiter.",
        "Die Software läuft seit gestern Abend, ich habe einen Testanruf gemacht. Bitte prüft das noch einmal.",
    );
    let (decided, raised) = (now - Duration::days(2), now - Duration::hours(20));
    sqlx::query!(
        "with rested as (
             update qualification set suspended_at = $3, decision_reason = $4 where freelancer_id = $1 and campaign_id = $2
             returning freelancer_id, campaign_id
         )
         insert into objection (id, freelancer_id, campaign_id, decided_at, words, raised_at)
         select $5, freelancer_id, campaign_id, $3, $6, $7 from rested",
        person.0,
        campaign.0,
        decided,
        reason,
        Uuid::new_v4(),
        words,
        raised,
    )
    .execute(&mut *db)
    .await?;
    let by = Some(staff.trainer);
    let (freelancer, campaign) = (person, Some(campaign));
    let rests = Note { freelancer, campaign, event: Event::QualificationSuspended, by, note: Some(reason) };
    history::note(&mut *db, rests, decided).await?;
    let by = Some(person.into());
    let objects = Note { freelancer, campaign, event: Event::ObjectionRaised, by, note: Some(words) };
    history::note(&mut *db, objects, raised).await?;
    Ok(())
}
