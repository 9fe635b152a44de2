//! A text and a quiz to begin with: a new portal takes them over as its first draft, and words them anew as it likes.

use super::draft::{NewDraft, NewQuestion};

/// Question, answers, number of the right one, explanation.
type Line = (&'static str, [&'static str; 3], i16, &'static str);

const QUESTIONS: [Line; 6] = [
    (
        "In der Kundenliste entdeckst du den Namen deiner Nachbarin. Ihr Anliegen liegt nicht bei dir. Was machst du?",
        [
            "Ich sehe kurz nach, ob alles in Ordnung ist.",
            "Ich öffne den Datensatz nicht.",
            "Ich öffne ihn, sage aber niemandem etwas davon.",
        ],
        2,
        "Datensätze öffnest du nur für das Anliegen, das du gerade bearbeitest. Auch Nachsehen ohne Weitersagen ist ein Zugriff ohne Zweck.",
    ),
    (
        "Ein Mann ruft an und möchte wissen, was seine Frau bestellt hat. Er kennt ihre Kundennummer. Was sagst du?",
        [
            "Ich gebe Auskunft, denn die Kundennummer stimmt.",
            "Ich nenne nur den Liefertermin.",
            "Ohne Vollmacht gebe ich keine Auskunft und erkläre freundlich, warum.",
        ],
        3,
        "Eine Kundennummer zeigt nicht, wer anruft. Auskunft bekommt nur die Person selbst oder wer eine Vollmacht hat.",
    ),
    (
        "Du gehst zur Tür, weil ein Paket kommt. Was ist mit deinem Bildschirm?",
        [
            "Ich sperre ihn, auch für zwei Minuten.",
            "Er darf an bleiben, ich bin ja gleich zurück.",
            "Ich drehe ihn zur Wand.",
        ],
        1,
        "Gesperrt wird immer, wenn du den Platz verlässt. Ein gedrehter Bildschirm schützt nicht.",
    ),
    (
        "Du merkst, dass eine Mail mit einer Rechnung an die falsche Person ging. Was machst du?",
        [
            "Ich bitte die Person um Löschung, dann ist es erledigt.",
            "Ich melde es sofort, auch wenn der Schaden klein wirkt.",
            "Ich warte ab, ob sich jemand beschwert.",
        ],
        2,
        "Für manche Meldungen bleiben nur 72 Stunden. Ob es schlimm ist, entscheiden andere; du meldest es sofort und löschst nichts.",
    ),
    (
        "Für eine schwierige Mail möchtest du ein KI-Programm im Internet um Formulierungen bitten. Darfst du den Fall hineinkopieren?",
        [
            "Ja, wenn ich den Nachnamen weglasse.",
            "Ja, solche Programme merken sich nichts.",
            "Nein, Daten bleiben in den Systemen der Kampagne.",
        ],
        3,
        "Auch ohne Nachnamen lässt sich ein Mensch oft erkennen, und was du eingibst, verlässt die Systeme der Kampagne.",
    ),
    (
        "Jemand verlangt am Telefon, dass alle seine Daten gelöscht werden. Was machst du?",
        [
            "Ich nehme den Wunsch auf und gebe ihn am selben Tag weiter.",
            "Ich lösche den Datensatz selbst.",
            "Ich sage, dass das leider nicht geht.",
        ],
        1,
        "Jeder Mensch darf das verlangen, aber manches muss aufbewahrt werden. Darüber entscheiden andere; die Frist läuft ab dem Anruf.",
    ),
];

/// The draft that "Vorlage übernehmen" begins.
pub fn draft() -> NewDraft {
    let question = |(wording, answers, right, explanation): Line| NewQuestion {
        wording: wording.into(),
        answers: answers.map(str::to_owned).into(),
        right,
        explanation: explanation.into(),
    };
    NewDraft {
        title: "Datenschutz im Kontaktcenter".into(),
        body: include_str!("template.md").into(),
        questions: QUESTIONS.map(question).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::freelancers::briefing::draft::{LONGEST_BODY, LONGEST_EXPLANATION, LONGEST_WORDING};

    #[test]
    fn the_template_is_a_draft_that_can_be_saved() {
        let draft = draft();
        assert!(draft.body.chars().count() < LONGEST_BODY);
        assert_eq!(draft.questions.len(), 6);
        for question in &draft.questions {
            assert!(question.wording.chars().count() <= LONGEST_WORDING, "{}", question.wording);
            assert!(question.explanation.chars().count() <= LONGEST_EXPLANATION, "{}", question.wording);
        }
        // The right answer has no fixed place.
        let places: std::collections::BTreeSet<_> = draft.questions.iter().map(|q| q.right).collect();
        assert_eq!(places.len(), 3);
    }
}
