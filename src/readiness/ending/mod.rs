//! The end of a campaign, and the change to another one: one plan with a reason, stored, previewed, carried out in one
//! transaction, and taken back as a whole within a week. Nobody is moved without having been shown.

mod carry_out;
pub mod mails;
mod pages;
mod plan;
mod reverse;

pub use carry_out::{Done, carry_out};
pub use pages::routes;
pub use plan::{Affected, Choice, NewPlan, Person, Plan, Refusal, affected, create, find, latest, waiting};
pub use reverse::{REVERSIBLE, Reversed, reverse};
