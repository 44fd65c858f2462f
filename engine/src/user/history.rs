//! The newest events one by one, and what becomes of those that fall out.
//!
//! A sign that the user is still in a live room is counted and not kept: one a minute would push all else out.
//!
//! The list runs [`TAIL`] entries past the [`HISTORY`] that are shown, so that the seen set is merged
//! once per so many events and not at each. An entry that leaves goes into the tiles of windows that
//! still look at it and, if it is on an item, into the seen set.

use super::seen;
use super::{Rules, User};
use crate::record::Event;
use crate::rooms::Act;
use crate::{EventTypeId, ItemIndex, Role, Timestamp};

/// Newest events, impressions apart, that are kept one by one.
pub const HISTORY: usize = 50;

/// Entries past [`HISTORY`] that may wait to be spilled together.
const TAIL: usize = 14;

/// Impressions that are kept one by one: ten pages of ten.
pub const MAX_EXPOSURES: usize = 100;

/// How long an impression is kept, in event time: the rule about exposures looks back one day.
pub const EXPOSURE_SPAN_MS: u64 = 24 * 3_600_000;

/// One event of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// On which item, where it was about one.
    pub item: Option<ItemIndex>,
    /// Its type.
    pub event_type: EventTypeId,
    /// Its own time.
    pub at: Timestamp,
}

impl User {
    /// Puts an event into its list, and lets go of what there is no room for.
    pub(super) fn keep(&mut self, event: &Event, role: Role, rules: &Rules) {
        let entry = Entry { item: event.item, event_type: event.event_type, at: event.at };
        if rules.act(event) == Some(Act::Heartbeat) {
            self.count_apart(entry, rules);
        } else if role == Role::Impression {
            insert(&mut self.exposures, entry);
        } else {
            insert(&mut self.history, entry);
            if HISTORY + TAIL < self.history.len() {
                self.spill(rules);
            }
        }
        self.drop_exposures(rules);
    }

    /// Makes the entry of an event on `item` at `at` one of another type.
    pub(crate) fn retype(
        &mut self,
        (item, at): (ItemIndex, Timestamp),
        from: EventTypeId,
        to: EventTypeId,
    ) {
        let is_it =
            |entry: &&mut Entry| (entry.item, entry.at, entry.event_type) == (Some(item), at, from);
        if let Some(entry) = self.history.iter_mut().find(is_it) {
            entry.event_type = to;
        }
    }

    /// Counts an event that is not kept.
    fn count_apart(&mut self, entry: Entry, rules: &Rules) {
        for track in rules.features.tracks() {
            if track.mask.contains(entry.event_type) && !track.is_closed(entry.at, self.newest) {
                track.record(&mut self.tiles, entry.at);
            }
        }
    }

    fn spill(&mut self, rules: &Rules) {
        let old = &self.history[HISTORY..];
        let newest = self.newest;
        for entry in old {
            for track in rules.features.tracks() {
                if track.mask.contains(entry.event_type) && !track.is_closed(entry.at, newest) {
                    track.record(&mut self.tiles, entry.at);
                }
            }
        }
        seen::merge(&mut self.seen, old);
        self.history.truncate(HISTORY);
    }

    fn drop_exposures(&mut self, rules: &Rules) {
        while let Some(oldest) = self.exposures.last().copied() {
            let expired = EXPOSURE_SPAN_MS <= self.newest.millis_since(oldest.at);
            if self.exposures.len() <= MAX_EXPOSURES && !expired {
                break;
            }
            self.exposures.pop();
            self.count_apart(oldest, rules);
        }
    }
}

/// Newest first; behind nothing that is as old, so that of equal times the later arrived is first.
fn insert(list: &mut Vec<Entry>, entry: Entry) {
    let place = list.partition_point(|other| entry.at < other.at);
    list.insert(place, entry);
}
