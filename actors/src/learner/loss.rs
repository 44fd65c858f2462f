//! How well the model foretold the last choices, each before it learned from it.
//!
//! Not here: the loss of one sample (engine).

/// Samples over which the mean moves.
const SPAN: f64 = 1_000.0;

/// A mean that forgets: plain over the first [`SPAN`] numbers, exponential behind them.
#[derive(Debug, Default)]
pub(super) struct MovingMean {
    mean: f64,
    seen: f64,
}

impl MovingMean {
    pub(super) fn add(&mut self, number: f32) {
        self.seen = SPAN.min(self.seen + 1.0);
        self.mean += (f64::from(number) - self.mean) / self.seen;
    }

    pub(super) fn mean(&self) -> f64 {
        self.mean
    }
}
