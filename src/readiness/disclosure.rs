//! What the access list and the ends of campaigns know of a freelancer, for the copy of their data.

use sqlx::PgConnection;

use crate::id::FreelancerId;
use crate::retention::disclosure::{Table, record};

/// The systems to which the person has access, and what the end of a campaign did to their preparations and bookings.
pub async fn of(db: &mut PgConnection, freelancer: FreelancerId) -> Result<Vec<Table>, sqlx::Error> {
    let systems = sqlx::query!(
        "select c.name as campaign, s.name, a.set_up_at from system_access a join campaign_system s on s.id = a.system_id
         join campaign c on c.id = s.campaign_id where a.freelancer_id = $1 order by a.set_up_at",
        freelancer.0
    )
    .fetch_all(&mut *db)
    .await?;
    let endings = sqlx::query!(
        "select c.name as campaign, p.reason, p.carried_out_at, p.reversed_at,
                case s.kind when 'preparation' then 'Vorbereitung beendet' when 'qualification' then 'Einsatzbereitschaft beendet'
                     when 'booking' then 'Buchung beendet' when 'preparation_there' then 'Vorbereitung in anderer Kampagne begonnen'
                     else 'einsatzbereit für eine andere Kampagne' end as step
         from ending_step s join ending_plan p on p.id = s.plan_id join campaign c on c.id = p.campaign_id
         where s.freelancer_id = $1 order by s.id",
        freelancer.0
    )
    .fetch_all(db)
    .await?;
    Ok(vec![
        Table::new(
            "Zugänge zu Systemen",
            systems.into_iter().map(|s| {
                record! { "Kampagne" => s.campaign, "System" => s.name, "Eingerichtet" => s.set_up_at }
            }),
        ),
        Table::new(
            "Beendete Kampagnen",
            endings.into_iter().map(|e| {
                record! {
                    "Kampagne" => e.campaign, "Was" => e.step, "Begründung" => e.reason, "Wann" => e.carried_out_at,
                    "Zurückgenommen" => e.reversed_at,
                }
            }),
        ),
    ])
}
