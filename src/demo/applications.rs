//! The applications of the demo: 62 over the postings, in every state, with answers, notes, opinions, and due dates around
//! today. Introductions are written here and some recorded in
//! `recordings`; nobody of them has a password.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::people::Staff;
use super::wording::{EXPERIENCES, INTRODUCTIONS, NAMES, NOTES, OPINIONS, PLACES, REASONS, SYSTEMS, TEXTS};
use crate::applications::application::State;
use crate::applications::opinion::Verdict;
use crate::applications::pipeline::Step;
use crate::campaigns::question::{self, Kind, Question};
use crate::clock::Zone;
use crate::id::{AccountId, ApplicationId, CampaignId, QuestionSetId};

/// How many of each state, and between how many days ago they were sent.
const SHARES: [(State, usize, (i64, i64)); 7] = [
    (State::New, 9, (0, 5)),
    (State::Introduced, 16, (1, 8)),
    (State::Invited, 9, (5, 15)),
    (State::Talked, 8, (9, 22)),
    (State::Accepted, 6, (25, 80)),
    (State::Refused, 9, (14, 176)),
    (State::Withdrawn, 4, (12, 110)),
];

/// A posting one can apply to.
struct Open {
    campaign: CampaignId,
    set: QuestionSetId,
    questions: Vec<Question>,
}

/// One application to be written.
struct Sketch<'a> {
    id: Uuid,
    person: Uuid,
    posting: &'a Open,
    state: State,
    sent: OffsetDateTime,
}

/// Writes the applications; without postings there are none.
pub async fn create(db: &mut PgConnection, rng: &mut StdRng, staff: &Staff, now: OffsetDateTime) -> anyhow::Result<()> {
    let postings = postings(db).await?;
    let mut number = 0;
    for (state, many, (latest, earliest)) in SHARES {
        for _ in 0..many {
            let Some(posting) = postings.choose(rng) else { return Ok(()) };
            let minutes = rng.random_range(latest * 1440 + 30..=earliest * 1440 + 60);
            let sent = now - Duration::minutes(minutes);
            let person = person(db, rng, number, sent).await?;
            let sketch = Sketch { id: Uuid::from_u128(rng.random()), person, posting, state, sent };
            write(db, rng, &sketch, staff, now).await?;
            number += 1;
        }
    }
    again(db, rng, &postings, staff, now).await
}

/// Applications of long ago, each with the days since it was sent: what becomes of them is the privacy officer's.
pub async fn of_long_ago(
    db: &mut PgConnection,
    rng: &mut StdRng,
    staff: &Staff,
    wanted: &[(State, i64)],
    now: OffsetDateTime,
) -> anyhow::Result<Vec<ApplicationId>> {
    let (postings, mut written) = (postings(db).await?, Vec::new());
    // The numbers after those of the others.
    let first = SHARES.iter().map(|(_, many, _)| many).sum::<usize>();
    for (number, (state, days)) in (first..).zip(wanted) {
        let Some(posting) = postings.choose(rng) else { break };
        let sent = now - Duration::days(*days);
        let person = person(db, rng, number, sent).await?;
        let sketch = Sketch { id: Uuid::from_u128(rng.random()), person, posting, state: *state, sent };
        write(db, rng, &sketch, staff, now).await?;
        written.push(ApplicationId(sketch.id));
    }
    Ok(written)
}

/// Somebody applies to a second campaign after a refusal.
async fn again(
    db: &mut PgConnection,
    rng: &mut StdRng,
    postings: &[Open],
    staff: &Staff,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let earlier =
        sqlx::query!("select applicant_id, campaign_id from application where state = 'refused' order by id limit 1")
            .fetch_one(&mut *db)
            .await?;
    let Some(posting) = postings.iter().find(|posting| posting.campaign.0 != earlier.campaign_id) else {
        return Ok(());
    };
    let (person, sent) = (earlier.applicant_id, now - Duration::hours(50));
    let sketch = Sketch { id: Uuid::from_u128(rng.random()), person, posting, state: State::Introduced, sent };
    write(db, rng, &sketch, staff, now).await
}

async fn postings(db: &mut PgConnection) -> anyhow::Result<Vec<Open>> {
    let rows = sqlx::query!(
        r#"select s.campaign_id as "campaign: CampaignId", s.id as "set: QuestionSetId"
           from question_set s join posting p on p.campaign_id = s.campaign_id join campaign c on c.id = s.campaign_id
           where p.published_at is not null and p.closed_at is null
             and s.version = (select max(version) from question_set where campaign_id = s.campaign_id)
           order by c.slug"#
    )
    .fetch_all(&mut *db)
    .await?;
    let mut postings = Vec::new();
    for row in rows {
        let questions = question::of_set(&mut *db, row.set).await?;
        postings.push(Open { campaign: row.campaign, set: row.set, questions });
    }
    Ok(postings)
}

/// Account and profile of the `number`th person. The 21st has the telephone of the 20th: perhaps the same person.
async fn person(db: &mut PgConnection, rng: &mut StdRng, number: usize, sent: OffsetDateTime) -> anyhow::Result<Uuid> {
    let id = Uuid::from_u128(rng.random());
    let name = NAMES[number % NAMES.len()];
    let phone = if number == 20 { 19 } else { number };
    let one_in = |rng: &mut StdRng, n: u32| rng.random_range(0..n) == 0;
    let registered = if one_in(rng, 3) { "planned" } else { "registered" };
    let experience = if one_in(rng, 2) { EXPERIENCES.choose(rng).copied() } else { None };
    sqlx::query!(
        "with person as (insert into account (id, email, name, created_at) values ($1, $2, $3, $4) returning id),
              role as (insert into account_role (account_id, role, granted_at) values ($1, 'applicant', $4))
         insert into applicant (id, confirmed_at, phone, place, country, languages, has_windows, has_headset, has_lan,
             has_line, has_room, trade, other_clients, experience, created_at, updated_at)
         select id, $4, $5, $6, 'DE', $7, true, $8, $9, true, true, $10::text::trade_state, $11, $12, $4, $4 from person",
        id,
        format!("bewerbung{:02}@post.example", number + 1),
        name,
        sent,
        format!("0461 555{:04}", 2000 + phone * 37),
        PLACES.choose(rng).copied(),
        &if one_in(rng, 4) { vec!["de".to_owned(), "en".to_owned()] } else { vec!["de".to_owned()] },
        !one_in(rng, 4),
        !one_in(rng, 5),
        registered,
        one_in(rng, 3).then_some("Ein Ladengeschäft am Ort, samstags."),
        experience,
    )
    .execute(&mut *db)
    .await?;
    Ok(id)
}

async fn write(
    db: &mut PgConnection,
    rng: &mut StdRng,
    sketch: &Sketch<'_>,
    staff: &Staff,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let state = sketch.state;
    let introduced = (state != State::New).then(|| sketch.sent + Duration::minutes(rng.random_range(10..1400)));
    let introduced = introduced.map(|at| at.min(now - Duration::minutes(20)).max(sketch.sent));
    let decided = (sketch.sent + Duration::days(rng.random_range(6..12))).min(now - Duration::minutes(5));
    let offered = state == State::Accepted || (state == State::Talked && rng.random_range(0..3) == 0);
    let today = Zone::berlin().date(now);
    let due = state.is_open().then(|| today + Duration::days(rng.random_range(-3..=7)));
    let refusal = (state == State::Refused).then(|| REASONS.choose(rng).copied()).flatten();
    sqlx::query!(
        "insert into application (id, applicant_id, campaign_id, question_set_id, state, created_at, edited_at,
             submitted_at, submitted_on, introduced_at, review_started_at, due_on, decided_at, decided_by, offered_at,
             withdrawn_at, refusal)
         values ($1, $2, $3, $4, $5, $6, $6, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        sketch.id,
        sketch.person,
        sketch.posting.campaign.0,
        sketch.posting.set.0,
        state as State,
        sketch.sent,
        Zone::berlin().date(sketch.sent),
        introduced,
        introduced.filter(|_| !matches!(state, State::Introduced | State::Withdrawn)),
        due,
        matches!(state, State::Accepted | State::Refused).then_some(decided),
        (offered || state == State::Refused).then_some(staff.recruiter.0),
        offered.then_some(decided - Duration::hours(20)),
        (state == State::Withdrawn).then_some(decided),
        refusal,
    )
    .execute(&mut *db)
    .await?;
    answers(db, rng, sketch).await?;
    introduction(db, rng, sketch, introduced).await?;
    steps(db, sketch, staff, decided, offered).await?;
    impressions(db, rng, sketch, staff, decided).await?;
    if state == State::Accepted {
        join(db, sketch.person, decided).await?;
    }
    Ok(())
}

async fn answers(db: &mut PgConnection, rng: &mut StdRng, sketch: &Sketch<'_>) -> anyhow::Result<()> {
    for question in &sketch.posting.questions {
        // Most say what the question asks for.
        let wanted = question.must_be.clone().filter(|_| rng.random_range(0..12) > 0);
        let value = match question.kind {
            Kind::YesNo => wanted.unwrap_or_else(|| if rng.random_range(0..3) > 0 { "yes" } else { "no" }.into()),
            Kind::Choice => wanted.or_else(|| question.options.choose(rng).cloned()).unwrap_or_default(),
            Kind::Number => rng.random_range(12..=25).to_string(),
            Kind::Text => TEXTS.choose(rng).copied().unwrap_or_default().into(),
        };
        sqlx::query!(
            "insert into answer (application_id, question_id, value) values ($1, $2, $3)",
            sketch.id,
            question.id.0,
            value,
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// A text and, for some, an equipment check; both are gone once somebody is refused or has withdrawn.
async fn introduction(
    db: &mut PgConnection,
    rng: &mut StdRng,
    sketch: &Sketch<'_>,
    introduced: Option<OffsetDateTime>,
) -> anyhow::Result<()> {
    let Some(at) = introduced.filter(|_| !matches!(sketch.state, State::Refused | State::Withdrawn)) else {
        return Ok(());
    };
    sqlx::query!(
        "insert into introduction (application_id, kind, body, sent_at) values ($1, 'text', $2, $3)",
        sketch.id,
        INTRODUCTIONS.choose(rng).copied(),
        at,
    )
    .execute(&mut *db)
    .await?;
    if rng.random_range(0..2) == 0 {
        sqlx::query!(
            "insert into equipment_check (id, application_id, at, down_kbit, up_kbit, latency_ms, jitter_ms, microphone, camera, system)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            Uuid::from_u128(rng.random()),
            sketch.id,
            at,
            rng.random_range(14_000..110_000),
            rng.random_range(4_000..40_000),
            rng.random_range(9..60),
            rng.random_range(1..12),
            rng.random_range(0..8) > 0,
            (rng.random_range(0..2) == 0).then_some(true),
            SYSTEMS.choose(rng).copied(),
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// What staff and applicant did, in the order of the way.
async fn steps(
    db: &mut PgConnection,
    sketch: &Sketch<'_>,
    staff: &Staff,
    decided: OffsetDateTime,
    offered: bool,
) -> anyhow::Result<()> {
    let way = match sketch.state {
        State::Draft | State::New | State::Introduced | State::Withdrawn => vec![],
        State::Invited => vec![Step::Review, Step::Invited],
        State::Talked if offered => vec![Step::Review, Step::Invited, Step::Talked, Step::Offered],
        State::Talked => vec![Step::Review, Step::Invited, Step::Talked],
        State::Accepted => vec![Step::Review, Step::Invited, Step::Talked, Step::Offered, Step::Accepted],
        State::Refused => vec![Step::Review, Step::Refused],
    };
    let mut before = Duration::hours(20) * i32::try_from(way.len())?;
    for step in way {
        before -= Duration::hours(20);
        let by = (step != Step::Accepted).then_some(staff.recruiter.0);
        sqlx::query!(
            "insert into application_step (application_id, at, actor_id, kind) values ($1, $2, $3, $4)",
            sketch.id,
            decided - before,
            by,
            step as Step,
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// Notes and opinions of recruiter and administrator on some.
async fn impressions(
    db: &mut PgConnection,
    rng: &mut StdRng,
    sketch: &Sketch<'_>,
    staff: &Staff,
    decided: OffsetDateTime,
) -> anyhow::Result<()> {
    if !matches!(sketch.state, State::New | State::Withdrawn) && rng.random_range(0..2) == 0 {
        sqlx::query!(
            "insert into note (id, application_id, author_id, at, body) values ($1, $2, $3, $4, $5)",
            Uuid::from_u128(rng.random()),
            sketch.id,
            staff.recruiter.0,
            decided - Duration::hours(2),
            NOTES.choose(rng).copied(),
        )
        .execute(&mut *db)
        .await?;
    }
    if matches!(sketch.state, State::Introduced | State::Invited | State::Talked) {
        for author in [staff.recruiter, staff.administrator] {
            if rng.random_range(0..5) < 2 {
                opinion(db, rng, sketch.id, author, decided - Duration::hours(1)).await?;
            }
        }
    }
    Ok(())
}

async fn opinion(
    db: &mut PgConnection,
    rng: &mut StdRng,
    application: Uuid,
    author: AccountId,
    at: OffsetDateTime,
) -> anyhow::Result<()> {
    let mut verdict = || [Verdict::Yes, Verdict::Yes, Verdict::Yes, Verdict::Unsure, Verdict::No].choose(rng).copied();
    let [service, language, clarity, equipment, overall] =
        std::array::from_fn(|_| verdict().unwrap_or(Verdict::Unsure));
    sqlx::query!(
        "insert into opinion (application_id, author_id, at, service, language, clarity, equipment, overall, body)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        application,
        author.0,
        at,
        service as Verdict,
        language as Verdict,
        clarity as Verdict,
        equipment as Verdict,
        overall as Verdict,
        OPINIONS.choose(rng).copied(),
    )
    .execute(&mut *db)
    .await?;
    Ok(())
}

/// Accepted: a freelancer whose invitation is on its way.
async fn join(db: &mut PgConnection, person: Uuid, at: OffsetDateTime) -> anyhow::Result<()> {
    sqlx::query!(
        "with role as (insert into account_role (account_id, role, granted_at) values ($1, 'freelancer', $2))
         insert into freelancer (id, joined_at) values ($1, $2)",
        person,
        at,
    )
    .execute(&mut *db)
    .await?;
    Ok(())
}
