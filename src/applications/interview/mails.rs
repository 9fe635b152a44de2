//! The mails about interviews: plain text, subjects without names.

use askama::Template;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::choice::contact;
use super::{Interview, is_room};
use crate::applications::form::link::{self, Page};
use crate::clock::Zone;
use crate::clock::week::Week;
use crate::config::Config;
use crate::id::{AccountId, ApplicationId, InterviewId, SlotId};
use crate::mail::{Mail, Recipient, Sample, Topic};
use crate::retention::day::ErasureDay;
use crate::retention::mails::with_day;
use crate::retention::months;

/// The page on which the applicant keeps their interview.
pub fn path(interview: &Interview) -> String {
    Page::Interview.of(interview.application)
}

/// The same through a personal link of its own, for mails to somebody whose session may be over.
pub async fn personal_path(
    db: &mut PgConnection,
    interview: &Interview,
    now: OffsetDateTime,
) -> Result<String, sqlx::Error> {
    let token = link::for_mail(db, interview.applicant.into(), interview.application, Page::Interview, now).await?;
    Ok(token.map_or_else(|| path(interview), |token| link::path(&token)))
}

/// The week of staff's list in which a slot stands.
pub fn staff_path(starts_at: OffsetDateTime) -> String {
    format!("/verwaltung/gespraeche?woche={}", Week::at(starts_at, &Zone::berlin()))
}

/// What every mail to an applicant may say.
struct Said<'a> {
    name: &'a str,
    title: &'a str,
    when: String,
    /// How one meets: the sentence with number or address.
    how: String,
    interviewer: &'a str,
    /// Until when it can be moved, or whom to ask.
    change: String,
    link: String,
    file: String,
    operator: &'a str,
}

impl<'a> Said<'a> {
    fn new(config: &'a Config, interview: &'a Interview) -> Self {
        Self::leading_to(config, interview, &path(interview))
    }

    fn leading_to(config: &'a Config, interview: &'a Interview, path_of_link: &str) -> Self {
        let how = match is_room(&interview.place) {
            true => format!("Ihr trefft euch im Videoraum: {}", interview.place),
            false => format!("Ihr telefoniert unter der Nummer {}.", interview.place),
        };
        let link = config.link(path_of_link);
        Self {
            name: &interview.name,
            title: &interview.title,
            when: interview.said(),
            how,
            interviewer: &interview.interviewer_name,
            change: match interview.may_change(interview.chosen_at) {
                true => format!("Verschieben oder absagen kannst du bis {}: {link}", interview.deadline_said()),
                false => {
                    format!(
                        "Wenn etwas dazwischenkommt, schreib bitte an {}. Alles zum Gespräch: {link}",
                        contact(interview)
                    )
                }
            },
            link,
            file: config.link(&format!("{}.ics", path(interview))),
            operator: &config.operator_name,
        }
    }
}

fn to_applicant(interview: &Interview, topic: Topic, subject: String, body: &impl Template) -> Mail {
    Recipient::of(interview.applicant, &interview.email).mail(topic, subject, body)
}

#[derive(Template)]
#[template(path = "mail/interview_chosen.txt")]
struct Chosen<'a> {
    said: Said<'a>,
}

/// "Your interview is on …"
pub fn chosen(config: &Config, interview: &Interview) -> Mail {
    let subject = format!("Dein Kennenlerngespräch: {}", interview.said());
    to_applicant(interview, Topic::Application, subject, &Chosen { said: Said::new(config, interview) })
}

#[derive(Template)]
#[template(path = "mail/interview_moved.txt")]
struct Moved<'a> {
    said: Said<'a>,
    before: String,
}

/// "Your interview is now on …"
pub fn moved(config: &Config, before: &Interview, interview: &Interview) -> Mail {
    let subject = format!("Dein Kennenlerngespräch ist verschoben: {}", interview.said());
    let body = Moved { said: Said::new(config, interview), before: before.said() };
    to_applicant(interview, Topic::Application, subject, &body)
}

#[derive(Template)]
#[template(path = "mail/interview_cancelled.txt")]
struct Cancelled<'a> {
    said: Said<'a>,
}

/// "You cancelled …"
pub fn cancelled(config: &Config, interview: &Interview) -> Mail {
    let subject = format!("Dein Kennenlerngespräch ist abgesagt: {}", interview.said());
    to_applicant(interview, Topic::Application, subject, &Cancelled { said: Said::new(config, interview) })
}

#[derive(Template)]
#[template(path = "mail/interview_cancelled_by_staff.txt")]
struct CancelledByStaff<'a> {
    said: Said<'a>,
    reason: &'a str,
}

/// "We have to cancel …, here is why, please choose anew", with the path of the page to do so.
pub fn cancelled_by_staff(config: &Config, interview: &Interview, reason: &str, path: &str) -> Mail {
    let subject = format!("Wir müssen dein Kennenlerngespräch absagen: {}", interview.said());
    let body = CancelledByStaff { said: Said::leading_to(config, interview, path), reason };
    to_applicant(interview, Topic::Application, subject, &body)
}

#[derive(Template)]
#[template(path = "mail/interview_reminder.txt")]
struct Reminder<'a> {
    said: Said<'a>,
}

/// "Your interview is tomorrow", with the path of its page. Can be switched off.
pub fn reminder(config: &Config, interview: &Interview, path: &str) -> Mail {
    let subject = format!("Erinnerung: dein Kennenlerngespräch, {}", interview.said());
    to_applicant(interview, Topic::Interview, subject, &Reminder { said: Said::leading_to(config, interview, path) })
}

#[derive(Template)]
#[template(path = "mail/interview_staff.txt")]
struct Staff<'a> {
    name: &'a str,
    what: String,
    link: String,
    operator: &'a str,
}

/// To the interviewer: somebody chose a slot. Who it is stands in the portal only.
pub fn interviewer_new(config: &Config, interview: &Interview) -> Mail {
    let what = format!("dein Termin {} ist vergeben. Mit wem du sprichst, steht in der Liste.", interview.said());
    staff(config, interview, format!("Termin vergeben: {}", interview.said()), what)
}

/// To the interviewer: the interview takes place no longer.
pub fn interviewer_gone(config: &Config, interview: &Interview) -> Mail {
    let what = format!("das Kennenlerngespräch {} findet nicht statt.", interview.said());
    staff(config, interview, format!("Gespräch entfällt: {}", interview.said()), what)
}

fn staff(config: &Config, interview: &Interview, subject: String, what: String) -> Mail {
    let link = config.link(&staff_path(interview.starts_at));
    let body = Staff { name: &interview.interviewer_name, what, link, operator: &config.operator_name };
    Recipient::of(interview.interviewer, &interview.interviewer_email).mail(Topic::Application, subject, &body)
}

/// Every mail of this file with sample values.
pub fn samples(config: &Config, now: OffsetDateTime) -> Vec<Sample> {
    let after = sample_interview(now);
    let starts_at = after.starts_at - Duration::DAY;
    let before = Interview { starts_at, ends_at: starts_at + Duration::minutes(30), ..after.clone() };
    let erased = months::first_day_after(Zone::berlin().date(now), 6).map(ErasureDay::usual);
    let dated = |template, mail| Sample::new(template, with_day(mail, erased));
    let path = link::path("beispiel");
    vec![
        dated("interview_chosen", chosen(config, &after)),
        dated("interview_moved", moved(config, &before, &after)),
        dated("interview_cancelled", cancelled(config, &after)),
        dated(
            "interview_cancelled_by_staff",
            cancelled_by_staff(config, &after, "Kim ist an dem Tag verhindert.", &path),
        ),
        dated("interview_reminder", reminder(config, &after, &path)),
        Sample::new("interview_staff", interviewer_new(config, &after)),
    ]
}

fn sample_interview(now: OffsetDateTime) -> Interview {
    let zone = Zone::berlin();
    let starts_at = zone.wall_or_next(zone.date(now) + Duration::days(3), 10 * 60);
    Interview {
        id: InterviewId::new(),
        slot: SlotId::new(),
        application: ApplicationId::new(),
        title: "Bestellungen für Pflanzen und Saatgut".into(),
        applicant: AccountId::new(),
        name: "Jana Wölk".into(),
        email: "jana@beispiel.example".into(),
        interviewer: AccountId::new(),
        interviewer_name: "Kim Petersen".into(),
        interviewer_email: "kim@beispiel.example".into(),
        starts_at,
        ends_at: starts_at + Duration::minutes(30),
        place: "0461 5550100".into(),
        chosen_at: now,
        ended_at: None,
        ending: None,
        sequence: 0,
    }
}
