//! Questions and answers as rows, grouped by topic and in an order that staff choose.

use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;

use crate::accounts::audit;
use crate::database::constraint;
use crate::id::AccountId;

/// What a question is about; the groups of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(type_name = "faq_topic", rename_all = "snake_case")]
pub enum Topic {
    Requirements,
    Application,
    Work,
    SelfEmployment,
}

impl Topic {
    /// All topics, in the order of the page.
    pub const ALL: [Self; 4] = [Self::Requirements, Self::Application, Self::Work, Self::SelfEmployment];

    /// Its name in forms, and the anchor of its heading.
    pub fn key(self) -> &'static str {
        match self {
            Self::Requirements => "voraussetzungen",
            Self::Application => "bewerbung",
            Self::Work => "arbeit",
            Self::SelfEmployment => "selbststaendigkeit",
        }
    }

    /// Its German name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Requirements => "Voraussetzungen",
            Self::Application => "Bewerbung",
            Self::Work => "Arbeit",
            Self::SelfEmployment => "Selbstständigkeit",
        }
    }

    /// The topic of this key.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.key() == key)
    }
}

/// Anchors that the page itself uses.
const RESERVED: [&str; 3] = ["inhalt", "suche", "neu"];

/// Whether a question may have this anchor: small letters, digits and hyphens, and none of the page's own.
pub fn is_slug(slug: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    slug.len() <= 60 && slug.split('-').all(is_part) && !RESERVED.contains(&slug) && Topic::of_key(slug).is_none()
}

/// A question with its answer.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The anchor of the deep link: `/fragen#slug`.
    pub slug: String,
    pub topic: Topic,
    pub question: String,
    /// Markdown with placeholders.
    pub answer: String,
    /// One of the facts that the operator states in public: reworded perhaps, never removed.
    pub built_in: bool,
    pub updated_at: OffsetDateTime,
    /// Who changed it last; none: as it came with the portal.
    pub updated_by: Option<String>,
}

/// What was proven of a form.
#[derive(Debug, Clone)]
pub struct Text {
    pub topic: Topic,
    pub question: String,
    pub answer: String,
}

/// There is a question of this anchor already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlugTaken;

/// Which way a question moves among those of its topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Up,
    Down,
}

/// All questions, in the order of the page.
pub async fn all(db: impl PgExecutor<'_>) -> Result<Vec<Entry>, sqlx::Error> {
    sqlx::query_as!(
        Entry,
        r#"select e.slug, e.topic as "topic: Topic", e.question, e.answer, e.built_in, e.updated_at, a.name as "updated_by?"
           from faq_entry e left join account a on a.id = e.updated_by order by e.topic, e.position, e.slug"#
    )
    .fetch_all(db)
    .await
}

/// One question.
pub async fn find(db: impl PgExecutor<'_>, slug: &str) -> Result<Option<Entry>, sqlx::Error> {
    sqlx::query_as!(
        Entry,
        r#"select e.slug, e.topic as "topic: Topic", e.question, e.answer, e.built_in, e.updated_at, a.name as "updated_by?"
           from faq_entry e left join account a on a.id = e.updated_by where e.slug = $1"#,
        slug,
    )
    .fetch_optional(db)
    .await
}

/// Adds a question at the end of its topic.
pub async fn create(
    db: &PgPool,
    slug: &str,
    text: &Text,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), SlugTaken>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let added = sqlx::query!(
        "insert into faq_entry (slug, topic, position, question, answer, updated_at, updated_by)
         select $1, $2, coalesce(max(position), 0) + 1, $3, $4, $5, $6 from faq_entry where topic = $2",
        slug,
        text.topic as Topic,
        text.question,
        text.answer,
        now,
        by.0,
    )
    .execute(&mut *tx)
    .await;
    match added {
        Err(error) if constraint(&error) == Some("faq_entry_pkey") => return Ok(Err(SlugTaken)),
        other => other?,
    };
    audit::note(&mut *tx, Some(by), "faq.create", slug, now).await?;
    tx.commit().await.map(Ok)
}

/// Rewords a question; in another topic it goes to the end. False if somebody changed it after the `seen` instant at which
/// the text was read: then nothing is overwritten.
pub async fn update(
    db: &PgPool,
    slug: &str,
    seen: OffsetDateTime,
    text: &Text,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let mut tx = db.begin().await?;
    let done = sqlx::query!(
        "update faq_entry e set topic = $2, question = $3, answer = $4, updated_at = $5, updated_by = $6,
             position = case when e.topic = $2 then e.position
                 else (select coalesce(max(o.position), 0) + 1 from faq_entry o where o.topic = $2) end
         where slug = $1 and updated_at = $7",
        slug,
        text.topic as Topic,
        text.question,
        text.answer,
        now,
        by.0,
        seen,
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    audit::note(&mut *tx, Some(by), "faq.update", slug, now).await?;
    tx.commit().await.map(|()| true)
}

/// Moves a question by one place within its topic; the first one stays first, the last one last.
pub async fn shift(db: &PgPool, slug: &str, way: Way, by: AccountId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    let mut order = neighbours(&mut tx, slug).await?;
    let at = order.iter().position(|other| other == slug).unwrap_or_default();
    let to = if way == Way::Up { at.saturating_sub(1) } else { (at + 1).min(order.len().saturating_sub(1)) };
    if at == to {
        return Ok(());
    }
    order.swap(at, to);
    sqlx::query!(
        "update faq_entry e set position = o.place from unnest($1::text[]) with ordinality as o (slug, place)
         where e.slug = o.slug",
        &order,
    )
    .execute(&mut *tx)
    .await?;
    audit::note(&mut *tx, Some(by), "faq.move", slug, now).await?;
    tx.commit().await
}

/// The questions of the same topic in their order, locked: two people who sort at once sort one after the other.
async fn neighbours(db: &mut PgConnection, slug: &str) -> Result<Vec<String>, sqlx::Error> {
    let locked = sqlx::query!(
        "select slug, position from faq_entry where topic = (select topic from faq_entry where slug = $1)
         order by slug for update",
        slug,
    );
    let mut rows: Vec<(i16, String)> =
        locked.fetch_all(db).await?.into_iter().map(|row| (row.position, row.slug)).collect();
    rows.sort();
    Ok(rows.into_iter().map(|(_, slug)| slug).collect())
}

/// Removes a question that staff added; false if it is one of the portal's own.
pub async fn delete(db: &PgPool, slug: &str, by: AccountId, now: OffsetDateTime) -> Result<bool, sqlx::Error> {
    let mut tx = db.begin().await?;
    let gone = sqlx::query!("delete from faq_entry where slug = $1 and not built_in", slug).execute(&mut *tx).await?;
    if gone.rows_affected() == 0 {
        return Ok(false);
    }
    audit::note(&mut *tx, Some(by), "faq.delete", slug, now).await?;
    tx.commit().await.map(|()| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors() {
        assert!(is_slug("ohne-kamera-2"));
        for wrong in ["", "-", "a-", "Ä", "Gross", "a b", "inhalt", "arbeit", "neu", &"a".repeat(61)] {
            assert!(!is_slug(wrong), "{wrong}");
        }
    }
}
