//! For whom a request speaks: a user's token speaks for that user alone.
//!
//! Not here: whether the token is good (see `guard`).

use actix_web::{HttpMessage, HttpRequest};
use engine::UserId;
use serde_json::Value;

use super::error::ApiError;
use super::guard::Caller;
use crate::ingest::Ingested;
use crate::ingest::fault::NOT_YOURS;

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

fn not_yours(own: &UserId, place: String) -> ApiError {
    ApiError::NotYours { own: super::fields::shorten(own.as_str()), place }
}
