//! Of the data map: applications and what hangs on them, files, and the public pages' texts.

use super::Class::{Operational, Personal, Reference, Secret};
use super::Period::{After, Once, With};
use super::{Table, deleted};
use crate::policy::Figure;

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "applicant",
        label: "Profil aus der Bewerbung",
        period: Once("mit der letzten Bewerbung der Person"),
        columns: &[
            deleted(Personal, &["phone", "place", "country", "languages", "trade", "other_clients", "experience"]),
            deleted(Personal, &["has_windows", "has_headset", "has_lan", "has_line", "has_room"]),
            deleted(Reference, &["id"]),
            deleted(Operational, &["confirmed_at", "created_at", "updated_at"]),
        ],
    },
    Table {
        name: "application",
        label: "Bewerbung",
        period: After(Figure::ErasureMonths, "dem Tag des Absendens"),
        columns: &[
            deleted(Personal, &["state", "refusal"]),
            deleted(Reference, &["id", "applicant_id", "campaign_id", "question_set_id", "decided_by"]),
            deleted(Operational, &["created_at", "edited_at", "submitted_at", "submitted_on", "introduced_at"]),
            deleted(Operational, &["review_started_at", "due_on", "decided_at", "offered_at", "withdrawn_at"]),
        ],
    },
    Table {
        name: "applicant_link",
        label: "Persönlicher Link aus einer Mail",
        period: After(Figure::LinkHours, "dem Ablauf"),
        columns: &[
            deleted(Secret, &["token_hash"]),
            deleted(Reference, &["id", "applicant_id", "application_id"]),
            deleted(Operational, &["page", "created_at", "expires_at", "used_at"]),
        ],
    },
    Table {
        name: "answer",
        label: "Antwort auf eine Frage der Bewerbung",
        period: With("application"),
        columns: &[deleted(Personal, &["value"]), deleted(Reference, &["application_id", "question_id"])],
    },
    Table {
        name: "introduction",
        label: "Vorstellung als Video, Ton oder Text",
        period: Once("mit der Absage, dem Rückzug oder der Bewerbung"),
        columns: &[
            deleted(Personal, &["kind", "body", "length_ms"]),
            deleted(Reference, &["application_id", "blob_id"]),
            deleted(Operational, &["sent_at"]),
        ],
    },
    Table {
        name: "note",
        label: "Notiz zu einer Bewerbung",
        period: With("application"),
        columns: &[
            deleted(Personal, &["body"]),
            deleted(Reference, &["id", "application_id", "author_id"]),
            deleted(Operational, &["at"]),
        ],
    },
    Table {
        name: "opinion",
        label: "Einschätzung einer Bewerbung",
        period: With("application"),
        columns: &[
            deleted(Personal, &["service", "language", "clarity", "equipment", "overall", "body"]),
            deleted(Reference, &["application_id", "author_id"]),
            deleted(Operational, &["at"]),
        ],
    },
    Table {
        name: "application_step",
        label: "Verlauf einer Bewerbung",
        period: With("application"),
        columns: &[deleted(Reference, &["application_id", "actor_id"]), deleted(Operational, &["id", "at", "kind"])],
    },
    Table {
        name: "equipment_check",
        label: "Ergebnis des Technik-Checks",
        period: With("application"),
        columns: &[
            deleted(Personal, &["down_kbit", "up_kbit", "latency_ms", "jitter_ms", "microphone", "camera", "system"]),
            deleted(Reference, &["id", "application_id"]),
            deleted(Operational, &["at"]),
        ],
    },
    Table {
        name: "interview",
        label: "Kennenlerngespräch",
        period: With("application"),
        columns: &[
            deleted(Reference, &["id", "slot_id", "application_id"]),
            deleted(Operational, &["chosen_at", "reminded_at", "ended_at", "ending", "told_at", "sequence"]),
        ],
    },
    Table {
        name: "interview_slot",
        label: "Angebotener Termin für ein Gespräch",
        period: Once("nach seinem Tag, sobald keine Bewerbung mehr zu ihm gehört"),
        columns: &[
            deleted(Reference, &["id", "interviewer_id", "campaign_id", "created_by"]),
            deleted(Operational, &["starts_at", "ends_at", "place", "created_at", "cancelled_at", "cancellation"]),
        ],
    },
    Table {
        name: "view_log",
        label: "Protokoll, wer eine Vorstellung angesehen hat, nur Kennnummern",
        period: After(Figure::ViewLogMonths, "der Ansicht"),
        columns: &[deleted(Reference, &["viewer_id", "application_id"]), deleted(Operational, &["id", "at"])],
    },
    Table {
        name: "consent",
        label: "Einwilligung in längeres Aufbewahren",
        period: With("application"),
        columns: &[
            deleted(Reference, &["id", "application_id"]),
            deleted(Operational, &["text_version", "granted_at", "withdrawn_at"]),
            deleted(Operational, &["ends_on", "renewed_at", "reminded_at"]),
        ],
    },
    Table {
        name: "consent_link",
        label: "Link, mit dem eine Einwilligung zurückgenommen wird",
        period: After(Figure::LinkHours, "dem Ablauf"),
        columns: &[
            deleted(Secret, &["token_hash"]),
            deleted(Reference, &["consent_id"]),
            deleted(Operational, &["created_at", "expires_at"]),
        ],
    },
    Table {
        name: "blob",
        label: "Datei im Speicher, ohne Namen",
        period: Once("mit dem, wozu die Datei gehört"),
        columns: &[
            deleted(Reference, &["id", "key_id", "doomed_with"]),
            deleted(Operational, &["state", "media_type", "bytes", "created_at", "doomed_at", "attempts"]),
        ],
    },
    Table {
        name: "file_key",
        label: "Kennnummer des Schlüssels, mit dem die Dateien einer Person verschlossen sind",
        period: Once("mit der letzten Datei der Person, spätestens mit der Person"),
        columns: &[
            deleted(Reference, &["id", "person_id"]),
            deleted(Operational, &["master", "created_at", "doomed_at", "forgotten_at"]),
        ],
    },
    Table {
        name: "upload",
        label: "Hochladen, das noch läuft",
        period: Once("24 Stunden nach dem letzten Stück"),
        columns: &[
            deleted(Reference, &["id", "account_id", "subject"]),
            deleted(Operational, &["length", "received", "length_ms", "created_at", "expires_at", "completed_at"]),
        ],
    },
    Table {
        name: "upload_part",
        label: "Stück einer Datei, die noch hochgeladen wird",
        period: With("upload"),
        columns: &[deleted(Reference, &["upload_id", "blob_id"]), deleted(Operational, &["position", "length"])],
    },
];
