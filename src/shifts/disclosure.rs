//! What the plan knows of a freelancer, for the copy of their data: everything they ever booked.

use sqlx::PgConnection;

use crate::id::FreelancerId;
use crate::retention::disclosure::{Table, record};

/// Every booking, with how it ended and what was decided about it.
pub async fn of(db: &mut PgConnection, freelancer: FreelancerId) -> Result<Vec<Table>, sqlx::Error> {
    let bookings = sqlx::query!(
        r#"select coalesce(c.name, tc.name) as name, lower(b.during) as starts_at, upper(b.during) as ends_at,
                  case b.kind when 'seat' then 'Schicht' when 'beside' then 'erste Schicht neben Pat*in' else 'Schulungstag' end as kind,
                  b.booked_at, b.released_at, b.release_reason, b.alone_since,
                  case b.release_kind when 'own' then 'von dir freigegeben' when 'staff' then 'von der Planung ausgetragen'
                       when 'shift' then 'Schicht entfallen' end as released,
                  k.kept_at as "kept_at?", k.reason as "kept_reason?"
           from booking b
           left join shift s on s.id = b.shift_id left join campaign c on c.id = s.campaign_id
           left join training_day d on d.id = b.training_day_id left join training_date t on t.id = d.date_id
           left join course o on o.id = t.course_id left join campaign tc on tc.id = o.campaign_id
           left join kept_booking k on k.booking_id = b.id
           where b.freelancer_id = $1 order by lower(b.during), b.booked_at"#,
        freelancer.0
    )
    .fetch_all(db)
    .await?;
    Ok(vec![Table::new(
        "Buchungen",
        bookings.into_iter().map(|b| {
            record! {
                "Kampagne" => b.name, "Art" => b.kind, "Beginn" => b.starts_at, "Ende" => b.ends_at, "Gebucht" => b.booked_at,
                "Beendet" => b.released_at, "Wodurch" => b.released, "Begründung" => b.release_reason,
                "Ohne Pat*in seit" => b.alone_since, "Behalten entschieden" => b.kept_at, "Begründung dafür" => b.kept_reason,
            }
        }),
    )])
}
