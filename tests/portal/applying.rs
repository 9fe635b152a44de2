//! Applying, from the first step to the withdrawal: double opt-in, personal links, the form, the applicant's page.

use axum::http::{Method, StatusCode};
use portal::accounts::role::Role;
use portal::applications::application::State;
use portal::applications::form::link::{self, Goal};
use portal::id::ApplicationId;
use sqlx::PgPool;
use time::Duration;
use time::macros::datetime;

use crate::client::Client;
use crate::page::{Mail, Page};
use crate::seed::{self, Campaign, Person};
use crate::server::TestPortal;

const EMAIL: &str = "jana.woelk@beispiel.example";

/// A campaign that is recruiting.
async fn posting(portal: &TestPortal) -> Campaign {
    let campaign = seed::campaign(&portal.db).await;
    seed::posting(&portal.db, &campaign).await;
    campaign
}

/// Sends the first step of the form.
async fn begin<'a>(client: &'a mut Client, campaign: &Campaign, name: &str, email: &str) -> &'a Page {
    client.get(&format!("/stellen/{}/bewerbung", campaign.slug)).await;
    client.fill("name", name).fill("email", email).tick("datenschutz").press("Link zur Bewerbung schicken").await
}

/// Opens the link of the last mail and presses its button.
async fn open_link<'a>(portal: &TestPortal, client: &'a mut Client) -> &'a Page {
    let link = portal.mails().await.pop().expect("a mail").link("/bewerbung/zugang/");
    client.get(&link).await;
    client.press("Bewerbung öffnen").await
}

/// The mail of this subject; the clock stands still, so that mails have no order.
async fn mail(portal: &TestPortal, subject: &str) -> Mail {
    portal.mails().await.into_iter().find(|mail| mail.subject == subject).expect("the mail")
}

/// Everything that the profile asks for.
fn fill_profile(client: &mut Client) -> &mut Client {
    client.fill("name", "Jana Wölk").fill("phone", "0461 5550100").fill("place", "Flensburg");
    client.choose("country", "DE").tick_value("languages", "de").tick_value("equipment", "headset");
    client.choose("trade", "planned")
}

/// The field of the posting's only question.
async fn question(db: &PgPool) -> String {
    let id: uuid::Uuid = sqlx::query_scalar("select id from question order by id limit 1").fetch_one(db).await.unwrap();
    format!("q-{id}")
}

async fn count(db: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db).await.unwrap()
}

async fn state(db: &PgPool) -> State {
    sqlx::query_scalar("select state from application").fetch_one(db).await.unwrap()
}

/// A signed-in applicant with a draft.
async fn drafting(portal: &TestPortal) -> (Campaign, Person, ApplicationId, Client) {
    let campaign = posting(portal).await;
    let person = seed::applicant(&portal.db).await;
    let id = seed::application(&portal.db, &person, &campaign, State::Draft).await;
    let client = portal.client_of(&person).await;
    (campaign, person, id, client)
}

#[tokio::test]
async fn the_whole_way_from_the_posting_to_the_receipt() {
    let portal = TestPortal::new().await;
    let campaign = posting(&portal).await;
    let mut client = portal.client();
    let page = begin(&mut client, &campaign, "Jana Wölk", EMAIL).await;
    assert_eq!((page.status, page.heading().as_str()), (StatusCode::OK, "Schau in dein Postfach"));
    assert_eq!(count(&portal.db, "select count(*) from applicant where confirmed_at is not null").await, 0);

    let page = open_link(&portal, &mut client).await;
    assert!(page.text().contains("Deine Bewerbung ist noch ein Entwurf."), "{}", page.text());
    assert!(page.text().contains("Dein Entwurf wird am 23.12.2026 gelöscht"), "{}", page.text());
    assert_eq!(count(&portal.db, "select count(*) from applicant where confirmed_at is not null").await, 1);

    client.follow("Angaben ausfüllen").await;
    let page = fill_profile(&mut client).press("Weiter zu den Fragen").await;
    assert_eq!(page.heading(), "Fragen zur Stelle");
    let field = question(&portal.db).await;
    client.choose(&field, "yes").press_only("Weiter zur Vorstellung").await;

    let path = client.page().path.replace("/fragen", "");
    let page = client.get(&format!("{path}/absenden")).await;
    assert!(!page.has("main [role=alert]"), "{}", page.text());
    let page = client.press("Bewerbung abschicken").await;
    assert!(page.flash().unwrap().starts_with("Deine Bewerbung ist bei uns."), "{:?}", page.flash());
    assert!(page.text().contains("Deine Bewerbungsdaten werden spätestens am 24.5.2027 gelöscht."), "{}", page.text());
    assert_eq!(state(&portal.db).await, State::New);
    let mail = mail(&portal, "Deine Bewerbung ist da").await;
    assert!(mail.body.contains("spätestens am 24.5.2027 gelöscht"), "{}", mail.body);
    assert_eq!(mail.link("/bewerbung/"), path);
    let dates: (time::Date, time::Date) =
        sqlx::query_as("select submitted_on, due_on from application").fetch_one(&portal.db).await.unwrap();
    assert_eq!(dates, (time::macros::date!(2026 - 11 - 23), time::macros::date!(2026 - 11 - 30)));
}

#[tokio::test]
async fn an_introduction_that_is_there_is_sent_along() {
    let portal = TestPortal::new().await;
    let (_, _, id, mut client) = drafting(&portal).await;
    client.get(&format!("/bewerbung/{id}/fragen")).await;
    let field = question(&portal.db).await;
    client.choose(&field, "no").press_only("Weiter zur Vorstellung").await;
    sqlx::query(
        "insert into introduction (application_id, kind, body, sent_at) values ($1, 'text', 'Ich bin Jana.', $2)",
    )
    .bind(id)
    .bind(portal.now())
    .execute(&portal.db)
    .await
    .unwrap();
    client.get(&format!("/bewerbung/{id}/absenden")).await;
    let page = client.press("Bewerbung abschicken").await;
    assert!(page.text().contains("Bis Do, 26.11.2026 hörst du von uns."), "{}", page.text());
    assert_eq!(state(&portal.db).await, State::Introduced);
}

#[tokio::test]
async fn two_hundred_submissions_at_once_are_one_account_and_one_application() {
    let portal = TestPortal::with_connections(16).await;
    let campaign = posting(&portal).await;
    let path = format!("/stellen/{}/bewerbung", campaign.slug);
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("name", "Jana Wölk"), ("email", EMAIL), ("datenschutz", "1")])
        .finish();
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(200));
    let tries = (0..200).map(|_| {
        let (mut client, barrier, path, form) = (portal.client(), barrier.clone(), path.clone(), form.clone());
        tokio::spawn(async move {
            barrier.wait().await;
            client.send(Method::POST, &path, Some(form)).await
        })
    });
    let pages: Vec<Page> = futures_util::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert!(pages.iter().all(|page| page.status == StatusCode::OK && page.body == pages[0].body), "one answer for all");
    assert_eq!(count(&portal.db, "select count(*) from account").await, 1);
    assert_eq!(count(&portal.db, "select count(*) from application").await, 1);
    // Three mails at most: nobody's mailbox is flooded.
    assert_eq!(portal.mails().await.len(), 3);
}

#[tokio::test]
async fn every_address_gets_the_same_answer_and_no_mail_is_sent_within_the_request() {
    let portal = TestPortal::new().await;
    let campaign = posting(&portal).await;
    let applicant = seed::applicant(&portal.db).await;
    seed::application(&portal.db, &applicant, &campaign, State::Introduced).await;
    let freelancer = seed::freelancer(&portal.db).await;
    let staff = seed::staff(&portal.db, Role::Recruiter).await;
    let ended = seed::freelancer(&portal.db).await;
    sqlx::query("update account set access_ended_at = $2 where id = $1")
        .bind(ended.id)
        .bind(portal.now())
        .execute(&portal.db)
        .await
        .unwrap();
    let addresses = [EMAIL, &applicant.email, &freelancer.email, &staff.email, &ended.email];
    for path in [format!("/stellen/{}/bewerbung", campaign.slug), "/bewerbung/link".into()] {
        let mut bodies = Vec::new();
        for email in addresses {
            let mut client = portal.client();
            let page = client.post(&path, &[("name", "Jana"), ("email", email), ("datenschutz", "1")]).await.clone();
            assert_eq!(page.status, StatusCode::OK, "{path} {email}");
            assert!(!client.page().is_signed_in());
            bodies.push(page.body);
        }
        assert!(bodies.iter().all(|body| *body == bodies[0]), "{path} answers differently");
    }
    assert_eq!(count(&portal.db, "select count(*) from mail where sent_at is not null").await, 0);
    let mails = portal.mails().await;
    let to = |person: &Person| mails.iter().filter(|m| m.recipient == person.email).collect::<Vec<_>>();
    // People of the house are asked to sign in; nothing is begun in their name.
    for person in [&freelancer, &staff] {
        assert_eq!(to(person).len(), 2);
        assert!(to(person).iter().all(|mail| mail.subject == "Bitte melde dich an" && !mail.body.contains("/zugang/")));
    }
    assert!(to(&ended).is_empty());
    assert_eq!(to(&applicant).len(), 2);
    let says_day = |mail: &&Mail| mail.body.contains("Deine Bewerbungsdaten werden spätestens am ");
    assert!(to(&applicant).iter().all(says_day), "the link to all applications, too");
    assert_eq!(count(&portal.db, "select count(*) from application").await, 2, "the open one, and the new address's");
    assert_eq!(count(&portal.db, "select count(*) from applicant").await, 2);
}

#[tokio::test]
async fn known_and_unknown_addresses_cost_the_same_statements() {
    let portal = TestPortal::new().await;
    let campaign = posting(&portal).await;
    let freelancer = seed::freelancer(&portal.db).await;
    let applicant = seed::applicant(&portal.db).await;
    sqlx::raw_sql(
        "create table seen (what text);
         create function note() returns trigger language plpgsql as $$ begin
             insert into seen values (tg_op || ' ' || tg_table_name); return null; end $$;
         create trigger t1 after insert or update on account for each statement execute function note();
         create trigger t2 after insert or update on account_role for each statement execute function note();
         create trigger t3 after insert or update on applicant for each statement execute function note();
         create trigger t4 after insert or update on application for each statement execute function note();
         create trigger t5 after insert or update on applicant_link for each statement execute function note();
         create trigger t6 after insert or update on mail for each statement execute function note();",
    )
    .execute(&portal.db)
    .await
    .unwrap();
    for path in [format!("/stellen/{}/bewerbung", campaign.slug), "/bewerbung/link".into()] {
        let mut seen = Vec::new();
        for email in [EMAIL, &freelancer.email, &applicant.email, "niemand@beispiel.example"] {
            portal.client().post(&path, &[("name", "Jana"), ("email", email), ("datenschutz", "1")]).await;
            let statements: Vec<String> =
                sqlx::query_scalar("with gone as (delete from seen returning what) select what from gone")
                    .fetch_all(&portal.db)
                    .await
                    .unwrap();
            seen.push(statements);
        }
        assert!(!seen[0].is_empty() && seen.iter().all(|statements| *statements == seen[0]), "{path}: {seen:?}");
    }
}

#[tokio::test]
async fn a_mailbox_and_a_network_have_their_limits() {
    let portal = TestPortal::new().await;
    let campaign = posting(&portal).await;
    for _ in 0..5 {
        let page = begin(&mut portal.client(), &campaign, "Jana", EMAIL).await.clone();
        assert_eq!(page.status, StatusCode::OK);
    }
    assert_eq!(portal.mails().await.len(), 3);
    for n in 0..57 {
        let page = begin(&mut portal.client(), &campaign, "Jana", &format!("p{n}@beispiel.example")).await.clone();
        assert_eq!(page.status, StatusCode::OK, "{n}");
    }
    let page = begin(&mut portal.client(), &campaign, "Jana", "noch@beispiel.example").await.clone();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.error("email").unwrap().contains("in einer Viertelstunde"), "{:?}", page.error("email"));
    portal.pass(Duration::minutes(16));
    begin(&mut portal.client(), &campaign, "Jana", EMAIL).await;
    assert_eq!(portal.mails().await.len(), 3 + 57 + 1);
}

#[tokio::test]
async fn the_first_step_says_every_error_at_once_and_keeps_what_was_typed() {
    let portal = TestPortal::new().await;
    let campaign = posting(&portal).await;
    let mut client = portal.client();
    client.get(&format!("/stellen/{}/bewerbung", campaign.slug)).await;
    let page = client.fill("name", " ").fill("email", "jana@beispiel").press("Link zur Bewerbung schicken").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["name", "email", "datenschutz"] {
        assert!(page.error(field).is_some(), "{field}");
    }
    assert!(page.has("input[name=email][value='jana@beispiel']"));
    assert_eq!(count(&portal.db, "select count(*) from account").await, 0);
}

#[tokio::test]
async fn only_an_open_posting_takes_applications_and_nobody_sees_a_draft() {
    let portal = TestPortal::new().await;
    let campaign = posting(&portal).await;
    let path = format!("/stellen/{}/bewerbung", campaign.slug);
    for (sql, status) in [
        ("update posting set closed_at = published_at", StatusCode::OK),
        ("update posting set closed_at = null, published_at = null", StatusCode::NOT_FOUND),
    ] {
        sqlx::query(sql).execute(&portal.db).await.unwrap();
        assert_eq!(portal.client().get(&path).await.status, status);
        let mut client = portal.client();
        let page = client.post(&path, &[("name", "Jana"), ("email", EMAIL), ("datenschutz", "1")]).await;
        assert_eq!(page.status, status);
    }
    assert_eq!(count(&portal.db, "select count(*) from account").await, 0);
}

#[tokio::test]
async fn a_link_works_once_expires_and_is_never_used_by_looking() {
    let portal = TestPortal::new().await;
    let campaign = posting(&portal).await;
    begin(&mut portal.client(), &campaign, "Jana", EMAIL).await;
    let link = portal.mails().await.pop().unwrap().link("/bewerbung/zugang/");
    let mut client = portal.client();
    for _ in 0..3 {
        assert_eq!(client.get(&link).await.heading(), "Weiter zu deiner Bewerbung");
    }
    assert!(client.press("Bewerbung öffnen").await.is_signed_in());
    let mut other = portal.client();
    for method in [Method::GET, Method::POST] {
        assert_eq!(other.send(method, &link, None).await.status, StatusCode::GONE);
    }
    // A new one by one click, to the same address.
    let page = other.get(&link).await;
    assert_eq!(page.heading(), "Dieser Link gilt nicht mehr");
    assert_eq!(other.press("Neuen Link schicken").await.heading(), "Schau in dein Postfach");
    let mail = portal.mails().await.pop().unwrap();
    assert_eq!(mail.recipient, EMAIL);
    portal.pass(Duration::days(30));
    assert_eq!(other.get(&mail.link("/bewerbung/zugang/")).await.status, StatusCode::GONE);
    assert_eq!(other.get(&format!("/bewerbung/zugang/{}", "0".repeat(64))).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn the_new_link_leads_where_the_old_one_did() {
    let portal = TestPortal::new().await;
    let (_, person, id, _) = drafting(&portal).await;
    let goal = Goal { application: Some(id), page: link::Page::Interview };
    let link = format!("/bewerbung/zugang/{}", seed::personal_link(&portal.db, &person, goal).await);
    portal.pass(link::LIFETIME);
    let mut client = portal.client();
    assert_eq!(client.get(&link).await.status, StatusCode::GONE);
    client.press("Neuen Link schicken").await;
    let used = open_link(&portal, &mut client).await;
    assert_eq!(used.path, format!("/bewerbung/{id}/gespraech"));
}

#[tokio::test]
async fn sending_and_withdrawing_again_and_again_comes_to_an_end() {
    let portal = TestPortal::new().await;
    let campaign = posting(&portal).await;
    let freelancer = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&freelancer).await;
    let field = question(&portal.db).await;
    let form = [(field.as_str(), "yes")];
    let path = format!("/stellen/{}/bewerbung", campaign.slug);
    for round in 0..6 {
        let page = client.post(&path, &form).await;
        assert!(page.path.len() > "/bewerbung/".len(), "round {round}: {}", page.path);
        let own = page.path.clone();
        client.post(&format!("{own}/zurueckziehen"), &[]).await;
    }
    let page = client.post(&path, &form).await;
    assert!(page.flash().unwrap().starts_with("Das waren gerade viele Bewerbungen"), "{}", page.text());
    let sent = "select count(*) from application where submitted_at is not null";
    assert_eq!(count(&portal.db, sent).await, 6);
    portal.pass(Duration::minutes(15));
    client.post(&path, &form).await;
    assert_eq!(count(&portal.db, sent).await, 7);
}

#[tokio::test]
async fn one_of_many_at_once_uses_a_link() {
    let portal = TestPortal::new().await;
    let campaign = posting(&portal).await;
    begin(&mut portal.client(), &campaign, "Jana", EMAIL).await;
    let link = portal.mails().await.pop().unwrap().link("/bewerbung/zugang/");
    let tries = (0..12).map(|_| {
        let (mut client, link) = (portal.client(), link.clone());
        tokio::spawn(async move { client.send(Method::POST, &link, Some(String::new())).await.status })
    });
    let answers = futures_util::future::join_all(tries).await;
    let used = answers.iter().filter(|status| *status.as_ref().unwrap() == StatusCode::SEE_OTHER).count();
    assert_eq!(used, 1);
    assert_eq!(count(&portal.db, "select count(*) from session").await, 1);
}

#[tokio::test]
async fn all_links_and_sessions_end_together() {
    let portal = TestPortal::new().await;
    let (campaign, person, id, mut client) = drafting(&portal).await;
    begin(&mut portal.client(), &campaign, "Jana", &person.email).await;
    let link = portal.mails().await.pop().unwrap().link("/bewerbung/zugang/");
    let mut second = portal.client_of(&person).await;
    client.get(&format!("/bewerbung/{id}")).await;
    let page = client.press("Alle Links ungültig machen").await;
    assert_eq!((page.heading().as_str(), page.is_signed_in()), ("Alle Links sind ungültig", false));
    for client in [&mut client, &mut second] {
        assert_eq!(client.get("/bewerbung").await.heading(), "Persönlichen Link anfordern");
    }
    assert_eq!(client.get(&link).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn no_mail_link_opens_a_session_for_people_of_the_house() {
    let portal = TestPortal::new().await;
    let campaign = posting(&portal).await;
    begin(&mut portal.client(), &campaign, "Jana", EMAIL).await;
    let link = portal.mails().await.pop().unwrap().link("/bewerbung/zugang/");
    // Staff invite the same address as a freelancer: the account that the form made is no obstacle.
    let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
    let mut staff = portal.client_of(&recruiter).await;
    staff.get("/verwaltung/freelancer/neu").await;
    let page = staff.fill("name", "Jana Wölk").fill("email", EMAIL).press("Einladung schicken").await;
    assert!(page.flash().unwrap().contains("Jana Wölk ist eingeladen."), "{:?}", page.flash());
    let mut client = portal.client();
    for method in [Method::GET, Method::POST] {
        assert_eq!(client.send(method, &link, None).await.status, StatusCode::GONE);
    }
    // The invitation sets the password as ever.
    let invitation = mail(&portal, "Dein Zugang zu den Schichten").await.link("/zugang/");
    client.get(&invitation).await;
    let page = client.fill("password", seed::PASSWORD).press("Passwort setzen und anmelden").await;
    assert_eq!(page.path, "/bereit");
}

#[tokio::test]
async fn a_session_without_a_password_never_reaches_the_house() {
    let portal = TestPortal::new().await;
    let (_, person, id, mut client) = drafting(&portal).await;
    for path in ["/schichten/frei", "/schichtplan", "/verwaltung", "/verwaltung/freelancer", "/verwaltung/konten"] {
        assert_eq!(client.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    // Not even if roles are granted while it lives.
    let roles = [Role::Freelancer, Role::Recruiter];
    portal::accounts::account::grant(&portal.db, person.id, &roles, None, portal.now()).await.unwrap();
    for path in ["/schichten/frei", "/verwaltung", "/verwaltung/freelancer"] {
        assert_eq!(client.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(client.get(&format!("/bewerbung/{id}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_forgotten_password_is_none_of_an_applicants() {
    let portal = TestPortal::new().await;
    let (_, person, _, _) = drafting(&portal).await;
    let mut client = portal.client();
    client.get("/passwort-vergessen").await;
    let page = client.fill("email", &person.email).press("Link schicken").await;
    assert_eq!(page.heading(), "Sieh in dein Postfach");
    assert!(portal.mails().await.is_empty());
    let mut client = portal.client_of(&person).await;
    assert!(!client.get("/konto").await.has("form[action='/konto/passwort']"));
}

#[tokio::test]
async fn staff_lists_leave_applicants_out() {
    let portal = TestPortal::new().await;
    let (_, person, ..) = drafting(&portal).await;
    let administrator = seed::staff(&portal.db, Role::Administrator).await;
    let mut client = portal.client_of(&administrator).await;
    assert!(!client.get("/verwaltung/konten").await.body.contains(&person.email));
}

#[tokio::test]
async fn what_belongs_to_somebody_else_is_not_there() {
    let portal = TestPortal::new().await;
    let (campaign, _, _, mut client) = drafting(&portal).await;
    let other = seed::applicant(&portal.db).await;
    let theirs = seed::application(&portal.db, &other, &campaign, State::New).await;
    for step in ["", "/angaben", "/fragen", "/absenden", "/zurueckziehen"] {
        assert_eq!(client.get(&format!("/bewerbung/{theirs}{step}")).await.status, StatusCode::NOT_FOUND, "{step}");
    }
    for step in ["angaben", "fragen", "absenden", "zurueckziehen", "behalten", "behalten/ende", "link"] {
        let page = client.post(&format!("/bewerbung/{theirs}/{step}"), &[("einwilligung", "1")]).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{step}");
    }
    let kept: State = sqlx::query_scalar("select state from application where id = $1")
        .bind(theirs)
        .fetch_one(&portal.db)
        .await
        .unwrap();
    assert_eq!(kept, State::New);
}

#[tokio::test]
async fn the_profile_says_every_error_at_once_and_keeps_what_is_right() {
    let portal = TestPortal::new().await;
    let (_, _, id, mut client) = drafting(&portal).await;
    client.get(&format!("/bewerbung/{id}/angaben")).await;
    client.fill("name", "").fill("phone", "ruf mich an").fill("place", "").choose("country", "");
    let page = client.untick("languages").fill("experience", &"x".repeat(2001)).press("Weiter zu den Fragen").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["name", "phone", "place", "country", "languages", "experience"] {
        assert!(page.error(field).is_some(), "{field}: {}", page.text());
    }
    assert!(page.has("input[name=phone][value='ruf mich an']"));
    assert_eq!(page.texts("main [role=alert] strong"), ["6 Angaben brauchen noch etwas von dir."]);
    // Nothing can be sent like this, and all of it is said at once.
    let page = client.get(&format!("/bewerbung/{id}/absenden")).await;
    assert_eq!(page.texts("main [role=alert] li").len(), 5, "{}", page.text());
    let page = client.press("Bewerbung abschicken").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(state(&portal.db).await, State::Draft);
}

#[tokio::test]
async fn saving_for_later_keeps_what_is_right_and_sends_the_link() {
    let portal = TestPortal::new().await;
    let (_, person, id, mut client) = drafting(&portal).await;
    client.get(&format!("/bewerbung/{id}/angaben")).await;
    let page = client.fill("place", "Husum").fill("phone", "").press("Speichern und Link senden").await;
    assert_eq!(page.path, format!("/bewerbung/{id}"));
    let mail = portal.mails().await.pop().unwrap();
    assert_eq!(mail.recipient, person.email);
    let mut elsewhere = portal.client();
    elsewhere.get(&mail.link("/bewerbung/zugang/")).await;
    assert_eq!(elsewhere.press("Bewerbung öffnen").await.path, format!("/bewerbung/{id}"));
    assert!(elsewhere.get(&format!("/bewerbung/{id}/angaben")).await.has("input[name=place][value=Husum]"));
}

#[tokio::test]
async fn a_knock_out_is_said_before_and_after_and_nothing_is_sent() {
    let portal = TestPortal::new().await;
    let (_, _, id, mut client) = drafting(&portal).await;
    sqlx::query("update question set must_be = 'yes'").execute(&portal.db).await.unwrap();
    let field = question(&portal.db).await;
    let page = client.get(&format!("/bewerbung/{id}/fragen")).await;
    let condition = "Für diese Stelle braucht es hier die Antwort „Ja“.";
    assert!(page.text().contains(condition), "{}", page.text());
    let page = client.choose(&field, "no").press("Weiter zur Vorstellung").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.error(&field).unwrap().starts_with(condition));
    assert!(page.has("main a[href='/']"));
    let page = client.post(&format!("/bewerbung/{id}/absenden"), &[]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.has("main a[href='/']"));
    assert_eq!(state(&portal.db).await, State::Draft);
}

#[tokio::test]
async fn a_posting_for_other_countries_or_languages_says_so() {
    let portal = TestPortal::new().await;
    let (_, _, id, mut client) = drafting(&portal).await;
    sqlx::query("update posting set countries = '{AT,CH}', languages = '{de,en}'").execute(&portal.db).await.unwrap();
    let page = client.get(&format!("/bewerbung/{id}/angaben")).await;
    assert!(page.text().contains("Diese Stelle ist aus Österreich und Schweiz möglich."), "{}", page.text());
    let page = client.press("Weiter zu den Fragen").await;
    assert_eq!(page.error("country").as_deref(), Some("Diese Stelle ist nur aus Österreich und Schweiz möglich."));
    assert_eq!(page.error("languages").as_deref(), Some("Für diese Stelle braucht es fließend Englisch."));
}

#[tokio::test]
async fn a_second_press_sends_nothing_twice() {
    let portal = TestPortal::with_connections(16).await;
    let (_, _, id, mut client) = drafting(&portal).await;
    client.get(&format!("/bewerbung/{id}/fragen")).await;
    let field = question(&portal.db).await;
    client.choose(&field, "yes").press_only("Weiter zur Vorstellung").await;
    let session = client.cookie("session").unwrap().to_owned();
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(12));
    let presses = (0..12).map(|_| {
        let (mut client, barrier) = (portal.client(), barrier.clone());
        client.set_session(&session);
        tokio::spawn(async move {
            barrier.wait().await;
            client.send(Method::POST, &format!("/bewerbung/{id}/absenden"), Some(String::new())).await.status
        })
    });
    for status in futures_util::future::join_all(presses).await {
        assert_eq!(status.unwrap(), StatusCode::SEE_OTHER);
    }
    assert_eq!(portal.mails().await.len(), 1);
}

#[tokio::test]
async fn edited_questions_keep_equal_answers_and_are_shown_before_sending() {
    let portal = TestPortal::new().await;
    let (campaign, _, id, mut client) = drafting(&portal).await;
    let old = question(&portal.db).await;
    client.get(&format!("/bewerbung/{id}/fragen")).await;
    client.choose(&old, "yes").press_only("Weiter zur Vorstellung").await;
    let page = client.get(&format!("/bewerbung/{id}/fragen")).await.clone();
    let set = uuid::Uuid::new_v4();
    sqlx::query("insert into question_set (id, campaign_id, version, created_at) values ($1, $2, 2, $3)")
        .bind(set)
        .bind(campaign.id)
        .bind(portal.now())
        .execute(&portal.db)
        .await
        .unwrap();
    sqlx::query(
        "insert into question (id, set_id, position, kind, wording, required) values
         (gen_random_uuid(), $1, 1, 'text', 'Was macht ein gutes Gespräch aus?', true),
         (gen_random_uuid(), $1, 2, 'yes_no', 'Hast du schon im Kundenservice gearbeitet?', true)",
    )
    .bind(set)
    .execute(&portal.db)
    .await
    .unwrap();
    // A form that was open meanwhile is not taken for the new questions.
    assert!(page.has("input[name=set]"));
    let stale = client.choose(&old, "no").press("Weiter zur Vorstellung").await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stale.text().contains("Die Fragen haben sich inzwischen geändert."), "{}", stale.text());
    assert!(stale.has("input[type=radio][value=no][checked]"), "what was typed is carried over");
    let page = client.get(&format!("/bewerbung/{id}/absenden")).await;
    assert!(page.text().contains("Die Fragen zu dieser Stelle haben sich geändert."), "{}", page.text());
    let page = client.get(&format!("/bewerbung/{id}/fragen")).await;
    assert!(page.has("input[type=radio][value=yes][checked]"), "the equal answer is carried over");
    let new: uuid::Uuid =
        sqlx::query_scalar("select id from question where kind = 'text'").fetch_one(&portal.db).await.unwrap();
    client.fill(&format!("q-{new}"), "Zuhören.").press_only("Weiter zur Vorstellung").await;
    client.get(&format!("/bewerbung/{id}/absenden")).await;
    assert_eq!(client.press("Bewerbung abschicken").await.status, StatusCode::OK);
    assert_eq!(state(&portal.db).await, State::New);
    assert_eq!(count(&portal.db, "select count(*) from answer").await, 2);
}

#[tokio::test]
async fn answers_keep_their_wording_once_sent_and_can_be_corrected_until_somebody_reads_them() {
    let portal = TestPortal::new().await;
    let campaign = posting(&portal).await;
    let person = seed::applicant(&portal.db).await;
    let id = seed::application(&portal.db, &person, &campaign, State::New).await;
    let field = question(&portal.db).await;
    sqlx::query(
        "insert into question_set (id, campaign_id, version, created_at) values (gen_random_uuid(), $1, 2, $2)",
    )
    .bind(campaign.id)
    .bind(portal.now())
    .execute(&portal.db)
    .await
    .unwrap();
    let mut client = portal.client_of(&person).await;
    client.get(&format!("/bewerbung/{id}/fragen")).await;
    let page = client.choose(&field, "no").press("Antworten ändern").await;
    assert!(page.flash().unwrap().starts_with("Deine Antworten sind geändert."));
    sqlx::query("update application set review_started_at = $1").bind(portal.now()).execute(&portal.db).await.unwrap();
    let page = client.get(&format!("/bewerbung/{id}/fragen")).await;
    assert!(!page.has("input[type=radio]"));
    assert!(page.text().contains("Hast du schon im Kundenservice gearbeitet? Nein"), "{}", page.text());
    let set: uuid::Uuid =
        sqlx::query_scalar("select question_set_id from application").fetch_one(&portal.db).await.unwrap();
    client.post(&format!("/bewerbung/{id}/fragen"), &[("set", &set.to_string()), (&field, "yes")]).await;
    assert_eq!(count(&portal.db, "select count(*) from answer where value = 'no'").await, 1);
    // The profile stays correct for as long as anybody works on it.
    client.get(&format!("/bewerbung/{id}/angaben")).await;
    let page = client.fill("place", "Husum").press("Angaben ändern").await;
    assert!(page.flash().unwrap().starts_with("Deine Angaben sind geändert."));
}

#[tokio::test]
async fn a_hold_keeps_the_answers_that_were_sent() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = posting(&portal).await;
    let person = seed::applicant(db).await;
    let id = seed::application(db, &person, &campaign, State::New).await;
    let (path, field) = (format!("/bewerbung/{id}/fragen"), question(db).await);
    let mut client = portal.client_of(&person).await;
    client.get(&path).await;
    client.choose(&field, "no").press("Antworten ändern").await;
    client.get(&path).await;
    seed::confirmed_hold(db, &person).await;
    let page = client.choose(&field, "yes").press("Antworten ändern").await;
    let flash = page.flash().unwrap();
    assert!(flash.contains("wegen einer rechtlichen Auseinandersetzung so aufheben"), "{flash}");
    let page = client.get(&path).await;
    assert!(!page.has("input[type=radio]") && page.text().contains("im Kundenservice gearbeitet? Nein"));
    assert!(page.text().contains("rechtlichen Auseinandersetzung so aufheben, wie sie sind."), "{}", page.text());
    // What was not sent yet is still being written.
    sqlx::query("update application set state = 'draft', submitted_at = null, submitted_on = null")
        .execute(db)
        .await
        .unwrap();
    client.get(&path).await;
    client.choose(&field, "yes").press("Weiter zur Vorstellung").await;
    assert_eq!(count(db, "select count(*) from answer where value = 'yes'").await, 1);
}

#[tokio::test]
async fn scripts_stay_text_and_names_have_one_line() {
    let portal = TestPortal::new().await;
    let campaign = posting(&portal).await;
    let mut client = portal.client();
    begin(&mut client, &campaign, "Jana\r\nBcc: alle@beispiel.example <script>alert(1)</script>", EMAIL).await;
    let mail = portal.mails().await.pop().unwrap();
    assert!(!mail.body.contains("Bcc") && !mail.body.contains("script"), "nothing that a stranger typed is mailed");
    open_link(&portal, &mut client).await;
    let path = client.page().path.clone();
    client.get(&format!("{path}/angaben")).await;
    assert!(client.page().has("input[name=name][value='Jana Bcc: alle@beispiel.example <script>alert(1)</script>']"));
    fill_profile(&mut client).fill("name", "<b>Jana</b>").fill("experience", "</textarea><script>x</script>");
    client.press("Weiter zu den Fragen").await;
    for page in ["", "/angaben", "/fragen", "/absenden"] {
        let page = client.get(&format!("{path}{page}")).await;
        assert!(!page.body.contains("<script>x") && !page.body.contains("<b>Jana"), "{}", page.path);
        assert_eq!(page.markup_faults(), Vec::<String>::new(), "{}", page.path);
    }
}

#[tokio::test]
async fn links_come_from_the_configured_address_whatever_the_request_says() {
    let portal = TestPortal::with(&["--base-url", "https://portal.example"]).await;
    let campaign = posting(&portal).await;
    let mut client = portal.client();
    for name in ["x-forwarded-host", "forwarded", "x-forwarded-proto"] {
        client.headers.insert(name, "host=evil.example".parse().unwrap());
    }
    client.headers.insert("host", "evil.example".parse().unwrap());
    client
        .post(
            &format!("/stellen/{}/bewerbung", campaign.slug),
            &[("name", "Jana"), ("email", EMAIL), ("datenschutz", "1")],
        )
        .await;
    let mail = portal.mails().await.pop().unwrap();
    assert!(
        mail.body.contains("https://portal.example/bewerbung/zugang/") && !mail.body.contains("evil"),
        "{}",
        mail.body
    );
}

#[tokio::test]
async fn withdrawing_erases_the_introduction_and_a_new_application_may_follow() {
    let portal = TestPortal::new().await;
    let (campaign, _, id, mut client) = drafting(&portal).await;
    sqlx::query(
        "insert into introduction (application_id, kind, body, sent_at) values ($1, 'text', 'Ich bin Jana.', $2)",
    )
    .bind(id)
    .bind(portal.now())
    .execute(&portal.db)
    .await
    .unwrap();
    client.get(&format!("/bewerbung/{id}")).await;
    client.follow("Bewerbung zurückziehen …").await;
    let page = client.press("Bewerbung zurückziehen").await;
    assert!(page.flash().unwrap().starts_with("Deine Bewerbung ist zurückgezogen."));
    assert_eq!(count(&portal.db, "select count(*) from introduction").await, 0);
    let mail = portal.mails().await.pop().unwrap();
    assert_eq!(mail.subject, "Deine Bewerbung ist zurückgezogen");
    assert!(mail.body.contains("Dein Entwurf wird am 20.12.2026 gelöscht. Früher"), "nobody edits it: {}", mail.body);
    let page = client.get(&format!("/bewerbung/{id}")).await.text();
    assert!(page.contains("Dein Entwurf wird am 20.12.2026 gelöscht. Früher") && !page.contains("Nach dem Absenden"));
    // Twice is once.
    client.post(&format!("/bewerbung/{id}/zurueckziehen"), &[]).await;
    assert_eq!(portal.mails().await.len(), 1);
    client.get(&format!("/bewerbung/{id}")).await;
    client.follow("Neu bewerben").await;
    let page = client.press("Bewerbung beginnen").await;
    assert!(page.path.starts_with("/bewerbung/") && page.path != format!("/bewerbung/{id}"), "{}", page.path);
    client.get(&format!("/stellen/{}/bewerbung", campaign.slug)).await;
    client.press("Bewerbung beginnen").await;
    assert_eq!(count(&portal.db, "select count(*) from application").await, 2);
}

#[tokio::test]
async fn keeping_longer_is_separate_unticked_and_taken_back_as_easily() {
    let portal = TestPortal::new().await;
    let campaign = posting(&portal).await;
    let person = seed::applicant(&portal.db).await;
    let id = seed::application(&portal.db, &person, &campaign, State::Introduced).await;
    let mut client = portal.client_of(&person).await;
    let page = client.get(&format!("/bewerbung/{id}")).await;
    assert!(page.has("input[name=einwilligung]:not([checked])"));
    assert!(page.text().contains("12 Monate, also bis zum 23.11.2027"), "{}", page.text());
    assert!(page.text().contains("am 21.5.2027 gelöscht"), "{}", page.text());
    client.press("Einwilligen").await;
    assert_eq!(count(&portal.db, "select count(*) from consent").await, 0);
    let page = client.tick("einwilligung").press("Einwilligen").await;
    assert!(page.text().contains("am 24.11.2027 gelöscht"), "{}", page.text());
    let page = client.press("Einwilligung zurücknehmen").await;
    assert!(page.text().contains("am 21.5.2027 gelöscht"), "{}", page.text());
}

#[tokio::test]
async fn wishes_for_a_copy_and_for_erasure_are_recorded() {
    let portal = TestPortal::new().await;
    let campaign = posting(&portal).await;
    let person = seed::applicant(&portal.db).await;
    let id = seed::application(&portal.db, &person, &campaign, State::Introduced).await;
    let mut client = portal.client_of(&person).await;
    client.get(&format!("/bewerbung/{id}")).await;
    client.follow("Zur Kopie deiner Daten").await;
    client.press("Kopie anfordern").await;
    client.get(&format!("/bewerbung/{id}")).await;
    client.follow("Alle Daten löschen …").await;
    let page = client.press("Alles löschen").await;
    assert!(page.flash().unwrap().contains("Spätestens nach 72 Stunden"), "{:?}", page.flash());
    assert_eq!(count(&portal.db, "select count(*) from data_request where done_at is null").await, 2);
    for state in ["introduced", "draft"] {
        let change = "update application set state = $1::application_state, submitted_at = null, submitted_on = null, introduced_at = null where $1 = 'draft'";
        sqlx::query(change).bind(state).execute(&portal.db).await.unwrap();
        let text = client.get(&format!("/bewerbung/{id}")).await.text();
        assert!(text.contains("werden gelöscht, wie du es gewünscht hast."), "{text}");
        assert!(!text.contains("Nach dem Absenden"), "{text}");
    }
}

#[tokio::test]
async fn a_freelancer_answers_the_questions_and_has_applied() {
    let portal = TestPortal::new().await;
    let campaign = posting(&portal).await;
    let person = seed::freelancer(&portal.db).await;
    let mut client = portal.client_of(&person).await;
    let path = format!("/stellen/{}/bewerbung", campaign.slug);
    client.get(&path).await;
    let field = question(&portal.db).await;
    let page = client.press("Bewerbung abschicken").await;
    assert_eq!(page.error(&field).as_deref(), Some("Bitte wähle Ja oder Nein."));
    let page = client.choose(&field, "yes").press("Bewerbung abschicken").await;
    assert!(page.path.starts_with("/bewerbung/"), "{}", page.path);
    assert_eq!(state(&portal.db).await, State::New);
    let application = page.path.clone();
    // Once more leads to the same one.
    assert_eq!(client.get(&path).await.path, application);
    client.post(&path, &[(&field, "yes")]).await;
    assert_eq!(count(&portal.db, "select count(*) from application").await, 1);
    assert_eq!(portal.mails().await.len(), 1);
    assert_eq!(client.get("/schichten/frei").await.status, StatusCode::OK);
}

#[tokio::test]
async fn staff_cannot_apply_with_their_account() {
    let portal = TestPortal::new().await;
    let campaign = posting(&portal).await;
    let staff = seed::staff(&portal.db, Role::Recruiter).await;
    let mut client = portal.client_of(&staff).await;
    let path = format!("/stellen/{}/bewerbung", campaign.slug);
    assert!(!client.get(&path).await.has("main form"));
    let page = client.post(&path, &[("name", "Jana"), ("email", EMAIL), ("datenschutz", "1")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(count(&portal.db, "select count(*) from application").await, 0);
}

#[tokio::test]
async fn a_day_that_begins_in_berlin_counts() {
    let portal = TestPortal::new().await;
    let (_, _, id, mut client) = drafting(&portal).await;
    client.get(&format!("/bewerbung/{id}/fragen")).await;
    let field = question(&portal.db).await;
    client.choose(&field, "yes").press_only("Weiter zur Vorstellung").await;
    portal.set_time(datetime!(2026-11-30 23:30 UTC));
    client.get(&format!("/bewerbung/{id}/absenden")).await;
    let page = client.press("Bewerbung abschicken").await;
    assert!(page.text().contains("am 2.6.2027 gelöscht"), "{}", page.text());
}

/// Lets people apply and withdraw, so that every mail about it is written.
pub async fn cause_mails(portal: &TestPortal) -> Vec<Person> {
    let campaign = posting(portal).await;
    let freelancer = seed::freelancer(&portal.db).await;
    begin(&mut portal.client(), &campaign, "Lou Brandt", "lou@beispiel.example").await;
    begin(&mut portal.client(), &campaign, &freelancer.name, &freelancer.email).await;
    let person = seed::applicant(&portal.db).await;
    let id = seed::application(&portal.db, &person, &campaign, State::Draft).await;
    let mut client = portal.client_of(&person).await;
    client.get(&format!("/bewerbung/{id}/fragen")).await;
    let field = question(&portal.db).await;
    client.choose(&field, "yes").press_only("Weiter zur Vorstellung").await;
    client.get(&format!("/bewerbung/{id}/absenden")).await;
    client.press("Bewerbung abschicken").await;
    client.post(&format!("/bewerbung/{id}/zurueckziehen"), &[]).await;
    vec![freelancer, person]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_used_in_the_instant_in_which_its_person_joins_the_house_opens_nothing() {
    let portal = TestPortal::new().await;
    let person = seed::applicant(&portal.db).await;
    let token = seed::personal_link(&portal.db, &person, Goal::application(None)).await;
    // The role is granted and the password set, but not committed: the link still looks alive.
    let mut joining = portal.db.begin().await.unwrap();
    let role = "insert into account_role (account_id, role, granted_at) values ($1, 'recruiter', $2)";
    sqlx::query(role).bind(person.id).bind(portal.now()).execute(&mut *joining).await.unwrap();
    let password = "update account set password_hash = 'x' where id = $1";
    sqlx::query(password).bind(person.id).execute(&mut *joining).await.unwrap();
    let mut client = portal.client();
    let path = format!("/bewerbung/zugang/{token}");
    let using = async { client.send(Method::POST, &path, Some(String::new())).await.status };
    let commit = async {
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        joining.commit().await.unwrap();
    };
    assert_eq!(tokio::join!(using, commit).0, StatusCode::GONE);
    let sessions: i64 = sqlx::query_scalar("select count(*) from session").fetch_one(&portal.db).await.unwrap();
    assert_eq!(sessions, 0);
}
