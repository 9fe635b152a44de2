//! One declared table of routes: method, path, who may, handler.
//!
//! The table builds the router and guards every entry, and the tests walk it as every role.
//! A route cannot be written without its audience.

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

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

    fn entry(mut self, method: Method, path: &'static str, audience: Audience, router: MethodRouter<Portal>) -> Self {
        self.0.push(Entry { method, path, audience, router });
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
            router.route(entry.path, guarded)
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
        None if [Method::GET, Method::HEAD].contains(request.method()) => Ok(sign_in_first(&request)),
        None => Err(Error::SignInRequired),
    }
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
        assert!(Audience::SignedIn.admits(Some(&bookkeeper)) && !Audience::SignedIn.admits(None));
        assert!(Audience::Public.admits(None));
    }
}
