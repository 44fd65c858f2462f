//! What can be wrong with a body or with one of its entries, as data; texts are made here alone.
//!
//! **Invariant:** a code, once shipped, keeps its meaning: clients branch on it.
//!
//! Not here: HTTP statuses beyond the number that each body error suggests, and problem documents.

use serde::Serialize;
use utoipa::ToSchema;

use super::limits;

/// Why a whole body was refused before any entry of it was looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Larger than the limit, unpacked.
    #[error("the body is larger than {limit} bytes; send it in parts")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// More events than the limit, `items` counted one by one.
    #[error("the body holds more than {limit} events (entries of `items` count); send it in parts")]
    TooManyEvents {
        /// The limit in events.
        limit: usize,
    },
    /// Nested deeper than the limit.
    #[error("the body is nested deeper than {limit} levels")]
    TooDeep {
        /// The limit in levels.
        limit: usize,
    },
    /// Not JSON as a whole.
    #[error("the body is not JSON: {what} at byte {offset}")]
    InvalidJson {
        /// What was found.
        what: String,
        /// Where, from 0.
        offset: usize,
    },
    /// Nothing in it.
    #[error("the body holds no event")]
    Empty,
    /// The envelope around the events has something wrong.
    #[error("{fault}")]
    Envelope {
        /// Where, as a JSON pointer into the body.
        pointer: String,
        /// What.
        fault: Fault,
    },
    /// `?format=` names none that is known.
    #[error("`{name}` is no format; {}", suggest(nearest.as_deref(), "known are segment, ga4, cloudevents"))]
    UnknownFormat {
        /// The name sent.
        name: String,
        /// The nearest known one.
        nearest: Option<String>,
    },
    /// The `Idempotency-Key` header is empty or too long.
    #[error("`Idempotency-Key` must have 1 to {limit} bytes, not {found}", limit = limits::ID_BYTES)]
    IdempotencyKey {
        /// Bytes sent.
        found: usize,
    },
}

impl BodyError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "body_too_large",
            Self::TooManyEvents { .. } => "too_many_events",
            Self::TooDeep { .. } => "too_deep",
            Self::InvalidJson { .. } => "invalid_json",
            Self::Empty => "empty_body",
            Self::Envelope { fault, .. } => fault.code(),
            Self::UnknownFormat { .. } => "unknown_format",
            Self::IdempotencyKey { .. } => "invalid_idempotency_key",
        }
    }

    /// HTTP status that says it.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::TooLarge { .. } | Self::TooManyEvents { .. } => 413,
            // NaN and the like make the body no JSON, however well they are named.
            Self::InvalidJson { .. }
            | Self::Envelope { fault: Fault::NotFinite { .. }, .. }
            | Self::Empty
            | Self::UnknownFormat { .. }
            | Self::IdempotencyKey { .. } => 400,
            Self::TooDeep { .. } | Self::Envelope { .. } => 422,
        }
    }

    /// Where in the body, as a JSON pointer; empty for the whole.
    #[must_use]
    pub fn pointer(&self) -> &str {
        match self {
            Self::Envelope { pointer, .. } => pointer,
            _ => "",
        }
    }
}

/// Code of an entry that names another user than its sender may speak for.
pub const NOT_YOURS: &str = "not_your_user";

/// What is wrong with one entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The entry is not JSON.
    #[error("not JSON: {what} at byte {offset} of the entry")]
    InvalidJson {
        /// What was found.
        what: String,
        /// Where, from 0.
        offset: usize,
    },
    /// A token that JSON does not have, or a number that no float holds.
    #[error(
        "{token} is not a number that can be kept; leave the field out or send a finite number"
    )]
    NotFinite {
        /// The token.
        token: String,
    },
    /// The field has another JSON type.
    #[error("must be {expected}, not {found}")]
    WrongType {
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A field that must be there is not.
    #[error("`{name}` is missing{hint}")]
    Missing {
        /// Name of the field.
        name: &'static str,
        /// What would do instead; may be empty.
        hint: &'static str,
    },
    /// A field that no event has.
    #[error("`{name}` is no field of an event; {}", suggest(nearest.as_deref(), "what is your own goes into `properties`"))]
    UnknownField {
        /// Name sent.
        name: String,
        /// The nearest known one.
        nearest: Option<String>,
    },
    /// An event type that is not declared.
    #[error("`{name}` is no event type; {}", suggest(nearest.as_deref(), "GET /v1/events/schema lists those declared"))]
    UnknownType {
        /// Name sent.
        name: String,
        /// The nearest known one.
        nearest: Option<String>,
    },
    /// The same thing said twice.
    #[error("`{name}` and `{other}` say the same thing; send one of them")]
    Conflict {
        /// One name.
        name: &'static str,
        /// The other name.
        other: &'static str,
    },
    /// An id is empty or too long.
    #[error("an id has 1 to {limit} bytes, not {found}", limit = limits::ID_BYTES)]
    IdLength {
        /// Bytes sent.
        found: usize,
    },
    /// A room's id is too long, or would be taken for another channel.
    #[error(
        "a room's id has at most {limit} bytes and does not end in `:state`",
        limit = limits::ROOM_ID_BYTES
    )]
    RoomId,
    /// A time that cannot be read.
    #[error(
        "`{text}` is no time: send RFC 3339 with its offset (2026-10-01T09:00:00Z) or Unix seconds or milliseconds"
    )]
    InvalidTime {
        /// What was sent, shortened.
        text: String,
    },
    /// An RFC 3339 time without its offset.
    #[error("`{text}` has no offset: add Z for UTC or one like +02:00")]
    TimeOffset {
        /// What was sent, shortened.
        text: String,
    },
    /// A time that no event has.
    #[error(
        "{text} is outside the years 1990 to 2200, read as seconds, milliseconds, micro- or nanoseconds by its size"
    )]
    TimeRange {
        /// What was sent, shortened.
        text: String,
    },
    /// A time that would move the stream's own clock out of all windows.
    #[error(
        "{text} is more than a year ahead of the newest event; under clock = \"event\" it would empty all windows"
    )]
    TimeAhead {
        /// What was sent, shortened.
        text: String,
    },
    /// A number outside its range.
    #[error("must be {expected}, not {found}")]
    OutOfRange {
        /// The range.
        expected: &'static str,
        /// What was sent, shortened.
        found: String,
    },
    /// Larger than the limit for one event.
    #[error("the event has {found} bytes; the limit is {limit}")]
    TooLarge {
        /// Bytes sent.
        found: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Nested deeper than the limit.
    #[error("the event is nested deeper than {limit} levels")]
    TooDeep {
        /// The limit in levels.
        limit: usize,
    },
    /// `items` without an entry.
    #[error("`items` holds nothing; leave the event out or name what it is about")]
    EmptyItems,
    /// A foreign envelope of a sort that is no behaviour event.
    #[error("{what}")]
    Unsupported {
        /// What, and what to do.
        what: &'static str,
    },
    /// Another user than the token's.
    #[error(
        "the token speaks for `{own}` and for nobody else; name that user or leave `user_id` out"
    )]
    NotYours {
        /// The token's user, shortened.
        own: String,
    },
    /// A row of an import that is not behind the one before it.
    #[error("`source_position` must grow from line to line: {found} came after {before}")]
    NotGrowing {
        /// Position sent.
        found: u64,
        /// Position before it.
        before: u64,
    },
}

impl Fault {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidJson { .. } => "invalid_json",
            Self::NotFinite { .. } => "not_finite",
            Self::WrongType { .. } => "wrong_type",
            Self::Missing { .. } => "missing_field",
            Self::UnknownField { .. } => "unknown_field",
            Self::UnknownType { .. } => "unknown_type",
            Self::Conflict { .. } => "conflicting_fields",
            Self::IdLength { .. } | Self::RoomId => "invalid_id",
            Self::InvalidTime { .. } => "invalid_time",
            Self::TimeOffset { .. } => "time_without_offset",
            Self::TimeRange { .. } | Self::TimeAhead { .. } => "time_out_of_range",
            Self::OutOfRange { .. } => "out_of_range",
            Self::TooLarge { .. } => "event_too_large",
            Self::TooDeep { .. } => "too_deep",
            Self::EmptyItems => "empty_items",
            Self::Unsupported { .. } => "unsupported",
            Self::NotYours { .. } => NOT_YOURS,
            Self::NotGrowing { .. } => "position_not_growing",
        }
    }

    /// This fault at a place in its entry.
    #[must_use]
    pub fn at(self, pointer: impl Into<String>) -> Flaw {
        Flaw { pointer: pointer.into(), fault: self }
    }
}

/// A fault and its place in the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// RFC 6901 pointer into the entry; empty for the whole of it.
    pub pointer: String,
    /// What is wrong there.
    pub fault: Fault,
}

/// An entry that was not taken, as it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rejected {
    /// Place of the entry in the body, from 0.
    pub index: usize,
    /// RFC 6901 pointer into the entry; empty for the whole of it.
    pub pointer: String,
    /// Stable code.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// What is wrong, in words.
    pub detail: String,
}

impl Rejected {
    /// The flaw of the entry at `index`, in words.
    #[must_use]
    pub fn new(index: usize, flaw: &Flaw) -> Self {
        let detail = flaw.fault.to_string();
        Self { index, pointer: flaw.pointer.clone(), code: flaw.fault.code(), detail }
    }
}

/// Something the node did to an entry that it took, as it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Warning {
    /// Place of the entry in the body, from 0.
    pub index: usize,
    /// RFC 6901 pointer into the entry.
    pub pointer: String,
    /// Stable code: `clock_future`, `clock_corrected`, `unknown_item` or `foreign_recommendation_id`.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// What was done, in words.
    pub detail: String,
}

fn suggest(nearest: Option<&str>, otherwise: &str) -> String {
    nearest.map_or_else(|| otherwise.to_owned(), |name| format!("did you mean `{name}`?"))
}

/// `text` cut to a length that an answer can repeat.
#[must_use]
pub fn shorten(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
