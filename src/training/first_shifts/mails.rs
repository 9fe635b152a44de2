//! The mail that tells a trainee how the mentor found it.

use askama::Template;

use crate::config::Config;
use crate::freelancers::qualification::Progress;
use crate::id::AccountId;
use crate::mail::{Mail, Recipient, Sample, Topic};
use crate::shifts::pair::Somebody;
use crate::training::sign_off::SignOff;

#[derive(Template)]
#[template(path = "mail/signed_off.txt")]
struct SignedOff<'a> {
    name: &'a str,
    what: String,
    word: &'a str,
    then: String,
    link: String,
    operator: &'a str,
}

/// "Your first shift is signed off …", or once more; with the word.
pub fn signed(
    config: &Config,
    trainee: &Somebody,
    (title, said): (&str, &str),
    (result, word): (SignOff, &str),
    progress: Progress,
) -> Mail {
    let (subject, what) = match result {
        SignOff::Passed => (
            format!("Erste Schicht abgenommen: {said}"),
            format!("deine erste Schicht {said}, {title}, ist abgenommen."),
        ),
        SignOff::Again => (
            format!("Erste Schicht noch einmal: {said}"),
            format!("deine erste Schicht {said}, {title}, machst du noch einmal. Das ist üblich und hat keine Folgen."),
        ),
    };
    let then = match progress.left() {
        0 => "Damit sind alle ersten Schichten geschafft.".to_owned(),
        1 => "Jetzt fehlt noch eine.".to_owned(),
        n => format!("Jetzt fehlen noch {n}."),
    };
    let link = config.link("/erste-schichten");
    let body = SignedOff { name: &trainee.name, what, word, then, link, operator: &config.operator_name };
    Recipient::of(trainee.account, &trainee.email).mail(Topic::FirstShifts, subject, &body)
}

/// Every mail of this file with sample values.
pub fn samples(config: &Config) -> Vec<Sample> {
    let trainee =
        Somebody { account: AccountId::new(), name: "Jana Wölk".into(), email: "jana@beispiel.example".into() };
    let about = ("Blattgrün · Bestellhotline", "Mi, 2.12., 09:00–13:00 Uhr");
    let progress = |signed| Progress { prepares: true, passed: true, first_shifts: 3, signed };
    let mail = |result, word, signed| signed_sample(config, &trainee, about, (result, word), progress(signed));
    vec![
        mail(SignOff::Passed, "Du hast ruhig und freundlich telefoniert.", 2),
        mail(SignOff::Again, "Die Rücksendung üben wir noch einmal zusammen.", 1),
    ]
}

fn signed_sample(
    config: &Config,
    trainee: &Somebody,
    about: (&str, &str),
    said: (SignOff, &str),
    progress: Progress,
) -> Sample {
    Sample::new("signed_off", signed(config, trainee, about, said, progress))
}
