//! `/v1/rooms`: live rooms. What a room is (see `document`), what its host says (`messages`), how it stands (`state`).
//!
//! A room comes into being by its description here or by the first event that names it. It is an item, too: `room:{id}` of kind
//! `live_room`, which is recommended while the room is open.
//!
//! **Invariant:** a room's description and its item are written in one commit.
//!
//! **Invariant:** what is told of rooms holds what was acknowledged before, where rooms follow within `events.apply_deadline_ms`.
//!
//! Not here: what viewers do (events), what they are sent (`live`).

pub mod document;
pub mod messages;
pub mod state;

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use engine::rooms::{LiveRoom, LiveRooms, RoomTold};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Shared;
use super::body::JsonBody;
use super::error::{ApiError, FieldError, Problem};
use super::fields::{Fields, check_id};
use super::items::{Written, written};
use super::query::{self, Sort};
use crate::event_log::Draft;
use crate::node::{AckLevel, Node, Running};
use document::RoomBody;
use state::RoomSummary;

/// Rooms of a page where the caller does not say how many, and at most.
const PAGE: (u64, u64) = (50, 1_000);
const CURSOR_PREFIX: &str = "r1-";

/// The longest id of a room, in bytes.
const ID_BYTES: usize = crate::ingest::limits::ROOM_ID_BYTES;

/// A page of rooms.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RoomPage {
    /// Rooms in the order of their ids.
    pub rooms: Vec<RoomSummary>,
    /// Where the next page begins; null behind the last one.
    pub next_cursor: Option<String>,
}

/// Describe a room, and open it.
///
/// The whole description is replaced; what is left out is unset. A room that was closed is open again.
#[utoipa::path(
    put, path = "/v1/rooms/{id}", operation_id = "put_room", tag = "rooms",
    params(("id" = String, Path, description = "The room")),
    request_body = RoomBody,
    responses(
        (status = 200, description = "Durable and applied", body = Written),
        (status = 202, description = "Durable, not applied yet", body = Written),
        (status = 409, description = "There are as many rooms as there may be", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not taken; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn put(
    shared: web::Data<Shared>,
    path: web::Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let room = named(path)?;
    let described = document::read(&body.0, &room).map_err(ApiError::Invalid)?;
    insist_on_space(&shared.node, &room).await?;
    let _turn = shared.item_order.put(&crate::rooms::item_of(&room)).await;
    store(&shared, described.drafts(&room, shared.node.now())).await
}

/// A room's description.
#[utoipa::path(
    get, path = "/v1/rooms/{id}", operation_id = "get_room", tag = "rooms",
    params(("id" = String, Path, description = "The room")),
    responses(
        (status = 200, description = "The description, and whether it is open", body = RoomBody),
        (status = 404, description = "No such room", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    shared: web::Data<Shared>,
    path: web::Path<String>,
) -> Result<web::Json<RoomBody>, ApiError> {
    let room = named(path)?;
    let now = shared.node.now();
    let read = move |live: &LiveRoom| (live.room.about().clone(), live.room.is_on(now));
    let (about, is_open) = find(&shared.node, &room, read).await?;
    Ok(web::Json(RoomBody::of(&shared.node.catalogue, &room, (&about, is_open))))
}

/// Close a room.
///
/// All stays end, it leaves every list at once, and who follows it is told and offered the next.
#[utoipa::path(
    delete, path = "/v1/rooms/{id}", operation_id = "close_room", tag = "rooms",
    params(("id" = String, Path, description = "The room")),
    responses(
        (status = 200, description = "Durable and applied", body = Written),
        (status = 202, description = "Durable, not applied yet", body = Written),
        (status = 404, description = "No such room", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn delete(
    shared: web::Data<Shared>,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let room = named(path)?;
    find(&shared.node, &room, |_| ()).await?;
    let at = shared.node.now();
    store(&shared, vec![told(&room, RoomTold::Closed, Vec::new(), at)]).await
}

/// Live rooms, page by page.
#[utoipa::path(
    get, path = "/v1/rooms", operation_id = "list_rooms", tag = "rooms",
    params(
        ("limit" = Option<u64>, Query, description = "Rooms of a page, 50 unless said", minimum = 1, maximum = 1000, example = 50),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("open" = Option<bool>, Query, description = "Only rooms that are open, or only those that are not"),
    ),
    responses(
        (status = 200, description = "A page", body = RoomPage),
        (status = 422, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    shared: web::Data<Shared>,
    request: HttpRequest,
) -> Result<web::Json<RoomPage>, ApiError> {
    let sorts = [("limit", Sort::Whole), ("cursor", Sort::Text), ("open", Sort::Flag)];
    let parameters = Value::Object(query::object(request.query_string(), &sorts)?);
    let mut fields =
        Fields::open(&parameters, "", &["limit", "cursor", "open"]).map_err(ApiError::Invalid)?;
    let limit = fields.whole("limit", 1..=PAGE.1).unwrap_or(PAGE.0) as usize;
    let behind = cursor(&mut fields);
    let open = fields.flag("open");
    fields.finish().map_err(ApiError::Invalid)?;
    let now = shared.node.now();
    let read = move |rooms: &LiveRooms| {
        let behind = rooms.after(behind.as_deref());
        let wanted =
            behind.filter(|(_, live)| open.is_none_or(|open| live.room.is_on(now) == open));
        let mut found: Vec<RoomSummary> =
            wanted.take(limit + 1).map(|(name, live)| RoomSummary::of(name, live, now)).collect();
        let more = limit < found.len();
        found.truncate(limit);
        (found, more)
    };
    let running = abreast(&shared.node).await?;
    let (rooms, more) = running.rooms.all(read).await.ok_or_else(not_ready)?;
    let last = rooms.last().filter(|_| more);
    let next_cursor = last.map(|last| format!("{CURSOR_PREFIX}{}", last.room_id));
    Ok(web::Json(RoomPage { rooms, next_cursor }))
}

fn cursor(fields: &mut Fields<'_>) -> Option<String> {
    let text = fields.text("cursor", ID_BYTES + CURSOR_PREFIX.len())?;
    let Some(behind) = text.strip_prefix(CURSOR_PREFIX) else {
        let detail = "is no cursor; give back the `next_cursor` of the page before";
        fields.refuse("cursor", "invalid_cursor", detail);
        return None;
    };
    Some(behind.to_owned())
}

/// The room that the path names.
fn named(path: web::Path<String>) -> Result<String, ApiError> {
    let room = path.into_inner();
    check_room(&room, "/id").map_err(ApiError::Invalid)?;
    Ok(room)
}

/// Whether a room may be called so.
///
/// # Errors
/// Where it may not.
pub fn check_room(room: &str, pointer: &str) -> Result<(), Vec<FieldError>> {
    check_id(room, pointer.to_owned())?;
    let refuse = |code, detail: String| Err(vec![FieldError::new(pointer, code, detail)]);
    if ID_BYTES < room.len() {
        let detail = format!("must have at most {ID_BYTES} bytes, not {}", room.len());
        return refuse("too_long", detail);
    }
    if room.ends_with(":state") {
        return refuse(
            "invalid_id",
            "must not end in `:state`, as channels of rooms do".to_owned(),
        );
    }
    Ok(())
}

/// A draft that tells a room something.
fn told(room: &str, told: RoomTold, products: Vec<Box<str>>, at: engine::Timestamp) -> Draft {
    Draft::RoomTold { room: room.into(), told, products, at }
}

async fn store(shared: &Shared, drafts: Vec<Draft>) -> Result<HttpResponse, ApiError> {
    let mut submitted = shared.node.submit(drafts, AckLevel::Applied).await?;
    // No shard has these records: they are applied when the rooms have them.
    if let (Some(position), Some(running)) = (submitted.position, shared.node.running()) {
        let deadline = Duration::from_millis(shared.node.config.events.apply_deadline_ms);
        let reached = running.rooms.reached(position.0);
        submitted.applied &= tokio::time::timeout(deadline, reached).await.is_ok();
    }
    let (status, written) = written(&submitted);
    Ok(HttpResponse::build(status).json(written))
}

/// The node, once its rooms have taken in everything that was acknowledged before; they follow the log by milliseconds.
async fn abreast(node: &Node) -> Result<&Running, ApiError> {
    let running = node.running().ok_or_else(not_ready)?;
    let deadline = Duration::from_millis(node.config.events.apply_deadline_ms);
    let caught_up = running.rooms.caught_up(node.durable_through());
    // Past it they are told as they stand, as a write is that is not applied in time.
    let _ = tokio::time::timeout(deadline, caught_up).await;
    Ok(running)
}

/// What `read` makes of a room.
///
/// # Errors
/// [`ApiError::UnknownRoom`] where there is none.
async fn find<R: Send + 'static>(
    node: &Node,
    room: &str,
    read: impl FnOnce(&LiveRoom) -> R + Send + 'static,
) -> Result<R, ApiError> {
    let running = abreast(node).await?;
    let found = running.rooms.room(room, Box::new(|live| live.map(read))).await;
    found.ok_or_else(not_ready)?.ok_or_else(|| ApiError::UnknownRoom { room_id: room.to_owned() })
}

/// Refuses a further room where there are as many as there may be.
async fn insist_on_space(node: &Node, room: &str) -> Result<(), ApiError> {
    let (room, most) = (room.to_owned(), node.config.rooms.most_rooms);
    let running = node.running().ok_or_else(not_ready)?;
    let fits = move |rooms: &LiveRooms| rooms.get(&room).is_some() || rooms.len() < most;
    let fits = running.rooms.all(fits).await.ok_or_else(not_ready)?;
    if fits { Ok(()) } else { Err(ApiError::TooManyRooms { most }) }
}

fn not_ready() -> ApiError {
    ApiError::Submit(crate::node::SubmitError::NotReady)
}
