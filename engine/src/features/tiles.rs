//! Counts of events that no longer stand in a user's history, in tiles of event time.
//!
//! A user's newest events are kept one by one, so a count over them is exact. Only what falls out of
//! that list while a window still looks at it goes into a tile. A busy user's count is then exact to
//! one tile: never less than what happened, at most what happened in one tile more.
//!
//! **Invariant:** no clock is read. A tile goes when the user's newest event has left it a whole
//! longest window behind.

use crate::features::TypeMask;
use crate::{NodeKey, Timestamp};

/// A longest window is cut into so many tiles.
const TILES: u64 = 60;

/// Counts over one set of event types, read by every window over that set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Track {
    /// Names the set of types in stored state.
    pub id: u16,
    /// Which types are counted.
    pub mask: TypeMask,
    /// Longest window that looks at the track.
    pub longest_ms: u64,
    /// Width of a tile.
    pub tile_ms: u64,
}

/// How many events fell into one tile of one track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// [`Track::id`].
    pub track: u16,
    /// Number of the tile since the epoch, in tile widths.
    pub number: u64,
    /// Events in it.
    pub count: u32,
}

impl Track {
    /// A track over `mask` with no window yet.
    #[must_use]
    pub fn new(mask: TypeMask) -> Self {
        let mut track = Self { id: 0, mask, longest_ms: 0, tile_ms: 1 };
        track.widen(0);
        track
    }

    /// Lets a window of `span_ms` look at the track.
    pub fn widen(&mut self, span_ms: u64) {
        self.longest_ms = self.longest_ms.max(span_ms);
        self.tile_ms = self.longest_ms.div_ceil(TILES).max(1);
        // Stored tiles mean something only under the same types and the same width.
        let parts: [&[u8]; 2] = [&self.mask.to_bytes(), &self.tile_ms.to_le_bytes()];
        self.id = NodeKey([0; 16]).hash(&parts) as u16;
    }

    /// Whether an event at `at` came too late for every window, when `newest` had already been seen.
    #[must_use]
    pub fn is_closed(&self, at: Timestamp, newest: Timestamp) -> bool {
        self.longest_ms <= newest.millis_since(at)
    }

    /// Counts one event at `at` that left the history.
    pub fn record(&self, tiles: &mut Vec<Tile>, at: Timestamp) {
        let number = at.as_millis() / self.tile_ms;
        let place = tiles.binary_search_by_key(&(self.id, number), |t| (t.track, t.number));
        match place {
            Ok(found) => tiles[found].count = tiles[found].count.saturating_add(1),
            Err(gap) => tiles.insert(gap, Tile { track: self.id, number, count: 1 }),
        }
    }

    /// Events counted in tiles that reach past `start`.
    #[must_use]
    pub fn count_after(&self, tiles: &[Tile], start: Timestamp) -> u32 {
        let first = start.plus_millis(1).as_millis() / self.tile_ms;
        let mine = tiles.iter().filter(|tile| tile.track == self.id && first <= tile.number);
        mine.fold(0, |sum, tile| sum.saturating_add(tile.count))
    }

    /// Whether no window that ends at `newest` or later looks at the tile.
    #[must_use]
    pub fn is_spent(&self, tile: &Tile, newest: Timestamp) -> bool {
        let start = newest.minus_millis(self.longest_ms).plus_millis(1);
        tile.number < start.as_millis() / self.tile_ms
    }
}
