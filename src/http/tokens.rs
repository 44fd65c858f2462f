//! `POST /v1/tokens`: tokens of users, for their browsers.
//!
//! A shop's server asks for one with the API key and hands it to the page. With it the page connects to live rooms, posts events
//! and asks for recommendations, all for that one user.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use config::AuthConfig;
use engine::{Timestamp, UserId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Shared;
use super::body::JsonBody;
use super::error::{ApiError, FieldError, Problem};
use super::fields::Fields;
use super::times::rfc3339;
use crate::clock::wall_now;
use crate::tokens::Claims;

/// Members of the body; a test holds them to [`TokenRequest`].
pub const KNOWN: [&str; 3] = ["user_id", "rooms", "ttl_s"];
/// The most rooms that a token may name: it must fit into a header.
const ROOMS: usize = 100;

/// For whom a token is made.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"user_id": "u1", "rooms": ["42"], "ttl_s": 3600}))]
pub struct TokenRequest {
    /// The user that its bearer will speak for (`sub`).
    #[schema(min_length = 1, max_length = 256)]
    pub user_id: String,
    /// Live rooms that may be entered, at most 100; all where none are named.
    pub rooms: Option<Vec<String>>,
    /// Seconds that it is good for; `auth.token_ttl_s` unless said, `auth.token_max_ttl_s` at most.
    #[schema(minimum = 1)]
    pub ttl_s: Option<u64>,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TokenAnswer {
    /// The token, a JWT.
    pub token: String,
    /// Whose it is.
    pub user_id: String,
    /// Rooms that may be entered; left out where all may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rooms: Option<Vec<Box<str>>>,
    /// Until when it is good.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// Make a token for a user.
///
/// Its bearer connects to live rooms as that user and, where an API key is set, posts events and asks for recommendations of
/// that user without the key.
#[utoipa::path(
    post, path = "/v1/tokens", operation_id = "make_token", tag = "users",
    request_body = TokenRequest,
    responses(
        (status = 200, description = "The token; nobody keeps a copy", body = TokenAnswer),
        (status = 409, description = "No key that signs tokens is configured", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something in the request is wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(shared: web::Data<Shared>, body: JsonBody) -> Result<HttpResponse, ApiError> {
    let claims = read(&body.0, &shared.node.config.auth, wall_now()).map_err(ApiError::Invalid)?;
    let token = shared.tokens.mint(&claims)?;
    let answer = TokenAnswer {
        token,
        user_id: claims.sub.as_str().to_owned(),
        expires_at: claims.exp.map_or_else(String::new, rfc3339),
        rooms: claims.rooms,
    };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(answer))
}

/// The claims of the token that `body` asks for at `now`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(body: &Value, auth: &AuthConfig, now: Timestamp) -> Result<Claims, Vec<FieldError>> {
    let mut fields = Fields::open(body, "", &KNOWN)?;
    let user = fields.id("user_id");
    let user = fields.need("user_id", user).map(UserId::new);
    let rooms = fields.ids("rooms", ROOMS);
    let ttl_s = fields.whole("ttl_s", 1..=auth.token_max_ttl_s).unwrap_or(auth.token_ttl_s);
    fields.finish()?;
    Ok(Claims {
        sub: user.ok_or_else(Vec::new)?,
        exp: Some(now.plus_millis(ttl_s * 1_000)),
        rooms: rooms.map(|rooms| rooms.into_iter().map(Box::from).collect()),
    })
}

#[cfg(test)]
mod tests;
