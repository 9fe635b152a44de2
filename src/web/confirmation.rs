//! Pages that want the password again: whoever has not typed it lately is asked first, and then comes back.

use axum::response::Response;
use time::OffsetDateTime;

use super::{Me, see_other};

/// The way over the password, if it is needed before this page of ours opens.
pub fn first(me: &Me, now: OffsetDateTime, path: &str) -> Option<Response> {
    (!me.is_confirmed(now)).then(|| ask(path))
}

/// The same for what such a page sends, with time to fill it in.
pub fn before_sending(me: &Me, now: OffsetDateTime, path: &str) -> Option<Response> {
    (!me.was_confirmed(now)).then(|| ask(path))
}

fn ask(path: &str) -> Response {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("weiter", path).finish();
    see_other(&format!("/anmeldung/bestaetigen?{query}"))
}
