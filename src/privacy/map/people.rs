//! Of the data map: accounts, what belongs to them, and mails.

use super::Class::{Operational, Personal, Reference, Secret};
use super::Period::{After, Once, With};
use super::{Table, blanked, deleted, kept, stays};
use crate::policy::Figure;

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "account",
        label: "Konto",
        period: After(Figure::AccountDays, "dem Ende des Zugangs"),
        columns: &[
            blanked(Personal, &["email", "name"]),
            blanked(Secret, &["password_hash"]),
            stays(Reference, &["id"]),
            stays(Operational, &["created_at", "access_ended_at", "erased_at"]),
        ],
    },
    Table {
        name: "account_role",
        label: "Rollen eines Kontos",
        period: With("account"),
        columns: &[deleted(Reference, &["account_id", "granted_by"]), deleted(Operational, &["role", "granted_at"])],
    },
    Table {
        name: "session",
        label: "Angemeldete Geräte",
        period: After(Figure::SessionDays, "der Abmeldung oder dem Ablauf"),
        columns: &[
            deleted(Secret, &["token_hash"]),
            deleted(Personal, &["device", "flash"]),
            deleted(Reference, &["id", "account_id"]),
            deleted(Operational, &["created_at", "last_seen_at", "expires_at", "ended_at", "confirmed_at"]),
        ],
    },
    Table {
        name: "link",
        label: "Link zum Festlegen eines Passworts",
        period: After(Figure::LinkHours, "dem Ablauf"),
        columns: &[
            deleted(Secret, &["token_hash"]),
            deleted(Reference, &["id", "account_id"]),
            deleted(Operational, &["purpose", "created_at", "expires_at", "used_at"]),
        ],
    },
    Table {
        name: "address_change",
        label: "Neue E-Mail-Adresse vor ihrer Bestätigung",
        period: After(Figure::LinkHours, "dem Ablauf"),
        columns: &[
            deleted(Personal, &["email"]),
            deleted(Secret, &["token_hash"]),
            deleted(Reference, &["id", "account_id"]),
            deleted(Operational, &["created_at", "expires_at"]),
        ],
    },
    Table {
        name: "sign_in_failure",
        label: "Zähler fehlgeschlagener Anmeldungen",
        period: After(Figure::CounterHours, "dem Versuch"),
        columns: &[
            kept(
                Personal,
                "Schützt fremde Konten vor dem Erraten von Passwörtern; geht nach Stunden von selbst.",
                &["email_hash", "address"],
            ),
            deleted(Operational, &["id", "at"]),
        ],
    },
    Table {
        name: "audit",
        label: "Protokoll der Änderungen, nur Kennnummern",
        period: After(Figure::AuditMonths, "der Änderung"),
        columns: &[deleted(Reference, &["actor_id", "subject"]), deleted(Operational, &["id", "at", "action"])],
    },
    Table {
        name: "mail",
        label: "Mail",
        period: After(Figure::MailSentDays, "dem Versand"),
        columns: &[
            blanked(Personal, &["recipient", "subject", "body"]),
            stays(Reference, &["id", "account_id"]),
            stays(Operational, &["topic", "created_at", "due_at", "attempts", "sent_at", "failed_at", "scrubbed_at"]),
            stays(Operational, &["is_receipt"]),
        ],
    },
    Table {
        name: "mail_opt_out",
        label: "Abbestellte Mails",
        period: With("account"),
        columns: &[deleted(Reference, &["account_id"]), deleted(Operational, &["topic", "at"])],
    },
    Table {
        name: "mail_sign_off",
        label: "Link zum Abbestellen von Mails",
        period: After(Figure::LinkHours, "dem Ablauf"),
        columns: &[
            deleted(Secret, &["token_hash"]),
            deleted(Reference, &["account_id"]),
            deleted(Operational, &["topic", "created_at", "expires_at"]),
        ],
    },
    Table {
        name: "contact_message",
        label: "Nachricht über das Kontaktformular",
        period: After(Figure::ContactMonths, "der Antwort, sonst dem Eingang"),
        columns: &[
            kept(
                Personal,
                "Hat eine eigene Frist ab der Antwort; auf Wunsch geht sie mit allem anderen.",
                &["name", "email", "subject", "body"],
            ),
            deleted(Reference, &["id", "stamp", "assigned_to"]),
            deleted(Operational, &["received_at", "state", "answered_at", "version"]),
        ],
    },
    Table {
        name: "contact_reply",
        label: "Antwort auf eine Nachricht",
        period: With("contact_message"),
        columns: &[
            kept(Personal, "Gehört zu einer Nachricht, die noch da sein darf.", &["body"]),
            deleted(Reference, &["id", "message_id", "author_id"]),
            deleted(Operational, &["at"]),
        ],
    },
    Table {
        name: "data_request",
        label: "Wunsch nach einer Kopie oder nach Löschung",
        period: With("account"),
        columns: &[stays(Reference, &["id", "account_id"]), stays(Operational, &["wish", "requested_at", "done_at"])],
    },
    Table {
        name: "data_request_link",
        label: "Link, mit dem ein Wunsch bestätigt wird",
        period: After(Figure::LinkHours, "dem Ablauf"),
        columns: &[
            deleted(Secret, &["token_hash"]),
            deleted(Reference, &["account_id"]),
            deleted(Operational, &["wish", "created_at", "expires_at", "used_at"]),
        ],
    },
    Table {
        name: "legal_hold",
        label: "Rechtliche Sperre",
        period: With("account"),
        columns: &[
            deleted(Personal, &["reason"]),
            deleted(Reference, &["id", "account_id", "set_by", "confirmed_by", "lifted_by"]),
            deleted(Operational, &["set_at", "starts_on", "held_until", "confirmed_at", "lifted_at"]),
        ],
    },
    Table {
        name: "erasure_receipt",
        label: "Löschnachweis, der auf das Verschwinden der Dateien wartet",
        period: Once("sobald die Dateien der Person weg sind"),
        columns: &[
            kept(Personal, "Die Adresse, an die der Löschnachweis gleich geht.", &["recipient"]),
            deleted(Reference, &["erasure_id", "entry_id"]),
            deleted(Operational, &["kinds", "files", "by_wish", "is_whole", "erased_at"]),
        ],
    },
    Table {
        name: "data_copy",
        label: "Kopie der eigenen Daten",
        period: After(Figure::CopyDays, "der Fertigstellung"),
        columns: &[
            deleted(Reference, &["id", "account_id", "blob_id"]),
            deleted(Operational, &["requested_at", "held_until", "attempts", "done_bytes", "total_bytes"]),
            deleted(Operational, &["finished_at", "expires_at", "failed_at"]),
        ],
    },
    Table {
        name: "data_copy_link",
        label: "Link zur eigenen Kopie nach dem Ende des Zugangs",
        period: With("data_copy"),
        columns: &[
            deleted(Secret, &["token_hash"]),
            deleted(Reference, &["copy_id"]),
            deleted(Operational, &["created_at", "used_at"]),
        ],
    },
    Table {
        name: "data_copy_download",
        label: "Wann jemand die eigene Kopie geholt hat",
        period: With("data_copy"),
        columns: &[deleted(Reference, &["id", "copy_id"]), deleted(Operational, &["at"])],
    },
];
