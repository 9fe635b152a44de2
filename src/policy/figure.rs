//! The figures themselves: what each is called, its unit, the value it has until somebody notes another, its bounds.

use super::german;

/// Where a figure stands in the list that staff see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// What the FAQ and the postings say.
    Promise,
    /// How long data is kept (privacy.md).
    Period,
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Cents,
    Kbit,
    /// A version of Windows.
    Version,
    Megabytes,
    Minutes,
    Hours,
    Days,
    /// Calendar months.
    Months,
    Years,
}

impl Unit {
    /// A value as it is said alone or after „für“, „bis zu“: `2,90 €`, `16.000 kbit/s`, `6 Monate`, `1 Tag`.
    pub fn said(self, value: i32) -> String {
        let one = value == 1;
        let noun = match self {
            Self::Cents => return german::euros(value),
            Self::Version => return format!("Windows {value}"),
            Self::Kbit => "kbit/s",
            Self::Megabytes => "MB",
            Self::Minutes if one => "Minute",
            Self::Minutes => "Minuten",
            Self::Hours if one => "Stunde",
            Self::Hours => "Stunden",
            Self::Days if one => "Tag",
            Self::Days => "Tage",
            Self::Months if one => "Monat",
            Self::Months => "Monate",
            Self::Years if one => "Jahr",
            Self::Years => "Jahre",
        };
        format!("{} {noun}", german::grouped(value))
    }

    /// The same in the dative, as „nach“, „vor“, „von“, „innerhalb von“ need it: `6 Monaten`, `30 Tagen`, `8 Jahren`.
    pub fn said_dative(self, value: i32) -> String {
        let said = self.said(value);
        let plural = value != 1 && matches!(self, Self::Days | Self::Months | Self::Years);
        if plural { said + "n" } else { said }
    }

    /// The unit beside a field in which the bare number is typed.
    pub fn label(self) -> &'static str {
        match self {
            Self::Cents => "Euro",
            Self::Kbit => "kbit/s",
            Self::Version => "Version",
            Self::Megabytes => "MB",
            Self::Minutes => "Minuten",
            Self::Hours => "Stunden",
            Self::Days => "Tage",
            Self::Months => "Monate",
            Self::Years => "Jahre",
        }
    }
}

macro_rules! figures {
    ($($(#[$doc:meta])+ $name:ident $key:literal: $group:ident, $unit:ident, $value:literal in $least:literal to $most:literal, $label:literal;)+) => {
        /// A figure of the FAQ or a period of privacy.md.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Figure {
            $($(#[$doc])+ $name,)+
        }

        impl Figure {
            /// All figures, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its name in the database, in addresses, and as a placeholder of texts.
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)+ }
            }

            /// Where it stands in the list.
            pub fn group(self) -> Group {
                match self { $(Self::$name => Group::$group,)+ }
            }

            /// What it counts.
            pub fn unit(self) -> Unit {
                match self { $(Self::$name => Unit::$unit,)+ }
            }

            /// Its value as long as nobody has noted another.
            pub fn built_in(self) -> i32 {
                match self { $(Self::$name => $value,)+ }
            }

            /// The values that may be noted. A period that people were promised can be made shorter, never longer.
            pub fn bounds(self) -> std::ops::RangeInclusive<i32> {
                match self { $(Self::$name => $least..=$most,)+ }
            }

            /// What it is called in German.
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)+ }
            }
        }
    };
}

figures! {
    /// The monthly fee for the collaboration systems (FAQ fact 7).
    FeeCents "fee_cents": Promise, Cents, 290 in 0 to 10_000, "Nutzungsbeitrag im Monat";
    /// The line that one needs, net (FAQ facts 2, 3).
    LineKbit "line_kbit": Promise, Kbit, 16_000 in 1_000 to 1_000_000, "Leitung, mindestens";
    /// The oldest version of Windows (FAQ fact 3).
    WindowsVersion "windows_version": Promise, Version, 8 in 7 to 99, "Betriebssystem, mindestens";
    /// From acceptance to the training's start at the earliest: "a few days" (FAQ fact 8).
    TrainingStartDaysMin "training_start_days_min": Promise, Days, 3 in 0 to 90, "Schulungsbeginn nach der Zusage, frühestens";
    /// And at the latest: "sometimes 2–3 weeks" (FAQ fact 8).
    TrainingStartDaysMax "training_start_days_max": Promise, Days, 21 in 1 to 90, "Schulungsbeginn nach der Zusage, spätestens";
    /// How long a freed seat of a training is kept for the first on the waiting list.
    TrainingOfferHours "training_offer_hours": Promise, Hours, 24 in 1 to 168, "Freier Schulungsplatz wird angeboten für";
    /// The longest recording of an introduction.
    IntroductionMinutes "introduction_minutes": Promise, Minutes, 3 in 1 to 15, "Vorstellung, höchstens";
    /// The largest file of an introduction; a megabyte of 1,048,576 bytes.
    UploadMegabytes "upload_megabytes": Promise, Megabytes, 200 in 1 to 200, "Datei der Vorstellung, höchstens";
    /// An expired paper bars new bookings only after so many days (product.md part 3).
    PaperGraceDays "paper_grace_days": Promise, Days, 14 in 0 to 90, "Abgelaufene Unterlage: neue Buchungen noch möglich";
    /// A dossier, from the local day of its submission on (FAQ fact 9).
    ErasureMonths "erasure_months": Period, Months, 6 in 1 to 6, "Bewerbung, ab dem Absenden";
    /// A dossier whose applicant consented to longer keeping, from the consent on (privacy.md).
    ConsentMonths "consent_months": Period, Months, 12 in 1 to 12, "Bewerbung mit Einwilligung, ab der Einwilligung";
    /// A draft or an unconfirmed address, from the last edit on (privacy.md).
    DraftDays "draft_days": Period, Days, 30 in 1 to 30, "Entwurf, ab der letzten Änderung";
    /// A wish for erasure is carried out within this time: "a few days" (FAQ fact 9).
    DeletionRequestHours "deletion_request_hours": Period, Hours, 72 in 1 to 72, "Löschung auf Wunsch, spätestens nach";
    /// Who looked at which recording, by ids (privacy.md).
    ViewLogMonths "view_log_months": Period, Months, 24 in 1 to 24, "Protokoll der Ansichten";
    /// A visitor's message, from the answer on, else from its receipt (privacy.md).
    ContactMonths "contact_months": Period, Months, 6 in 1 to 6, "Nachricht über das Kontaktformular, ab der Antwort";
    /// Recipient and text of a mail, from sending on (privacy.md).
    MailSentDays "mail_sent_days": Period, Days, 7 in 1 to 7, "Empfänger und Text einer Mail, ab dem Versand";
    /// The same of a mail that could not be delivered (privacy.md).
    MailFailedDays "mail_failed_days": Period, Days, 30 in 1 to 30, "Empfänger und Text einer Mail, die nicht ankam";
    /// A session, from its end on (privacy.md).
    SessionDays "session_days": Period, Days, 7 in 1 to 7, "Sitzung, ab ihrem Ende";
    /// A link of a mail, from its expiry on (privacy.md).
    LinkHours "link_hours": Period, Hours, 24 in 1 to 24, "Link aus einer Mail, ab seinem Ablauf";
    /// Counters of failed sign-ins (privacy.md).
    CounterHours "counter_hours": Period, Hours, 24 in 1 to 24, "Zähler fehlgeschlagener Anmeldungen";
    /// The log of actions, by ids (privacy.md).
    AuditMonths "audit_months": Period, Months, 24 in 1 to 24, "Protokoll der Änderungen";
    /// The server's log files (privacy.md).
    LogDays "log_days": Period, Days, 14 in 1 to 14, "Logdateien des Servers";
    /// Backups (privacy.md).
    BackupDays "backup_days": Period, Days, 30 in 1 to 30, "Sicherungskopien";
    /// A freelancer's account and profile, from the end of access on (privacy.md).
    AccountDays "account_days": Period, Days, 90 in 1 to 90, "Konto, ab dem Ende des Zugangs";
    /// The file of a paper that another one replaced (privacy.md).
    ReplacedDocumentDays "replaced_document_days": Period, Days, 30 in 1 to 30, "Ersetzte Unterlage, ab dem Ersetzen";
    /// The copy of one's own data, from its completion on (privacy.md).
    CopyDays "copy_days": Period, Days, 7 in 1 to 7, "Kopie der eigenen Daten, ab der Fertigstellung";
    /// Bookings, from the end of the shift's year on (privacy.md).
    BookingYears "booking_years": Period, Years, 3 in 1 to 3, "Gebuchte Schichten, ab dem Ende ihres Jahres";
    /// Confirmed contract papers, from the end of the year in which access ended on (privacy.md).
    ContractYears "contract_years": Period, Years, 6 in 6 to 10, "Bestätigte Vertragsunterlagen, ab dem Ende des Jahres, in dem der Zugang endet";
    /// Results of the privacy briefing, under a random id, from the end of the year in which access ended on (privacy.md).
    BriefingYears "briefing_years": Period, Years, 3 in 1 to 3, "Ergebnis der Unterweisung, ab dem Ende des Jahres, in dem der Zugang endet";
    /// Rows of the fee ledger, from the end of their year on (privacy.md).
    FeeYears "fee_years": Period, Years, 8 in 8 to 10, "Buch der Nutzungsbeiträge, ab dem Ende des Jahres";
}

impl Figure {
    /// The figure of this key.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|figure| figure.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_and_values_lie_within_their_bounds() {
        for figure in Figure::ALL.iter().copied() {
            assert_eq!(Figure::of_key(figure.key()), Some(figure));
            assert!(figure.bounds().contains(&figure.built_in()), "{figure:?}");
            assert!(*figure.bounds().start() >= 0, "{figure:?}: the schema takes no negative value");
        }
    }

    #[test]
    fn values_are_said_in_german() {
        for (unit, value, said, dative) in [
            (Unit::Cents, 290, "2,90 €", "2,90 €"),
            (Unit::Kbit, 16_000, "16.000 kbit/s", "16.000 kbit/s"),
            (Unit::Version, 8, "Windows 8", "Windows 8"),
            (Unit::Months, 6, "6 Monate", "6 Monaten"),
            (Unit::Months, 1, "1 Monat", "1 Monat"),
            (Unit::Days, 30, "30 Tage", "30 Tagen"),
            (Unit::Hours, 72, "72 Stunden", "72 Stunden"),
            (Unit::Years, 3, "3 Jahre", "3 Jahren"),
            (Unit::Minutes, 3, "3 Minuten", "3 Minuten"),
            (Unit::Megabytes, 200, "200 MB", "200 MB"),
        ] {
            assert_eq!((unit.said(value).as_str(), unit.said_dative(value).as_str()), (said, dative));
        }
    }
}
