//! Of the data map: campaigns, postings, plans, and the texts that the house writes.

use super::Class::{Operational, Reference};
use super::Period::{Lasting, With};
use super::{Table, deleted, stays};

/// A table that holds nothing of applicants or freelancers but, at most, who of staff wrote it.
const fn house(name: &'static str, label: &'static str, columns: &'static [super::Columns]) -> Table {
    Table { name, label, period: Lasting, columns }
}

pub(super) const TABLES: &[Table] = &[
    house(
        "campaign",
        "Kampagne",
        &[
            stays(Operational, &["id", "slug", "client", "name", "requirements", "channels", "zone", "horizon_weeks"]),
            stays(Operational, &["publication_time", "release_deadline_hours", "expected_hours_min"]),
            stays(Operational, &["expected_hours_max", "planner_contact", "created_at", "ended_at", "first_shifts"]),
        ],
    ),
    house(
        "opening_hours",
        "Öffnungszeiten",
        &[stays(Operational, &["campaign_id", "weekday", "opens_minute", "closes_minute"])],
    ),
    house(
        "opening_exception",
        "Ausnahme der Öffnungszeiten",
        &[stays(Operational, &["campaign_id", "day", "label", "opens_minute", "closes_minute"])],
    ),
    house(
        "pattern_row",
        "Wochenmuster",
        &[stays(Operational, &["id", "campaign_id", "weekday", "starts_minute", "ends_minute", "channel", "seats"])],
    ),
    house(
        "posting",
        "Stellenausschreibung",
        &[
            stays(Operational, &["campaign_id", "title", "summary", "tasks", "needs", "difficulty", "languages"]),
            stays(Operational, &["countries", "restriction", "starts_on", "created_at", "updated_at"]),
            stays(Operational, &["published_at", "closed_at"]),
        ],
    ),
    house(
        "question_set",
        "Fassung der Fragen einer Ausschreibung",
        &[stays(Reference, &["created_by"]), stays(Operational, &["id", "campaign_id", "version", "created_at"])],
    ),
    house(
        "question",
        "Frage einer Ausschreibung",
        &[
            stays(Operational, &["id", "set_id", "position", "kind", "wording", "hint", "required", "options"]),
            stays(Operational, &["must_be"]),
        ],
    ),
    house(
        "mail_text",
        "Text einer Mail, vom Haus bearbeitet",
        &[stays(Reference, &["updated_by"]), stays(Operational, &["key", "subject", "body", "version", "updated_at"])],
    ),
    house(
        "faq_entry",
        "Frage und Antwort der öffentlichen Seiten",
        &[
            stays(Reference, &["updated_by"]),
            stays(Operational, &["slug", "topic", "position", "question", "answer", "built_in", "updated_at"]),
        ],
    ),
    house("required_document", "Unterlage, die eine Kampagne braucht", &[stays(Operational, &["campaign_id", "kind"])]),
    house(
        "contract_version",
        "Fassung von Vertragsunterlagen",
        &[
            stays(Reference, &["created_by"]),
            stays(Operational, &["id", "campaign_id", "version", "title", "body", "created_at", "published_at"]),
            stays(Operational, &["confirm_by"]),
        ],
    ),
    house(
        "briefing_version",
        "Fassung der Datenschutz-Unterweisung",
        &[
            stays(Reference, &["created_by", "published_by"]),
            stays(Operational, &["id", "version", "title", "body", "created_at", "revision", "published_at"]),
            stays(Operational, &["confirm_by"]),
        ],
    ),
    house(
        "briefing_question",
        "Frage der Datenschutz-Unterweisung",
        &[stays(Operational, &["id", "version_id", "position", "wording", "answers", "right_answer", "explanation"])],
    ),
    house(
        "campaign_system",
        "System einer Kampagne",
        &[
            stays(Reference, &["created_by"]),
            stays(Operational, &["id", "campaign_id", "name", "contact", "created_at", "retired_at"]),
        ],
    ),
    house(
        "batch",
        "Schritt der Planung",
        &[
            stays(Reference, &["created_by"]),
            stays(Operational, &["id", "campaign_id", "week", "kind", "created_at", "undone_at"]),
        ],
    ),
    house("batch_shift", "Schicht eines Schritts", &[stays(Operational, &["batch_id", "shift_id", "before"])]),
    house(
        "publication",
        "Veröffentlichung eines Plans",
        &[stays(Reference, &["by_id"]), stays(Operational, &["id", "campaign_id", "due_on", "ran_at", "shifts"])],
    ),
    house(
        "help_call",
        "Bitte um Hilfe",
        &[stays(Reference, &["sent_by"]), stays(Operational, &["id", "campaign_id", "week", "sent_at", "recipients"])],
    ),
    house(
        "ending_plan",
        "Ende einer Kampagne",
        &[
            stays(Reference, &["created_by", "carried_out_by", "reversed_by"]),
            stays(Operational, &["id", "campaign_id", "target_id", "preparations", "qualifications", "reason"]),
            stays(Operational, &["created_at", "carried_out_at", "reversed_at"]),
        ],
    ),
    Table {
        name: "ending_step",
        label: "Was das Ende einer Kampagne für jemanden geändert hat",
        period: With("account"),
        columns: &[
            deleted(super::Class::Personal, &["decision_reason", "suspended_at"]),
            deleted(Reference, &["freelancer_id", "booking_id", "enrolment_id"]),
            deleted(Operational, &["id", "plan_id", "kind", "enrolment_state"]),
        ],
    },
];
