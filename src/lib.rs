//! The portal of a virtual contact centre. A sentence per module, in the order in which they may use each other.

pub mod accounts;
pub mod campaigns;
pub mod clock;
pub mod config;
pub mod database;
pub mod demo;
pub mod files;
pub mod freelancers;
pub mod health;
pub mod id;
pub mod mail;
pub mod overview;
pub mod portal;
pub mod router;
pub mod shifts;
pub mod signin;
pub mod site;
pub mod web;
pub mod worker;
