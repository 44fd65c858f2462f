//! How much the events of one network count, so that a crowd of throw-away names is no crowd.
//!
//! A network is a keyed hash of its address, which the edge writes into events (0 for none). Its events are counted
//! with an e-folding time of one hour of event time, so that at a steady pace the count is that of an hour. Up to the
//! bound an event counts in full; past it `bound / count`, so that a network counts about `bound` in an hour,
//! however much it sends: an office or a mobile carrier that outgrows it is thinned, not silenced.
//!
//! A fixed table: two networks in one slot wear each other's counts down, and the busier one keeps it; a newcomer
//! there counts in full.
//!
//! **Invariant:** constant memory, and nothing but the events in their order decides.
//!
//! Not here: what one network may do to one item (see [`super::regulars`]), what one user counts
//! (see [`crate::user::influence`]).

use std::collections::BTreeSet;

use bincode::{Decode, Encode};

use crate::Timestamp;

/// Networks counted at once.
const SLOTS: usize = 16_384;
/// Slots in one entry of a checkpoint.
pub const CHUNK: usize = 64;
const HOUR_S: f32 = 3_600.0;

/// One network's count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Encode, Decode)]
pub struct Slot {
    origin: u32,
    /// Second, since the epoch, that the count is decayed to.
    second: u32,
    events: f32,
}

/// The networks that events came from of late; no memory before the first.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    slots: Vec<Slot>,
    changed: BTreeSet<u32>,
}

impl Origins {
    /// Counts an event of `origin` at `at`; what it counts where a network may bring `bound` an hour.
    #[must_use]
    pub fn weigh(&mut self, origin: u32, at: Timestamp, bound: u32) -> f32 {
        if origin == 0 || bound == 0 {
            return 1.0;
        }
        self.slots.resize(SLOTS, Slot::default());
        let place = origin as usize % SLOTS;
        self.changed.insert((place / CHUNK) as u32);
        let slot = &mut self.slots[place];
        slot.age(u32::try_from(at.as_millis() / 1_000).unwrap_or(u32::MAX));
        if slot.origin != origin {
            slot.events -= 1.0;
            if slot.events <= 0.0 {
                (slot.origin, slot.events) = (origin, 1.0);
            }
            return 1.0;
        }
        slot.events += 1.0;
        if slot.events <= bound as f32 { 1.0 } else { bound as f32 / slot.events }
    }

    /// Numbers of the chunks that changed since this was last asked.
    pub fn take_changed(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.changed).into_iter().collect()
    }

    /// How many chunks there are.
    #[must_use]
    pub fn chunks(&self) -> u32 {
        (self.slots.len() / CHUNK) as u32
    }

    /// A chunk, where anything is in it.
    #[must_use]
    pub fn chunk(&self, number: u32) -> Option<&[Slot]> {
        let chunk = self.slots.chunks(CHUNK).nth(number as usize)?;
        chunk.iter().any(|slot| slot.origin != 0).then_some(chunk)
    }

    /// Puts in a chunk out of a checkpoint; whether there is such a chunk.
    #[must_use]
    pub fn restore(&mut self, number: u32, slots: &[Slot]) -> bool {
        self.slots.resize(SLOTS, Slot::default());
        let place = self.slots.chunks_mut(CHUNK).nth(number as usize);
        let Some(place) = place.filter(|place| place.len() == slots.len()) else { return false };
        place.copy_from_slice(slots);
        true
    }
}

impl Slot {
    fn age(&mut self, second: u32) {
        let passed = second.saturating_sub(self.second) as f32;
        self.events *= (-passed / HOUR_S).exp();
        self.second = self.second.max(second);
    }
}

#[cfg(test)]
mod tests;
