//! The way to the user's view within the deadline, and what is known when it does not come.
//!
//! **Invariant:** a request waits for a shard at most until its deadline; past it a rung answers that
//! needs no shard.

use actors::ReadError;
use engine::UserId;
use engine::user::UserView;

use crate::clock::Stopwatch;
use crate::http::deadline::Deadline;
use crate::node::Node;

/// What is known of a user when the list is made.
#[derive(Debug)]
pub enum Known {
    /// The user's view, and how long ago it was taken.
    View(Box<UserView>, Stopwatch),
    /// Nothing in time.
    Missing(Missed),
}

/// Why there is no view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// The position that the caller named was not applied in time.
    Position,
    /// The shard did not answer in time.
    Late,
    /// The shard has too many readers.
    Busy,
    /// The shard is being resumed.
    Down,
}

impl Missed {
    fn label(self) -> &'static str {
        match self {
            Self::Position => "position",
            Self::Late => "late",
            Self::Busy => "busy",
            Self::Down => "down",
        }
    }
}

/// Fetches what is known of `user`, waiting at most until `deadline`.
pub async fn fetch(node: &Node, user: &UserId, deadline: &Deadline) -> Known {
    if !deadline.reach_position(node).await {
        return missed(Missed::Position);
    }
    let (at, watch) = (node.now(), Stopwatch::start());
    let viewed = tokio::time::timeout(deadline.left(), node.view(user, at)).await;
    metrics::histogram!("freshet_recommend_duration_seconds", "stage" => "view")
        .record(watch.elapsed().as_secs_f64());
    match viewed {
        Ok(Ok(view)) => Known::View(Box::new(view), Stopwatch::start()),
        Ok(Err(ReadError::Busy { .. })) => missed(Missed::Busy),
        Ok(Err(ReadError::Down { .. })) => missed(Missed::Down),
        Err(_) => missed(Missed::Late),
    }
}

fn missed(why: Missed) -> Known {
    metrics::counter!("freshet_recommend_views_missed_total", "why" => why.label()).increment(1);
    Known::Missing(why)
}
