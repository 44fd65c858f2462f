//! How much of what each version showed was clicked, since users are served from both.
//!
//! Users are served from one version by the hash of their id, so the two groups differ by chance alone. One user's clicks
//! hang together, which makes the spread greater than independent impressions would have it; so the difference has
//! to exceed more standard errors than the duel asks for, and the rate more of the other's than a loss.
//!
//! **Invariant:** an impression counts once: a late click takes back that it was told as none.
//!
//! Not here: which impressions there are (see the shard's join).

use bincode::{Decode, Encode};

use crate::model::click::{ClickOutcome, ClickSample};
use crate::model::watch::Verdict;

/// Clicks of both before there is a verdict.
const LEAST_CLICKS: f64 = 100.0;
/// Standard errors by which the rates must differ.
const SIGMAS: f64 = 5.0;
/// Share of the champion's rate by which the challenger's may be less.
const TOLERANCE: f64 = 0.1;

/// Of challenger and champion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Encode, Decode)]
pub struct ClickThrough {
    /// What the challenger showed.
    pub challenger: Shown,
    /// What the champion showed.
    pub champion: Shown,
}

/// What one version showed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Encode, Decode)]
pub struct Shown {
    /// What the impressions weigh.
    pub impressions: f64,
    /// Those that were clicked.
    pub clicks: f64,
}

impl Shown {
    /// Share that was clicked.
    #[must_use]
    pub fn rate(&self) -> f64 {
        if self.impressions <= 0.0 { 0.0 } else { self.clicks / self.impressions }
    }

    pub(super) fn add(&mut self, sample: &ClickSample) {
        let weight = f64::from(sample.weight);
        let (impressions, clicks) = match sample.outcome {
            ClickOutcome::Unclicked | ClickOutcome::Skipped => (weight, 0.0),
            ClickOutcome::Clicked { .. } => (weight, weight),
            ClickOutcome::Late { .. } => (0.0, weight),
            ClickOutcome::Goal { .. } => (0.0, 0.0),
        };
        if weight.is_finite() && 0.0 < weight {
            self.impressions += impressions;
            self.clicks += clicks;
        }
    }

    fn variance(&self) -> f64 {
        let rate = self.rate().clamp(0.0, 1.0);
        rate * (1.0 - rate) / self.impressions.max(1.0)
    }
}

impl ClickThrough {
    /// Whether less of what the challenger showed is clicked, beyond chance and tolerance.
    pub fn verdict(&self) -> Verdict {
        let (ours, theirs) = (&self.challenger, &self.champion);
        let less = theirs.rate() - ours.rate();
        let error = (ours.variance() + theirs.variance()).sqrt();
        // Of one that shows nothing that is clicked, none could ever be counted.
        let expected = ours.impressions * theirs.rate();
        let enough = LEAST_CLICKS <= theirs.clicks && LEAST_CLICKS <= expected;
        let worse = TOLERANCE * theirs.rate() < less && SIGMAS * error < less;
        if enough && worse { Verdict::Worse } else { Verdict::Open }
    }
}

#[cfg(test)]
mod tests;
