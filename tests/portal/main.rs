//! Every test that needs a database, HTTP or a browser: one binary, so that one cluster and one link serve all.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expected by failing")]
#![allow(dead_code, reason = "seeds and client offer more than the present tests use")]
#![allow(clippy::disallowed_methods, reason = "tests ask for PATH and build the program's environment")]

mod access;
mod account;
mod applying;
mod architecture;
mod booking;
mod browser;
mod browser_staff;
mod browser_training;
mod chromium;
mod client;
mod cluster;
mod clamd;
mod confirmation;
mod contact;
mod contracts;
mod database;
mod demo;
mod interviews;
mod introduction;
mod erasure;
mod erasure_run;
mod equipment;
mod expiry;
mod faq;
mod hostile_files;
mod fees;
mod first_shifts;
mod kill;
mod ledger;
mod links;
mod mail;
mod model;
mod operation;
mod page;
mod papers;
mod planning;
mod profile;
mod postings;
mod policy;
mod promises;
mod publication;
mod qualification;
mod races;
mod recount;
mod review;
mod seed;
mod seed_training;
mod server;
mod signin;
mod training;
mod training_races;
mod tus;
mod uploads;
