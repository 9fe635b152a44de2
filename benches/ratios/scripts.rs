//! What pgbench runs: the same statements as one request of the portal, each prepared, one round trip each.

use crate::statements::{Statements, bind};

/// Client `c` takes the bookings c, c + clients, c + 2 · clients …, as the loads over HTTP do.
const SPREAD: &str = r"\set k :i * :clients + :client_id
\set i :i + 1
\set p :k % 10000
\set day (:k / 10000 + :p) % 35
\set turn :p / 35
\set shift case when :day < 28 then :day * 150 + :turn % 150 + 1 else 4200 + (:day - 28) * 120 + :turn % 120 + 1 end
\set n :p + 1
";
const HOT: &str = r"\set n random(1, 9000)
\set shift random(1, 20)
";
const ANYBODY: &str = r"\set n random(1, 9000)
";

/// The portal asks for the sessions of all requests that come together; one request asks for one.
const TOKENS: &str = "array[bench_token(:n::bigint)]";
const PERSON: &str = "bench_id(:n::bigint)";
/// The session of a person has the person's id.
const FLASH: &str = r#"'{"then": "Freigeben kannst du sie bis Di, 1.12., 9 Uhr.", "tone": "ok", "what": "Gebucht, Mi, 2.12., 9 bis 13 Uhr.", "lines": []}'::jsonb"#;
const SUBJECT: &str = "'Gebucht, Mi, 2.12., 9 bis 13 Uhr'";
/// A body of the usual length.
const BODY: &str = "repeat('Du hast diese Schicht gebucht. ', 18)";

/// Session look-up, facts, the guarded statement, the message.
pub fn booking(sql: &Statements) -> anyhow::Result<String> {
    let recipient = "'person' || :n || '@bench.example'";
    let new = "gen_random_uuid()";
    let values = [":shift::bigint", PERSON, "now()", new, new, "'booking'::mail_topic", recipient, SUBJECT, BODY];
    let seat = bind(sql.take_seat, &values)?;
    Ok([SPREAD, &bind(sql.session, &[TOKENS])?, &facts(sql)?, &seat, &bind(sql.flash, &[PERSON, FLASH])?].concat())
}

/// Session look-up, facts, the message with the reason.
pub fn refusal(sql: &Statements) -> anyhow::Result<String> {
    Ok([HOT, &bind(sql.session, &[TOKENS])?, &facts(sql)?, &bind(sql.flash, &[PERSON, FLASH])?].concat())
}

fn facts(sql: &Statements) -> anyhow::Result<String> {
    bind(sql.facts, &[":shift::bigint", PERSON, "now()"])
}

/// A whole booking in one function call: the database's own limit.
pub fn one_round_trip() -> String {
    format!("{SPREAD}select bench_book(bench_token(:n::bigint), :shift::bigint, now(), {SUBJECT}, {BODY}, {FLASH});\n")
}

/// The plan page as one query: each shift of the week with what it is to this person, as it would be without a cache.
pub fn plan() -> anyhow::Result<String> {
    Ok([ANYBODY, &bind(include_str!("sql/plan.sql"), &[PERSON])?].concat())
}

/// The rows of a campaign's week alone: the same for everybody.
pub fn rows(sql: &Statements) -> anyhow::Result<String> {
    bind(sql.plan, &["(date_trunc('week', now()) + interval '7 days')::date", "bench_id(1)"])
}

/// Session look-up and the person's own bookings: what each plan page asks the database.
pub fn own(sql: &Statements) -> anyhow::Result<String> {
    let look = bind(sql.session, &[TOKENS])?;
    let mine = bind(
        sql.mine,
        &["array[bench_id(:n::bigint)]", "array[now() - interval '35 days']", "array[now() + interval '420 days']"],
    )?;
    Ok([ANYBODY, &look, &mine].concat())
}
