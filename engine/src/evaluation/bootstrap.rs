//! How sure a difference between two methods is: a paired bootstrap over users.
//!
//! Users are drawn with replacement, with all of their events, because events of one user are no independent trials.
//! The difference in hit rate is taken anew for each draw; the interval holds the middle 95 % (percentile method, Efron
//! and Tibshirani, 1993).

use crate::model::numeric::mix;

/// Draws of all users.
const DRAWS: u64 = 1_000;
/// Draws left out on each side.
const OUTSIDE: usize = 25;

/// One user's scored events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserSums {
    /// Events scored.
    pub events: u32,
    /// Events whose item was in the list.
    pub hits: u32,
}

/// A difference with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// As measured.
    pub difference: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The hit rate of `one` minus that of `other`, which hold the same users in the same order.
#[must_use]
pub fn difference(one: &[UserSums], other: &[UserSums], seed: u64) -> Interval {
    // Users without a scored event change nothing but the size of a draw.
    let pairs = one.iter().zip(other).filter(|(one, _)| 0 < one.events);
    let pairs: Vec<(i64, i64)> =
        pairs.map(|(a, b)| (i64::from(a.hits) - i64::from(b.hits), i64::from(a.events))).collect();
    let rate = |sums: (i64, i64)| sums.0 as f64 / sums.1.max(1) as f64;
    let add = |a: (i64, i64), b: &(i64, i64)| (a.0 + b.0, a.1 + b.1);
    let measured = rate(pairs.iter().fold((0, 0), add));
    let users = pairs.len() as u64;
    if users == 0 {
        return Interval { difference: 0.0, low: 0.0, high: 0.0 };
    }
    let one_draw = |draw: u64| {
        let seed = mix(seed, draw);
        let drawn = (0..users).map(|turn| &pairs[(mix(seed, turn) % users) as usize]);
        rate(drawn.fold((0, 0), add))
    };
    let mut draws: Vec<f64> = (0..DRAWS).map(one_draw).collect();
    draws.sort_by(f64::total_cmp);
    Interval { difference: measured, low: draws[OUTSIDE], high: draws[draws.len() - 1 - OUTSIDE] }
}

#[cfg(test)]
mod tests;
