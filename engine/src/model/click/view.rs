//! The click head as readers see it: one revision, immutable.
//!
//! **Invariant:** a view gives the probabilities that the head gave when it was published, bit for bit.
//!
//! Not here: what they are good for (see `ranking`).

use std::sync::Arc;

use super::calibration::Calibration;
use super::config::{ClickConfig, GOALS, GoalCounts};
use super::forward::Forward;
use super::goals::Goal;
use super::position::{Positions, sigmoid};
use super::proof::Proof;
use super::sample::{DENSE, GoalId};
use super::shared::ClickShared;
use super::tables::FeatureTables;
use crate::model::click::ClickHead;
use crate::model::numeric::ln;

/// One published revision of the click head.
#[derive(Clone, Debug)]
pub struct ClickView {
    tables: FeatureTables,
    rest: Arc<Rest>,
}

#[derive(Clone, Debug)]
struct Rest {
    shared: ClickShared,
    goals: Vec<Goal>,
    positions: Positions,
    calibration: Calibration,
    proof: Proof,
    learned: u64,
    /// Logarithm of the share of impressions without a click that are sent.
    kept: f32,
}

/// What the head says of one place of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClickScore {
    /// The logit, before place and calibration.
    pub logit: f32,
    goals: [f32; GOALS],
}

/// Scores a list's places: what they share is computed once.
#[derive(Debug)]
pub struct ClickScorer<'a> {
    view: &'a ClickView,
    forward: Forward,
    surface: Option<u32>,
}

impl ClickHead {
    /// Publishes what was learned since the last time; the bytes of what changed.
    pub fn publish(&mut self) -> (ClickView, u64) {
        let (tables, bytes) = self.table.publish();
        let rest = Rest {
            shared: self.shared.clone(),
            goals: self.goals.clone(),
            positions: self.positions.clone(),
            calibration: self.calibration.clone(),
            proof: self.proof,
            learned: self.learned,
            kept: ln(self.config.negatives_kept.clamp(1e-6, 1.0)),
        };
        (ClickView { tables, rest: Arc::new(rest) }, bytes)
    }
}

impl ClickView {
    /// What there is before anything was learned.
    #[must_use]
    pub fn empty() -> Self {
        ClickHead::new(0, ClickConfig::default()).publish().0
    }

    /// Whether the head has proved itself, so that it may order items and tell probabilities.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.rest.proof.ready
    }

    /// How the head does against the click rate.
    #[must_use]
    pub fn proof(&self) -> &Proof {
        &self.rest.proof
    }

    /// How far predictions are off.
    #[must_use]
    pub fn calibration(&self) -> &Calibration {
        &self.rest.calibration
    }

    /// What is believed of places.
    #[must_use]
    pub fn positions(&self) -> &Positions {
        &self.rest.positions
    }

    /// Samples that it learned from.
    #[must_use]
    pub fn learned(&self) -> u64 {
        self.rest.learned
    }

    /// Begins a list whose places share the features `fields`.
    #[must_use]
    pub fn list(&self, fields: &[(u8, u32)]) -> ClickScorer<'_> {
        let mut forward = Forward::default();
        forward.list(&self.tables, &self.rest.shared, fields);
        ClickScorer { view: self, forward, surface: super::head::surface(fields) }
    }
}

impl ClickScorer<'_> {
    /// Scores a place with the further features `fields` and the parts `dense` of its score.
    pub fn score(&mut self, fields: &[(u8, u32)], dense: &[f32; DENSE]) -> ClickScore {
        let view = self.view;
        let logit = self.forward.score(&view.tables, &view.rest.shared, fields, dense);
        ClickScore { logit, goals: self.forward.goals }
    }

    /// The calibrated probability of a click at `position`, from 1; 0 for a place that is not known.
    #[must_use]
    pub fn probability(&self, score: &ClickScore, position: u16) -> f32 {
        let rest = &self.view.rest;
        let there = rest.positions.at(score.logit, position);
        sigmoid(rest.calibration.logit(there, self.surface) + rest.kept)
    }

    /// The value that a click may be expected to bring for a goal; none where it is not learned.
    #[must_use]
    pub fn expected(&self, score: &ClickScore, goal: GoalId, counts: GoalCounts) -> Option<f32> {
        let goals = self.view.rest.goals.iter().zip(&score.goals);
        let mut of_it =
            goals.filter(|(it, _)| it.spec.event_type == goal && it.spec.counts == counts);
        of_it.next().map(|(goal, linear)| goal.expected(score.logit, *linear))
    }
}
