//! Getting ready (product.md part 3): the checklist of one person, the funnel of a campaign, the access list, and the
//! plan by which a campaign ends or hands its people over.

pub mod access_list;
pub mod checklist;
pub mod disclosure;
pub mod ending;
pub mod erasure;
pub mod facts;
pub mod funnel;
pub mod load;
mod pages;

use crate::web::Routes;

/// The feature's routes.
pub fn routes() -> Routes {
    pages::routes().join(ending::routes())
}
