//! Page–Hinkley: notices that a mean has risen (Page, 1954; Hinkley, 1971).
//!
//! It sums by how much the numbers exceed their own mean and a tolerated `DELTA`; where that sum has risen by more
//! than `LAMBDA` above the lowest it ever was, something has changed. The sum does not forget: one that does wanders about
//! a level, and in 100,000 numbers without any change wanders `LAMBDA` up.
//!
//! The numbers are normalised log ranks from 0 to 1. A mean that rises by `r` is noticed after about `LAMBDA / (r - DELTA)`.
//!
//! **Invariant:** after an alarm it begins anew.
//!
//! Not here: what is done about an alarm.

use bincode::{Decode, Encode};

/// By how much numbers may exceed their mean for nothing.
const DELTA: f64 = 0.02;
/// How far the sum may rise.
const LAMBDA: f64 = 60.0;
/// Numbers before there is an alarm.
const LEAST: u64 = 30;

/// The detector.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct PageHinkley {
    seen: u64,
    mean: f64,
    sum: f64,
    lowest: f64,
}

impl PageHinkley {
    /// Takes a number; whether that raises an alarm.
    pub fn add(&mut self, number: f32) -> bool {
        let number = f64::from(number);
        if !number.is_finite() {
            return false;
        }
        self.seen += 1;
        self.mean += (number - self.mean) / self.seen as f64;
        self.sum += number - self.mean - DELTA;
        self.lowest = self.lowest.min(self.sum);
        let alarm = LEAST <= self.seen && LAMBDA < self.sum - self.lowest;
        if alarm {
            *self = Self::default();
        }
        alarm
    }
}

#[cfg(test)]
mod tests;
