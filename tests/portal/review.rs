//! Staff's side of applications: the way from the queue to the decision, and what must not happen on it.

use axum::http::{Method, StatusCode};
use portal::accounts::role::Role;
use portal::applications::application::State;
use portal::applications::{decision, opinion, review};
use portal::id::ApplicationId;
use sqlx::PgPool;
use time::Duration;
use time::macros::date;

use crate::client::Client;
use crate::seed::{self, Campaign, PASSWORD, Person};
use crate::server::TestPortal;

/// A recruiter before the dossier of one application in this state.
struct Desk {
    portal: TestPortal,
    campaign: Campaign,
    recruiter: Person,
    applicant: Person,
    id: ApplicationId,
    client: Client,
}

impl Desk {
    async fn new(state: State) -> Self {
        let portal = TestPortal::new().await;
        let campaign = seed::campaign(&portal.db).await;
        seed::posting(&portal.db, &campaign).await;
        let recruiter = seed::staff(&portal.db, Role::Recruiter).await;
        let applicant = seed::applicant(&portal.db).await;
        let id = seed::application(&portal.db, &applicant, &campaign, state).await;
        let mut client = portal.client_of(&recruiter).await;
        client.get(&dossier(id)).await;
        Self { portal, campaign, recruiter, applicant, id, client }
    }

    fn db(&self) -> &PgPool {
        &self.portal.db
    }

    async fn state(&self) -> String {
        state(self.db(), self.id).await
    }

    /// The mails to the applicant so far.
    async fn mails(&self) -> Vec<crate::page::Mail> {
        let all = self.portal.mails().await;
        // The next mail is a later one.
        self.portal.pass(Duration::seconds(1));
        all.into_iter().filter(|mail| mail.recipient == self.applicant.email).collect()
    }
}

fn dossier(id: ApplicationId) -> String {
    format!("/verwaltung/bewerbungen/{id}")
}

async fn state(db: &PgPool, id: ApplicationId) -> String {
    sqlx::query_scalar("select state::text from application where id = $1").bind(id).fetch_one(db).await.unwrap()
}

async fn rename(db: &PgPool, person: &Person, name: &str) {
    sqlx::query("update account set name = $2 where id = $1").bind(person.id).bind(name).execute(db).await.unwrap();
}

/// Opens the personal link of a mail in a new browser; it leads to this page, once. Whoever used it finds the page
/// behind it again, nobody else does.
pub async fn open_link(portal: &TestPortal, link: &str, leads_to: &str) -> Client {
    let mut client = portal.client();
    assert_eq!(client.get(link).await.heading(), "Weiter zu deiner Bewerbung");
    let page = client.press("Bewerbung öffnen").await;
    assert_eq!((page.status, page.path.as_str()), (StatusCode::OK, leads_to));
    assert_eq!(client.get(link).await.path, leads_to);
    assert_eq!(portal.client().get(link).await.status, StatusCode::GONE);
    client
}

#[tokio::test]
async fn from_the_queue_to_the_portal() {
    let mut desk = Desk::new(State::Introduced).await;
    seed::written_introduction(desk.db(), desk.id, "Ich höre gern zu.").await;
    desk.client.get("/verwaltung").await;
    desk.client.within("header nav").follow("Bewerbungen").await;
    let page = desk.client.follow(&desk.applicant.name).await;
    assert!(page.text().contains("Ich höre gern zu."), "{}", page.text());

    let page = desk.client.press("Sichtung beginnen").await;
    assert!(page.flash().unwrap().starts_with("Die Sichtung hat begonnen."));
    let page = desk.client.press("Zum Gespräch einladen").await;
    assert!(page.flash().unwrap().starts_with("Die Einladung zum Gespräch ist unterwegs."));
    let mail = desk.mails().await.pop().unwrap();
    assert_eq!(mail.subject, "Einladung zum Kennenlerngespräch");
    let interview = format!("/bewerbung/{}/gespraech", desk.id);
    let applicant = open_link(&desk.portal, &mail.link("/bewerbung/zugang/"), &interview).await;
    assert!(applicant.page().is_signed_in());

    desk.client.press("Gespräch geführt").await;
    let page = desk.client.press("Zusammenarbeit anbieten").await;
    assert!(page.text().contains("Das Angebot ist raus."), "{}", page.text());
    let mail = desk.mails().await.pop().unwrap();
    let home = format!("/bewerbung/{}", desk.id);
    // The applicant says yes: signed in by the mail's link, without a password.
    let mut applicant = open_link(&desk.portal, &mail.link("/bewerbung/zugang/"), &home).await;
    let page = applicant.post(&format!("/bewerbung/{}/zusage", desk.id), &[]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.heading(), "Schön, dass du dabei bist");
    assert_eq!(desk.state().await, "accepted");
    // That session must not become a freelancer's.
    let answer = applicant.send(Method::GET, "/schichten/frei", None).await;
    assert!(answer.headers["location"].to_str().unwrap().starts_with("/anmeldung"), "{:?}", answer.headers);

    let invitation = desk.mails().await.pop().unwrap();
    let link = invitation.link("/zugang/");
    let page = applicant.get(&link).await;
    assert_eq!(page.status, StatusCode::OK);
    let page = applicant.fill("password", PASSWORD).press("Passwort setzen und anmelden").await;
    assert_eq!((page.path.as_str(), page.status), ("/bereit", StatusCode::OK));
    assert_eq!(desk.portal.client().get(&link).await.status, StatusCode::GONE, "single use");
    let mut again = desk.portal.client();
    again.get("/anmeldung").await;
    let page = again.fill("email", &desk.applicant.email).fill("password", PASSWORD).press("Anmelden").await;
    assert_eq!(page.path, "/bereit");
    // Staff see it among the freelancers and in the history.
    let page = desk.client.get(&dossier(desk.id)).await;
    assert!(page.text().contains("Beide Seiten haben zugesagt."));
    assert!(page.text().contains("Angebot angenommen"));
}

#[tokio::test]
async fn a_freelancer_is_offered_at_once_and_gets_no_second_invitation() {
    let mut desk = Desk::new(State::New).await;
    let person = seed::person(desk.db(), &[Role::Freelancer, Role::Applicant]).await;
    sqlx::query(
        "insert into applicant (id, confirmed_at, place, created_at, updated_at) values ($1, $2, 'Kiel', $2, $2)",
    )
    .bind(person.id)
    .bind(desk.portal.now())
    .execute(desk.db())
    .await
    .unwrap();
    let id = seed::application(desk.db(), &person, &desk.campaign, State::New).await;
    desk.client.get(&dossier(id)).await;
    desk.client.press("Zusammenarbeit anbieten").await;
    let mut theirs = desk.portal.client_of(&person).await;
    let answer = theirs.send(Method::POST, &format!("/bewerbung/{id}/zusage"), Some(String::new())).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(state(desk.db(), id).await, "accepted");
    let mails = desk.portal.mails().await;
    let offer = mails.iter().find(|mail| mail.subject == "Wir möchten gern mit dir zusammenarbeiten").unwrap();
    assert_eq!(offer.link("/bewerbung/"), format!("/bewerbung/{id}"), "no link opens their session: they sign in");
    let mail = mails.iter().find(|mail| mail.subject == "Du bist dabei").unwrap();
    assert!(!mail.body.contains("/zugang/"), "{}", mail.body);
    assert_eq!(theirs.get("/schichten/frei").await.status, StatusCode::OK, "still signed in");
}

#[tokio::test]
async fn without_an_offer_there_is_no_yes_and_somebody_elses_is_not_there() {
    let desk = Desk::new(State::Talked).await;
    let stranger = seed::applicant(desk.db()).await;
    let mut theirs = desk.portal.client_of(&stranger).await;
    let mut own = desk.portal.client_of(&desk.applicant).await;
    for answer in ["zusage", "absage"] {
        let path = format!("/bewerbung/{}/{answer}", desk.id);
        assert_eq!(theirs.send(Method::POST, &path, Some(String::new())).await.status, StatusCode::NOT_FOUND);
        own.send(Method::POST, &path, Some(String::new())).await;
        assert_eq!(desk.state().await, "talked");
    }
    let roles: i64 =
        sqlx::query_scalar("select count(*) from account_role where account_id = $1 and role = 'freelancer'")
            .bind(desk.applicant.id)
            .fetch_one(desk.db())
            .await
            .unwrap();
    assert_eq!(roles, 0);
}

#[tokio::test]
async fn a_no_to_an_offer_withdraws_and_erases_the_introduction() {
    let mut desk = Desk::new(State::Talked).await;
    seed::written_introduction(desk.db(), desk.id, "Hallo").await;
    desk.client.press("Zusammenarbeit anbieten").await;
    let mut own = desk.portal.client_of(&desk.applicant).await;
    own.send(Method::POST, &format!("/bewerbung/{}/absage", desk.id), Some(String::new())).await;
    assert_eq!(desk.state().await, "withdrawn");
    let left: i64 = sqlx::query_scalar("select count(*) from introduction").fetch_one(desk.db()).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_refusal_shows_its_mail_first_and_erases_the_recording() {
    let mut desk = Desk::new(State::Introduced).await;
    let blob = seed::recorded_introduction(desk.db(), desk.id).await;
    desk.client.press("Absagen …").await;
    let page = desk.client.press("Vorschau ansehen").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.error("grund").as_deref(), Some("Bitte gib einen Grund an."));
    let page = desk.client.fill("grund", "Wir suchen\njemanden für abends.").press("Vorschau ansehen").await;
    assert!(page.text().contains("Wir suchen jemanden für abends."), "{}", page.text());
    assert_eq!(desk.state().await, "introduced", "a preview changes nothing");
    let page = desk.client.press("Absagen und 1 Mail senden").await;
    assert_eq!(page.flash().unwrap(), "1 Absage ist unterwegs. 1 Vorstellung ist gelöscht.");
    assert!(page.text().contains("Die Vorstellung ist gelöscht."));
    let doomed: String =
        sqlx::query_scalar("select state::text from blob where id = $1").bind(blob).fetch_one(desk.db()).await.unwrap();
    assert_eq!(doomed, "doomed");
    let mail = desk.mails().await.pop().unwrap();
    assert_eq!(mail.subject, "Zu deiner Bewerbung");
    assert!(mail.body.contains("Wir suchen\njemanden für abends."), "{}", mail.body);
    // 20 November 2026 and six months (privacy.md).
    assert!(mail.body.contains("spätestens am 21.5.2027"), "{}", mail.body);
}

#[tokio::test]
async fn many_are_refused_with_one_reason_and_each_has_its_result() {
    let mut desk = Desk::new(State::Introduced).await;
    let mut others = Vec::new();
    for _ in 0..3 {
        let person = seed::applicant(desk.db()).await;
        others.push((seed::application(desk.db(), &person, &desk.campaign, State::New).await, person));
    }
    desk.client.get("/verwaltung/bewerbungen").await;
    for (id, _) in &others {
        desk.client.tick_value("b", &id.to_string());
    }
    let page = desk.client.press("Ausgewählten absagen …").await;
    assert_eq!(page.heading(), "3 Bewerbungen absagen");
    desk.client.fill("grund", "Die Plätze sind vergeben.").press("Vorschau ansehen").await;
    // Meanwhile one of them withdraws.
    sqlx::query("update application set state = 'withdrawn', withdrawn_at = $2 where id = $1")
        .bind(others[1].0)
        .bind(desk.portal.now())
        .execute(desk.db())
        .await
        .unwrap();
    let page = desk.client.press("Absagen und 3 Mails senden").await;
    let flash = page.flash().unwrap();
    assert!(flash.starts_with("2 Absagen sind unterwegs."), "{flash}");
    assert!(flash.contains(&format!("{}: Diese Bewerbung ist inzwischen zurückgezogen.", others[1].1.name)), "{flash}");
    assert_eq!(desk.state().await, "introduced", "who was not ticked is not refused");
    let mails = desk.portal.mails().await;
    let to = |person: &Person| mails.iter().filter(|mail| mail.recipient == person.email).count();
    assert_eq!(others.iter().map(|(_, person)| to(person)).collect::<Vec<_>>(), [1, 0, 1]);
    // The same form once more: no second mail.
    let ids: Vec<(String, String)> = others.iter().map(|(id, _)| ("b".to_owned(), id.to_string())).collect();
    let mut fields: Vec<(&str, &str)> = ids.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    fields.extend([("grund", "x"), ("schritt", "ausfuehren")]);
    let page = desk.client.post("/verwaltung/bewerbungen/absage", &fields).await;
    assert!(page.flash().unwrap().starts_with("Es ging keine Absage raus."), "{:?}", page.flash());
    assert_eq!(desk.portal.mails().await.len(), mails.len());
}

#[tokio::test]
async fn of_two_recruiters_at_once_one_decides_and_the_other_gets_a_sentence() {
    for _ in 0..8 {
        let desk = Desk::new(State::Introduced).await;
        let config = &desk.portal.portal.config;
        let (db, now, me) = (desk.db(), desk.portal.now(), desk.recruiter.id);
        let other = seed::staff(db, Role::Administrator).await.id;
        let (first, second) =
            tokio::join!(review::invite(db, config, desk.id, me, now), review::invite(db, config, desk.id, other, now));
        let outcomes = [first.unwrap(), second.unwrap()];
        assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1, "{outcomes:?}");
        assert_eq!(desk.mails().await.len(), 1);

        let (refused, talked) = tokio::join!(
            decision::refuse(db, config, desk.id, "Nein", me, now),
            review::talked(db, desk.id, other, now)
        );
        assert!(refused.unwrap().is_ok(), "a refusal fits before and after the talk");
        if let Err(refusal) = talked.unwrap() {
            assert!(refusal.sentence().starts_with("Diese Bewerbung ist inzwischen abgesagt."));
        }
        assert_eq!(desk.state().await, "refused");
    }
}

#[tokio::test]
async fn a_stale_page_changes_nothing_and_says_why() {
    let mut desk = Desk::new(State::Introduced).await;
    let mut other = desk.portal.client_of(&desk.recruiter).await;
    other.get(&dossier(desk.id)).await;
    desk.client.press("Zum Gespräch einladen").await;
    let page = other.press("Zum Gespräch einladen").await;
    let flash = page.flash().unwrap();
    assert!(flash.contains("Die Einladung zum Gespräch ist schon raus."), "{flash}");
    assert_eq!(desk.mails().await.len(), 1);
    // Before the interview there is no offer.
    let page = desk.client.post(&format!("{}/angebot", dossier(desk.id)), &[]).await;
    assert!(page.flash().unwrap().contains("Vor dem Angebot kommt das Gespräch."));
}

#[tokio::test]
async fn drafts_and_unknown_ones_are_not_there_and_other_roles_stay_outside() {
    let desk = Desk::new(State::Introduced).await;
    let draft = seed::application(desk.db(), &seed::applicant(desk.db()).await, &desk.campaign, State::Draft).await;
    let mut client = desk.portal.client_of(&desk.recruiter).await;
    for id in [draft.0, seed::unknown_id()] {
        for below in ["", "/einladung", "/notizen", "/einschaetzung", "/angebot", "/frist", "/sichtung"] {
            let path = format!("/verwaltung/bewerbungen/{id}{below}");
            let page = match below {
                "" => client.get(&path).await,
                _ => client.post(&path, &[("notiz", "x")]).await,
            };
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    let list = client.get("/verwaltung/bewerbungen").await.text();
    assert!(list.contains(&desk.applicant.name) && list.contains("1 Bewerbung,"), "{list}");
    for role in [Role::Trainer, Role::Planner, Role::PrivacyOfficer, Role::Bookkeeper, Role::Freelancer] {
        let mut client = desk.portal.client_of(&seed::person(desk.db(), &[role]).await).await;
        assert_eq!(client.get(&dossier(desk.id)).await.status, StatusCode::FORBIDDEN, "{role:?}");
    }
    // Nobody works on their own application.
    let both = seed::person(desk.db(), &[Role::Recruiter, Role::Applicant]).await;
    sqlx::query("insert into applicant (id, created_at, updated_at) values ($1, $2, $2)")
        .bind(both.id)
        .bind(desk.portal.now())
        .execute(desk.db())
        .await
        .unwrap();
    let own = seed::application(desk.db(), &both, &desk.campaign, State::Talked).await;
    let mut client = desk.portal.client_of(&both).await;
    assert_eq!(client.post(&format!("{}/angebot", dossier(own)), &[]).await.status, StatusCode::NOT_FOUND);
    // Their recordings are not there either, and no look is logged.
    for id in [draft, own] {
        seed::recording(&desk.portal, id).await;
        let path = format!("{}/vorstellung/datei", dossier(id));
        assert_eq!(client.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let looks: i64 = sqlx::query_scalar("select count(*) from view_log").fetch_one(desk.db()).await.unwrap();
    assert_eq!(looks, 0);
}

#[tokio::test]
async fn looks_at_an_introduction_are_logged_once_each_and_shown() {
    let mut desk = Desk::new(State::Introduced).await;
    let looks =
        async |db: &PgPool| -> i64 { sqlx::query_scalar("select count(*) from view_log").fetch_one(db).await.unwrap() };
    assert_eq!(looks(desk.db()).await, 0, "there was nothing to see");
    seed::written_introduction(desk.db(), desk.id, "Hallo").await;
    let page = desk.client.get(&dossier(desk.id)).await;
    assert!(page.text().contains("Angesehen: 1-mal"), "{}", page.text());
    assert!(page.text().contains(&desk.recruiter.name));
    desk.client.get(&dossier(desk.id)).await;
    assert_eq!(looks(desk.db()).await, 1, "going back is the same look");
    desk.portal.pass(Duration::hours(2));
    let mut client = desk.portal.client_of(&desk.recruiter).await;
    client.get(&dossier(desk.id)).await;
    assert_eq!(looks(desk.db()).await, 2);
}

const ALL_YES: [(&str, &str); 5] =
    [("service", "ja"), ("language", "ja"), ("clarity", "ja"), ("equipment", "ja"), ("overall", "ja")];

#[tokio::test]
async fn anothers_opinion_is_hidden_until_ones_own_is_given() {
    let mut desk = Desk::new(State::Introduced).await;
    for (criterion, verdict) in ALL_YES {
        desk.client.choose(criterion, verdict);
    }
    desk.client.fill("wort", "Eine ruhige Stimme.").press("Einschätzung speichern").await;
    let second = seed::staff(desk.db(), Role::Administrator).await;
    let mut client = desk.portal.client_of(&second).await;
    let page = client.get(&dossier(desk.id)).await;
    assert!(page.text().contains("Eine andere Person hat schon eine Einschätzung gegeben."), "{}", page.text());
    assert!(!page.body.contains("Eine ruhige Stimme."));
    let seen = opinion::seen_by(desk.db(), desk.id, second.id).await.unwrap();
    assert_eq!((seen.others.len(), seen.given), (0, 1), "not even loaded");
    let page = client.press("Einschätzung speichern").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.error("overall").as_deref(), Some("Bitte wähle ja, unsicher oder nein."));
    assert!(!page.body.contains("Eine ruhige Stimme."));
    for (criterion, _) in ALL_YES {
        client.choose(criterion, "unsicher");
    }
    let page = client.press("Einschätzung speichern").await;
    assert!(page.text().contains("Eine ruhige Stimme."));
    assert_eq!(page.texts("table th[scope=col]").len(), 3, "two people side by side");
    // One's own can be changed, and there is still one of each person.
    client.choose("overall", "nein").press("Einschätzung speichern").await;
    let given: Vec<String> =
        sqlx::query_scalar("select overall::text from opinion order by 1").fetch_all(desk.db()).await.unwrap();
    assert_eq!(given, ["no", "yes"]);
}

#[tokio::test]
async fn notes_questions_and_due_dates() {
    let mut desk = Desk::new(State::Introduced).await;
    let page = desk.client.press("Notiz speichern").await;
    assert_eq!(page.error("notiz").as_deref(), Some("Bitte gib einen Text an."));
    let page = desk.client.fill("notiz", "Gern ins Gespräch.").press("Notiz speichern").await;
    assert!(page.text().contains("Gern ins Gespräch."));
    assert!(page.text().contains("darf sie lesen"), "the form says who may read it");
    let page = desk.client.fill("frage", "Ab wann?").press("Rückfrage senden").await;
    assert!(page.text().contains("Rückfrage per Mail: Ab wann?"));
    let mail = desk.mails().await.pop().unwrap();
    assert!(mail.body.contains("\nAb wann?\n"), "{}", mail.body);
    for (typed, sentence) in [
        ("2026-11-22", "Der Tag liegt in der Vergangenheit."),
        ("2028-01-01", "Der Tag liegt mehr als 180 Tage voraus."),
        ("bald", "Bitte gib einen Tag an, zum Beispiel 2026-11-25."),
    ] {
        let page = desk.client.fill("frist", typed).press("Frist ändern").await;
        assert_eq!(page.error("frist").as_deref(), Some(sentence), "{typed}");
    }
    desk.client.fill("frist", "2026-11-25").press("Frist ändern").await;
    let due: time::Date = sqlx::query_scalar("select due_on from application").fetch_one(desk.db()).await.unwrap();
    assert_eq!(due, date!(2026 - 11 - 25));
}

#[tokio::test]
async fn the_queue_is_sorted_by_due_date_and_can_be_narrowed() {
    let desk = Desk::new(State::Introduced).await;
    let db = desk.db();
    let due = [date!(2026 - 11 - 30), date!(2026 - 11 - 20), date!(2026 - 11 - 23)];
    rename(db, &desk.applicant, "Anna Später").await;
    let mut ids = vec![desk.id];
    for (name, state) in [("Ben Überfällig", State::New), ("Cem Heute", State::Talked)] {
        let person = seed::applicant(db).await;
        rename(db, &person, name).await;
        ids.push(seed::application(db, &person, &desk.campaign, state).await);
    }
    let gone = seed::applicant(db).await;
    rename(db, &gone, "Dora Weg").await;
    seed::application(db, &gone, &desk.campaign, State::Refused).await;
    for (id, due) in ids.iter().zip(due) {
        sqlx::query("update application set due_on = $2 where id = $1").bind(id).bind(due).execute(db).await.unwrap();
    }
    let mut client = desk.portal.client_of(&desk.recruiter).await;
    let mut names = async |query: &str| {
        let page = client.get(&format!("/verwaltung/bewerbungen{query}")).await;
        page.texts("tbody th a").into_iter().chain(page.texts(".board strong")).collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["Ben Überfällig", "Cem Heute", "Anna Später"]);
    assert_eq!(names("?faellig=ueberfaellig").await, ["Ben Überfällig"]);
    assert_eq!(names("?faellig=heute").await, ["Ben Überfällig", "Cem Heute"]);
    assert_eq!(names("?stand=gesprochen").await, ["Cem Heute"]);
    assert_eq!(names("?stand=abgesagt").await, ["Dora Weg"]);
    assert_eq!(names("?suche=ANNA").await, ["Anna Später"]);
    assert_eq!(names("?suche=flens").await.len(), 3, "by place");
    assert_eq!(names("?kampagne=gibt-es-nicht").await.len(), 0);
    assert_eq!(names("?ansicht=tafel").await, ["Ben Überfällig", "Anna Später", "Cem Heute", "Dora Weg"]);
}

#[tokio::test]
async fn undecided_applications_are_pointed_out_30_and_7_days_before_their_erasure() {
    let desk = Desk::new(State::Introduced).await;
    let db = desk.db();
    rename(db, &desk.applicant, "Anna Weit").await;
    // On 23 November: erased in 31, 30, 8 and 7 days, and since yesterday.
    for (name, sent, state) in [
        ("Ben Einunddreißig", date!(2026 - 06 - 23), State::New),
        ("Cem Dreißig", date!(2026 - 06 - 22), State::New),
        ("Dora Acht", date!(2026 - 05 - 31), State::Talked),
        ("Emil Sieben", date!(2026 - 05 - 29), State::Invited),
        ("Fine Gestern", date!(2026 - 05 - 21), State::Introduced),
        ("Gero Abgesagt", date!(2026 - 05 - 29), State::Refused),
    ] {
        let person = seed::applicant(db).await;
        rename(db, &person, name).await;
        let id = seed::application(db, &person, &desk.campaign, state).await;
        sqlx::query("update application set submitted_on = $2 where id = $1")
            .bind(id)
            .bind(sent)
            .execute(db)
            .await
            .unwrap();
    }
    let mut client = desk.portal.client_of(&desk.recruiter).await;
    let text = client.get("/verwaltung").await.text();
    assert!(
        text.contains(
            "4 unentschiedene Bewerbungen werden in den nächsten 30 Tagen gelöscht , davon 2 in den nächsten 7 Tagen"
        ),
        "{text}"
    );
    let page = client.get("/verwaltung/bewerbungen").await;
    assert!(
        page.text().contains("Löschdatum unentschiedener Bewerbungen: in 30 Tagen 4 in 7 Tagen 2 überfällig 1"),
        "{}",
        page.text()
    );
    let row = |name: &str| page.texts("tbody tr").into_iter().find(|row| row.contains(name)).unwrap();
    for (name, said) in [
        ("Ben", "Löschdatum 24.12.2026 neu 150 Tage überfällig"),
        ("Cem", "Löschdatum 23.12.2026 neu Löschung in 30 Tagen"),
        ("Dora", "Löschdatum 1.12.2026 gesprochen Löschung in 8 Tagen"),
        ("Emil", "Löschdatum 30.11.2026 eingeladen Löschung in 7 Tagen"),
        ("Fine", "Löschdatum 22.11.2026 vorgestellt Löschung überfällig"),
    ] {
        assert!(row(name).contains(said), "{}", row(name));
    }
    let board = client.get("/verwaltung/bewerbungen?ansicht=tafel").await.texts(".board li");
    let card = board.iter().find(|card| card.contains("Fine")).unwrap();
    assert!(card.contains("Löschdatum 22.11.2026") && card.contains("Löschung überfällig"), "{card}");
    let mut names = async |query: &str| {
        let mut names = client.get(&format!("/verwaltung/bewerbungen{query}")).await.texts("tbody th a");
        names.sort();
        names
    };
    assert_eq!(names("?loeschung=monat").await, ["Cem Dreißig", "Dora Acht", "Emil Sieben", "Fine Gestern"]);
    assert_eq!(names("?loeschung=woche").await, ["Emil Sieben", "Fine Gestern"]);
    assert_eq!(names("?loeschung=ueberfaellig").await, ["Fine Gestern"]);
    assert_eq!(names("?loeschung=woche&stand=abgesagt").await, ["Gero Abgesagt"]);
    assert_eq!(names("?loeschung=irgendwann").await.len(), 6);
    let file = client.get("/verwaltung/bewerbungen/export.csv?loeschung=woche").await.body.clone();
    assert!(file.contains("Emil Sieben") && !file.contains("Dora Acht"), "{file}");
    // A consent moves the date, and with it the reminder.
    let id: uuid::Uuid = sqlx::query_scalar(
        "select a.id from application a join account k on k.id = a.applicant_id where k.name = 'Fine Gestern'",
    )
    .fetch_one(db)
    .await
    .unwrap();
    seed::consent(db, ApplicationId(id)).await;
    let page = client.get("/verwaltung/bewerbungen").await;
    assert!(page.text().contains("in 30 Tagen 3 in 7 Tagen 1 überfällig 0"), "{}", page.text());
}

#[tokio::test]
async fn the_same_person_under_another_address_is_pointed_out() {
    let desk = Desk::new(State::Introduced).await;
    let (twin, namesake) = (seed::applicant(desk.db()).await, seed::applicant(desk.db()).await);
    for (person, phone, place) in [(&desk.applicant, "+49 461 5550177", "Husum"), (&twin, "0461-5550177", "Kiel")] {
        sqlx::query("update applicant set phone = $2, place = $3 where id = $1")
            .bind(person.id)
            .bind(phone)
            .bind(place)
            .execute(desk.db())
            .await
            .unwrap();
    }
    sqlx::query("update applicant set phone = '030 1', place = 'HUSUM' where id = $1")
        .bind(namesake.id)
        .execute(desk.db())
        .await
        .unwrap();
    rename(desk.db(), &namesake, &desk.applicant.name.to_uppercase()).await;
    for person in [&twin, &namesake] {
        seed::application(desk.db(), person, &desk.campaign, State::New).await;
    }
    let mut client = desk.portal.client_of(&desk.recruiter).await;
    let hints = client.get(&dossier(desk.id)).await.texts(".flash li");
    assert_eq!(hints.len(), 2, "{hints:?}");
    assert!(hints.iter().any(|h| h.contains(&twin.email) && h.contains("gleiche Telefonnummer")), "{hints:?}");
    assert!(hints.iter().any(|h| h.contains(&namesake.email) && h.contains("gleicher Name und Ort")), "{hints:?}");
}

#[tokio::test]
async fn what_people_type_stays_text_on_pages_in_mails_and_in_files() {
    let desk = Desk::new(State::Introduced).await;
    let evil = "=HYPERLINK(\"x\") <script>alert(1)</script> {link}";
    rename(desk.db(), &desk.applicant, evil).await;
    seed::written_introduction(desk.db(), desk.id, "<img src=x onerror=alert(1)>").await;
    sqlx::query("insert into answer (application_id, question_id, value) select $1, id, '<b>fett</b>' from question")
        .bind(desk.id)
        .execute(desk.db())
        .await
        .unwrap();
    let mut client = desk.portal.client_of(&desk.recruiter).await;
    client.get(&dossier(desk.id)).await;
    client.fill("notiz", "<script>2</script>").press("Notiz speichern").await;
    for path in [dossier(desk.id), "/verwaltung/bewerbungen".into(), "/verwaltung/bewerbungen?ansicht=tafel".into()] {
        let page = client.get(&path).await;
        assert_eq!(page.markup_faults(), Vec::<String>::new(), "{path}");
        assert!(page.text().contains("<script>alert(1)</script>"), "{path}");
        assert!(!page.has("main img, main b[onerror]"), "{path}");
    }
    let file = client.send(Method::GET, "/verwaltung/bewerbungen/export.csv", None).await;
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert!(file.body.contains("\n\"'=HYPERLINK("), "{}", file.body);
    client.get(&dossier(desk.id)).await;
    client.press("Absagen …").await;
    let page = client.fill("grund", "{name} <b>").press("Vorschau ansehen").await;
    assert_eq!(page.markup_faults(), Vec::<String>::new());
    client.press("Absagen und 1 Mail senden").await;
    let mail = desk.mails().await.pop().unwrap();
    assert!(mail.body.contains(&format!("Hallo {evil},")), "a name is not read for placeholders: {}", mail.body);
    assert!(mail.body.contains("\n{name} <b>\n"), "{}", mail.body);
    assert!(!mail.subject.contains("HYPERLINK"));
}

#[tokio::test]
async fn staff_edit_the_texts_of_mails_with_a_preview() {
    let mut desk = Desk::new(State::Introduced).await;
    let mut late = desk.portal.client_of(&desk.recruiter).await;
    let path = "/verwaltung/mailtexte/einladung";
    late.get(path).await;
    desk.client.get("/verwaltung/bewerbungen").await;
    desk.client.follow("Mailtexte").await;
    desk.client.follow("Einladung zum Kennenlerngespräch").await;
    desk.client.fill("betreff", "Hallo {name}").fill("text", "Moin {Name}, {link}");
    let page = desk.client.press("Speichern").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.error("betreff").unwrap().starts_with("Den Platzhalter {name} gibt es hier nicht."));
    assert!(page.error("text").unwrap().starts_with("Den Platzhalter {Name} gibt es hier nicht."));
    let page =
        desk.client.fill("betreff", "Lernen wir uns kennen").fill("text", "Moin {name}").press("Speichern").await;
    assert_eq!(page.error("text").as_deref(), Some("Der Platzhalter {link} fehlt. Ohne ihn nützt die Mail nichts."));
    let page = desk.client.fill("text", "Moin {name}, komm: {link}").press("Vorschau ansehen").await;
    assert!(page.text().contains("Moin Jana Beispiel, komm: http"), "{}", page.text());
    let page = desk.client.press("Speichern").await;
    assert!(page.flash().unwrap().starts_with("Mailtext gespeichert."));
    let page = late.fill("text", "{link} anders").press("Speichern").await;
    assert!(page.error("text").unwrap().starts_with("Jemand anderes hat diesen Text inzwischen geändert."));

    desk.client.get(&dossier(desk.id)).await;
    desk.client.press("Zum Gespräch einladen").await;
    let mail = desk.mails().await.pop().unwrap();
    assert_eq!(mail.subject, "Lernen wir uns kennen");
    assert!(mail.body.starts_with(&format!("Moin {}, komm: http", desk.applicant.name)), "{}", mail.body);
    desk.client.get(path).await;
    let page = desk.client.press("Eingebauten Text nehmen").await;
    assert!(page.text().contains("eingebauter Text"));
    assert!(page.has("input[name=betreff][value='Einladung zum Kennenlerngespräch']"));
}

/// Lets a recruiter take every step that a mail tells of.
pub async fn cause_mails(portal: &TestPortal) -> Vec<Person> {
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    seed::posting(db, &campaign).await;
    let recruiter = seed::staff(db, Role::Recruiter).await;
    let (wanted, refused) = (seed::applicant(db).await, seed::applicant(db).await);
    let id = seed::application(db, &wanted, &campaign, State::Introduced).await;
    let other = seed::application(db, &refused, &campaign, State::Introduced).await;
    let config = &portal.portal.config;
    review::invite(db, config, id, recruiter.id, portal.now()).await.unwrap().unwrap();
    review::ask(db, config, id, "Ab wann?", recruiter.id, portal.now()).await.unwrap().unwrap();
    let reason = "Wir suchen gerade Abende.";
    decision::refuse(db, config, other, reason, recruiter.id, portal.now()).await.unwrap().unwrap();
    // Somebody who has access already is told so, everybody else is invited into the portal.
    sqlx::query("update account set password_hash = 'x' where id = $1").bind(wanted.id).execute(db).await.unwrap();
    review::talked(db, id, recruiter.id, portal.now()).await.unwrap().unwrap();
    decision::offer(db, config, id, recruiter.id, portal.now()).await.unwrap().unwrap();
    decision::accept(db, config, id, wanted.id.into(), portal.now()).await.unwrap().unwrap();
    vec![recruiter, wanted, refused]
}
