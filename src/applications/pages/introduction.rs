//! The page on which somebody introduces themselves: record, choose a file, or write.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Multipart, State};
use axum::response::IntoResponse;
use serde::Deserialize;

use super::frame::{Frame, Here};
use super::playback::Player;
use crate::applications::closing::{self, Fate};
use crate::applications::form::submission::Facts;
use crate::applications::introduction::{self, Introduction, Kind, LONGEST_TEXT, Refusal};
use crate::clock::{Zone, german};
use crate::id::{AccountId, ApplicationId};
use crate::policy::Figure;
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path, text};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// A written introduction as typed.
#[derive(Debug, Default, Deserialize)]
pub struct TextForm {
    #[serde(default)]
    body: String,
}

impl TextForm {
    fn prove(&self) -> Result<String, Errors> {
        let mut errors = Errors::default();
        // Browsers send a line end as two characters.
        let typed = self.body.replace("\r\n", "\n");
        errors.take("body", text(&typed, LONGEST_TEXT, "ein paar Sätze über dich")).ok_or(errors)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "applications/introduction.html")]
struct IntroductionPage {
    layout: Layout,
    frame: Frame,
    facts: Facts,
    sent: Option<Introduction>,
    player: Option<Player>,
    form: TextForm,
    errors: Errors,
}

impl IntroductionPage {
    async fn load(
        portal: &Portal,
        page: &Page,
        (facts, frame): (Facts, Frame),
        form: TextForm,
        errors: Errors,
    ) -> Result<Self, Error> {
        let id = facts.application.id;
        let sent = introduction::find(&portal.db, id).await?;
        let src = format!("{}/datei", path(id));
        let player = sent.as_ref().and_then(|sent| Player::of(sent, src));
        Ok(Self { layout: page.layout("Stell dich kurz vor"), frame, facts, sent, player, form, errors })
    }

    fn sent_on(&self, sent: &Introduction) -> String {
        german::date(Zone::berlin().date(sent.sent_at))
    }

    fn is_text(&self) -> bool {
        self.errors.of("body").is_some() || self.sent.as_ref().is_some_and(|sent| sent.kind == Kind::Text)
    }

    /// What stands in the text field: what was typed, else what was sent.
    fn body(&self) -> &str {
        let sent = self.sent.as_ref().and_then(|sent| sent.body.as_deref());
        if self.errors.is_empty() { sent.unwrap_or_default() } else { &self.form.body }
    }

    /// The longest recording that the page makes.
    fn seconds(&self) -> i64 {
        self.frame.policy.introduction().whole_seconds()
    }

    /// The same as people say it: `3 Minuten`.
    fn minutes(&self) -> String {
        self.frame.policy.said_dative(Figure::IntroductionMinutes)
    }

    /// The largest file: `200 MB`.
    fn largest(&self) -> String {
        self.frame.policy.said(Figure::UploadMegabytes)
    }
}

fn path(id: ApplicationId) -> String {
    format!("/bewerbung/{id}/vorstellung")
}

/// `GET /bewerbung/{id}/vorstellung`
pub async fn show(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
) -> Answer {
    let loaded = Frame::load(&portal, &me, id, Here::Introduction, now).await?;
    let page = IntroductionPage::load(&portal, &page, loaded, TextForm::default(), Errors::default()).await?;
    Ok(page.into_response())
}

/// `POST /bewerbung/{id}/vorstellung`: a written introduction.
pub async fn write(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
    Form(form): Form<TextForm>,
) -> Answer {
    let loaded = Frame::load(&portal, &me, id, Here::Introduction, now).await?;
    let text = match form.prove() {
        Ok(text) => text,
        Err(errors) => {
            let page = IntroductionPage::load(&portal, &page, loaded, form, errors).await?;
            return Ok(unprocessable(page));
        }
    };
    let result = introduction::write(&portal.db, id, &text, now).await?;
    back(&portal, &me, id, result, now).await
}

/// `POST /bewerbung/{id}/vorstellung/datei`: a recording as the file of a form, for browsers without JavaScript.
pub async fn send(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(id): Path<ApplicationId>,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Answer {
    let loaded = Frame::load(&portal, &me, id, Here::Introduction, now).await?;
    let most = loaded.1.policy.upload_bytes();
    let mut form = form.map_err(|_| Error::Malformed)?;
    let result = match introduction::is_wanted(&portal.db, &loaded.0.application, now).await? {
        Ok(()) => match introduction::begin(&portal.db, me.account, now).await? {
            Ok(()) => receive(&portal, (id, me.account), &mut form, most, now).await?,
            Err(refusal) => Err(refusal),
        },
        Err(refusal) => Err(refusal),
    };
    match result {
        Err(refusal) if refusal.concerns_file() => {
            let mut errors = Errors::default();
            errors.add("recording", said(refusal, &loaded.1));
            let form = TextForm::default();
            Ok(unprocessable(IntroductionPage::load(&portal, &page, loaded, form, errors).await?))
        }
        result => back(&portal, &me, id, result, now).await,
    }
}

/// The refusal beside the field, with the figure where one decides.
fn said(refusal: Refusal, frame: &Frame) -> String {
    match refusal {
        Refusal::TooLong => {
            let largest = frame.policy.said(Figure::UploadMegabytes);
            format!("Die Datei ist größer als {largest}. Bitte wähle eine kürzere Aufnahme.")
        }
        refusal => refusal.sentence().into(),
    }
}

async fn receive(
    portal: &Portal,
    of: (ApplicationId, AccountId),
    form: &mut Multipart,
    most: i64,
    now: time::OffsetDateTime,
) -> Result<Result<(), Refusal>, Error> {
    while let Some(field) = form.next_field().await.map_err(|_| Error::Malformed)? {
        if field.name() != Some("recording") {
            continue;
        }
        if let Err(refusal) = introduction::check_name(field.file_name().unwrap_or_default()) {
            return Ok(Err(refusal));
        }
        let body = futures_util::TryStreamExt::map_err(field, std::io::Error::other);
        return Ok(introduction::receive(&portal.files, &portal.db, of, body, most, now).await?);
    }
    Ok(Err(Refusal::Empty))
}

async fn back(
    portal: &Portal,
    me: &Me,
    id: ApplicationId,
    result: Result<(), Refusal>,
    now: time::OffsetDateTime,
) -> Answer {
    let flash = match result {
        Ok(()) => {
            let then = match closing::fate_of(&portal.db, id, Zone::berlin().date(now)).await? {
                Fate::Erased => "Bis wir sie ansehen, kannst du sie jederzeit ersetzen.",
                Fate::Absent | Fate::Held => "",
            };
            Flash::ok("Deine Vorstellung ist da.", then)
        }
        Err(refusal) => Flash::warn("Das ging nicht.", refusal.sentence()),
    };
    flash.keep(portal, me).await?;
    Ok(see_other(&path(id)))
}
