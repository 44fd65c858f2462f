//! A room minute by minute: what happened in each of the last sixty.
//!
//! **Invariant:** a minute is closed once the room's time is past its end by the lateness; what comes later is said to be
//! late and never moves it.

use std::collections::VecDeque;

use super::event::{HEAT_KINDS, HeatKind};
use crate::Timestamp;

/// Minutes that are kept beside the newest.
pub const MINUTES_KEPT: usize = 60;

const MINUTE_MS: u64 = 60_000;

/// What happened in one minute.
#[derive(Clone, Debug, Default, PartialEq, bincode::Encode, bincode::Decode)]
pub struct Minute {
    /// Its number since the epoch.
    pub number: u64,
    /// Stays that began.
    pub joins: u64,
    /// Stays that ended.
    pub leaves: u64,
    /// Acts by [`HeatKind`].
    pub acts: [u64; HEAT_KINDS],
    /// Value of gifts.
    pub gift_value: f64,
    /// The most viewers at once.
    pub most_viewers: u64,
}

/// The last minutes, oldest first, without gaps.
#[derive(Clone, Debug, Default, PartialEq, bincode::Encode, bincode::Decode)]
pub(super) struct Minutes {
    ring: VecDeque<Minute>,
}

/// The start of the oldest minute that is open at `clock`.
pub(super) fn open_from(clock: Timestamp, lateness_ms: u64) -> Timestamp {
    let millis = clock.as_millis().saturating_sub(lateness_ms);
    Timestamp::from_millis(millis - millis % MINUTE_MS)
}

impl Minutes {
    /// Time moved on to `clock`, with so many viewers; minutes are open from `open` on.
    pub(super) fn reach(&mut self, clock: Timestamp, open: Timestamp, viewers: u64) {
        let number = clock.as_millis() / MINUTE_MS;
        let oldest = open.as_millis() / MINUTE_MS;
        let next = self.ring.back().map_or(oldest, |minute| minute.number + 1);
        // After a long silence only the minutes that are kept are made.
        let first = next.max(number.saturating_sub(MINUTES_KEPT as u64));
        if next < first {
            self.ring.clear();
        }
        for number in first..=number {
            self.ring.push_back(Minute { number, most_viewers: viewers, ..Minute::default() });
            if MINUTES_KEPT + 1 < self.ring.len() {
                self.ring.pop_front();
            }
        }
        if let Some(newest) = self.ring.back_mut() {
            newest.most_viewers = newest.most_viewers.max(viewers);
        }
    }

    /// Counts an act in the minute of its own time, which the caller knows to be open.
    pub(super) fn act(&mut self, at: Timestamp, kind: HeatKind, gift_value: f64) {
        if let Some(minute) = self.of(at) {
            minute.acts[kind as usize] += 1;
            minute.gift_value += gift_value;
        }
    }

    /// Counts the start of a stay.
    pub(super) fn began(&mut self, at: Timestamp) {
        if let Some(minute) = self.of(at) {
            minute.joins += 1;
        }
    }

    /// Counts the end of a stay.
    pub(super) fn ended(&mut self, at: Timestamp) {
        if let Some(minute) = self.of(at) {
            minute.leaves += 1;
        }
    }

    fn of(&mut self, at: Timestamp) -> Option<&mut Minute> {
        let oldest = self.ring.front()?.number;
        let place = (at.as_millis() / MINUTE_MS).checked_sub(oldest)?;
        self.ring.get_mut(place as usize)
    }

    /// The minutes, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Minute> {
        self.ring.iter()
    }
}
