//! Headers on every answer (privacy.md, security figures).

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::viewer::Viewer;
use crate::portal::Portal;

/// Nothing from elsewhere, nothing inline, no framing.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; \
    connect-src 'self'; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// For files that somebody sent: whatever they are, nothing in them runs.
pub const SANDBOX: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

const FIXED: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "geolocation=(), payment=(), usb=()"),
];

/// Sets the fixed headers, no-store for signed-in people, and HSTS where the portal is reached by https.
pub async fn set(State(portal): State<Portal>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let signed_in = response.extensions().get::<Viewer>().is_some_and(|viewer| viewer.signed_in().is_some());
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        // A file brings a stricter policy of its own.
        if name == header::CONTENT_SECURITY_POLICY && headers.get(&name).is_some_and(|own| own == SANDBOX) {
            continue;
        }
        headers.insert(name, HeaderValue::from_static(value));
    }
    if signed_in || !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if portal.config.secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}
