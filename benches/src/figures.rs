//! Durations and their quantiles, the way every benchmark prints them.

use std::time::Duration;

use freshet::clock::Stopwatch;

/// Measured durations.
#[derive(Clone, Debug, Default)]
pub struct Latencies {
    nanos: Vec<u64>,
}

impl Latencies {
    /// Adds one.
    pub fn add(&mut self, took: Duration) {
        self.nanos.push(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Adds those of another.
    pub fn extend(&mut self, other: &Self) {
        self.nanos.extend_from_slice(&other.nanos);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nanos.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nanos.is_empty()
    }

    /// The duration that a share `q` (0 to 1) of all does not exceed, in milliseconds.
    #[must_use]
    pub fn quantile_ms(&self, q: f64) -> f64 {
        let mut sorted = self.nanos.clone();
        sorted.sort_unstable();
        let place = ((sorted.len().max(1) - 1) as f64 * q).round() as usize;
        sorted.get(place).map_or(f64::NAN, |nanos| *nanos as f64 / 1e6)
    }

    /// `p50 … p99 …` in milliseconds.
    #[must_use]
    pub fn summary(&self) -> String {
        let (p50, p99) = (self.quantile_ms(0.5), self.quantile_ms(0.99));
        format!("p50 {p50:.3} ms, p99 {p99:.3} ms, {} samples", self.nanos.len())
    }
}

/// Runs `work` and tells how long it took.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Stopwatch::start();
    let result = work();
    (result, start.elapsed())
}
