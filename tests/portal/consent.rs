//! Consent to longer keeping through the pages: given, renewed and withdrawn, each on record; and legal holds that beat it.

use axum::http::StatusCode;
use portal::accounts::role::Role;
use portal::applications::form::keeping::{keep, remind_due};
use portal::clock::german;
use portal::id::ApplicationId;
use portal::policy::{self, Figure};
use portal::retention::consent;
use time::macros::{date, datetime};
use time::{Date, Duration, OffsetDateTime};

use crate::client::Client;
use crate::erasure::{count, night, open_campaign, run, sent};
use crate::page::Mail;
use crate::seed::{self, Person};
use crate::server::{START, TestPortal};

/// Somebody who consents on 23 November 2026, on the page.
async fn consenting(portal: &TestPortal) -> (Person, ApplicationId, Client) {
    let campaign = open_campaign(&portal.db).await;
    let (person, application) = sent(&portal.db, &campaign, datetime!(2026-06-01 10:00 UTC)).await;
    let mut client = portal.client_of(&person).await;
    client.get(&format!("/bewerbung/{application}")).await;
    let page = client.press("Einwilligen").await;
    assert!(page.flash().unwrap().starts_with("Nichts geändert."), "unticked, nothing is consented to");
    let page = client.tick("einwilligung").press("Einwilligen").await;
    assert!(page.flash().unwrap().starts_with("Wir behalten deine Bewerbung länger."));
    (person, application, client)
}

/// Both mails of a consent: given, and about to end.
pub async fn cause_mails(portal: &TestPortal) -> Person {
    let campaign = open_campaign(&portal.db).await;
    let (person, application) = sent(&portal.db, &campaign, datetime!(2026-05-01 10:00 UTC)).await;
    keep(&portal.db, &portal.portal.config, application, portal.now()).await.unwrap().unwrap();
    sqlx::query("update consent set ends_on = '2026-12-10'").execute(&portal.db).await.unwrap();
    assert_eq!(remind_due(&portal.db, &portal.portal.config, portal.now()).await.unwrap(), 1);
    person
}

async fn mails(portal: &TestPortal, subject: &str) -> Vec<Mail> {
    portal.mails().await.into_iter().filter(|mail| mail.subject == subject).collect()
}

/// The path of the link in a mail that withdraws.
pub fn withdrawal(mail: &Mail) -> String {
    let at = mail.body.find("/bewerbung/einwilligung/").expect("a link");
    mail.body[at..].split_whitespace().next().unwrap().to_owned()
}

async fn erased_on(portal: &TestPortal, application: ApplicationId) -> Date {
    crate::erasure::erased_on(portal, application, portal.now()).await
}

#[tokio::test]
async fn a_consent_has_a_text_a_time_an_end_and_a_mail_that_takes_it_back() {
    let portal = TestPortal::new().await;
    let (_, application, mut client) = consenting(&portal).await;
    assert!(client.page().text().contains("Deine Bewerbungsdaten werden spätestens am 24.11.2027 gelöscht."));
    // The same again is the same: no second row, no second mail.
    client.post(&format!("/bewerbung/{application}/behalten"), &[("einwilligung", "1")]).await;
    let rows = consent::history(&portal.db, application).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].text_version, rows[0].granted_at, rows[0].ends_on), (1, START, Some(date!(2027 - 11 - 24))));
    let sent = mails(&portal, "Wir behalten deine Bewerbung länger").await;
    assert_eq!(sent.len(), 1);
    assert!(sent[0].body.contains("spätestens am 24.11.2027 gelöscht."), "{}", sent[0].body);
    // By the mail, without signing in: looking changes nothing, twice is once.
    let path = withdrawal(&sent[0]);
    let mut guest = portal.client();
    guest.get(&path).await;
    guest.get(&path).await;
    assert_eq!(erased_on(&portal, application).await, date!(2027 - 11 - 24));
    let page = guest.press("Einwilligung zurücknehmen").await.clone();
    assert_eq!((page.status, page.heading().as_str()), (StatusCode::OK, "Einwilligung zurückgenommen"));
    assert!(page.text().contains("2.12.2026"), "{}", page.text());
    assert_eq!(page.markup_faults(), Vec::<String>::new());
    portal.pass(Duration::HOUR);
    assert_eq!(guest.post(&path, &[]).await.status, StatusCode::OK);
    let rows = consent::history(&portal.db, application).await.unwrap();
    assert_eq!((rows.len(), rows[0].withdrawn_at), (1, Some(START)), "the first time counts");
    assert_eq!(erased_on(&portal, application).await, date!(2026 - 12 - 02));
}

#[tokio::test]
async fn whoever_consents_again_has_a_second_grant_that_the_first_link_leaves_alone() {
    let portal = TestPortal::new().await;
    let (_, application, mut client) = consenting(&portal).await;
    let first = withdrawal(&mails(&portal, "Wir behalten deine Bewerbung länger").await[0]);
    client.get(&format!("/bewerbung/{application}")).await;
    let page = client.press("Einwilligung zurücknehmen").await;
    assert!(page.flash().unwrap().starts_with("Deine Einwilligung ist zurückgenommen."));
    client.tick("einwilligung").press("Einwilligen").await;
    assert_eq!(portal.client().post(&first, &[]).await.status, StatusCode::OK);
    let rows = consent::history(&portal.db, application).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.withdrawn_at.is_none()).count(), 1, "{rows:?}");
    assert_eq!(rows.len(), 2);
}

#[tokio::test]
async fn thirty_days_before_the_end_a_mail_asks_once_and_a_renewal_takes_the_place() {
    let portal = TestPortal::new().await;
    let (_, application, _) = consenting(&portal).await;
    let first = withdrawal(&mails(&portal, "Wir behalten deine Bewerbung länger").await[0]);
    let end = date!(2027 - 11 - 24);
    for (day, written) in [(31, 0), (30, 1), (29, 0), (0, 0)] {
        portal.set_time(night(end - Duration::days(day)));
        assert_eq!(
            remind_due(&portal.db, &portal.portal.config, portal.now()).await.unwrap(),
            written,
            "{day} days before"
        );
    }
    portal.set_time(night(end - Duration::days(30)));
    let asked = mails(&portal, "Deine Einwilligung endet bald").await;
    assert_eq!(asked.len(), 1);
    assert!(asked[0].body.contains("spätestens am 24.11.2027 gelöscht."), "{}", asked[0].body);
    // The personal link of the mail leads to the page on which it is renewed.
    let link = asked[0].body.lines().find(|line| line.contains("/bewerbung/zugang/")).unwrap();
    let mut client = portal.client();
    client.get(&link[link.find("/bewerbung").unwrap()..]).await;
    client.press("Bewerbung öffnen").await;
    let page = client.tick("einwilligung").press("Verlängern").await;
    assert!(page.text().contains("Deine Bewerbungsdaten werden spätestens am 26.10.2028 gelöscht."), "{}", page.text());
    let rows = consent::history(&portal.db, application).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows[0].renewed_at.is_some() && rows[1].renewed_at.is_none());
    // Any of its mails takes it back, the first one included.
    assert_eq!(portal.client().post(&first, &[]).await.status, StatusCode::OK);
    assert!(consent::find(&portal.db, application).await.unwrap().is_none());
}

#[tokio::test]
async fn nobody_is_asked_whose_consent_ends_nothing() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let (_, later) = sent(&portal.db, &campaign, START).await;
    let (wishing, wished) = sent(&portal.db, &campaign, START).await;
    policy::note(&portal.db, Figure::ConsentMonths, 1, date!(2026 - 11 - 23), None, START - Duration::DAY)
        .await
        .unwrap()
        .unwrap();
    for application in [later, wished] {
        seed::consent(&portal.db, application).await;
    }
    let mut client = portal.client_of(&wishing).await;
    client.post("/bewerbung/loeschung", &[]).await;
    portal.set_time(night(date!(2026 - 12 - 20)));
    assert_eq!(remind_due(&portal.db, &portal.portal.config, portal.now()).await.unwrap(), 0);
}

#[tokio::test]
async fn unknown_and_expired_links_are_not_there() {
    let portal = TestPortal::new().await;
    let (_, application, _) = consenting(&portal).await;
    let path = withdrawal(&mails(&portal, "Wir behalten deine Bewerbung länger").await[0]);
    let mut guest = portal.client();
    for odd in ["/bewerbung/einwilligung/unbekannt", &path[..path.len() - 1]] {
        assert_eq!(guest.get(odd).await.status, StatusCode::NOT_FOUND);
        assert_eq!(guest.post(odd, &[]).await.status, StatusCode::NOT_FOUND);
    }
    portal.set_time(night(date!(2027 - 11 - 26)));
    assert_eq!(guest.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
    assert!(consent::find(&portal.db, application).await.unwrap().is_some(), "it has ended by itself");
    assert_eq!(erased_on(&portal, application).await, date!(2027 - 11 - 24));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_grants_at_once_one_lives() {
    let portal = TestPortal::with_connections(16).await;
    let campaign = open_campaign(&portal.db).await;
    for _ in 0..20 {
        let (person, application) = sent(&portal.db, &campaign, START).await;
        let (mut one, mut other) = (portal.client_of(&person).await, portal.client_of(&person).await);
        let path = format!("/bewerbung/{application}/behalten");
        let both = tokio::join!(one.post(&path, &[("einwilligung", "1")]), other.post(&path, &[("einwilligung", "1")]));
        assert!(both.0.status.is_success() && both.1.status.is_success());
        assert_eq!(consent::history(&portal.db, application).await.unwrap().len(), 1);
    }
}

async fn hold(portal: &TestPortal, person: &Person, until: Date, confirmed: bool) {
    let (one, second) =
        (seed::staff(&portal.db, Role::PrivacyOfficer).await, seed::staff(&portal.db, Role::Administrator).await);
    let at: Option<OffsetDateTime> = confirmed.then_some(START);
    sqlx::query(
        "insert into legal_hold (id, account_id, reason, set_by, set_at, starts_on, held_until, confirmed_by, confirmed_at)
         values (gen_random_uuid(), $1, 'Klage', $2, $3, '2026-11-23', $4, case when $6::timestamptz is not null then $5::uuid end, $6)",
    )
    .bind(person.id)
    .bind(one.id)
    .bind(START)
    .bind(until)
    .bind(second.id)
    .bind(at)
    .execute(&portal.db)
    .await
    .unwrap();
}

#[tokio::test]
async fn a_confirmed_hold_keeps_until_its_last_day_and_the_page_says_so() {
    let portal = TestPortal::new().await;
    let campaign = open_campaign(&portal.db).await;
    let at = datetime!(2026-05-31 10:00 UTC);
    let (held, application) = sent(&portal.db, &campaign, at).await;
    let (waiting, _) = sent(&portal.db, &campaign, at).await;
    hold(&portal, &held, date!(2026 - 12 - 20), true).await;
    hold(&portal, &waiting, date!(2026 - 12 - 20), false).await;
    let mut client = portal.client_of(&held).await;
    client.get("/bewerbung/loeschung").await;
    client.press("Alles löschen").await;
    let text = client.get(&format!("/bewerbung/{application}")).await.text();
    assert!(
        text.contains(&format!("nach heutigem Stand am {} gelöscht", german::date(date!(2026 - 12 - 21)))),
        "{text}"
    );
    assert!(text.contains("ruht dein Wunsch") && !text.contains("Spätestens nach"), "{text}");
    assert_eq!(
        run(&portal, night(date!(2026 - 12 - 01))).await.unwrap().dossiers,
        1,
        "a hold of one person holds nothing"
    );
    assert_eq!(run(&portal, night(date!(2026 - 12 - 20))).await.unwrap().dossiers, 0);
    assert_eq!(run(&portal, night(date!(2026 - 12 - 21))).await.unwrap().dossiers, 1);
    assert_eq!(count(&portal.db, "legal_hold").await, 0, "it goes with the person");
}

#[tokio::test]
async fn a_profile_without_an_application_is_held_as_well() {
    let portal = TestPortal::new().await;
    let person = seed::applicant(&portal.db).await;
    sqlx::query("update applicant set updated_at = '2026-01-01'").execute(&portal.db).await.unwrap();
    hold(&portal, &person, date!(2026 - 12 - 20), true).await;
    assert_eq!(run(&portal, night(date!(2026 - 12 - 20))).await.unwrap().profiles, 0);
    assert_eq!(run(&portal, night(date!(2026 - 12 - 21))).await.unwrap().profiles, 1);
}
