//! How long a request may take: seconds for a page, longer where a file arrives over somebody's slow line.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::http::Method;

use super::Routes;

/// The longest time of a page.
pub const PAGE: Duration = Duration::from_secs(30);
/// The longest time of a file; a sender who is silent is given up long before.
const FILE: Duration = Duration::from_secs(60 * 60);

/// The entries of the table that take files.
#[derive(Clone)]
pub struct Streams(Arc<HashSet<(Method, &'static str)>>);

impl Streams {
    /// Those that the table declares so.
    pub fn of(table: &Routes) -> Self {
        let streams = table.entries().iter().filter(|entry| entry.is_stream);
        Self(Arc::new(streams.map(|entry| (entry.method.clone(), entry.path)).collect()))
    }

    /// How long this request may take.
    pub fn longest(&self, request: &Request) -> Duration {
        if self.contain(request) { FILE } else { PAGE }
    }

    fn contain(&self, request: &Request) -> bool {
        let path = request.extensions().get::<MatchedPath>();
        path.is_some_and(|path| {
            self.0.iter().any(|(method, entry)| method == request.method() && *entry == path.as_str())
        })
    }
}
