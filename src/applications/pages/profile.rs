//! The profile: person, country, languages, equipment, trade; shared by all of a person's applications.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::data;
use super::frame::{Frame, Here};
use crate::applications::application::State as Stand;
use crate::applications::form::profile::{self, Profile, Trade};
use crate::applications::form::submission::Facts;
use crate::applications::form::words;
use crate::campaigns::{country, language};
use crate::id::ApplicationId;
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path, line, phone, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProfileForm {
    name: String,
    phone: String,
    place: String,
    country: String,
    languages: Vec<String>,
    equipment: Vec<String>,
    trade: String,
    other_clients: String,
    experience: String,
    /// Pressed: save, and send the personal link.
    spaeter: String,
}

/// What stands ready at home: name of the field and words.
const EQUIPMENT: [(&str, &str); 5] = [
    ("windows", "Computer mit Windows"),
    ("headset", "USB-Headset"),
    ("lan", "Internet über LAN-Kabel"),
    ("line", "schnelle Leitung"),
    ("room", "abschließbarer Raum"),
];

impl ProfileForm {
    fn of(profile: &Profile) -> Self {
        let ready = [profile.has_windows, profile.has_headset, profile.has_lan, profile.has_line, profile.has_room];
        let equipment = EQUIPMENT.iter().zip(ready).filter(|(_, there)| *there).map(|((key, _), _)| (*key).into());
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        Self {
            name: profile.name.clone(),
            phone: text(&profile.phone),
            place: text(&profile.place),
            country: text(&profile.country),
            languages: profile.languages.clone(),
            equipment: equipment.collect(),
            trade: profile.trade.map(|trade| trade.key().to_owned()).unwrap_or_default(),
            other_clients: text(&profile.other_clients),
            experience: text(&profile.experience),
            spaeter: String::new(),
        }
    }

    /// The profile as far as it could be proven (the name falls back to the one that is there), and what is wrong.
    fn prove(&self, before: &Profile) -> (Profile, Errors) {
        let mut errors = Errors::default();
        let has = |key: &str| self.equipment.iter().any(|ticked| ticked == key);
        // Each once, however often a form names it.
        let speaks = |tag: &str| self.languages.iter().any(|ticked| ticked == tag);
        let voluntary = |typed: &str, longest| {
            if typed.trim().is_empty() { Ok(None) } else { text(typed, longest, "etwas").map(Some) }
        };
        let phone = if self.phone.trim().is_empty() { Ok(None) } else { phone(&self.phone).map(Some) };
        let place =
            if self.place.trim().is_empty() { Ok(None) } else { line(&self.place, 120, "deinen Ort").map(Some) };
        let profile = Profile {
            name: errors.take("name", line(&self.name, 120, "deinen Namen")).unwrap_or_else(|| before.name.clone()),
            phone: errors.take("phone", phone).flatten(),
            place: errors.take("place", place).flatten(),
            country: country::ALL.iter().find(|(code, _)| *code == self.country).map(|(code, _)| (*code).into()),
            languages: language::ALL.iter().map(|(tag, _)| *tag).filter(|tag| speaks(tag)).map(String::from).collect(),
            has_windows: has("windows"),
            has_headset: has("headset"),
            has_lan: has("lan"),
            has_line: has("line"),
            has_room: has("room"),
            trade: Trade::ALL.into_iter().find(|trade| trade.key() == self.trade),
            other_clients: errors.take("other_clients", voluntary(&self.other_clients, 1000)).flatten(),
            experience: errors.take("experience", voluntary(&self.experience, 2000)).flatten(),
        };
        for (field, sentence) in profile.missing() {
            errors.add(field, sentence);
        }
        (profile, errors)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/profile.html")]
struct ProfilePage {
    layout: Layout,
    frame: Frame,
    facts: Facts,
    form: ProfileForm,
    errors: Errors,
}

impl ProfilePage {
    fn new(page: &Page, frame: Frame, facts: Facts, form: ProfileForm, errors: Errors) -> Self {
        Self { layout: page.layout("Über dich"), frame, facts, form, errors }
    }

    /// Where the posting's work can be done from.
    fn country_hint(&self) -> String {
        let countries = &self.facts.posting.countries;
        if countries.is_empty() {
            "Diese Stelle ist von überall aus möglich.".into()
        } else {
            let names = countries.iter().map(|code| country::name(code));
            format!("Diese Stelle ist aus {} möglich.", words::listed(names))
        }
    }

    fn language_hint(&self) -> String {
        let names = self.facts.posting.languages.iter().map(|tag| language::name(tag));
        format!("Für diese Stelle braucht es {}.", words::listed(names))
    }

    fn equipment(&self) -> Vec<(&'static str, String)> {
        let policy = &self.frame.policy;
        let words = |key: &str, label: &str| match key {
            "windows" => format!("Computer mit {} oder neuer", policy.windows()),
            "line" => format!("Leitung mit mindestens DSL {} netto", policy.line_number()),
            _ => label.to_owned(),
        };
        EQUIPMENT.iter().map(|(key, label)| (*key, words(key, label))).collect()
    }

    fn has(&self, key: &str) -> bool {
        self.form.equipment.iter().any(|ticked| ticked == key)
    }

    fn speaks(&self, tag: &str) -> bool {
        self.form.languages.iter().any(|ticked| ticked == tag)
    }
}

/// `GET /bewerbung/{id}/angaben`
pub async fn edit(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
) -> Answer {
    let (facts, frame) = Frame::load(&portal, &me, id, Here::Profile, now).await?;
    let form = ProfileForm::of(&facts.profile);
    Ok(ProfilePage::new(&page, frame, facts, form, Errors::default()).into_response())
}

/// `POST /bewerbung/{id}/angaben`: a draft keeps what is right, whatever else is wrong.
pub async fn update(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
    Form(form): Form<ProfileForm>,
) -> Answer {
    let (mut facts, frame) = Frame::load(&portal, &me, id, Here::Profile, now).await?;
    let (profile, mut errors) = form.prove(&facts.profile);
    let is_draft = facts.application.state == Stand::Draft;
    if is_draft || errors.is_empty() {
        let mut tx = portal.db.begin().await?;
        profile::save(&mut tx, me.account.into(), &profile, now).await?;
        tx.commit().await?;
    }
    if is_draft && !form.spaeter.is_empty() {
        return data::later(&portal, &me, id, now).await;
    }
    facts.profile = profile;
    if is_draft {
        // What rules this posting out is said here, and again before sending.
        for gap in facts.restrictions() {
            errors.add(gap.field, gap.sentence);
        }
    }
    if !errors.is_empty() {
        return Ok(unprocessable(ProfilePage::new(&page, frame, facts, form, errors)));
    }
    if is_draft {
        return Ok(see_other(&format!("{}/fragen", frame.path)));
    }
    Flash::ok("Deine Angaben sind geändert.", "Sie gelten für alle deine Bewerbungen.").keep(&portal, &me).await?;
    Ok(see_other(&frame.path))
}
