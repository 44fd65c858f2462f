//! What a click is worth: one small head for each goal, on the click's own logit and the features' weights.
//!
//! A goal's head learns the value that a click brings (events, seconds, money) by weighted logistic regression
//! (Covington et al., 2016): each click is a negative of weight 1, each event that reaches the goal a positive of its value,
//! so that the odds are the value a click may expect, exactly, whenever the events come. Heads are of events, not of
//! scenarios: a scenario's weights are applied in serving, and changing them changes nothing that was learned. Vectors
//! are the click's alone; they come in through its logit, because goals are too rare to move them.
//!
//! **Invariant:** what a goal learns changes no probability of a click.
//!
//! Not here: which events reach a goal (the configuration).

use super::config::{ClickConfig, ClickGoal, GoalCounts};
use super::position::sigmoid;
use super::sample::{ClickOutcome, GoalId};
use crate::model::numeric::exp;
use crate::model::shared::Weights;

/// No logit of a goal is taken further.
const LOGIT_LIMIT: f32 = 12.0;
/// No event's value counts more.
const VALUE_LIMIT: f32 = 100_000.0;
/// No single error counts more: one odd purchase must not be the mean.
const ERROR_LIMIT: f32 = 10.0;

/// One goal's head, without the features' weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// What reaches it.
    pub spec: ClickGoal,
    /// Intercept, and what the click's logit counts.
    pub line: Weights<2>,
}

impl Goal {
    /// The goals of a configuration, as they start.
    #[must_use]
    pub fn all(config: &ClickConfig) -> Vec<Self> {
        let goals = config.goals.iter();
        goals
            .map(|spec| Self { spec: *spec, line: Weights::starting(0.0, config.rates.start) })
            .collect()
    }

    /// What a click may expect of this goal: `z` is the click's logit, `linear` what the features' weights add up to.
    #[must_use]
    pub fn expected(&self, z: f32, linear: f32) -> f32 {
        exp(self.logit(z, linear))
    }

    /// What the gradient of the goal's logit is multiplied with; 0 where the outcome says nothing of the goal.
    #[must_use]
    pub fn error(&self, z: f32, linear: f32, outcome: ClickOutcome) -> f32 {
        let reached = sigmoid(self.logit(z, linear));
        let (click, by, value) = match outcome {
            ClickOutcome::Clicked { by, value } | ClickOutcome::Late { by, value } => {
                (1.0, by, value)
            }
            ClickOutcome::Goal { by, value } => (0.0, by, value),
            ClickOutcome::Unclicked | ClickOutcome::Skipped => return 0.0,
        };
        let worth = self.worth(by, value) * (1.0 - reached);
        (worth - click * reached).clamp(-ERROR_LIMIT, ERROR_LIMIT)
    }

    fn logit(&self, z: f32, linear: f32) -> f32 {
        let [intercept, slope] = self.line.values;
        (intercept + slope * z + linear).clamp(-LOGIT_LIMIT, LOGIT_LIMIT)
    }

    fn worth(&self, by: GoalId, value: f32) -> f32 {
        match self.spec.counts {
            _ if by != self.spec.event_type => 0.0,
            GoalCounts::Events => 1.0,
            GoalCounts::Values if value.is_finite() => value.clamp(0.0, VALUE_LIMIT),
            GoalCounts::Values => 0.0,
        }
    }
}

#[cfg(test)]
mod tests;
