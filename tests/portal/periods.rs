//! What is kept only for hours, days or months is there until its last second and gone with the next one (privacy.md,
//! "Periods"). The portal itself may clear up later than that, every ten minutes; never earlier.

use portal::accounts::link::Purpose;
use portal::applications::application::State;
use portal::applications::form::link::Goal;
use portal::worker;
use sqlx::AssertSqlSafe;
use time::Duration;

use crate::erasure::{count, open_campaign};
use crate::seed;
use crate::server::{START, TestPortal};

const DAY: Duration = Duration::DAY;
/// Two years, where an instant is the boundary.
const MONTHS: Duration = Duration::days(730);

/// What is to go, the column that ended at [`START`], and for how long it is kept from then on.
const KEPT: [(&str, &str, Duration); 14] = [
    ("session", "ended_at", Duration::days(7)),
    ("link", "expires_at", DAY),
    ("link", "used_at", DAY),
    ("address_change", "expires_at", DAY),
    ("sign_in_failure", "at", DAY),
    ("applicant_link", "expires_at", DAY),
    ("applicant_link", "used_at", DAY),
    ("mail_sign_off", "expires_at", DAY),
    ("consent_link", "expires_at", DAY),
    ("data_request_link", "expires_at", DAY),
    ("audit", "at", MONTHS),
    ("erasure_failure", "at", MONTHS),
    ("document_view", "at", MONTHS),
    ("data_copy", "failed_at", Duration::days(7)),
];

#[tokio::test]
async fn everything_goes_at_the_second_after_its_period() {
    let portal = TestPortal::new().await;
    let db = &portal.db;
    let campaign = open_campaign(db).await;
    for (table, column, period) in KEPT {
        for other in KEPT.map(|(table, ..)| table) {
            sqlx::query(AssertSqlSafe(format!("truncate {other} cascade"))).execute(db).await.unwrap();
        }
        portal.set_time(START);
        let person = seed::applicant(db).await;
        let application = seed::application(db, &person, &campaign, State::New).await;
        person.session(&portal).await;
        seed::link(db, &person, Purpose::PasswordReset).await;
        seed::address_change(db, &person, "neu@beispiel.example").await;
        seed::personal_link(db, &person, Goal::application(application)).await;
        seed::consent(db, application).await;
        seed::request_link(db, &person).await;
        let id = person.id;
        for sql in [
            format!(
                "insert into sign_in_failure (email_hash, address, at) values (sha256('x'), '192.0.2.1', '{START}')"
            ),
            format!("insert into mail_sign_off values (sha256('x'), '{id}', 'help', '{START}', '{START}')"),
            format!("insert into audit (at, action, subject) values ('{START}', 'x', 'x')"),
            format!("insert into erasure_failure (applicant_id, at, sqlstate) values ('{id}', '{START}', '40001')"),
            format!("insert into document_view (at, viewer_id, document_id) values ('{START}', '{id}', '{id}')"),
            format!(
                "insert into data_copy (id, account_id, requested_at, attempts, failed_at) values ('{id}', '{id}', '{START}', 5, '{START}')"
            ),
            format!("update {table} set {column} = '{START}'"),
        ] {
            sqlx::raw_sql(AssertSqlSafe(sql.clone()))
                .execute(db)
                .await
                .unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        for (seconds, is_there) in [(-1, true), (0, true), (1, false)] {
            portal.set_time(START + period + Duration::seconds(seconds));
            worker::sweep(portal.portal.clone()).await.unwrap();
            let left = count(db, table).await;
            // A copy that failed goes at the second itself.
            let is_there = is_there && !(table == "data_copy" && seconds == 0);
            assert_eq!(left > 0, is_there, "{table}.{column}, {seconds} s after its period");
        }
    }
}
