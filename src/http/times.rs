//! Instants on the wire: RFC 3339 or Unix seconds or milliseconds in, RFC 3339 out.
//!
//! Not here: event time, which a node may correct (see `ingest`). A catalogue's times are taken as they
//! are, far in the future too.

use engine::Timestamp;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::fields::shorten;

/// Numbers from here on are milliseconds: as seconds they would lie past the year 5000.
const MILLIS_FROM: f64 = 1e11;
/// The end of the year 9999, the last that RFC 3339 can write.
const LATEST_MS: f64 = 253_402_300_799_999.0;

/// Why a value is no instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeFault {
    /// Neither a text nor a number.
    #[error("must be an RFC 3339 text or a number of Unix seconds or milliseconds")]
    WrongType,
    /// A text that is no RFC 3339 time.
    #[error("`{0}` is no time: send RFC 3339 with its offset (2026-10-01T09:00:00Z)")]
    Unreadable(String),
    /// A time without its offset.
    #[error("`{0}` has no offset: add Z for UTC or one like +02:00")]
    NoOffset(String),
    /// Before 1970 or after 9999.
    #[error("`{0}` is outside the years 1970 to 9999")]
    OutOfRange(String),
}

impl TimeFault {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongType => "wrong_type",
            Self::Unreadable(_) => "invalid_time",
            Self::NoOffset(_) => "time_without_offset",
            Self::OutOfRange(_) => "time_out_of_range",
        }
    }
}

/// The instant that `value` says.
///
/// # Errors
/// [`TimeFault`] where it says none.
pub fn read(value: &Value) -> Result<Timestamp, TimeFault> {
    match value {
        Value::String(text) => read_text(text),
        Value::Number(number) => {
            let number = number.as_f64().ok_or(TimeFault::WrongType)?;
            let millis = if number < MILLIS_FROM { number * 1_000.0 } else { number };
            in_range(millis).ok_or_else(|| TimeFault::OutOfRange(value.to_string()))
        }
        _ => Err(TimeFault::WrongType),
    }
}

fn read_text(text: &str) -> Result<Timestamp, TimeFault> {
    match OffsetDateTime::parse(text, &Rfc3339) {
        Ok(time) => in_range((time.unix_timestamp_nanos() / 1_000_000) as f64)
            .ok_or_else(|| TimeFault::OutOfRange(shorten(text))),
        Err(_) if OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339).is_ok() => {
            Err(TimeFault::NoOffset(shorten(text)))
        }
        Err(_) => Err(TimeFault::Unreadable(shorten(text))),
    }
}

fn in_range(millis: f64) -> Option<Timestamp> {
    (0.0..=LATEST_MS).contains(&millis).then(|| Timestamp::from_millis(millis.round() as u64))
}

/// `at` as RFC 3339 in UTC; past the year 9999 its end.
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    let millis = at.as_millis().min(LATEST_MS as u64);
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
