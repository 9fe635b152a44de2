//! Applications: form, introduction, review, interview, decision. An accepted applicant becomes a freelancer.

pub mod application;
pub mod closing;
pub mod decision;
pub mod disclosure;
pub mod dossier;
pub mod equipment;
pub mod erasure;
pub mod form;
pub mod interview;
pub mod introduction;
pub mod mail_text;
pub mod mails;
pub mod nearing;
pub mod note;
pub mod opinion;
pub mod pages;
pub mod pipeline;
pub mod review;
pub mod viewing;
