//! The form: how an application begins, what is asked in it, how it is sent and taken back, and the links that lead there.

pub mod answer;
pub mod begin;
pub mod keeping;
pub mod link;
pub mod mails;
pub mod profile;
pub mod submission;
pub mod withdrawal;
pub mod words;
