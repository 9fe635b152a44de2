//! What the demo's freelancers bring: profiles, papers in every state, contract papers with a new version to confirm.

use anyhow::Context;
use bytes::Bytes;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::campaigns::Created;
use super::first_shifts;
use super::people::{FIRST_PREPARING, Freelancer, Staff};
use crate::clock::Zone;
use crate::files::blob;
use crate::files::picture::{self, Format};
use crate::freelancers::contract::confirmation;
use crate::freelancers::history::{self, Event, Note};
use crate::freelancers::papers::document::State;
use crate::freelancers::papers::expiry;
use crate::freelancers::papers::kind::Kind;
use crate::freelancers::tax_id::{self, TaxId};
use crate::id::{AccountId, BlobId, ContractVersionId, DocumentId};
use crate::portal::Portal;

const PICTURES: [(Kind, &[u8]); 2] = [
    (Kind::TradeLicence, include_bytes!("media/trade-licence.png")),
    (Kind::EmployerPermission, include_bytes!("media/employer-permission.png")),
];

/// A paper of the demo: whose (place in the list of freelancers), which, how it stands, sent so many days ago, valid for
/// so many days from today on, returned why.
type Row = (usize, Kind, State, i64, Option<i64>, Option<&'static str>);

const ROWS: [Row; 14] = [
    (0, Kind::TradeLicence, State::Accepted, 40, None, None),
    (0, Kind::EmployerPermission, State::Accepted, 38, Some(30), None),
    (1, Kind::TradeLicence, State::Submitted, 6, None, None),
    (2, Kind::TradeLicence, State::Submitted, 4, None, None),
    (3, Kind::EmployerPermission, State::Submitted, 3, None, None),
    (4, Kind::TradeLicence, State::Submitted, 2, None, None),
    (5, Kind::TradeLicence, State::Submitted, 1, None, None),
    (6, Kind::TradeLicence, State::Submitted, 0, None, None),
    (
        7,
        Kind::TradeLicence,
        State::Refused,
        5,
        None,
        Some("Seite 2 fehlt im Bild. Fotografiere bitte beide Seiten und lade sie noch einmal hoch."),
    ),
    (8, Kind::TradeLicence, State::Accepted, 300, Some(5), None),
    (9, Kind::TradeLicence, State::Accepted, 360, Some(-9), None),
    (10, Kind::TradeLicence, State::Accepted, 90, None, None),
    (10, Kind::EmployerPermission, State::Accepted, 90, Some(120), None),
    (11, Kind::TradeLicence, State::Accepted, 200, None, None),
];

/// How many of the first freelancers prove their trade by paper; the others by VAT ID.
const BY_PAPER: usize = 12;

/// A picture in the store that belongs to nobody yet; its key is its own.
pub struct Stored {
    blob: BlobId,
    bytes: i64,
}

/// Puts a picture per paper into the store, drawn anew as any other upload.
pub async fn store(portal: &Portal, now: OffsetDateTime) -> anyhow::Result<Vec<Stored>> {
    let mut drawn = Vec::new();
    for (_, bytes) in PICTURES {
        let bytes = Bytes::from_static(bytes);
        let picture = picture::redraw(&bytes, Format::Png);
        drawn.push(Bytes::from(picture.map_err(|fault| anyhow::anyhow!("a picture of the demo: {fault:?}"))?));
    }
    let mut stored = Vec::new();
    for (_, kind, ..) in ROWS {
        let at = PICTURES.iter().position(|(of, _)| *of == kind).context("a picture of this kind")?;
        let draft = portal.files.begin(&portal.db, AccountId::new(), now).await?;
        portal.files.put(draft, drawn[at].clone()).await?;
        stored.push(Stored { blob: draft.id, bytes: i64::try_from(drawn[at].len())? });
    }
    Ok(stored)
}

/// Profiles of all, the papers, and the contract papers of all campaigns.
pub async fn create(
    db: &mut PgConnection,
    stored: &[Stored],
    (freelancers, campaigns): (&[Freelancer], &[Created]),
    staff: &Staff,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    profiles(db, freelancers, now).await?;
    for (row, stored) in ROWS.iter().zip(stored) {
        paper(db, row, stored, freelancers, staff, now).await?;
    }
    contracts(db, campaigns, staff, now).await?;
    expiry::apply(db, None, now).await?;
    confirmation::apply(db, None, None).await?;
    Ok(())
}

async fn profiles(db: &mut PgConnection, freelancers: &[Freelancer], now: OffsetDateTime) -> anyhow::Result<()> {
    let ids: Vec<Uuid> = freelancers.iter().map(|person| person.id.0).collect();
    let employed: Vec<bool> = (0..ids.len()).map(|n| [0, 3, 10].contains(&n)).collect();
    // Of those who prepare, some still owe the proof of their trade.
    let owes = |n: usize| (FIRST_PREPARING - 1..ids.len() - first_shifts::PASSED).contains(&n) && n.is_multiple_of(3);
    let vat_ids: Vec<Option<String>> =
        (0..ids.len()).map(|n| if n < BY_PAPER || owes(n) { None } else { vat_id(n) }).collect();
    sqlx::query!(
        "insert into profile (freelancer_id, street, postcode, city, country, phone, has_windows, has_headset, has_lan_cable,
             has_line, has_room, is_employed, other_clients, vat_id, saved_at)
         select p.id, 'Hafenstraße ' || p.n, '24937', 'Musterstadt', 'DE', '0461 555' || lpad(p.n::text, 4, '0'), true, true,
                p.n % 9 <> 0, true, true, p.employed, case when p.n % 4 = 0 then 'Ein Versandhandel' end, p.vat_id, $4
         from unnest($1::uuid[], $2::boolean[], $3::text[]) with ordinality as p (id, employed, vat_id, n)
         on conflict (freelancer_id) do update set vat_id = excluded.vat_id",
        &ids,
        &employed,
        &vat_ids as &[Option<String>],
        now - Duration::days(40),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An invented VAT ID with the check digit that fits.
fn vat_id(n: usize) -> Option<String> {
    (0..10).find_map(|digit| match tax_id::read(&format!("DE9900{n:04}{digit}")) {
        Ok(TaxId::Vat(number)) => Some(number),
        _ => None,
    })
}

async fn paper(
    db: &mut PgConnection,
    (who, kind, state, days_ago, valid_for, refusal): &Row,
    stored: &Stored,
    freelancers: &[Freelancer],
    staff: &Staff,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let person = freelancers.get(*who).context("a freelancer")?.id;
    let sent = now - Duration::days(*days_ago) - Duration::hours(2);
    let decided = matches!(state, State::Accepted | State::Refused).then(|| sent + Duration::hours(1));
    blob::go_live(&mut *db, stored.blob, picture::MEDIA_TYPE, stored.bytes).await?;
    sqlx::query!(
        "insert into document (id, freelancer_id, kind, state, blob_id, submitted_at, decided_at, decided_by, refusal, valid_until)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        DocumentId::new().0,
        person.0,
        *kind as Kind,
        *state as State,
        stored.blob.0,
        sent,
        decided,
        decided.map(|_| staff.recruiter.0),
        *refusal,
        valid_for.map(|days| Zone::berlin().date(now) + Duration::days(days)),
    )
    .execute(&mut *db)
    .await?;
    let note = |event, by, said| Note { freelancer: person, campaign: None, event, by: Some(by), note: Some(said) };
    history::note(&mut *db, note(Event::DocumentSubmitted, person.into(), kind.label()), sent).await?;
    match (state, decided) {
        (State::Accepted, Some(at)) => {
            history::note(db, note(Event::DocumentAccepted, staff.recruiter, kind.label()), at).await?;
        }
        (State::Refused, Some(at)) => {
            let said = format!("{}: {}", kind.label(), refusal.unwrap_or_default());
            history::note(db, note(Event::DocumentRefused, staff.recruiter, &said), at).await?;
        }
        _ => {}
    }
    Ok(())
}

const CONTRACT: &str = include_str!("texts/contract.md");

/// Every campaign has contract papers that everybody confirmed. The first one has a second version on its way, confirmed by
/// two of three, and the last one a draft.
async fn contracts(
    db: &mut PgConnection,
    campaigns: &[Created],
    staff: &Staff,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    for (n, campaign) in campaigns.iter().enumerate() {
        let first = version(db, campaign, (1, "Rahmenvertrag"), staff, Some(now - Duration::days(60))).await?;
        confirm(db, campaign, first, 1, now - Duration::days(50)).await?;
        if n == 0 {
            let second = version(db, campaign, (2, "Rahmenvertrag 2027"), staff, Some(now - Duration::days(4))).await?;
            confirm(db, campaign, second, 3, now - Duration::days(2)).await?;
        } else if n + 1 == campaigns.len() {
            version(db, campaign, (2, "Rahmenvertrag 2027"), staff, None).await?;
        }
    }
    Ok(())
}

async fn version(
    db: &mut PgConnection,
    campaign: &Created,
    (number, title): (i32, &str),
    staff: &Staff,
    published_at: Option<OffsetDateTime>,
) -> anyhow::Result<ContractVersionId> {
    let id = ContractVersionId::new();
    let confirm_by = published_at.map(|at| Zone::berlin().date(at) + Duration::days(14));
    sqlx::query!(
        "insert into contract_version (id, campaign_id, version, title, body, created_at, created_by, published_at, confirm_by)
         select $1, $2, $3, $4, $5, coalesce($7, c.created_at), $6, $7, $8 from campaign c where c.id = $2",
        id.0,
        campaign.id.0,
        number,
        title,
        CONTRACT,
        staff.recruiter.0,
        published_at,
        confirm_by,
    )
    .execute(db)
    .await?;
    Ok(id)
}

/// Confirmed by all who may book, but for every `but`-th of them (1: by all).
async fn confirm(
    db: &mut PgConnection,
    campaign: &Created,
    version: ContractVersionId,
    but: i32,
    at: OffsetDateTime,
) -> anyhow::Result<()> {
    sqlx::query!(
        "insert into contract_confirmation (version_id, freelancer_id, confirmed_at)
         select $1, q.freelancer_id, $4 from (
             select freelancer_id, row_number() over (order by freelancer_id) as n
             from qualification where campaign_id = $2 and ended_at is null) q
         where $3 = 1 or q.n % $3 <> 0",
        version.0,
        campaign.id.0,
        but,
        at,
    )
    .execute(db)
    .await?;
    Ok(())
}
