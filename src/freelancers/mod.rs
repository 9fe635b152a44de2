//! Freelancers: who they are and which campaigns' shifts they may book. Invited and set ready by staff.

pub mod freelancer;
mod mails;
mod pages;
pub mod qualification;

pub use pages::routes;
