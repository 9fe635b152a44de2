//! The outbox: each mail once, whatever dies; retried while it may help; forgotten in time; written in our words.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use portal::accounts::role::Role;
use portal::clock::Clock;
use portal::mail::transport::Transport;
use portal::mail::worker::deliver;
use portal::mail::{self, Mail, Topic};
use portal::shifts::publication;
use sqlx::PgPool;
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::page::avoided_words;
use crate::seed::{self, PASSWORD, Person};
use crate::server::{START, TestPortal};

/// A mail server that keeps what it is given.
struct Sink {
    port: u16,
    desk: Arc<Desk>,
}

/// What the sink says to a recipient, and what it does with each mail it took.
struct Desk {
    answer: Mutex<&'static str>,
    taken: Mutex<Vec<String>>,
    /// A mail takes so long by this clock.
    clock: Mutex<Option<(Clock, Duration)>>,
}

impl Sink {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let desk = Arc::new(Desk { answer: Mutex::new(""), taken: Mutex::default(), clock: Mutex::new(None) });
        let own = Arc::clone(&desk);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&own)));
            }
        });
        Self { port, desk }
    }

    async fn portal(&self) -> TestPortal {
        TestPortal::with(&["--mail-url", &format!("smtp://127.0.0.1:{}", self.port)]).await
    }

    /// From now on recipients are answered like this; empty: accepted, `hang`: never.
    fn answer(&self, answer: &'static str) {
        *self.desk.answer.lock().unwrap() = answer;
    }

    fn taken(&self) -> Vec<String> {
        self.desk.taken.lock().unwrap().clone()
    }
}

async fn serve(stream: TcpStream, desk: Arc<Desk>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink\r\n").await.ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let said = *desk.answer.lock().unwrap();
        let answer = match line.get(..4)? {
            "RCPT" if said == "hang" => std::future::pending().await,
            "RCPT" if !said.is_empty() => said,
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                    mail += &(line + "\n");
                }
                desk.taken.lock().unwrap().push(mail);
                if let Some((clock, takes)) = &*desk.clock.lock().unwrap() {
                    clock.set(clock.now() + *takes);
                }
                "250 taken"
            }
            "QUIT" => return write.write_all(b"221 bye\r\n").await.ok(),
            _ => "250 ok",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    Some(())
}

async fn write_mails(portal: &TestPortal, person: &Person, count: usize) {
    let mails: Vec<Mail> = (0..count)
        .map(|n| Mail {
            account: person.id,
            topic: Topic::Account,
            recipient: person.email.clone(),
            subject: format!("Nachricht {n}"),
            body: "Ein Satz.".into(),
        })
        .collect();
    mail::enqueue_all(&portal.db, &mails, portal.now()).await.unwrap();
}

async fn send(portal: &TestPortal) -> usize {
    deliver(&portal.db, &portal.portal.mail, &portal.portal.clock).await.unwrap()
}

fn files(portal: &TestPortal) -> Vec<PathBuf> {
    let folder = portal.portal.mail.folder().expect("a folder");
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn message_id(mail: &str) -> String {
    let line = mail.lines().find(|line| line.starts_with("Message-ID: "));
    line.unwrap_or_else(|| panic!("no id in {mail}")).to_owned()
}

/// Attempts, whether it is due, sent, failed.
async fn state(db: &PgPool) -> (i16, OffsetDateTime, bool, bool) {
    let sql = "select attempts, due_at, sent_at is not null, failed_at is not null from mail";
    sqlx::query_as(sql).fetch_one(db).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn four_workers_deliver_each_mail_once() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    write_mails(&portal, &person, 200).await;
    let sent = join_all((0..4).map(|_| send(&portal))).await;
    assert_eq!(sent.iter().sum::<usize>(), 200, "{sent:?}");
    let mails = files(&portal);
    assert_eq!(mails.len(), 200);
    let ids: BTreeSet<String> = mails.iter().map(|path| message_id(&std::fs::read_to_string(path).unwrap())).collect();
    assert_eq!(ids.len(), 200);
    assert_eq!(send(&portal).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_server_is_no_reason_to_send_twice() {
    let sink = Sink::open().await;
    let portal = sink.portal().await;
    let person = seed::freelancer(&portal.db).await;
    write_mails(&portal, &person, 60).await;
    // 60 mails at 5 seconds are five minutes: far longer than a claim.
    *sink.desk.clock.lock().unwrap() = Some((portal.portal.clock.clone(), Duration::seconds(5)));
    let sent = join_all((0..3).map(|_| async {
        let mut sent = 0;
        for _ in 0..60 {
            sent += send(&portal).await;
        }
        sent
    }))
    .await;
    assert_eq!(sent.iter().sum::<usize>(), 60, "{sent:?}");
    assert_eq!(sink.taken().len(), 60);
}

#[tokio::test]
async fn what_a_dead_worker_had_claimed_is_sent_when_its_claim_is_over() {
    let sink = Sink::open().await;
    let portal = sink.portal().await;
    let person = seed::freelancer(&portal.db).await;
    write_mails(&portal, &person, 1).await;
    sink.answer("hang");
    // Another server, with connections of its own.
    let transport = Transport::new(&portal.portal.config).unwrap();
    let dying = deliver(&portal.db, &transport, &portal.portal.clock);
    let dying = tokio::time::timeout(std::time::Duration::from_secs(1), dying).await;
    assert!(dying.is_err(), "the worker was busy when it died");
    sink.answer("");
    assert_eq!(state(&portal.db).await.0, 1, "it was claimed");
    portal.pass(Duration::minutes(2) - Duration::SECOND);
    assert_eq!((send(&portal).await, sink.taken().len()), (0, 0), "not before");
    portal.pass(Duration::SECOND);
    assert_eq!((send(&portal).await, sink.taken().len()), (1, 1));
}

#[tokio::test]
async fn a_crash_between_hand_over_and_note_leaves_one_file() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    write_mails(&portal, &person, 1).await;
    send(&portal).await;
    let first = message_id(&std::fs::read_to_string(&files(&portal)[0]).unwrap());
    // As the row looks if the worker died before its note.
    sqlx::query("update mail set sent_at = null").execute(&portal.db).await.unwrap();
    portal.pass(Duration::minutes(2));
    assert_eq!(send(&portal).await, 1);
    let files = files(&portal);
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(message_id(&std::fs::read_to_string(&files[0]).unwrap()), first);
}

#[tokio::test]
async fn a_passing_trouble_is_tried_again_with_growing_pauses_and_given_up_at_last() {
    let sink = Sink::open().await;
    let portal = sink.portal().await;
    let person = seed::freelancer(&portal.db).await;
    write_mails(&portal, &person, 1).await;
    sink.answer("451 later");
    let mut pauses = Vec::new();
    loop {
        assert_eq!(send(&portal).await, 0);
        let (attempts, due, sent, failed) = state(&portal.db).await;
        assert!(!sent && attempts <= 12);
        if failed {
            break;
        }
        assert_eq!(send(&portal).await, 0, "not before its time");
        assert_eq!(state(&portal.db).await.0, attempts);
        pauses.push((due - portal.now()).whole_minutes());
        portal.set_time(due);
    }
    assert_eq!(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]);
    // Then it is over, and staff are told.
    sink.answer("");
    portal.pass(Duration::hours(7));
    assert_eq!((send(&portal).await, sink.taken().len()), (0, 0));
    let ready = portal.client().get("/readyz").await.body.clone();
    assert!(ready.contains("1 Mail ließ sich in den letzten 24 Stunden nicht zustellen."), "{ready}");
}

#[tokio::test]
async fn a_trouble_that_passes_is_over_with_the_next_attempt() {
    let sink = Sink::open().await;
    let portal = sink.portal().await;
    let person = seed::freelancer(&portal.db).await;
    write_mails(&portal, &person, 1).await;
    sink.answer("451 later");
    send(&portal).await;
    sink.answer("");
    portal.pass(Duration::minutes(2));
    assert_eq!((send(&portal).await, sink.taken().len()), (1, 1));
}

#[tokio::test]
async fn a_refusal_for_good_fails_at_once() {
    let sink = Sink::open().await;
    let portal = sink.portal().await;
    let person = seed::freelancer(&portal.db).await;
    write_mails(&portal, &person, 1).await;
    sink.answer("550 nobody of that name");
    send(&portal).await;
    let (attempts, _, sent, failed) = state(&portal.db).await;
    assert_eq!((attempts, sent, failed), (1, false, true));
}

#[tokio::test]
async fn recipient_and_text_are_forgotten_after_7_days_and_of_failed_mails_after_30() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    write_mails(&portal, &person, 2).await;
    send(&portal).await;
    let fail = "update mail set failed_at = sent_at, sent_at = null where subject = 'Nachricht 1'";
    sqlx::query(fail).execute(&portal.db).await.unwrap();
    for (days, forgotten) in [(7, 0), (8, 1), (30, 0), (31, 1)] {
        let now = START + Duration::days(days);
        assert_eq!(mail::scrub(&portal.db, now).await.unwrap(), forgotten, "after {days} days");
    }
    let left = "select count(*) from mail where coalesce(recipient, subject, body) is not null or scrubbed_at is null";
    assert_eq!(sqlx::query_scalar::<_, i64>(left).fetch_one(&portal.db).await.unwrap(), 0);
}

#[tokio::test]
async fn the_folder_keeps_mails_for_7_days() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    write_mails(&portal, &person, 2).await;
    send(&portal).await;
    // The age of a file is the system's, not that of the portal's clock.
    let written = Clock::system().now();
    let transport = &portal.portal.mail;
    assert_eq!(transport.sweep(written + Duration::days(7) - Duration::HOUR).unwrap(), 0);
    assert_eq!(transport.sweep(written + Duration::days(7) + Duration::HOUR).unwrap(), 2);
    assert_eq!(files(&portal), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn mails_about_access_cannot_be_switched_off() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let off = mail::set_opt_outs(&portal.db, person.id, vec![Topic::Account], portal.now()).await;
    assert_eq!(portal::database::constraint(&off.unwrap_err()), Some("mail_opt_out_possible"));
    let page = portal.client_of(&person).await.get("/konto").await.clone();
    assert!(page.has("input[name=topic]") && !page.has("input[name=topic][value=account]"));
}

/// Each template below `templates/mail`, by the beginning of the subject it is sent with.
const TEMPLATES: [(&str, &str); 10] = [
    ("booked", "Gebucht: "),
    ("changed", "Deine gebuchten Schichten ändern sich"),
    ("freelancer_invitation", "Dein Zugang zu den Schichten"),
    ("help", "Offene Schichten: "),
    ("password_changed", "Dein Passwort wurde geändert"),
    ("password_reset", "Neues Passwort für das Portal"),
    ("published", "Neuer Schichtplan: "),
    ("released", "Freigegeben: "),
    ("staff_invitation", "Dein Zugang zum Portal"),
    ("taken_off", "Deine Buchung ist aufgehoben"),
];

/// Lets people do everything that causes a mail.
async fn cause_every_mail(portal: &TestPortal) -> Vec<Person> {
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    let (person, other) = (seed::qualified(db, &campaign).await, seed::qualified(db, &campaign).await);
    let administrator = seed::person(db, &[Role::Administrator, Role::Planner]).await;
    let day = date!(2026 - 12 - 02);
    let (mine, theirs) =
        (seed::shift(db, &campaign, day, 9, 4, 2).await, seed::shift(db, &campaign, day, 14, 4, 2).await);
    let booked = seed::booking(db, &other, mine).await;
    seed::booking(db, &other, theirs).await;
    seed::draft(db, &campaign, date!(2026 - 12 - 09), 9, 4, 2).await;

    let mut client = portal.client_of(&person).await;
    client.post(&format!("/schichten/{mine}/buchung"), &[]).await;
    client.post(&format!("/schichten/{mine}/freigabe"), &[]).await;
    let new = [("current", PASSWORD), ("password", "Neun Kraniche über dem Deich im Nebel")];
    let page = client.post("/konto/passwort", &new).await;
    assert!(page.status.is_success(), "{}", page.text());
    portal.client().post("/passwort-vergessen", &[("email", &person.email)]).await;

    let mut client = portal.client_of(&administrator).await;
    client.get("/verwaltung/konten/neu").await;
    client.fill("name", "Kim Neumann").fill("email", "kim@beispiel.example").tick_value("roles", "planner");
    client.press("Einladung schicken").await;
    client.get("/verwaltung/freelancer/neu").await;
    client.fill("name", "Alex Neumann").fill("email", "alex@beispiel.example").press("Einladung schicken").await;
    client.get(&format!("/verwaltung/buchungen/{booked}/aufhebung")).await;
    client.fill("grund", "Doppelt besetzt.").press("Aufheben und 1 Mail senden").await;
    let plan = format!("/verwaltung/kampagnen/{}/plan/2026-W49", campaign.slug);
    let page = client.post(&format!("{plan}/hilfe"), &[]).await;
    assert!(page.status.is_success(), "{}", page.text());
    let page = client.post(&format!("{plan}/loeschung"), &[("s", &theirs.to_string())]).await;
    let button = page.texts("button[value=ausfuehren]").pop().unwrap_or_else(|| panic!("{}", page.text()));
    client.fill("grund", "Der Auftraggeber hat geschlossen.").press(&button).await;
    portal.set_time(datetime!(2026-11-25 11:00 UTC));
    publication::run_due(db, &portal.portal.config, portal.now()).await.unwrap();
    vec![person, other, administrator]
}

#[tokio::test]
async fn every_mail_is_in_our_words_without_names_in_its_subject_and_leads_to_the_portal() {
    let portal = TestPortal::with(&["--base-url", "https://portal.beispiel.example"]).await;
    let people = cause_every_mail(&portal).await;
    let mails = portal.mails().await;
    let mut unseen: BTreeSet<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/mail"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    for mail in &mails {
        let kind = TEMPLATES.iter().find(|(_, begin)| mail.subject.starts_with(begin));
        let (template, _) = kind.unwrap_or_else(|| panic!("an unknown subject: {}", mail.subject));
        unseen.remove(*template);
        let text = format!("{}\n{}", mail.subject, mail.body);
        assert_eq!(avoided_words(&text), Vec::<String>::new(), "{text}");
        assert!(!text.contains('!') && !text.contains("  ") && !text.contains('<'), "{text}");
        let names = people.iter().map(|person| person.name.as_str()).chain(["Kim Neumann", "Alex Neumann"]);
        for name in names.flat_map(|name| name.split(' ').filter(|part| part.len() > 2)) {
            assert!(!mail.subject.contains(name), "a name in the subject: {}", mail.subject);
        }
        let links: Vec<&str> = mail.body.split_whitespace().filter(|word| word.contains("//")).collect();
        assert!(!links.is_empty(), "no link: {text}");
        assert!(links.iter().all(|link| link.starts_with("https://portal.beispiel.example/")), "{links:?}");
    }
    assert_eq!(unseen, BTreeSet::new(), "no mail was made from these templates");
}
