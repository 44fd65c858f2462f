//! Whether the head has proved itself: its progressive log loss against that of the click rate alone.
//!
//! Both are decayed means over the last impressions, each judged before anything was learned from it. The head is ready
//! with enough clicks, as many impressions without one, and a loss clearly below the rate's, and stays so until its loss is
//! above it.
//!
//! Not here: what readiness is good for.

use crate::model::numeric::ln;

/// Impressions after which half of one's share in a mean is left.
const HALF_LIFE: f32 = 5_000.0;
/// By how much the head's loss must be below that of the click rate before it is ready.
const MARGIN: f32 = 0.01;

/// Decayed means of losses.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Proof {
    /// Impressions, decayed.
    pub seen: f32,
    /// Their clicks, decayed.
    pub clicks: f32,
    /// Sum of the head's losses, decayed.
    pub loss: f32,
    /// Sum of the click rate's, decayed.
    pub rate_loss: f32,
    /// Clicks ever.
    pub total_clicks: f32,
    /// Impressions without a click ever.
    pub total_others: f32,
    /// Whether the head is ready.
    pub ready: bool,
}

impl Proof {
    /// The share of impressions that are clicked.
    #[must_use]
    pub fn rate(&self) -> f32 {
        ((self.clicks + 0.5) / (self.seen + 10.0)).clamp(1e-5, 1.0 - 1e-5)
    }

    /// The head's decayed mean loss and the click rate's.
    #[must_use]
    pub fn losses(&self) -> [f32; 2] {
        let seen = self.seen.max(1e-6);
        [self.loss / seen, self.rate_loss / seen]
    }

    /// Judges a prediction.
    pub fn judge(&mut self, predicted: f32, label: f32, weight: f32, clicks_wanted: f32) {
        let rate = self.rate();
        let kept = (-weight * std::f32::consts::LN_2 / HALF_LIFE).max(-1.0);
        let kept = crate::model::numeric::exp(kept);
        let add = |sum: f32, more: f32| sum * kept + weight * more;
        self.loss = add(self.loss, loss(predicted, label));
        self.rate_loss = add(self.rate_loss, loss(rate, label));
        self.clicks = add(self.clicks, label);
        self.seen = add(self.seen, 1.0);
        self.total_clicks += weight * label;
        self.total_others += weight * (1.0 - label);
        let bound = if self.ready { 1.0 } else { 1.0 - MARGIN };
        let enough = clicks_wanted <= self.total_clicks.min(self.total_others);
        self.ready = enough && self.loss < bound * self.rate_loss;
    }
}

/// Log loss in nats.
#[must_use]
pub fn loss(predicted: f32, label: f32) -> f32 {
    let p = predicted.clamp(1e-7, 1.0 - 1e-6);
    -(label * ln(p) + (1.0 - label) * ln(1.0 - p))
}

#[cfg(test)]
mod tests;
