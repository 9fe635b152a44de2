//! The privacy notice: every period in it comes from the policy, so that it cannot contradict what the portal does.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;

use crate::clock::{Zone, german};
use crate::policy::{self, Figure, Policy};
use crate::portal::Portal;
use crate::web::viewer::Now;
use crate::web::{Answer, Audience, Layout, Page, Routes, filters};

/// From when on what is kept beyond an account counts.
const YEAR_OF_END: &str = "Ende des Jahres, in dem der Zugang endet";

/// The route of the notice.
pub fn routes() -> Routes {
    Routes::default().get("/datenschutz", Audience::Public, show)
}

#[derive(Template, WebTemplate)]
#[template(path = "site/privacy_notice.html")]
struct NoticePage {
    layout: Layout,
    policy: Policy,
    /// The day on which these periods hold.
    day: String,
    /// Captions and their periods.
    tables: [(&'static str, Vec<Period>); 2],
}

/// A line of the table: what, from when on it counts, how long it stays.
struct Period {
    what: &'static str,
    since: &'static str,
    kept: String,
}

impl NoticePage {
    /// `6 Monaten`, after „nach“ or „innerhalb von“.
    fn after(&self, figure: Figure) -> String {
        self.policy.said_dative(figure)
    }
}

impl Period {
    /// A period of the policy.
    fn of(policy: &Policy, what: &'static str, since: &'static str, figure: Figure) -> Self {
        Self { what, since, kept: policy.said(figure) }
    }

    /// The periods of people who apply.
    fn of_applicants(policy: &Policy) -> Vec<Self> {
        let kept = |what, since, figure| Self::of(policy, what, since, figure);
        vec![
            kept("Begonnene Bewerbung, unbestätigte E-Mail-Adresse", "letzte Änderung", Figure::DraftDays),
            kept(
                "Abgeschickte Bewerbung: Formular, Antworten, Vorstellung, Kennenlerngespräch, Notizen, Entscheidung",
                "Tag des Absendens",
                Figure::ErasureMonths,
            ),
            kept("Dieselbe mit deiner Einwilligung", "Tag der Einwilligung", Figure::ConsentMonths),
            Self {
                what: "Vorstellung als Video, Ton oder Text",
                since: "Absage oder Rückzug",
                kept: "wird sofort gelöscht, bei einer rechtlichen Auseinandersetzung erst danach".into(),
            },
            kept("Protokoll, wer eine Vorstellung angesehen hat (nur Kennnummern)", "Ansicht", Figure::ViewLogMonths),
        ]
    }

    /// The periods of freelancers and of everybody who visits or signs in.
    fn of_others(policy: &Policy) -> Vec<Self> {
        let kept = |what, since, figure| Self::of(policy, what, since, figure);
        vec![
            kept("Nachricht über das Kontaktformular", "Antwort, sonst Eingang", Figure::ContactMonths),
            kept("Konto, Profil und Unterlagen von Freelancer*innen", "Ende des Zugangs", Figure::AccountDays),
            kept(
                "Datei einer Unterlage, die du durch eine neue ersetzt hast",
                "Ersetzen",
                Figure::ReplacedDocumentDays,
            ),
            kept("Protokoll, wer eine Unterlage angesehen hat (nur Kennnummern)", "Ansicht", Figure::ViewLogMonths),
            kept("Bestätigung von Vertragsunterlagen, mit Namen", YEAR_OF_END, Figure::ContractYears),
            kept("Ergebnis der Datenschutz-Unterweisung, ohne Bezug zu dir", YEAR_OF_END, Figure::BriefingYears),
            kept(
                "Nutzungsbeiträge mit Name und Anschrift, nur für die Buchhaltung",
                "Ende des Jahres",
                Figure::FeeYears,
            ),
            kept("Gebuchte Schichten, nach dem Ende des Zugangs ohne Namen", "Ende des Jahres", Figure::BookingYears),
            kept("Empfänger und Text einer Mail", "Versand", Figure::MailSentDays),
            kept("Empfänger und Text einer Mail, die nicht ankam", "letzter Versuch", Figure::MailFailedDays),
            kept("Kopie deiner Daten, die du angefordert hast", "Fertigstellung", Figure::CopyDays),
            kept("Angemeldete Geräte", "Abmeldung oder Ablauf", Figure::SessionDays),
            kept("Persönlicher Link aus einer Mail", "Ablauf", Figure::LinkHours),
            kept("Zähler fehlgeschlagener Anmeldungen mit Internetadresse", "Versuch", Figure::CounterHours),
            kept("Protokoll der Änderungen (nur Kennnummern)", "Änderung", Figure::AuditMonths),
            kept("Logdateien des Servers, ohne Namen und Adressen", "Eintrag", Figure::LogDays),
            kept("Sicherungskopien", "Erstellung", Figure::BackupDays),
        ]
    }
}

/// `GET /datenschutz`
async fn show(State(portal): State<Portal>, page: Page, Now(now): Now) -> Answer {
    let today = Zone::berlin().date(now);
    let policy = policy::load(&portal.db, today).await?;
    let layout = page.layout("Datenschutz");
    let tables = [("Bewerbungen", Period::of_applicants(&policy)), ("Alles andere", Period::of_others(&policy))];
    Ok(NoticePage { layout, policy, day: german::date(today), tables }.into_response())
}
