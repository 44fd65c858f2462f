//! One item's popularity and click-through, in 32 bytes.
//!
//! Popularity is counted in events, not in time, so that a quiet night forgets nothing: with half-life
//! H, `c <- c * 2^(-d/H) + 1`, where `d` is the number of positive events on any item since the last
//! one on this item. The decay is done when the item is touched and again when it is read.
//!
//! **Invariant:** the order of two items that nobody touches never changes, because all decay alike.
//!
//! Not here: windows of time (see `tiles`).

use bincode::{Decode, Encode};

/// One item's counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Encode, Decode)]
pub struct ItemCounts {
    /// Decayed positive events, by half-life, as of `touched`.
    pub decayed: [f32; 3],
    /// The node's event counter when the item was last touched.
    pub touched: u64,
    /// Positive events, never decayed: the `n` of the neighbours.
    pub positives: f32,
    /// Live positive events.
    pub clicks: u32,
    /// Live impressions.
    pub impressions: u32,
}

/// How much one positive event counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PositiveWeight {
    /// In popularity, by half-life.
    pub decayed: [f32; 3],
    /// For ever: in the `n` of the neighbours, and in the neighbours.
    pub lasting: f32,
}

/// How often an item is chosen where it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClickThrough {
    /// Live positive events.
    pub clicks: u32,
    /// Live impressions.
    pub impressions: u32,
    /// Smoothed share, 0 to 1.
    pub rate: f32,
}

impl ItemCounts {
    /// Counts a positive event that adds `weight`, when the node has counted `events` live ones.
    pub fn touch(&mut self, weight: PositiveWeight, events: u64, half_lives: &[f32; 3]) {
        for (place, half_life) in half_lives.iter().enumerate() {
            self.decayed[place] =
                self.decayed_at(place, events, *half_life) + weight.decayed[place];
        }
        self.touched = events;
        self.positives += weight.lasting;
    }

    /// Popularity by half-life number `place` when the node has counted `events`.
    #[must_use]
    pub fn decayed_at(&self, place: usize, events: u64, half_life: f32) -> f32 {
        let passed = events.saturating_sub(self.touched) as f32;
        self.decayed[place] * (-passed / half_life).exp2()
    }

    /// Click-through smoothed towards `prior` (clicks, impressions).
    #[must_use]
    pub fn click_through(&self, prior: [f32; 2]) -> ClickThrough {
        let rate = (self.clicks as f32 + prior[0]) / (self.impressions as f32 + prior[1]);
        let (clicks, impressions) = (self.clicks, self.impressions);
        ClickThrough { clicks, impressions, rate: rate.clamp(0.0, 1.0) }
    }
}

#[cfg(test)]
mod tests;
