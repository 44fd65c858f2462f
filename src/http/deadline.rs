//! How long a request may take, and what must be applied before it is answered.
//!
//! `x-deadline-ms` counts from the arrival of the request's head; `x-freshet-min-position` is the
//! `position` of an earlier answer.

use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::Shared;
use super::entry::Arrival;
use super::error::ApiError;
use crate::clock::Stopwatch;
use crate::node::{Node, Position};

/// Header that sets the deadline.
pub const DEADLINE_HEADER: &str = "x-deadline-ms";
/// Header that names what must be applied.
pub const POSITION_HEADER: &str = "x-freshet-min-position";

/// A request's time.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    watch: Stopwatch,
    budget: Duration,
    after: Option<Position>,
}

impl Deadline {
    /// A deadline of something that nobody asked for over HTTP, from now on.
    #[must_use]
    pub fn within(budget: Duration) -> Self {
        Self { watch: Stopwatch::start(), budget, after: None }
    }

    /// What is left of it.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.budget.saturating_sub(self.watch.elapsed())
    }

    /// Time since the request arrived.
    #[must_use]
    pub fn spent(&self) -> Duration {
        self.watch.elapsed()
    }

    /// Waits for the position that the request names; `false` where the deadline comes first.
    pub async fn reach_position(&self, node: &Node) -> bool {
        match self.after {
            None => true,
            Some(position) => node.wait_for(position, self.left()).await,
        }
    }

    /// As [`Self::reach_position`], for reads that have no simpler answer to fall back to.
    ///
    /// # Errors
    /// [`ApiError::PositionNotReached`] where the deadline comes first.
    pub async fn insist_on_position(&self, node: &Node) -> Result<(), ApiError> {
        if self.reach_position(node).await { Ok(()) } else { Err(ApiError::PositionNotReached) }
    }
}

impl FromRequest for Deadline {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request))
    }
}

fn read(request: &HttpRequest) -> Result<Deadline, ApiError> {
    let watch = request.extensions().get::<Arrival>().map(|arrival| arrival.watch);
    let server = request.app_data::<web::Data<Shared>>().map(|shared| &shared.node.config.server);
    let (usual, most) =
        server.map_or((0, 0), |server| (server.default_deadline_ms, server.max_deadline_ms));
    let asked = header(request, DEADLINE_HEADER)?.map(parse_millis).transpose()?;
    Ok(Deadline {
        watch: watch.unwrap_or_else(Stopwatch::start),
        budget: Duration::from_millis(asked.unwrap_or(usual).min(most)),
        after: header(request, POSITION_HEADER)?.map(parse_position).transpose()?,
    })
}

fn parse_millis(text: &str) -> Result<u64, ApiError> {
    text.parse().ok().filter(|millis| 0 < *millis).ok_or_else(|| ApiError::BadHeader {
        name: DEADLINE_HEADER,
        reason: format!("`{text}` is not a whole number of milliseconds from 1"),
    })
}

fn parse_position(text: &str) -> Result<Position, ApiError> {
    text.parse().map_err(|error: crate::node::position::NotAPosition| ApiError::BadHeader {
        name: POSITION_HEADER,
        reason: error.to_string(),
    })
}

fn header<'r>(request: &'r HttpRequest, name: &'static str) -> Result<Option<&'r str>, ApiError> {
    let unreadable = |_| ApiError::BadHeader { name, reason: "is not ASCII text".to_owned() };
    request.headers().get(name).map(|value| value.to_str().map_err(unreadable)).transpose()
}
