//! What somebody sends, or somebody else does, at the very moment at which they are erased: nothing of it stays, and nobody
//! is told what is not so.

use std::time::Duration as Patience;

use bytes::Bytes;
use futures_util::stream;
use portal::accounts::role::Role;
use portal::applications::equipment::{self, Check};
use portal::applications::form::answer::Answers;
use portal::applications::form::begin::{self, Asking, Target};
use portal::applications::form::{keeping, submission};
use portal::applications::interview::{choice, reminder, slot};
use portal::applications::{decision, review};
use portal::files::intake::{Wanted, receive};
use portal::freelancers::papers::intake;
use portal::freelancers::papers::kind::Kind;
use portal::freelancers::profile;
use portal::id::{ApplicantId, ShiftId, SlotId};
use portal::privacy::{drain, night as nightly, person};
use portal::retention::gone::{Outcome, Turn};
use portal::retention::wish::{self, Wish};
use portal::shifts::booking;
use sqlx::{AssertSqlSafe, PgPool, PgTransaction};
use time::macros::{date, datetime};

use crate::erasure::{count, night, open_campaign, run, sent};
use crate::seed::{self, Person};
use crate::server::{START, TestPortal};

async fn execute(db: &PgPool, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(db).await.unwrap();
}

/// A freelancer with a profile who wishes to be forgotten.
async fn wishing(portal: &TestPortal) -> Person {
    let person = seed::freelancer(&portal.db).await;
    seed::profile(&portal.db, &person).await;
    wish::record(&portal.db, person.id, Wish::Erasure, START).await.unwrap();
    person
}

async fn drained(portal: &TestPortal) -> (i64, i64) {
    let drained = drain::run(&portal.db, &portal.portal.config, portal.now()).await.unwrap().unwrap();
    (drained.people, drained.failed)
}

/// Their erasure, done and not yet committed.
async fn under_way<'a>(portal: &TestPortal, person: &Person) -> PgTransaction<'a> {
    let mut tx = portal.db.begin().await.unwrap();
    person::lock(&mut tx, person.id).await.unwrap();
    let today = date!(2026 - 11 - 23);
    let erased =
        person::erase_wished(&mut tx, &portal.portal.config, person.id, today, Turn::Wait, START).await.unwrap();
    assert!(matches!(erased, Outcome::Done(erased) if erased.account));
    tx
}

async fn erased(portal: &TestPortal, person: &Person) -> bool {
    count(&portal.db, &format!("account where id = '{}' and erased_at is not null", person.id)).await == 1
}

/// Somebody who may book, and a free seat.
struct Seat {
    person: Person,
    shift: ShiftId,
}

impl Seat {
    async fn free(portal: &TestPortal) -> Self {
        let campaign = seed::campaign(&portal.db).await;
        let person = seed::qualified(&portal.db, &campaign).await;
        let shift = seed::shift(&portal.db, &campaign, date!(2026 - 12 - 02), 9, 4, 1).await;
        Self { person, shift }
    }

    async fn book(&self, portal: &TestPortal) {
        let who = booking::Person { id: self.person.freelancer(), email: &self.person.email };
        let booked = booking::book(&portal.db, &portal.portal.config, self.shift, who, portal.now()).await.unwrap();
        assert_eq!(booked.result, Ok(()));
    }
}

/// Somebody who wishes to be forgotten, whose row somebody else holds until this transaction ends.
async fn busy_wish<'a>(portal: &TestPortal) -> PgTransaction<'a> {
    let person = wishing(portal).await;
    let mut busy = portal.db.begin().await.unwrap();
    sqlx::query("select id from account where id = $1 for update").bind(person.id).execute(&mut *busy).await.unwrap();
    busy
}

/// Whether it waits for somebody else, and goes on waiting.
pub async fn waits<T>(task: &mut tokio::task::JoinHandle<T>) -> bool {
    tokio::time::timeout(Patience::from_millis(400), task).await.is_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_is_not_taken_back_while_it_is_carried_out() {
    let portal = TestPortal::new().await;
    let person = wishing(&portal).await;
    let mut client = portal.client_of(&person).await;
    let mut tx = portal.db.begin().await.unwrap();
    person::lock(&mut tx, person.id).await.unwrap();
    let mut taking = tokio::spawn(async move { client.post("/konto/loeschung/ende", &[]).await.path.clone() });
    assert!(waits(&mut taking).await, "the erasure comes first");
    let today = date!(2026 - 11 - 23);
    person::erase_wished(&mut tx, &portal.portal.config, person.id, today, Turn::Wait, START).await.unwrap();
    tx.commit().await.unwrap();
    taking.await.unwrap();
    assert!(erased(&portal, &person).await);
    assert_eq!(count(&portal.db, "audit where action = 'request.taken_back'").await, 0);
    assert_eq!(count(&portal.db, "data_request where done_at is not null").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_that_was_on_its_way_is_not_handed_in() {
    let portal = TestPortal::new().await;
    let person = wishing(&portal).await;
    let (files, db) = (&portal.portal.files, &portal.db);
    let body = || stream::iter([Ok::<_, std::io::Error>(Bytes::from(seed::photo()))]);
    let to = (person.id, Wanted::PdfOrPicture);
    let taken = receive(files, db, to, body(), START).await.unwrap().unwrap();
    assert_eq!(drained(&portal).await, (1, 0));
    assert!(intake::hand_in(db, (person.freelancer(), Kind::TradeLicence), &taken, false, START).await.is_err());
    assert!(receive(files, db, to, body(), START).await.is_err(), "nobody who was erased gets another key");
    portal::files::sweep_doomed(files, db, portal.now()).await.unwrap();
    assert_eq!((portal.objects(), portal.keys().len()), (Vec::new(), 0));
    assert_eq!((count(db, "document").await, count(db, "blob").await), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_is_saved_meanwhile_is_not_saved() {
    let portal = TestPortal::new().await;
    let person = wishing(&portal).await;
    let mut saved = profile::find(&portal.db, person.freelancer()).await.unwrap().unwrap();
    saved.city = "Kiel".into();
    let tx = under_way(&portal, &person).await;
    let (db, freelancer) = (portal.db.clone(), person.freelancer());
    let mut saving = tokio::spawn(async move {
        let mut tx = db.begin().await.unwrap();
        profile::save(&mut tx, freelancer, &saved, START).await?;
        tx.commit().await
    });
    assert!(waits(&mut saving).await);
    tx.commit().await.unwrap();
    assert!(saving.await.unwrap().is_err());
    assert_eq!(count(&portal.db, "profile").await, 0);
    assert_eq!(count(&portal.db, &format!("freelancer_event where freelancer_id = '{}'", person.id)).await, 0);
}

#[tokio::test]
async fn a_mail_that_was_written_meanwhile_is_not_sent() {
    let portal = TestPortal::new().await;
    let person = wishing(&portal).await;
    assert_eq!(drained(&portal).await, (1, 0));
    portal.mails().await;
    execute(
        &portal.db,
        format!(
            "insert into mail (id, account_id, topic, recipient, subject, body, created_at, due_at)
         values (gen_random_uuid(), '{}', 'publication', '{}', 'Der Plan ist da', 'Hallo', '{START}', '{START}')",
            person.id, person.email
        ),
    )
    .await;
    portal.mails().await;
    assert_eq!(count(&portal.db, "mail where subject = 'Der Plan ist da'").await, 0);
    let folder = std::fs::read_dir(portal.portal.config.data_dir.join("mail")).unwrap();
    assert!(!folder.flatten().any(|mail| std::fs::read_to_string(mail.path()).unwrap().contains("Der Plan ist da")));
}

#[tokio::test]
async fn whatever_came_in_nevertheless_goes_with_the_next_night_and_is_no_second_erasure() {
    let portal = TestPortal::new().await;
    let person = wishing(&portal).await;
    assert_eq!(drained(&portal).await, (1, 0));
    seed::profile(&portal.db, &person).await;
    wish::record(&portal.db, person.id, Wish::Erasure, START).await.unwrap();
    let report = run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    assert_eq!((report.accounts, report.failed), (0, 0));
    assert_eq!(count(&portal.db, "profile").await, 0);
    assert_eq!(wish::open(&portal.db, person.id, Wish::Erasure).await.unwrap(), None, "nothing is left to wish");
    assert_eq!(count(&portal.db, "erasure_entry").await, 1);
    seed::profile(&portal.db, &person).await;
    run(&portal, night(date!(2026 - 11 - 26))).await.unwrap();
    assert_eq!(count(&portal.db, "profile").await, 1, "for two days");
}

#[tokio::test]
async fn a_wish_of_somebody_who_was_erased_is_done() {
    let portal = TestPortal::new().await;
    let person = wishing(&portal).await;
    assert_eq!(drained(&portal).await, (1, 0));
    wish::record(&portal.db, person.id, Wish::Erasure, START).await.unwrap();
    assert_eq!(drained(&portal).await, (0, 0));
    assert_eq!(wish::open(&portal.db, person.id, Wish::Erasure).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_is_taken_on_at_that_moment_keeps_the_account() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, _) = sent(&portal.db, &campaign, datetime!(2026-05-01 10:00 UTC)).await;
    let mut invitation = portal.db.begin().await.unwrap();
    seed::taken_on(&mut *invitation, &person).await;
    let (db, config) = (portal.db.clone(), portal.portal.config.clone());
    let at = night(date!(2026 - 11 - 24));
    let mut erasing = tokio::spawn(async move { portal::privacy::night::run_due(&db, &config, at).await.unwrap() });
    assert!(waits(&mut erasing).await);
    invitation.commit().await.unwrap();
    let report = erasing.await.unwrap().unwrap();
    assert_eq!((report.dossiers, report.accounts, report.failed), (1, 0, 0));
    assert_eq!(count(&portal.db, &format!("account where email = '{}' and erased_at is null", person.email)).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receipt_goes_to_the_address_that_was_just_confirmed() {
    let portal = TestPortal::new().await;
    let person = wishing(&portal).await;
    let mut change = portal.db.begin().await.unwrap();
    sqlx::query("update account set email = 'neu@beispiel.example' where id = $1")
        .bind(person.id)
        .execute(&mut *change)
        .await
        .unwrap();
    let (db, config) = (portal.db.clone(), portal.portal.config.clone());
    let mut draining = tokio::spawn(async move { drain::run(&db, &config, START).await.unwrap().unwrap() });
    assert!(waits(&mut draining).await);
    change.commit().await.unwrap();
    assert_eq!(draining.await.unwrap().people, 1);
    assert_eq!(count(&portal.db, "erasure_receipt where recipient = 'neu@beispiel.example'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receipt_of_a_night_that_waited_goes_to_the_new_address() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, _) = sent(&portal.db, &campaign, datetime!(2026-05-10 10:00 UTC)).await;
    let mut change = portal.db.begin().await.unwrap();
    sqlx::query("update account set email = 'neu@beispiel.example' where id = $1")
        .bind(person.id)
        .execute(&mut *change)
        .await
        .unwrap();
    let (db, config, at) = (portal.db.clone(), portal.portal.config.clone(), night(date!(2026 - 11 - 24)));
    let mut erasing = tokio::spawn(async move { nightly::run_due(&db, &config, at).await.unwrap().unwrap() });
    assert!(waits(&mut erasing).await);
    change.commit().await.unwrap();
    assert_eq!(erasing.await.unwrap().accounts, 1);
    assert_eq!(count(&portal.db, "erasure_receipt where recipient = 'neu@beispiel.example'").await, 1);
}

/// A wish waits for somebody who edits; nobody waits for the wish.
#[tokio::test(flavor = "multi_thread")]
async fn others_book_while_a_wish_waits() {
    let portal = TestPortal::new().await;
    let (seat, busy) = (Seat::free(&portal).await, busy_wish(&portal).await);
    let (db, config) = (portal.db.clone(), portal.portal.config.clone());
    let mut draining = tokio::spawn(async move { drain::run(&db, &config, START).await.unwrap().unwrap() });
    assert!(waits(&mut draining).await);
    tokio::time::timeout(Patience::from_secs(2), seat.book(&portal)).await.expect("at once");
    assert!(!draining.is_finished());
    busy.rollback().await.unwrap();
    assert_eq!(draining.await.unwrap().people, 1);
}

/// The night as well: it leaves the wish to the next drain.
#[tokio::test(flavor = "multi_thread")]
async fn others_book_while_the_night_comes_by_a_wish_that_waits() {
    let portal = TestPortal::new().await;
    let (seat, busy) = (Seat::free(&portal).await, busy_wish(&portal).await);
    let began = std::time::Instant::now();
    let report = run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    assert!(began.elapsed() < Patience::from_secs(4), "it waits for nobody with bookings kept out");
    assert_eq!((report.accounts, report.failed), (0, 0));
    seat.book(&portal).await;
    busy.rollback().await.unwrap();
    assert_eq!(drained(&portal).await, (1, 0));
}

/// In the middle of somebody's transaction, with all that it has locked by then.
#[tokio::test(flavor = "multi_thread")]
async fn everything_goes_on_while_the_night_waits_for_a_row() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = open_campaign(db).await;
    let (gone, _) = sent(db, &campaign, datetime!(2026-05-10 10:00 UTC)).await;
    let (applicant, seat) = (seed::applicant(db).await, Seat::free(&portal).await);
    execute(
        db,
        format!(
            "insert into mail (id, account_id, topic, recipient, subject, body, created_at, due_at, sent_at)
             values (gen_random_uuid(), '{}', 'application', '{}', 'Hallo', 'Hallo', '{START}', '{START}', '{START}')",
            gone.id, gone.email
        ),
    )
    .await;
    let mut busy = db.begin().await.unwrap();
    sqlx::query("select id from mail for update").execute(&mut *busy).await.unwrap();
    let (pool, config) = (db.clone(), portal.portal.config.clone());
    let at = night(date!(2026 - 11 - 24));
    let mut erasing = tokio::spawn(async move { nightly::run_due(&pool, &config, at).await.unwrap().unwrap() });
    assert!(waits(&mut erasing).await);
    let meanwhile = async {
        let mut client = portal.client();
        client.get("/anmeldung").await;
        client.fill("email", &seat.person.email).fill("password", seed::PASSWORD).press("Anmelden").await;
        client.post(&format!("/schichten/{}/buchung", seat.shift), &[("zurueck", "/schichten/frei")]).await;
        assert_eq!(count(db, "booking where released_at is null").await, 1);
        let body = stream::iter([Ok::<_, std::io::Error>(Bytes::from(seed::photo()))]);
        receive(&portal.portal.files, db, (applicant.id, Wanted::PdfOrPicture), body, START).await.unwrap().unwrap();
    };
    tokio::time::timeout(Patience::from_secs(3), meanwhile).await.expect("nobody waits");
    assert!(!erasing.is_finished());
    busy.rollback().await.unwrap();
    let report = erasing.await.unwrap();
    assert_eq!((report.dossiers, report.accounts, report.failed), (1, 1, 0));
}

/// Whoever begins an application while what there was of them is erased begins anew, under the same address.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_applies_again_at_that_moment_begins_anew() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, _) = sent(&portal.db, &campaign, START).await;
    wish::record(&portal.db, person.id, Wish::Erasure, START).await.unwrap();
    let questions = sqlx::query_scalar("select question_set_id from application").fetch_one(&portal.db).await.unwrap();
    let mut tx = portal.db.begin().await.unwrap();
    person::lock(&mut tx, person.id).await.unwrap();
    let (db, config, email) = (portal.db.clone(), portal.portal.config.clone(), person.email.clone());
    let mut beginning = tokio::spawn(async move {
        let target = Target { campaign: campaign.id, slug: "x", title: "x", questions };
        begin::begin(&db, &config, target, Asking { email: &email, network: None }, "Jana", START).await
    });
    assert!(waits(&mut beginning).await);
    let today = date!(2026 - 11 - 23);
    person::erase_wished(&mut tx, &portal.portal.config, person.id, today, Turn::Wait, START).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(beginning.await.unwrap().unwrap(), Ok(()));
    assert_eq!(
        count(&portal.db, &format!("account where email = '{}' and id <> '{}'", person.email, person.id)).await,
        1
    );
    assert_eq!(count(&portal.db, "application where state = 'draft'").await, 1);
}

/// Whoever sends their short application while their account is erased leaves nothing on it.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_just_being_erased_does_not_apply() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = open_campaign(db).await;
    let person = wishing(&portal).await;
    let questions = sqlx::query_scalar("select id from question_set").fetch_one(db).await.unwrap();
    let tx = under_way(&portal, &person).await;
    let (pool, config, who) = (db.clone(), portal.portal.config.clone(), ApplicantId(person.id.0));
    let mut sending = tokio::spawn(async move {
        let target = Target { campaign: campaign.id, slug: "x", title: "x", questions };
        submission::submit_short(&pool, &config, target, who, &Answers::new(), START).await
    });
    assert!(waits(&mut sending).await);
    tx.commit().await.unwrap();
    assert_eq!(sending.await.unwrap().unwrap(), Err(submission::Refusal::Over));
    assert_eq!((count(db, "applicant").await, count(db, "application").await), (0, 0));
    assert_eq!(count(db, &format!("account_role where account_id = '{}' and role = 'applicant'", person.id)).await, 0);
}

/// Nobody who cancels an interview, or reminds of it, holds it while they wait for its person's erasure.
#[tokio::test(flavor = "multi_thread")]
async fn an_interview_stands_in_nobodys_way() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let (campaign, staff) = (open_campaign(db).await, seed::staff(db, Role::Recruiter).await);
    let (person, application) = sent(db, &campaign, START).await;
    execute(db, format!("update application set state = 'invited' where id = '{application}'")).await;
    let slot = seed::slot(db, &staff, None, START + time::Duration::hours(23)).await;
    seed::interview(db, application, slot).await;
    execute(db, "update interview set chosen_at = chosen_at - interval '9 days'".into()).await;
    let mut erasing = db.begin().await.unwrap();
    let lock = "select id from applicant where id = $1 for update";
    sqlx::query(lock).bind(person.id).execute(&mut *erasing).await.unwrap();
    let remind = async || reminder::run_due(db, &portal.portal.config, START).await.unwrap();
    assert_eq!(remind().await, 0, "left out");
    let (pool, config, by) = (db.clone(), portal.portal.config.clone(), staff.id);
    let mut cancelling = tokio::spawn(async move { slot::cancel(&pool, &config, &[slot], "Krank.", by, START).await });
    assert!(waits(&mut cancelling).await);
    sqlx::query("select id from interview for update nowait").execute(&mut *erasing).await.expect("free");
    cancelling.abort();
    erasing.rollback().await.unwrap();
    assert_eq!(remind().await, 1, "and reminded of afterwards");
    // Nor in the way of the applicant's own choice, which holds the application first.
    let mut choosing = db.begin().await.unwrap();
    let lock = "select id from application where id = $1 for update";
    sqlx::query(lock).bind(application).execute(&mut *choosing).await.unwrap();
    let (pool, config) = (db.clone(), portal.portal.config.clone());
    let mut cancelling = tokio::spawn(async move { slot::cancel(&pool, &config, &[slot], "Krank.", by, START).await });
    assert!(waits(&mut cancelling).await);
    for sql in ["select id from interview_slot for update nowait", "select id from interview for update nowait"] {
        sqlx::query(sql).execute(&mut *choosing).await.expect("free");
    }
    choosing.rollback().await.unwrap();
    assert_eq!(cancelling.await.unwrap().unwrap(), (1, 1));
}

/// Nor is anybody asked about the end of a consent while they are erased.
#[tokio::test]
async fn a_consent_stands_in_nobodys_way() {
    let portal = TestPortal::new().await;
    let (db, config) = (&portal.db, &portal.portal.config);
    let campaign = open_campaign(db).await;
    let (person, application) = sent(db, &campaign, START).await;
    keeping::keep(db, config, application, START).await.unwrap().unwrap();
    let late = datetime!(2027-11-10 10:00 UTC);
    let mut erasing = db.begin().await.unwrap();
    let lock = "select id from applicant where id = $1 for update";
    sqlx::query(lock).bind(person.id).execute(&mut *erasing).await.unwrap();
    assert_eq!(keeping::remind_due(db, config, late).await.unwrap(), 0, "left out");
    erasing.rollback().await.unwrap();
    assert_eq!(keeping::remind_due(db, config, late).await.unwrap(), 1, "and asked afterwards");
}

const CHECK: Check = Check {
    down_kbit: 1,
    up_kbit: 1,
    latency_ms: 1,
    jitter_ms: 1,
    microphone: None,
    camera: None,
    system: String::new(),
};

/// Whoever changes a dossier waits for its person's erasure with nothing in hand that the erasure needs: no deadlock.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_waits_for_an_erasure_holds_its_dossier() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let (campaign, staff) = (open_campaign(db).await, seed::staff(db, Role::Recruiter).await);
    let steps = ["begin", "go on", "answer", "attach", "offer", "accept", "invite", "ask", "submit", "choose", "keep"];
    for step in steps {
        let (person, id) = sent(db, &campaign, START).await;
        let mut erasing = db.begin().await.unwrap();
        let lock = "select id from applicant where id = $1 for update";
        sqlx::query(lock).bind(person.id).execute(&mut *erasing).await.unwrap();
        let facts = submission::facts(&mut db.acquire().await.unwrap(), id, ApplicantId(person.id.0)).await.unwrap();
        let (facts, email) = (facts.unwrap(), person.email.clone());
        let (db, config, by, who) = (db.clone(), portal.portal.config.clone(), staff.id, ApplicantId(person.id.0));
        if step == "accept" {
            execute(&db, format!("update application set state = 'talked', offered_at = now() where id = '{id}'"))
                .await;
        } else if step == "offer" {
            execute(&db, format!("update application set state = 'talked' where id = '{id}'")).await;
        }
        let mut task = tokio::spawn(async move {
            let questions = facts.set;
            let target = Target { campaign: facts.application.campaign, slug: "x", title: "x", questions };
            match step {
                "begin" => {
                    let asking = Asking { email: &email, network: None };
                    begin::begin(&db, &config, target, asking, "Jana", START).await.map(drop)
                }
                "go on" => {
                    let answers = Answers::new();
                    submission::submit_short(&db, &config, target, who, &answers, START).await.map(drop)
                }
                "answer" => submission::save_answers(&db, &facts, &facts.answers, START).await.map(drop),
                "attach" => equipment::attach(&db, id, who, &CHECK, START).await.map(drop),
                "offer" => decision::offer(&db, &config, id, by, START).await.map(drop),
                "accept" => decision::accept(&db, &config, id, who, START).await.map(drop),
                "invite" => review::invite(&db, &config, id, by, START).await.map(drop),
                "ask" => review::ask(&db, &config, id, "Ab wann?", by, START).await.map(drop),
                "submit" => submission::submit(&db, &config, id, who, START).await.map(drop),
                "choose" => choice::choose(&db, &config, (id, who), SlotId::new(), START).await.map(drop),
                _ => keeping::keep(&db, &config, id, START).await.map(drop),
            }
        });
        assert!(waits(&mut task).await, "{step} waits");
        for (of, which) in [("account", person.id.0), ("application", id.0)] {
            let lock = AssertSqlSafe(format!("select id from {of} where id = '{which}' for update nowait"));
            let locked = sqlx::raw_sql(lock).execute(&mut *erasing).await;
            locked.unwrap_or_else(|error| panic!("{step} holds the {of}: {error}"));
        }
        erasing.rollback().await.unwrap();
        task.await.unwrap().unwrap();
    }
}

/// Whoever works here has a password: nobody erases their account without it, by the applicant's page or an old link.
#[tokio::test]
async fn a_freelancers_account_is_not_erased_as_an_application() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = open_campaign(db).await;
    let (applicant, _) = sent(db, &campaign, START).await;
    let link = format!("/datenschutz/anfrage/{}", seed::request_link(db, &applicant).await);
    let mut client = portal.client_of(&applicant).await;
    assert_eq!(client.get(&link).await.status, 200);
    assert_eq!(client.get("/bewerbung/loeschung").await.heading(), "Alle Bewerbungsdaten löschen");
    seed::taken_on(db, &applicant).await;
    assert_eq!(client.get(&link).await.status, 404);
    assert_eq!(client.post(&link, &[]).await.status, 404);

    let both = seed::person(db, &[Role::Freelancer, Role::Applicant]).await;
    execute(db, format!("insert into applicant (id, created_at, updated_at) values ('{}', now(), now())", both.id))
        .await;
    let mut client = portal.client_of(&both).await;
    assert_eq!(client.get("/bewerbung/loeschung").await.path, "/konto/loeschung");
    assert_eq!(client.post("/bewerbung/loeschung", &[]).await.path, "/konto/loeschung");
    assert_eq!(count(db, "data_request").await, 0);
    let (other, _) = sent(db, &campaign, START).await;
    portal.client_of(&other).await.post("/bewerbung/loeschung", &[]).await;
    assert_eq!(count(db, "data_request").await, 1);
    assert_eq!(count(db, "audit where action = 'request.erasure'").await, 1);
}
