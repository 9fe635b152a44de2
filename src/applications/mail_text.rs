//! The texts of mails to applicants: blocks with fixed placeholders that staff edit, and the built-in ones.
//!
//! A text is put together in one pass, so that a name that looks like a placeholder stays a name.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;

use crate::accounts::audit;
use crate::id::AccountId;

/// Longest subject, in characters.
pub const LONGEST_SUBJECT: usize = 120;
/// Longest body, in characters.
pub const LONGEST_BODY: usize = 5000;

/// A mail whose text staff may edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Choose a slot for the interview.
    Invitation,
    /// A question about the application.
    Question,
    /// We would like to; would you?
    Offer,
    /// Not this time.
    Refusal,
    /// Accepted, for somebody who has access already.
    Accepted,
}

impl Key {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 5] = [Self::Invitation, Self::Question, Self::Offer, Self::Accepted, Self::Refusal];

    /// The key's word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Question => "question",
            Self::Offer => "offer",
            Self::Refusal => "refusal",
            Self::Accepted => "accepted",
        }
    }

    /// The key's word in addresses.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Invitation => "einladung",
            Self::Question => "rueckfrage",
            Self::Offer => "angebot",
            Self::Refusal => "absage",
            Self::Accepted => "zusage",
        }
    }

    /// The key of such an address.
    pub fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.slug() == slug)
    }

    /// What the mail is called.
    pub fn label(self) -> &'static str {
        match self {
            Self::Invitation => "Einladung zum Kennenlerngespräch",
            Self::Question => "Rückfrage",
            Self::Offer => "Angebot",
            Self::Refusal => "Absage",
            Self::Accepted => "Bestätigung für Freelancer*innen",
        }
    }

    /// When it is sent.
    pub fn occasion(self) -> &'static str {
        match self {
            Self::Invitation => "Geht raus, wenn du jemanden zum Gespräch einlädst.",
            Self::Question => "Geht raus, wenn du eine Rückfrage stellst.",
            Self::Offer => "Geht raus, wenn du die Zusammenarbeit anbietest.",
            Self::Refusal => {
                "Geht raus, wenn du absagst. Die Vorstellung ist danach gelöscht, außer eine rechtliche Sperre hält sie fest."
            }
            Self::Accepted => {
                "Geht raus, wenn jemand zusagt, der schon einen Zugang hat. Alle anderen bekommen ihre Einladung ins Portal."
            }
        }
    }

    /// The placeholders that its text must have, since the mail is of no use without them.
    pub fn needed(self) -> &'static [&'static str] {
        match self {
            Self::Invitation | Self::Offer => &["link"],
            Self::Question => &["frage"],
            Self::Refusal => &["grund"],
            Self::Accepted => &[],
        }
    }

    /// The placeholders that its text may have.
    pub fn placeholders(self) -> &'static [&'static str] {
        match self {
            Self::Question => &["name", "stelle", "link", "betreiber", "loeschung", "frage"],
            Self::Refusal => &["name", "stelle", "link", "betreiber", "loeschung", "grund", "vorstellung"],
            Self::Invitation | Self::Offer | Self::Accepted => &["name", "stelle", "link", "betreiber", "loeschung"],
        }
    }

    /// The built-in text.
    pub fn built_in(self) -> Text {
        let (subject, body) = match self {
            Self::Invitation => ("Einladung zum Kennenlerngespräch", include_str!("texts/invitation.txt")),
            Self::Question => ("Eine Rückfrage zu deiner Bewerbung", include_str!("texts/question.txt")),
            Self::Offer => ("Wir möchten gern mit dir zusammenarbeiten", include_str!("texts/offer.txt")),
            Self::Refusal => ("Zu deiner Bewerbung", include_str!("texts/refusal.txt")),
            Self::Accepted => ("Du bist dabei", include_str!("texts/accepted.txt")),
        };
        Text { key: self, subject: subject.into(), body: body.trim_end().into(), version: 0, updated: None }
    }
}

/// The placeholders of a subject: no names (product.md).
pub const OF_SUBJECT: [&str; 2] = ["stelle", "betreiber"];

/// A text as it is sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub key: Key,
    pub subject: String,
    pub body: String,
    /// 0: the built-in one.
    pub version: i32,
    /// When it was changed, and by whom.
    pub updated: Option<(OffsetDateTime, String)>,
}

/// What the placeholders stand for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Values<'a> {
    pub name: &'a str,
    pub stelle: &'a str,
    pub link: &'a str,
    pub grund: &'a str,
    pub vorstellung: &'a str,
    pub frage: &'a str,
    pub betreiber: &'a str,
    /// In texts from before [`Self::loeschung`], which says more than a date; no new text may have it.
    pub loeschdatum: &'a str,
    pub loeschung: &'a str,
}

impl<'a> Values<'a> {
    fn of(&self, placeholder: &str) -> Option<&'a str> {
        Some(match placeholder {
            "name" => self.name,
            "stelle" => self.stelle,
            "link" => self.link,
            "grund" => self.grund,
            "vorstellung" => self.vorstellung,
            "frage" => self.frage,
            "betreiber" => self.betreiber,
            "loeschdatum" => self.loeschdatum,
            "loeschung" => self.loeschung,
            _ => return None,
        })
    }
}

impl Text {
    /// The subject, put together; always one line.
    pub fn subject(&self, values: &Values<'_>) -> String {
        fill(&self.subject, values).split(char::is_control).collect::<Vec<_>>().join(" ")
    }

    /// The body, put together.
    pub fn body(&self, values: &Values<'_>) -> String {
        fill(&self.body, values)
    }
}

/// One piece of a text.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Words(&'a str),
    /// What stands between braces.
    Placeholder(&'a str),
    /// A brace without its partner.
    Brace,
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        pieces.push(Piece::Words(&rest[..at]));
        let inner = rest[at..].strip_prefix('{').and_then(|tail| tail.split_once('}'));
        match inner.filter(|(word, _)| !word.contains(['{', '\n'])) {
            Some((word, tail)) => {
                pieces.push(Piece::Placeholder(word));
                rest = tail;
            }
            None => {
                pieces.push(Piece::Brace);
                rest = &rest[at + 1..];
            }
        }
    }
    pieces.push(Piece::Words(rest));
    pieces
}

fn fill(text: &str, values: &Values<'_>) -> String {
    let mut filled = String::new();
    let mut is_silent = false;
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) if is_silent => {
                let words = close_gap(&mut filled, words);
                filled.push_str(words);
            }
            Piece::Words(words) => filled.push_str(words),
            Piece::Placeholder(word) => {
                let said = values.of(word).map_or_else(|| format!("{{{word}}}"), str::to_owned);
                is_silent = said.is_empty();
                filled.push_str(&said);
            }
            Piece::Brace => {}
        }
    }
    filled
}

/// Takes away the space, the line or the paragraph that a placeholder leaves which says nothing; returns the words that
/// follow it.
fn close_gap<'a>(filled: &mut String, words: &'a str) -> &'a str {
    if words.starts_with('\n') {
        filled.truncate(filled.trim_end_matches(' ').len());
    }
    let gap = match () {
        () if words.starts_with("\n\n") && (filled.is_empty() || filled.ends_with("\n\n")) => "\n\n",
        () if words.starts_with('\n') && (filled.is_empty() || filled.ends_with('\n')) => "\n",
        () if filled.is_empty() || filled.ends_with(char::is_whitespace) => " ",
        () => "",
    };
    words.strip_prefix(gap).unwrap_or(words)
}

/// What is wrong with a text's placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A word in braces that stands for nothing here.
    Unknown(String),
    /// A brace without its partner.
    Brace,
    /// Without it the mail is of no use.
    Missing(&'static str),
}

impl Fault {
    /// The sentence beside the field, with the words that may be used.
    pub fn sentence(&self, known: &[&str]) -> String {
        let list = known.iter().map(|word| format!("{{{word}}}")).collect::<Vec<_>>().join(", ");
        match self {
            Self::Unknown(word) if word == "loeschdatum" && known.contains(&"loeschung") => {
                "Statt {loeschdatum} steht jetzt {loeschung}: der ganze Satz mit dem Tag, auch bei einer rechtlichen Sperre."
                    .into()
            }
            Self::Unknown(word) => format!("Den Platzhalter {{{word}}} gibt es hier nicht. Möglich sind {list}."),
            Self::Brace => format!("Eine geschweifte Klammer steht allein. Platzhalter sind {list}."),
            Self::Missing(word) => {
                format!("Der Platzhalter {{{word}}} fehlt. Ohne ihn nützt die Mail nichts.")
            }
        }
    }
}

/// Whether a text uses only `known` placeholders, and all `needed` ones.
///
/// # Errors
/// The first [`Fault`].
pub fn check(text: &str, known: &[&str], needed: &[&'static str]) -> Result<(), Fault> {
    let pieces = pieces(text);
    for piece in &pieces {
        match piece {
            Piece::Placeholder(word) if !known.contains(word) => return Err(Fault::Unknown((*word).into())),
            Piece::Brace => return Err(Fault::Brace),
            Piece::Words(_) | Piece::Placeholder(_) => {}
        }
    }
    match needed.iter().find(|word| !pieces.contains(&Piece::Placeholder(word))) {
        Some(word) => Err(Fault::Missing(word)),
        None => Ok(()),
    }
}

/// The text that is sent now.
pub async fn find(db: impl PgExecutor<'_>, key: Key) -> Result<Text, sqlx::Error> {
    let found = sqlx::query!(
        "select t.subject, t.body, t.version, t.updated_at, a.name from mail_text t join account a on a.id = t.updated_by
         where t.key = $1",
        key.word(),
    )
    .fetch_optional(db)
    .await?;
    Ok(found.map_or_else(
        || key.built_in(),
        |row| Text {
            key,
            subject: row.subject,
            body: row.body,
            version: row.version,
            updated: Some((row.updated_at, row.name)),
        },
    ))
}

/// Somebody else changed the text meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overtaken;

impl Overtaken {
    /// The sentence above the form.
    pub fn sentence(self) -> &'static str {
        "Jemand anderes hat diesen Text inzwischen geändert. Öffne ihn noch einmal und übertrage, was dir wichtig ist."
    }
}

/// Replaces the text of version `edited` (0: the built-in one).
pub async fn change(
    db: &PgPool,
    key: Key,
    edited: i32,
    (subject, body): (&str, &str),
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), Overtaken>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let done = sqlx::query!(
        "insert into mail_text as t (key, subject, body, version, updated_at, updated_by) select $1, $2, $3, 1, $4, $5
         where $6::integer = 0 or exists (select from mail_text where key = $1)
         on conflict (key) do update set subject = $2, body = $3, version = t.version + 1, updated_at = $4, updated_by = $5
         where t.version = $6",
        key.word(),
        subject,
        body,
        now,
        by.0,
        edited,
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(Err(Overtaken));
    }
    audit::note(&mut *tx, Some(by), "mail_text.change", key.word(), now).await?;
    tx.commit().await.map(Ok)
}

/// Goes back to the built-in text.
pub async fn reset(db: &PgPool, key: Key, by: AccountId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    sqlx::query!("delete from mail_text where key = $1", key.word()).execute(&mut *tx).await?;
    audit::note(&mut *tx, Some(by), "mail_text.reset", key.word(), now).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_not_read_again() {
        let values = Values { name: "{grund} <script>", grund: "Wir {name}", ..Values::default() };
        assert_eq!(fill("Hallo {name}: {grund}", &values), "Hallo {grund} <script>: Wir {name}");
    }

    #[test]
    fn what_says_nothing_leaves_no_space() {
        let values = Values { name: "Jana", loeschung: "Am 1.5.", ..Values::default() };
        assert_eq!(fill("{vorstellung} {loeschung}\n\nEnde", &values), "Am 1.5.\n\nEnde");
        assert_eq!(fill("So: {vorstellung} {loeschung} ", &values), "So: Am 1.5. ");
        assert_eq!(fill(" {name}{vorstellung} {loeschung}", &values), " Jana Am 1.5.");
        assert_eq!(fill("Hallo,\n\n{vorstellung}\n\n{loeschung}", &values), "Hallo,\n\nAm 1.5.");
        assert_eq!(fill("So. {vorstellung}\n\nEnde", &values), "So.\n\nEnde");
        assert_eq!(fill("So\n{vorstellung}\nEnde", &values), "So\nEnde");
        assert_eq!(fill("So\n\n{vorstellung}\n{loeschung}", &values), "So\n\nAm 1.5.");
        let known = Key::Refusal.placeholders();
        assert!(Fault::Unknown("loeschdatum".into()).sentence(known).starts_with("Statt {loeschdatum}"));
        assert!(Fault::Unknown("loeschdatum".into()).sentence(&OF_SUBJECT).ends_with("{stelle}, {betreiber}."));
    }

    #[test]
    fn a_subject_stays_one_line() {
        let text = Text { subject: "Zu {stelle}".into(), ..Key::Refusal.built_in() };
        assert_eq!(text.subject(&Values { stelle: "A\r\nBcc: x@y", ..Values::default() }), "Zu A  Bcc: x@y");
    }

    #[test]
    fn unknown_and_missing_placeholders_are_found() {
        let known = Key::Refusal.placeholders();
        assert_eq!(check("Hallo {name}, {grund}", known, &["grund"]), Ok(()));
        assert_eq!(check("{Name} {grund}", known, &["grund"]), Err(Fault::Unknown("Name".into())));
        assert_eq!(check("{frage} {grund}", known, &[]), Err(Fault::Unknown("frage".into())));
        assert_eq!(check("{name", known, &[]), Err(Fault::Brace));
        assert_eq!(check("name}", known, &[]), Err(Fault::Brace));
        assert_eq!(check("{{name}}", known, &[]), Err(Fault::Brace));
        assert_eq!(check("Hallo", known, &["grund"]), Err(Fault::Missing("grund")));
    }

    #[test]
    fn the_built_in_texts_keep_the_rules() {
        for key in Key::ALL {
            let text = key.built_in();
            assert_eq!(check(&text.subject, &OF_SUBJECT, &[]), Ok(()), "{key:?}");
            assert_eq!(check(&text.body, key.placeholders(), key.needed()), Ok(()), "{key:?}");
            assert!(text.subject.chars().count() <= LONGEST_SUBJECT && text.body.chars().count() <= LONGEST_BODY);
        }
    }
}
