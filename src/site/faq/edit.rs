//! Writing a question: Markdown with placeholders, looked at before it is saved.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use time::OffsetDateTime;

use super::entry::{self, Entry, Text, Topic, is_slug};
use super::figures::Figures;
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path, line, text};
use crate::web::markdown::{self, Html};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct EntryForm {
    slug: String,
    topic: String,
    question: String,
    answer: String,
    /// The version that the text began with, as [`stand`] writes it.
    stand: String,
    /// `vorschau`: look first.
    tun: String,
}

/// A question's version: the instant of its last change in microseconds, which is what the database keeps.
fn stand(entry: &Entry) -> String {
    (entry.updated_at.unix_timestamp_nanos() / 1000).to_string()
}

impl EntryForm {
    fn of(entry: &Entry) -> Self {
        Self {
            slug: entry.slug.clone(),
            topic: entry.topic.key().into(),
            question: entry.question.clone(),
            answer: entry.answer.clone(),
            stand: stand(entry),
            tun: String::new(),
        }
    }

    fn is_preview(&self) -> bool {
        self.tun == "vorschau"
    }

    /// The proven text and how its answer reads, or every error at once.
    fn prove(&self, figures: &Figures, mut errors: Errors) -> Result<(Text, Html), Errors> {
        let topic = errors.take("topic", Topic::of_key(&self.topic).ok_or("Bitte wähle ein Thema.".into()));
        let question = errors.take("question", line(&self.question, 200, "eine Frage"));
        let answer = errors.take("answer", text(&self.answer.replace("\r\n", "\n"), 8000, "eine Antwort"));
        let filled = answer.as_deref().map(|answer| figures.fill(answer).map_err(|unknown| unknown.sentence()));
        let filled = filled.and_then(|filled| errors.take("answer", filled));
        match (topic, question, answer, filled) {
            (Some(topic), Some(question), Some(answer), Some(filled)) if errors.is_empty() => {
                Ok((Text { topic, question, answer }, markdown::render(&filled, 3)))
            }
            _ => Err(errors),
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "site/faq_edit.html")]
struct EditPage {
    layout: Layout,
    /// The question as it stands; none: a new one.
    entry: Option<Entry>,
    figures: Figures,
    form: EntryForm,
    errors: Errors,
    /// The question and its answer, as visitors will see them.
    preview: Option<(String, Html)>,
    /// Whether somebody else changed it meanwhile: then their text stands beside the one that was typed.
    is_outrun: bool,
}

impl EditPage {
    fn new(page: &Page, entry: Option<Entry>, figures: Figures, form: EntryForm) -> Self {
        let title = entry.as_ref().map_or("Frage hinzufügen", |entry| &entry.question);
        Self {
            layout: page.layout(title),
            entry,
            figures,
            form,
            errors: Errors::default(),
            preview: None,
            is_outrun: false,
        }
    }

    fn action(&self) -> String {
        format!("/verwaltung/fragen/{}", self.entry.as_ref().map_or("neu", |entry| &entry.slug))
    }

    fn is_topic(&self, topic: &Topic) -> bool {
        self.form.topic == topic.key()
    }
}

/// `GET /verwaltung/fragen/neu`
pub async fn new(State(portal): State<Portal>, page: Page, Now(now): Now) -> Answer {
    let figures = Figures::load(&portal.db, now).await?;
    Ok(EditPage::new(&page, None, figures, EntryForm::default()).into_response())
}

/// `POST /verwaltung/fragen/neu`
pub async fn create(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Form(form): Form<EntryForm>,
) -> Answer {
    let mut errors = Errors::default();
    if !is_slug(&form.slug) {
        errors.add(
            "slug",
            "Bitte gib einen Anker aus Kleinbuchstaben, Ziffern und Bindestrichen an, zum Beispiel ohne-kamera.",
        );
    }
    let (text, form) = match looked_at(&portal, &page, None, form, errors, now).await? {
        Ok(proven) => proven,
        Err(answer) => return answer,
    };
    if entry::create(&portal.db, &form.slug, &text, me.account, now).await?.is_err() {
        let mut again = EditPage::new(&page, None, Figures::load(&portal.db, now).await?, form);
        again.errors.add("slug", "Diesen Anker hat schon eine andere Frage.");
        return Ok(unprocessable(again));
    }
    saved(&portal, &me, "Die Frage steht jetzt auf der Seite.").await
}

/// `GET /verwaltung/fragen/{slug}`
pub async fn edit(State(portal): State<Portal>, page: Page, Now(now): Now, Path(slug): Path<String>) -> Answer {
    let entry = entry::find(&portal.db, &slug).await?.ok_or(Error::NotFound)?;
    let figures = Figures::load(&portal.db, now).await?;
    let form = EntryForm::of(&entry);
    Ok(EditPage::new(&page, Some(entry), figures, form).into_response())
}

/// `POST /verwaltung/fragen/{slug}`
pub async fn update(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(slug): Path<String>,
    Form(form): Form<EntryForm>,
) -> Answer {
    let entry = entry::find(&portal.db, &slug).await?.ok_or(Error::NotFound)?;
    let seen = entry.updated_at;
    let is_same = form.stand == stand(&entry);
    let (text, form) = match looked_at(&portal, &page, Some(entry), form, Errors::default(), now).await? {
        Ok(proven) => proven,
        Err(answer) => return answer,
    };
    if !is_same || !entry::update(&portal.db, &slug, seen, &text, me.account, now).await? {
        let entry = entry::find(&portal.db, &slug).await?.ok_or(Error::NotFound)?;
        let form = EntryForm { stand: stand(&entry), ..form };
        let mut again = EditPage::new(&page, Some(entry), Figures::load(&portal.db, now).await?, form);
        again.is_outrun = true;
        return Ok(unprocessable(again));
    }
    saved(&portal, &me, "Die Antwort ist gespeichert.").await
}

/// The proven text with the form it came from; or the page again, because it needs care or is only to be looked at.
async fn looked_at(
    portal: &Portal,
    page: &Page,
    entry: Option<Entry>,
    form: EntryForm,
    errors: Errors,
    now: OffsetDateTime,
) -> Result<Result<(Text, EntryForm), Answer>, Error> {
    let figures = Figures::load(&portal.db, now).await?;
    Ok(match form.prove(&figures, errors) {
        Ok((text, _)) if !form.is_preview() => Ok((text, form)),
        Ok((text, html)) => {
            let mut look = EditPage::new(page, entry, figures, form);
            look.preview = Some((text.question, html));
            Err(Ok(look.into_response()))
        }
        Err(errors) => {
            let mut again = EditPage::new(page, entry, figures, form);
            again.errors = errors;
            Err(Ok(unprocessable(again)))
        }
    })
}

async fn saved(portal: &Portal, me: &Me, what: &str) -> Answer {
    Flash::ok(what, "Besucher*innen sehen sie sofort.").keep(portal, me).await?;
    Ok(see_other("/verwaltung/fragen"))
}
