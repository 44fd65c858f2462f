//! What can go wrong with a request, and the one place that says how each of it is answered.
//!
//! Handlers return [`ApiError`], which carries data. [`ApiError::meaning`] maps every variant to a
//! status, a stable code and a title in one exhaustive match. The entry middleware (see `entry`)
//! renders it as a [`Problem`] with the request's id.
//!
//! **Invariant:** a code, once shipped, keeps its meaning: clients branch on it.
//!
//! Not here: outcomes. Late, duplicate and set aside are answers, not errors.

mod rows;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use actors::{CutError, ReadError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::ingest::fault::NOT_YOURS;
use crate::node::{PoolError, SubmitError};
use crate::tokens::TokenError;
use rows::{media, not_ready, of_token, status_of, too_large, unavailable};

/// The media type of every error.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// An error as it is answered, RFC 9457.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "urn:freshet:problem:invalid_request", "title": "The request has errors", "status": 422,
    "code": "invalid_request", "detail": "/limt: `limt` is not known here; did you mean `limit`?",
    "request_id": "6f1c2d3e4a5b6978",
    "errors": [{"pointer": "/limt", "code": "unknown_field",
                "detail": "`limt` is not known here; did you mean `limit`?"}]
}))]
pub struct Problem {
    /// Names the sort of problem; the code behind a fixed prefix.
    #[serde(rename = "type")]
    pub kind: String,
    /// The sort of problem in words.
    #[schema(value_type = String)]
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// Stable code to branch on.
    pub code: String,
    /// What is wrong with this request, and what to do.
    pub detail: String,
    /// Id of the request, as in the header `x-request-id`.
    pub request_id: String,
    /// What is wrong where; empty where the request as a whole is meant.
    pub errors: Vec<FieldError>,
}

/// What is wrong at one place of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// RFC 6901 pointer into the body; for a query or a path, `/` and the parameter's name.
    pub pointer: String,
    /// Stable code.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// What is wrong, in words.
    pub detail: String,
}

impl FieldError {
    /// An error at `pointer`.
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, detail: detail.into() }
    }
}

/// Why a request is not answered as asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ApiError {
    /// The body is not JSON.
    #[error("the body is not JSON: {0}")]
    InvalidJson(String),
    /// The body is empty.
    #[error("the body is empty; send JSON")]
    EmptyBody,
    /// The body could not be read to its end or unpacked.
    #[error("the body could not be read: {0}")]
    BrokenBody(String),
    /// The body was not complete in time.
    #[error("the body was not complete after {within_s} s; send it in parts")]
    BodyTooSlow {
        /// Seconds that it had.
        within_s: u64,
    },
    /// The body is larger than the limit, unpacked.
    #[error("the body is larger than {limit} bytes, counted unpacked; send it in parts")]
    BodyTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// More entries than one body may have.
    #[error("the body holds {found} entries; the limit is {limit}; send it in parts")]
    TooManyEntries {
        /// Entries sent.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// Nested deeper than the limit.
    #[error("the body is nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Fields, parameters or values are wrong.
    #[error("{}", summary(.0))]
    Invalid(Vec<FieldError>),
    /// A header cannot be used.
    #[error("header `{name}`: {reason}")]
    BadHeader {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// No API key came along.
    #[error("this node asks for an API key: send `Authorization: Bearer KEY` or `x-api-key: KEY`")]
    KeyMissing,
    /// Another API key.
    #[error("the API key is not this node's")]
    KeyWrong,
    /// A user's token that is not believed, or none that can be made.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A user's token where the node's key is needed.
    #[error("a user's token posts events and asks for recommendations; {path} needs the API key")]
    NotPublishable {
        /// The path.
        path: String,
    },
    /// A token of one user, a request for another.
    #[error("the token speaks for `{own}` and for nobody else; {place} names another user")]
    NotYours {
        /// The token's user.
        own: String,
        /// Where the other one stands.
        place: String,
    },
    /// A name in `Host` that could be anybody's.
    #[error(
        "host `{host}` is refused: without an API key the node answers to localhost, to addresses and to the hosts of `server.origins` only"
    )]
    HostRefused {
        /// What the header said.
        host: String,
    },
    /// A web page from elsewhere.
    #[error(
        "origin `{origin}` is refused; add it to `server.origins` to let its pages call the node"
    )]
    OriginRefused {
        /// What the header said.
        origin: String,
    },
    /// A body that does not say it is JSON.
    #[error(
        "content type `{found}` is refused: send JSON and say so with `content-type: application/json` (or application/x-ndjson)"
    )]
    ContentType {
        /// What the header said; `none` where there is no header.
        found: String,
    },
    /// A body packed in a way that is not understood.
    #[error("content encoding `{found}` is not understood; send gzip, deflate or none")]
    Encoding {
        /// What the header said.
        found: String,
    },
    /// Nothing at this path.
    #[error("there is nothing at {path}; /docs lists what there is")]
    NoRoute {
        /// The path.
        path: String,
    },
    /// The path has other methods.
    #[error("{path} takes {allow}, not {method}")]
    MethodNotAllowed {
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// What the path takes, separated by commas.
        allow: String,
    },
    /// No such item, or one without a document.
    #[error("item `{item_id}` {state}")]
    UnknownItem {
        /// Its name.
        item_id: String,
        /// What is known of it.
        state: ItemState,
    },
    /// No such room.
    #[error("room `{room_id}` is not known: nobody described or entered it, or it was forgotten")]
    UnknownRoom {
        /// Its id.
        room_id: String,
    },
    /// There are as many rooms as there may be.
    #[error(
        "there are {most} rooms, as many as there may be (rooms.most_rooms); quiet ones are forgotten after a while"
    )]
    TooManyRooms {
        /// How many that is.
        most: usize,
    },
    /// Nothing is known of the user.
    #[error("nothing is known of user `{user_id}`")]
    UnknownUser {
        /// The name.
        user_id: String,
    },
    /// No such list, or none that is remembered.
    #[error(
        "list `{list}` is not on record: it was never served, is older than the log goes back (log.retention_hours), or was lost in a crash"
    )]
    UnknownList {
        /// Its id.
        list: String,
    },
    /// The list holds other items.
    #[error(
        "list `{list}` does not hold item `{item_id}`; POST /v1/explain tells what keeps an item out now"
    )]
    NotInList {
        /// Its id.
        list: String,
        /// The item.
        item_id: String,
    },
    /// A list or an explanation found no room on the ranking pool.
    #[error("{0}; try again in a moment")]
    Ranking(#[from] PoolError),
    /// The log cannot be read.
    #[error("{0}")]
    Log(String),
    /// State is still being rebuilt.
    #[error("the node is not ready: {phase}, {} % done; /readyz tells how far it is", (.progress * 100.0).floor())]
    NotReady {
        /// What it is at.
        phase: &'static str,
        /// Share that is done.
        progress: f64,
    },
    /// What must be applied first was not in time.
    #[error("the position of `x-freshet-min-position` was not reached before the deadline")]
    PositionNotReached,
    /// Records were not taken.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// A shard did not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// No checkpoint was taken.
    #[error(transparent)]
    Cut(#[from] CutError),
    /// A module with errors of its own has said everything.
    #[error("{detail}")]
    Stated {
        /// HTTP status.
        status: u16,
        /// Stable code.
        code: &'static str,
        /// The sort of problem in words.
        title: &'static str,
        /// What is wrong.
        detail: String,
        /// What is wrong where.
        errors: Vec<FieldError>,
    },
    /// An error that actix-web raised by itself.
    #[error("{detail}")]
    Framework {
        /// Its status.
        status: u16,
        /// What it said.
        detail: String,
    },
}

/// What is known of an item that has no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemState {
    /// Nobody ever named it.
    #[error("is not known")]
    Unknown,
    /// Events named it or it was deleted.
    #[error("has no document: it was deleted, or only events have named it")]
    Bare,
}

/// How an error is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable code.
    pub code: &'static str,
    /// The sort of problem in words.
    pub title: &'static str,
}

impl ApiError {
    /// One wrong field or parameter.
    #[must_use]
    pub fn field(
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, detail)])
    }

    /// The exhaustive mapping: status, code and title of every error.
    #[must_use]
    pub fn meaning(&self) -> Meaning {
        use StatusCode as S;
        let (status, code, title) = match self {
            Self::InvalidJson(_) => (S::BAD_REQUEST, "invalid_json", "The body is not JSON"),
            Self::EmptyBody => (S::BAD_REQUEST, "empty_body", "The body is empty"),
            Self::BrokenBody(_) => (S::BAD_REQUEST, "broken_body", "The body cannot be read"),
            Self::BodyTooSlow { .. } => {
                (S::REQUEST_TIMEOUT, "body_too_slow", "The body took too long")
            }
            Self::BodyTooLarge { .. } => too_large("body_too_large", "The body is too large"),
            Self::TooManyEntries { .. } => too_large("too_many_entries", "Too many entries"),
            Self::TooDeep { .. } => (S::UNPROCESSABLE_ENTITY, "too_deep", "Nested too deep"),
            Self::Invalid(_) => {
                (S::UNPROCESSABLE_ENTITY, "invalid_request", "The request has errors")
            }
            Self::BadHeader { .. } => (S::BAD_REQUEST, "invalid_header", "A header is wrong"),
            Self::KeyMissing => (S::UNAUTHORIZED, "api_key_missing", "An API key is needed"),
            Self::KeyWrong => (S::UNAUTHORIZED, "api_key_wrong", "The API key is wrong"),
            Self::Token(error) => of_token(error),
            Self::NotPublishable { .. } => {
                (S::FORBIDDEN, "api_key_needed", "A token is not enough here")
            }
            Self::NotYours { .. } => (S::FORBIDDEN, NOT_YOURS, "The token is another user's"),
            Self::HostRefused { .. } => (S::FORBIDDEN, "host_refused", "The host is refused"),
            Self::OriginRefused { .. } => (S::FORBIDDEN, "origin_refused", "The origin is refused"),
            Self::ContentType { .. } => media("unsupported_media_type", "The body must be JSON"),
            Self::Encoding { .. } => media("unsupported_encoding", "The body cannot be unpacked"),
            Self::NoRoute { .. } => (S::NOT_FOUND, "route_not_found", "No such path"),
            Self::MethodNotAllowed { .. } => {
                (S::METHOD_NOT_ALLOWED, "method_not_allowed", "The path has other methods")
            }
            Self::UnknownItem { .. } => (S::NOT_FOUND, "item_not_found", "No such item"),
            Self::UnknownRoom { .. } => (S::NOT_FOUND, "room_not_found", "No such room"),
            Self::TooManyRooms { .. } => (S::CONFLICT, "too_many_rooms", "Too many rooms"),
            Self::UnknownUser { .. } => (S::NOT_FOUND, "user_not_found", "No such user"),
            Self::UnknownList { .. } => {
                (S::NOT_FOUND, "recommendation_not_found", "No such list on record")
            }
            Self::NotInList { .. } => {
                (S::NOT_FOUND, "item_not_in_list", "The list does not hold the item")
            }
            Self::Ranking(_) => unavailable("ranking_busy", "Too many lists are being made"),
            Self::Log(_) => unavailable("log_unreadable", "The node cannot read its log"),
            Self::NotReady { .. }
            | Self::Submit(SubmitError::NotReady)
            | Self::Cut(CutError::Stopped) => not_ready(),
            Self::PositionNotReached => {
                unavailable("position_not_reached", "The position was not reached in time")
            }
            Self::Submit(SubmitError::Overloaded { .. }) => {
                unavailable("overloaded", "The node is fully used")
            }
            Self::Submit(SubmitError::TooLarge { .. }) => {
                (S::PAYLOAD_TOO_LARGE, "record_too_large", "One entry is too large")
            }
            Self::Submit(SubmitError::LogFailed(_)) => {
                unavailable("log_failed", "The node cannot write its log")
            }
            Self::Read(ReadError::Busy { .. }) => unavailable("shard_busy", "The shard is busy"),
            Self::Read(ReadError::Down { .. }) => unavailable("shard_down", "The shard is down"),
            Self::Cut(_) => unavailable("checkpoint_failed", "No checkpoint was taken"),
            Self::Stated { status, code, title, .. } => (status_of(*status), *code, *title),
            Self::Framework { status, .. } => {
                (status_of(*status), "request_refused", "The request cannot be served")
            }
        };
        Meaning { status, code, title }
    }

    /// After how many seconds it is worth trying again, where it is.
    #[must_use]
    pub fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::Submit(SubmitError::Overloaded { retry_after_s }) => Some(*retry_after_s),
            Self::Submit(SubmitError::LogFailed(_)) => Some(30),
            Self::Submit(SubmitError::NotReady)
            | Self::NotReady { .. }
            | Self::PositionNotReached
            | Self::Ranking(_)
            | Self::Read(_)
            | Self::Cut(_) => Some(1),
            _ => None,
        }
    }

    /// The problem document for the request called `request_id`.
    #[must_use]
    pub fn problem(&self, request_id: &str) -> Problem {
        let meaning = self.meaning();
        let errors = match self {
            Self::Invalid(errors) | Self::Stated { errors, .. } => errors.clone(),
            _ => Vec::new(),
        };
        Problem {
            kind: format!("urn:freshet:problem:{}", meaning.code),
            title: meaning.title,
            status: meaning.status.as_u16(),
            code: meaning.code.to_owned(),
            detail: self.to_string(),
            request_id: request_id.to_owned(),
            errors,
        }
    }

    /// The answer to the request called `request_id`.
    #[must_use]
    pub fn answer(&self, request_id: &str) -> HttpResponse {
        let mut answer = HttpResponse::build(self.meaning().status);
        answer.insert_header((header::CONTENT_TYPE, PROBLEM_JSON));
        if let Some(seconds) = self.retry_after_s() {
            answer.insert_header((header::RETRY_AFTER, seconds));
        }
        if let Self::MethodNotAllowed { allow, .. } = self
            && let Ok(value) = HeaderValue::from_str(allow)
        {
            answer.insert_header((header::ALLOW, value));
        }
        if matches!(self, Self::BodyTooSlow { .. }) {
            // What may still come of the body is no next request.
            answer.force_close();
        }
        if matches!(self, Self::KeyMissing | Self::KeyWrong) {
            answer.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        if matches!(self, Self::Token(_)) && self.meaning().status == StatusCode::UNAUTHORIZED {
            answer.insert_header((header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""));
        }
        match serde_json::to_vec(&self.problem(request_id)) {
            Ok(body) => answer.body(body),
            Err(_) => answer.finish(),
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.meaning().status
    }

    fn error_response(&self) -> HttpResponse {
        self.answer("")
    }
}

fn summary(errors: &[FieldError]) -> String {
    match errors {
        [] => "the request has errors".to_owned(),
        [one] => at(one),
        [first, rest @ ..] => format!("{} (and {} more)", at(first), rest.len()),
    }
}

fn at(error: &FieldError) -> String {
    if error.pointer.is_empty() {
        return error.detail.clone();
    }
    format!("{}: {}", error.pointer, error.detail)
}

#[cfg(test)]
mod tests;
