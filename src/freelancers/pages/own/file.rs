//! One's own paper as a file.

use axum::extract::State;

use crate::freelancers::pages::papers::file::{Disposition, hand_out};
use crate::freelancers::papers::document::{self, State as Stand};
use crate::id::{DocumentId, FreelancerId};
use crate::portal::Portal;
use crate::web::form::Path;
use crate::web::viewer::Now;
use crate::web::{Answer, Error, Me, confirmation};

/// `GET /bereit/dateien/{id}`: other people's papers are not there, and neither is what was not looked through yet.
pub async fn show(State(portal): State<Portal>, me: Me, Now(now): Now, Path(id): Path<DocumentId>) -> Answer {
    let paper = document::find(&portal.db, id).await?.ok_or(Error::NotFound)?;
    if paper.freelancer != FreelancerId::from(me.account) || paper.state == Stand::Quarantined {
        return Err(Error::NotFound);
    }
    if let Some(first) = confirmation::first(&me, now, &format!("/bereit/dateien/{id}")) {
        return Ok(first);
    }
    hand_out(&portal, &paper, Disposition::Attachment).await
}
