//! Bodies of requests: read to the end, unpacked, within the limits.
//!
//! **Invariant:** the limit counts unpacked bytes, so that a small gzip body cannot become a large one, and a
//! body has a time by which it must be there, so that nobody holds a connection by sending a byte now and then.
//!
//! A body past the limit is read on for a while and thrown away, because a client that still sends when
//! the answer comes would see a broken connection instead of the answer.

mod packing;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::StreamExt;
use serde_json::Value;

use super::Shared;
use super::error::{ApiError, FieldError};
use packing::Packing;

/// Bytes sent, as a multiple of the limit, that are read of a body that is refused anyway.
const DRAINED_LIMITS: usize = 4;

/// Time that a client gets to send a body: 8 MiB at a megabit and a half.
const BODY_WITHIN: Duration = Duration::from_secs(45);

/// A request's body, unpacked and within the limit.
#[derive(Clone, Debug)]
pub struct Body(pub web::Bytes);

impl FromRequest for Body {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = limits(request).body_bytes;
        let (packing, payload) = (Packing::of(request.headers()), payload.take());
        Box::pin(async move {
            let packed = in_time(BODY_WITHIN, read(payload, limit)).await?;
            packing.unpack(packed, limit).await.map(Self)
        })
    }
}

/// A request's body as one JSON value, within limit and depth.
#[derive(Clone, Debug)]
pub struct JsonBody(pub Value);

impl FromRequest for JsonBody {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let depth = limits(request).depth;
        let body = Body::from_request(request, payload);
        Box::pin(async move { parse(&body.await?.0, depth).map(Self) })
    }
}

/// What bodies are held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Unpacked bytes.
    pub body_bytes: usize,
    /// Levels of nesting.
    pub depth: usize,
    /// Entries of an array or lines.
    pub entries: usize,
}

/// The limits of this node.
#[must_use]
pub fn limits(request: &HttpRequest) -> Limits {
    let server = request.app_data::<web::Data<Shared>>().map(|shared| &shared.node.config.server);
    server.map_or(Limits { body_bytes: 0, depth: 0, entries: 0 }, |server| Limits {
        body_bytes: server.max_body_bytes,
        depth: server.max_json_depth,
        entries: server.max_body_events,
    })
}

/// Reads `bytes` as one JSON value.
///
/// # Errors
/// Where they are empty, nested too deep, not JSON, or say a member twice.
pub fn parse(bytes: &[u8], depth: usize) -> Result<Value, ApiError> {
    match parse_noting(bytes, depth)? {
        (value, twice) if twice.is_empty() => Ok(value),
        (_, twice) => Err(ApiError::Invalid(twice)),
    }
}

/// Reads `bytes` as one JSON value, and what is wrong where a member stands twice.
///
/// # Errors
/// Where they are empty, nested too deep or not JSON.
pub fn parse_noting(bytes: &[u8], depth: usize) -> Result<(Value, Vec<FieldError>), ApiError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ApiError::EmptyBody);
    }
    if depth < deepest(bytes) {
        return Err(ApiError::TooDeep { limit: depth });
    }
    let (value, twice) =
        crate::json::read(bytes).map_err(|error| ApiError::InvalidJson(error.to_string()))?;
    let said_twice =
        |pointer| FieldError::new(pointer, "conflicting_fields", "stands twice; send it once");
    Ok((value, twice.into_iter().map(said_twice).collect()))
}

/// Levels of brackets in JSON text, those inside strings not counted.
#[must_use]
pub fn deepest(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let (mut in_text, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

async fn read(mut stream: Payload, limit: usize) -> Result<web::Bytes, ApiError> {
    let mut body = web::BytesMut::new();
    let mut seen = 0_usize;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| refused(&error, limit))?;
        seen = seen.saturating_add(chunk.len());
        if limit.saturating_mul(DRAINED_LIMITS) < seen {
            break;
        }
        if seen <= limit {
            body.extend_from_slice(&chunk);
        }
    }
    if limit < seen {
        return Err(ApiError::BodyTooLarge { limit });
    }
    Ok(body.freeze())
}

async fn in_time<T>(
    within: Duration,
    read: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    let too_slow = |_| ApiError::BodyTooSlow { within_s: within.as_secs() };
    tokio::time::timeout(within, read).await.map_err(too_slow)?
}

fn refused(error: &PayloadError, limit: usize) -> ApiError {
    match error {
        PayloadError::Overflow => ApiError::BodyTooLarge { limit },
        PayloadError::Incomplete(_) => ApiError::BrokenBody("it ends early".to_owned()),
        PayloadError::Io(error) => ApiError::BrokenBody(error.to_string()),
        other => ApiError::BrokenBody(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
