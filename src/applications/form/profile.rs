//! The profile: what a person says of themselves, shared by their applications; it goes with the last of them.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

use crate::accounts::account;
use crate::id::ApplicantId;

/// Whether there is a trade registration or a VAT ID (FAQ facts 2, 17); never a barrier to applying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "trade_state", rename_all = "snake_case")]
pub enum Trade {
    Registered,
    VatId,
    Planned,
    Unknown,
}

impl Trade {
    /// All answers, in the order of the form.
    pub const ALL: [Self; 4] = [Self::Registered, Self::VatId, Self::Planned, Self::Unknown];

    /// Its name in forms.
    pub fn key(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::VatId => "vat_id",
            Self::Planned => "planned",
            Self::Unknown => "unknown",
        }
    }

    /// The answer in German.
    pub fn label(self) -> &'static str {
        match self {
            Self::Registered => "Ja, einen Gewerbeschein",
            Self::VatId => "Ja, eine Umsatzsteuer-ID",
            Self::Planned => "Noch nicht, ich plane es",
            Self::Unknown => "Weiß ich noch nicht",
        }
    }
}

/// What a person says of themselves; `None` and empty are not yet said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    pub name: String,
    pub phone: Option<String>,
    pub place: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// BCP 47 tags.
    pub languages: Vec<String>,
    /// What stands ready at home (FAQ facts 2, 3); what does not can still come.
    pub has_windows: bool,
    pub has_headset: bool,
    pub has_lan: bool,
    pub has_line: bool,
    pub has_room: bool,
    pub trade: Option<Trade>,
    /// Voluntary.
    pub other_clients: Option<String>,
    /// Voluntary.
    pub experience: Option<String>,
}

impl Profile {
    /// What an application cannot be sent without: the field and the sentence beside it.
    pub fn missing(&self) -> Vec<(&'static str, &'static str)> {
        let wanted = [
            (self.phone.is_none(), "phone", "Bitte gib eine Nummer an, unter der wir dich zum Gespräch erreichen."),
            (self.place.is_none(), "place", "Bitte gib den Ort an, an dem du wohnst."),
            (self.country.is_none(), "country", "Bitte wähle das Land, aus dem du arbeitest."),
            (self.languages.is_empty(), "languages", "Bitte wähle die Sprachen, die du fließend sprichst."),
            (self.trade.is_none(), "trade", "Bitte wähle, was auf dich zutrifft. Jede Antwort ist in Ordnung."),
        ];
        wanted.into_iter().filter(|(missing, ..)| *missing).map(|(_, field, sentence)| (field, sentence)).collect()
    }
}

/// Somebody's profile.
pub async fn find(db: impl PgExecutor<'_>, applicant: ApplicantId) -> Result<Option<Profile>, sqlx::Error> {
    sqlx::query_as!(
        Profile,
        r#"select k.name, p.phone, p.place, p.country, p.languages, coalesce(p.has_windows, false) as "has_windows!",
                  coalesce(p.has_headset, false) as "has_headset!", coalesce(p.has_lan, false) as "has_lan!",
                  coalesce(p.has_line, false) as "has_line!", coalesce(p.has_room, false) as "has_room!",
                  p.trade as "trade: Trade", p.other_clients, p.experience
           from applicant p join account k on k.id = p.id
           where p.id = $1"#,
        applicant.0,
    )
    .fetch_optional(db)
    .await
}

/// Writes a profile anew; the clock of the person's drafts starts again. Locks the applicant first, as
/// the erasure does.
pub async fn save(
    db: &mut PgConnection,
    applicant: ApplicantId,
    profile: &Profile,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update applicant set phone = $2, place = $3, country = $4, languages = $5, has_windows = $6, has_headset = $7,
             has_lan = $8, has_line = $9, has_room = $10, trade = $11, other_clients = $12, experience = $13, updated_at = $14
         where id = $1",
        applicant.0,
        profile.phone,
        profile.place,
        profile.country,
        &profile.languages,
        profile.has_windows,
        profile.has_headset,
        profile.has_lan,
        profile.has_line,
        profile.has_room,
        profile.trade as Option<Trade>,
        profile.other_clients,
        profile.experience,
        now,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("update application set edited_at = $2 where applicant_id = $1 and state = 'draft'", applicant.0, now)
        .execute(&mut *db)
        .await?;
    account::rename(db, applicant.into(), &profile.name).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_voluntary_is_never_missing() {
        let empty = Profile::default();
        let fields: Vec<_> = empty.missing().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["phone", "place", "country", "languages", "trade"]);
        let full = Profile {
            phone: Some("0461 5550100".into()),
            place: Some("Flensburg".into()),
            country: Some("DE".into()),
            languages: vec!["de".into()],
            trade: Some(Trade::Planned),
            ..empty
        };
        assert_eq!(full.missing(), []);
    }
}
