//! A room as an answer that does not end: the stream and the state of one room, for those who cannot open a WebSocket.
//!
//! What waits is bounded as for any connection. A client that comes back says up to where it has the stream by the id of the
//! last event; where it reads too slowly, or something is missing on the way to it, the answer ends and it comes back.
//!
//! Not here: the request (see `http/sockets`).

use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::web::Bytes;
use futures_util::Stream;

use super::audience::Leaving;
use super::connection::{Connection, End, Wire};
use super::delivery::Form;
use super::member::Member;
use super::ports::Pass;
use super::source::{FollowError, Since};
use super::sse;
use super::subscription::Delivered;
use super::worker::{Crowded, Worker};

/// How soon a client comes back whose answer has ended: half of it at least.
const RETRY_MS: u64 = 2_000;
/// The longest that rooms are waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Why a room cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// There is no room for one more connection.
    #[error("too many connections")]
    Crowded,
    /// Whoever holds the rooms says no.
    #[error(transparent)]
    Follow(#[from] FollowError),
}

impl From<Crowded> for StreamError {
    fn from(_: Crowded) -> Self {
        Self::Crowded
    }
}

/// Bytes of an answer, as long as its client takes them.
pub struct Events {
    worker: Rc<Worker>,
    member: Rc<Member>,
}

/// Follows `room` for the bearer of `pass`.
///
/// # Errors
/// Where there is no room for one more connection, or the room cannot be followed.
pub async fn follow(
    worker: &Rc<Worker>,
    pass: Pass,
    room: &str,
    since: Option<Since>,
) -> Result<Events, StreamError> {
    let config = &worker.service.config;
    let member = worker.enter(|number| Connection::new(number, Wire::Body, config.queue_bytes))?;
    // From here on the place is given back when the answer is dropped, whatever happens.
    let events = Events { worker: Rc::clone(worker), member };
    let expires_ms = pass.expires_in_ms.map(|ms| worker.now_ms() + ms);
    events.member.is(pass.user, expires_ms);
    events.begin(room, since).await?;
    Ok(events)
}

impl Events {
    async fn begin(&self, room: &str, since: Option<Since>) -> Result<(), FollowError> {
        let Self { worker, member } = self;
        let user = member.user().ok_or(FollowError::Unavailable)?;
        let source = worker.service.hub.source().ok_or(FollowError::Unavailable)?;
        let channel = format!("room:{room}");
        let place = worker.follow_stream(member, user, &channel, Form::Events);
        let is_recovering = since.is_some();
        let answer = tokio::time::timeout(ANSWER_WITHIN, source.follow(room, since)).await;
        let standing = match answer.unwrap_or(Err(FollowError::Unavailable)) {
            Ok(standing) => standing,
            Err(error) => {
                worker.unfollow(member, &place, Leaving::Lost);
                return Err(error);
            }
        };
        let connection = &member.connection;
        connection.send(sse::retry(retry_ms()));
        let missed = standing.missed.as_deref().filter(|_| is_recovering);
        if let Some(missed) = missed {
            // First: whoever loses the connection in the middle has the id of the last one that came.
            connection.send(sse::missed(&channel, missed));
        }
        let recovered = is_recovering.then_some(missed.is_some());
        connection.send(sse::beginning(&standing.epoch, standing.offset, recovered));
        if place.begin(&standing) == Delivered::Gap {
            worker.lost(&place);
        }
        let state = format!("{channel}:state");
        worker.follow_state(member, user, (&state, Form::Events), || ());
        Ok(())
    }
}

impl Stream for Events {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.member.connection.poll_take(context).map(|bytes| bytes.map(Ok))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let why = self.member.connection.ended().unwrap_or(End::Lost);
        self.worker.exit(&self.member, why);
    }
}

/// Not the same for all: they do not come back in one instant.
fn retry_ms() -> u64 {
    RETRY_MS / 2 + RandomState::new().hash_one(0) % (RETRY_MS / 2)
}
