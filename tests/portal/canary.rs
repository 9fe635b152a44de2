//! A person with unmistakable words in every field, file, mail and note, as applicant and as freelancer: once erased, they
//! are nowhere, but in what the data map declares kept. The same after a restore.

use std::collections::BTreeSet;
use std::path::Path;

use bytes::Bytes;
use portal::accounts::link::Purpose;
use portal::accounts::role::Role;
use portal::applications::application::State;
use portal::files::blob;
use portal::id::ApplicationId;
use portal::privacy::ledger::Copy;
use portal::privacy::map::{self, Action, Class};
use portal::retention::wish::{self, Wish};
use sqlx::{AssertSqlSafe, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::connect_url;
use crate::erasure::open_campaign;
use crate::ledger::{dump, restore, said};
use crate::seed::{self, Campaign, Person};
use crate::seed_training;
use crate::server::{START, TestPortal};

/// In every word of the person; what a form of its own demands is beside it.
const WORDS: [&str; 4] = ["kanari", "0461 7767761", "de811907980", "de811907980-00001"];

/// Columns of personal words that cannot hold one of them: two letters, a list of languages, an address, a fixed list; and
/// the one that only the erasure itself writes.
const FORMED: [&str; 7] = [
    "erasure_receipt.recipient",
    "applicant.country",
    "applicant.languages",
    "profile.country",
    "sign_in_failure.address",
    "sign_in_failure.email_hash",
    "contract_confirmation.name",
];

/// Whose hashes they leave: of a session and links.
const TOKENS: [&str; 6] =
    ["kanari", "kanari-abmelden", "kanari-wunsch", "kanari-einwilligung", "kanari-bewerbung", "kanari-kopie"];

/// What the person leaves in the database; `{p}` is the person, `{a}` the application, `{c}` the campaign, `{s}` somebody of staff.
const ROWS: &str = r#"
update account set name = 'Kanari Vogel', email = 'kanari-konto@vogel.example' where id = '{p}';
update applicant set confirmed_at = '{at}', phone = '0461 7767761', place = 'Kanariort', other_clients = 'Kanarikunde',
    experience = 'Kanarierfahrung' where id = '{p}';
insert into answer select '{a}', q.id, 'Kanariantwort' from application a join question q on q.set_id = a.question_set_id where a.id = '{a}';
insert into note values (gen_random_uuid(), '{a}', '{s}', '{at}', 'Kanarinotiz');
insert into opinion values ('{a}', '{s}', '{at}', 'yes', 'yes', 'yes', 'yes', 'yes', 'Kanarimeinung');
insert into equipment_check values (gen_random_uuid(), '{a}', '{at}', 1, 1, 1, 1, true, true, 'Kanarisystem');
insert into consent values (gen_random_uuid(), '{a}', 1, '{at}', null);
insert into consent_link select sha256('kanari-einwilligung'), id, '{at}', '{at}' from consent where application_id = '{a}';
insert into applicant_link (id, token_hash, applicant_id, application_id, created_at, expires_at)
    values (gen_random_uuid(), sha256('kanari-bewerbung'), '{p}', '{a}', '{at}', '{at}');
insert into data_copy (id, account_id, requested_at, failed_at) values ('{m}', '{p}', '{at}', '{at}');
insert into data_copy_link (token_hash, copy_id, created_at) values (sha256('kanari-kopie'), '{m}', '{at}');
insert into session (id, token_hash, account_id, created_at, last_seen_at, expires_at, device, flash)
    values (gen_random_uuid(), sha256('kanari'), '{p}', '{at}', '{at}', '{at}', 'Kanarigerät', '{"text": "Kanarimeldung"}');
insert into contact_message (id, stamp, name, email, subject, body, received_at)
    values ('{m}', '\x01', 'Kanari Vogel', 'kanari-konto@vogel.example', 'Kanarifrage', 'Kanaritext', '{at}');
insert into contact_reply values (gen_random_uuid(), '{m}', '{s}', '{at}', 'Kanariantwort');
insert into mail (id, account_id, topic, recipient, subject, body, created_at, due_at, sent_at) values
    (gen_random_uuid(), '{p}', 'application', 'kanari-konto@vogel.example', 'Kanaribetreff', 'Kanarimail', '{at}', '{at}', '{at}'),
    (gen_random_uuid(), '{p}', 'account', 'kanari-konto@vogel.example', 'Kanaribetreff', 'Kanarimail', '{at}', '{at}', null),
    (gen_random_uuid(), '{s}', 'account', 'haus@beispiel.example', 'Eine erste Schicht', 'Neben dir sitzt Kanari Vogel.', '{at}', '{at}', '{at}');
insert into mail_opt_out values ('{p}', 'help', '{at}');
insert into mail_sign_off values (sha256('kanari-abmelden'), '{p}', 'help', '{at}', '{at}');
insert into profile values ('{p}', 'Kanaristraße 7', 'KANARI', 'Kanaristadt', 'DE', '0461 7767761', true, true, true, true, true, false,
    'Kanarikunden', 'DE811907980', 'DE811907980-00001', 'Kanariregister', '{at}');
insert into qualification (freelancer_id, campaign_id, granted_at, granted_by, reason, suspended_at, decision_reason)
    values ('{p}', '{c}', '{at}', '{s}', 'Kanarigrund', '{at}', 'Kanarientscheidung');
insert into objection values (gen_random_uuid(), '{p}', '{c}', '{at}', 'Kanariworte', '{at}', 'Kanariantwort', '{at}', '{s}');
insert into bar values ('{p}', '{c}', 'paper', '{at}');
insert into preparation values ('{p}', '{c}', '{at}', null);
insert into freelancer_event (freelancer_id, campaign_id, at, actor_id, event, note) values ('{p}', '{c}', '{at}', '{s}', 'kanari_event', 'Kanariverlauf');
insert into training_result values ('{p}', '{c}', '{at}');
insert into mentor (freelancer_id, campaign_id, offered_at) values ('{p}', '{c}', '{at}');
insert into campaign_system values ('{m}', '{c}', 'Telefon', 'Haus', '{at}', '{s}', null);
insert into system_access values ('{m}', '{p}', '{at}', '{s}');
insert into contract_version values ('{m}', '{c}', 1, 'Vertrag', 'Text', '{at}', '{s}', '{at}', '2026-12-31');
insert into contract_confirmation (version_id, freelancer_id, confirmed_at) values ('{m}', '{p}', '{at}');
insert into briefing_version (id, version, title, body, created_at) values ('{m}', 1, 'Unterweisung', 'Text', '{at}');
insert into briefing_question values ('{m}', '{m}', 1, 'Frage', '{a,b}', 1, 'Weil');
insert into briefing_answer values ('{m}', '{p}', '{at}');
insert into briefing_confirmation (version_id, freelancer_id, confirmed_at) values ('{m}', '{p}', '{at}');
insert into briefing_reminder values ('{m}', '{p}', '{at}');
insert into fee (kind, freelancer_id, month, cents, debtor_name, debtor_address, noted_at, noted_by, reason)
    values ('correction', '{p}', '2026-10-01', 100, 'Kanari Vogel', 'Kanaristraße 7', '{at}', '{s}', 'Kanarikorrektur');
update booking set released_at = '{at}', release_kind = 'staff', released_by = '{s}', release_reason = 'Kanarifreigabe' where id = '{b}';
update shift set booked = 0;
insert into kept_booking values ('{b}', '{at}', '{s}', 'Kanaribleibt');
insert into sign_off values ('{b}', '{p}', '{c}', 'again', 'Kanarischicht', '{at}', '{s}');
insert into ending_plan values ('{m}', '{c}', null, 'finish', 'finish', 'Schluss', '{at}', '{s}', null, null, null, null);
insert into ending_step (plan_id, kind, freelancer_id, booking_id, suspended_at, decision_reason) values ('{m}', 'booking', '{p}', '{b}', '{at}', 'Kanarischritt');
insert into document (id, freelancer_id, kind, state, blob_id, submitted_at, decided_at, decided_by, refusal)
    values (gen_random_uuid(), '{p}', 'trade_licence', 'refused', '{f}', '{at}', '{at}', '{s}', 'Kanariablehnung');
insert into upload (id, account_id, subject, length, received, created_at, expires_at) values ('{m}', '{p}', '{p}', 9, 6, '{at}', '2027-01-01');
insert into upload_part values ('{m}', 0, 6, '{u}');
insert into sign_in_failure (email_hash, address, at) values (sha256('kanari'), '192.0.2.1', '{at}');
insert into legal_hold values (gen_random_uuid(), '{p}', 'Kanarisperre', '{s}', '{at}', '2026-11-23', '2026-11-30', null, null, '{s}', '{at}');
insert into data_request_link values (sha256('kanari-wunsch'), '{p}', 'erasure', '{at}', '{at}', '{at}');
insert into view_log (at, viewer_id, application_id) values ('{at}', '{s}', '{a}');
insert into document_view (at, viewer_id, document_id) values ('{at}', '{s}', '{f}');
"#;

async fn object(portal: &TestPortal, application: ApplicationId, live: bool) -> Uuid {
    let draft = seed::begin_recording(portal, application).await;
    portal.portal.files.put(draft, Bytes::from_static(b"kanari im Objekt")).await.unwrap();
    if live {
        let mut connection = portal.db.acquire().await.unwrap();
        assert!(blob::go_live(&mut connection, draft.id, "application/pdf", 16).await.unwrap());
    }
    draft.id.0
}

/// The person with everything; the campaign is theirs and others'.
async fn canary(portal: &TestPortal) -> (Person, Campaign) {
    let db = &portal.db;
    let campaign = open_campaign(db).await;
    let staff = seed::staff(db, Role::Recruiter).await;
    let person = seed::person(db, &[Role::Freelancer, Role::Applicant]).await;
    sqlx::query("insert into applicant (id, created_at, updated_at) values ($1, $2, $2)")
        .bind(person.id)
        .bind(START)
        .execute(db)
        .await
        .unwrap();
    let application = seed::application(db, &person, &campaign, State::Refused).await;
    sqlx::query("update application set refusal = 'Kanariabsage' where id = $1")
        .bind(application)
        .execute(db)
        .await
        .unwrap();
    let second = open_campaign(db).await;
    let recorded = seed::application(db, &person, &second, State::New).await;
    crate::erasure::recording(portal, recorded).await;
    seed::written_introduction(db, application, "Kanarivorstellung").await;
    let shift = seed::shift(db, &campaign, time::macros::date!(2026 - 12 - 02), 9, 4, 3).await;
    let booking = seed::booking(db, &person, shift).await;
    let course = seed_training::course(db, &campaign).await;
    let begins = START - time::Duration::days(5);
    let date = seed_training::date(db, course, &staff, &[begins], 3).await;
    let enrolment = seed_training::enrolment(db, &person, date, portal::training::enrolment::State::Enrolled).await;
    sqlx::query(
        "update enrolment set state = 'passed', result_at = $2, result_by = $3, word = 'Kanariwort' where id = $1",
    )
    .bind(enrolment)
    .bind(START)
    .bind(staff.id)
    .execute(db)
    .await
    .unwrap();
    seed::link(db, &person, Purpose::PasswordReset).await;
    seed::address_change(db, &person, "kanari-neu@vogel.example").await;
    let (file, part) = (object(portal, recorded, true).await, object(portal, recorded, false).await);
    let at = OffsetDateTime::format(START, &time::format_description::well_known::Rfc3339).unwrap();
    let rows = ROWS
        .replace("{p}", &person.id.to_string())
        .replace("{a}", &application.to_string())
        .replace("{c}", &campaign.id.to_string())
        .replace("{s}", &staff.id.to_string())
        .replace("{b}", &booking.to_string())
        .replace("{f}", &file.to_string())
        .replace("{u}", &part.to_string())
        .replace("{m}", &Uuid::new_v4().to_string())
        .replace("{at}", &at);
    sqlx::raw_sql(AssertSqlSafe(rows)).execute(db).await.unwrap();
    // Mails of the folder: one of the person, one to somebody else.
    let folder = portal.portal.config.data_dir.join("mail");
    std::fs::create_dir_all(&folder).unwrap();
    let mails: Vec<Uuid> = sqlx::query_scalar("select id from mail").fetch_all(db).await.unwrap();
    for mail in mails {
        std::fs::write(folder.join(format!("{mail}.eml")), "Hallo Kanari =\r\nVogel").unwrap();
    }
    wish::record(db, person.id, Wish::Erasure, START).await.unwrap();
    (person, campaign)
}

/// The columns of words, lists and bytes in which one of the person's words stands.
async fn columns_with_words(db: &PgPool) -> BTreeSet<String> {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select table_name::text, column_name::text from information_schema.columns join information_schema.tables t using (table_schema, table_name)
         where table_schema = 'public' and t.table_type = 'BASE TABLE' and data_type in ('text', 'jsonb', 'bytea', 'ARRAY', 'inet')",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let mut found = BTreeSet::new();
    for (table, column) in columns {
        for word in WORDS.into_iter().map(str::to_owned).chain(TOKENS.map(sha256)) {
            let sql =
                format!("select exists (select from \"{table}\" where strpos(lower(\"{column}\"::text), $1) > 0)");
            if sqlx::query_scalar(AssertSqlSafe(sql)).bind(word).fetch_one(db).await.unwrap() {
                found.insert(format!("{table}.{column}"));
            }
        }
    }
    found
}

fn sha256(word: &str) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(word))
}

/// The columns of these classes that the map has an action for.
fn declared(wanted: impl Fn(Class, Action) -> bool) -> BTreeSet<String> {
    map::tables()
        .flat_map(|table| table.columns.iter().map(move |columns| (table.name, columns)))
        .filter(|(_, columns)| wanted(columns.class, columns.action))
        .flat_map(|(table, columns)| columns.names.iter().map(move |name| format!("{table}.{name}")))
        .collect()
}

/// The files below a folder in which one of the person's words stands.
fn files_with_words(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            found.extend(files_with_words(&entry.path()));
        } else {
            let text = String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).to_lowercase();
            if WORDS.iter().any(|word| text.contains(word)) {
                found.push(entry.path().display().to_string());
            }
        }
    }
    found
}

/// The tables of a dump in whose rows one of the person's words stands.
fn tables_of_dump(dump: &[u8]) -> BTreeSet<String> {
    let (mut table, mut found) = (String::new(), BTreeSet::new());
    for line in String::from_utf8_lossy(dump).lines() {
        if let Some(rest) = line.strip_prefix("COPY public.") {
            table = rest.split(' ').next().unwrap_or_default().to_owned();
        } else if WORDS.iter().any(|word| line.to_lowercase().contains(word)) {
            found.insert(table.clone());
        }
    }
    found
}

/// Nothing is left but what the map declares kept.
async fn assert_gone(portal: &TestPortal, db: &PgPool) {
    let kept = declared(|_, action| action.reason().is_some());
    let left: Vec<String> = columns_with_words(db).await.into_iter().filter(|column| !kept.contains(column)).collect();
    assert_eq!(left, [""; 0]);
    let of_kept = |table: &String| kept.iter().any(|column| column.starts_with(&format!("{table}.")));
    let tables = tables_of_dump(&dump(&connect_url(db).await));
    assert!(tables.iter().all(of_kept), "{tables:?}");
    assert!(tables.contains("fee") && tables.contains("contract_confirmation"), "the law keeps these: {tables:?}");
    assert!(!tables.contains("contact_message"), "a wish takes these along");
    assert_eq!(files_with_words(&portal.portal.config.data_dir), [""; 0]);
    // Nobody can read what lies in the store: nothing of it may be left.
    for left in ["blob", "file_key"] {
        let n: i64 =
            sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {left}"))).fetch_one(db).await.unwrap();
        assert_eq!(n, 0, "{left}");
    }
    assert_eq!((portal.objects(), portal.keys().len()), (Vec::new(), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_erased_person_is_left_anywhere() {
    let portal = TestPortal::new().await;
    let (_, campaign) = canary(&portal).await;
    let other = seed::qualified(&portal.db, &campaign).await;
    // Before: the words stand in every column that can hold them, so that no column is forgotten here.
    let words = columns_with_words(&portal.db).await;
    let texts: Vec<String> = sqlx::query_scalar(
        "select table_name || '.' || column_name from information_schema.columns where table_schema = 'public' and data_type in ('text', 'jsonb', 'bytea')",
    )
    .fetch_all(&portal.db)
    .await
    .unwrap();
    let personal = declared(|class, _| class == Class::Personal);
    let silent: Vec<&String> = personal
        .iter()
        .filter(|column| texts.contains(column) && !words.contains(*column) && !FORMED.contains(&column.as_str()))
        .collect();
    assert!(silent.is_empty(), "the canary says nothing in {silent:?}");

    let backup = dump(&connect_url(&portal.db).await);
    let files = files_with_words(&portal.portal.config.data_dir);
    assert!(files.len() >= 3, "{files:?}");
    let (ok, text) = said(&portal.portal.config.data_dir, &connect_url(&portal.db).await, &["erase", "--log", "debug"]);
    assert!(ok && text.contains("2 dossiers") && text.contains(" 0 leftovers"), "{text}");
    assert!(!WORDS.iter().any(|word| text.to_lowercase().contains(word)), "{text}");
    assert_gone(&portal, &portal.db).await;
    let stays = format!("select email from account where id = '{}'", other.id);
    let email: String = sqlx::query_scalar(AssertSqlSafe(stays)).fetch_one(&portal.db).await.unwrap();
    assert_eq!(email, other.email, "nobody else is touched");

    // A backup brings it all back; the replay takes it away again.
    let (url, restored) = restore(&portal, &backup).await;
    std::fs::remove_file(portal.portal.config.data_dir.join("dump.sql")).unwrap();
    assert!(columns_with_words(&restored).await.len() > 30);
    let (ok, text) = said(&portal.portal.config.data_dir, &url, &["erase", "--replay", "--log", "debug"]);
    assert!(ok && text.contains("erased again: 4"), "{text}");
    assert!(!WORDS.iter().any(|word| text.to_lowercase().contains(word)), "{text}");
    assert_gone(&portal, &restored).await;
    Copy::in_folder(&portal.portal.config.data_dir).admit(&restored).await.unwrap();
    restored.close().await;
}
