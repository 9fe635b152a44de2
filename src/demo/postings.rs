//! The postings of the demo's campaigns: four open, one of them for later, one closed; two ask questions.

use sqlx::PgConnection;
use time::{Date, Duration, Month, OffsetDateTime};

use super::campaigns::Created;
use super::questions::{Asked, CALLS, WRITING};
use crate::campaigns::posting::{self, Difficulty, NewPosting};
use crate::campaigns::question;

/// What a posting of the demo says; the campaign is the one of the same slug.
struct Sketch {
    slug: &'static str,
    title: &'static str,
    summary: &'static str,
    tasks: &'static str,
    needs: &'static str,
    difficulty: Difficulty,
    languages: &'static [&'static str],
    countries: &'static [&'static str],
    restriction: Option<&'static str>,
    /// Begins with the new year only.
    next_year: bool,
    /// Days after the portal's first day.
    published: i64,
    closed: Option<i64>,
    questions: &'static [Asked],
}

const SKETCHES: [Sketch; 5] = [
    Sketch {
        slug: "blattgruen-bestellhotline",
        title: "Bestellhotline für einen Pflanzenversand",
        summary: "Du nimmst Bestellungen an, änderst Lieferadressen und hilfst, wenn eine Monstera welk ankommt. Freundlich, in Ruhe, von zu Hause.",
        tasks: "Etwa die Hälfte der Gespräche sind **Bestellungen**, der Rest Fragen zu Lieferung und Pflege.\n\n\
                - Bestellungen aufnehmen und ändern\n\
                - Lieferungen verfolgen und Ersatz anstoßen\n\
                - kleine Pflegetipps geben: die Wissenssammlung liegt neben dem Telefonfenster\n\n\
                Du arbeitest in den Systemen des Auftraggebers. Alle Zugänge bekommst du von uns, auch das Telefon am Rechner.",
        needs: "Pflanzenwissen bringst du nicht mit, das lernst du in der Schulung. Neugier auf Grünes hilft.",
        difficulty: Difficulty::Simple,
        languages: &["de"],
        countries: &[],
        restriction: None,
        next_year: false,
        published: 16,
        closed: None,
        questions: &CALLS,
    },
    Sketch {
        slug: "faehrhaus-reisen-buchungen",
        title: "Reisebuchungen per E-Mail",
        summary: "Du beantwortest Fragen zu Fähre und Unterkunft und buchst um. Alles schriftlich, nichts am Telefon.",
        tasks: "Reisende schreiben, weil ein Kind krank ist, der Hund mitkommt oder die Fähre ausfällt. Du liest genau, findest die beste Lösung und schreibst sie so auf, dass niemand nachfragen muss.\n\n\
                - Umbuchungen und Stornierungen\n\
                - Auskünfte zu Fahrplan, Kabinen und Ferienhäusern\n\
                - im Sommer mehr, im Winter ruhiger",
        needs: "- Du schreibst **fehlerfrei und warm**, auch wenn jemand verärgert ist.\n\
                - Englische Nachrichten kommen vor; lesen und kurz antworten genügt.",
        difficulty: Difficulty::Medium,
        languages: &["de", "en"],
        countries: &["DE", "AT", "CH"],
        restriction: Some("Der Auftraggeber verarbeitet Reisedaten nur in diesen Ländern."),
        next_year: false,
        published: 9,
        closed: None,
        questions: &WRITING,
    },
    Sketch {
        slug: "stadtwerke-aue-kundenservice",
        title: "Strom- und Wärmekundschaft beraten",
        summary: "Tarife, Abschläge, Zählerstände: anspruchsvolle Gespräche mit langer Schulung und ruhigem Ton.",
        tasks: "Du erklärst Rechnungen, passt Abschläge an und begleitest Umzüge. Kein Verkauf, keine Anrufe von uns aus.\n\n\
                ### Was es anspruchsvoll macht\n\n\
                Manche rufen mit Sorgen an, weil die Nachzahlung hoch ist. Du bleibst freundlich, rechnest nach und zeigst Wege auf.",
        needs: "Erfahrung mit Rechnungen oder Verträgen hilft, ist aber keine Bedingung.",
        difficulty: Difficulty::Demanding,
        languages: &["de"],
        countries: &["DE"],
        restriction: None,
        next_year: false,
        published: 20,
        closed: None,
        questions: &[],
    },
    Sketch {
        slug: "nordlicht-streaming-nachtsupport",
        title: "Abends und nachts im Chat helfen",
        summary: "Wenn der Film nicht startet, bist du da: im Chat und per E-Mail, zwischen Nachmittag und zwei Uhr früh.",
        tasks: "Die meisten Anliegen sind in fünf Minuten gelöst: Passwort, Gerät, Rechnung. Du schreibst mit zwei bis drei Menschen gleichzeitig.",
        needs: "Gutes Tempo beim Tippen. Englisch brauchst du für etwa jeden fünften Chat.",
        difficulty: Difficulty::Medium,
        languages: &["de", "en"],
        countries: &[],
        restriction: None,
        next_year: true,
        published: 18,
        closed: None,
        questions: &[],
    },
    Sketch {
        slug: "hofladen-kiste-abo",
        title: "Abo-Betreuung für Gemüsekisten",
        summary: "Du verschiebst Lieferungen, nimmst Pausen und Kündigungen auf und hörst zu, wenn der Salat welk war.",
        tasks: "Am Telefon und per E-Mail, vor allem vormittags. Ein kleines Team, in dem man sich kennt.",
        needs: "",
        difficulty: Difficulty::Simple,
        languages: &["de"],
        countries: &[],
        restriction: None,
        next_year: false,
        published: 2,
        closed: Some(30),
        questions: &[],
    },
];

/// Writes the postings and their questions; none is published or closed after `now`.
pub async fn create(
    db: &mut PgConnection,
    campaigns: &[Created],
    since: OffsetDateTime,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    for (sketch, campaign) in SKETCHES.iter().zip(campaigns) {
        anyhow::ensure!(sketch.slug == campaign.slug, "a posting for each campaign, in their order");
        posting::insert(db, campaign.id, &sketch.posting(now), since).await?;
        let questions: Vec<_> = sketch.questions.iter().map(Asked::question).collect();
        question::insert(db, campaign.id, 1, &questions, None, since).await?;
        let published = (since + Duration::days(sketch.published)).min(now);
        let closed = sketch.closed.map(|days| (since + Duration::days(days)).min(now));
        sqlx::query!(
            "update posting set published_at = $2, closed_at = $3, updated_at = $2 where campaign_id = $1",
            campaign.id.0,
            published,
            closed,
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

impl Sketch {
    fn posting(&self, now: OffsetDateTime) -> NewPosting {
        let strings = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let january = Date::from_calendar_date(now.year() + 1, Month::January, 11).ok();
        NewPosting {
            title: self.title.into(),
            summary: self.summary.into(),
            tasks: self.tasks.into(),
            needs: self.needs.into(),
            difficulty: self.difficulty,
            languages: strings(self.languages),
            countries: strings(self.countries),
            restriction: self.restriction.map(str::to_owned),
            starts_on: january.filter(|_| self.next_year),
        }
    }
}
