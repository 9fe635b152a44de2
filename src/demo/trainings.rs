//! The trainings of the demo: a course of each campaign with links and, one, a file, dates past and to come, some full with
//! a waiting list, one cancelled.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures_util::stream;
use sqlx::PgConnection;
use time::{Date, Duration, OffsetDateTime};

use super::Frame;
use super::campaigns::Created;
use super::people::{Freelancer, Staff};
use super::preparing::Trainee;
use crate::files::intake::{self, Taken, Wanted};
use crate::files::key::HOUSE;
use crate::freelancers::history::{self, Event, Note};
use crate::id::{CampaignId, CourseId, EnrolmentId, FreelancerId, MaterialId, TrainingDateId, TrainingDayId};
use crate::portal::Portal;
use crate::training::enrolment::State;
use crate::training::passed;

/// Days of a training, from 9 to 13 o'clock.
const DAYS: i64 = 3;
const ROOM: &str = "https://treffen.example/schulung";
/// One may leave until so long before.
const DEADLINE: Duration = Duration::hours(48);
/// Of those who are qualified already, so many are listed in a training of long ago.
const VETERANS: usize = 3;

/// What a campaign's course is called, and what it is about.
const COURSES: [(&str, &str); 5] = [
    (
        "Bestellungen annehmen und beraten",
        "Du lernst das Bestellsystem kennen, führst **Übungsgespräche** und erfährst, was Pflanzen im Versand brauchen.\n\n- Tag 1: System und Sortiment\n- Tag 2: Gespräche\n- Tag 3: Reklamationen",
    ),
    (
        "Umbuchen ohne Umwege",
        "Buchungen lesen, verschieben und erklären. Wir üben an echten Beispielen ohne echte Namen.",
    ),
    ("Sicher im Gespräch", "Zuhören, zusammenfassen, abschließen: drei Vormittage mit vielen **Übungen** zu zweit."),
    (
        "Chat und Mail, die ankommen",
        "Kurz, freundlich, fehlerfrei. Du schreibst viel und bekommst zu allem eine Rückmeldung.",
    ),
    ("Abos betreuen", "Lieferungen verschieben, Pausen eintragen, Kündigungen gut begleiten."),
];

/// What the first course has to read.
const GUIDE: &[u8] = include_bytes!("media/guide.pdf");

/// Takes the file of the first course as any other upload of staff.
pub async fn store(portal: &Portal, now: OffsetDateTime) -> anyhow::Result<Taken> {
    let body = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(GUIDE))]);
    let taken = intake::receive(&portal.files, &portal.db, (HOUSE, Wanted::Pdf), body, now).await?;
    taken.map_err(|refusal| anyhow::anyhow!("a file of the demo: {refusal:?}"))
}

/// The run of a course.
struct Run {
    id: TrainingDateId,
    course: CourseId,
    campaign: CampaignId,
    days: Vec<(TrainingDayId, OffsetDateTime)>,
}

/// Writes courses, dates and who is on them; nothing else is planned for those who prepare.
pub async fn create(
    db: &mut PgConnection,
    campaigns: &[Created],
    people: &[Freelancer],
    trainees: &[Trainee],
    staff: &Staff,
    (frame, guide): (&Frame, &Taken),
) -> anyhow::Result<()> {
    let mut used = BTreeSet::new();
    for (n, (campaign, (title, text))) in campaigns.iter().zip(COURSES).enumerate() {
        let mut writer = Writer { db: &mut *db, campaign, course: CourseId::new(), staff, now: frame.now };
        writer.course(title, text, frame.since).await?;
        if n == 0 {
            writer.file("Spickzettel für das Gespräch", guide, frame.since + Duration::HOUR).await?;
        }
        // Before the first shifts: whoever is qualified had time for it.
        let long_ago = writer.date(frame.first.plus(-2).monday(), 8).await?;
        let veterans = people.iter().filter(|p| p.qualified.contains(&campaign.id) && used.insert(p.id.0));
        for person in veterans.take(VETERANS) {
            writer.result(&long_ago, person.id, State::Passed).await?;
        }
        let last = writer.date(frame.current.plus(-2).monday() + Duration::DAY, 6).await?;
        let is_small = n < 2;
        let next = writer.date(frame.current.plus(1).monday(), if is_small { 2 } else { 8 }).await?;
        writer.date(frame.current.plus(3).monday() + Duration::days(i64::try_from(n % 2)?), 8).await?;
        let own = trainees.iter().filter(|t| t.campaign == campaign.id);
        for (k, trainee) in own.enumerate() {
            match k {
                0 => writer.result(&last, trainee.id, State::Passed).await?,
                4 if n == 0 => writer.result(&last, trainee.id, State::Repeat).await?,
                1 | 2 => writer.enrol(&next, trainee.id, State::Enrolled).await?,
                3 if is_small => writer.enrol(&next, trainee.id, State::Waiting).await?,
                3 => writer.enrol(&next, trainee.id, State::Enrolled).await?,
                _ => {}
            }
        }
        if n == 4 {
            let gone = writer.date(frame.current.plus(2).monday(), 8).await?;
            writer.cancel(&gone, "An diesen Tagen wird das Abo-System umgestellt.").await?;
        }
    }
    Ok(())
}

/// Writes what belongs to one course.
struct Writer<'a> {
    db: &'a mut PgConnection,
    campaign: &'a Created,
    course: CourseId,
    staff: &'a Staff,
    now: OffsetDateTime,
}

impl Writer<'_> {
    async fn course(&mut self, title: &str, text: &str, at: OffsetDateTime) -> anyhow::Result<()> {
        sqlx::query!(
            "insert into course (id, campaign_id, title, description, created_at) values ($1, $2, $3, $4, $5)",
            self.course.0,
            self.campaign.id.0,
            title,
            text,
            at,
        )
        .execute(&mut *self.db)
        .await?;
        for (n, what) in [(1, "Leitfaden zum Mitlesen"), (2, "Übungsgespräche zum Anhören")] {
            sqlx::query!(
                "insert into course_material (id, course_id, title, link, created_at) values ($1, $2, $3, $4, $5)",
                MaterialId::new().0,
                self.course.0,
                what,
                format!("https://lernen.example/{}/{n}", self.campaign.slug),
                at + Duration::minutes(n),
            )
            .execute(&mut *self.db)
            .await?;
        }
        Ok(())
    }

    async fn file(&mut self, title: &str, file: &Taken, at: OffsetDateTime) -> anyhow::Result<()> {
        file.keep(&mut *self.db).await?;
        sqlx::query!(
            "insert into course_material (id, course_id, title, blob_id, created_at) values ($1, $2, $3, $4, $5)",
            MaterialId::new().0,
            self.course.0,
            title,
            file.blob.0,
            at,
        )
        .execute(&mut *self.db)
        .await?;
        Ok(())
    }

    async fn date(&mut self, first: Date, seats: i16) -> anyhow::Result<Run> {
        let zone = &self.campaign.zone;
        let day = |n| (TrainingDayId::new(), zone.wall_or_next(first + Duration::days(n), 9 * 60));
        let days: Vec<_> = (0..DAYS).map(day).collect();
        let id = TrainingDateId::new();
        sqlx::query!(
            "insert into training_date (id, course_id, trainer_id, place, seats, leave_until, created_at) values ($1, $2, $3, $4, $5, $6, $7)",
            id.0,
            self.course.0,
            self.staff.trainer.0,
            ROOM,
            seats,
            days[0].1 - DEADLINE,
            days[0].1 - Duration::weeks(5),
        )
        .execute(&mut *self.db)
        .await?;
        for (day, starts_at) in &days {
            sqlx::query!(
                "insert into training_day (id, date_id, starts_at, ends_at) values ($1, $2, $3, $4)",
                day.0,
                id.0,
                starts_at,
                *starts_at + Duration::hours(4),
            )
            .execute(&mut *self.db)
            .await?;
        }
        Ok(Run { id, course: self.course, campaign: self.campaign.id, days })
    }

    /// Somebody on a date: with a seat that holds their time, or on the waiting list.
    async fn enrol(&mut self, date: &Run, who: FreelancerId, state: State) -> anyhow::Result<()> {
        let at = (self.now - Duration::days(3)).min(date.days[0].1 - Duration::days(6));
        self.row(date, who, state, at, None).await?;
        let event = if state == State::Enrolled { Event::TrainingEnrolled } else { Event::TrainingWaiting };
        self.note(date, who, event, at).await
    }

    /// Somebody who took part in a past date, with the result.
    async fn result(&mut self, date: &Run, who: FreelancerId, state: State) -> anyhow::Result<()> {
        let joined = date.days[0].1 - Duration::days(6);
        let decided = date.days.last().map_or(self.now, |(_, at)| *at + Duration::hours(4));
        let enrolment = self.row(date, who, state, joined, Some(decided)).await?;
        for (day, starts_at) in &date.days {
            sqlx::query!(
                "insert into attended_day (enrolment_id, day_id, noted_at, noted_by) values ($1, $2, $3, $4)",
                enrolment.0,
                day.0,
                *starts_at + Duration::hours(4),
                self.staff.trainer.0,
            )
            .execute(&mut *self.db)
            .await?;
        }
        if state == State::Passed {
            passed::note(&mut *self.db, who, self.campaign.id, decided).await?;
        }
        let event = if state == State::Passed { Event::TrainingPassed } else { Event::TrainingToRepeat };
        self.note(date, who, Event::TrainingEnrolled, joined).await?;
        self.note(date, who, event, decided).await
    }

    async fn row(
        &mut self,
        date: &Run,
        who: FreelancerId,
        state: State,
        at: OffsetDateTime,
        decided: Option<OffsetDateTime>,
    ) -> anyhow::Result<EnrolmentId> {
        let word = match state {
            State::Passed => {
                Some("Du hast schnell verstanden, worauf es ankommt. Viel Freude in den ersten Schichten.")
            }
            State::Repeat => Some("Beim Buchen fehlt noch die Ruhe. Mach gern den nächsten Termin mit, dann sitzt es."),
            _ => None,
        };
        let id = EnrolmentId::new();
        sqlx::query!(
            "insert into enrolment (id, date_id, course_id, freelancer_id, state, joined_at, enrolled_at, result_at, result_by, word)
             values ($1, $2, $3, $4, $5, $6, case when $7 then $6::timestamptz end, $8, case when $8::timestamptz is not null then $9::uuid end, $10)",
            id.0,
            date.id.0,
            date.course.0,
            who.0,
            state as State,
            at,
            state.takes_part(),
            decided,
            self.staff.trainer.0,
            word,
        )
        .execute(&mut *self.db)
        .await?;
        if state.has_seat() {
            sqlx::query!("update training_date set taken = taken + 1 where id = $1", date.id.0)
                .execute(&mut *self.db)
                .await?;
            sqlx::query!(
                "insert into booking (id, kind, training_day_id, freelancer_id, during, booked_at)
                 select gen_random_uuid(), 'training', id, $2, during, $3 from training_day where date_id = $1",
                date.id.0,
                who.0,
                at,
            )
            .execute(&mut *self.db)
            .await?;
        }
        Ok(id)
    }

    async fn note(&mut self, date: &Run, who: FreelancerId, event: Event, at: OffsetDateTime) -> anyhow::Result<()> {
        let by = match event {
            Event::TrainingPassed | Event::TrainingToRepeat => self.staff.trainer,
            _ => who.into(),
        };
        let step = Note { freelancer: who, campaign: Some(date.campaign), event, by: Some(by), note: None };
        history::note(&mut *self.db, step, at).await?;
        Ok(())
    }

    async fn cancel(&mut self, date: &Run, reason: &str) -> anyhow::Result<()> {
        sqlx::query!(
            "update training_date set cancelled_at = $2, cancellation = $3 where id = $1",
            date.id.0,
            self.now - Duration::DAY,
            reason,
        )
        .execute(&mut *self.db)
        .await?;
        Ok(())
    }
}
