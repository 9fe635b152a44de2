//! The mails about one's own data: what becomes of a request by mail address, and the receipt that proves an erasure.

use askama::Template;
use time::OffsetDateTime;
use uuid::Uuid;

use super::day::ErasureDay;
use super::gone::Kind;
use super::wish::Wish;
use crate::clock::{Zone, german};
use crate::config::Config;
use crate::id::AccountId;
use crate::mail::{Mail, Recipient, Sample, Topic};
use crate::policy::{Figure, Policy};

/// Who is behind an address that was typed, which decides what the mail says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    Nobody,
    /// Applies, or did; or had access once: the mailbox is the only proof there is.
    Mailbox,
    /// Signs in with a password: that is asked for.
    Freelancer,
    /// Works in the house.
    Staff,
}

/// How our mails end; staff may end theirs otherwise.
const CLOSING: &str = "\n\nViele Grüße\n";

/// The mail with the day on which the dossier that it is about is erased, unless it says so already: applicants know it from
/// the first mail on (privacy.md).
pub fn with_day(mut mail: Mail, erased: Option<ErasureDay>) -> Mail {
    if let Some(day) = erased.filter(|day| !says(&mail.body, day)) {
        let end = mail.body.rfind(CLOSING).unwrap_or(mail.body.trim_end().len());
        mail.body.insert_str(end, &format!("\n\n{}", day.sentences()));
    }
    mail
}

/// Whether a text that staff may have written says the day, in its own words or in ours; a hold is said in ours alone.
fn says(text: &str, day: &ErasureDay) -> bool {
    let on = german::date(day.on);
    let in_own_words = || text.lines().any(|line| line.contains("lösch") && line.contains(&on));
    text.contains(&day.when()) || !day.is_held() && in_own_words()
}

#[derive(Template)]
#[template(path = "mail/data_request.txt")]
struct Confirm<'a> {
    wish: &'static str,
    behind: Behind,
    /// The confirmation, or the page of the account.
    link: String,
    contact: String,
    operator: &'a str,
}

/// What was asked for, as the mail says it.
fn said(wish: Wish) -> &'static str {
    match wish {
        Wish::Copy => "eine Kopie aller Daten",
        Wish::Erasure => "die Löschung aller Daten",
    }
}

/// The mail to this address.
pub fn confirm(
    config: &Config,
    (account, email): (Option<AccountId>, &str),
    behind: Behind,
    wish: Wish,
    token: &str,
) -> Mail {
    let path = match (behind, wish) {
        (Behind::Freelancer, Wish::Erasure) => "/konto/loeschung".into(),
        (Behind::Freelancer, Wish::Copy) => "/konto/daten".into(),
        (Behind::Nobody | Behind::Mailbox | Behind::Staff, _) => format!("/datenschutz/anfrage/{token}"),
    };
    let body = Confirm {
        wish: said(wish),
        behind,
        link: config.link(&path),
        contact: config.link("/kontakt"),
        operator: &config.operator_name,
    };
    let to = account.map_or(Recipient::stranger(email), |account| Recipient::of(account, email));
    to.mail(Topic::Privacy, "Deine Anfrage zu deinen Daten", &body)
}

/// A receipt whose files are gone.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The entry of the ledger.
    pub number: Uuid,
    pub recipient: String,
    /// One for each entry.
    pub kinds: Vec<Kind>,
    /// Files that went with it.
    pub files: i32,
    pub by_wish: bool,
    /// Whether the account went, too; otherwise the person is still somebody here.
    pub is_whole: bool,
    /// Whether a freelancer's account went, of which the law keeps something.
    pub is_freelancers: bool,
    pub erased_at: OffsetDateTime,
}

#[derive(Template)]
#[template(path = "mail/erasure_receipt.txt")]
struct Proof<'a> {
    number: Uuid,
    at: String,
    by_wish: bool,
    is_whole: bool,
    erased: Vec<String>,
    is_freelancers: bool,
    policy: &'a Policy,
    link: String,
    operator: &'a str,
}

/// What was erased, line by line.
fn erased(receipt: &Receipt) -> Vec<String> {
    let count = |kind| i64::try_from(receipt.kinds.iter().filter(|k| **k == kind).count()).unwrap_or(i64::MAX);
    let (dossiers, profiles, accounts) = (count(Kind::Dossier), count(Kind::Person), count(Kind::Account));
    let mut lines = Vec::new();
    if dossiers > 0 {
        let said = german::count(dossiers, "Bewerbung", "Bewerbungen");
        lines.push(format!("{said} mit Angaben, Antworten, Notizen und Terminen"));
    }
    if receipt.files > 0 {
        lines.push(format!("{} aus dem Speicher", german::count(receipt.files.into(), "Datei", "Dateien")));
    }
    if profiles > 0 {
        lines.push("dein Profil als Bewerber*in".into());
    }
    if accounts > 0 {
        lines.push(match receipt.is_freelancers {
            true => "dein Zugang mit Profil, Unterlagen, Schulungen und kommenden Schichten".into(),
            false => "dein Zugang mit Namen und Adresse".into(),
        });
    }
    lines
}

/// The mail of a receipt.
pub fn receipt(config: &Config, policy: &Policy, receipt: &Receipt) -> Mail {
    let body = Proof {
        number: receipt.number,
        at: german::moment(Zone::berlin().local(receipt.erased_at)),
        by_wish: receipt.by_wish,
        is_whole: receipt.is_whole,
        erased: erased(receipt),
        is_freelancers: receipt.is_freelancers,
        policy,
        link: config.link("/datenschutz"),
        operator: &config.operator_name,
    };
    let subject = match receipt.is_whole {
        true => "Löschnachweis: Deine Daten sind gelöscht",
        false => "Löschnachweis: Bewerbungsdaten von dir sind gelöscht",
    };
    Recipient::stranger(&receipt.recipient).mail(Topic::Privacy, subject, &body)
}

/// Every mail of this file with sample values.
pub fn samples(config: &Config, now: OffsetDateTime) -> Vec<Sample> {
    let to = (None, "noa@beispiel.example");
    let sample = Receipt {
        number: Uuid::from_u128(0x5f2c_91b4_7e0d_4a63_8c1f_20d7_e9b3_46aa),
        recipient: "noa@beispiel.example".into(),
        kinds: vec![Kind::Dossier, Kind::Person, Kind::Account],
        files: 2,
        by_wish: true,
        is_whole: true,
        is_freelancers: true,
        erased_at: now,
    };
    vec![
        Sample::new("data_request", confirm(config, to, Behind::Mailbox, Wish::Erasure, "beispiel")),
        Sample::new("erasure_receipt", receipt(config, &Policy::default(), &sample)),
    ]
}
