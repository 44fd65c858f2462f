//! How well clicks were foretold: log loss, area under the curve, and calibration by decile.
//!
//! Predictions are counted by the logit they say, in steps of an eighth from -8 to 8, clicks and others apart. The area
//! under the curve is that of the counts, with predictions of one step as equal; the error is below the share of pairs
//! that fall into one step. Deciles of the predictions are made of whole steps.
//!
//! Not here: predicting.

use bincode::{Decode, Encode};

use crate::model::click::ClickLearned;

/// Impressions of a window. Figures are those of the last full one and the one that is being filled.
pub const WINDOW: u64 = 10_000;
const STEPS: usize = 128;
const STEPS_PER_NAT: f32 = 8.0;
/// Probabilities are held between this and one minus this.
const LEAST: f32 = 1e-6;
/// Tenths.
const PARTS: usize = 10;

/// Windows of what was foretold.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct Clicks {
    last: Counts,
    current: Counts,
}

#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
struct Counts {
    samples: u64,
    loss: f64,
    /// None before the first sample.
    steps: Vec<Step>,
}

/// Weights of the impressions whose prediction falls into one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Encode, Decode)]
struct Step {
    clicks: f64,
    others: f64,
    /// Of the predictions, each times its weight.
    predicted: f64,
}

/// Figures over the newest impressions.
#[derive(Clone, Debug, PartialEq)]
pub struct ClickFigures {
    /// How many they are of.
    pub samples: u64,
    /// Mean log loss, in nats.
    pub log_loss: f64,
    /// How probably a click was foretold higher than what was none.
    pub auc: f64,
    /// Clicks foretold over clicks: 1 is calibrated.
    pub calibration: f64,
    /// Tenths of the impressions by what was foretold, lowest first.
    pub deciles: Vec<Decile>,
}

/// A tenth of the impressions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Decile {
    /// Mean prediction.
    pub predicted: f64,
    /// Share of clicks.
    pub observed: f64,
    /// What the impressions weigh.
    pub weight: f64,
}

impl Clicks {
    /// Takes an impression in; what is no probability or has no weight is left out.
    pub fn add(&mut self, learned: ClickLearned) {
        let ClickLearned { predicted, label, weight } = learned;
        let sound = (0.0..=1.0).contains(&predicted) && (0.0..=1.0).contains(&label);
        if !sound || !weight.is_finite() || weight <= 0.0 {
            return;
        }
        if self.current.samples == WINDOW {
            self.last = std::mem::take(&mut self.current);
        }
        self.current.add(predicted.clamp(LEAST, 1.0 - LEAST), label, f64::from(weight));
    }

    /// Figures of the newest impressions, at most two windows; `None` of none.
    #[must_use]
    pub fn figures(&self) -> Option<ClickFigures> {
        let samples = self.last.samples + self.current.samples;
        let steps = self.steps();
        let sum = |of: fn(&Step) -> f64| steps.iter().map(of).sum::<f64>();
        let (clicks, weight) = (sum(|step| step.clicks), sum(Step::weight));
        (0 < samples).then(|| ClickFigures {
            samples,
            log_loss: (self.last.loss + self.current.loss) / weight,
            auc: auc(&steps),
            calibration: if clicks == 0.0 { 0.0 } else { sum(|step| step.predicted) / clicks },
            deciles: deciles(&steps, weight / PARTS as f64),
        })
    }

    fn steps(&self) -> Vec<Step> {
        let mut steps = vec![Step::default(); STEPS];
        for counts in [&self.last, &self.current] {
            for (into, step) in steps.iter_mut().zip(&counts.steps) {
                into.add(step);
            }
        }
        steps
    }
}

impl Counts {
    fn add(&mut self, predicted: f32, label: f32, weight: f64) {
        self.samples += 1;
        self.steps.resize(STEPS, Step::default());
        let logit = crate::model::numeric::ln(predicted / (1.0 - predicted));
        let place = (logit * STEPS_PER_NAT + (STEPS / 2) as f32).max(0.0) as usize;
        let (p, label) = (f64::from(predicted), f64::from(label));
        // Logarithms of f64 come from the machine's library; these of the model's own are the same everywhere.
        let ln = |x: f32| f64::from(crate::model::numeric::ln(x));
        self.loss -= weight * (label * ln(predicted) + (1.0 - label) * ln(1.0 - predicted));
        self.steps[place.min(STEPS - 1)].add(&Step {
            clicks: weight * label,
            others: weight * (1.0 - label),
            predicted: weight * p,
        });
    }
}

impl Step {
    fn add(&mut self, other: &Self) {
        self.clicks += other.clicks;
        self.others += other.others;
        self.predicted += other.predicted;
    }

    fn weight(&self) -> f64 {
        self.clicks + self.others
    }
}

/// 0.5 where there are clicks only, or none.
fn auc(steps: &[Step]) -> f64 {
    let (mut won, mut below, mut clicks) = (0.0, 0.0, 0.0);
    for step in steps {
        won += step.clicks * (below + 0.5 * step.others);
        below += step.others;
        clicks += step.clicks;
    }
    if clicks * below == 0.0 { 0.5 } else { won / (clicks * below) }
}

/// Runs of steps that weigh at least `each`; the last one what is left.
fn deciles(steps: &[Step], each: f64) -> Vec<Decile> {
    let mut deciles = Vec::with_capacity(PARTS);
    let mut run = Step::default();
    let mut close = |run: &mut Step| {
        let weight = run.weight();
        if 0.0 < weight {
            let (predicted, observed) = (run.predicted / weight, run.clicks / weight);
            deciles.push(Decile { predicted, observed, weight });
        }
        *run = Step::default();
    };
    for step in steps {
        run.add(step);
        if each <= run.weight() {
            close(&mut run);
        }
    }
    close(&mut run);
    deciles
}

#[cfg(test)]
mod tests;
