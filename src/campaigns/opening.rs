//! Opening hours: local wall time per weekday, with exceptions per date. Pure rules, and their rows.

use std::collections::BTreeMap;

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::{Date, OffsetDateTime};

use crate::accounts::audit;
use crate::clock::{Zone, german};
use crate::id::{AccountId, CampaignId};

/// Minutes of wall time since the midnight that begins the day; `closes` past 1440 lies on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub opens: i16,
    pub closes: i16,
}

impl Span {
    /// `07:00–22:00`
    pub fn label(self) -> String {
        format!("{}–{}", german::minutes(self.opens), german::minutes(self.closes))
    }
}

/// A date that differs from its weekday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Why: `Heiligabend`.
    pub label: String,
    /// The hours of that date; `None`: closed.
    pub span: Option<Span>,
}

/// When a campaign is open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours {
    /// Spans per weekday, Monday first, in order of opening.
    pub weekly: [Vec<Span>; 7],
    pub exceptions: BTreeMap<Date, Exception>,
}

impl Hours {
    /// The spans that begin on this date.
    pub fn on(&self, day: Date) -> Vec<Span> {
        match self.exceptions.get(&day) {
            Some(exception) => exception.span.into_iter().collect(),
            None => self.weekly[usize::from(day.weekday().number_days_from_monday())].clone(),
        }
    }

    /// The open stretches that touch the dates from `first` to `last`, joined where they meet, as instants.
    pub fn stretches(&self, zone: &Zone, first: Date, last: Date) -> Vec<(OffsetDateTime, OffsetDateTime)> {
        let mut stretches: Vec<(OffsetDateTime, OffsetDateTime)> = Vec::new();
        let mut day = first.previous_day().unwrap_or(first);
        loop {
            for span in self.on(day) {
                let (from, to) = (zone.wall_or_next(day, span.opens), zone.wall_or_next(day, span.closes));
                match stretches.last_mut() {
                    Some(last) if from <= last.1 => last.1 = last.1.max(to),
                    _ if from < to => stretches.push((from, to)),
                    _ => {}
                }
            }
            match day.next_day() {
                Some(next) if day < last => day = next,
                _ => return stretches,
            }
        }
    }

    /// Whether the campaign is open for the whole of this span. Only spans of at most 24 hours are asked about.
    pub fn cover(&self, zone: &Zone, from: OffsetDateTime, to: OffsetDateTime) -> bool {
        self.stretches(zone, zone.date(from), zone.date(to))
            .iter()
            .any(|(opens, closes)| *opens <= from && to <= *closes)
    }
}

/// A campaign's opening hours.
pub async fn load(db: &PgPool, campaign: CampaignId) -> Result<Hours, sqlx::Error> {
    let weekly = weekly(db, Some(campaign)).await?.remove(&campaign).unwrap_or_default();
    Ok(Hours { weekly, exceptions: exceptions(db, campaign).await? })
}

/// The weekly hours of one campaign or of all; a campaign without any has no entry.
pub async fn weekly(
    db: impl PgExecutor<'_>,
    campaign: Option<CampaignId>,
) -> Result<BTreeMap<CampaignId, [Vec<Span>; 7]>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select campaign_id as "campaign_id: CampaignId", weekday, opens_minute, closes_minute from opening_hours
           where $1::uuid is null or campaign_id = $1 order by weekday, opens_minute"#,
        campaign.map(|id| id.0)
    )
    .fetch_all(db)
    .await?;
    let mut all: BTreeMap<CampaignId, [Vec<Span>; 7]> = BTreeMap::new();
    for row in rows {
        let weekly = all.entry(row.campaign_id).or_default();
        // The column's check keeps it within 1 to 7.
        if let Some(spans) = usize::try_from(row.weekday - 1).ok().and_then(|i| weekly.get_mut(i)) {
            spans.push(Span { opens: row.opens_minute, closes: row.closes_minute });
        }
    }
    Ok(all)
}

async fn exceptions(db: impl PgExecutor<'_>, campaign: CampaignId) -> Result<BTreeMap<Date, Exception>, sqlx::Error> {
    let rows = sqlx::query!(
        "select day, label, opens_minute, closes_minute from opening_exception where campaign_id = $1 order by day",
        campaign.0
    )
    .fetch_all(db)
    .await?;
    let exception = |opens: Option<i16>, closes: Option<i16>, label| {
        let span = opens.zip(closes).map(|(opens, closes)| Span { opens, closes });
        Exception { label, span }
    };
    Ok(rows.into_iter().map(|r| (r.day, exception(r.opens_minute, r.closes_minute, r.label))).collect())
}

/// Replaces the weekly hours; the exceptions stay. `by`: `None` for the demo data.
pub async fn save_weekly(
    db: &PgPool,
    campaign: CampaignId,
    weekly: &[Vec<Span>; 7],
    by: Option<AccountId>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    lock(&mut tx, campaign).await?;
    sqlx::query!("delete from opening_hours where campaign_id = $1", campaign.0).execute(&mut *tx).await?;
    let rows: Vec<(i16, Span)> =
        (1..).zip(weekly).flat_map(|(day, spans)| spans.iter().map(move |span| (day, *span))).collect();
    sqlx::query!(
        "insert into opening_hours (campaign_id, weekday, opens_minute, closes_minute)
         select $1, * from unnest($2::smallint[], $3::smallint[], $4::smallint[])",
        campaign.0,
        &rows.iter().map(|(day, _)| *day).collect::<Vec<_>>(),
        &rows.iter().map(|(_, span)| span.opens).collect::<Vec<_>>(),
        &rows.iter().map(|(_, span)| span.closes).collect::<Vec<_>>(),
    )
    .execute(&mut *tx)
    .await?;
    audit::note(&mut *tx, by, "campaign.hours", &campaign.to_string(), now).await?;
    tx.commit().await
}

/// Adds an exception, or replaces the one of that date. `by`: `None` for the demo data.
pub async fn save_exception(
    db: &PgPool,
    campaign: CampaignId,
    day: Date,
    exception: &Exception,
    by: Option<AccountId>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    sqlx::query!(
        "insert into opening_exception (campaign_id, day, label, opens_minute, closes_minute) values ($1, $2, $3, $4, $5)
         on conflict on constraint opening_exception_once
         do update set label = excluded.label, opens_minute = excluded.opens_minute, closes_minute = excluded.closes_minute",
        campaign.0,
        day,
        exception.label,
        exception.span.map(|span| span.opens),
        exception.span.map(|span| span.closes),
    )
    .execute(&mut *tx)
    .await?;
    audit::note(&mut *tx, by, "campaign.exception", &format!("{campaign} {day}"), now).await?;
    tx.commit().await
}

/// Closes on these days, except on those that have an exception already. Says how many were added.
pub async fn close_on(
    db: &PgPool,
    campaign: CampaignId,
    days: &[(Date, &str)],
    by: Option<AccountId>,
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    let mut tx = db.begin().await?;
    let added = sqlx::query!(
        "insert into opening_exception (campaign_id, day, label)
         select $1, * from unnest($2::date[], $3::text[]) on conflict on constraint opening_exception_once do nothing",
        campaign.0,
        &days.iter().map(|(day, _)| *day).collect::<Vec<_>>(),
        &days.iter().map(|(_, label)| (*label).to_owned()).collect::<Vec<_>>(),
    )
    .execute(&mut *tx)
    .await?;
    audit::note(&mut *tx, by, "campaign.holidays", &campaign.to_string(), now).await?;
    tx.commit().await?;
    Ok(added.rows_affected())
}

/// Removes an exception: the date has its weekday's hours again. Says whether there was one.
pub async fn remove_exception(
    db: &PgPool,
    campaign: CampaignId,
    day: Date,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let mut tx = db.begin().await?;
    let removed = sqlx::query!("delete from opening_exception where campaign_id = $1 and day = $2", campaign.0, day)
        .execute(&mut *tx)
        .await?;
    if removed.rows_affected() > 0 {
        audit::note(&mut *tx, Some(by), "campaign.exception_remove", &format!("{campaign} {day}"), now).await?;
    }
    tx.commit().await?;
    Ok(removed.rows_affected() > 0)
}

/// One change of a campaign's weekly hours at a time.
async fn lock(db: &mut PgConnection, campaign: CampaignId) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from campaign where id = $1 for update", campaign.0).fetch_optional(db).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    fn daily(opens: i16, closes: i16) -> Hours {
        Hours { weekly: std::array::from_fn(|_| vec![Span { opens, closes }]), ..Hours::default() }
    }

    #[test]
    fn a_shift_lies_inside_or_not() {
        let (zone, hours) = (Zone::berlin(), daily(7 * 60, 22 * 60));
        assert!(hours.cover(&zone, datetime!(2026-11-30 6:00 UTC), datetime!(2026-11-30 10:00 UTC)));
        assert!(!hours.cover(&zone, datetime!(2026-11-30 5:30 UTC), datetime!(2026-11-30 10:00 UTC)));
        assert!(!hours.cover(&zone, datetime!(2026-11-30 20:00 UTC), datetime!(2026-11-30 21:30 UTC)));
    }

    #[test]
    fn hours_past_midnight_belong_to_the_day_they_begin() {
        let (zone, hours) = (Zone::berlin(), daily(18 * 60, 26 * 60));
        // Tuesday 00:30–02:00 in Berlin is still Monday's opening.
        assert!(hours.cover(&zone, datetime!(2026-11-30 23:30 UTC), datetime!(2026-12-01 1:00 UTC)));
        assert!(!hours.cover(&zone, datetime!(2026-12-01 0:30 UTC), datetime!(2026-12-01 2:00 UTC)));
    }

    #[test]
    fn round_the_clock_is_one_stretch() {
        let (zone, hours) = (Zone::berlin(), daily(0, 1440));
        assert!(hours.cover(&zone, datetime!(2026-11-30 21:00 UTC), datetime!(2026-12-01 5:00 UTC)));
        // The whole week of the spring clock change: 167 hours.
        let week = hours.stretches(&zone, date!(2027 - 03 - 23), date!(2027 - 03 - 28));
        assert_eq!(week.len(), 1);
        assert_eq!(week[0].1 - week[0].0, time::Duration::hours(167));
    }

    #[test]
    fn an_exception_replaces_its_weekday() {
        let zone = Zone::berlin();
        let mut hours = daily(7 * 60, 22 * 60);
        let label = String::from("Heiligabend");
        hours.exceptions.insert(
            date!(2026 - 12 - 24),
            Exception { label: label.clone(), span: Some(Span { opens: 420, closes: 840 }) },
        );
        hours.exceptions.insert(date!(2026 - 12 - 25), Exception { label, span: None });
        assert!(hours.cover(&zone, datetime!(2026-12-24 6:00 UTC), datetime!(2026-12-24 13:00 UTC)));
        assert!(!hours.cover(&zone, datetime!(2026-12-24 12:00 UTC), datetime!(2026-12-24 14:00 UTC)));
        assert!(hours.on(date!(2026 - 12 - 25)).is_empty());
    }
}
