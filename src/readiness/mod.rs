//! Getting ready (product.md part 3): the checklist of one person, the funnel of a campaign, and the access list.

pub mod access_list;
pub mod checklist;
pub mod facts;
pub mod funnel;
pub mod load;
mod pages;

pub use pages::routes;
