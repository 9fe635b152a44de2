//! What the coming nights will erase, as the rules stand today: dossiers and accounts by day, and what goes by whole years.

use std::collections::BTreeMap;

use sqlx::PgPool;
use time::{Date, OffsetDateTime};

use super::{person, years};
use crate::id::AccountId;
use crate::policy::Policy;
use crate::retention::gone::Kind;
use crate::retention::{Periods, Rule, account, dossier, erase_on};

/// What goes on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day {
    /// Dossiers whose months are over.
    pub period: i64,
    /// Drafts, and dossiers under an address that nobody confirmed.
    pub draft: i64,
    /// Dossiers whose consent to longer keeping ends.
    pub consent: i64,
    /// Dossiers of people who wish it.
    pub wish: i64,
    /// Accounts that become anonymous.
    pub accounts: i64,
}

impl Day {
    fn count(&mut self, rule: Rule) {
        match rule {
            Rule::Period => self.period += 1,
            Rule::Draft => self.draft += 1,
            Rule::Consent => self.consent += 1,
            Rule::Wish => self.wish += 1,
        }
    }

    /// Dossiers, by whichever rule.
    pub fn dossiers(&self) -> i64 {
        self.period + self.draft + self.consent + self.wish
    }

    fn add(&mut self, other: &Self) {
        self.period += other.period;
        self.draft += other.draft;
        self.consent += other.consent;
        self.wish += other.wish;
        self.accounts += other.accounts;
    }
}

/// What goes until a day.
#[derive(Debug, Clone, Default)]
pub struct Outlook {
    pub days: BTreeMap<Date, Day>,
    /// What is kept for whole years: of how many people, or results, something goes.
    pub years: Vec<(Kind, usize)>,
}

impl Outlook {
    /// The sum of all days.
    pub fn total(&self) -> Day {
        let mut total = Day::default();
        self.days.values().for_each(|day| total.add(day));
        total
    }
}

/// Reckons it for every day until `until`; what is late stands on its own day, before today.
pub async fn load(db: &PgPool, policy: &Policy, until: Date) -> Result<Outlook, sqlx::Error> {
    let (periods, of_accounts) = (Periods::from(policy), account::Periods::from(policy));
    let mut outlook = Outlook::default();
    for dossier in dossier::due(db, &periods, until).await? {
        if let Some(on) = erase_on(&dossier.facts, &periods) {
            outlook.days.entry(on).or_default().count(dossier.facts.rule());
        }
    }
    for on in accounts(db, &of_accounts, until).await? {
        outlook.days.entry(on).or_default().accounts += 1;
    }
    for kind in years::KINDS {
        let due = years::due(db, kind, years::last(kind, &of_accounts, until)).await?.len();
        if due > 0 {
            outlook.years.push((kind, due));
        }
    }
    Ok(outlook)
}

struct Clocked {
    access_ended_at: Option<OffsetDateTime>,
    wished_at: Option<OffsetDateTime>,
    held_until: Option<Date>,
}

/// The days on which accounts become anonymous; one that is held beyond `until` has none.
async fn accounts(db: &PgPool, periods: &account::Periods, until: Date) -> Result<Vec<Date>, sqlx::Error> {
    let due: Vec<AccountId> = person::accounts_due(db, periods, until).await?;
    let rows = sqlx::query_as!(
        Clocked,
        r#"select a.access_ended_at, w.requested_at as "wished_at?",
                  (select max(h.held_until) from legal_hold h
                   where h.account_id = a.id and h.confirmed_at is not null and h.lifted_at is null) as held_until
           from account a
           left join data_request w on w.account_id = a.id and w.wish = 'erasure' and w.done_at is null
           where a.id = any($1)"#,
        &due.iter().map(|id| id.0).collect::<Vec<_>>(),
    )
    .fetch_all(db)
    .await?;
    let day = |row: Clocked| {
        let on = account::erase_on(&account::Facts::new(row.access_ended_at, row.wished_at), periods)?;
        let free = row.held_until.map_or(Some(on), Date::next_day)?;
        Some(on.max(free))
    };
    Ok(rows.into_iter().filter_map(day).filter(|on| *on <= until).collect())
}
