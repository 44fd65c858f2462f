//! Positive events of the last five minutes, hour and day, in 196 bytes.
//!
//! Each window is a ring of equal tiles of event time: ten of 30 seconds, twelve of 5 minutes, 24 of an
//! hour. An event lands in the tile of its own time; time moving on empties what falls out, when the
//! rings are next touched. An answer is exact to one tile.
//!
//! **Invariant:** an event older than a window is not counted in it, however late it comes.
//!
//! Not here: refusing events from the future (the edge does).

use bincode::{Decode, Encode};

use crate::Timestamp;
use crate::activity::view::Window;

/// Width of a tile, tiles in the ring, and where the ring starts.
const RINGS: [(u64, usize, usize); 3] =
    [(30_000, 10, 0), (5 * 60_000, 12, 10), (3_600_000, 24, 22)];
const TILES: usize = 46;

/// Counts over three windows of event time.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Tiles {
    counts: [u32; TILES],
    /// Number, since the epoch, of the newest tile reached in each ring.
    heads: [u32; 3],
}

impl Default for Tiles {
    fn default() -> Self {
        Self { counts: [0; TILES], heads: [0; 3] }
    }
}

impl Tiles {
    /// Counts one event that happened at `at`.
    pub fn record(&mut self, at: Timestamp) {
        for (head, (width, tiles, start)) in self.heads.iter_mut().zip(RINGS) {
            let tile = tile_of(at, width);
            let ring = &mut self.counts[start..start + tiles];
            for fresh in (*head + 1..=tile).take(tiles) {
                ring[fresh as usize % tiles] = 0;
            }
            *head = tile.max(*head);
            if ((*head - tile) as usize) < tiles {
                ring[tile as usize % tiles] += 1;
            }
        }
    }

    /// The instant at which the last of its events will have left every window.
    #[must_use]
    pub fn empty_from(&self) -> Timestamp {
        let ends = RINGS.iter().zip(self.heads).filter(|(_, head)| *head != 0);
        let ends = ends.map(|((width, tiles, _), head)| width * (u64::from(head) + *tiles as u64));
        Timestamp::from_millis(ends.max().unwrap_or(0))
    }

    /// Events in the window that ends at `now`; a `now` behind the newest event means that event.
    #[must_use]
    pub fn count_at(&self, window: Window, now: Timestamp) -> u32 {
        let (width, tiles, start) = RINGS[window.place()];
        let head = self.heads[window.place()];
        let end = tile_of(now, width).max(head);
        let oldest = (end + 1).saturating_sub(tiles as u32);
        let ring = &self.counts[start..start + tiles];
        if oldest + tiles as u32 == head + 1 {
            return ring.iter().sum();
        }
        (oldest..=head).map(|tile| ring[tile as usize % tiles]).sum()
    }
}

/// The tile of `window` that `at` lies in: as long as it is the same, the window has not moved.
#[must_use]
pub fn tile_in(window: Window, at: Timestamp) -> u32 {
    tile_of(at, RINGS[window.place()].0)
}

/// 30-second tiles fit until the year 6000; past that time stands still instead of wrapping.
fn tile_of(at: Timestamp, width: u64) -> u32 {
    u32::try_from(at.as_millis() / width).unwrap_or(u32::MAX - 1)
}

#[cfg(test)]
mod tests;
