//! Freelancers: who they are, what they bring, and which campaigns' shifts they may book.

pub mod bar;
pub mod freelancer;
pub mod history;
pub mod mails;
pub mod missing;
mod pages;
pub mod preparation;
pub mod qualification;

pub use pages::routes;
