//! For whom a request speaks: a user's token speaks for that user alone.
//!
//! Not here: whether the token is good (see `guard`).

use actix_web::{HttpMessage, HttpRequest};
use engine::UserId;
use serde_json::Value;

use super::error::ApiError;
use super::guard::Caller;
use crate::event_log::Draft;
use crate::ingest::Ingested;
use crate::ingest::fault::NOT_YOURS;
use crate::tokens::Claims;

/// The one user that `request` may speak for; `None` where it may for all.
#[must_use]
pub fn of(request: &HttpRequest) -> Option<UserId> {
    match request.extensions().get::<Caller>() {
        Some(Caller::Own(claims)) => Some(claims.sub.clone()),
        Some(Caller::Any) | None => None,
    }
}

/// Whether `request` came with a user's token in place of a server's key.
#[must_use]
pub fn is_own(request: &HttpRequest) -> bool {
    matches!(request.extensions().get::<Caller>(), Some(Caller::Own(_)))
}

/// Whether `request` may ask for `user`.
///
/// # Errors
/// [`ApiError::NotYours`] where it may not.
pub fn check(request: &HttpRequest, user: &UserId) -> Result<(), ApiError> {
    match of(request) {
        Some(own) if own != *user => Err(not_yours(&own, "the request".to_owned())),
        _ => Ok(()),
    }
}

/// Names the token's user in a body that names none.
pub fn name(request: &HttpRequest, body: &mut Value) {
    if let (Some(own), Value::Object(members)) = (of(request), body)
        && members.get("user_id").is_none_or(Value::is_null)
    {
        members.insert("user_id".to_owned(), Value::from(own.as_str()));
    }
}

/// Refuses a body of which an entry names another user than `own`; nothing of it is taken.
///
/// # Errors
/// [`ApiError::NotYours`] with the first such entry.
pub fn hold(own: &UserId, ingested: &Ingested) -> Result<(), ApiError> {
    let foreign = ingested.rejected.iter().find(|rejected| rejected.code == NOT_YOURS);
    foreign.map_or(Ok(()), |entry| Err(not_yours(own, format!("event {}", entry.index))))
}

/// Refuses a body of which an event is in a room that the caller's token does not open; nothing of it is taken.
///
/// # Errors
/// [`ApiError::Stated`] with the room.
pub fn hold_to_rooms(request: &HttpRequest, ingested: &Ingested) -> Result<(), ApiError> {
    let extensions = request.extensions();
    let Some(Caller::Own(Claims { rooms: Some(rooms), .. })) = extensions.get::<Caller>() else {
        return Ok(());
    };
    let named = ingested.drafts.iter().filter_map(|draft| match draft {
        Draft::Event { event, .. } => event.room_id.as_deref(),
        _ => None,
    });
    let foreign = named.into_iter().find(|room| rooms.iter().all(|opened| **opened != **room));
    foreign.map_or(Ok(()), |room| {
        let room = super::fields::shorten(room);
        Err(ApiError::Stated {
            status: 403,
            code: "room_not_allowed",
            title: "The token does not open this room",
            detail: format!("the token does not open room `{room}`; nothing of the body was taken"),
            errors: Vec::new(),
        })
    })
}

fn not_yours(own: &UserId, place: String) -> ApiError {
    ApiError::NotYours { own: super::fields::shorten(own.as_str()), place }
}
