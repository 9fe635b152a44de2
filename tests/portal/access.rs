//! Every route of the declared table, walked as every role: expected status, headers, no state change by GET.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use portal::accounts::link::Purpose;
use portal::accounts::role::Role;
use portal::applications::application::State;
use portal::applications::form::link::Goal;
use portal::files::upload;
use portal::freelancers::papers::kind::Kind;
use portal::mail::{Topic, sign_off};
use portal::router;
use portal::training::enrolment::State as Enrolment;
use portal::web::Audience;
use portal::web::headers::SANDBOX;
use sqlx::{AssertSqlSafe, PgPool};
use time::Duration;
use time::macros::date;

use crate::page::Page;
use crate::seed::{self, Campaign, Person};
use crate::seed_training as training;
use crate::server::TestPortal;

/// Everybody who may stand before a door; `None` is a guest.
pub const VIEWERS: [Option<Role>; 9] = [
    None,
    Some(Role::Applicant),
    Some(Role::Freelancer),
    Some(Role::Recruiter),
    Some(Role::Trainer),
    Some(Role::Planner),
    Some(Role::PrivacyOfficer),
    Some(Role::Bookkeeper),
    Some(Role::Administrator),
];

/// Something of everything, so that each path parameter can be filled with what exists.
pub struct House {
    pub portal: TestPortal,
    people: BTreeMap<Role, Person>,
    campaign: Campaign,
    /// What follows a path's segment: `schichten` → a shift's id.
    ids: BTreeMap<&'static str, String>,
    /// Everybody's copy of their data.
    copies: BTreeMap<Role, String>,
}

impl House {
    /// A portal (as the demo, so that `/stil` exists) with one of everything.
    pub async fn new() -> Self {
        let portal = TestPortal::demo().await;
        let db = &portal.db;
        let mut people = BTreeMap::new();
        for role in VIEWERS.into_iter().flatten() {
            let person = match role {
                Role::Applicant => seed::applicant(db).await,
                role => seed::person(db, &[role]).await,
            };
            people.insert(role, person);
        }
        let (campaign, closed) = (seed::campaign(db).await, seed::campaign(db).await);
        seed::posting(db, &campaign).await;
        let freelancer = &people[&Role::Freelancer];
        seed::qualify(db, freelancer, &campaign).await;
        let booked = seed::shift(db, &campaign, date!(2026 - 12 - 01), 9, 4, 2).await;
        let free = seed::shift(db, &campaign, date!(2026 - 12 - 02), 9, 4, 2).await;
        seed::shift(db, &campaign, date!(2026 - 12 - 01), 10, 4, 1).await;
        seed::shift(db, &closed, date!(2026 - 12 - 03), 22, 4, 3).await;
        // In the draft's week, where planners look first: a booking that can be taken off.
        let beside = seed::shift(db, &campaign, date!(2026 - 12 - 08), 9, 4, 2).await;
        seed::booking(db, freelancer, beside).await;
        seed::draft(db, &campaign, date!(2026 - 12 - 09), 9, 4, 2).await;
        seed::holiday(db, &campaign, date!(2026 - 12 - 24)).await;
        let booking = seed::booking(db, freelancer, booked).await;
        let (other, guest) = (seed::freelancer(db).await, seed::person(db, &[Role::Recruiter]).await);
        let link = seed::link(db, &other, Purpose::PasswordReset).await;
        let application = seed::application(db, &people[&Role::Applicant], &campaign, State::Invited).await;
        for (hour, taken) in [(9, true), (10, false)] {
            let starts_at = campaign.zone.wall(date!(2026 - 11 - 27), hour * 60).unwrap();
            let slot = seed::slot(db, &people[&Role::Recruiter], None, starts_at).await;
            if taken {
                seed::interview(db, application, slot).await;
            }
        }
        let sign_off = sign_off::create(db, other.id, Topic::Publication, portal.now()).await.unwrap();
        let applicant = &people[&Role::Applicant];
        // One open application per campaign: what is still being written is for another one.
        seed::posting(db, &closed).await;
        let draft = seed::application(db, applicant, &closed, State::Draft).await;
        let personal = seed::personal_link(db, &seed::applicant(db).await, Goal::application(None)).await;
        seed::recording(&portal, draft).await;
        seed::recording(&portal, application).await;
        let upload = upload::create(db, applicant.id, draft.0, 1000, None, portal.now()).await.unwrap();
        let message = seed::message(db).await;
        let change = seed::address_change(db, &other, "neu@beispiel.example").await;
        let paper = seed::paper(&portal, freelancer, Kind::TradeLicence).await;
        seed::contract(db, &campaign).await;
        // A training that goes on, with the freelancer in it, and one to come.
        training::prepare(db, freelancer, &campaign).await;
        training::profile(db, freelancer).await;
        let (held, other) = (training::course(db, &campaign).await, training::course(db, &campaign).await);
        let trainer = &people[&Role::Trainer];
        let running = training::date(db, held, trainer, &[portal.now() - Duration::HOUR], 4).await;
        training::date(db, other, trainer, &[portal.now() + Duration::days(16)], 4).await;
        let enrolment = training::enrolment(db, freelancer, running, Enrolment::Enrolled).await;
        training::material(db, other).await;
        let material = training::material_file(&portal, held).await;
        seed::fee(db, freelancer).await;
        // A mentor with a trainee beside them: to come, and over but not signed off.
        seed::mentoring(db, freelancer, &campaign).await;
        let trainee = seed::trainee(db, &campaign).await;
        seed::place(db, &trainee, booking).await;
        let past = seed::shift(db, &campaign, date!(2026 - 11 - 19), 9, 4, 2).await;
        let place = seed::place(db, &trainee, seed::booking(db, freelancer, past).await).await;
        // On the way to the second campaign, with all questions of the briefing answered; its next version is a draft.
        seed::prepare(db, freelancer, &closed).await;
        let briefing = seed::briefing(db, 1, date!(2026 - 12 - 18)).await;
        seed::briefing_answers(db, freelancer, briefing).await;
        seed::briefing_draft(db, 2).await;
        let system = seed::system(db, &campaign, "Softphone").await;
        // Somebody whose access ended and whose shift waits for a decision, and a plan for the end of the campaign.
        let gone = seed::qualified(db, &campaign).await;
        seed::booking(db, &gone, free).await;
        sqlx::query("update account set access_ended_at = $2 where id = $1")
            .bind(gone.id)
            .bind(portal.now())
            .execute(db)
            .await
            .unwrap();
        let ending = seed::ending(db, &campaign, &people[&Role::Planner]).await;
        let consent = seed::consent(db, application).await;
        let hold = seed::hold(db, &people[&Role::Recruiter], &guest).await;
        let finding = seed::finding(db, guest.id).await;
        let request = seed::request_link(db, &seed::applicant(db).await).await;
        let copy = seed::data_copy(&portal, &gone).await;
        let ids = BTreeMap::from([
            ("datenschutz/kopie", portal::privacy::export::link::make(db, copy, portal.now()).await.unwrap()),
            ("einwilligung", consent),
            ("sperren", hold.to_string()),
            ("funde", finding.to_string()),
            ("anfrage", request),
            ("ende", ending.to_string()),
            ("erste-schichten", free.to_string()),
            ("abnahmen", place.to_string()),
            ("paten", freelancer.id.to_string()),
            ("bewerbung/gespraech", application.to_string()),
            ("bewerbungen", application.to_string()),
            ("schichten", free.to_string()),
            ("buchungen", booking.to_string()),
            ("freelancer", freelancer.id.to_string()),
            ("konten", guest.id.to_string()),
            ("zugang", link),
            ("adresse", change),
            ("abmelden", sign_off),
            ("bewerbung", draft.to_string()),
            ("bewerbung/zugang", personal),
            ("hochladen", upload.to_string()),
            ("nachrichten", message.to_string()),
            ("unterlagen", paper.to_string()),
            ("dateien", paper.to_string()),
            ("schulungen", running.to_string()),
            ("kurse", other.to_string()),
            ("material", material.to_string()),
            ("anmeldungen", enrolment.to_string()),
            ("beitraege", freelancer.id.to_string()),
            ("unterweisung", briefing.to_string()),
            ("systeme", system.to_string()),
        ]);
        let mut copies = BTreeMap::new();
        for (role, person) in &people {
            copies.insert(*role, seed::data_copy(&portal, person).await.to_string());
        }
        Self { portal, people, campaign, ids, copies }
    }

    pub fn person(&self, role: Role) -> &Person {
        &self.people[&role]
    }

    /// The path with every parameter filled by something that exists.
    fn existing(&self, pattern: &str, viewer: Option<Role>, session: &str) -> String {
        let campaign = self.campaign.id.to_string();
        let mut before = "";
        let mut path = String::new();
        for segment in pattern.split('/').skip(1) {
            path.push('/');
            path.push_str(match segment {
                "{slug}" if before == "fragen" => "kamera",
                "{slug}" => &self.campaign.slug,
                "{campaign}" => campaign.as_str(),
                "{week}" => "2026-W49",
                "{day}" => "2026-12-24",
                "{key}" if before == "richtwerte" => "fee_cents",
                "{key}" => "absage",
                "{kind}" => Kind::TradeLicence.key(),
                // One's own session.
                "{id}" if before == "sitzungen" && viewer.is_some() => session,
                "{id}" if before == "sitzungen" => "0b9c1c2e-3f0f-4c3e-9d36-000000000000",
                "{token}" if before == "kopie" => &self.ids["datenschutz/kopie"],
                // One's own copy.
                "{id}" if before == "kopie" => &self.copies[&viewer.unwrap_or(Role::Freelancer)],
                "{token}" if pattern.starts_with("/bewerbung/zugang") => &self.ids["bewerbung/zugang"],
                "{id}" if pattern.contains("/gespraech") && before == "bewerbung" => &self.ids["bewerbung/gespraech"],
                "{id}" | "{token}" | "{upload}" => self.ids.get(before).unwrap_or_else(|| {
                    panic!("{pattern}: tell House in tests/portal/access.rs what stands after /{before}/")
                }),
                parameter if parameter.starts_with('{') => panic!("{pattern}: the test does not know {parameter}"),
                fixed => fixed,
            });
            before = segment;
        }
        path
    }

    /// One request as this viewer, with a session of its own.
    async fn ask(&self, viewer: Option<Role>, method: &Method, pattern: &str) -> (String, Page) {
        let mut client = self.portal.client();
        let mut session = String::new();
        if let Some(role) = viewer {
            client.set_session(&self.people[&role].session(&self.portal).await);
            session = sqlx::query_scalar(
                "select id::text from session where account_id = $1 order by created_at desc, id limit 1",
            )
            .bind(self.people[&role].id)
            .fetch_one(&self.portal.db)
            .await
            .unwrap();
        }
        let path = self.existing(pattern, viewer, &session);
        let form = (*method == Method::POST).then(String::new);
        let page = client.send(method.clone(), &path, form).await;
        (path, page)
    }
}

/// What every table but the sessions and the logs of looks holds, in short.
async fn fingerprint(db: &PgPool) -> BTreeMap<String, (i64, i64)> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.tables
         where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not in ('session', 'view_log', 'document_view', 'data_copy_download')",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let each = tables.iter().map(|table| {
        format!("select '{table}', count(*), coalesce(sum(hashtextextended(t::text, 0) % 1000000007), 0)::bigint from {table} t")
    });
    let sql = each.collect::<Vec<_>>().join(" union all ");
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(db).await.unwrap();
    rows.into_iter().map(|(table, count, sum)| (table, (count, sum))).collect()
}

fn roles(viewer: Option<Role>) -> Option<Vec<Role>> {
    viewer.map(|role| vec![role])
}

/// Whether this is how somebody outside of the audience is turned away.
fn is_turned_away(viewer: Option<Role>, method: &Method, page: &Page) -> bool {
    match viewer {
        Some(_) => page.status == StatusCode::FORBIDDEN,
        None if [Method::GET, Method::HEAD].contains(method) => {
            page.status == StatusCode::SEE_OTHER
                && ["/anmeldung?weiter=%2F", "/bewerbung/link"]
                    .iter()
                    .any(|door| page.headers["location"].to_str().unwrap().starts_with(door))
        }
        None => page.status == StatusCode::UNAUTHORIZED,
    }
}

fn header_faults(viewer: Option<Role>, page: &Page) -> Vec<String> {
    let csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; \
        connect-src 'self'; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let is_file = page.headers.contains_key("content-disposition") && page.headers.contains_key("accept-ranges");
    let mut expected = vec![
        ("content-security-policy", if is_file { SANDBOX } else { csp }),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ];
    if viewer.is_some() {
        expected.push(("cache-control", "no-store"));
    }
    let value = |name: &str| page.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("missing");
    let wrong = expected.into_iter().filter(|(name, right)| value(name) != *right);
    wrong.map(|(name, _)| format!("{name} is {}", value(name))).collect()
}

#[tokio::test]
async fn every_page_opens_for_its_audience_and_changes_nothing() {
    let house = House::new().await;
    let mut faults = Vec::new();
    let mut before = fingerprint(&house.portal.db).await;
    for entry in router::table().entries().iter().filter(|entry| entry.method == Method::GET) {
        for viewer in VIEWERS {
            let (path, page) = house.ask(viewer, &entry.method, entry.path).await;
            let fine = match entry.audience.admits(roles(viewer).as_deref()) {
                true => page.status.is_success() || page.status == StatusCode::SEE_OTHER,
                false => is_turned_away(viewer, &entry.method, &page),
            };
            if !fine {
                faults.push(format!("GET {path} as {viewer:?}: {}", page.status));
            }
            faults.extend(header_faults(viewer, &page).into_iter().map(|f| format!("GET {path} as {viewer:?}: {f}")));
            let after = fingerprint(&house.portal.db).await;
            let changed: Vec<_> =
                after.iter().filter(|(table, rows)| before[*table] != **rows).map(|(t, _)| t).collect();
            if !changed.is_empty() {
                faults.push(format!("GET {path} as {viewer:?} changed {changed:?}"));
            }
            before = after;
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[tokio::test]
async fn every_action_is_closed_to_everybody_else() {
    let house = House::new().await;
    let mut faults = Vec::new();
    let before = fingerprint(&house.portal.db).await;
    for entry in router::table().entries().iter().filter(|entry| entry.method != Method::GET) {
        for viewer in VIEWERS.into_iter().filter(|v| !entry.audience.admits(roles(*v).as_deref())) {
            let (path, page) = house.ask(viewer, &entry.method, entry.path).await;
            if !is_turned_away(viewer, &entry.method, &page) {
                faults.push(format!("{} {path} as {viewer:?}: {}", entry.method, page.status));
            }
            faults.extend(header_faults(viewer, &page).into_iter().map(|f| format!("{path} as {viewer:?}: {f}")));
        }
    }
    assert_eq!(fingerprint(&house.portal.db).await, before, "somebody turned away changed something");
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[tokio::test]
async fn every_action_answers_an_empty_form_of_its_audience() {
    let mut faults = Vec::new();
    for entry in router::table().entries().iter().filter(|entry| entry.method != Method::GET) {
        // An action may do what its name says: each has a house of its own.
        let house = House::new().await;
        let admitted = VIEWERS.into_iter().filter(|v| entry.audience.admits(roles(*v).as_deref()));
        for (turn, viewer) in admitted.enumerate() {
            let (path, page) = house.ask(viewer, &entry.method, entry.path).await;
            let fine = match page.status {
                StatusCode::OK | StatusCode::SEE_OTHER | StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                    true
                }
                // An upload speaks tus: it names its version, or is told ours.
                StatusCode::NO_CONTENT => entry.method == Method::OPTIONS,
                StatusCode::PRECONDITION_FAILED => entry.path.contains("/hochladen"),
                // What the one before has done away with, or what belongs to somebody else.
                StatusCode::NOT_FOUND | StatusCode::GONE => turn > 0,
                _ => false,
            };
            if !fine {
                faults.push(format!("{} {path} as {viewer:?}: {}", entry.method, page.status));
            }
            faults.extend(header_faults(viewer, &page).into_iter().map(|f| format!("{path} as {viewer:?}: {f}")));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// Values of a path parameter behind which there is nothing.
fn nothing_at(parameter: &str) -> &'static [&'static str] {
    match parameter {
        "{slug}" => &["gibt-es-nicht", "%00", "..%2F"],
        "{week}" => &["2026-W54", "2026-49", "2026-W00", "heute", "99999-W01"],
        "{day}" => &["2026-02-30", "morgen"],
        "{token}" => &["0000000000000000000000000000000000000000000000000000000000000000", "kurz"],
        _ => &["6f1d9a52-8c1b-4f0e-9a53-0d7f4c2b1a90", "999999999", "-1", "99999999999999999999", "abc"],
    }
}

#[tokio::test]
async fn unknown_ids_are_not_there() {
    let house = House::new().await;
    let mut faults = Vec::new();
    for entry in router::table().entries() {
        let viewer = VIEWERS.into_iter().find(|v| entry.audience.admits(roles(*v).as_deref())).unwrap();
        for parameter in entry.path.split('/').filter(|segment| segment.starts_with('{')) {
            for value in nothing_at(parameter) {
                let pattern = entry.path.replacen(parameter, value, 1);
                let (path, page) = house.ask(viewer, &entry.method, &pattern).await;
                // An action reads its form first; a link that is over is explained.
                let fine = page.status == StatusCode::NOT_FOUND
                    || (entry.method == Method::POST && [400, 422].contains(&page.status.as_u16()))
                    || (parameter == "{token}" && page.status == StatusCode::GONE);
                if !fine {
                    faults.push(format!("{} {path} as {viewer:?}: {}", entry.method, page.status));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[tokio::test]
async fn an_unknown_address_is_an_error_page_with_a_number() {
    let house = House::new().await;
    for viewer in [None, Some(Role::Freelancer), Some(Role::Planner)] {
        for (method, path) in [(Method::GET, "/gibt-es-nicht"), (Method::POST, "/"), (Method::DELETE, "/anmeldung")] {
            let (_, page) = house.ask(viewer, &method, path).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{method} {path}");
            assert_eq!(page.heading(), "Diese Seite gibt es nicht");
            assert_eq!(page.texts("main .num").len(), 1, "a number to read out");
            assert_eq!(header_faults(viewer, &page), Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn operation_answers_and_static_files_are_kept_by_browsers() {
    let portal = TestPortal::new().await;
    let mut client = portal.client();
    assert_eq!(client.get("/healthz").await.body, "ok");
    assert!(client.get("/readyz").await.body.starts_with("ok"));
    let page = client.get("/").await.clone();
    let html = page.html();
    let style = html.select(&crate::page::css("link[rel=stylesheet]")).next().unwrap();
    let href = style.value().attr("href").unwrap().to_owned();
    drop(html);
    let style = client.send(Method::GET, &href, None).await;
    assert_eq!(style.status, StatusCode::OK);
    assert!(style.headers["cache-control"].to_str().unwrap().contains("immutable"), "{:?}", style.headers);
    assert_eq!(header_faults(None, &style), Vec::<String>::new());
}

#[test]
fn no_route_is_declared_twice_and_staff_routes_name_their_roles() {
    let table = router::table();
    let mut seen = std::collections::HashSet::new();
    for entry in table.entries() {
        assert!(seen.insert((entry.method.clone(), entry.path)), "{} {} twice", entry.method, entry.path);
        if let Audience::Staff(roles) = entry.audience {
            assert!(!roles.is_empty(), "{} is open to nobody", entry.path);
        }
    }
}

/// Spelt out for the pages that matter most: the walk above takes its expectation from the table it tests.
#[tokio::test]
async fn planning_is_for_planners_and_accounts_are_for_administrators() {
    let portal = TestPortal::new().await;
    let campaign = seed::campaign(&portal.db).await;
    let plan = format!("/verwaltung/kampagnen/{}/plan/2026-W49", campaign.slug);
    for (role, path, status) in [
        (Role::Planner, plan.as_str(), StatusCode::OK),
        (Role::Bookkeeper, &plan, StatusCode::FORBIDDEN),
        (Role::Freelancer, &plan, StatusCode::FORBIDDEN),
        (Role::Administrator, "/verwaltung/konten", StatusCode::OK),
        (Role::Planner, "/verwaltung/konten", StatusCode::FORBIDDEN),
        (Role::Freelancer, "/verwaltung/freelancer", StatusCode::FORBIDDEN),
        (Role::PrivacyOfficer, "/verwaltung/freelancer", StatusCode::FORBIDDEN),
        (Role::Planner, "/schichten/frei", StatusCode::FORBIDDEN),
    ] {
        let person = seed::person(&portal.db, &[role]).await;
        let mut client = portal.client_of(&person).await;
        assert_eq!(client.get(path).await.status, status, "{role:?} {path}");
    }
}
