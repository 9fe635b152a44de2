//! A course: its text, beside it its material, and its end.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::LIST;
use super::material::LinkForm;
use crate::campaigns::campaign::{self, Campaign};
use crate::id::CourseId;
use crate::portal::Portal;
use crate::training::course::{self, Course, LONGEST_DESCRIPTION, LONGEST_TITLE, NewCourse};
use crate::training::material::{self, Material};
use crate::web::form::{self, Errors, Form, Path};
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Flash, Layout, Me, Page, filters, see_other, unprocessable};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
pub struct CourseForm {
    /// Slug of the campaign; only of a new course.
    #[serde(default)]
    kampagne: String,
    #[serde(default)]
    titel: String,
    #[serde(default)]
    text: String,
}

impl CourseForm {
    fn of(course: &Course) -> Self {
        Self { kampagne: String::new(), titel: course.title.clone(), text: course.description.clone() }
    }

    fn prove(&self) -> Result<NewCourse, Errors> {
        let mut errors = Errors::default();
        let title = errors.take("titel", form::line(&self.titel, LONGEST_TITLE, "einen Titel"));
        let description = errors.take("text", form::text(&self.text, LONGEST_DESCRIPTION, "eine Beschreibung"));
        match (title, description) {
            (Some(title), Some(description)) => Ok(NewCourse { title, description }),
            _ => Err(errors),
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "training/staff_course_new.html")]
struct NewPage {
    layout: Layout,
    campaigns: Vec<Campaign>,
    form: CourseForm,
    errors: Errors,
}

#[derive(Template, WebTemplate)]
#[template(path = "training/staff_course.html")]
pub(super) struct EditPage {
    layout: Layout,
    course: Course,
    form: CourseForm,
    errors: Errors,
    materials: Vec<Material>,
    pub(super) link: LinkForm,
    pub(super) link_errors: Errors,
    pub(super) file_title: String,
    pub(super) file_errors: Errors,
}

pub(super) fn path(id: CourseId) -> String {
    format!("{LIST}/kurse/{id}")
}

async fn new_page(portal: &Portal, page: &Page, form: CourseForm) -> Result<NewPage, Error> {
    let mut campaigns = campaign::all(&portal.db).await?;
    campaigns.retain(|campaign| campaign.ended_at.is_none());
    Ok(NewPage { layout: page.layout("Kurs anlegen"), campaigns, form, errors: Errors::default() })
}

pub(super) async fn edit_page(portal: &Portal, page: &Page, id: CourseId) -> Result<EditPage, Error> {
    let course = course::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let materials = material::list(&portal.db, id).await?;
    Ok(EditPage {
        layout: page.layout(&format!("Kurs: {}", course.title)),
        form: CourseForm::of(&course),
        course,
        errors: Errors::default(),
        materials,
        link: LinkForm::default(),
        link_errors: Errors::default(),
        file_title: String::new(),
        file_errors: Errors::default(),
    })
}

/// `GET /verwaltung/schulungen/kurse/neu`
pub async fn new(State(portal): State<Portal>, page: Page) -> Answer {
    Ok(new_page(&portal, &page, CourseForm::default()).await?.into_response())
}

/// `POST /verwaltung/schulungen/kurse/neu`
pub async fn create(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Now(now): Now,
    Form(form): Form<CourseForm>,
) -> Answer {
    let proven = form.prove();
    let mut page = new_page(&portal, &page, form).await?;
    let campaign = page.campaigns.iter().find(|campaign| campaign.slug == page.form.kampagne).map(|c| c.id);
    if let (Ok(new), Some(campaign)) = (&proven, campaign)
        && let Some(id) = course::create(&portal.db, campaign, new, me.account, now).await?
    {
        Flash::ok("Der Kurs ist angelegt.", "Ergänze Material, und biete den ersten Termin an.")
            .keep(&portal, &me)
            .await?;
        return Ok(see_other(&path(id)));
    }
    page.errors = proven.err().unwrap_or_default();
    if campaign.is_none() || page.errors.is_empty() {
        page.errors.add("kampagne", "Bitte wähle eine laufende Kampagne.");
    }
    Ok(unprocessable(page))
}

/// `GET /verwaltung/schulungen/kurse/{id}`
pub async fn edit(State(portal): State<Portal>, page: Page, Path(id): Path<CourseId>) -> Answer {
    Ok(edit_page(&portal, &page, id).await?.into_response())
}

/// `POST /verwaltung/schulungen/kurse/{id}`
pub async fn update(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Now(now): Now,
    Path(id): Path<CourseId>,
    Form(form): Form<CourseForm>,
) -> Answer {
    let mut page = edit_page(&portal, &page, id).await?;
    match form.prove() {
        Ok(new) => {
            course::update(&portal.db, id, &new, me.account, now).await?;
            Flash::ok("Gespeichert.", "So steht der Kurs ab jetzt auf den Seiten der Schulungen.")
                .keep(&portal, &me)
                .await?;
            Ok(see_other(&path(id)))
        }
        Err(errors) => {
            (page.form, page.errors) = (form, errors);
            Ok(unprocessable(page))
        }
    }
}

/// `POST /verwaltung/schulungen/kurse/{id}/ende`
pub async fn retire(State(portal): State<Portal>, me: Me, Now(now): Now, Path(id): Path<CourseId>) -> Answer {
    course::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    course::retire(&portal.db, id, true, me.account, now).await?;
    let then = "Weitere Termine und Anmeldungen gibt es nicht; was angemeldet ist, bleibt.";
    Flash::ok("Der Kurs ist beendet.", then).keep(&portal, &me).await?;
    Ok(see_other(&path(id)))
}

/// `POST /verwaltung/schulungen/kurse/{id}/fortsetzung`
pub async fn resume(State(portal): State<Portal>, me: Me, Now(now): Now, Path(id): Path<CourseId>) -> Answer {
    course::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    course::retire(&portal.db, id, false, me.account, now).await?;
    Flash::ok("Der Kurs geht weiter.", "Du kannst wieder Termine anbieten.").keep(&portal, &me).await?;
    Ok(see_other(&path(id)))
}
