//! Of the data map: what keeps the portal itself going.

use super::Class::{Operational, Reference, Secret};
use super::Period::{After, Lasting, Once};
use super::{Table, deleted, kept, stays};
use crate::policy::Figure;

const fn portal(name: &'static str, label: &'static str, columns: &'static [super::Columns]) -> Table {
    Table { name, label, period: Lasting, columns }
}

pub(super) const TABLES: &[Table] = &[
    portal(
        "policy_figure",
        "Richtwerte und Fristen mit ihrer Geschichte",
        &[stays(Reference, &["noted_by"]), stays(Operational, &["id", "figure", "valid_from", "value", "noted_at"])],
    ),
    portal(
        "contact_key",
        "Schlüssel des Kontaktformulars",
        &[kept(Secret, "Ein Schlüssel des Portals; er gehört niemandem.", &["key"]), stays(Operational, &["single"])],
    ),
    portal(
        "recount",
        "Nächtliche Nachzählung der Plätze",
        &[stays(Operational, &["business_date", "ran_at", "shifts", "differences"])],
    ),
    portal(
        "file_comparison",
        "Wöchentlicher Abgleich von Ablage und Datenbank",
        &[stays(Operational, &["week", "began_at", "finished_at", "deleted", "spared", "missing"])],
    ),
    portal(
        "training_recount",
        "Nächtliche Nachzählung der Schulungsplätze",
        &[stays(Operational, &["business_date", "ran_at", "dates", "differences"])],
    ),
    portal("fee_number", "Nummer der letzten Zeile des Buchs", &[stays(Operational, &["single", "last"])]),
    portal("fee_run", "Abgerechneter Monat", &[stays(Operational, &["month", "ran_at", "charged"])]),
    portal("demo", "Vermerk der Beispieldaten", &[stays(Operational, &["single", "loaded_at", "today"])]),
    portal(
        "erasure_entry",
        "Nachweis der Löschungen, nur Kennnummern",
        &[
            stays(Reference, &["id", "subject"]),
            stays(Operational, &["position", "kind", "rule", "policy", "files", "erased_at", "previous", "hash"]),
        ],
    ),
    portal(
        "erasure_run",
        "Lauf der nächtlichen Löschung",
        &[
            stays(Operational, &["business_date", "started_at", "finished_at", "erased", "failed"]),
            stays(Operational, &["accounts", "leftovers"]),
        ],
    ),
    portal(
        "ledger_check",
        "Letzte Prüfung des Löschnachweises",
        &[stays(Operational, &["one", "at", "state", "position"])],
    ),
    Table {
        name: "erasure_unchecked",
        label: "Wonach die Nachsuche noch sucht, versiegelt",
        period: Once("die Nachsuche fertig ist, meist nach Minuten"),
        columns: &[
            deleted(Reference, &["subject"]),
            deleted(Secret, &["traces"]),
            deleted(Operational, &["erased_at"]),
        ],
    },
    Table {
        name: "erasure_failure",
        label: "Gescheiterte Löschung, nur Kennnummern",
        period: After(Figure::AuditMonths, "dem Fehlschlag"),
        columns: &[deleted(Reference, &["applicant_id"]), deleted(Operational, &["id", "at", "sqlstate"])],
    },
    portal(
        "erasure_leftover",
        "Fund der Nachsuche, nur Kennnummern",
        &[
            stays(Reference, &["subject", "cleared_by"]),
            stays(Operational, &["id", "at", "place", "n", "cleared_at", "note"]),
        ],
    ),
    portal(
        "erasure_brake",
        "Stillstand der nächtlichen Löschung",
        &[stays(Operational, &["one", "at", "reason", "due", "live"])],
    ),
];
