//! What connections need of the node: who may come in, and where what they say goes.
//!
//! Not here: the node's side of it (see `node_ports`).

use engine::UserId;
use futures_util::future::BoxFuture;

use super::presence::Sign;
use super::protocol::{Data, Refusal};

/// Who a connection is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speaker {
    /// The user that it speaks for.
    pub user: UserId,
    /// Rooms that it may enter; `None` for all.
    pub rooms: Option<Vec<Box<str>>>,
    /// Keyed hash of the network that it came from, 0 where it is not known.
    pub network: u32,
}

impl Speaker {
    /// Whether it may be in `room`.
    #[must_use]
    pub fn may_enter(&self, room: &str) -> bool {
        self.rooms.as_ref().is_none_or(|rooms| rooms.iter().any(|known| **known == *room))
    }
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The user that its bearer speaks for.
    pub user: UserId,
    /// Rooms that may be entered; `None` for all.
    pub rooms: Option<Vec<Box<str>>>,
    /// For how long it is good; `None` for ever.
    pub expires_in_ms: Option<u64>,
}

/// Why somebody may not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The token was good once: another one of the same user would do.
    Expired,
    /// It is not one of ours, or there is none.
    Invalid,
}

/// What became of an event.
#[derive(Clone, Debug)]
pub struct Taken {
    /// What the client is told.
    pub answer: Data,
    /// The room that it happened in.
    pub room: Option<Box<str>>,
}

/// Why an event was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turned {
    /// By what code.
    pub why: Refusal,
    /// What is wrong with it, where, and what was expected; empty where the code says it all.
    pub detail: String,
}

impl From<Refusal> for Turned {
    fn from(why: Refusal) -> Self {
        Self { why, detail: String::new() }
    }
}

/// Who may come in.
pub trait Door: Send + Sync {
    /// Whom the bearer of `token` speaks for. Where none is needed, for `said`, or for somebody whom nobody knows.
    ///
    /// # Errors
    /// [`Denied`]: why they may not.
    fn admit(&self, token: &str, said: Option<&str>) -> Result<Pass, Denied>;
}

/// Where what clients say goes.
pub trait Intake: Send + Sync {
    /// Takes one event, JSON, as said by `speaker`; done once it is applied.
    fn event(&self, speaker: Speaker, data: String) -> BoxFuture<'static, Result<Taken, Turned>>;

    /// Takes what was seen of users in rooms; `false` where it could not be taken now.
    fn signs(&self, signs: Vec<Sign>) -> BoxFuture<'static, bool>;
}
