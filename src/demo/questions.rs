//! The questions that two postings of the demo ask, with a knock-out each.

use crate::campaigns::question::{Kind, NewQuestion};

/// A question of the demo.
pub struct Asked {
    kind: Kind,
    wording: &'static str,
    hint: &'static str,
    required: bool,
    options: &'static [&'static str],
    must_be: Option<&'static str>,
}

impl Asked {
    const fn new(kind: Kind, wording: &'static str, hint: &'static str) -> Self {
        Self { kind, wording, hint, required: true, options: &[], must_be: None }
    }

    const fn voluntary(self) -> Self {
        Self { required: false, ..self }
    }

    const fn with(self, options: &'static [&'static str]) -> Self {
        Self { options, ..self }
    }

    const fn only(self, must_be: &'static str) -> Self {
        Self { must_be: Some(must_be), ..self }
    }

    /// As the domain knows it.
    pub fn question(&self) -> NewQuestion {
        NewQuestion {
            kind: self.kind,
            wording: self.wording.into(),
            hint: self.hint.into(),
            required: self.required,
            options: self.options.iter().map(|option| (*option).to_owned()).collect(),
            must_be: self.must_be.map(str::to_owned),
        }
    }
}

/// For calls about orders.
pub const CALLS: [Asked; 5] =
    [
        Asked::new(
            Kind::YesNo,
            "Kannst du beim Telefonieren ungestört sein?",
            "In deinem Zimmer hört niemand mit, und im Hintergrund läuft nichts.",
        )
        .only("yes"),
        Asked::new(Kind::Choice, "Wie viel Erfahrung hast du am Telefon mit Kund*innen?", "").with(&[
            "noch keine",
            "bis zu einem Jahr",
            "ein bis drei Jahre",
            "mehr als drei Jahre",
        ]),
        Asked::new(Kind::Choice, "Wann passt es dir am besten?", "Nur zur Orientierung: du buchst später frei.")
            .with(&["vormittags", "nachmittags", "abends", "am Wochenende", "ganz verschieden"]),
        Asked::new(
            Kind::Number,
            "Wie viele Stunden in der Woche möchtest du etwa buchen?",
            "Im Schnitt. Im nächsten Monat darf es anders sein.",
        ),
        Asked::new(
            Kind::Text,
            "Jemand ruft an, weil eine Pflanze vertrocknet angekommen ist. Was sagst du zuerst?",
            "Zwei, drei Sätze genügen.",
        )
        .voluntary(),
    ];

/// For answers in writing.
pub const WRITING: [Asked; 4] = [
    Asked::new(Kind::Choice, "Wie gut ist dein geschriebenes Deutsch?", "Jede Antwort geht ungeprüft an Reisende.")
        .with(&["fehlerfrei", "gut, mit kleinen Fehlern", "ich lerne noch"])
        .only("fehlerfrei"),
    Asked::new(Kind::YesNo, "Kannst du englische E-Mails lesen und kurz beantworten?", ""),
    Asked::new(
        Kind::Text,
        "Eine Fähre fällt wegen Sturm aus. Schreib der Familie Lorenz, die morgen fahren wollte.",
        "Drei bis fünf Sätze, so wie du sie abschicken würdest.",
    ),
    Asked::new(Kind::YesNo, "Warst du selbst schon einmal mit der Fähre unterwegs?", "").voluntary(),
];
