//! Pages of access: sign-in and sign-out, links by mail, one's own account, and the accounts of staff.

mod access;
mod address;
mod confirmation;
mod forgotten;
pub mod mails;
mod new_password;
mod own_account;
mod own_password;
mod sign_in;
mod sign_off;
mod staff;
mod staff_invitation;

use crate::accounts::role::Role;
use crate::web::{Audience, Routes};

const ADMINISTRATOR: Audience = Audience::Staff(&[Role::Administrator]);

/// The feature's routes.
pub fn routes() -> Routes {
    Routes::default()
        .get("/anmeldung", Audience::Public, sign_in::show)
        .post("/anmeldung", Audience::Public, sign_in::create)
        .get("/anmeldung/bestaetigen", Audience::SignedIn, confirmation::show)
        .post("/anmeldung/bestaetigen", Audience::SignedIn, confirmation::create)
        .post("/abmeldung", Audience::SignedIn, sign_in::delete)
        .get("/passwort-vergessen", Audience::Public, forgotten::new)
        .post("/passwort-vergessen", Audience::Public, forgotten::create)
        .get("/zugang/{token}", Audience::Public, access::edit)
        .post("/zugang/{token}", Audience::Public, access::update)
        .get("/abmelden/{token}", Audience::Public, sign_off::show)
        .post("/abmelden/{token}", Audience::Public, sign_off::update)
        .get("/konto", Audience::SignedIn, own_account::show)
        .post("/konto/passwort", Audience::SignedIn, own_account::update_password)
        .get("/konto/adresse", Audience::SignedIn, address::edit)
        .post("/konto/adresse", Audience::SignedIn, address::ask)
        .get("/konto/adresse/{token}", Audience::Public, address::show)
        .post("/konto/adresse/{token}", Audience::Public, address::confirm)
        .post("/konto/mails", Audience::SignedIn, own_account::update_mails)
        .post("/konto/sitzungen/{id}/ende", Audience::SignedIn, own_account::end_session)
        .post("/konto/sitzungen/andere/ende", Audience::SignedIn, own_account::end_other_sessions)
        .get("/verwaltung/konten", ADMINISTRATOR, staff::list)
        .get("/verwaltung/konten/neu", ADMINISTRATOR, staff_invitation::new)
        .post("/verwaltung/konten/neu", ADMINISTRATOR, staff_invitation::create)
        .get("/verwaltung/konten/{id}", ADMINISTRATOR, staff::show)
        .post("/verwaltung/konten/{id}/rollen", ADMINISTRATOR, staff::update_roles)
        .post("/verwaltung/konten/{id}/einladung", ADMINISTRATOR, staff_invitation::repeat)
        .get("/verwaltung/konten/{id}/ende", ADMINISTRATOR, staff::confirm_end)
        .post("/verwaltung/konten/{id}/ende", ADMINISTRATOR, staff::end)
}
