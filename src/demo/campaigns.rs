//! The five campaigns of the demo, their weekly patterns and their plans.

use rand::RngExt;
use rand::rngs::StdRng;
use sqlx::PgConnection;
use time::macros::time;
use time::{Date, OffsetDateTime, Time};
use uuid::Uuid;

use super::Frame;
use crate::campaigns::campaign::Channel;
use crate::campaigns::opening::{Exception, Hours, Span};
use crate::campaigns::schedule;
use crate::clock::Zone;
use crate::id::{CampaignId, ShiftId};
use crate::shifts::week::Week;

/// The latest publication hour of all campaigns.
pub const LATEST_PUBLICATION: Time = time!(14:00);

/// What a campaign of the demo is like.
struct Sketch {
    slug: &'static str,
    client: &'static str,
    name: &'static str,
    requirements: &'static str,
    channels: &'static [Channel],
    /// Weekdays (1 = Monday) from and to, opening and closing hour; past 24 on the next day.
    hours: &'static [(u8, u8, i16, i16)],
    horizon_weeks: i16,
    publication_time: Time,
    release_deadline_hours: i16,
    contact: &'static str,
    /// Seats of a usual shift.
    seats: i16,
    /// Shifts begin every so many minutes.
    step: i16,
    weight: f64,
}

const SKETCHES: [Sketch; 5] = [
    Sketch {
        slug: "blattgruen-bestellhotline",
        client: "Blattgrün Pflanzenversand",
        name: "Bestellhotline",
        requirements: "Fließend Deutsch am Telefon und im Chat, Freude an Pflanzen. Du nimmst Bestellungen an, änderst Lieferadressen und berätst zur Pflege.",
        channels: &[Channel::Phone, Channel::Chat],
        hours: &[(1, 5, 7, 22), (6, 6, 8, 20), (7, 7, 10, 18)],
        horizon_weeks: 5,
        publication_time: time!(12:00),
        release_deadline_hours: 24,
        contact: "planung@musterruf.example, Telefon 0461 555 0190",
        seats: 4,
        step: 60,
        weight: 4.0,
    },
    Sketch {
        slug: "faehrhaus-reisen-buchungen",
        client: "Fährhaus Reisen",
        name: "Umbuchungen",
        requirements: "Sicheres, freundliches Schreiben ohne Fehler. Du beantwortest Fragen zu Fähre und Unterkunft und buchst um.",
        channels: &[Channel::Email],
        hours: &[(1, 5, 6, 20)],
        horizon_weeks: 6,
        publication_time: time!(10:00),
        release_deadline_hours: 24,
        contact: "planung@musterruf.example, Telefon 0461 555 0191",
        seats: 3,
        step: 60,
        weight: 2.5,
    },
    Sketch {
        slug: "stadtwerke-aue-kundenservice",
        client: "Stadtwerke Aue",
        name: "Strom und Wärme",
        requirements: "Erfahrung mit Tarifen und Abschlägen hilft. Anspruchsvolle Gespräche, dafür eine lange Schulung.",
        channels: &[Channel::Phone],
        hours: &[(1, 6, 8, 18)],
        horizon_weeks: 5,
        publication_time: time!(12:00),
        release_deadline_hours: 48,
        contact: "planung@musterruf.example, Telefon 0461 555 0192",
        seats: 4,
        step: 60,
        weight: 2.5,
    },
    Sketch {
        slug: "nordlicht-streaming-nachtsupport",
        client: "Nordlicht Streaming",
        name: "Abend- und Nachtsupport",
        requirements: "Du hilfst im Chat und per E-Mail, wenn der Film nicht startet. Auch nachts freundlich bleiben.",
        channels: &[Channel::Chat, Channel::Email],
        hours: &[(1, 7, 16, 26)],
        horizon_weeks: 8,
        publication_time: time!(14:00),
        release_deadline_hours: 12,
        contact: "nachtplanung@musterruf.example",
        seats: 2,
        step: 120,
        weight: 1.5,
    },
    Sketch {
        slug: "hofladen-kiste-abo",
        client: "Hofladen-Kiste",
        name: "Abo-Betreuung",
        requirements: "Du verschiebst Lieferungen, nimmst Pausen und Kündigungen auf und hörst zu, wenn der Salat welk war.",
        channels: &[Channel::Phone, Channel::Email],
        hours: &[(1, 5, 9, 17), (6, 6, 9, 13)],
        horizon_weeks: 5,
        publication_time: time!(12:00),
        release_deadline_hours: 24,
        contact: "planung@musterruf.example, Telefon 0461 555 0193",
        seats: 2,
        step: 60,
        weight: 1.5,
    },
];

/// A campaign in the database.
pub struct Created {
    pub id: CampaignId,
    pub slug: &'static str,
    pub zone: Zone,
    pub publication_time: Time,
    pub weight: f64,
    hours: Hours,
    pattern: Vec<Piece>,
}

/// A row of the weekly pattern.
struct Piece {
    weekday: i16,
    from: i16,
    to: i16,
    channel: Channel,
    seats: i16,
}

/// A shift of the demo that may be booked.
pub struct Planned {
    pub id: ShiftId,
    pub campaign: CampaignId,
    pub week: Week,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub seats: i16,
}

/// Writes the campaigns, their opening hours, holidays and patterns.
pub async fn create(db: &mut PgConnection, since: OffsetDateTime) -> anyhow::Result<Vec<Created>> {
    let mut created = Vec::new();
    for sketch in &SKETCHES {
        let campaign = Created::new(sketch, since);
        sqlx::query!(
            "insert into campaign (id, slug, client, name, requirements, channels, zone, horizon_weeks, publication_time,
                                   release_deadline_hours, expected_hours_min, expected_hours_max, planner_contact, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 15, 20, $11, $12)",
            campaign.id.0,
            sketch.slug,
            sketch.client,
            sketch.name,
            sketch.requirements,
            sketch.channels.to_vec() as Vec<Channel>,
            campaign.zone.name(),
            sketch.horizon_weeks,
            sketch.publication_time,
            sketch.release_deadline_hours,
            sketch.contact,
            since,
        )
        .execute(&mut *db)
        .await?;
        campaign.write_hours(db).await?;
        campaign.write_pattern(db).await?;
        created.push(campaign);
    }
    Ok(created)
}

impl Created {
    fn new(sketch: &Sketch, since: OffsetDateTime) -> Self {
        let mut hours = Hours::default();
        let mut pattern = Vec::new();
        for (first, last, opens, closes) in sketch.hours {
            for weekday in *first..=*last {
                let span = Span { opens: opens * 60, closes: closes * 60 };
                hours.weekly[usize::from(weekday) - 1].push(span);
                pattern.extend(pieces(sketch, i16::from(weekday), span));
            }
        }
        for year in [since.year(), since.year() + 1] {
            holidays(&mut hours, year);
        }
        let id = CampaignId::new();
        Self {
            id,
            slug: sketch.slug,
            zone: Zone::berlin(),
            publication_time: sketch.publication_time,
            weight: sketch.weight,
            hours,
            pattern,
        }
    }

    /// When this week became bookable: five Wednesdays before, or at the very beginning.
    fn opened(&self, week: Week, frame: &Frame) -> OffsetDateTime {
        let (_, due) =
            schedule::last_due(&self.zone, self.publication_time, self.zone.midnight(week.plus(-4).monday()));
        due.max(frame.since)
    }

    async fn write_hours(&self, db: &mut PgConnection) -> Result<(), sqlx::Error> {
        for (weekday, spans) in (1_i16..).zip(&self.hours.weekly) {
            for span in spans {
                sqlx::query!(
                    "insert into opening_hours (campaign_id, weekday, opens_minute, closes_minute) values ($1, $2, $3, $4)",
                    self.id.0,
                    weekday,
                    span.opens,
                    span.closes,
                )
                .execute(&mut *db)
                .await?;
            }
        }
        for (day, exception) in &self.hours.exceptions {
            sqlx::query!(
                "insert into opening_exception (campaign_id, day, label, opens_minute, closes_minute) values ($1, $2, $3, $4, $5)",
                self.id.0,
                day,
                exception.label,
                exception.span.map(|s| s.opens),
                exception.span.map(|s| s.closes),
            )
            .execute(&mut *db)
            .await?;
        }
        Ok(())
    }

    async fn write_pattern(&self, db: &mut PgConnection) -> Result<(), sqlx::Error> {
        for piece in &self.pattern {
            sqlx::query!(
                "insert into pattern_row (id, campaign_id, weekday, starts_minute, ends_minute, channel, seats) values ($1, $2, $3, $4, $5, $6, $7)",
                Uuid::new_v4(),
                self.id.0,
                piece.weekday,
                piece.from,
                piece.to,
                piece.channel as Channel,
                piece.seats,
            )
            .execute(&mut *db)
            .await?;
        }
        Ok(())
    }
}

/// Four-hour shifts over the day, and two-hour ones for the busy middle.
fn pieces(sketch: &Sketch, weekday: i16, open: Span) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let main = sketch.channels[0];
    let second = sketch.channels.get(1).copied();
    let mut from = open.opens;
    while from + 240 <= open.closes && from < 1440 {
        // The late morning and the late afternoon are busiest.
        let busy = matches!(from / 60, 8..=10 | 15..=16);
        pieces.push(Piece { weekday, from, to: from + 240, channel: main, seats: sketch.seats + i16::from(busy) });
        from += sketch.step;
    }
    let mut from = open.opens + 60;
    while from + 120 <= open.closes && from < 1440 {
        pieces.push(Piece {
            weekday,
            from,
            to: from + 120,
            channel: second.unwrap_or(main),
            seats: (sketch.seats / 2).max(1),
        });
        from += sketch.step * 2;
    }
    pieces
}

/// Christmas and New Year as a shop keeps them.
fn holidays(hours: &mut Hours, year: i32) {
    let short = Some(Span { opens: 8 * 60, closes: 14 * 60 });
    for (month, day, label, span) in [
        (12, 24, "Heiligabend", short),
        (12, 25, "1. Weihnachtstag", None),
        (12, 26, "2. Weihnachtstag", None),
        (12, 31, "Silvester", short),
        (1, 1, "Neujahr", None),
    ] {
        if let Ok(day) = time::Month::try_from(month).and_then(|month| Date::from_calendar_date(year, month, day)) {
            hours.exceptions.insert(day, Exception { label: label.into(), span });
        }
    }
}

/// Writes the shifts of all weeks; returns the published ones.
pub async fn plan(
    db: &mut PgConnection,
    campaigns: &[Created],
    frame: &Frame,
    rng: &mut StdRng,
) -> anyhow::Result<Vec<Planned>> {
    let mut planned = Vec::new();
    for campaign in campaigns {
        let mut week = frame.first;
        while week <= frame.draft {
            planned.extend(plan_week(db, campaign, week, frame, rng).await?);
            week = week.next();
        }
    }
    Ok(planned)
}

async fn plan_week(
    db: &mut PgConnection,
    campaign: &Created,
    week: Week,
    frame: &Frame,
    rng: &mut StdRng,
) -> anyhow::Result<Vec<Planned>> {
    let (mut channels, mut starts, mut ends, mut seats) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for piece in &campaign.pattern {
        let day = week.days()[usize::try_from(piece.weekday - 1)?];
        let (Ok(from), Ok(to)) = (campaign.zone.wall(day, piece.from), campaign.zone.wall(day, piece.to)) else {
            continue;
        };
        // A week is never quite its pattern: one shift in twelve is left out.
        if campaign.hours.cover(&campaign.zone, from, to) && rng.random_range(0..12) > 0 {
            channels.push(piece.channel);
            starts.push(from);
            ends.push(to);
            seats.push(piece.seats);
        }
    }
    let published = (week <= frame.last_published).then(|| campaign.opened(week, frame));
    let ids = sqlx::query_scalar!(
        r#"insert into shift (campaign_id, channel, week, starts_at, ends_at, seats, published_at, created_at)
           select $1, s.channel, $2, s.starts_at, s.ends_at, s.seats, $3, $4
           from unnest($5::channel[], $6::timestamptz[], $7::timestamptz[], $8::int2[]) with ordinality as s (channel, starts_at, ends_at, seats, n)
           order by n
           returning id as "id: ShiftId""#,
        campaign.id.0,
        week.monday(),
        published,
        frame.since,
        channels as Vec<Channel>,
        &starts,
        &ends,
        &seats,
    )
    .fetch_all(db)
    .await?;
    if published.is_none() {
        return Ok(Vec::new());
    }
    let spans = starts.into_iter().zip(ends).zip(seats);
    Ok(ids
        .into_iter()
        .zip(spans)
        .map(|(id, ((starts_at, ends_at), seats))| Planned {
            id,
            campaign: campaign.id,
            week,
            starts_at,
            ends_at,
            seats,
        })
        .collect())
}
