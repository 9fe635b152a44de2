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
use crate::{freelancers, shifts, signin, training};

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
    all.extend(contact::mails::samples(config, now));
    all
}

/// A mail side by side with itself.
struct Shown {
    template: &'static str,
    topic: Topic,
    subject: String,
    text: String,
    blocks: Vec<Block>,
}

impl Shown {
    fn new(Sample { template, mail }: Sample) -> Self {
        let blocks = html::inert(&mail.body, &format!("#{template}"));
        Self { template, topic: mail.topic, subject: mail.subject, text: mail.body, blocks }
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
    let mails = all(&portal.config, now).into_iter().map(Shown::new).collect();
    Ok(MailsPage { layout: page.layout("Mails"), mails }.into_response())
}
