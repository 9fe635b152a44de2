//! `/verwaltung/datenschutz/nachweis`: the ledger of erasures, and the check of its chain and of the copy outside the
//! database.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use sqlx::PgPool;
use time::OffsetDateTime;

use super::{Asked, Paging, Tab};
use crate::clock::german;
use crate::portal::Portal;
use crate::privacy::ledger::{self, Broken, Copy, Entry, Trouble};
use crate::privacy::proof;
use crate::retention::Rule;
use crate::retention::gone::Kind;
use crate::web::form::Query;
use crate::web::viewer::Now;
use crate::web::{Answer, Flash, Layout, Me, Page, filters, see_other};

/// Entries of a page.
const PER_PAGE: i64 = 50;

#[derive(Template, WebTemplate)]
#[template(path = "privacy/ledger.html")]
struct LedgerPage {
    layout: Layout,
    tab: Tab,
    entries: Vec<Entry>,
    total: i64,
    paging: Paging,
}

impl LedgerPage {
    fn moment(&self, at: &OffsetDateTime) -> String {
        super::moment(at)
    }

    fn kind(&self, entry: &Entry) -> &'static str {
        match entry.kind {
            Kind::Dossier => "Bewerbung",
            Kind::Person => "Profil der Bewerber*in",
            Kind::Account => "Konto",
            Kind::Contracts => "Vertragsbestätigungen",
            Kind::Briefings => "Unterweisung",
            Kind::Bookings => "Buchungen",
            Kind::Fees => "Beiträge",
        }
    }

    fn rule(&self, entry: &Entry) -> &'static str {
        match entry.rule {
            Rule::Period => "Frist",
            Rule::Draft => "Frist des Entwurfs",
            Rule::Consent => "Ende der Einwilligung",
            Rule::Wish => "Wunsch der Person",
        }
    }

    /// The first digits of the hash: enough to compare by eye.
    fn short(&self, entry: &Entry) -> String {
        entry.hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }

    fn total(&self) -> String {
        german::count(self.total, "Eintrag", "Einträge")
    }
}

/// A page of the ledger, the newest entries first.
async fn entries(db: &PgPool, paging: Paging, total: i64) -> Result<Vec<Entry>, sqlx::Error> {
    let newest = total - (paging.page - 1) * PER_PAGE;
    let before = (newest - PER_PAGE).max(0);
    let mut entries = ledger::after(db, before, newest - before).await?;
    entries.reverse();
    Ok(entries)
}

/// `GET /verwaltung/datenschutz/nachweis`
pub async fn list(State(portal): State<Portal>, page: Page, Query(asked): Query<Asked>) -> Answer {
    let total = ledger::length(&portal.db).await?;
    let paging = Paging::new(&asked, total, PER_PAGE);
    let entries = entries(&portal.db, paging, total).await?;
    Ok(LedgerPage { layout: page.layout("Löschnachweis"), tab: Tab::Ledger, entries, total, paging }.into_response())
}

/// `POST /verwaltung/datenschutz/nachweis/pruefung`
pub async fn verify(State(portal): State<Portal>, me: Me, Now(now): Now) -> Answer {
    let proof = proof::check(&portal.db, &Copy::in_folder(&portal.config.data_dir), now).await?;
    let flash = match proof.chain {
        Ok(entries) => compared(entries, &proof.copy),
        Err(Broken(at)) => Flash::bad(
            "Der Löschnachweis ist verändert worden.",
            format!(
                "Eintrag {at} folgt nicht mehr aus dem davor. Die Kopie außerhalb der Datenbank zeigt, was dort stand."
            ),
        ),
    };
    flash.keep(&portal, &me).await?;
    Ok(see_other(Tab::Ledger.path()))
}

/// What to say of a whole chain and the copy beside it, which lacks so many of its entries.
fn compared(entries: i64, lag: &Result<i64, Trouble>) -> Flash {
    let chain = match entries {
        0 => "Noch steht nichts darin.".into(),
        1 => "Der eine Eintrag ist in Ordnung.".into(),
        n => format!("Alle {n} Einträge folgen lückenlos aufeinander."),
    };
    let differs = match lag {
        Ok(0) => {
            return Flash::ok(
                "Der Löschnachweis ist unverändert.",
                format!("{chain} Die Kopie außerhalb der Datenbank ist gleich."),
            );
        }
        Ok(lag) => {
            let lag = german::count(*lag, "neuer Eintrag fehlt", "neue Einträge fehlen");
            let copy = format!(
                "{chain} Die Kopie außerhalb der Datenbank stimmt mit ihnen überein; {lag} ihr noch bis zum nächsten Lauf."
            );
            return Flash::ok("Der Löschnachweis ist unverändert.", copy);
        }
        Err(Trouble::Behind(n)) => {
            format!("Sie hat {} mehr als die Datenbank.", german::count(*n, "Eintrag", "Einträge"))
        }
        Err(Trouble::Late(n)) => {
            let lag = german::count(*n, "Eintrag fehlt", "Einträge fehlen");
            format!("{lag} ihr seit über einer Stunde: Sie wird nicht mehr geschrieben.")
        }
        Err(Trouble::Differs(at)) => format!("Spätestens bei Eintrag {at} steht dort etwas anderes."),
        Err(Trouble::Database(_) | Trouble::File(_) | Trouble::Line(_) | Trouble::Broken(_)) => {
            "Sie ist selbst verändert worden oder nicht lesbar.".into()
        }
    };
    Flash::bad(
        "Die Kopie des Löschnachweises weicht ab.",
        format!("{chain} Die Kopie außerhalb der Datenbank stimmt nicht damit überein: {differs}"),
    )
}
