//! Of the data map: freelancers, what they bring, and how they get ready.

use super::Class::{Operational, Personal, Reference};
use super::Period::{After, With};
use super::{Table, blanked, deleted, kept, stays};
use crate::policy::Figure;

/// From when on most of a freelancer's data counts.
const ACCESS_ENDED: &str = "dem Ende des Zugangs";
/// The same, to the end of its year.
const YEAR_OF_END: &str = "dem Ende des Jahres, in dem der Zugang endet";

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "freelancer",
        label: "Freelancer*in",
        period: With("account"),
        columns: &[stays(Reference, &["id"]), stays(Operational, &["joined_at"])],
    },
    Table {
        name: "profile",
        label: "Profil, Anschrift und Steuerdaten",
        period: With("account"),
        columns: &[
            deleted(Personal, &["street", "postcode", "city", "country", "phone"]),
            deleted(Personal, &["vat_id", "business_id", "foreign_registration"]),
            deleted(Personal, &["has_windows", "has_headset", "has_lan_cable", "has_line", "has_room"]),
            deleted(Personal, &["is_employed", "other_clients"]),
            deleted(Reference, &["freelancer_id"]),
            deleted(Operational, &["saved_at"]),
        ],
    },
    Table {
        name: "document",
        label: "Unterlage: Datei und Vermerk der Prüfung; eine ersetzte Datei geht früher",
        period: With("account"),
        columns: &[
            blanked(Personal, &["refusal"]),
            blanked(Reference, &["blob_id", "decided_by"]),
            // Of the review remains: kind, date, valid until (privacy.md).
            stays(Reference, &["id", "freelancer_id"]),
            stays(
                Operational,
                &["kind", "state", "submitted_at", "decided_at", "valid_until", "replaced_at", "reminded"],
            ),
        ],
    },
    Table {
        name: "document_view",
        label: "Protokoll, wer eine Unterlage angesehen hat, nur Kennnummern",
        period: After(Figure::ViewLogMonths, "der Ansicht"),
        columns: &[deleted(Reference, &["viewer_id", "document_id"]), deleted(Operational, &["id", "at"])],
    },
    Table {
        name: "contract_confirmation",
        label: "Bestätigung von Vertragsunterlagen",
        period: After(Figure::ContractYears, YEAR_OF_END),
        columns: &[
            kept(
                Personal,
                "Beweist den Vertrag: sechs Jahre nach § 257 Handelsgesetzbuch, nur mit dem Namen.",
                &["name"],
            ),
            deleted(Reference, &["version_id", "freelancer_id"]),
            deleted(Operational, &["confirmed_at"]),
        ],
    },
    Table {
        name: "briefing_answer",
        label: "Richtig beantwortete Frage der Unterweisung",
        period: With("account"),
        columns: &[deleted(Reference, &["question_id", "freelancer_id"]), deleted(Operational, &["answered_at"])],
    },
    Table {
        name: "briefing_confirmation",
        label: "Ergebnis der Datenschutz-Unterweisung, nach dem Ende des Zugangs ohne Bezug zur Person",
        period: After(Figure::BriefingYears, YEAR_OF_END),
        columns: &[
            blanked(Reference, &["freelancer_id"]),
            deleted(Reference, &["id", "version_id"]),
            deleted(Operational, &["confirmed_at", "access_ended_year"]),
        ],
    },
    Table {
        name: "briefing_reminder",
        label: "Erinnerung an eine Unterweisung",
        period: With("account"),
        columns: &[deleted(Reference, &["version_id", "freelancer_id"]), deleted(Operational, &["reminded_at"])],
    },
    Table {
        name: "preparation",
        label: "Vorbereitung auf eine Kampagne",
        period: With("account"),
        columns: &[
            deleted(Reference, &["freelancer_id", "campaign_id"]),
            deleted(Operational, &["began_at", "ended_at"]),
        ],
    },
    Table {
        name: "freelancer_event",
        label: "Verlauf einer Freelancer*in",
        period: After(Figure::AccountDays, ACCESS_ENDED),
        columns: &[
            deleted(Personal, &["event", "note"]),
            deleted(Reference, &["freelancer_id", "campaign_id", "actor_id"]),
            deleted(Operational, &["id", "at"]),
        ],
    },
    Table {
        name: "qualification",
        label: "Einsatzbereit für eine Kampagne",
        period: After(Figure::AccountDays, ACCESS_ENDED),
        columns: &[
            deleted(Personal, &["reason", "decision_reason", "suspended_at", "barred_from"]),
            deleted(Reference, &["freelancer_id", "campaign_id", "granted_by"]),
            deleted(Operational, &["granted_at", "ended_at", "valid_until"]),
        ],
    },
    Table {
        name: "bar",
        label: "Grund, aus dem neue Buchungen ruhen",
        period: With("qualification"),
        columns: &[deleted(Reference, &["freelancer_id", "campaign_id"]), deleted(Operational, &["cause", "from_at"])],
    },
    Table {
        name: "objection",
        label: "Einwand gegen eine Entscheidung",
        period: With("qualification"),
        columns: &[
            deleted(Personal, &["words", "answer"]),
            deleted(Reference, &["id", "freelancer_id", "campaign_id", "answered_by"]),
            deleted(Operational, &["decided_at", "raised_at", "answered_at"]),
        ],
    },
    Table {
        name: "system_access",
        label: "Zugang zu einem System einer Kampagne",
        period: After(Figure::AccountDays, ACCESS_ENDED),
        columns: &[
            deleted(Reference, &["system_id", "freelancer_id", "set_up_by"]),
            deleted(Operational, &["set_up_at"]),
        ],
    },
    Table {
        name: "fee",
        label: "Buch der Nutzungsbeiträge",
        period: After(Figure::FeeYears, "dem Ende des Jahres"),
        columns: &[
            kept(
                Personal,
                "Buchungsbelege: acht Jahre nach § 147 Abgabenordnung, mit Name und Anschrift.",
                &["debtor_name", "debtor_address", "reason"],
            ),
            deleted(Reference, &["freelancer_id", "noted_by"]),
            deleted(Operational, &["number", "kind", "month", "cents", "noted_at", "stamp"]),
        ],
    },
];
