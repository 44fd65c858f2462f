//! What the rooms actor says, passed on: publications and announcements to the hub, open rooms to ranking.
//!
//! **Invariant:** everything is written once, whoever many follow it, and nothing here waits.
//!
//! Not here: when rooms say something (see `actors`), who follows them (see `live`).

use std::sync::{Arc, Weak};

use actors::RoomListener;
use engine::patterns::PatternMatch;
use engine::rooms::{Announced, ChannelEpoch, LiveRoom, Publication, RoomNow, RoomsView};
use engine::{CategoryId, ItemIndex, Timestamp, UserId};
use rustc_hash::FxHashMap;

use super::{item_of, payload};
use crate::live::Published;
use crate::node::Node;

/// Listens to the rooms of a node.
pub struct Voice {
    node: Weak<Node>,
}

impl Voice {
    /// Passes on what the rooms of `node` say.
    #[must_use]
    pub fn of(node: &Arc<Node>) -> Self {
        Self { node: Arc::downgrade(node) }
    }
}

impl RoomListener for Voice {
    fn now(&self) -> Timestamp {
        self.node.upgrade().map_or(Timestamp::EPOCH, |node| node.now())
    }

    fn published(&self, room: &str, epoch: &ChannelEpoch, publication: &Publication) {
        let Some(node) = self.node.upgrade() else { return };
        if node.hub.is_followed(&format!("room:{room}")) {
            node.hub.publish(room, published(&node, epoch.as_str(), publication));
        }
    }

    fn is_watched(&self, room: &str) -> bool {
        let channel = format!("room:{room}:state");
        self.node.upgrade().is_some_and(|node| node.hub.is_followed(&channel))
    }

    fn matched(&self, matches: &[PatternMatch]) {
        let Some(node) = self.node.upgrade() else { return };
        let mut told: Vec<&UserId> = Vec::new();
        for matched in matches {
            let channel = format!("user:{}", matched.user.as_str());
            if told.contains(&&matched.user) || !node.hub.is_followed(&channel) {
                continue;
            }
            told.push(&matched.user);
            // All of one user's together, as one line.
            let theirs = matches.iter().filter(|it| it.user == matched.user);
            node.hub.say_once(&channel, payload::matches(theirs).into());
        }
    }

    fn announced(&self, room: &str, announced: &Announced) {
        let Some(node) = self.node.upgrade() else { return };
        let channel = format!("room:{room}:state");
        if let Some(stats) = &announced.stats {
            node.hub.tell(&channel, "room_stats", payload::stats(room, stats).into());
        }
        if let Some(feed) = &announced.feed {
            node.hub.tell(&channel, "feed", payload::feed(&node, room, feed).into());
        }
    }

    fn changed(&self, rooms: &mut dyn Iterator<Item = (&str, Option<&LiveRoom>)>) {
        let Some(node) = self.node.upgrade() else { return };
        let before = node.rooms_now();
        let (mut open, mut ended) = (kept(&before), Vec::new());
        let now = node.now();
        for (name, live) in rooms {
            // An item is registered with the first event that names it; until then nobody was there.
            let Some(item) = node.catalogue.index_of(&item_of(name)) else { continue };
            let state = live.and_then(|live| of(&node, live, now));
            if let Some(state) = state {
                open.insert(item, Arc::new(state));
            } else if open.remove(&item).is_some() {
                ended.push(Box::<str>::from(name));
            }
        }
        node.show_rooms(RoomsView::new(open));
        node.rooms_ended(ended);
    }
}

/// A publication as it goes out.
pub(super) fn published(node: &Node, epoch: &str, publication: &Publication) -> Published {
    Published {
        epoch: epoch.into(),
        offset: publication.offset,
        data: payload::publication(node, publication).into(),
    }
}

fn kept(before: &RoomsView) -> FxHashMap<ItemIndex, Arc<RoomNow>> {
    let items = before.hottest().iter();
    items.filter_map(|item| Some((*item, before.shared(*item)?))).collect()
}

/// A room as ranking reads it; `None` where it is not open.
fn of(node: &Node, live: &LiveRoom, now: Timestamp) -> Option<RoomNow> {
    let room = RoomNow::of(&live.room, categories(node, live), now)?;
    let host_item = room.host.as_deref().and_then(|host| node.catalogue.index_of(host));
    Some(RoomNow { host_item, ..room })
}

fn categories(node: &Node, live: &LiveRoom) -> Vec<CategoryId> {
    live.room.about().categories.iter().filter_map(|name| node.catalogue.category(name)).collect()
}
