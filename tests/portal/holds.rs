//! Legal holds through the pages: set by the privacy officer, confirmed by somebody else, never longer than three months.

use axum::http::StatusCode;
use portal::accounts::role::Role;
use portal::applications::closing::{self, Fate};
use portal::applications::decision;
use portal::applications::form::keeping;
use portal::applications::form::withdrawal::withdraw;
use portal::applications::introduction;
use portal::applications::mail_text::{self, Key};
use portal::applications::review;
use portal::freelancers::papers::expiry;
use portal::freelancers::papers::kind::Kind;
use portal::id::ApplicantId;
use portal::retention::wish::{self, Wish};
use portal::retention::{gone, hold};
use portal::worker;
use sqlx::{PgPool, PgTransaction};
use time::macros::{date, datetime};

use crate::client::Client;
use crate::consent::withdrawal;
use crate::erasure::{count, night, open_campaign, run, sent};
use crate::erasure_meanwhile::waits;
use crate::page::Page;
use crate::seed;
use crate::server::{START, TestPortal};

async fn fill(client: &mut Client, email: &str, reason: &str, until: &str) -> Page {
    client.get("/verwaltung/datenschutz/sperren/neu").await;
    client.fill("email", email).fill("reason", reason).fill("until", until).press("Sperre setzen").await.clone()
}

async fn held(db: &PgPool) -> i64 {
    count(db, "legal_hold where confirmed_at is not null").await
}

#[tokio::test]
async fn a_hold_needs_a_reason_an_end_within_three_months_and_somebody_to_hold() {
    let portal = TestPortal::new().await;
    let person = seed::applicant(&portal.db).await;
    let officer = seed::staff(&portal.db, Role::PrivacyOfficer).await;
    let mut client = portal.client_of(&officer).await;
    for (email, reason, until, field) in [
        (person.email.as_str(), " ", "2026-12-01", "reason"),
        (&person.email, "Klage", "", "until"),
        (&person.email, "Klage", "2026-11-22", "until"),
        (&person.email, "Klage", "2027-02-24", "until"),
        ("niemand@beispiel.example", "Klage", "2026-12-01", "email"),
        (&officer.email, "Klage", "2026-12-01", "email"),
    ] {
        let page = fill(&mut client, email, reason, until).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(page.error(field).is_some(), "{field}: {}", page.text());
        assert_eq!(page.markup_faults(), Vec::<String>::new());
    }
    assert_eq!(count(&portal.db, "legal_hold").await, 0);
    let page = fill(&mut client, &person.email, "Klage", "2027-02-23").await;
    assert!(page.flash().unwrap().starts_with("Die Sperre ist gesetzt."), "three months to the day");
}

#[tokio::test]
async fn the_second_person_is_another_one_and_only_then_it_holds() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (person, _) = sent(&portal.db, &campaign, datetime!(2026-05-01 10:00 UTC)).await;
    let officer = seed::staff(&portal.db, Role::PrivacyOfficer).await;
    let second = seed::staff(&portal.db, Role::Administrator).await;
    let mut client = portal.client_of(&officer).await;
    let page = fill(&mut client, &person.email, "Klage vor dem Amtsgericht", "2026-12-31").await;
    let path = page.path.clone();
    assert!(page.text().contains("wartet auf die zweite Person") && !page.text().contains("Als zweite Person"));
    let confirm = format!("{path}/bestaetigung");
    client.post(&confirm, &[]).await;
    assert_eq!(held(&portal.db).await, 0, "not whoever set it");
    let mut other = portal.client_of(&second).await;
    other.get(&path).await;
    let page = other.press("Als zweite Person bestätigen").await;
    assert!(page.flash().unwrap().starts_with("Die Sperre wirkt."), "{:?}", page.flash());
    assert_eq!(held(&portal.db).await, 1);
    let page = other.post(&confirm, &[]).await;
    assert!(page.flash().unwrap().starts_with("Die Sperre wirkt nicht."), "twice is once");
    assert_eq!(run(&portal, night(date!(2026 - 11 - 24))).await.unwrap().dossiers, 0);
    // Lifted, the usual date counts again: tonight.
    portal.set_time(datetime!(2026-11-24 09:00 UTC));
    let mut client = portal.client_of(&officer).await;
    client.get(&path).await;
    let page = client.press("Sperre aufheben").await;
    assert!(page.flash().unwrap().starts_with("Die Sperre ist aufgehoben."));
    assert!(portal.client().get("/readyz").await.body.lines().all(|line| !line.contains("Löschdatum vorbei")));
    assert_eq!(run(&portal, night(date!(2026 - 11 - 25))).await.unwrap().dossiers, 1);
    let audit: Vec<String> = sqlx::query_scalar("select action from audit where action like 'hold.%' order by id")
        .fetch_all(&portal.db)
        .await
        .unwrap();
    assert_eq!(audit, ["hold.set", "hold.confirm", "hold.lift"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_second_persons_at_once_one_confirms() {
    let portal = TestPortal::with_connections(16).await;
    let person = seed::applicant(&portal.db).await;
    let officer = seed::staff(&portal.db, Role::PrivacyOfficer).await;
    for _ in 0..10 {
        let new = hold::NewHold { account: person.id, reason: "Klage".into(), held_until: date!(2026 - 12 - 31) };
        let id = hold::set(&portal.db, &new, officer.id, START).await.unwrap().unwrap();
        let one = seed::staff(&portal.db, Role::PrivacyOfficer).await;
        let other = seed::staff(&portal.db, Role::Administrator).await;
        let both =
            tokio::join!(hold::confirm(&portal.db, id, one.id, START), hold::confirm(&portal.db, id, other.id, START));
        assert_eq!([both.0.unwrap(), both.1.unwrap()].iter().filter(|done| done.is_ok()).count(), 1);
    }
}

#[tokio::test]
async fn the_database_itself_refuses_a_hold_without_reason_second_person_or_end() {
    let portal = TestPortal::new().await;
    let (person, one) = (seed::applicant(&portal.db).await, seed::staff(&portal.db, Role::PrivacyOfficer).await);
    for (reason, until, second, constraint) in [
        ("  ", "2026-12-01", None, "legal_hold_reason"),
        ("Klage", "2027-02-24", None, "legal_hold_end"),
        ("Klage", "2026-11-22", None, "legal_hold_end"),
        ("Klage", "2026-12-01", Some(one.id), "legal_hold_second_person"),
        ("Klage", "2026-12-01", Some(person.id), "legal_hold_not_own"),
    ] {
        let error = sqlx::query(
            "insert into legal_hold (id, account_id, reason, set_by, set_at, starts_on, held_until, confirmed_by, confirmed_at)
             values (gen_random_uuid(), $1, $2, $3, $4, '2026-11-23', $5::date, $6, case when $6::uuid is not null then $4 end)",
        )
        .bind(person.id)
        .bind(reason)
        .bind(one.id)
        .bind(START)
        .bind(until)
        .bind(second)
        .execute(&portal.db)
        .await
        .unwrap_err();
        assert_eq!(error.as_database_error().unwrap().constraint(), Some(constraint));
    }
}

#[tokio::test]
async fn unknown_holds_are_not_there() {
    let portal = TestPortal::new().await;
    let mut client = portal.client_of(&seed::staff(&portal.db, Role::PrivacyOfficer).await).await;
    let path = format!("/verwaltung/datenschutz/sperren/{}", seed::unknown_id());
    assert_eq!(client.get(&path).await.status, StatusCode::NOT_FOUND);
    for verb in ["bestaetigung", "ende"] {
        assert_eq!(client.post(&format!("{path}/{verb}"), &[]).await.status, StatusCode::NOT_FOUND);
    }
}

/// Everything that hangs on the person stays until the hold's last day, and goes on the day after.
#[tokio::test]
async fn a_hold_keeps_introduction_papers_account_and_what_is_kept_for_years() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let (campaign, clerk) = (open_campaign(db).await, seed::staff(db, Role::Bookkeeper).await);
    let (person, application) = sent(db, &campaign, START).await;
    crate::erasure::recording(&portal, application).await;
    seed::taken_on(db, &person).await;
    // Of the year of which nothing may exist.
    sqlx::query(
        "insert into fee (kind, freelancer_id, month, cents, debtor_name, debtor_address, noted_at, noted_by, reason)
         values ('correction', $1, '2017-10-01', 100, 'x', 'x', '2017-11-01', $2, 'x')",
    )
    .bind(person.id)
    .bind(clerk.id)
    .execute(db)
    .await
    .unwrap();
    let freelancer = seed::Person { roles: vec![Role::Freelancer], ..person.clone() };
    seed::paper(&portal, &freelancer, Kind::TradeLicence).await;
    sqlx::query("update document set state = 'replaced', replaced_at = '2026-08-01'").execute(db).await.unwrap();
    seed::confirmed_hold(db, &person).await;
    let mut client = portal.client_of(&person).await;
    client.post(&format!("/bewerbung/{application}/zurueckziehen"), &[]).await;
    assert_eq!(count(db, "application where state = 'withdrawn'").await, 1);
    let left = async || {
        let documents = count(db, "document where blob_id is not null").await;
        (count(db, "introduction").await, documents, count(db, "fee").await)
    };
    let turn = async || {
        worker::sweep(portal.portal.clone()).await.unwrap();
        worker::watch_papers(portal.portal.clone()).await.unwrap();
    };
    turn().await;
    run(&portal, night(date!(2026 - 11 - 24))).await.unwrap();
    assert_eq!(left().await, (1, 1, 1));
    // The last day, and the day after.
    portal.set_time(datetime!(2026-12-23 22:59 UTC));
    turn().await;
    sqlx::query("delete from erasure_run").execute(db).await.unwrap();
    run(&portal, night(date!(2026 - 12 - 23))).await.unwrap();
    assert_eq!(left().await, (1, 1, 1));
    portal.set_time(datetime!(2026-12-23 23:00 UTC));
    let home = portal.client_of(&person).await.get(&format!("/bewerbung/{application}")).await.text();
    assert!(home.contains("Deine Vorstellung wird sofort gelöscht."), "until the next sweep: {home}");
    turn().await;
    run(&portal, night(date!(2026 - 12 - 24))).await.unwrap();
    assert_eq!(left().await, (0, 0, 0));
}

/// Whoever is held reads that the introduction stays, wherever others read that it is deleted.
#[tokio::test]
async fn a_held_introduction_is_not_said_to_be_deleted() {
    const KEPT: &str = "Deine Vorstellung müssen wir wegen einer rechtlichen Auseinandersetzung noch aufheben.";
    const GONE: &str = "Deine Vorstellung ist gelöscht.";
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let (campaign, administrator) = (open_campaign(db).await, seed::staff(db, Role::Administrator).await);
    for is_held in [true, false] {
        let [said, unsaid] = if is_held { [KEPT, GONE] } else { [GONE, KEPT] };
        let says = |text: &str| assert!(text.contains(said) && !text.contains(unsaid), "{is_held}: {text}");
        let begin = async || {
            let (person, application) = sent(db, &campaign, START).await;
            seed::written_introduction(db, application, "Hallo").await;
            if is_held {
                seed::confirmed_hold(db, &person).await;
            }
            let client = portal.client_of(&person).await;
            (person, application, client)
        };
        let mail_to = async |person: &seed::Person| {
            let mails = portal.mails().await;
            let body = mails.into_iter().rfind(|mail| mail.recipient == person.email).expect("a mail").body;
            assert_eq!(
                body.contains("Deine Bewerbungsdaten werden nach heutigem Stand am 24.5.2027 gelöscht."),
                is_held,
                "{body}"
            );
            assert_eq!(body.contains("Bis zum 23.12.2026 müssen wir sie"), is_held, "{body}");
            assert_eq!(body.contains("spätestens am 24.5.2027"), !is_held, "{body}");
            assert_eq!(body.contains("Früher geht jederzeit"), !is_held, "{body}");
            body
        };
        // Withdrawn: the question, the answer, the mail, the page.
        let (person, application, mut client) = begin().await;
        let question = client.get(&format!("/bewerbung/{application}/zurueckziehen")).await.text();
        assert_eq!(question.contains("Deine Vorstellung wird sofort gelöscht."), !is_held, "{question}");
        assert_eq!(question.contains(KEPT), is_held, "{question}");
        let page = client.press("Bewerbung zurückziehen").await;
        says(&page.flash().unwrap());
        says(&mail_to(&person).await);
        says(&client.get(&format!("/bewerbung/{application}")).await.text());
        // No to an offer.
        let (_, application, mut client) = begin().await;
        sqlx::query("update application set state = 'talked', offered_at = now() where id = $1")
            .bind(application)
            .execute(db)
            .await
            .unwrap();
        let offer = client.get(&format!("/bewerbung/{application}")).await.text();
        assert_eq!(offer.contains("Deine Vorstellung wird sofort gelöscht."), !is_held, "{offer}");
        assert_eq!(offer.contains(KEPT), is_held, "{offer}");
        client.post(&format!("/bewerbung/{application}/absage"), &[]).await;
        says(&client.get(&format!("/bewerbung/{application}")).await.text());
        // Refused: the preview, the answer to staff, the mail.
        let (person, application, _) = begin().await;
        let mut staff = portal.client_of(&administrator).await;
        staff.get(&format!("/verwaltung/bewerbungen/{application}")).await;
        staff.press("Absagen …").await;
        says(&staff.fill("grund", "Zu wenig Zeit.").press("Vorschau ansehen").await.text());
        let flash = staff.press("Absagen und 1 Mail senden").await.flash().unwrap();
        assert_eq!(flash.contains("hält noch eine rechtliche Sperre fest"), is_held, "{flash}");
        says(&mail_to(&person).await);
    }
    assert_eq!(count(db, "introduction").await, 3, "of those who are held");
}

/// Whoever never sent one reads of no introduction, neither before nor after; staff are told of none.
#[tokio::test]
async fn an_introduction_that_never_came_is_not_said_to_be_deleted() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let (campaign, administrator) = (open_campaign(db).await, seed::staff(db, Role::Administrator).await);
    let says_nothing = |text: &str| {
        assert!(!text.contains("Deine Vorstellung") && !text.contains("  "), "{text}");
        assert!(text.lines().all(|line| line == line.trim()), "{text}");
    };
    let mail_to = async |person: &seed::Person| {
        let mails = portal.mails().await;
        mails.into_iter().rfind(|mail| mail.recipient == person.email).expect("a mail").body
    };
    let (person, application) = sent(db, &campaign, START).await;
    let mut client = portal.client_of(&person).await;
    says_nothing(&client.get(&format!("/bewerbung/{application}/zurueckziehen")).await.text());
    says_nothing(&client.press("Bewerbung zurückziehen").await.flash().unwrap());
    says_nothing(&mail_to(&person).await);
    says_nothing(&client.get(&format!("/bewerbung/{application}")).await.text());
    let mut staff = portal.client_of(&administrator).await;
    let page = staff.get(&format!("/verwaltung/bewerbungen/{application}")).await.text();
    assert!(page.contains("Es kam keine Vorstellung."), "{page}");
    let (person, application) = sent(db, &campaign, START).await;
    // Invited all the same: the step was left out, and what is sent now comes too late.
    review::invite(db, &portal.portal.config, application, administrator.id, START).await.unwrap().unwrap();
    let mut client = portal.client_of(&person).await;
    let path = format!("/bewerbung/{application}/vorstellung");
    assert_eq!(client.get(&format!("/bewerbung/{application}")).await.texts(".steps li").len(), 4);
    assert!(client.get(&path).await.text().contains("brauchen wir keine Vorstellung mehr"));
    let flash = client.post(&path, &[("body", "Hallo")]).await.flash().unwrap();
    assert!(flash.contains("brauchen wir keine Vorstellung mehr"), "{flash}");
    staff.get(&format!("/verwaltung/bewerbungen/{application}")).await;
    staff.press("Absagen …").await;
    staff.fill("grund", "Zu wenig Zeit.").press("Vorschau ansehen").await;
    let flash = staff.press("Absagen und 1 Mail senden").await.flash().unwrap();
    assert!(!flash.contains("Vorstellung"), "{flash}");
    says_nothing(&mail_to(&person).await);
}

/// Whoever is held and wishes an erasure reads that the wish rests, on each way to it.
#[tokio::test]
async fn a_wish_of_somebody_held_is_not_promised_for_now() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = open_campaign(db).await;
    for is_held in [true, false] {
        let (person, application) = sent(db, &campaign, START).await;
        let (by_mail, freelancer) = (seed::applicant(db).await, seed::freelancer(db).await);
        if is_held {
            for who in [&person, &by_mail, &freelancer] {
                seed::confirmed_hold(db, who).await;
            }
        }
        let says = |page: &Page| {
            let text = page.text();
            assert_eq!(text.contains("Bis zum 23.12.2026 müssen wir deine Daten wegen"), is_held, "{text}");
            assert_eq!(text.contains("pätestens nach 72 Stunden"), !is_held, "{text}");
        };
        let mut client = portal.client_of(&person).await;
        let home = client.get(&format!("/bewerbung/{application}")).await.text();
        assert_eq!(home.contains("Du musst nicht warten"), !is_held, "{home}");
        says(client.get("/bewerbung/loeschung").await);
        let flash = client.press("Alles löschen").await.flash().unwrap();
        assert_eq!(flash.contains("Bis zum 23.12.2026 ruht er"), is_held, "{flash}");
        assert_eq!(flash.contains("Spätestens nach 72 Stunden"), !is_held, "{flash}");
        let link = format!("/datenschutz/anfrage/{}", seed::request_link(db, &by_mail).await);
        let mut guest = portal.client();
        says(guest.get(&link).await);
        says(guest.press("Alles löschen").await);
        let mut client = portal.client_of(&freelancer).await;
        says(client.get("/konto/loeschung").await);
    }
}

/// Nor is whoever applies once more promised what a hold, or a wish, does not allow.
#[tokio::test]
async fn whoever_applies_once_more_reads_of_a_hold_and_of_a_wish() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = open_campaign(db).await;
    let path = format!("/stellen/{}/bewerbung", campaign.slug);
    let said = ["Bis zum 23.12.2026 müssen wir deine Daten", "Du hast gewünscht, dass wir alles löschen."];
    for (is_held, is_wished) in [(false, false), (true, false), (true, true), (false, true)] {
        for person in [seed::applicant(db).await, seed::freelancer(db).await] {
            if is_held {
                seed::confirmed_hold(db, &person).await;
            }
            if is_wished {
                wish::record(db, person.id, Wish::Erasure, START).await.unwrap();
            }
            let text = portal.client_of(&person).await.get(&path).await.text();
            let says = said.map(|said| text.contains(said));
            assert_eq!(says, [is_held, is_wished && !is_held], "{is_held} {is_wished}: {text}");
            let both = text.contains("Danach löschen wir alles, wie du es gewünscht hast.");
            assert_eq!(both, is_held && is_wished, "{is_held} {is_wished}: {text}");
            let months = ["Deine Daten bleiben 6 Monate.", "Diese Bewerbung bleibt 6 Monate."];
            assert_eq!(months.iter().any(|said| text.contains(said)), !is_wished, "{is_held} {is_wished}: {text}");
            assert!(!is_held || !text.contains("Früher geht jederzeit"), "{text}");
        }
    }
}

/// Nor may whoever is held put another introduction in the place of the one that is kept.
#[tokio::test]
async fn a_held_introduction_is_not_replaced() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = open_campaign(db).await;
    let (person, application) = sent(db, &campaign, START).await;
    let mut client = portal.client_of(&person).await;
    let path = format!("/bewerbung/{application}/vorstellung");
    let offers = async |client: &mut Client| {
        let home = client.get(&format!("/bewerbung/{application}")).await.text().contains("auch zum Ersetzen");
        (home, client.get(&path).await.text().contains("Vorstellung ersetzen"))
    };
    seed::confirmed_hold(db, &person).await;
    let flash = client.post(&path, &[("body", "Die erste")]).await.flash().unwrap();
    assert!(flash.starts_with("Deine Vorstellung ist da.") && !flash.contains("ersetzen"), "{flash}");
    assert_eq!(count(db, "introduction where body = 'Die erste'").await, 1, "nothing was there to be kept");
    assert_eq!(offers(&mut client).await, (false, false));
    let page = client.post(&path, &[("body", "Eine andere")]).await;
    assert!(page.flash().unwrap().contains("So lange lässt sie sich nicht ersetzen."), "{:?}", page.flash());
    assert_eq!(count(db, "introduction where body = 'Die erste'").await, 1);
    portal.set_time(datetime!(2026-12-23 23:00 UTC));
    let mut client = portal.client_of(&person).await;
    assert_eq!(offers(&mut client).await, (true, true), "the day after");
    client.post(&path, &[("body", "Eine andere")]).await;
    assert_eq!(count(db, "introduction where body = 'Eine andere'").await, 1);
}

/// Nor does the second of two sends at once take the place of the first.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_introductions_at_once_a_hold_keeps_the_first() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = open_campaign(db).await;
    let (person, application) = sent(db, &campaign, START).await;
    seed::confirmed_hold(db, &person).await;
    let mut first = db.begin().await.unwrap();
    for sql in [
        "select id from application where id = $1 for update",
        "insert into introduction (application_id, kind, body, sent_at) values ($1, 'text', 'Die erste', now())",
    ] {
        sqlx::query(sql).bind(application).execute(&mut *first).await.unwrap();
    }
    let pool = db.clone();
    let mut second = tokio::spawn(async move { introduction::write(&pool, application, "Eine andere", START).await });
    assert!(waits(&mut second).await);
    first.commit().await.unwrap();
    assert_eq!(second.await.unwrap().unwrap(), Err(introduction::Refusal::Held));
    assert_eq!(count(db, "introduction where body = 'Die erste'").await, 1);
}

/// Whoever takes a consent back while they are held is told that nothing goes before the hold's end.
#[tokio::test]
async fn the_page_of_a_consent_says_that_a_hold_comes_first() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = open_campaign(db).await;
    for is_held in [true, false] {
        let (person, application) = sent(db, &campaign, START).await;
        if is_held {
            seed::confirmed_hold(db, &person).await;
        }
        keeping::keep(db, &portal.portal.config, application, START).await.unwrap().unwrap();
        let mails = portal.mails().await;
        let mail = mails.into_iter().rfind(|mail| mail.recipient == person.email).unwrap();
        assert_eq!(mail.body.contains("nach heutigem Stand am 24.11.2027 gelöscht"), is_held, "{}", mail.body);
        let mut guest = portal.client();
        let before = guest.get(&withdrawal(&mail)).await.text();
        let after = guest.press("Einwilligung zurücknehmen").await.text();
        for text in [&before, &after] {
            assert_eq!(text.contains("Bis zum 23.12.2026 müssen wir deine Daten wegen"), is_held, "{text}");
        }
        assert_eq!(before.contains("in der nächsten Nacht gelöscht"), !is_held, "{before}");
        assert_eq!(after.contains("wird nach heutigem Stand am 24.5.2027 gelöscht"), is_held, "{after}");
        assert_eq!(after.contains("wird am 24.5.2027 gelöscht"), !is_held, "{after}");
    }
}

/// Nor is anybody whose wish stands offered to consent anew.
#[tokio::test]
async fn the_page_of_a_consent_says_that_a_wish_comes_first() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = open_campaign(db).await;
    let (person, application) = sent(db, &campaign, START).await;
    keeping::keep(db, &portal.portal.config, application, START).await.unwrap().unwrap();
    let link = withdrawal(&portal.mails().await.pop().unwrap());
    wish::record(db, person.id, Wish::Erasure, START).await.unwrap();
    let mut guest = portal.client();
    let before = guest.get(&link).await.text();
    let after = guest.press("Einwilligung zurücknehmen").await.text();
    for text in [before, after] {
        assert!(text.contains("wird in den nächsten Stunden gelöscht"), "{text}");
        assert!(!text.contains("nächsten Nacht") && !text.contains("neu einwilligen"), "{text}");
    }
}

/// Words that staff wrote about the day know nothing of a hold: it is said all the same.
#[tokio::test]
async fn whoever_is_held_reads_so_below_a_text_of_staff() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let (campaign, clerk) = (open_campaign(db).await, seed::staff(db, Role::Recruiter).await);
    let text = ("Zu deiner Bewerbung", "{grund} Wir löschen deine Daten am {loeschdatum}.");
    mail_text::change(db, Key::Refusal, 0, text, clerk.id, START).await.unwrap().unwrap();
    // From before there was more to say than a date: it is still filled in, and no longer to be written.
    let mut client = portal.client_of(&clerk).await;
    client.get("/verwaltung/mailtexte/absage").await;
    let page = client.press("Speichern").await;
    assert!(page.error("text").is_some_and(|said| said.contains("{loeschung}")), "{}", page.text());
    for is_held in [true, false] {
        let (person, application) = sent(db, &campaign, START).await;
        if is_held {
            seed::confirmed_hold(db, &person).await;
        }
        decision::refuse(db, &portal.portal.config, application, "Leider.", clerk.id, START).await.unwrap().unwrap();
        let mail = portal.mails().await.into_iter().rfind(|mail| mail.recipient == person.email).unwrap();
        assert!(mail.body.contains("Wir löschen deine Daten am 24.5.2027."), "{}", mail.body);
        assert_eq!(mail.body.contains("nach heutigem Stand am 24.5.2027"), is_held, "{}", mail.body);
    }
}

/// The sentence of the built-in text, where staff kept it in theirs, becomes the one that knows of a hold.
#[tokio::test]
async fn a_refusal_that_staff_wrote_before_is_brought_up_to_date() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let clerk = seed::staff(db, Role::Recruiter).await;
    let before = "{grund}\n\n{vorstellung} Deine übrigen Angaben löschen wir spätestens am {loeschdatum}; bis dahin siehst du sie hier:\n\n{link}";
    mail_text::change(db, Key::Refusal, 0, ("Absage", before), clerk.id, START).await.unwrap().unwrap();
    sqlx::raw_sql(include_str!("../../migrations/0043_refusal_text.sql")).execute(db).await.unwrap();
    let after = mail_text::find(db, Key::Refusal).await.unwrap().body;
    assert_eq!(after, "{grund}\n\n{vorstellung} {loeschung}\n\nDeine Angaben siehst du hier:\n\n{link}");
    assert_eq!(mail_text::check(&after, Key::Refusal.placeholders(), Key::Refusal.needed()), Ok(()));
}

/// A hold that is being confirmed, not yet committed.
async fn confirming<'a>(db: &PgPool, person: &seed::Person) -> PgTransaction<'a> {
    let (by, second) = (seed::staff(db, Role::PrivacyOfficer).await, seed::staff(db, Role::Administrator).await);
    let id = seed::hold(db, person, &by).await;
    let mut tx = db.begin().await.unwrap();
    gone::wait_for(&mut tx, person.id).await.unwrap();
    sqlx::query("update legal_hold set confirmed_by = $2, confirmed_at = $3 where id = $1")
        .bind(id)
        .bind(second.id)
        .bind(START)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx
}

/// Whoever closes an application at the moment at which a hold is confirmed waits for it, and keeps the introduction.
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_is_just_being_confirmed_keeps_the_introduction() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let (campaign, clerk) = (open_campaign(db).await, seed::staff(db, Role::Recruiter).await);
    for closing in ["withdrawn", "refused", "declined", "replaced"] {
        let (person, application) = sent(db, &campaign, START).await;
        seed::written_introduction(db, application, "Hallo").await;
        let offered = sqlx::query("update application set state = 'talked', offered_at = now() where id = $1");
        if closing != "replaced" {
            offered.bind(application).execute(db).await.unwrap();
        }
        let confirming = confirming(db, &person).await;
        let (pool, config, applicant) = (db.clone(), portal.portal.config.clone(), ApplicantId(person.id.0));
        let mut closed = tokio::spawn(async move {
            match closing {
                "withdrawn" => withdraw(&pool, &config, application, applicant, START).await.unwrap(),
                "refused" => {
                    decision::refuse(&pool, &config, application, "Leider.", clerk.id, START).await.unwrap().ok()
                }
                "declined" => decision::decline(&pool, application, applicant, START).await.unwrap().ok(),
                _ => {
                    let put = introduction::write(&pool, application, "Eine andere", START).await.unwrap();
                    (put == Err(introduction::Refusal::Held)).then_some(Fate::Held)
                }
            }
        });
        assert!(waits(&mut closed).await, "{closing}");
        confirming.commit().await.unwrap();
        assert_eq!(closed.await.unwrap(), Some(Fate::Held), "{closing}");
    }
    assert_eq!(count(db, "introduction").await, 4);
}

/// What is cleared up by and by leaves out whomever a hold is about to keep.
#[tokio::test]
async fn a_hold_that_is_just_being_confirmed_keeps_what_the_sweeps_would_take() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = open_campaign(db).await;
    let (person, application) = sent(db, &campaign, START).await;
    seed::written_introduction(db, application, "Hallo").await;
    seed::taken_on(db, &person).await;
    let freelancer = seed::Person { roles: vec![Role::Freelancer], ..person.clone() };
    seed::paper(&portal, &freelancer, Kind::TradeLicence).await;
    for sql in [
        "update document set state = 'replaced', replaced_at = '2026-08-01'",
        "update application set state = 'withdrawn', withdrawn_at = now()",
    ] {
        sqlx::query(sql).execute(db).await.unwrap();
    }
    let sweep = async || {
        closing::sweep(db, START).await.unwrap();
        expiry::forget(db, START, START).await.unwrap();
        (count(db, "introduction").await, count(db, "document where blob_id is not null").await)
    };
    let confirming = confirming(db, &person).await;
    assert_eq!(sweep().await, (1, 1));
    confirming.rollback().await.unwrap();
    assert_eq!(sweep().await, (0, 0));
}

#[tokio::test]
async fn an_account_that_is_held_is_neither_due_nor_overdue() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let officer = seed::staff(db, Role::PrivacyOfficer).await;
    let (person, second) = (seed::freelancer(db).await, seed::staff(db, Role::Administrator).await);
    sqlx::query("update account set access_ended_at = '2026-08-01' where id = $1")
        .bind(person.id)
        .execute(db)
        .await
        .unwrap();
    let periods = portal::retention::account::Periods::from(&portal::policy::Policy::default());
    let due = async || portal::privacy::person::accounts_due(db, &periods, date!(2026 - 11 - 23)).await.unwrap();
    let overdue = async || portal::health::look(db, portal.now()).await.unwrap().accounts_overdue;
    assert_eq!((due().await, overdue().await), (vec![person.id], 1));
    let id = seed::hold(db, &person, &officer).await;
    assert_eq!(due().await, [person.id], "not before it is confirmed");
    hold::confirm(db, id, second.id, START).await.unwrap().unwrap();
    assert_eq!((due().await, overdue().await), (Vec::new(), 0));
}
