//! `GET /v1/rooms/{id}/stream`: a live room as server-sent events, for those who cannot open a WebSocket.
//!
//! Not here: what is sent (see `live::stream`).

use std::rc::Rc;

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::http::error::{ApiError, Problem};
use crate::http::events::parameters;
use crate::http::rooms::check_room;
use crate::http::sockets::upgrade::crowded;
use crate::live::stream::{StreamError, follow};
use crate::live::{Denied, FollowError, Worker, sse};

/// What a client says that comes back.
const LAST_EVENT_ID: &str = "last-event-id";

/// Follow a live room as server-sent events.
///
/// What is published in the room (`id: epoch:offset`) and the latest of its state, one JSON object each, with its `kind`. A client
/// that comes back with `Last-Event-ID` is sent what it missed; `{"kind":"subscribed"}` says where the stream stands and whether
/// that was all (`recovered`).
#[utoipa::path(
    get, path = "/v1/rooms/{id}/stream", operation_id = "follow_room", tag = "rooms",
    params(
        ("id" = String, Path, description = "The room"),
        ("token" = Option<String>, Query, description = "The token, where `Authorization: Bearer` cannot be sent"),
        ("user_id" = Option<String>, Query, description = "Who follows, where the node needs no token"),
        ("last_event_id" = Option<String>, Query, description = "The same as the header of that name, where it cannot be sent"),
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that came"),
    ),
    responses(
        (status = 200, description = "Events until the client goes", body = String, content_type = "text/event-stream"),
        (status = 401, description = "No token, or none of this node's", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not this room, or not from a page of this origin", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such room", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready, or too many connections", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(request: HttpRequest, room: web::Path<String>) -> Result<HttpResponse, ApiError> {
    check_room(&room, "/id").map_err(ApiError::Invalid)?;
    check_asked_by_script(&request)?;
    let worker = request.app_data::<Rc<Worker>>().ok_or_else(crowded)?;
    let [token, user, last] = parameters(&request, ["token", "user_id", "last_event_id"])?;
    // Whoever names a token means it, whatever key else the request carries.
    let token = token.or_else(|| bearer(&request).map(ToOwned::to_owned)).unwrap_or_default();
    let pass = worker.door().admit(&token, user.as_deref()).map_err(denied)?;
    if pass.rooms.as_ref().is_some_and(|rooms| rooms.iter().all(|known| **known != **room)) {
        return Err(refused(403, "room_not_allowed", "the token does not open this room"));
    }
    // What the browser says as it comes back by itself is newer than the address.
    let header = request.headers().get(LAST_EVENT_ID).and_then(|value| value.to_str().ok());
    // An id that is none of ours is of another life: nothing is known of what was missed.
    let since = header.or(last.as_deref()).map(|id| sse::since(id).unwrap_or_default());
    let events = follow(worker, pass, &room, since).await.map_err(unfollowed)?;
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        // Proxies of this kind keep answers back until they end, unless told otherwise.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events))
}

/// A picture or a link on any page could enter a room for whomever it names: they ask without saying where they stand, and say
/// so.
fn check_asked_by_script(request: &HttpRequest) -> Result<(), ApiError> {
    let mode = request.headers().get("sec-fetch-mode").and_then(|mode| mode.to_str().ok());
    match mode {
        Some("no-cors" | "navigate") => Err(refused(
            403,
            "origin_refused",
            "a stream is followed by EventSource or fetch, not by a link or a picture",
        )),
        _ => Ok(()),
    }
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn denied(why: Denied) -> ApiError {
    match why {
        Denied::Expired => refused(401, "token_expired", "the token has expired: get another one"),
        Denied::Invalid => refused(
            401,
            "token_invalid",
            "a token of this node is needed: `Authorization: Bearer TOKEN` or `?token=`",
        ),
    }
}

fn unfollowed(error: StreamError) -> ApiError {
    match error {
        StreamError::Crowded => crowded(),
        StreamError::Follow(FollowError::UnknownRoom) => {
            refused(404, "room_not_found", "there is no such room")
        }
        StreamError::Follow(FollowError::Unavailable) => {
            refused(503, "rooms_unavailable", "live rooms do not answer; try again in a moment")
        }
    }
}

fn refused(status: u16, code: &'static str, detail: &str) -> ApiError {
    ApiError::Stated {
        status,
        code,
        title: "The room cannot be followed",
        detail: detail.to_owned(),
        errors: Vec::new(),
    }
}
