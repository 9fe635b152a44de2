//! The pages of requests.

mod account;
mod by_mail;

use crate::web::{Audience, Routes};

/// The feature's routes.
pub fn routes() -> Routes {
    Routes::default()
        .get("/datenschutz/anfrage", Audience::Public, by_mail::new)
        .post("/datenschutz/anfrage", Audience::Public, by_mail::create)
        .get("/datenschutz/anfrage/{token}", Audience::Public, by_mail::show)
        .post("/datenschutz/anfrage/{token}", Audience::Public, by_mail::confirm)
        .get("/konto/loeschung", Audience::SignedIn, account::show)
        .post("/konto/loeschung", Audience::SignedIn, account::create)
        .post("/konto/loeschung/ende", Audience::SignedIn, account::take_back)
}
