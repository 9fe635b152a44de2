//! One's own profile: address, equipment, other work, tax data. It wants the password again.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use crate::campaigns::country;
use crate::freelancers::profile::{self, Profile};
use crate::freelancers::tax_id::{self, TaxId};
use crate::id::FreelancerId;
use crate::policy::{self, Policy};
use crate::portal::Portal;
use crate::web::form::{Errors, Form, line, phone, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Flash, Layout, Me, Page, confirmation, filters, see_other, unprocessable};

const PATH: &str = "/bereit/profil";

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProfileForm {
    street: String,
    postcode: String,
    city: String,
    country: String,
    phone: String,
    equipment: Vec<String>,
    /// `ja` or `nein`.
    employed: String,
    other_clients: String,
    /// A key of [`TAX`].
    tax: String,
    tax_number: String,
    foreign_registration: String,
}

/// How somebody pays value-added tax: names of the form and words.
const TAX: [(&str, &str, &str); 3] = [
    ("vat", "Mit Umsatzsteuer-ID", "Sie genügt als Nachweis deines Gewerbes."),
    ("small", "Ohne Umsatzsteuer-ID, zum Beispiel als Kleinunternehmer*in", "Dann genügt dein Gewerbeschein."),
    ("abroad", "Im Ausland angemeldet", "Dann lädst du den Nachweis deiner Anmeldung hoch."),
];

/// What stands ready at home: names of the form.
const EQUIPMENT: [&str; 5] = ["windows", "headset", "lan", "line", "room"];

impl ProfileForm {
    fn of(profile: &Profile, is_saved: bool) -> Self {
        let ready =
            [profile.has_windows, profile.has_headset, profile.has_lan_cable, profile.has_line, profile.has_room];
        let equipment = EQUIPMENT.iter().zip(ready).filter(|(_, there)| *there).map(|(key, _)| (*key).to_owned());
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let tax = match () {
            () if !is_saved => "",
            () if profile.foreign_registration.is_some() => "abroad",
            () if profile.vat_id.is_some() => "vat",
            () => "small",
        };
        let employed = if profile.is_employed { "ja" } else { "nein" };
        Self {
            street: profile.street.clone(),
            postcode: profile.postcode.clone(),
            city: profile.city.clone(),
            country: profile.country.clone(),
            phone: profile.phone.clone(),
            equipment: equipment.collect(),
            employed: if is_saved { employed.into() } else { String::new() },
            other_clients: text(&profile.other_clients),
            tax: tax.into(),
            tax_number: profile.vat_id.clone().or_else(|| profile.business_id.clone()).unwrap_or_default(),
            foreign_registration: text(&profile.foreign_registration),
        }
    }

    fn prove(&self) -> Result<Profile, Errors> {
        let mut errors = Errors::default();
        let has = |key: &str| self.equipment.iter().any(|ticked| ticked == key);
        let country = country::ALL.iter().find(|(code, _)| *code == self.country).map(|(code, _)| (*code).to_owned());
        let country = errors.take("country", country.ok_or_else(|| "Bitte wähle ein Land.".into()));
        let street = errors.take("street", line(&self.street, 120, "Straße und Hausnummer"));
        let postcode = errors.take("postcode", postcode(&self.postcode, self.country == "DE"));
        let city = errors.take("city", line(&self.city, 80, "deinen Ort"));
        let phone = errors.take("phone", phone(&self.phone));
        let employed = match self.employed.as_str() {
            "ja" => Ok(true),
            "nein" => Ok(false),
            _ => Err("Bitte wähle, was auf dich zutrifft.".into()),
        };
        let employed = errors.take("employed", employed);
        let other = if self.other_clients.trim().is_empty() {
            Ok(None)
        } else {
            text(&self.other_clients, 500, "etwas").map(Some)
        };
        let other_clients = errors.take("other_clients", other).flatten();
        let (vat_id, business_id, foreign_registration) = self.tax(&mut errors);
        match (country, street, postcode, city, phone, employed) {
            (Some(country), Some(street), Some(postcode), Some(city), Some(phone), Some(is_employed))
                if errors.is_empty() =>
            {
                Ok(Profile {
                    street,
                    postcode,
                    city,
                    country,
                    phone,
                    has_windows: has("windows"),
                    has_headset: has("headset"),
                    has_lan_cable: has("lan"),
                    has_line: has("line"),
                    has_room: has("room"),
                    is_employed,
                    other_clients,
                    vat_id,
                    business_id,
                    foreign_registration,
                })
            }
            _ => Err(errors),
        }
    }

    /// VAT ID, W-IdNr, registration abroad. A number that was typed is read whatever was chosen: none is dropped silently.
    fn tax(&self, errors: &mut Errors) -> (Option<String>, Option<String>, Option<String>) {
        let is_typed = !self.tax_number.trim().is_empty();
        if self.tax == "abroad" {
            let told = text(&self.foreign_registration, 300, "Land, Behörde und Nummer deiner Anmeldung");
            return (None, None, errors.take("foreign_registration", told));
        }
        if !TAX.iter().any(|(key, ..)| *key == self.tax) {
            errors.add("tax", "Bitte wähle, was auf dich zutrifft.");
        }
        if !is_typed {
            if self.tax == "vat" {
                errors.add("tax_number", "Bitte gib deine Umsatzsteuer-ID an, zum Beispiel DE136695976.");
            }
            return (None, None, None);
        }
        match errors.take("tax_number", tax_id::read(&self.tax_number).map_err(|refusal| refusal.sentence().into())) {
            Some(TaxId::Vat(number)) => (Some(number), None, None),
            Some(TaxId::Business(number)) => (None, Some(number), None),
            None => (None, None, None),
        }
    }
}

/// A postcode: of Germany five digits, elsewhere letters, too.
fn postcode(typed: &str, is_german: bool) -> Result<String, String> {
    let postcode = line(typed, 12, "deine Postleitzahl")?;
    if is_german && !(postcode.len() == 5 && postcode.bytes().all(|b| b.is_ascii_digit())) {
        return Err("Eine deutsche Postleitzahl hat 5 Ziffern.".into());
    }
    Ok(postcode)
}

#[derive(Template, WebTemplate)]
#[template(path = "freelancers/profile.html")]
struct ProfilePage {
    layout: Layout,
    policy: Policy,
    form: ProfileForm,
    errors: Errors,
}

impl ProfilePage {
    fn new(page: &Page, policy: Policy, form: ProfileForm, errors: Errors) -> Self {
        Self { layout: page.layout("Dein Profil"), policy, form, errors }
    }

    fn equipment(&self) -> [(&'static str, String); 5] {
        let words = [
            format!("Computer mit {} oder neuer", self.policy.windows()),
            "USB-Headset".into(),
            "Internet über LAN-Kabel".into(),
            format!("Leitung mit mindestens DSL {} netto", self.policy.line_number()),
            "abschließbarer Raum".into(),
        ];
        let mut keys = EQUIPMENT.iter();
        words.map(|words| (keys.next().copied().unwrap_or_default(), words))
    }

    fn has(&self, key: &str) -> bool {
        self.form.equipment.iter().any(|ticked| ticked == key)
    }
}

/// `GET /bereit/profil`
pub async fn edit(State(portal): State<Portal>, page: Page, me: Me, Now(now): Now) -> Answer {
    if let Some(first) = confirmation::first(&me, now, PATH) {
        return Ok(first);
    }
    let id = FreelancerId::from(me.account);
    let form = match profile::find(&portal.db, id).await? {
        Some(profile) => ProfileForm::of(&profile, true),
        None => ProfileForm::of(&profile::prefill(&portal.db, id).await?, false),
    };
    let policy = policy::at(&portal.db, now).await?;
    Ok(ProfilePage::new(&page, policy, form, Errors::default()).into_response())
}

/// `POST /bereit/profil`
pub async fn update(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Form(form): Form<ProfileForm>,
) -> Answer {
    if let Some(first) = confirmation::before_sending(&me, now, PATH) {
        return Ok(first);
    }
    let profile = match form.prove() {
        Ok(profile) => profile,
        Err(errors) => {
            let policy = policy::at(&portal.db, now).await?;
            return Ok(unprocessable(ProfilePage::new(&page, policy, form, errors)));
        }
    };
    let mut tx = portal.db.begin().await?;
    profile::save(&mut tx, me.account.into(), &profile, now).await?;
    tx.commit().await?;
    saved(&profile).keep(&portal, &me).await?;
    Ok(see_other("/bereit/unterlagen"))
}

/// What was understood, with the next step.
fn saved(profile: &Profile) -> Flash {
    let then = match profile {
        Profile { business_id: Some(_), .. } => {
            "Die Nummer ist eine W-IdNr (Wirtschafts-Identifikationsnummer). Wir haben sie so notiert; als Nachweis brauchen wir deinen Gewerbeschein."
        }
        Profile { vat_id: Some(_), .. } => "Deine Umsatzsteuer-ID genügt als Nachweis deines Gewerbes.",
        Profile { foreign_registration: Some(_), .. } => "Lade jetzt den Nachweis deiner Anmeldung hoch.",
        _ => "Ohne Umsatzsteuer-ID genügt dein Gewerbeschein.",
    };
    Flash::ok("Dein Profil ist gespeichert.", then)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> ProfileForm {
        ProfileForm {
            street: "Hafenstraße 1".into(),
            postcode: "24937".into(),
            city: "Flensburg".into(),
            country: "DE".into(),
            phone: "0461 5550100".into(),
            employed: "nein".into(),
            tax: "small".into(),
            ..ProfileForm::default()
        }
    }

    #[test]
    fn a_small_business_is_never_blocked() {
        let profile = filled().prove().unwrap();
        assert_eq!((profile.vat_id, profile.foreign_registration), (None, None));
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let errors = ProfileForm::default().prove().unwrap_err();
        let fields: Vec<_> = errors.fields().collect();
        assert_eq!(fields, ["city", "country", "employed", "phone", "postcode", "street", "tax"]);
        let abroad = ProfileForm { tax: "abroad".into(), ..filled() };
        assert!(abroad.prove().unwrap_err().of("foreign_registration").is_some());
    }

    #[test]
    fn a_number_is_read_whatever_was_chosen() {
        for tax in ["vat", "small"] {
            let typed = |number: &str| ProfileForm { tax: tax.into(), tax_number: number.into(), ..filled() };
            assert_eq!(typed("de 136695976").prove().unwrap().vat_id.as_deref(), Some("DE136695976"));
            let business = typed("DE123456788-00001").prove().unwrap();
            assert_eq!((business.vat_id, business.business_id.as_deref()), (None, Some("DE123456788-00001")));
            assert!(
                typed("86095742719").prove().unwrap_err().of("tax_number").unwrap().contains("persönliche Steuer-ID")
            );
        }
    }

    #[test]
    fn postcodes() {
        assert!(postcode("2493", true).is_err());
        assert_eq!(postcode("1010", false), Ok("1010".into()));
    }
}
