//! What a token says: for whom, until when, which rooms.

use engine::{Timestamp, UserId};
use serde_json::{Map, Value, json};

use super::compact;
use super::error::TokenError;
use crate::ingest::limits::ID_BYTES;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The user that its bearer speaks for.
    pub sub: UserId,
    /// Until when; `None` for ever.
    pub exp: Option<Timestamp>,
    /// Rooms that may be entered; `None` for all.
    pub rooms: Option<Vec<Box<str>>>,
}

impl Claims {
    /// Whether the bearer may be in `room`.
    #[must_use]
    pub fn may_enter(&self, room: &str) -> bool {
        self.rooms.as_ref().is_none_or(|rooms| rooms.iter().any(|known| **known == *room))
    }
}

/// Reads packed claims, of which the signature is known to be right.
pub fn read(claims: &str, now: Timestamp, leeway_ms: u64) -> Result<Claims, TokenError> {
    let claims = compact::object(claims, "its claims are no JSON object")?;
    let exp = time(&claims, "exp")?;
    if let Some(exp) = exp
        && exp.plus_millis(leeway_ms) <= now
    {
        return Err(TokenError::Expired { ago_s: now.millis_since(exp) / 1_000 });
    }
    if let Some(begin) = time(&claims, "nbf")?
        && now.plus_millis(leeway_ms) < begin
    {
        return Err(TokenError::Early { in_s: begin.millis_since(now).div_ceil(1_000) });
    }
    let sub = match claims.get("sub") {
        Some(Value::String(sub)) if (1..=ID_BYTES).contains(&sub.len()) => UserId::new(sub),
        Some(_) => return Err(claim("sub", "must be a user's id of 1 to 256 bytes")),
        None => return Err(claim("sub", "is missing: it says whose token it is")),
    };
    Ok(Claims { sub, exp, rooms: rooms(&claims)? })
}

/// The claims as they are signed.
pub fn written(claims: &Claims) -> Value {
    let mut written = json!({ "sub": claims.sub.as_str() });
    if let Some(exp) = claims.exp {
        // Whole seconds, rounded up: nobody's token ends before it was said to.
        written["exp"] = json!(exp.as_millis().div_ceil(1_000));
    }
    if let Some(rooms) = &claims.rooms {
        written["rooms"] = json!(rooms);
    }
    written
}

/// Seconds since the epoch, which may have a fraction.
fn time(claims: &Map<String, Value>, name: &'static str) -> Result<Option<Timestamp>, TokenError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_f64().filter(|seconds| (0.0..=1e12).contains(seconds));
    let seconds = seconds.ok_or_else(|| claim(name, "must be seconds since 1970"))?;
    Ok(Some(Timestamp::from_millis((seconds * 1_000.0) as u64)))
}

fn rooms(claims: &Map<String, Value>) -> Result<Option<Vec<Box<str>>>, TokenError> {
    let Some(value) = claims.get("rooms") else { return Ok(None) };
    let list = value.as_array().and_then(|rooms| {
        rooms.iter().map(|room| room.as_str().map(Box::from)).collect::<Option<Vec<_>>>()
    });
    list.map(Some).ok_or_else(|| claim("rooms", "must be a list of room ids"))
}

fn claim(claim: &'static str, reason: &'static str) -> TokenError {
    TokenError::Claim { claim, reason }
}
