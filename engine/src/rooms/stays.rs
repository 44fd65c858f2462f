//! How long viewers stay: the median by a small sketch, and the share that is still there after each minute.
//!
//! Lengths fall into eight buckets for each doubling, so a quantile is within a sixteenth of the true one. Retention
//! is the product-limit estimate (Kaplan and Meier, 1958) by whole minutes: who is still there speaks for the minutes
//! they have been there, so that a young room is not told too low.
//!
//! **Invariant:** whole numbers only; the same size whatever the traffic.

use std::collections::VecDeque;

use crate::Timestamp;

/// Minutes that retention is told for; longer stays count as this long.
pub const RETENTION_MINUTES: usize = 60;

const MINUTE_MS: u64 = 60_000;
const SUB_BITS: u32 = 3;

/// Lengths of stays that ended.
#[derive(Clone, Debug, Default, PartialEq, bincode::Encode, bincode::Decode)]
pub(super) struct Lengths {
    /// Counts by bucket; grows to the longest length's, 400 at most.
    counts: Vec<u64>,
    total: u64,
}

impl Lengths {
    pub(super) fn add(&mut self, length_ms: u64) {
        let bucket = bucket_of(length_ms.min(1 << 48));
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.total += 1;
    }

    /// The middle of the bucket that holds the median; `None` before the first length.
    pub(super) fn median_ms(&self) -> Option<u64> {
        let rank = self.total.checked_sub(1)? / 2;
        let mut below = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            below += count;
            if rank < below {
                return Some(u64::midpoint(floor_of(bucket), floor_of(bucket + 1)));
            }
        }
        None
    }
}

/// The first `2^SUB_BITS` values have a bucket each, then every doubling has that many.
fn bucket_of(value: u64) -> usize {
    let bits = 64 - value.leading_zeros();
    if bits <= SUB_BITS {
        return value as usize;
    }
    let shift = bits - SUB_BITS - 1;
    (((u64::from(shift) + 1) << SUB_BITS) + ((value >> shift) - (1 << SUB_BITS))) as usize
}

fn floor_of(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let (group, rest) = (bucket >> SUB_BITS, bucket & ((1 << SUB_BITS) - 1));
    if group == 0 { rest } else { (rest + (1 << SUB_BITS)) << (group - 1) }
}

/// Which stays ended after how many minutes, and when the open ones began.
#[derive(Clone, Debug, Default, PartialEq, bincode::Encode, bincode::Decode)]
pub(super) struct Retention {
    /// Ended stays by whole minutes, the last bucket for all longer ones.
    ended: Vec<u64>,
    /// Open stays by the minute of their start; the front holds all older ones.
    open: VecDeque<u64>,
    /// The minute of the back of `open`.
    newest: u64,
}

impl Retention {
    /// Time moved on: minutes begin.
    pub(super) fn reach(&mut self, at: Timestamp) {
        let minute = at.as_millis() / MINUTE_MS;
        if self.open.is_empty() {
            self.newest = minute;
            self.open.resize(RETENTION_MINUTES + 1, 0);
        }
        let steps = minute.saturating_sub(self.newest);
        for _ in 0..steps.min(RETENTION_MINUTES as u64 + 1) {
            self.open.push_back(0);
            let oldest = self.open.pop_front().unwrap_or(0);
            self.open[0] += oldest;
        }
        self.newest = self.newest.max(minute);
    }

    pub(super) fn began(&mut self, at: Timestamp) {
        self.reach(at);
        let slot = self.slot(at);
        self.open[slot] += 1;
    }

    pub(super) fn ended(&mut self, began: Timestamp, ended: Timestamp) {
        self.reach(ended);
        let slot = self.slot(began);
        self.open[slot] = self.open[slot].saturating_sub(1);
        let minutes = (ended.millis_since(began) / MINUTE_MS) as usize;
        self.ended.resize(RETENTION_MINUTES + 1, 0);
        self.ended[minutes.min(RETENTION_MINUTES)] += 1;
    }

    fn slot(&self, began: Timestamp) -> usize {
        let age = self.newest.saturating_sub(began.as_millis() / MINUTE_MS);
        (self.open.len() - 1).saturating_sub(age as usize)
    }

    /// The share of stays that last past 1, 2, … minutes, for as many minutes as any stay tells of.
    pub(super) fn shares(&self) -> Vec<f32> {
        let ended = |minute: usize| self.ended.get(minute).copied().unwrap_or(0);
        let open = |age: usize| self.open.iter().rev().nth(age).copied().unwrap_or(0);
        let mut at_risk: u64 = (0..=RETENTION_MINUTES).map(|m| ended(m) + open(m)).sum();
        let (mut share, mut shares) = (1.0, Vec::new());
        for minute in 0..RETENTION_MINUTES {
            if at_risk == 0 {
                break;
            }
            share *= 1.0 - ended(minute) as f64 / at_risk as f64;
            shares.push(share as f32);
            at_risk -= ended(minute) + open(minute);
        }
        shares
    }
}

#[cfg(test)]
mod tests;
