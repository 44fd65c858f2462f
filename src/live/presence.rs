//! What connections say of who is in which room: signs, on their way to become events.
//!
//! The first connection of a user to a room is a `live_join`, the last one to leave it a `live_leave` (with `lost` where the
//! connection was gone without a word), and whoever follows and is silent is spoken for by a `live_heartbeat`. They go through
//! the log like any event, in the order in which they happened here.
//!
//! Not here: who of those who come was there a moment ago (see `http/sockets/returns`); what signs mean for a room (see
//! `engine::rooms`); that everybody was lost when a node stops: the next start says so.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine::UserId;
use tokio::sync::Notify;

use super::audience::Leaving;
use super::hub::Hub;
use super::ports::Intake;

/// Signs that are told at once.
const TOLD_AT_ONCE: usize = 256;
/// How soon signs that could not be told are told again.
const AGAIN_AFTER: Duration = Duration::from_millis(200);
/// Of a viewer's silence, how often it is looked for.
const LOOKS: u32 = 12;

/// Something seen of a user in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Their first connection follows the room.
    Joined {
        /// The room.
        room: Box<str>,
        /// Who.
        user: UserId,
    },
    /// No connection of theirs follows it any more.
    Left {
        /// The room.
        room: Box<str>,
        /// Who.
        user: UserId,
        /// How the last one went.
        how: Leaving,
    },
    /// They follow it as before: they are silent, or were gone for a moment.
    Still {
        /// The room.
        room: Box<str>,
        /// Who.
        user: UserId,
    },
}

impl Sign {
    /// The room, and who.
    #[must_use]
    pub fn place(&self) -> (&str, &UserId) {
        match self {
            Self::Joined { room, user }
            | Self::Left { room, user, .. }
            | Self::Still { room, user } => (room, user),
        }
    }
}

/// Signs that are not events yet, in order.
///
/// Not bounded: two for each time that a connection comes and goes, and connections are.
#[derive(Debug, Default)]
pub(super) struct Signs {
    waiting: Mutex<VecDeque<Sign>>,
    woken: Notify,
}

impl Signs {
    /// One more.
    pub(super) fn put(&self, sign: Sign) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(sign);
        self.woken.notify_one();
    }

    /// The oldest, `most` at most, once there is one.
    pub(super) async fn take(&self, most: usize) -> Vec<Sign> {
        loop {
            {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                if !waiting.is_empty() {
                    let taken = waiting.len().min(most);
                    return waiting.drain(..taken).collect();
                }
            }
            self.woken.notified().await;
        }
    }
}

/// Tells `intake` what is seen of viewers, and speaks for those who are silent for so long; ends with the node.
pub async fn speak_for_viewers(hub: Hub, intake: Arc<dyn Intake>, silent: Duration) {
    let telling = async {
        loop {
            let signs = hub.signs().take(TOLD_AT_ONCE).await;
            while !intake.signs(signs.clone()).await && !hub.is_stopping() {
                tokio::time::sleep(AGAIN_AFTER).await;
            }
        }
    };
    let watching = async {
        loop {
            tokio::time::sleep(silent / LOOKS).await;
            hub.speak_for_the_silent(silent);
        }
    };
    let ((), ()) = tokio::join!(telling, watching);
}
