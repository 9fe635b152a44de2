//! The outbox: each mail once, whatever dies; retried while it may help; forgotten in time; written in our words.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use portal::accounts::role::Role;
use portal::applications::mail_text::Key;
use portal::clock::Clock;
use portal::mail::transport::Transport;
use portal::mail::worker::deliver;
use portal::mail::{self, Mail, Topic};
use portal::policy::{Figure, Policy};
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
            account: Some(person.id),
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
        let before = |figure| now - Policy::default().duration(figure);
        let (sent, failed) = (before(Figure::MailSentDays), before(Figure::MailFailedDays));
        assert_eq!(mail::scrub(&portal.db, sent, failed, now).await.unwrap(), forgotten, "after {days} days");
    }
    let left = "select count(*) from mail where coalesce(recipient, subject, body) is not null or scrubbed_at is null";
    assert_eq!(sqlx::query_scalar::<_, i64>(left).fetch_one(&portal.db).await.unwrap(), 0);
}

#[tokio::test]
async fn old_mails_leave_the_folder() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    write_mails(&portal, &person, 2).await;
    send(&portal).await;
    // The age of a file is the system's, not that of the portal's clock.
    let written = Clock::system().now();
    let transport = &portal.portal.mail;
    assert_eq!(transport.sweep(written - Duration::HOUR).unwrap(), 0);
    assert_eq!(transport.sweep(written + Duration::HOUR).unwrap(), 2);
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

/// Each template below `templates/mail` and each text that staff edit, by the beginning of the subject it is sent with.
const TEMPLATES: &[(&str, &str)] = &[
    ("accepted", "Du bist dabei"),
    ("application_link", "Dein persönlicher Link zur Bewerbung"),
    ("application_received", "Deine Bewerbung ist da"),
    ("application_sign_in", "Bitte melde dich an"),
    ("application_withdrawn", "Deine Bewerbung ist zurückgezogen"),
    ("data_request", "Deine Anfrage zu deinen Daten"),
    ("erasure_receipt", "Löschnachweis: Deine Daten sind gelöscht"),
    ("data_copy", "Die Kopie deiner Daten ist fertig"),
    ("consent_given", "Wir behalten deine Bewerbung länger"),
    ("consent_ending", "Deine Einwilligung endet bald"),
    ("booked", "Gebucht: "),
    ("briefing_published", "Neue Datenschutz-Unterweisung"),
    ("briefing_reminder", "Erinnerung: Datenschutz-Unterweisung"),
    ("changed", "Deine gebuchten Schichten ändern sich"),
    ("contact_answer", "Antwort auf deine Nachricht"),
    ("contact_receipt", "Deine Nachricht ist angekommen"),
    ("contract_new", "Neue Vertragsunterlagen: "),
    ("document_ending", "Gewerbeschein: gültig bis"),
    ("document_refused", "Bitte noch einmal: "),
    ("bookings_kept", "Deine gebuchten Schichten bleiben"),
    ("campaign_end", "Die Kampagne endet: "),
    ("campaign_end", "Die Kampagne geht weiter: "),
    ("changed", "Deine gebuchten Schichten ändern sich"),
    ("contact_answer", "Antwort auf deine Nachricht"),
    ("contact_receipt", "Deine Nachricht ist angekommen"),
    ("first_shift", "Deine erste Schicht: "),
    ("first_shift", "Neben dir ist ein Platz gebucht: "),
    ("first_shift", "Neben dir ist der Platz wieder frei: "),
    ("first_shift", "Neue Pat*in: "),
    ("first_shift", "Vorerst ohne Pat*in: "),
    ("first_shift", "Erste Schicht ohne Pat*in: "),
    ("freelancer_invitation", "Dein Zugang zu den Schichten"),
    ("help", "Offene Schichten: "),
    ("interview_cancelled", "Dein Kennenlerngespräch ist abgesagt"),
    ("interview_cancelled_by_staff", "Wir müssen dein Kennenlerngespräch absagen"),
    ("interview_chosen", "Dein Kennenlerngespräch: "),
    ("interview_moved", "Dein Kennenlerngespräch ist verschoben"),
    ("interview_reminder", "Erinnerung: dein Kennenlerngespräch"),
    ("interview_staff", "Termin vergeben: "),
    ("interview_staff", "Gespräch entfällt: "),
    ("invitation", "Einladung zum Kennenlerngespräch"),
    ("offer", "Wir möchten gern mit dir zusammenarbeiten"),
    ("password_changed", "Dein Passwort wurde geändert"),
    ("address_confirm", "Bitte bestätige deine neue E-Mail-Adresse"),
    ("address_notice", "Neue E-Mail-Adresse angefragt"),
    ("address_notice", "Deine E-Mail-Adresse wurde geändert"),
    ("password_reset", "Neues Passwort für das Portal"),
    ("published", "Neuer Schichtplan: "),
    ("qualification", "Deine Einsatzbereitschaft"),
    ("qualification", "Du bist einsatzbereit"),
    ("qualification", "Antwort auf deinen Einspruch"),
    ("question", "Eine Rückfrage zu deiner Bewerbung"),
    ("refusal", "Zu deiner Bewerbung"),
    ("released", "Freigegeben: "),
    ("signed_off", "Erste Schicht abgenommen: "),
    ("signed_off", "Erste Schicht noch einmal: "),
    ("staff_invitation", "Dein Zugang zum Portal"),
    ("taken_off", "Deine Buchung ist aufgehoben"),
    ("training_cancelled", "Wir müssen die Schulung absagen"),
    ("training_enrolled", "Deine Schulung: "),
    ("training_lapsed", "Das Angebot ist abgelaufen"),
    ("training_lapsed", "Leider kein Platz frei geworden"),
    ("training_left", "Abgemeldet: Schulung"),
    ("training_moved", "Neuer Ort: Schulung"),
    ("training_offered", "Ein Platz ist frei: Schulung"),
    ("training_reminder", "Erinnerung: deine Schulung"),
    ("training_result", "Bestanden: Schulung"),
    ("training_result", "Deine Schulung „"),
    ("training_waiting", "Warteliste: Schulung"),
];

/// The mails about an application that exists: each says when its data go (privacy.md).
const DATED: [&str; 15] = [
    "accepted",
    "application_link",
    "application_received",
    "application_withdrawn",
    "consent_ending",
    "consent_given",
    "interview_cancelled",
    "interview_cancelled_by_staff",
    "interview_chosen",
    "interview_moved",
    "interview_reminder",
    "invitation",
    "offer",
    "question",
    "refusal",
];

/// The names of all templates of mails, and the keys of the texts that staff edit.
fn templates() -> BTreeSet<String> {
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/mail")).unwrap();
    let texts = files.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "txt"));
    let templates = texts.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    templates.chain(Key::ALL.map(|key| key.word().to_owned())).collect()
}

/// Lets people do everything that causes a mail.
async fn cause_every_mail(portal: &TestPortal) -> Vec<Person> {
    let mut people = crate::applying::cause_mails(portal).await;
    people.extend(crate::review::cause_mails(portal).await);
    people.push(crate::consent::cause_mails(portal).await);
    crate::requests::cause_mails(portal).await;
    people.push(crate::data_copy::cause_mails(portal).await);
    crate::contact::cause_mails(portal).await;
    people.extend(cause_mails_of_shifts_and_access(portal).await);
    people.extend(crate::interviews::cause_mails(portal).await);
    people.extend(crate::first_shifts::cause_mails(portal).await);
    people.extend(crate::qualification::cause_mails(portal).await);
    people.extend(crate::ending::cause_mails(portal).await);
    people.extend(crate::papers::cause_mails(portal).await);
    people.extend(crate::training::cause_mails(portal).await);
    // A published briefing is asked of everybody: it comes last.
    people.extend(crate::briefing::cause_mails(portal).await);
    people
}

async fn cause_mails_of_shifts_and_access(portal: &TestPortal) -> Vec<Person> {
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
    let mut client = portal.client_of(&other).await;
    let page = client.post("/konto/adresse", &[("email", "neu@beispiel.example"), ("current", PASSWORD)]).await;
    assert!(page.status.is_success(), "{}", page.text());
    let token = seed::address_change(db, &other, "neuer@beispiel.example").await;
    assert!(client.post(&format!("/konto/adresse/{token}"), &[]).await.status.is_success());

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
    let mut unseen = templates();
    for mail in &mails {
        let kind = TEMPLATES.iter().find(|(_, begin)| mail.subject.starts_with(begin));
        let (template, _) = kind.unwrap_or_else(|| panic!("an unknown subject: {}", mail.subject));
        unseen.remove(*template);
        let is_dated = DATED.contains(template);
        let says_day = mail.body.lines().any(|line| line.contains("lösch") && line.contains(".202"));
        assert!(says_day || !is_dated, "when its data go: {}", mail.body);
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

/// A mail as a mail program takes it apart: its headers, its text, its HTML.
struct Opened {
    raw: String,
    kind: String,
    subject: String,
    text: String,
    html: String,
}

impl Opened {
    fn new(raw: &str) -> Self {
        let mail = mailparse::parse_mail(raw.as_bytes()).expect("a mail");
        let part = |kind: &str| {
            let part = mail.subparts.iter().find(|part| part.ctype.mimetype == kind);
            let part = part.unwrap_or_else(|| panic!("no {kind} in {raw}"));
            assert_eq!(part.ctype.charset.to_lowercase(), "utf-8");
            part.get_body().expect("a body").replace("\r\n", "\n")
        };
        assert_eq!(mail.subparts.last().unwrap().ctype.mimetype, "text/html", "the richest part comes last");
        let (text, html) = (part("text/plain"), part("text/html"));
        let header = |name: &str| header(raw, name).unwrap_or_default();
        let kind = mail.ctype.mimetype.clone();
        Self { kind, subject: header("Subject"), text, html, raw: raw.to_owned() }
    }

    /// The token of the link that signs off.
    fn token(&self) -> Option<String> {
        let (_, rest) = self.text.split_once("/abmelden/")?;
        Some(rest.chars().take_while(char::is_ascii_hexdigit).collect())
    }
}

fn header(raw: &str, name: &str) -> Option<String> {
    use mailparse::MailHeaderMap;
    mailparse::parse_mail(raw.as_bytes()).expect("a mail").headers.get_first_value(name)
}

async fn opened(portal: &TestPortal) -> Vec<Opened> {
    send(portal).await;
    files(portal).iter().map(|path| Opened::new(&std::fs::read_to_string(path).unwrap())).collect()
}

#[tokio::test]
async fn every_mail_goes_out_as_text_and_as_html_that_loads_nothing() {
    let portal = TestPortal::with(&["--base-url", "https://portal.beispiel.example"]).await;
    cause_every_mail(&portal).await;
    let mails = opened(&portal).await;
    assert!(mails.len() > 15);
    for mail in mails {
        assert_eq!(mail.kind, "multipart/alternative", "{}", mail.subject);
        let page = scraper::Html::parse_document(&mail.html);
        assert!(page.errors.is_empty(), "{:?}", page.errors);
        let shown = page.select(&crate::page::css("main")).map(crate::page::text_of).collect::<String>();
        assert_eq!(avoided_words(&shown), Vec::<String>::new(), "{shown}");
        for word in mail.text.split("\n\nDiese Art von Mails").next().unwrap().split_whitespace().filter(|w| *w != "-")
        {
            assert!(shown.contains(word), "{word} is missing in the HTML of {}: {shown}", mail.subject);
        }
        let links: BTreeSet<&str> =
            page.select(&crate::page::css("a")).filter_map(|a| a.value().attr("href")).collect();
        assert!(
            links.len() > 1 && links.iter().all(|l| l.starts_with("https://portal.beispiel.example/")),
            "{links:?}"
        );
        for remote in ["src=", "url(", "<img", "<link", "@import", "<script"] {
            assert!(!mail.html.contains(remote), "{remote} in {}", mail.subject);
        }
        // Every line of the mail as it is sent is short enough for each server on the way (RFC 5322: 998).
        assert!(mail.raw.lines().all(|line| line.len() <= 998));
    }
}

#[tokio::test]
async fn optional_mails_can_be_signed_off_with_one_click_and_the_others_cannot() {
    let portal = TestPortal::with(&["--base-url", "https://portal.beispiel.example"]).await;
    cause_every_mail(&portal).await;
    let off = [
        "Gebucht",
        "Freigegeben",
        "Neuer Schichtplan",
        "Offene Schichten",
        "Deine gebuchten Schichten ändern",
        "Deine Buchung",
        "Erinnerung: deine Schulung",
        "Deine Schulung: ",
        "Warteliste: Schulung",
        "Ein Platz ist frei: Schulung",
        "Das Angebot ist abgelaufen",
        "Abgemeldet: Schulung",
        "Neuer Ort: Schulung",
        "Deine erste Schicht",
        "Neben dir ist ein Platz gebucht",
        "Neben dir ist der Platz wieder frei",
        "Neue Pat*in",
        "Vorerst ohne Pat*in",
        "Erste Schicht ohne Pat*in",
        "Erste Schicht abgenommen",
        "Erste Schicht noch einmal",
        "Erinnerung: dein Kennenlerngespräch",
    ];
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for mail in opened(&portal).await {
        let optional = off.iter().find(|begin| mail.subject.starts_with(**begin));
        seen.extend(optional.copied());
        assert_eq!(mail.token().is_some(), optional.is_some(), "{}", mail.subject);
        assert_eq!(mail.html.contains("/abmelden/"), optional.is_some(), "{}", mail.subject);
        let expected = mail.token().map(|token| format!("<https://portal.beispiel.example/abmelden/{token}>"));
        assert_eq!(header(&mail.raw, "List-Unsubscribe"), expected);
        let click = header(&mail.raw, "List-Unsubscribe-Post");
        assert_eq!(click, optional.map(|_| "List-Unsubscribe=One-Click".to_owned()));
    }
    assert_eq!(seen.len(), off.len(), "{seen:?}");
}

async fn optional_mail(portal: &TestPortal, person: &Person, topic: Topic) {
    let mail = Mail {
        account: Some(person.id),
        topic,
        recipient: person.email.clone(),
        subject: "Neuer Schichtplan".into(),
        body: "Der Plan ist da.".into(),
    };
    mail::enqueue(&portal.db, &mail, portal.now()).await.unwrap();
}

#[tokio::test]
async fn signing_off_works_without_signing_in_and_looking_does_not_sign_off() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    optional_mail(&portal, &person, Topic::Publication).await;
    let token = opened(&portal).await[0].token().expect("a link");
    assert_eq!(opened(&portal).await[0].raw.matches("List-Unsubscribe").count(), 0, "only with https");
    let kept: Vec<u8> = sqlx::query_scalar("select token_hash from mail_sign_off").fetch_one(&portal.db).await.unwrap();
    assert_ne!(kept, token.as_bytes());
    let off = async || mail::opt_outs(&portal.db, person.id).await.unwrap();
    let mut client = portal.client();
    let path = format!("/abmelden/{token}");
    let page = client.get(&path).await;
    assert!(page.text().contains("„Ein neuer Schichtplan ist da“"), "{}", page.text());
    assert_eq!(off().await, []);
    let page = client.press("Diese Mails abbestellen").await;
    assert_eq!(page.heading(), "Abbestellt");
    assert_eq!(off().await, [Topic::Publication]);
    // A second click says the same; other topics still come.
    assert_eq!(client.post(&path, &[]).await.heading(), "Abbestellt");
    optional_mail(&portal, &person, Topic::Publication).await;
    assert_eq!(send(&portal).await, 0);
    optional_mail(&portal, &person, Topic::Help).await;
    assert_eq!(send(&portal).await, 1);
}

#[tokio::test]
async fn the_button_of_a_mail_program_needs_neither_cookie_nor_origin() {
    let portal = TestPortal::new().await;
    for (kind, body) in [
        ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        (
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n",
        ),
    ] {
        let person = seed::freelancer(&portal.db).await;
        let token = mail::sign_off::create(&portal.db, person.id, Topic::Booking, portal.now()).await.unwrap();
        let address = portal.origin.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "POST /abmelden/{token} HTTP/1.1\r\nHost: {address}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut lines = BufReader::new(stream).lines();
        assert_eq!(lines.next_line().await.unwrap().unwrap(), "HTTP/1.1 200 OK", "{kind}");
        assert_eq!(mail::opt_outs(&portal.db, person.id).await.unwrap(), [Topic::Booking], "{kind}");
    }
}

#[tokio::test]
async fn a_link_that_signs_off_works_for_60_days() {
    let portal = TestPortal::new().await;
    let person = seed::freelancer(&portal.db).await;
    let token = mail::sign_off::create(&portal.db, person.id, Topic::Booking, portal.now()).await.unwrap();
    let path = format!("/abmelden/{token}");
    portal.pass(Duration::days(60) - Duration::SECOND);
    assert!(portal.client().get(&path).await.status.is_success());
    portal.pass(Duration::SECOND);
    assert_eq!(portal.client().get(&path).await.status.as_u16(), 410);
    assert_eq!(portal.client().post(&path, &[]).await.status.as_u16(), 410);
    assert_eq!(mail::opt_outs(&portal.db, person.id).await.unwrap(), []);
    assert_eq!(mail::sign_off::sweep(&portal.db, portal.now() + Duration::hours(24)).await.unwrap(), 0);
    let after = portal.now() + Duration::hours(24) + Duration::SECOND;
    assert_eq!(mail::sign_off::sweep(&portal.db, after).await.unwrap(), 1);
    let never = mail::sign_off::create(&portal.db, person.id, Topic::Account, portal.now()).await;
    assert_eq!(portal::database::constraint(&never.unwrap_err()), Some("mail_sign_off_possible"));
}

#[tokio::test]
async fn the_demo_shows_every_mail_and_nobody_else_does() {
    let portal = TestPortal::demo().await;
    let mut client = portal.client();
    client.get("/stil").await;
    let page = client.follow("alle Mails").await;
    let shown: BTreeSet<String> = {
        let html = page.html();
        let sections = crate::page::css("section[id]");
        // A template's second mail has a number behind its name.
        let template = |id: &str| id.split('-').next().map(str::to_owned);
        html.select(&sections).filter_map(|section| template(section.value().attr("id")?)).collect()
    };
    assert_eq!(shown, templates(), "site::mails::all shows each template");
    assert_eq!(avoided_words(&page.text()), Vec::<String>::new());
    assert!(!page.text().contains("{{"));
    assert_eq!(TestPortal::new().await.client().get("/stil/mails").await.status.as_u16(), 404);
}
