//! Freelancers: who they are, what they bring, and which campaigns' shifts they may book.

pub mod bar;
pub mod contract;
pub mod decision;
pub mod erasure;
pub mod briefing;
pub mod disclosure;
pub mod freelancer;
pub mod history;
pub mod mails;
pub mod missing;
pub mod objection;
mod pages;
pub mod papers;
pub mod preparation;
pub mod profile;
pub mod qualification;
pub mod tax_id;

pub use pages::routes;
