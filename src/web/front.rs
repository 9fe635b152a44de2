//! What every request for a page passes, in one layer: the time it may take, its turn, who looks, and the page that an
//! error becomes. As a layer each, they would cost as much as the rest of a small page.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::Asked;
use super::patience::Streams;
use super::turns::Readers;
use super::{Error, Routes, viewer};
use crate::portal::Portal;

/// What the layer needs to know.
#[derive(Clone)]
pub struct Front(Arc<Parts>);

struct Parts {
    portal: Portal,
    streams: Streams,
    readers: Readers,
}

impl Front {
    /// For the routes of this table.
    pub fn new(portal: Portal, table: &Routes) -> Self {
        Self(Arc::new(Parts { portal, streams: Streams::of(table), readers: Readers::default() }))
    }
}

/// The layer.
pub async fn pass(State(front): State<Front>, request: Request, next: Next) -> Response {
    let Parts { portal, streams, readers } = &*front.0;
    let asked = Asked::by(&request);
    let longest = streams.longest(&request);
    let answered = async {
        let _place = readers.place(request.method()).await?;
        viewer::load(portal, request, next).await
    };
    let response = tokio::time::timeout(longest, answered).await.unwrap_or(Err(Error::Busy));
    asked.page_if_failed(portal, response.into_response())
}
