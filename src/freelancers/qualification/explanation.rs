//! Why somebody may not book in a campaign, and what to do: in words.

use sqlx::PgPool;
use time::OffsetDateTime;

use super::{State, find, progress};
use crate::clock::{Zone, german};
use crate::freelancers::{bar, missing};
use crate::id::{CampaignId, FreelancerId};

/// What a person without any qualification is told.
pub const NOT_YET: &str = "Für diese Kampagne bist du noch nicht einsatzbereit.";

/// `Dir fehlt noch: a, b und c.`
pub fn lacking(what: &[&str]) -> String {
    match what {
        [] => String::new(),
        [one] => format!("Dir fehlt noch: {one}."),
        [first @ .., last] => format!("Dir fehlt noch: {} und {last}.", first.join(", ")),
    }
}

/// Why a person may not book in a campaign now, and what to do: read only where somebody is refused.
pub async fn explain(
    db: &PgPool,
    freelancer: FreelancerId,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<String, sqlx::Error> {
    let Some(found) = find(db, freelancer, campaign).await? else {
        let what = not_yet(db, freelancer, campaign, now).await?;
        return Ok(format!("{NOT_YET} {}", lacking(&what.iter().map(String::as_str).collect::<Vec<_>>()))
            .trim()
            .into());
    };
    let day = |at: OffsetDateTime| german::date(Zone::berlin().date(at));
    let reason = found.decision_reason.as_deref().unwrap_or(&found.reason);
    let own = "Deinen Stand siehst du bei „Meine Schichten“ unter „Einsatzbereit“.";
    Ok(match (found.state(now), found.decided_at(), found.valid_until) {
        (State::Revoked, Some(at), _) => {
            format!("Deine Einsatzbereitschaft wurde am {} entzogen: {reason} {own}", day(at))
        }
        (State::Suspended, Some(at), _) => format!("Deine Einsatzbereitschaft ruht seit {}: {reason} {own}", day(at)),
        (State::Expired, _, Some(until)) => format!("Deine Einsatzbereitschaft galt bis {}. {own}", day(until)),
        (State::Barred, ..) => {
            let bars = bar::list(db, freelancer, campaign).await?;
            let causes: Vec<&str> = bars.iter().filter(|b| b.from_at <= now).map(|b| b.cause.missing()).collect();
            lacking(&causes)
        }
        // Granted or lifted since the look.
        _ => NOT_YET.into(),
    })
}

async fn not_yet(
    db: &PgPool,
    freelancer: FreelancerId,
    campaign: CampaignId,
    now: OffsetDateTime,
) -> Result<Vec<String>, sqlx::Error> {
    let progress = progress(db, freelancer, campaign).await?;
    if !progress.prepares {
        return Ok(Vec::new());
    }
    let missing = missing::load(db, freelancer, campaign, now).await?;
    let mut what: Vec<String> = missing.said().into_iter().map(String::from).collect();
    if !progress.passed {
        what.push("die Schulung".into());
    }
    match progress.left() {
        0 => {}
        1 => what.push("eine erste Schicht mit Pat*in".into()),
        n => what.push(format!("{n} erste Schichten mit Pat*in")),
    }
    Ok(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_one_sentence() {
        assert_eq!(lacking(&[]), "");
        assert_eq!(lacking(&["die Schulung"]), "Dir fehlt noch: die Schulung.");
        assert_eq!(lacking(&["a", "b", "c"]), "Dir fehlt noch: a, b und c.");
    }
}
