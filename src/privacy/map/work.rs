//! Of the data map: shifts, bookings, trainings and first shifts.

use super::Class::{Operational, Personal, Reference};
use super::Period::{After, Lasting, With};
use super::{Table, blanked, deleted, stays};
use crate::policy::Figure;

/// From when on results count.
const ACCESS_ENDED: &str = "dem Ende des Zugangs";

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "booking",
        label: "Gebuchte Schicht, nach dem Ende des Kontos ohne Namen",
        period: After(Figure::BookingYears, "dem Ende des Jahres der Schicht"),
        columns: &[
            // Written over with the account, gone with the row.
            blanked(Personal, &["release_reason"]),
            deleted(Reference, &["id", "shift_id", "freelancer_id", "training_day_id", "mentor_booking_id"]),
            deleted(Reference, &["released_by"]),
            deleted(Operational, &["during", "booked_at", "released_at", "release_kind", "kind", "alone_since"]),
        ],
    },
    Table {
        name: "kept_booking",
        label: "Buchung, die nach dem Ende des Zugangs bewusst blieb",
        period: With("account"),
        columns: &[
            deleted(Personal, &["reason"]),
            deleted(Reference, &["booking_id", "kept_by"]),
            deleted(Operational, &["kept_at"]),
        ],
    },
    Table {
        name: "enrolment",
        label: "Anmeldung zu einer Schulung und ihr Ergebnis",
        period: After(Figure::AccountDays, ACCESS_ENDED),
        columns: &[
            deleted(Personal, &["state", "word"]),
            deleted(Reference, &["id", "date_id", "course_id", "freelancer_id", "result_by"]),
            deleted(Operational, &["joined_at", "offered_until", "enrolled_at", "ended_at", "reminded_at"]),
            deleted(Operational, &["result_at", "sequence"]),
        ],
    },
    Table {
        name: "attended_day",
        label: "Tag, an dem jemand an der Schulung teilgenommen hat",
        period: With("enrolment"),
        columns: &[deleted(Reference, &["enrolment_id", "day_id", "noted_by"]), deleted(Operational, &["noted_at"])],
    },
    Table {
        name: "training_result",
        label: "Bestandene Schulung",
        period: With("account"),
        columns: &[deleted(Reference, &["freelancer_id", "campaign_id"]), deleted(Operational, &["passed_at"])],
    },
    Table {
        name: "sign_off",
        label: "Worte zu einer ersten Schicht",
        period: After(Figure::AccountDays, ACCESS_ENDED),
        columns: &[
            deleted(Personal, &["result", "word"]),
            deleted(Reference, &["booking_id", "freelancer_id", "campaign_id", "signed_by"]),
            deleted(Operational, &["signed_at"]),
        ],
    },
    Table {
        name: "mentor",
        label: "Pat*in einer Kampagne",
        period: With("account"),
        columns: &[
            deleted(Reference, &["freelancer_id", "campaign_id", "confirmed_by"]),
            deleted(Operational, &["offered_at", "confirmed_at", "withdrawn_at"]),
        ],
    },
    Table {
        name: "shift",
        label: "Schicht",
        period: Lasting,
        columns: &[stays(
            Operational,
            &[
                "id",
                "campaign_id",
                "channel",
                "week",
                "starts_at",
                "ends_at",
                "during",
                "seats",
                "booked",
                "published_at",
                "withdrawn_at",
                "created_at",
            ],
        )],
    },
    Table {
        name: "course",
        label: "Schulung",
        period: Lasting,
        columns: &[stays(Operational, &["id", "campaign_id", "title", "description", "created_at", "retired_at"])],
    },
    Table {
        name: "course_material",
        label: "Material einer Schulung",
        period: Lasting,
        columns: &[stays(Operational, &["id", "course_id", "title", "link", "blob_id", "created_at"])],
    },
    Table {
        name: "training_date",
        label: "Schulungstermin",
        period: Lasting,
        columns: &[
            stays(Reference, &["trainer_id"]),
            stays(
                Operational,
                &[
                    "id",
                    "course_id",
                    "place",
                    "seats",
                    "taken",
                    "leave_until",
                    "created_at",
                    "cancelled_at",
                    "cancellation",
                ],
            ),
        ],
    },
    Table {
        name: "training_day",
        label: "Tag eines Schulungstermins",
        period: Lasting,
        columns: &[stays(Operational, &["id", "date_id", "starts_at", "ends_at", "during"])],
    },
    Table {
        name: "erased_count",
        label: "Zahlen, die von Gelöschtem bleiben",
        period: Lasting,
        columns: &[stays(Operational, &["campaign_id", "year", "what", "n"])],
    },
];
