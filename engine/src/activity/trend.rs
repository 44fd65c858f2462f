//! How much faster an item is being chosen than it used to be.
//!
//! Two decayed counts in event time: a short one (half-life two minutes) and a baseline (a day). The
//! baseline says how many the short one should hold; the trend is by how many standard deviations it
//! holds more, as a Poisson count would have them. An item that is new to an old stream has no baseline
//! to speak of, so a handful of people make it rise at once.
//!
//! **Invariant:** one visitor alone makes no trend. The newest eight users of an item are remembered;
//! who is among them is not counted again, so one user is never more than one in nine of a busy item's
//! count, and on a quiet one counts once.
//!
//! Not here: clicks in general; popularity counts everything.

use bincode::{Decode, Encode};

use crate::Timestamp;

/// Users remembered per item.
const USERS: usize = 8;
/// A stream younger than this is judged as if it were this old, so that it can have trends at all.
const LEAST_STREAM_AGE_MS: u64 = 3_600_000;

/// The two half-lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrendPace {
    /// Of the short count, in milliseconds.
    pub short_ms: u64,
    /// Of the baseline, in milliseconds.
    pub baseline_ms: u64,
}

/// One item's short count, baseline and newest users.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct Trend {
    short: f32,
    baseline: f32,
    /// Instant that both counts are decayed to.
    at: Timestamp,
    /// Newest first; 0 where there is none.
    users: [u32; USERS],
}

impl Trend {
    /// Counts a choice by the user with this hash at `at`, unless it is one of the item's newest users.
    pub fn record(&mut self, user_hash: u64, at: Timestamp, pace: TrendPace) {
        if !self.is_new_user(user_hash) {
            return;
        }
        let passed = at.millis_since(self.at);
        self.short *= left(passed, pace.short_ms);
        self.baseline *= left(passed, pace.baseline_ms);
        self.at = self.at.max(at);
        // A late one has faded on its way; one that is on time has not.
        let late = self.at.millis_since(at);
        self.short += left(late, pace.short_ms);
        self.baseline += left(late, pace.baseline_ms);
    }

    /// By how many standard deviations the item is above its baseline at `now`, in a stream that began
    /// at `began`; `None` where it is not above, or not by more than `support` events.
    #[must_use]
    pub fn strength(
        &self,
        now: Timestamp,
        began: Timestamp,
        pace: TrendPace,
        support: f32,
    ) -> Option<f32> {
        let passed = now.millis_since(self.at);
        let short = self.short * left(passed, pace.short_ms);
        if short <= support {
            return None;
        }
        let baseline = self.baseline * left(passed, pace.baseline_ms);
        let age = now.millis_since(began).max(LEAST_STREAM_AGE_MS);
        let filled = 1.0 - left(age, pace.baseline_ms);
        let expected = baseline / filled * (pace.short_ms as f32 / pace.baseline_ms as f32);
        let strength = (short - expected) / (expected / 2.0 + 1.0).sqrt();
        (0.0 < strength).then_some(strength)
    }

    fn is_new_user(&mut self, user_hash: u64) -> bool {
        let user = (user_hash as u32).max(1);
        let known = self.users.iter().position(|other| *other == user);
        self.users[..=known.unwrap_or(USERS - 1)].rotate_right(1);
        self.users[0] = user;
        known.is_none()
    }
}

/// What is left of 1 after `passed_ms`.
fn left(passed_ms: u64, half_life_ms: u64) -> f32 {
    (-(passed_ms as f32) / half_life_ms as f32).exp2()
}

#[cfg(test)]
mod tests;
