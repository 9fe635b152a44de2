//! A course: its text, its links, and its end.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::LIST;
use crate::campaigns::campaign::{self, Campaign};
use crate::id::{CourseId, MaterialId};
use crate::portal::Portal;
use crate::training::course::{self, Course, LONGEST_DESCRIPTION, LONGEST_LINK, LONGEST_TITLE, Material, NewCourse};
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

/// A link as typed.
#[derive(Debug, Default, Deserialize)]
pub struct MaterialForm {
    #[serde(default)]
    bezeichnung: String,
    #[serde(default)]
    adresse: String,
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
struct EditPage {
    layout: Layout,
    course: Course,
    materials: Vec<Material>,
    form: CourseForm,
    errors: Errors,
    material: MaterialForm,
    material_errors: Errors,
}

fn path(id: CourseId) -> String {
    format!("{LIST}/kurse/{id}")
}

async fn new_page(portal: &Portal, page: &Page, form: CourseForm) -> Result<NewPage, Error> {
    let mut campaigns = campaign::all(&portal.db).await?;
    campaigns.retain(|campaign| campaign.ended_at.is_none());
    Ok(NewPage { layout: page.layout("Kurs anlegen"), campaigns, form, errors: Errors::default() })
}

async fn edit_page(portal: &Portal, page: &Page, id: CourseId) -> Result<EditPage, Error> {
    let course = course::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    let materials = course::materials(&portal.db, id).await?;
    let layout = page.layout(&format!("Kurs: {}", course.title));
    let form = CourseForm::of(&course);
    let (errors, material, material_errors) = (Errors::default(), MaterialForm::default(), Errors::default());
    Ok(EditPage { layout, course, materials, form, errors, material, material_errors })
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

/// `POST /verwaltung/schulungen/kurse/{id}/material`
pub async fn add_material(
    State(portal): State<Portal>,
    me: Me,
    page: Page,
    Now(now): Now,
    Path(id): Path<CourseId>,
    Form(form): Form<MaterialForm>,
) -> Answer {
    let mut page = edit_page(&portal, &page, id).await?;
    let mut errors = Errors::default();
    let title = errors.take("bezeichnung", form::line(&form.bezeichnung, LONGEST_TITLE, "eine Bezeichnung"));
    let link = errors.take("adresse", secure_link(&form.adresse));
    let (Some(title), Some(link)) = (title, link) else {
        (page.material, page.material_errors) = (form, errors);
        return Ok(unprocessable(page));
    };
    let mut db = portal.db.acquire().await?;
    course::add_material(&mut db, id, (&title, &link), now).await?;
    Flash::ok("Das Material ist da.", "Wer an der Schulung teilnimmt, sieht es.").keep(&portal, &me).await?;
    Ok(see_other(&path(id)))
}

/// `POST /verwaltung/schulungen/material/{id}/loeschung`
pub async fn remove_material(State(portal): State<Portal>, me: Me, Path(id): Path<MaterialId>) -> Answer {
    let course = course::remove_material(&portal.db, id).await?.ok_or(Error::NotFound)?;
    Flash::ok("Das Material ist entfernt.", "").keep(&portal, &me).await?;
    Ok(see_other(&path(course)))
}

/// The address of a page that is fetched over TLS.
pub fn secure_link(typed: &str) -> Result<String, String> {
    let link = form::line(typed, LONGEST_LINK, "eine Adresse")?;
    let is_fine = link.starts_with("https://")
        && !link.contains(' ')
        && url::Url::parse(&link).is_ok_and(|url| url.host_str().is_some_and(|host| host.contains('.')));
    if is_fine { Ok(link) } else { Err("Bitte gib eine Adresse an, die mit https:// beginnt.".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_fetched_over_tls() {
        assert_eq!(secure_link(" https://lernen.example/a ").as_deref(), Ok("https://lernen.example/a"));
        for bad in
            ["", "http://lernen.example", "javascript:alert(1)", "https://", "https://a b.example", "lernen.example"]
        {
            assert!(secure_link(bad).is_err(), "{bad}");
        }
    }
}
