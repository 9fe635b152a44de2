//! The texts of mails to applicants: a list, and one to edit with a preview.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as With;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::macros::date;

use super::said;
use crate::applications::closing::Fate;
use crate::applications::mail_text::{self, Key, LONGEST_BODY, LONGEST_SUBJECT, OF_SUBJECT, Text, Values};
use crate::portal::Portal;
use crate::retention::day::ErasureDay;
use crate::web::form::{Errors, Form, Path, line, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

#[derive(Template, WebTemplate)]
#[template(path = "applications/staff_texts.html")]
struct ListPage {
    layout: Layout,
    texts: Vec<Text>,
}

impl ListPage {
    fn changed(&self, text: &Text) -> String {
        changed(text)
    }
}

/// `eingebauter Text`, `geändert am 23.11.2026 von Jörn Petersen`
fn changed(text: &Text) -> String {
    match &text.updated {
        None => "eingebauter Text".into(),
        Some((at, name)) => format!("geändert am {} von {name}", said::day(*at)),
    }
}

/// `GET /verwaltung/mailtexte`
pub async fn list(With(portal): With<Portal>, page: Page) -> Answer {
    let mut texts = Vec::new();
    for key in Key::ALL {
        texts.push(mail_text::find(&portal.db, key).await?);
    }
    Ok(ListPage { layout: page.layout("Mailtexte"), texts }.into_response())
}

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TextForm {
    betreff: String,
    text: String,
    /// The version that was opened.
    stand: String,
    schritt: String,
}

impl From<&Text> for TextForm {
    fn from(text: &Text) -> Self {
        Self {
            betreff: text.subject.clone(),
            text: text.body.clone(),
            stand: text.version.to_string(),
            schritt: String::new(),
        }
    }
}

impl TextForm {
    /// Subject and body, or every error at once.
    fn prove(&self, key: Key) -> Result<(String, String), Errors> {
        let mut errors = Errors::default();
        let checked = |text: String, known: &[&str], needed: &[&'static str]| {
            mail_text::check(&text, known, needed).map(|()| text).map_err(|fault| fault.sentence(known))
        };
        let subject = line(&self.betreff, LONGEST_SUBJECT, "einen Betreff").and_then(|t| checked(t, &OF_SUBJECT, &[]));
        let body = text(&self.text.replace("\r\n", "\n"), LONGEST_BODY, "einen Text");
        let body = body.and_then(|t| checked(t, key.placeholders(), key.needed()));
        let (subject, body) = (errors.take("betreff", subject), errors.take("text", body));
        subject.zip(body).ok_or(errors)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/staff_text.html")]
struct TextPage {
    layout: Layout,
    /// As it is sent now.
    text: Text,
    form: TextForm,
    preview: Option<(String, String)>,
    errors: Errors,
}

impl TextPage {
    fn new(page: &Page, text: Text, form: TextForm, errors: Errors) -> Self {
        Self { layout: page.layout(text.key.label()), text, form, preview: None, errors }
    }

    fn changed(&self) -> String {
        changed(&self.text)
    }

    fn subject_hint(&self) -> String {
        format!("Ohne Namen. Platzhalter: {}.", braced(&OF_SUBJECT))
    }

    fn body_hint(&self) -> String {
        format!("Platzhalter: {}.", braced(self.text.key.placeholders()))
    }
}

fn braced(words: &[&str]) -> String {
    words.iter().map(|word| format!("{{{word}}}")).collect::<Vec<_>>().join(", ")
}

fn key(slug: &str) -> Result<Key, Error> {
    Key::of_slug(slug).ok_or(Error::NotFound)
}

fn path(key: Key) -> String {
    format!("/verwaltung/mailtexte/{}", key.slug())
}

/// `GET /verwaltung/mailtexte/{key}`
pub async fn edit(With(portal): With<Portal>, page: Page, Path(slug): Path<String>) -> Answer {
    let text = mail_text::find(&portal.db, key(&slug)?).await?;
    let form = TextForm::from(&text);
    Ok(TextPage::new(&page, text, form, Errors::default()).into_response())
}

/// `POST /verwaltung/mailtexte/{key}`: a preview, or the change itself.
pub async fn update(
    With(portal): With<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(slug): Path<String>,
    Form(form): Form<TextForm>,
) -> Answer {
    let key = key(&slug)?;
    let current = mail_text::find(&portal.db, key).await?;
    let (subject, body) = match form.prove(key) {
        Ok(proven) => proven,
        Err(errors) => return Ok(unprocessable(TextPage::new(&page, current, form, errors))),
    };
    if form.schritt == "vorschau" {
        let mut shown = TextPage::new(&page, current, form, Errors::default());
        shown.preview = Some(example(&portal, Text { key, subject, body, version: 0, updated: None }));
        return Ok(shown.into_response());
    }
    let edited = form.stand.parse().unwrap_or(-1);
    if let Err(overtaken) = mail_text::change(&portal.db, key, edited, (&subject, &body), me.account, now).await? {
        let mut errors = Errors::default();
        errors.add("text", overtaken.sentence());
        return Ok(unprocessable(TextPage::new(&page, current, form, errors)));
    }
    Flash::ok("Mailtext gespeichert.", "Er gilt ab der nächsten Mail.").keep(&portal, &me).await?;
    Ok(see_other("/verwaltung/mailtexte"))
}

/// `POST /verwaltung/mailtexte/{key}/ruecksetzung`
pub async fn reset(With(portal): With<Portal>, me: Me, Now(now): Now, Path(slug): Path<String>) -> Answer {
    let key = key(&slug)?;
    mail_text::reset(&portal.db, key, me.account, now).await?;
    Flash::ok("Der eingebaute Text gilt wieder.", "").keep(&portal, &me).await?;
    Ok(see_other(&path(key)))
}

/// The mail with invented facts.
fn example(portal: &Portal, text: Text) -> (String, String) {
    let link = portal.config.link("/bewerbung/…");
    let erased = ErasureDay::usual(date!(2027 - 05 - 24));
    let values = Values {
        name: "Jana Beispiel",
        stelle: "Bestellhotline",
        link: &link,
        grund: "Für diese Stelle suchen wir gerade jemanden für die Abendstunden.",
        vorstellung: Fate::Erased.sentence().unwrap_or_default(),
        frage: "Ab wann könntest du anfangen?",
        betreiber: &portal.config.operator_name,
        loeschung: &erased.sentences(),
        ..Values::default()
    };
    (text.subject(&values), text.body(&values))
}
