//! What is measured, line by line.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::ensure;
use sqlx::PgPool;
use tokio::time::sleep;

use crate::load::{self, Answered, SignIns, Wrk};
use crate::report::{self, Bound, Line, Pairs, median, millis, rate};
use crate::server::Server;
use crate::statements::Statements;
use crate::{PASSWORD, bare, erasure, http, scripts, uploads};

const SPREAD: &str = include_str!("wrk/spread.lua");
const HOT: &str = include_str!("wrk/hot.lua");
const PLAN: &str = include_str!("wrk/plan.lua");
const BYTES: &str = include_str!("wrk/bytes.lua");
const NIGHT: &str = include_str!("wrk/night.lua");
const RUSH: &str = include_str!("wrk/rush.lua");

const RESET: &str = include_str!("sql/reset.sql");
const SEEN: &str = "update session set last_seen_at = now(); vacuum session;";
const FILL: &str = include_str!("sql/fill.sql");
const FULL: &str = include_str!("sql/hot.sql");
const PAST: &str = include_str!("sql/past.sql");

/// People at once, where nothing else is said.
const CLIENTS: u32 = 64;
/// People at once in the rush.
const MANY: u32 = 1000;
/// Sign-ins offered a second.
const SIGN_INS: u32 = 200;

/// What all measurements need.
pub struct Bench<'a> {
    pub seconds: u32,
    pub pairs: usize,
    pub only: &'a [String],
    pub portal: &'a Path,
    pub folder: &'a Path,
    pub socket: PathBuf,
    pub db: PgPool,
    pub address: SocketAddr,
    pub bare: SocketAddr,
    pub week: String,
}

impl Bench<'_> {
    /// Measures and prints line after line.
    pub async fn run(&self) -> anyhow::Result<()> {
        println!("{}", report::head());
        if self.wants(&["R12"]) {
            println!("{}", self.start().await?);
        }
        let server = Server::start(self.portal, self.folder, &self.socket, self.address).await?;
        if self.wants(&["R1", "R1b"]) {
            self.bookings().await?;
        }
        if self.wants(&["R2"]) {
            println!("{}", self.refusals().await?);
        }
        if self.wants(&["R3", "R4", "R7", "R10", "R11"]) {
            self.plan_page(&server).await?;
        }
        if self.wants(&["R8"]) {
            println!("{}", self.bookings_while_plans_are_read().await?);
        }
        if self.wants(&["R9"]) {
            println!("{}", self.bookings_while_people_sign_in().await?);
        }
        if self.wants(&["past"]) {
            println!("{}", self.past().await?);
        }
        if self.wants(&["uploads"]) {
            println!("{}", uploads::line(&server, &self.socket, self.address).await?);
        }
        if self.wants(&["erasure"]) {
            self.prepare(&[RESET, FILL]).await?;
            for line in erasure::lines(self, NIGHT).await? {
                println!("{line}");
            }
        }
        server.stop().await
    }

    fn wants(&self, ids: &[&str]) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| ids.contains(&only.as_str()))
    }

    /// R1 and R1b.
    async fn bookings(&self) -> anyhow::Result<()> {
        let sql = Statements::read()?;
        let request = self.script("booking.sql", scripts::booking(&sql)?)?;
        let function = self.script("one_round_trip.sql", scripts::one_round_trip())?;
        let request_clients = self.better_clients(&request).await?;
        let function_clients = self.better_clients(&function).await?;
        let (mut same, mut limit) = (Pairs::default(), Pairs::default());
        for _ in 0..self.pairs {
            let ours = self.booked_per_second().await?;
            self.prepare(&[RESET]).await?;
            same.0.push((ours, load::pgbench(&self.socket, &request, request_clients, self.seconds).await?));
            self.prepare(&[RESET]).await?;
            limit.0.push((ours, load::pgbench(&self.socket, &function, function_clients, self.seconds).await?));
        }
        let bound = Bound::AtLeast { least: 0.6, aim: 0.8 };
        println!("{}", same.line("R1", "bookings, 64 clients, spread / the same SQL", rate, bound));
        let bound = Bound::None { aim: Some(0.6) };
        println!("{}", limit.line("R1b", "the same / a function, one round trip", rate, bound));
        Ok(())
    }

    /// R2.
    async fn refusals(&self) -> anyhow::Result<Line> {
        let script = self.script("refusal.sql", scripts::refusal(&Statements::read()?)?)?;
        self.prepare(&[RESET, FULL]).await?;
        let clients = self.better_clients(&script).await?;
        let mut pairs = Pairs::default();
        for _ in 0..self.pairs {
            self.prepare(&[RESET, FULL]).await?;
            let before = self.bookings_now().await?;
            let ours = self.http(self.address, HOT, CLIENTS).await?.per_second;
            ensure!(self.bookings_now().await? == before, "a full shift was booked");
            pairs.0.push((ours, load::pgbench(&self.socket, &script, clients, self.seconds).await?));
        }
        let bound = Bound::AtLeast { least: 0.3, aim: 0.5 };
        Ok(pairs.line("R2", "refusals on full hot shifts / the same SQL", rate, bound))
    }

    /// R3, R4, R7, R10, R11: the plan page as people with bookings of their own see it.
    async fn plan_page(&self, server: &Server) -> anyhow::Result<()> {
        self.prepare(&[RESET, FILL]).await?;
        let page = self.page().await?;
        let query = self.script("plan.sql", scripts::plan()?)?;
        let only_rows = self.script("rows.sql", scripts::rows(&Statements::read()?)?)?;
        bare::serve(self.bare, self.db.clone(), page.clone()).await?;
        let (mut bytes, mut queried, mut read) = (Pairs::default(), Pairs::default(), Pairs::default());
        for _ in 0..self.pairs {
            self.prepare(&[SEEN]).await?;
            let ours = self.http(self.address, PLAN, CLIENTS).await?.per_second;
            bytes.0.push((ours, self.http(self.bare, BYTES, CLIENTS).await?.per_second));
            queried.0.push((ours, load::pgbench(&self.socket, &query, CLIENTS / 4, self.seconds).await?));
            read.0.push((ours, load::pgbench(&self.socket, &only_rows, CLIENTS / 4, self.seconds).await?));
        }
        let bound = Bound::AtLeast { least: 0.15, aim: 0.3 };
        println!("{}", bytes.line("R3", "plan page, 350 shifts / bare axum, same bytes", rate, bound));
        let bound = Bound::AtLeast { least: 2.0, aim: 4.0 };
        println!("{}", queried.line("R4", "plan page / one query with every reason", rate, bound));
        println!("{}", read.line("R4b", "the same / the week's rows alone", rate, Bound::None { aim: None }));
        self.rush(server).await?;
        let (shifts, size) = rows(&page);
        let bound = Bound::AtMost { most: 400.0, aim: 250.0 };
        let (ours, other) = (format!("{} B", page.len()), format!("{shifts} shifts"));
        println!(
            "{}",
            Line {
                id: "R11",
                what: "bytes per shift, row heads included",
                ours,
                other,
                figure: size,
                unit: "B",
                bound
            }
        );
        Ok(())
    }

    /// R7 and R10: 1,000 connections look and try to book what is gone.
    async fn rush(&self, server: &Server) -> anyhow::Result<()> {
        self.prepare(&[FULL]).await?;
        let (mut pairs, mut memory) = (Pairs::default(), 0);
        for _ in 0..self.pairs {
            self.prepare(&[SEEN]).await?;
            let load = self.http(self.address, RUSH, MANY);
            tokio::pin!(load);
            let ours = loop {
                tokio::select! {
                    answered = &mut load => break answered?,
                    () = sleep(Duration::from_millis(100)) => memory = memory.max(server.memory()?),
                }
            };
            let other = self.http(self.bare, RUSH, MANY).await?;
            pairs.0.push((ours.p99.as_secs_f64(), other.p99.as_secs_f64()));
        }
        let bound = Bound::AtMost { most: 2.0, aim: 1.5 };
        println!("{}", pairs.line("R7", "p99, 1,000 connections, plan and hot shifts / bare, same SQL", millis, bound));
        let (figure, bound) = (memory as f64 / 1024.0 / 1024.0, Bound::AtMost { most: 96.0, aim: 64.0 });
        let nothing = String::new;
        println!(
            "{}",
            Line {
                id: "R10",
                what: "memory at 1,000 connections",
                ours: nothing(),
                other: nothing(),
                figure,
                unit: "MB",
                bound
            }
        );
        Ok(())
    }

    /// R8.
    async fn bookings_while_plans_are_read(&self) -> anyhow::Result<Line> {
        let mut pairs = Pairs::default();
        for _ in 0..self.pairs {
            let alone = self.booked_per_second().await?;
            let readers = Wrk { seconds: self.seconds + 2, ..self.wrk(self.address, PLAN, MANY) };
            let (readers, bookings) = tokio::join!(readers.run(self.folder), async {
                // The readers are all there first.
                sleep(Duration::from_secs(1)).await;
                self.booked_per_second().await
            });
            let plans = readers?.per_second;
            pairs.0.push((bookings?, alone));
            eprintln!("     R8: {plans:.0} plan pages/s beside the bookings");
        }
        let bound = Bound::AtLeast { least: 0.4, aim: 0.6 };
        Ok(pairs.line("R8", "bookings while 1,000 clients reload the plan / alone", rate, bound))
    }

    /// R9.
    async fn bookings_while_people_sign_in(&self) -> anyhow::Result<Line> {
        let mut pairs = Pairs::default();
        for _ in 0..self.pairs {
            let alone = self.booked_per_second().await?;
            let (offered, bookings) =
                tokio::join!(load::sign_ins(self.address, SIGN_INS, self.seconds + 2, PASSWORD), async {
                    sleep(Duration::from_secs(1)).await;
                    self.booked_per_second().await
                });
            pairs.0.push((bookings?, alone));
            let SignIns { offered, signed_in, wrong, busy, broken } = offered;
            eprintln!(
                "     R9: {offered} sign-ins offered: {signed_in} in, {wrong} wrong, {busy} asked to wait, {broken} broken"
            );
        }
        let bound = Bound::AtLeast { least: 0.4, aim: 0.7 };
        Ok(pairs.line("R9", "bookings while 200 sign-ins/s are offered / alone", rate, bound))
    }

    /// R12.
    async fn start(&self) -> anyhow::Result<Line> {
        let mut took = Vec::new();
        for _ in 0..self.pairs {
            let server = Server::start(self.portal, self.folder, &self.socket, self.address).await?;
            took.push(server.first_answer.as_secs_f64() * 1000.0);
            server.stop().await?;
        }
        let bound = Bound::AtMost { most: 300.0, aim: 100.0 };
        let (ours, other) = (String::new(), String::new());
        Ok(Line {
            id: "R12",
            what: "start to first answer, database running",
            ours,
            other,
            figure: median(took),
            unit: "ms",
            bound,
        })
    }

    /// The gate: a plan page costs the same with a million past bookings.
    async fn past(&self) -> anyhow::Result<Line> {
        let own = self.script("own.sql", scripts::own(&Statements::read()?)?)?;
        self.prepare(&[RESET, FILL]).await?;
        let measure = async || -> anyhow::Result<f64> {
            let mut figures = Vec::new();
            for _ in 0..self.pairs {
                figures.push(load::pgbench(&self.socket, &own, CLIENTS / 4, self.seconds).await?);
            }
            Ok(median(figures))
        };
        let without = measure().await?;
        self.prepare(&[PAST]).await?;
        let with = measure().await?;
        let pairs = Pairs(vec![(with, without)]);
        Ok(pairs.line(
            "",
            "the plan page's SQL with a million past bookings / without",
            rate,
            Bound::None { aim: None },
        ))
    }

    /// Accepted bookings a second, counted in the database. Every answer that came is checked against them.
    async fn booked_per_second(&self) -> anyhow::Result<f64> {
        self.prepare(&[RESET]).await?;
        let answered = self.http(self.address, SPREAD, CLIENTS).await?;
        let booked = self.bookings_now().await?;
        // The last request of each connection may have been cut off after it was done.
        let expected = answered.requests..=answered.requests + u64::from(CLIENTS);
        ensure!(expected.contains(&booked), "{booked} bookings for {} answers", answered.requests);
        Ok(booked as f64 / answered.seconds)
    }

    async fn bookings_now(&self) -> anyhow::Result<u64> {
        let count: i64 = sqlx::query_scalar("select count(*) from booking").fetch_one(&self.db).await?;
        Ok(u64::try_from(count)?)
    }

    async fn prepare(&self, files: &[&str]) -> anyhow::Result<()> {
        for sql in files {
            load::psql(&self.socket, sql).await?;
        }
        Ok(())
    }

    /// The number of clients with which the database does more of this.
    async fn better_clients(&self, script: &Path) -> anyhow::Result<u32> {
        let mut best = (0.0, 0);
        for clients in [16, 64] {
            self.prepare(&[RESET]).await?;
            let tps = load::pgbench(&self.socket, script, clients, self.seconds).await?;
            if tps > best.0 {
                best = (tps, clients);
            }
        }
        Ok(best.1)
    }

    pub async fn http(&self, address: SocketAddr, script: &str, connections: u32) -> anyhow::Result<Answered> {
        self.wrk(address, script, connections).run(self.folder).await
    }

    fn wrk<'b>(&'b self, address: SocketAddr, script: &'b str, connections: u32) -> Wrk<'b> {
        Wrk { script, connections, seconds: self.seconds, address, week: &self.week }
    }

    fn script(&self, name: &str, content: String) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(name);
        std::fs::write(&path, content)?;
        Ok(path)
    }

    async fn page(&self) -> anyhow::Result<Vec<u8>> {
        let path = format!("/schichtplan?kampagne=kampagne-1&woche={}", self.week);
        let answer = http::page(self.address, &path, 1).await?;
        ensure!(answer.status == 200, "the plan page answers {}", answer.status);
        Ok(answer.body)
    }
}

/// How many shifts the page shows, and how many bytes of its tables' bodies each of them takes.
fn rows(page: &[u8]) -> (usize, f64) {
    let text = String::from_utf8_lossy(page);
    let bodies: Vec<&str> = text.split("<tbody>").skip(1).filter_map(|body| body.split("</tbody>").next()).collect();
    let shifts: usize = bodies.iter().map(|body| body.matches("<td").count() - body.matches("<td></td>").count()).sum();
    let bytes: usize = bodies.iter().map(|body| body.len()).sum();
    (shifts, bytes as f64 / shifts as f64)
}
