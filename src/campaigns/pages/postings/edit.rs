//! The form of a posting: the first save writes a draft, later ones change it; the preview shows what was typed.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;

use super::path;
use super::posting_form::PostingForm;
use crate::campaigns::campaign::Campaign;
use crate::campaigns::pages::find;
use crate::campaigns::posting::{self, Difficulty, NewPosting, Posting, State as Stand};
use crate::campaigns::{country, language};
use crate::portal::Portal;
use crate::web::form::{Errors, Form, Path};
use crate::web::markdown::{self, Html};
use crate::web::viewer::Now;
use crate::web::{Answer, Flash, Layout, Me, Page, filters, see_other, unprocessable};

#[derive(Template, WebTemplate)]
#[template(path = "campaigns/posting_form.html")]
struct EditPage {
    layout: Layout,
    campaign: Campaign,
    /// `None`: not written yet.
    posting: Option<Posting>,
    form: PostingForm,
    errors: Errors,
    preview: Option<Preview>,
}

/// What was typed, as visitors would read it.
struct Preview {
    title: String,
    summary: String,
    tasks: Html,
    needs: Html,
}

impl From<NewPosting> for Preview {
    fn from(new: NewPosting) -> Self {
        let (tasks, needs) = (markdown::render(&new.tasks, 3), markdown::render(&new.needs, 3));
        Self { title: new.title, summary: new.summary, tasks, needs }
    }
}

impl EditPage {
    fn new(page: &Page, campaign: Campaign, posting: Option<Posting>, form: PostingForm) -> Self {
        let layout = page.layout(&format!("Stelle: {}", campaign.title()));
        Self { layout, campaign, posting, form, errors: Errors::default(), preview: None }
    }

    fn state(&self) -> Option<Stand> {
        self.posting.as_ref().map(Posting::state)
    }

    fn speaks(&self, tag: &str) -> bool {
        self.form.languages.iter().any(|typed| typed == tag)
    }

    fn lies_in(&self, code: &str) -> bool {
        self.form.countries.iter().any(|typed| typed == code)
    }

    /// What saving does now.
    fn save(&self) -> &'static str {
        match self.state() {
            None => "Als Entwurf speichern",
            Some(Stand::Open) => "Speichern und sofort zeigen",
            Some(_) => "Speichern",
        }
    }
}

/// `GET /verwaltung/stellen/{slug}`
pub async fn edit(State(portal): State<Portal>, page: Page, Path(slug): Path<String>) -> Answer {
    let campaign = find(&portal.db, &slug).await?;
    let posting = posting::find(&portal.db, &slug).await?;
    let form = posting.as_ref().map_or_else(PostingForm::new, PostingForm::from);
    Ok(EditPage::new(&page, campaign, posting, form).into_response())
}

/// `POST /verwaltung/stellen/{slug}`
pub async fn update(
    State(portal): State<Portal>,
    page: Page,
    me: Me,
    Now(now): Now,
    Path(slug): Path<String>,
    Form(form): Form<PostingForm>,
) -> Answer {
    let campaign = find(&portal.db, &slug).await?;
    let posting = posting::find(&portal.db, &slug).await?;
    let new = match form.prove() {
        Ok(new) => new,
        Err(errors) => {
            let page = EditPage::new(&page, campaign, posting, form);
            return Ok(unprocessable(EditPage { errors, ..page }));
        }
    };
    if form.step == "preview" {
        let page = EditPage::new(&page, campaign, posting, form);
        return Ok(EditPage { preview: Some(new.into()), ..page }.into_response());
    }
    let flash = match posting {
        Some(posting) => {
            posting::update(&portal.db, posting.campaign, &new, me.account, now).await?;
            Flash::ok("Stelle gespeichert.", "")
        }
        None => match posting::create(&portal.db, campaign.id, &new, Some(me.account), now).await? {
            Ok(()) => Flash::ok("Entwurf gespeichert.", "Ergänze noch Fragen, dann kannst du ihn veröffentlichen."),
            Err(refusal) => Flash::warn(refusal.sentence(), "Prüfe, was schon da ist."),
        },
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(&path(&slug, "")))
}
