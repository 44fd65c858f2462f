//! What connections ask of rooms, asked of the rooms actor.
//!
//! Not here: who may ask (see `live`).

use std::sync::{Arc, Weak};
use std::time::Duration;

use actors::RoomsReader;
use engine::UserId;
use engine::rooms::{LiveRoom, Publication};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::voice::published;
use crate::live::{FollowError, Published, RoomSource, Since, Standing};
use crate::node::Node;

/// The most bytes that are sent to who comes back; past it they are told that something was missed, and fetch it anew. A
/// connection's queue holds more.
const MOST_MISSED_BYTES: usize = 512 * 1_024;

/// How long a room that nobody has entered yet is waited for: whoever follows it enters it, and that event is on its way.
const MADE_WITHIN: Duration = Duration::from_secs(3);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(10);

/// The rooms of a node, for connections.
pub struct AskRooms {
    node: Weak<Node>,
}

/// Where a channel stands, as the rooms' thread reads it.
struct Stands {
    epoch: String,
    offset: u64,
    missed: Option<Vec<Publication>>,
}

impl AskRooms {
    /// Asks the rooms of `node`.
    #[must_use]
    pub fn of(node: &Arc<Node>) -> Self {
        Self { node: Arc::downgrade(node) }
    }

    fn reader(&self) -> Option<RoomsReader> {
        Some(self.node.upgrade()?.running()?.rooms.clone())
    }
}

impl RoomSource for AskRooms {
    fn follow(
        &self,
        room: &str,
        since: Option<Since>,
    ) -> BoxFuture<'static, Result<Standing, FollowError>> {
        let (node, reader, room) = (Weak::clone(&self.node), self.reader(), room.to_owned());
        async move {
            let reader = reader.ok_or(FollowError::Unavailable)?;
            let looked = tokio::time::timeout(MADE_WITHIN, found(&reader, &room, since)).await;
            let stands = looked.map_err(|_| FollowError::UnknownRoom)??;
            let node = node.upgrade().ok_or(FollowError::Unavailable)?;
            let Stands { epoch, offset, missed } = stands;
            let written = |missed: Vec<Publication>| {
                missed.iter().map(|it| published(&node, &epoch, it)).collect()
            };
            let missed: Option<Vec<Published>> = missed.map(written);
            let missed = missed.filter(|missed| weight(missed) <= MOST_MISSED_BYTES);
            Ok(Standing { missed, offset, epoch: epoch.into() })
        }
        .boxed()
    }

    fn watch(&self, room: &str) {
        let Some(reader) = self.reader() else { return };
        let room = room.to_owned();
        actix_rt::spawn(async move { reader.watch(&room).await });
    }

    fn unwatch(&self, room: &str) {
        let Some(reader) = self.reader() else { return };
        let room = room.to_owned();
        actix_rt::spawn(async move { reader.unwatch(&room).await });
    }

    fn watch_user(&self, user: &UserId) {
        if let Some(node) = self.node.upgrade() {
            node.feeds.watch(&node, user);
        }
    }

    fn unwatch_user(&self, user: &UserId) {
        if let Some(node) = self.node.upgrade() {
            node.feeds.unwatch(&node, user);
        }
    }
}

fn weight(missed: &[Published]) -> usize {
    missed.iter().map(|it| it.data.len()).sum()
}

async fn found(
    reader: &RoomsReader,
    room: &str,
    since: Option<Since>,
) -> Result<Stands, FollowError> {
    loop {
        let since = since.clone();
        let read = Box::new(move |live: Option<&LiveRoom>| live.map(|live| stands(live, since)));
        match reader.room(room, read).await {
            Some(Some(stands)) => return Ok(stands),
            Some(None) => tokio::time::sleep(LOOK_AGAIN_AFTER).await,
            None => return Err(FollowError::Unavailable),
        }
    }
}

fn stands(live: &LiveRoom, since: Option<Since>) -> Stands {
    let channel = &live.channel;
    let missed = since.and_then(|Since { epoch, offset }| {
        let recovered = channel.recover(engine::rooms::Since { epoch: &epoch, offset });
        let all = || recovered.publications.iter().map(|it| (*it).clone()).collect();
        recovered.recovered.then(all)
    });
    Stands { epoch: channel.epoch().as_str().to_owned(), offset: channel.offset(), missed }
}
