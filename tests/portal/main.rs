//! Every test that needs a database, HTTP or a browser: one binary, so that one cluster and one link serve all.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expected by failing")]
#![allow(dead_code, reason = "seeds and client offer more than the present tests use")]
#![allow(clippy::disallowed_methods, reason = "tests ask for PATH and build the program's environment")]

mod access;
mod booking;
mod planning;
mod publication;
mod races;
mod architecture;
mod chromium;
mod client;
mod cluster;
mod database;
mod kill;
mod links;
mod model;
mod page;
mod seed;
mod server;
mod signin;
