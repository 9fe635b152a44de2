//! One declared table of routes: method, path, who may, handler.
//!
//! The table builds the router and guards every entry, and the tests walk it as every role.
//! A route cannot be written without its audience.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, head, options, patch, post};

use super::viewer::Viewer;
use super::{Error, see_other};
use crate::accounts::role::Role;
use crate::portal::Portal;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    Public,
    /// Whoever is signed in.
    SignedIn,
    /// People who apply, signed in by a link from a mail.
    Applicant,
    /// People with access as freelancers.
    Freelancer,
    /// Holders of at least one of these roles.
    Staff(&'static [Role]),
}

impl Audience {
    /// Whether somebody with these roles (none: not signed in) belongs to the audience.
    pub fn admits(self, roles: Option<&[Role]>) -> bool {
        match (self, roles) {
            (Self::Public, _) | (Self::SignedIn, Some(_)) => true,
            (Self::Applicant, Some(roles)) => roles.contains(&Role::Applicant),
            (Self::Freelancer, Some(roles)) => roles.contains(&Role::Freelancer),
            (Self::Staff(allowed), Some(roles)) => roles.iter().any(|role| allowed.contains(role)),
            (_, None) => false,
        }
    }
}

/// One entry of the table.
pub struct Entry {
    pub method: Method,
    pub path: &'static str,
    pub audience: Audience,
    /// Whether its body or answer is a file: it counts the bytes itself and may take long.
    pub is_stream: bool,
    router: MethodRouter<Portal>,
}

/// The table. Features return theirs; the router joins them.
#[derive(Default)]
pub struct Routes(Vec<Entry>);

impl Routes {
    /// A page.
    pub fn get<H, T>(self, path: &'static str, audience: Audience, handler: H) -> Self
    where
        H: Handler<T, Portal>,
        T: 'static,
    {
        self.entry(Method::GET, path, audience, get(handler))
    }

    /// An action.
    pub fn post<H, T>(self, path: &'static str, audience: Audience, handler: H) -> Self
    where
        H: Handler<T, Portal>,
        T: 'static,
    {
        self.entry(Method::POST, path, audience, post(handler))
    }

    /// What a GET would say, without its body (tus).
    pub fn head<H, T>(self, path: &'static str, audience: Audience, handler: H) -> Self
    where
        H: Handler<T, Portal>,
        T: 'static,
    {
        self.entry(Method::HEAD, path, audience, head(handler))
    }

    /// Further bytes of an upload (tus).
    pub fn patch<H, T>(self, path: &'static str, audience: Audience, handler: H) -> Self
    where
        H: Handler<T, Portal>,
        T: 'static,
    {
        self.entry(Method::PATCH, path, audience, patch(handler))
    }

    /// The end of an upload (tus).
    pub fn delete<H, T>(self, path: &'static str, audience: Audience, handler: H) -> Self
    where
        H: Handler<T, Portal>,
        T: 'static,
    {
        self.entry(Method::DELETE, path, audience, delete(handler))
    }

    /// What a client may ask here (tus).
    pub fn options<H, T>(self, path: &'static str, audience: Audience, handler: H) -> Self
    where
        H: Handler<T, Portal>,
        T: 'static,
    {
        self.entry(Method::OPTIONS, path, audience, options(handler))
    }

    /// The last entry takes a file as it arrives: it counts the bytes itself, and may take long.
    pub fn streaming(mut self) -> Self {
        if let Some(last) = self.0.last_mut() {
            last.is_stream = true;
        }
        self
    }

    fn entry(mut self, method: Method, path: &'static str, audience: Audience, router: MethodRouter<Portal>) -> Self {
        self.0.push(Entry { method, path, audience, is_stream: false, router });
        self
    }

    /// Adds another table's entries.
    pub fn join(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The entries, for the tests that walk them.
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// The guarded router.
    pub fn into_router(self) -> Router<Portal> {
        self.0.into_iter().fold(Router::new(), |router, entry| {
            let audience = entry.audience;
            let guarded = entry
                .router
                .layer(middleware::from_fn(move |request: Request, next: Next| guard(audience, request, next)));
            let limited = if entry.is_stream { guarded.layer(DefaultBodyLimit::disable()) } else { guarded };
            router.route(entry.path, limited)
        })
    }
}

async fn guard(audience: Audience, request: Request, next: Next) -> Result<Response, Error> {
    let viewer = request.extensions().get::<Viewer>().cloned().unwrap_or_default();
    let roles = viewer.signed_in().map(|me| me.roles.as_slice());
    if audience.admits(roles) {
        return Ok(next.run(request).await);
    }
    match roles {
        Some(_) => Err(Error::Forbidden),
        // Applicants have no password: their door is a personal link.
        None if is_read(&request) && audience == Audience::Applicant => Ok(see_other("/bewerbung/link")),
        None if is_read(&request) => Ok(sign_in_first(&request)),
        None => Err(Error::SignInRequired),
    }
}

fn is_read(request: &Request) -> bool {
    [Method::GET, Method::HEAD].contains(request.method())
}

/// To the sign-in, and back to where the person wanted to go.
fn sign_in_first(request: &Request) -> Response {
    let wanted = request.uri().path_and_query().map_or("/", |p| p.as_str());
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("weiter", wanted).finish();
    see_other(&format!("/anmeldung?{query}"))
}

/// Any address without a route.
pub async fn not_found(State(_): State<Portal>) -> Response {
    Error::NotFound.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Spelt out, since the walk over all routes asks `admits` itself what to expect.
    #[test]
    fn each_audience_admits_its_own() {
        const PLANNERS: Audience = Audience::Staff(&[Role::Planner, Role::Administrator]);
        let (planner, bookkeeper, freelancer) = ([Role::Planner], [Role::Bookkeeper], [Role::Freelancer]);
        assert!(PLANNERS.admits(Some(&planner)));
        assert!(PLANNERS.admits(Some(&[Role::Freelancer, Role::Planner])));
        for roles in [None, Some(&bookkeeper[..]), Some(&freelancer), Some(&[])] {
            assert!(!PLANNERS.admits(roles), "{roles:?}");
        }
        assert!(Audience::Freelancer.admits(Some(&freelancer)));
        assert!(!Audience::Freelancer.admits(Some(&planner)) && !Audience::Freelancer.admits(None));
        // Somebody who only applies reaches nothing of the house.
        let applicant = [Role::Applicant];
        assert!(Audience::Applicant.admits(Some(&applicant)) && !Audience::Applicant.admits(Some(&freelancer)));
        assert!(!Audience::Freelancer.admits(Some(&applicant)) && !PLANNERS.admits(Some(&applicant)));
        assert!(Audience::SignedIn.admits(Some(&bookkeeper)) && !Audience::SignedIn.admits(None));
        assert!(Audience::Public.admits(None));
    }
}
