//! A freelancer's history: every step on the way, who took it, and the words said about it. Rows are never changed.

use sqlx::PgExecutor;
use time::OffsetDateTime;

use crate::id::{AccountId, CampaignId, FreelancerId};

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident $key:literal $label:literal;)+) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Event {
            $($(#[$doc])* $name),+
        }

        impl Event {
            /// All events.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its name in the database; never changed.
            pub fn key(self) -> &'static str {
                match self {
                    $(Self::$name => $key),+
                }
            }

            /// How the history says it.
            pub fn label(self) -> &'static str {
                match self {
                    $(Self::$name => $label),+
                }
            }
        }
    };
}

events! {
    /// Access to the portal began.
    Joined "joined" "Zugang zum Portal erhalten";
    /// The preparation for a campaign began.
    PreparationBegan "preparation_began" "Vorbereitung begonnen";
    /// The preparation was given up, or the campaign ended.
    PreparationEnded "preparation_ended" "Vorbereitung beendet";
    /// Qualified.
    Qualified "qualified" "Einsatzbereit";
    /// The profile was saved for the first time.
    ProfileSaved "profile_saved" "Profil ausgefüllt";
    /// And changed.
    ProfileChanged "profile_changed" "Profil geändert";
    /// A paper was handed in.
    DocumentSubmitted "document_submitted" "Unterlage hochgeladen";
    /// A paper was accepted.
    DocumentAccepted "document_accepted" "Unterlage anerkannt";
    /// A paper was returned.
    DocumentRefused "document_refused" "Unterlage zurückgegeben";
    /// A paper's last day is over.
    DocumentExpired "document_expired" "Unterlage abgelaufen";
    /// A new version of the contract papers asks for a confirmation.
    ContractAsked "contract_asked" "Neue Vertragsunterlagen liegen zur Bestätigung bereit";
    /// Contract papers were confirmed.
    ContractConfirmed "contract_confirmed" "Vertragsunterlagen bestätigt";
    /// Got a seat in a training.
    TrainingEnrolled "training_enrolled" "Zur Schulung angemeldet";
    /// Joined the waiting list of a training.
    TrainingWaiting "training_waiting" "Auf die Warteliste einer Schulung gesetzt";
    /// A freed seat is held for a limited time.
    TrainingOffered "training_offered" "Freien Schulungsplatz angeboten bekommen";
    /// Left a training or its waiting list, or declined an offered seat.
    TrainingLeft "training_left" "Von der Schulung abgemeldet";
    /// An offered seat was not taken in time, or no seat became free.
    TrainingLapsed "training_lapsed" "Schulungsplatz nicht bekommen";
    /// The training date was cancelled.
    TrainingCancelled "training_cancelled" "Schulungstermin abgesagt";
    /// Passed the training.
    TrainingPassed "training_passed" "Schulung bestanden";
    /// The training is to be repeated.
    TrainingToRepeat "training_to_repeat" "Schulung wird wiederholt";
    /// A qualification was revoked.
    QualificationRevoked "qualification_revoked" "Einsatzbereitschaft entzogen";
    /// It rests.
    QualificationSuspended "qualification_suspended" "Einsatzbereitschaft ruht";
    /// It no longer rests.
    QualificationResumed "qualification_resumed" "Einsatzbereitschaft gilt wieder";
    /// It ended with its campaign.
    QualificationClosed "qualification_closed" "Einsatzbereitschaft beendet, weil die Kampagne endet";
    /// Its last day was set or lifted.
    QualificationLimited "qualification_limited" "Gültigkeit der Einsatzbereitschaft geändert";
    /// The person's words against a decision.
    ObjectionRaised "objection_raised" "Einspruch";
    /// The answer of staff.
    ObjectionAnswered "objection_answered" "Antwort auf den Einspruch";
    /// A coming booking of somebody who may no longer book was looked at and left.
    BookingKept "booking_kept" "Gebuchte Schicht bleibt";
    /// The same, taken off.
    BookingTakenOff "booking_taken_off" "Gebuchte Schicht aufgehoben";
    /// Offered to be a mentor.
    MentorOffered "mentor_offered" "Pat*in werden angeboten";
    /// The offer was confirmed.
    MentorConfirmed "mentor_confirmed" "Als Pat*in bestätigt";
    /// The offer was taken back.
    MentorWithdrew "mentor_withdrew" "Nicht mehr Pat*in";
    /// A first shift was signed off.
    FirstShiftPassed "first_shift_passed" "Erste Schicht abgenommen";
    /// A first shift is to be done again.
    FirstShiftAgain "first_shift_again" "Erste Schicht noch einmal";
    /// The privacy briefing's latest version was confirmed.
    BriefingConfirmed "briefing_confirmed" "Datenschutz-Unterweisung bestätigt";
    /// A system of a campaign was set up for the person.
    AccessSetUp "access_set_up" "Zugang eingerichtet";
    /// That was taken back.
    AccessTakenBack "access_taken_back" "Zugang wieder offen";
}

impl Event {
    /// The event of this key.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event| event.key() == key)
    }
}

/// A step to note.
#[derive(Debug, Clone, Copy)]
pub struct Note<'a> {
    pub freelancer: FreelancerId,
    /// None: concerns all campaigns.
    pub campaign: Option<CampaignId>,
    pub event: Event,
    /// None: the portal itself.
    pub by: Option<AccountId>,
    /// A reason or a word to the person; they see it.
    pub note: Option<&'a str>,
}

/// Notes a step, in the transaction that takes it. Not in a dry run of the erasure: what it takes back, the counter of ids
/// would not.
pub async fn note(db: impl PgExecutor<'_>, step: Note<'_>, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into freelancer_event (freelancer_id, campaign_id, at, actor_id, event, note)
         select $1, $2, $3, $4, $5, $6 where current_setting('portal.dry_run', true) is distinct from 'on'",
        step.freelancer.0,
        step.campaign.map(|id| id.0),
        now,
        step.by.map(|id| id.0),
        step.event.key(),
        step.note,
    )
    .execute(db)
    .await
    .map(drop)
}

/// A step of the history.
#[derive(Debug, Clone)]
pub struct Entry {
    pub at: OffsetDateTime,
    pub campaign: Option<CampaignId>,
    pub client: Option<String>,
    /// The name of who took it, if that was a person.
    pub by: Option<String>,
    pub event: Event,
    pub note: Option<String>,
}

/// What concerns one campaign, latest first.
pub async fn of_campaign(
    db: impl PgExecutor<'_>,
    freelancer: FreelancerId,
    campaign: CampaignId,
) -> Result<Vec<Entry>, sqlx::Error> {
    let all = list(db, freelancer).await?;
    Ok(all.into_iter().filter(|entry| entry.campaign == Some(campaign)).collect())
}

/// A person's history, latest first.
pub async fn list(db: impl PgExecutor<'_>, freelancer: FreelancerId) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select e.at, e.campaign_id as "campaign: CampaignId", c.client as "client?", a.name as "by?", e.event, e.note
           from freelancer_event e
           left join campaign c on c.id = e.campaign_id
           left join account a on a.id = e.actor_id
           where e.freelancer_id = $1 order by e.id desc"#,
        freelancer.0,
    )
    .fetch_all(db)
    .await?;
    // An event that a newer version of the portal wrote is left out rather than guessed.
    let entry = |event, at, campaign, client, by, note| Entry { at, campaign, client, by, event, note };
    Ok(rows
        .into_iter()
        .filter_map(|r| Some(entry(Event::of_key(&r.event)?, r.at, r.campaign, r.client, r.by, r.note)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique() {
        for event in Event::ALL.iter().copied() {
            assert_eq!(Event::of_key(event.key()), Some(event));
        }
    }
}
