//! The kinds of papers: their names, and what a reviewer looks at.

/// A kind of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(type_name = "document_kind", rename_all = "snake_case")]
pub enum Kind {
    /// Gewerbeschein (FAQ facts 2, 17).
    TradeLicence,
    /// What stands in its place abroad.
    ForeignRegistration,
    /// One's own employer permits the work besides (FAQ fact 16).
    EmployerPermission,
    /// Führungszeugnis; only where a campaign wants it.
    ConductCertificate,
    /// Only where a campaign wants it.
    LanguageCertificate,
}

impl Kind {
    /// All kinds, in the order of the lists.
    pub const ALL: [Self; 5] = [
        Self::TradeLicence,
        Self::ForeignRegistration,
        Self::EmployerPermission,
        Self::ConductCertificate,
        Self::LanguageCertificate,
    ];

    /// The kinds that a campaign may want besides.
    pub const SPECIAL: [Self; 2] = [Self::ConductCertificate, Self::LanguageCertificate];

    /// Its name in addresses and forms.
    pub fn key(self) -> &'static str {
        match self {
            Self::TradeLicence => "gewerbeschein",
            Self::ForeignRegistration => "anmeldung-im-ausland",
            Self::EmployerPermission => "nebentaetigkeit",
            Self::ConductCertificate => "fuehrungszeugnis",
            Self::LanguageCertificate => "sprachzertifikat",
        }
    }

    /// The kind of this key.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// What it is called.
    pub fn label(self) -> &'static str {
        match self {
            Self::TradeLicence => "Gewerbeschein",
            Self::ForeignRegistration => "Anmeldung im Ausland",
            Self::EmployerPermission => "Erlaubnis zur Nebentätigkeit",
            Self::ConductCertificate => "Führungszeugnis",
            Self::LanguageCertificate => "Sprachzertifikat",
        }
    }

    /// What belongs on the picture, for the person who uploads it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::TradeLicence => {
                "Alle Seiten, gut lesbar: dein Name, die Anschrift und die Tätigkeit, zum Beispiel Kundenservice."
            }
            Self::ForeignRegistration => "Der Nachweis der Behörde, bei der deine Selbstständigkeit angemeldet ist.",
            Self::EmployerPermission => {
                "Das Schreiben, in dem dir die Nebentätigkeit erlaubt wird, mit Datum und Unterschrift."
            }
            Self::ConductCertificate => "Nicht älter als drei Monate, alle Seiten.",
            Self::LanguageCertificate => "Mit deinem Namen, der Sprache und der Stufe, zum Beispiel C1.",
        }
    }

    /// What a reviewer looks at before accepting it.
    pub fn checklist(self) -> &'static [&'static str] {
        match self {
            Self::TradeLicence => &[
                "Der Name passt zum Konto.",
                "Die Anschrift passt zum Profil.",
                "Die Tätigkeit passt: Kundenservice, Kundenberatung oder Ähnliches.",
                "Stempel oder Bestätigung der Behörde ist zu sehen.",
                "Alle Seiten sind da und lesbar.",
                "Steht ein Ablaufdatum darauf, ist es unten eingetragen.",
            ],
            Self::ForeignRegistration => &[
                "Der Name passt zum Konto.",
                "Sie passt zu dem, was im Profil steht.",
                "Die Behörde und das Land sind zu erkennen.",
                "Alle Seiten sind da und lesbar.",
                "Steht ein Ablaufdatum darauf, ist es unten eingetragen.",
            ],
            Self::EmployerPermission => &[
                "Der Name passt zum Konto.",
                "Die Nebentätigkeit ist ausdrücklich erlaubt.",
                "Datum und Unterschrift sind da.",
                "Ist die Erlaubnis befristet, ist das Ende unten eingetragen.",
            ],
            Self::ConductCertificate => &[
                "Der Name passt zum Konto.",
                "Es ist nicht älter als drei Monate.",
                "Alle Seiten sind da und lesbar.",
                "Bis wann die Kampagne es gelten lässt, ist unten eingetragen.",
            ],
            Self::LanguageCertificate => &[
                "Der Name passt zum Konto.",
                "Sprache und Stufe passen zur Kampagne.",
                "Die prüfende Stelle ist zu erkennen.",
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of_key(kind.key()), Some(kind));
        }
    }
}
