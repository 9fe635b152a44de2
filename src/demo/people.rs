//! The people of the demo: staff of each role, and 300 freelancers.

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, RngExt};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::campaigns::Created;
use crate::accounts::account;
use crate::accounts::role::Role;
use crate::id::{AccountId, CampaignId, FreelancerId};

const FREELANCERS: usize = 300;
/// From this number on, people are still getting ready.
pub const FIRST_PREPARING: usize = 277;

const FIRST: [&str; 72] = [
    "Jana", "Deniz", "Marie", "Tomasz", "Aylin", "Jörg", "Noor", "Svenja", "Malte", "Fatma", "Henrik", "Oksana",
    "Björn", "Leyla", "Katrin", "Emre", "Anke", "Piotr", "Sabine", "Yusuf", "Heike", "Milan", "Gesa", "Amira",
    "Torben", "Ines", "Rainer", "Zeynep", "Uwe", "Nadja", "Lennart", "Beate", "Karim", "Silke", "Marek", "Antje",
    "Samir", "Birgit", "Jonas", "Elif", "Petra", "Nico", "Claudia", "Hassan", "Wiebke", "Luca", "Renate", "Dariusz",
    "Imke", "Ali", "Martina", "Finn", "Olga", "Stefan", "Merle", "Ivan", "Ulrike", "Kemal", "Doris", "Jannis", "Rita",
    "Theo", "Selin", "Bernd", "Frauke", "Mehmet", "Lea", "Georg", "Alina", "Kai", "Tanja", "Robin",
];

const LAST: [&str; 80] = [
    "Wölk",
    "Aydın",
    "Oberländer",
    "Wiśniewski",
    "Kaya",
    "Weiß",
    "Haddad",
    "Petersen",
    "Brandt",
    "Yılmaz",
    "Lorenzen",
    "Kowalska",
    "Hansen",
    "Demir",
    "Schröder",
    "Özdemir",
    "Behrens",
    "Nowak",
    "Kühn",
    "Arslan",
    "Thomsen",
    "Jovanović",
    "Carstens",
    "Saleh",
    "Lüdtke",
    "Ferreira",
    "Böttcher",
    "Çelik",
    "Grothe",
    "Ivanova",
    "Matthiesen",
    "Seidel",
    "Mansour",
    "Krämer",
    "Zieliński",
    "Voß",
    "Rahimi",
    "Fischer",
    "Asmussen",
    "Şahin",
    "Hoffmann",
    "Rossi",
    "Kruse",
    "Nasser",
    "Jürgens",
    "Bianchi",
    "Dreyer",
    "Mazur",
    "Friedrichsen",
    "Hosseini",
    "Bauer",
    "Nielsen",
    "Sokolova",
    "Vogel",
    "Claußen",
    "Petrov",
    "Langner",
    "Doğan",
    "Hinz",
    "Papadopoulos",
    "Möller",
    "Schäfer",
    "Koç",
    "Lange",
    "Ehlers",
    "Kılıç",
    "Sommer",
    "Horn",
    "Melnyk",
    "Beck",
    "Paulsen",
    "Nguyen",
    "Reimers",
    "Tran",
    "Wulf",
    "Busch",
    "Engel",
    "Rohde",
    "Stein",
    "Kaminski",
];

/// Ids of staff that other data refers to.
pub struct Staff {
    pub trainer: AccountId,
    pub recruiter: AccountId,
    pub privacy_officer: AccountId,
    pub administrator: AccountId,
}

/// A freelancer with what decides their bookings.
pub struct Freelancer {
    pub id: FreelancerId,
    pub qualified: Vec<CampaignId>,
    /// Hours a week they like to book.
    pub hours: i64,
}

/// One account per role of staff.
pub async fn staff(db: &mut PgConnection, now: OffsetDateTime) -> anyhow::Result<Staff> {
    let mut ids = Vec::new();
    for (email, name, role) in [
        ("schulung@demo.example", "Thea Brodersen", Role::Trainer),
        ("planung@demo.example", "Meryem Şahin", Role::Planner),
        ("personal@demo.example", "Jörn Petersen", Role::Recruiter),
        ("datenschutz@demo.example", "Dr. Ilse Harms", Role::PrivacyOfficer),
        ("buchhaltung@demo.example", "Ralf Quandt", Role::Bookkeeper),
        ("admin@demo.example", "Nele Iversen", Role::Administrator),
    ] {
        let created = account::create(db, email, name, &[role], None, now).await?;
        ids.push(created.map_err(|_| anyhow::anyhow!("{email} exists"))?);
    }
    let [trainer, _, recruiter, privacy_officer, .., administrator] = ids[..] else { anyhow::bail!("no staff") };
    Ok(Staff { trainer, recruiter, privacy_officer, administrator })
}

/// 300 freelancers, each qualified for one to three campaigns.
pub async fn freelancers(
    db: &mut PgConnection,
    rng: &mut StdRng,
    campaigns: &[Created],
    trainer: AccountId,
    since: OffsetDateTime,
) -> anyhow::Result<Vec<Freelancer>> {
    let names = names(rng);
    let ids: Vec<Uuid> = names.iter().map(|_| Uuid::from_u128(rng.random())).collect();
    let emails: Vec<String> = (1..=FREELANCERS).map(|n| format!("freelancer{n:03}@demo.example")).collect();
    sqlx::query!(
        "with people as (select * from unnest($1::uuid[], $2::text[], $3::text[]) as p (id, email, name)),
              accounts as (insert into account (id, email, name, created_at) select id, email, name, $4 from people returning id),
              roles as (insert into account_role (account_id, role, granted_at) select id, 'freelancer', $4 from people)
         insert into freelancer (id, joined_at) select id, $4 from people",
        &ids,
        &emails,
        &names,
        since,
    )
    .execute(&mut *db)
    .await?;
    let mut people = Vec::with_capacity(ids.len());
    let (mut who, mut what) = (Vec::new(), Vec::new());
    for (n, id) in ids.iter().enumerate() {
        // The first one, with whom most visitors look round, can compare two campaigns.
        let qualified = match n {
            0 => vec![campaigns[0].id, campaigns[1].id],
            // Those who are still getting ready.
            n if n + 1 >= FIRST_PREPARING => Vec::new(),
            _ => choose(rng, campaigns),
        };
        who.extend(qualified.iter().map(|_| *id));
        what.extend(qualified.iter().map(|c| c.0));
        people.push(Freelancer {
            id: FreelancerId(*id),
            qualified,
            hours: if n == 0 { 16 } else { rng.random_range(8..=24) },
        });
    }
    sqlx::query!(
        "insert into qualification (freelancer_id, campaign_id, granted_at, granted_by, reason)
         select f, c, $3, $4, 'Schulung und erste Schichten abgeschlossen' from unnest($1::uuid[], $2::uuid[]) as q (f, c)",
        &who,
        &what,
        since,
        trainer.0,
    )
    .execute(&mut *db)
    .await?;
    Ok(people)
}

fn choose(rng: &mut StdRng, campaigns: &[Created]) -> Vec<CampaignId> {
    let many = *[1, 1, 2, 2, 2, 3].choose(rng).unwrap_or(&1);
    let mut chosen: Vec<CampaignId> = Vec::new();
    while chosen.len() < many {
        if let Ok(campaign) = campaigns.choose_weighted(rng, |c| c.weight)
            && !chosen.contains(&campaign.id)
        {
            chosen.push(campaign.id);
        }
    }
    chosen
}

/// Different names for all.
fn names(rng: &mut (impl Rng + ?Sized)) -> Vec<String> {
    let mut names: Vec<String> =
        FIRST.iter().flat_map(|first| LAST.iter().map(move |last| format!("{first} {last}"))).collect();
    // "Jana Wölk" comes first; the others are shuffled.
    names[1..].shuffle(rng);
    names.truncate(FREELANCERS);
    names
}
