//! The shift as staff see it: its row, and the slots of wall time in which it is thought of.

use std::fmt;
use std::str::FromStr;

use sqlx::{PgExecutor, PgPool};
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime};

use super::kind::Kind;
use super::week::Week;
use crate::campaigns::campaign::Channel;
use crate::clock::{YEARS, Zone, german};
use crate::id::{AccountId, BookingId, CampaignId, ShiftId};

/// Most seats of one shift.
pub const MOST_SEATS: i16 = 500;

/// A shift that was not withdrawn, draft or published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    pub id: ShiftId,
    pub channel: Channel,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub seats: i16,
    pub booked: i16,
    pub published_at: Option<OffsetDateTime>,
}

impl Shift {
    /// Its real length.
    pub fn length(&self) -> Duration {
        self.ends_at - self.starts_at
    }

    /// Seats that nobody booked.
    pub fn open(&self) -> i16 {
        self.seats - self.booked
    }

    /// Whether it waits for its publication.
    pub fn is_draft(&self) -> bool {
        self.published_at.is_none()
    }

    /// What it asks for in wall time: day, and minutes after that day's midnight.
    pub fn slot(&self, zone: &Zone) -> Slot {
        let (from, to) = (zone.local(self.starts_at), zone.local(self.ends_at));
        let since = |at: time::PrimitiveDateTime| (at - from.date().midnight()).whole_minutes();
        let minutes = |at| i16::try_from(since(at)).unwrap_or(i16::MAX);
        Slot { day: from.date(), starts: minutes(from), ends: minutes(to), channel: self.channel, seats: self.seats }
    }
}

/// A shift as it is asked for: wall time of one day. Written `2026-12-21_540_780_phone_4` in the forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    pub day: Date,
    /// Minutes after the midnight that begins the day.
    pub starts: i16,
    /// Past 1440: on the next day.
    pub ends: i16,
    pub channel: Channel,
    pub seats: i16,
}

impl Slot {
    /// `Mo, 21.12.`
    pub fn day_said(&self) -> String {
        german::short_day(self.day)
    }

    /// `09:00–13:00`
    pub fn said(&self) -> String {
        format!("{}–{}", german::minutes(self.starts), german::minutes(self.ends))
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}_{}_{}_{}", self.day, self.starts, self.ends, self.channel.key(), self.seats)
    }
}

/// The text is no slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a slot")]
pub struct NoSlot;

impl FromStr for Slot {
    type Err = NoSlot;

    fn from_str(text: &str) -> Result<Self, NoSlot> {
        let parts: Vec<&str> = text.split('_').collect();
        let [day, starts, ends, channel, seats] = parts[..] else { return Err(NoSlot) };
        let number = |text: &str| text.parse::<i16>().map_err(|_| NoSlot);
        let slot = Self {
            day: Date::parse(day, format_description!("[year]-[month]-[day]")).map_err(|_| NoSlot)?,
            starts: number(starts)?,
            ends: number(ends)?,
            channel: Channel::of(channel).ok_or(NoSlot)?,
            seats: number(seats)?,
        };
        let proper = YEARS.contains(&slot.day.year())
            && (0..1440).contains(&slot.starts)
            && slot.ends > slot.starts
            && slot.ends <= slot.starts + 1440
            && (1..=MOST_SEATS).contains(&slot.seats);
        proper.then_some(slot).ok_or(NoSlot)
    }
}

/// All shifts of a campaign that begin in these weeks, in order of time.
pub async fn of_weeks(
    db: impl PgExecutor<'_>,
    campaign: CampaignId,
    (from, to): (Week, Week),
) -> Result<Vec<Shift>, sqlx::Error> {
    sqlx::query_as!(
        Shift,
        r#"select id as "id: ShiftId", channel as "channel: Channel", starts_at, ends_at, seats, booked, published_at
           from shift where campaign_id = $1 and week between $2 and $3 and withdrawn_at is null
           order by starts_at, ends_at, channel, id"#,
        campaign.0,
        from.monday(),
        to.monday(),
    )
    .fetch_all(db)
    .await
}

/// The shifts of these ids that belong to this week of this campaign; others are left out.
pub async fn chosen(
    db: impl PgExecutor<'_>,
    campaign: CampaignId,
    week: Week,
    ids: &[ShiftId],
) -> Result<Vec<Shift>, sqlx::Error> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Shift,
        r#"select id as "id: ShiftId", channel as "channel: Channel", starts_at, ends_at, seats, booked, published_at
           from shift where campaign_id = $1 and week = $2 and id = any ($3) and withdrawn_at is null
           order by starts_at, ends_at, channel, id"#,
        campaign.0,
        week.monday(),
        &ids,
    )
    .fetch_all(db)
    .await
}

/// A shift with its campaign, withdrawn or not.
#[derive(Debug, Clone)]
pub struct One {
    pub shift: Shift,
    pub slug: String,
    pub withdrawn_at: Option<OffsetDateTime>,
}

/// One shift, if there is such a one.
pub async fn one(db: impl PgExecutor<'_>, id: ShiftId) -> Result<Option<One>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select c.slug, s.channel as "channel: Channel", s.starts_at, s.ends_at, s.seats, s.booked, s.published_at, s.withdrawn_at
           from shift s join campaign c on c.id = s.campaign_id where s.id = $1"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|r| One {
        shift: Shift {
            id,
            channel: r.channel,
            starts_at: r.starts_at,
            ends_at: r.ends_at,
            seats: r.seats,
            booked: r.booked,
            published_at: r.published_at,
        },
        slug: r.slug,
        withdrawn_at: r.withdrawn_at,
    }))
}

/// The shift of a booking, live or not.
pub async fn of_booking(db: impl PgExecutor<'_>, id: BookingId) -> Result<Option<ShiftId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select shift_id as "shift!: ShiftId" from booking where id = $1 and shift_id is not null"#,
        id.0
    )
    .fetch_optional(db)
    .await
}

/// A live booking of a shift.
#[derive(Debug, Clone)]
pub struct Holder {
    pub booking: BookingId,
    pub account: AccountId,
    pub name: String,
    pub booked_at: OffsetDateTime,
    pub kind: Kind,
    /// Beside whom a trainee sits.
    pub mentor: Option<String>,
}

/// Who holds the seats of a shift and who sits beside, by name.
pub async fn holders(db: impl PgExecutor<'_>, id: ShiftId) -> Result<Vec<Holder>, sqlx::Error> {
    sqlx::query_as!(
        Holder,
        r#"select b.id as "booking: BookingId", a.id as "account: AccountId", a.name, b.booked_at, b.kind as "kind: Kind",
                  beside.name as "mentor?"
           from booking b join account a on a.id = b.freelancer_id
           left join booking m on m.id = b.mentor_booking_id
           left join account beside on beside.id = m.freelancer_id
           where b.shift_id = $1 and b.released_at is null order by b.kind, a.name, a.id"#,
        id.0
    )
    .fetch_all(db)
    .await
}

/// The weeks in which a campaign has shifts, latest first, with their number.
pub async fn weeks(db: &PgPool, campaign: CampaignId) -> Result<Vec<(Week, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select week, count(*) as "n!" from shift where campaign_id = $1 and withdrawn_at is null
           group by week order by week desc limit 60"#,
        campaign.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (Week::of(row.week), row.n)).collect())
}

/// The first week from `from` to `to` in which a draft waits.
pub async fn first_draft_week(
    db: impl PgExecutor<'_>,
    campaign: CampaignId,
    (from, to): (Week, Week),
) -> Result<Option<Week>, sqlx::Error> {
    let week = sqlx::query_scalar!(
        "select min(week) from shift
         where campaign_id = $1 and published_at is null and withdrawn_at is null and week between $2 and $3",
        campaign.0,
        from.monday(),
        to.monday(),
    )
    .fetch_one(db)
    .await?;
    Ok(week.map(Week::of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn slots_are_written_and_read() {
        let slot = Slot { day: date!(2026 - 12 - 21), starts: 540, ends: 780, channel: Channel::Phone, seats: 4 };
        assert_eq!(slot.to_string(), "2026-12-21_540_780_phone_4");
        assert_eq!(slot.to_string().parse(), Ok(slot));
        for wrong in [
            "",
            "2026-12-21_540_540_phone_4",
            "2026-12-21_540_780_fax_4",
            "2026-12-21_0_1441_phone_4",
            "9999-12-31_600_1500_phone_4",
            "-9999-01-01_0_60_phone_4",
        ] {
            assert_eq!(wrong.parse::<Slot>(), Err(NoSlot), "{wrong}");
        }
    }

    #[test]
    fn a_slot_is_the_walls() {
        // Over the spring change: 22:00 to 06:00 is seven hours long, but eight on the wall.
        let shift = Shift {
            id: ShiftId(1),
            channel: Channel::Phone,
            starts_at: datetime!(2027-03-27 21:00 UTC),
            ends_at: datetime!(2027-03-28 4:00 UTC),
            seats: 2,
            booked: 0,
            published_at: None,
        };
        let slot = shift.slot(&Zone::berlin());
        assert_eq!((slot.day, slot.starts, slot.ends), (date!(2027 - 03 - 27), 22 * 60, 30 * 60));
        assert_eq!(shift.length(), Duration::hours(7));
    }
}
