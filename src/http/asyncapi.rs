//! The description of live rooms: `GET /asyncapi.json`, an AsyncAPI 3.0 document.
//!
//! The text stands beside this file; the version is put in. Tests hold it to the code: what it refers to is there, its examples
//! are what its schemas say, and every kind that rooms send is in it.
//!
//! Not here: the HTTP interface (see `openapi`).

use std::sync::LazyLock;

use actix_web::HttpResponse;

const TEXT: &str = include_str!("asyncapi/asyncapi.json");

static DESCRIPTION: LazyLock<String> = LazyLock::new(|| {
    TEXT.replacen("\"VERSION\"", concat!("\"", env!("CARGO_PKG_VERSION"), "\""), 1)
});

/// The description as JSON text.
#[must_use]
pub fn text() -> &'static str {
    &DESCRIPTION
}

/// The description of live rooms.
///
/// Channels and messages of the WebSocket and of the server-sent events.
#[utoipa::path(get, path = "/asyncapi.json", operation_id = "get_asyncapi", tag = "operations",
    responses((status = 200, description = "AsyncAPI 3.0", body = Object)))]
pub async fn get() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(text())
}

#[cfg(test)]
mod tests;
