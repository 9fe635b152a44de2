//! What one reads or watches for a course: links, and PDF files of the house. For those who take part, since it may be the
//! client's.

use sqlx::{PgExecutor, PgPool};
use time::OffsetDateTime;

use crate::config::Config;
use crate::database::constraint;
use crate::files::intake::Taken;
use crate::files::scan::{self, Verdict};
use crate::files::{Files, blob};
use crate::id::{BlobId, CourseId, FreelancerId, MaterialId};

/// Longest title, in characters.
pub const LONGEST_TITLE: usize = 120;
/// Longest address of a link.
pub const LONGEST_LINK: usize = 500;

/// A link or a file.
#[derive(Debug, Clone)]
pub struct Material {
    pub id: MaterialId,
    pub title: String,
    /// An https address; none: it is a file.
    pub link: Option<String>,
    /// Of a file.
    pub bytes: Option<i64>,
}

/// Why a file is not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The course has a file of this title.
    Twice,
    /// It is malware.
    Infected,
    /// There is a scanner, and it does not answer: what nobody looked through is not handed out.
    Unscanned,
}

impl Refusal {
    /// Whether it is about the title and not about the file.
    pub fn is_title(self) -> bool {
        self == Self::Twice
    }

    /// The sentence beside the field.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Twice => {
                "Eine Datei mit dieser Bezeichnung gibt es schon. Wähle eine andere, oder entferne zuerst die alte Datei."
            }
            Self::Infected => "In der Datei steckt Schadsoftware. Bitte prüfe dein Gerät und nimm eine saubere Datei.",
            Self::Unscanned => {
                "Der Virenscanner antwortet gerade nicht, deshalb ist die Datei nicht gespeichert. Versuche es in ein paar Minuten noch einmal."
            }
        }
    }
}

/// The material of a course, as it was added.
pub async fn list(db: impl PgExecutor<'_>, course: CourseId) -> Result<Vec<Material>, sqlx::Error> {
    sqlx::query_as!(
        Material,
        r#"select m.id as "id: MaterialId", m.title, m.link, b.bytes as "bytes?"
           from course_material m left join blob b on b.id = m.blob_id
           where m.course_id = $1 order by m.created_at, m.id"#,
        course.0,
    )
    .fetch_all(db)
    .await
}

/// Adds a link.
pub async fn add_link(
    db: impl PgExecutor<'_>,
    course: CourseId,
    (title, link): (&str, &str),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into course_material (id, course_id, title, link, created_at) values ($1, $2, $3, $4, $5)",
        MaterialId::new().0,
        course.0,
        title,
        link,
        now,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Adds a file that was taken, once the virus scanner, if there is one, has called it clean.
pub async fn add_file(
    (files, db, config): (&Files, &PgPool, &Config),
    course: CourseId,
    (title, file): (&str, &Taken),
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let result = match look(files, config, file).await {
        Ok(()) => insert(db, course, (title, file), now).await,
        Err(refusal) => Ok(Err(refusal)),
    };
    if !matches!(result, Ok(Ok(()))) {
        blob::doom(&mut *db.acquire().await?, &[file.blob], now).await?;
    }
    result
}

async fn look(files: &Files, config: &Config, file: &Taken) -> Result<(), Refusal> {
    let Some(clamd) = &config.clamd else { return Ok(()) };
    match scan::scan(clamd, files, file.blob, file.bytes.unsigned_abs()).await {
        Ok(Verdict::Clean) => Ok(()),
        Ok(Verdict::Infected) => Err(Refusal::Infected),
        Err(error) => {
            tracing::warn!(%error, "material could not be scanned; it is not kept");
            Err(Refusal::Unscanned)
        }
    }
}

async fn insert(
    db: &PgPool,
    course: CourseId,
    (title, file): (&str, &Taken),
    now: OffsetDateTime,
) -> Result<Result<(), Refusal>, sqlx::Error> {
    let mut tx = db.begin().await?;
    file.keep(&mut tx).await?;
    let added = sqlx::query!(
        "insert into course_material (id, course_id, title, blob_id, created_at) values ($1, $2, $3, $4, $5)",
        MaterialId::new().0,
        course.0,
        title,
        file.blob.0,
        now,
    )
    .execute(&mut *tx)
    .await;
    match added {
        Ok(_) => tx.commit().await.map(Ok),
        Err(error) if constraint(&error) == Some("course_material_file_once") => Ok(Err(Refusal::Twice)),
        Err(error) => Err(error),
    }
}

/// Takes material away, a file with its bytes; returns its course, `None` if there was none.
pub async fn remove(db: &PgPool, id: MaterialId, now: OffsetDateTime) -> Result<Option<CourseId>, sqlx::Error> {
    let mut tx = db.begin().await?;
    let removed = sqlx::query!(
        r#"delete from course_material where id = $1 returning course_id as "course: CourseId", blob_id as "blob: BlobId""#,
        id.0,
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(removed) = removed else { return Ok(None) };
    blob::doom(&mut tx, removed.blob.as_slice(), now).await?;
    tx.commit().await?;
    Ok(Some(removed.course))
}

/// A file to be handed out.
#[derive(Debug, Clone)]
pub struct File {
    pub title: String,
    pub blob: BlobId,
}

impl File {
    /// What it is called when it is saved: `leitfaden-zum-mitlesen.pdf`.
    pub fn name(&self) -> String {
        let title = self.title.to_lowercase();
        let title = title.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('ß', "ss");
        let words: Vec<&str> = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let name = if words.is_empty() { "material".into() } else { words.join("-") };
        format!("{name}.pdf")
    }
}

/// A file, for those who keep courses.
pub async fn file(db: impl PgExecutor<'_>, id: MaterialId) -> Result<Option<File>, sqlx::Error> {
    sqlx::query_as!(
        File,
        r#"select title, blob_id as "blob!: BlobId" from course_material where id = $1 and blob_id is not null"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// A file, for somebody who takes part in a date of its course; for others it is not there.
pub async fn file_for(
    db: impl PgExecutor<'_>,
    id: MaterialId,
    person: FreelancerId,
) -> Result<Option<File>, sqlx::Error> {
    // Those states that `State::takes_part` names.
    sqlx::query_as!(
        File,
        r#"select title, blob_id as "blob!: BlobId" from course_material m
           where id = $1 and blob_id is not null
             and exists (select from enrolment e where e.course_id = m.course_id and e.freelancer_id = $2
                           and e.state in ('enrolled', 'passed', 'repeat'))"#,
        id.0,
        person.0,
    )
    .fetch_optional(db)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_by_its_title_in_plain_letters() {
        let name = |title: &str| File { title: title.into(), blob: BlobId::new() }.name();
        assert_eq!(name("Übungsgespräche: Größe & Maß (2)"), "uebungsgespraeche-groesse-mass-2.pdf");
        assert_eq!(name("\"; filename=\"../x.exe"), "filename-x-exe.pdf");
        assert_eq!(name("日本"), "material.pdf");
    }
}
