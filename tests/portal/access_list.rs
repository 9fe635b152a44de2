//! The access list: systems per campaign, ticked off per person and taken back, without secrets, also in a race.

use axum::http::StatusCode;
use futures_util::future::join_all;
use portal::accounts::role::Role;
use portal::database::constraint;
use portal::readiness::access_list;
use uuid::Uuid;

use crate::seed;
use crate::server::TestPortal;

#[tokio::test]
async fn staff_add_systems_but_no_secrets() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let trainer = seed::staff(&portal.db, Role::Trainer).await;
    let mut client = portal.client_of(&trainer).await;
    client.get("/verwaltung/zugaenge").await;
    client.follow(&format!("Blattgrün · {}", campaign.name)).await;
    let page = client.press("Hinzufügen").await.clone();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.error("name").is_some() && page.error("contact").is_some());
    for (name, contact) in
        [("Softphone", "Startpasswort Möwe7"), ("PIN 4711", "Technik"), ("CRM", "Kennwort beim Team")]
    {
        let page = client.fill("name", name).fill("contact", contact).press("Hinzufügen").await.clone();
        assert!(page.error("name").unwrap().contains("Zugangsdaten"), "{name}");
        assert!(page.has(&format!("input[value='{contact}']")), "nothing is lost");
    }
    let page = client.fill("name", "Softphone").fill("contact", "Technik, Durchwahl 12").press("Hinzufügen").await;
    assert!(page.flash().unwrap().starts_with("Softphone steht in der Liste."), "{:?}", page.flash());
    let page = client.fill("name", "SOFTPHONE").fill("contact", "Technik").press("Hinzufügen").await;
    assert!(page.error("name").unwrap().contains("schon"));
    let kept: Vec<String> =
        sqlx::query_scalar("select name || contact from campaign_system").fetch_all(&portal.db).await.unwrap();
    assert_eq!(kept, ["SoftphoneTechnik, Durchwahl 12"]);
}

#[tokio::test]
async fn a_tick_is_seen_by_the_person_and_can_be_taken_back() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    let person = seed::freelancer(db).await;
    seed::prepare(db, &person, &campaign).await;
    let mut done = seed::qualified(db, &campaign).await;
    // First by name, so that it is the order of the list that puts her last.
    done.name = "Aaltje Anders".into();
    sqlx::query("update account set name = $2 where id = $1").bind(done.id).bind(&done.name).execute(db).await.unwrap();
    seed::system(db, &campaign, "Softphone").await;
    seed::system(db, &campaign, "Bestellsystem").await;
    let planner = seed::staff(db, Role::Planner).await;
    let mut client = portal.client_of(&planner).await;
    let page = client.get("/verwaltung/zugaenge").await;
    assert!(page.text().contains("4 offen"));
    client.get(&format!("/verwaltung/zugaenge/{}?offen=1", campaign.slug)).await;
    let label = |system: &str, name: &str, what: &str| format!("{system} für {name} {what}");
    client.press(&label("Softphone", &done.name, "abhaken")).await;
    client.press(&label("Bestellsystem", &done.name, "abhaken")).await;
    client.get(&format!("/verwaltung/zugaenge/{}", campaign.slug)).await;
    assert_eq!(client.page().texts("tbody th"), [person.name.clone(), done.name.clone()], "who waits comes first");
    client.get(&format!("/verwaltung/zugaenge/{}?offen=1", campaign.slug)).await;
    assert_eq!(client.page().texts("tbody th"), std::slice::from_ref(&person.name), "only who still waits");
    client.press(&label("Softphone", &person.name, "abhaken")).await;
    let mut own = portal.client_of(&person).await;
    let text = own.get("/bereit").await.text();
    assert!(text.contains("Eingerichtet: Softphone (Technik, Durchwahl 12). Noch offen: Bestellsystem"), "{text}");
    let page = client.press(&label("Softphone", &person.name, "zurücknehmen")).await;
    assert!(page.flash().unwrap().starts_with("Zurückgenommen."));
    assert!(own.get("/bereit").await.text().contains("Richten wir ein: Bestellsystem"));
    let system: Uuid =
        sqlx::query_scalar("select id from campaign_system where name = 'Softphone'").fetch_one(db).await.unwrap();
    let path = format!("/verwaltung/zugaenge/{}/systeme/{system}/ruecknahme", campaign.slug);
    let again = client.post(&path, &[("person", &person.id.to_string())]).await.flash().unwrap();
    assert!(again.starts_with("Das war schon so."), "{again}");
    let events: Vec<(String, Option<String>)> =
        sqlx::query_as("select event, note from freelancer_event where freelancer_id = $1 order by id")
            .bind(person.id)
            .fetch_all(db)
            .await
            .unwrap();
    let softphone = Some("Softphone".to_owned());
    assert_eq!(events, [("access_set_up".into(), softphone.clone()), ("access_taken_back".into(), softphone)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_ticks_at_once_one_counts() {
    let portal = TestPortal::with_connections(16).await;
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    let person = seed::qualified(db, &campaign).await;
    let system = seed::system(db, &campaign, "Softphone").await;
    let mut clients = Vec::new();
    for _ in 0..10 {
        clients.push(portal.client_of(&seed::staff(db, Role::Trainer).await).await);
    }
    let path = format!("/verwaltung/zugaenge/{}/systeme/{system}/haken", campaign.slug);
    let id = person.id.to_string();
    let said =
        join_all(clients.iter_mut().map(async |c| c.post(&path, &[("person", &id)]).await.flash().unwrap())).await;
    assert_eq!(said.iter().filter(|said| said.starts_with("Abgehakt.")).count(), 1, "{said:?}");
    let rows: (i64, i64) =
        sqlx::query_as("select (select count(*) from system_access), (select count(*) from freelancer_event)")
            .fetch_one(db)
            .await
            .unwrap();
    assert_eq!(rows, (1, 1));
}

#[tokio::test]
async fn what_does_not_belong_together_is_not_there() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let (campaign, other) = (seed::campaign(db).await, seed::campaign(db).await);
    let person = seed::qualified(db, &campaign).await;
    let stranger = seed::freelancer(db).await;
    let (own, foreign) = (seed::system(db, &campaign, "Softphone").await, seed::system(db, &other, "Softphone").await);
    let mut client = portal.client_of(&seed::staff(db, Role::Trainer).await).await;
    for (system, who) in
        [(own, stranger.id.0), (foreign, person.id.0), (Uuid::new_v4(), person.id.0), (own, Uuid::new_v4())]
    {
        let path = format!("/verwaltung/zugaenge/{}/systeme/{system}/haken", campaign.slug);
        assert_eq!(client.post(&path, &[("person", &who.to_string())]).await.status, StatusCode::NOT_FOUND);
    }
    let path = format!("/verwaltung/zugaenge/{}/systeme/{foreign}/ende", campaign.slug);
    assert_eq!(client.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
    // What is taken out of the list can no longer be ticked; what was ticked stays.
    client.get(&format!("/verwaltung/zugaenge/{}", campaign.slug)).await;
    client.press("Softphone: Herausnehmen").await;
    let again = format!("/verwaltung/zugaenge/{}/systeme/{own}/ende", campaign.slug);
    assert_eq!(client.post(&again, &[]).await.status, StatusCode::NOT_FOUND, "it is out of it already");
    let path = format!("/verwaltung/zugaenge/{}/systeme/{own}/haken", campaign.slug);
    assert_eq!(client.post(&path, &[("person", &person.id.to_string())]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nothing_is_set_up_for_who_has_left_and_the_person_sees_only_what_is_in_use() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = seed::campaign(db).await;
    let (stays, left) = (seed::qualified(db, &campaign).await, seed::qualified(db, &campaign).await);
    let ended = "update account set access_ended_at = $2 where id = $1";
    sqlx::query(ended).bind(left.id).bind(portal.now()).execute(db).await.unwrap();
    let (softphone, old) =
        (seed::system(db, &campaign, "Softphone").await, seed::system(db, &campaign, "Altes CRM").await);
    let retired = "update campaign_system set retired_at = $2 where id = $1";
    sqlx::query(retired).bind(old).bind(portal.now()).execute(db).await.unwrap();
    let mut client = portal.client_of(&seed::staff(db, Role::Trainer).await).await;
    let page = client.get("/verwaltung/zugaenge").await;
    assert!(page.text().contains("1 offen") && !page.text().contains("2 offen"), "{}", page.text());
    let page = client.get(&format!("/verwaltung/zugaenge/{}", campaign.slug)).await;
    assert_eq!(page.texts("tbody th"), std::slice::from_ref(&stays.name));
    assert!(!page.text().contains("Altes CRM"), "{}", page.text());
    let systems = access_list::of_person(db, stays.freelancer(), campaign.id).await.unwrap();
    assert_eq!(systems.iter().map(|system| system.name.as_str()).collect::<Vec<_>>(), ["Softphone"]);
    for (sql, name) in [
        (
            "insert into campaign_system (id, campaign_id, name, contact, created_at) select gen_random_uuid(), campaign_id, 'softphone', 'x', created_at from campaign_system where id = $1",
            "campaign_system_name_once",
        ),
        ("update campaign_system set name = '' where id = $1", "campaign_system_name"),
        ("update campaign_system set contact = '' where id = $1", "campaign_system_contact"),
    ] {
        let error = sqlx::query(sql).bind(softphone).execute(db).await.expect_err(sql);
        assert_eq!(constraint(&error), Some(name));
    }
}
