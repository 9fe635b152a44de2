//! Who looks at a page: read once per request from the session cookie.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;
use axum_extra::extract::cookie::{Cookie, SameSite};

use super::{Error, Layout};
use crate::accounts::role::Role;
use crate::accounts::session::{self, SignedIn};
use crate::clock::Clock;
use crate::config::Config;
use crate::portal::Portal;

/// The person behind a request, if signed in. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Viewer(Option<Arc<SignedIn>>);

impl Viewer {
    /// The signed-in person.
    pub fn signed_in(&self) -> Option<&SignedIn> {
        self.0.as_deref()
    }
}

impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// The signed-in person, on pages whose audience guarantees one.
#[derive(Debug, Clone)]
pub struct Me(Arc<SignedIn>);

impl Deref for Me {
    type Target = SignedIn;
    fn deref(&self) -> &SignedIn {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Me {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let viewer = parts.extensions.get::<Viewer>();
        viewer.and_then(|v| v.0.clone()).map(Self).ok_or(Error::SignInRequired)
    }
}

/// What a handler needs for a page: the layout that fits the viewer.
pub struct Page {
    portal: Portal,
    viewer: Viewer,
    path: String,
}

impl Page {
    /// The page's frame under this title.
    pub fn layout(&self, title: &str) -> Layout {
        Layout::new(&self.portal, &self.viewer, &self.path, title)
    }

    /// The frame for somebody whose session has just ended.
    pub fn guest_layout(&self, title: &str) -> Layout {
        Layout::new(&self.portal, &Viewer::default(), &self.path, title)
    }
}

impl FromRequestParts<Portal> for Page {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Self::Rejection> {
        let viewer = parts.extensions.get::<Viewer>().cloned().unwrap_or_default();
        Ok(Self { portal: portal.clone(), viewer, path: parts.uri.path().to_owned() })
    }
}

/// The instant of the request: read once, passed on everywhere.
pub struct Now(pub time::OffsetDateTime);

impl FromRequestParts<Portal> for Now {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(_: &mut Parts, portal: &Portal) -> Result<Self, Self::Rejection> {
        let clock: &Clock = &portal.clock;
        Ok(Self(clock.now()))
    }
}

/// The session cookie's name: `__Host-` binds it to this host, but needs https (privacy.md).
pub fn cookie_name(config: &Config) -> &'static str {
    if config.secure() { "__Host-session" } else { "session" }
}

/// The cookie of a new session; the browser keeps it no longer than the session can last.
pub fn cookie(config: &Config, token: String, roles: &[Role]) -> Cookie<'static> {
    Cookie::build((cookie_name(config), token))
        .path("/")
        .http_only(true)
        .secure(config.secure())
        .same_site(SameSite::Lax)
        .max_age(session::limits(roles).1)
        .build()
}

/// The cookie that removes the session's.
pub fn removal(config: &Config) -> Cookie<'static> {
    Cookie::build((cookie_name(config), ""))
        .path("/")
        .secure(config.secure())
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}

/// The value of the cookie of this name; the last one, if a browser sends several.
fn token<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut cookies = lines.flat_map(|line| line.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    cookies.rfind(|(own, token)| *own == name && !token.is_empty()).map(|(_, token)| token)
}

/// Reads the session into the request, and hands it on with the answer for the layers outside.
pub async fn load(portal: &Portal, mut request: Request, next: Next) -> Result<Response, Error> {
    let Some(token) = token(request.headers(), cookie_name(&portal.config)) else {
        return Ok(next.run(request).await);
    };
    let now = portal.clock.now();
    let Some(found) = portal.sessions.find(token, now).await? else { return Ok(next.run(request).await) };
    if found.is_seen_long_ago(now) {
        session::seen(&portal.db, found.session, now).await?;
    }
    let shown = found.flash.is_some() && request.method() == Method::GET;
    let id = found.session;
    let viewer = Viewer(Some(Arc::new(found)));
    request.extensions_mut().insert(viewer.clone());
    let mut response = next.run(request).await;
    // A message is shown once: by the first page that was rendered.
    if shown && response.headers().get("content-type").is_some_and(|t| t.as_bytes().starts_with(b"text/html")) {
        session::set_flash(&portal.db, id, None).await?;
    }
    response.extensions_mut().insert(viewer);
    Ok(response)
}
