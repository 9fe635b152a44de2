//! The staff pages of campaigns.

use crate::web::Routes;

/// The feature's routes.
pub fn routes() -> Routes {
    Routes::default()
}
