//! How sure a difference between two methods is: a paired bootstrap over users.
//!
//! Users are drawn with replacement, with all of their events, because events of one user are no independent trials.
//! The differences are taken anew for each draw; the interval holds the middle 95 % (percentile method, Efron
//! and Tibshirani, 1993).

use crate::model::numeric::mix;

/// Draws of all users.
const DRAWS: u64 = 1_000;
/// Draws left out on each side.
const OUTSIDE: usize = 25;

/// One user's scored events.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UserSums {
    /// Events scored.
    pub events: u32,
    /// Events whose item was in the list.
    pub hits: u32,
    /// Discounted gain of these.
    pub gain: f64,
}

/// A difference with its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Interval {
    /// As measured.
    pub difference: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// How far one method is ahead of another.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Difference {
    /// In hit rate.
    pub hit_rate: Interval,
    /// In NDCG.
    pub ndcg: Interval,
}

/// Sums of differences over users.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    events: f64,
    hits: f64,
    gain: f64,
}

impl Sums {
    fn of(one: &UserSums, other: &UserSums) -> Self {
        Self {
            events: f64::from(one.events),
            hits: f64::from(one.hits) - f64::from(other.hits),
            gain: one.gain - other.gain,
        }
    }

    fn plus(self, other: &Self) -> Self {
        Self {
            events: self.events + other.events,
            hits: self.hits + other.hits,
            gain: self.gain + other.gain,
        }
    }

    fn rates(self) -> [f64; 2] {
        [self.hits, self.gain].map(|sum| sum / self.events.max(1.0))
    }
}

/// The figures of `one` minus those of `other`, which hold the same users in the same order.
#[must_use]
pub fn difference(one: &[UserSums], other: &[UserSums], seed: u64) -> Difference {
    // Users without a scored event change nothing but the size of a draw.
    let pairs = one.iter().zip(other).filter(|(one, _)| 0 < one.events);
    let pairs: Vec<Sums> = pairs.map(|(one, other)| Sums::of(one, other)).collect();
    let users = pairs.len() as u64;
    if users == 0 {
        return Difference::default();
    }
    let measured = pairs.iter().fold(Sums::default(), Sums::plus).rates();
    let one_draw = |draw: u64| {
        let seed = mix(seed, draw);
        let drawn = (0..users).map(|turn| &pairs[(mix(seed, turn) % users) as usize]);
        drawn.fold(Sums::default(), Sums::plus).rates()
    };
    let draws: Vec<[f64; 2]> = (0..DRAWS).map(one_draw).collect();
    let interval = |figure: usize| {
        let mut draws: Vec<f64> = draws.iter().map(|rates| rates[figure]).collect();
        draws.sort_by(f64::total_cmp);
        let (low, high) = (draws[OUTSIDE], draws[draws.len() - 1 - OUTSIDE]);
        Interval { difference: measured[figure], low, high }
    };
    Difference { hit_rate: interval(0), ndcg: interval(1) }
}

#[cfg(test)]
mod tests;
