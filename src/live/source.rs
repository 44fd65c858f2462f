//! What connections ask of live rooms: the port that whoever holds the rooms implements.
//!
//! Not here: rooms (see `engine::rooms`), and who follows them (see [`super::Hub`]).

use std::sync::Arc;

use engine::UserId;
use futures_util::future::BoxFuture;

/// One publication of a stream channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The life of the channel that the offset belongs to.
    pub epoch: Arc<str>,
    /// Its place; the first of an epoch is 1, and none is left out.
    pub offset: u64,
    /// One line of JSON.
    pub data: Arc<str>,
}

/// Up to where a client has a stream channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// In which life of the channel.
    pub epoch: String,
    /// The last offset that it has.
    pub offset: u64,
}

/// Where a stream channel stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its life.
    pub epoch: Arc<str>,
    /// Its newest offset; 0 before the first publication.
    pub offset: u64,
    /// Everything after what the client has, in order; `None` where that is not known, or nothing was asked.
    pub missed: Option<Vec<Published>>,
}

/// Why a channel cannot be followed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FollowError {
    /// Whoever holds the rooms does not answer, or has no place for one more.
    #[error("rooms do not answer")]
    Unavailable,
    /// There is no such room, and following it makes none.
    #[error("there is no such room")]
    UnknownRoom,
}

/// What connections ask of rooms.
///
/// Every method returns at once and calls nothing of the [`super::Hub`] before it has returned: the hub may hold a lock.
pub trait RoomSource: Send + Sync {
    /// Where the stream channel of `room` stands, and what was missed since.
    ///
    /// The connection is registered with the hub before; what is published meanwhile is held back and sent where its
    /// offset is past the answer's.
    fn follow(
        &self,
        room: &str,
        since: Option<Since>,
    ) -> BoxFuture<'static, Result<Standing, FollowError>>;

    /// Somebody follows `room:{id}:state` and nobody did before: all kinds are to be told anew.
    fn watch(&self, room: &str);

    /// Nobody follows `room:{id}:state` any more.
    fn unwatch(&self, room: &str);

    /// Somebody follows `user:{id}` and nobody did before.
    fn watch_user(&self, user: &UserId);

    /// Nobody follows `user:{id}` any more.
    fn unwatch_user(&self, user: &UserId);
}
