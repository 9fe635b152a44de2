//! Accounts: who may sign in, their roles, sessions and links. Rows and rules, no pages.

pub mod account;
pub mod address_change;
pub mod audit;
pub mod disclosure;
pub mod erasure;
pub mod limit;
pub mod link;
pub mod password;
pub mod role;
pub mod session;

pub use crate::id::token;
