//! Pages of access: sign-in and sign-out, links by mail, one's own account, and the accounts of staff.

mod sign_in;

use crate::web::{Audience, Routes};

/// The feature's routes.
pub fn routes() -> Routes {
    Routes::default()
        .get("/anmeldung", Audience::Public, sign_in::show)
        .post("/anmeldung", Audience::Public, sign_in::create)
        .post("/abmeldung", Audience::SignedIn, sign_in::delete)
}
