//! What staff type about a campaign, and how it is proven.

use std::ops::RangeInclusive;

use serde::Deserialize;
use time::Time;

use crate::campaigns::campaign::{Campaign, Channel, FIRST_SHIFTS, HORIZON, NewCampaign};
use crate::campaigns::{slug, wording};
use crate::clock::{Zone, german};
use crate::web::form::{Errors, line, text};

/// What was typed.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct SettingsForm {
    pub client: String,
    pub name: String,
    pub slug: String,
    pub requirements: String,
    pub channels: Vec<String>,
    pub zone: String,
    pub horizon_weeks: String,
    pub publication_time: String,
    pub release_deadline_hours: String,
    pub expected_hours_min: String,
    pub expected_hours_max: String,
    pub first_shifts: String,
    pub planner_contact: String,
}

/// What a new campaign starts with; the hours expected are those of FAQ fact 13.
impl Default for SettingsForm {
    fn default() -> Self {
        Self {
            client: String::new(),
            name: String::new(),
            slug: String::new(),
            requirements: String::new(),
            channels: Vec::new(),
            zone: "Europe/Berlin".into(),
            horizon_weeks: "4".into(),
            publication_time: "12:00".into(),
            release_deadline_hours: "24".into(),
            expected_hours_min: "15".into(),
            expected_hours_max: "20".into(),
            first_shifts: "3".into(),
            planner_contact: String::new(),
        }
    }
}

impl From<&Campaign> for SettingsForm {
    fn from(campaign: &Campaign) -> Self {
        Self {
            client: campaign.client.clone(),
            name: campaign.name.clone(),
            slug: campaign.slug.clone(),
            requirements: campaign.requirements.clone(),
            channels: campaign.channels.iter().map(|channel| channel.key().into()).collect(),
            zone: campaign.zone.name().into(),
            horizon_weeks: campaign.horizon_weeks.to_string(),
            publication_time: german::time(campaign.publication_time),
            release_deadline_hours: campaign.release_deadline_hours.to_string(),
            expected_hours_min: campaign.expected_hours_min.to_string(),
            expected_hours_max: campaign.expected_hours_max.to_string(),
            first_shifts: campaign.first_shifts.to_string(),
            planner_contact: campaign.planner_contact.clone(),
        }
    }
}

impl SettingsForm {
    /// The proven campaign, or every error at once.
    pub fn prove(&self) -> Result<NewCampaign, Errors> {
        let mut errors = Errors::default();
        let new = self.fields(&mut errors);
        new.filter(|_| errors.is_empty()).ok_or(errors)
    }

    /// `None` only after an error was added.
    fn fields(&self, errors: &mut Errors) -> Option<NewCampaign> {
        let client = errors.take("client", line(&self.client, 80, "den Auftraggeber"));
        let name = errors.take("name", line(&self.name, 80, "einen Namen"));
        let slug = errors.take("slug", self.proven_slug());
        let requirements = errors.take("requirements", self.proven_requirements());
        let channels = errors.take("channels", self.proven_channels());
        let zone = errors.take("zone", proven_zone(&self.zone));
        let horizon_weeks = errors.take("horizon_weeks", number(&self.horizon_weeks, HORIZON));
        let publication_time = errors.take("publication_time", proven_time(&self.publication_time));
        let deadline = errors.take("release_deadline_hours", number(&self.release_deadline_hours, 0..=336));
        let least = errors.take("expected_hours_min", number(&self.expected_hours_min, 0..=60));
        let most = errors.take("expected_hours_max", number(&self.expected_hours_max, 0..=60));
        let first_shifts = errors.take("first_shifts", number(&self.first_shifts, FIRST_SHIFTS));
        if least.zip(most).is_some_and(|(least, most)| least > most) {
            errors.add("expected_hours_max", "Der höchste Wert liegt unter dem niedrigsten.");
        }
        let contact = "eine E-Mail-Adresse oder Telefonnummer";
        let planner_contact = errors.take("planner_contact", line(&self.planner_contact, 120, contact));
        Some(NewCampaign {
            slug: slug?,
            client: client?,
            name: name?,
            requirements: requirements?,
            channels: channels?,
            zone: zone?,
            horizon_weeks: horizon_weeks?,
            publication_time: publication_time?,
            release_deadline_hours: deadline?,
            expected_hours_min: least?,
            expected_hours_max: most?,
            first_shifts: first_shifts?,
            planner_contact: planner_contact?,
        })
    }

    /// The slug as typed, or the one proposed by client and name.
    fn proven_slug(&self) -> Result<String, String> {
        let typed = self.slug.trim();
        let slug = if typed.is_empty() { slug::propose(&self.client, &self.name) } else { typed.to_owned() };
        match slug.as_str() {
            // Their own fields say what is missing.
            "" if self.client.trim().is_empty() || self.name.trim().is_empty() => Ok(slug),
            "" => Err("Bitte gib eine Adresse an, aus dem Namen ließ sich keine ableiten.".into()),
            "neu" => Err("Diese Adresse braucht das Portal selbst. Bitte wähle eine andere.".into()),
            _ if slug::is_valid(&slug) => Ok(slug),
            _ => Err(format!(
                "Nur kleine Buchstaben ohne Umlaute, Ziffern und einzelne Bindestriche, höchstens {} Zeichen.",
                slug::LONGEST
            )),
        }
    }

    fn proven_requirements(&self) -> Result<String, String> {
        if self.requirements.trim().is_empty() {
            return Ok(String::new());
        }
        text(&self.requirements, 2000, "die Anforderungen")
    }

    fn proven_channels(&self) -> Result<Vec<Channel>, String> {
        let ticked: Vec<Channel> =
            Channel::ALL.into_iter().filter(|channel| self.channels.iter().any(|key| key == channel.key())).collect();
        if ticked.is_empty() { Err("Bitte wähle mindestens einen Kanal.".into()) } else { Ok(ticked) }
    }
}

fn proven_zone(typed: &str) -> Result<Zone, String> {
    let zone = Some(typed.trim()).filter(|name| !name.is_empty()).and_then(Zone::named);
    zone.ok_or_else(|| "Diese Zeitzone ist nicht bekannt. Schreib sie zum Beispiel Europe/Berlin.".into())
}

fn proven_time(typed: &str) -> Result<Time, String> {
    let minutes =
        wording::clock(typed).and_then(|minutes| u8::try_from(minutes / 60).ok().zip(u8::try_from(minutes % 60).ok()));
    let time = minutes.and_then(|(hour, minute)| Time::from_hms(hour, minute, 0).ok());
    time.ok_or_else(|| "Bitte gib eine Uhrzeit an, zum Beispiel 12:00.".into())
}

fn number(typed: &str, range: RangeInclusive<i16>) -> Result<i16, String> {
    let number = typed.trim().parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("Bitte gib eine ganze Zahl von {} bis {} an.", range.start(), range.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> SettingsForm {
        SettingsForm {
            client: "Blattgrün".into(),
            name: "Hotline".into(),
            channels: vec!["phone".into()],
            planner_contact: "0461 5550".into(),
            ..SettingsForm::default()
        }
    }

    #[test]
    fn the_defaults_need_only_a_name_a_channel_and_a_contact() {
        let new = filled().prove().expect("proven");
        assert_eq!((new.slug.as_str(), new.horizon_weeks, new.release_deadline_hours), ("blattgruen-hotline", 4, 24));
        assert_eq!((new.expected_hours_min, new.expected_hours_max), (15, 20));
    }

    #[test]
    fn all_errors_are_named_at_once() {
        let form = SettingsForm {
            zone: "Europe/Flensburg".into(),
            horizon_weeks: "9".into(),
            publication_time: "24:00".into(),
            release_deadline_hours: "-1".into(),
            expected_hours_min: "20".into(),
            expected_hours_max: "15".into(),
            first_shifts: "21".into(),
            ..SettingsForm::default()
        };
        let errors = form.prove().expect_err("errors");
        let expected = [
            "channels",
            "client",
            "expected_hours_max",
            "first_shifts",
            "horizon_weeks",
            "name",
            "planner_contact",
            "publication_time",
            "release_deadline_hours",
            "zone",
        ];
        assert_eq!(errors.fields().collect::<Vec<_>>(), expected);
        assert_eq!(errors.of("horizon_weeks"), Some("Bitte gib eine ganze Zahl von 3 bis 8 an."));
    }

    #[test]
    fn the_address_of_the_form_is_no_campaign() {
        let form = SettingsForm { slug: "neu".into(), ..filled() };
        assert_eq!(form.prove().expect_err("errors").fields().collect::<Vec<_>>(), ["slug"]);
    }
}
