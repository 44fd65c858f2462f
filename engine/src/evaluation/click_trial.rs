//! The click head on labelled rows: each is foretold, then learned.
//!
//! **Invariant:** what is judged was said before anything was learned from the row.
//!
//! Not here: reading rows, measuring time.

use crate::{EventTypeId, Sequence};

use crate::model::click::sample::DENSE;
use crate::model::click::{ClickConfig, ClickHead, ClickOutcome, ClickRow, ClickSample};

/// A head on trial.
#[derive(Debug)]
pub struct ClickTrial {
    head: ClickHead,
    said: Vec<(f32, bool)>,
}

/// How well clicks were foretold.
#[derive(Clone, Debug, PartialEq)]
pub struct ClickOutcomeFigures {
    /// Rows.
    pub rows: usize,
    /// Those that were clicked.
    pub clicks: usize,
    /// Mean log loss, in nats.
    pub log_loss: f64,
    /// Area under the curve: how often what was clicked was foretold higher than what was not.
    pub auc: f64,
    /// Foretold clicks over clicks; 1 is calibrated.
    pub calibration: f64,
}

impl ClickTrial {
    /// A head that has seen nothing.
    #[must_use]
    pub fn new(seed: u64, config: ClickConfig) -> Self {
        Self { head: ClickHead::new(seed, config), said: Vec::new() }
    }

    /// Foretells a row, then learns from it.
    pub fn take(&mut self, fields: &[(u8, u32)], clicked: bool) {
        let sample = sample(self.said.len(), fields, clicked);
        if let Some(judged) = self.head.learn(&sample) {
            self.said.push((judged.predicted, clicked));
        }
    }

    /// The figures of all rows but the first `skip`.
    #[must_use]
    pub fn figures(&self, skip: usize) -> ClickOutcomeFigures {
        figures(self.said.get(skip..).unwrap_or_default())
    }

    /// Features held.
    #[must_use]
    pub fn features(&self) -> usize {
        self.head.table().held()
    }

    /// Bytes that they take.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.head.table().bytes()
    }
}

fn sample(number: usize, fields: &[(u8, u32)], clicked: bool) -> ClickSample {
    let outcome = if clicked {
        ClickOutcome::Clicked { by: EventTypeId(u8::MAX), value: 1.0 }
    } else {
        ClickOutcome::Unclicked
    };
    ClickSample {
        sequence: Sequence(number as u64),
        user_hash: 0,
        row: ClickRow { fields: fields.to_vec(), shared: 0, dense: [0.0; DENSE] },
        position: 0,
        propensity: 1.0,
        outcome,
        weight: 1.0,
        version: 0,
    }
}

fn figures(said: &[(f32, bool)]) -> ClickOutcomeFigures {
    let (rows, clicks) = (said.len(), said.iter().filter(|(_, clicked)| *clicked).count());
    let loss = |(predicted, clicked): &(f32, bool)| {
        let p = f64::from(*predicted).clamp(1e-7, 1.0 - 1e-7);
        if *clicked { -p.ln() } else { -(1.0 - p).ln() }
    };
    let foretold: f64 = said.iter().map(|(predicted, _)| f64::from(*predicted)).sum();
    ClickOutcomeFigures {
        rows,
        clicks,
        log_loss: said.iter().map(loss).sum::<f64>() / rows.max(1) as f64,
        auc: auc(said.to_vec()),
        calibration: foretold / clicks.max(1) as f64,
    }
}

/// Pairs of a clicked row and one that was not in which the first was foretold higher; equal ones count half.
fn auc(mut said: Vec<(f32, bool)>) -> f64 {
    said.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut pairs, mut below, mut clicks) = (0.0, 0.0, 0.0);
    for equal in said.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let clicked = equal.iter().filter(|(_, clicked)| *clicked).count() as f64;
        let not = equal.len() as f64 - clicked;
        pairs += clicked * (below + not / 2.0);
        (below, clicks) = (below + not, clicks + clicked);
    }
    if 0.0 < below * clicks { pairs / (below * clicks) } else { 0.5 }
}

#[cfg(test)]
mod tests;
