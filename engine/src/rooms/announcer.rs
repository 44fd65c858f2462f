//! Which of a room's numbers and orders are worth sending, and when: what only the latest of matters.
//!
//! Numbers go out at most once a second and only if something changed or is still fading; an order of the shelf at most
//! four times a second and only if enough of the audience's attention would see another product.
//!
//! **Invariant:** an announcer is no part of a room's state. It may be asked at any rate and made anew at any time; it then says
//! everything once more, as every new subscriber is told everything.
//!
//! Not here: moments, which are published for good; names and JSON.

use super::{Room, RoomRules, RoomStats, moved, reordered};
use crate::{ItemIndex, Timestamp};

/// Heat below this, in points a second, is none: its fading is not told.
const COLD: f64 = 0.001;

/// The shelf in the order that this audience wants it in now.
#[derive(Clone, Debug, PartialEq)]
pub struct Feed {
    /// When, by the room's clock.
    pub at: Timestamp,
    /// Products, best first, with their pull.
    pub products: Vec<super::ProductNow>,
    /// The share of attention, 0 to 1, that sees another product than in the feed before; see [`moved`].
    pub moved: f64,
}

/// What is to be sent now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Announced {
    /// The room's numbers, where they changed.
    pub stats: Option<RoomStats>,
    /// The shelf's order, where it changed enough.
    pub feed: Option<Feed>,
}

/// What was sent of one room.
#[derive(Clone, Debug, Default)]
pub struct Announcer {
    stats: Option<RoomStats>,
    order: Option<Vec<ItemIndex>>,
    ordered_at: Timestamp,
}

impl Announcer {
    /// What is worth sending of `room` at `at`, and remembers it as sent.
    pub fn ask(&mut self, room: &Room, rules: &RoomRules, at: Timestamp) -> Announced {
        let at = at.max(room.clock());
        Announced { stats: self.stats(room, rules, at), feed: self.feed(room, rules, at) }
    }

    /// The numbers that were sent last.
    #[cfg(test)]
    fn latest_stats(&self) -> Option<&RoomStats> {
        self.stats.as_ref()
    }

    fn stats(&mut self, room: &Room, rules: &RoomRules, at: Timestamp) -> Option<RoomStats> {
        if let Some(last) = &self.stats
            && at.millis_since(last.at) < rules.config.stats_every_ms
        {
            return None;
        }
        let now = room.stats(at);
        let is_news = self.stats.as_ref().is_none_or(|last| {
            let is_warm = COLD < last.heat.iter().fold(0.0, |most, heat| heat.max(most));
            is_warm || !now.counts_like(last)
        });
        is_news.then(|| self.stats.insert(now).clone())
    }

    fn feed(&mut self, room: &Room, rules: &RoomRules, at: Timestamp) -> Option<Feed> {
        let config = &rules.config.shelf;
        if self.order.is_some() && at.millis_since(self.ordered_at) < config.every_ms {
            return None;
        }
        let on_shelf = room.shelf(at);
        let before = self.order.as_deref().unwrap_or_default();
        let products = reordered(before, &on_shelf, config.margin);
        let order: Vec<ItemIndex> = products.iter().map(|product| product.item).collect();
        let moved = moved(before, &order);
        let has_other_products = before.len() != order.len();
        if order.is_empty() && before.is_empty() {
            return None;
        }
        if self.order.is_some() && moved < config.least_moved && !has_other_products {
            return None;
        }
        self.order = Some(order);
        self.ordered_at = at;
        Some(Feed { at, products, moved })
    }
}

#[cfg(test)]
mod tests;
