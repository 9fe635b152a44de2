//! Every mail of the portal with sample values, as text and as HTML; only in the demo.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::IntoResponse;
use time::OffsetDateTime;

use super::contact;
use crate::applications::{self, form, interview};
use crate::config::Config;
use crate::mail::html::{self, Block};
use crate::mail::{Sample, Topic};
use crate::portal::Portal;
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Layout, Page, filters};
use crate::{freelancers, readiness, retention, shifts, signin, training};

/// Each feature's mails with sample values. A new file of mails adds its `samples` here; a test finds what is missing.
pub fn all(config: &Config, now: OffsetDateTime) -> Vec<Sample> {
    let mut all = Vec::new();
    all.extend(form::mails::samples(config, now));
    all.extend(applications::mails::samples(config, now));
    all.extend(interview::mails::samples(config, now));
    all.extend(signin::mails::samples(config, now));
    all.extend(freelancers::mails::samples(config, now));
    all.extend(freelancers::briefing::mails::samples(config, now));
    all.extend(shifts::mails::samples(config, now));
    all.extend(training::mails::samples(config, now));
    all.extend(shifts::pair::mails::samples(config, now));
    all.extend(training::first_shifts::mails::samples(config));
    all.extend(readiness::ending::mails::samples(config));
    all.extend(contact::mails::samples(config, now));
    all.extend(retention::mails::samples(config, now));
    all
}

/// A mail side by side with itself.
struct Shown {
    /// Its template's name; from the second mail of a template on with a number.
    anchor: String,
    topic: Topic,
    subject: String,
    text: String,
    blocks: Vec<Block>,
}

impl Shown {
    fn new(Sample { template, mail }: Sample, shown: &[Self]) -> Self {
        let same = |other: &&Self| other.anchor == template || other.anchor.starts_with(&format!("{template}-"));
        let anchor = match shown.iter().filter(same).count() {
            0 => template.to_owned(),
            n => format!("{template}-{}", n + 1),
        };
        let blocks = html::inert(&mail.body, &format!("#{anchor}"));
        Self { anchor, topic: mail.topic, subject: mail.subject, text: mail.body, blocks }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "site/mails.html")]
struct MailsPage {
    layout: Layout,
    mails: Vec<Shown>,
}

/// `GET /stil/mails`
pub async fn list(State(portal): State<Portal>, page: Page, Now(now): Now) -> Answer {
    if !portal.demo {
        return Err(Error::NotFound);
    }
    let mut mails: Vec<Shown> = Vec::new();
    for sample in all(&portal.config, now) {
        mails.push(Shown::new(sample, &mails));
    }
    Ok(MailsPage { layout: page.layout("Mails"), mails }.into_response())
}
