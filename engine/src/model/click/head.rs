//! The click head: one step for each settled impression, in log order.
//!
//! A step says what readers would have been told of the impression, judges that, and climbs the log-likelihood. A late
//! click takes the earlier negative back: its error is that of a click less that of none, both at the parameters of now, so
//! that over the stream every impression's errors add up to one label and one prediction. (Exact where the parameters
//! did not move in between; otherwise to first order, since the negative moved the prediction it had used.)
//!
//! **Invariant:** the same samples in the same order give the same parameters, bit for bit.
//!
//! **Invariant:** a sample with a number that is none changes no weight.
//!
//! Not here: which impressions are settled when; where revisions are read (see `view`).

use super::calibration::Calibration;
use super::config::ClickConfig;
use super::fields::SCENARIO;
use super::forward::Forward;
use super::goals::Goal;
use super::position::{Positions, Reaction, sigmoid};
use super::proof::Proof;
use super::sample::{ClickLearned, ClickOutcome, ClickRow, ClickSample};
use super::shared::ClickShared;
use super::step::Slopes;
use super::table::FeatureTable;
use crate::model::learner::SquaresUnit;

/// No sample counts more.
const WEIGHT_LIMIT: f32 = 10.0;
/// No part of a score is larger.
const PART_LIMIT: f32 = 1e3;
/// How far one sample moves the mean weight of propensities.
const MEAN_RATE: f32 = 1e-3;

/// The head and all that changes it.
#[derive(Clone, Debug)]
pub struct ClickHead {
    pub(super) config: ClickConfig,
    pub(super) table: FeatureTable,
    pub(super) shared: ClickShared,
    pub(super) goals: Vec<Goal>,
    pub(super) positions: Positions,
    pub(super) calibration: Calibration,
    pub(super) proof: Proof,
    /// Mean of what impressions counted for their propensity.
    pub(super) mean_propensity: f32,
    /// Samples taken.
    pub(super) learned: u64,
    /// As of the last cut.
    pub(super) learned_cut: u64,
    /// What sums of squares are kept in.
    pub(super) squares: SquaresUnit,
    /// Whether more than samples changed it since the last cut.
    pub(super) changed: bool,
    /// Keys of a checkpoint that could not be used.
    pub(super) stale: Vec<Vec<u8>>,
    forward: Forward,
    slopes: Slopes,
}

impl ClickHead {
    /// A head that has seen nothing.
    #[must_use]
    pub fn new(seed: u64, config: ClickConfig) -> Self {
        Self {
            table: FeatureTable::new(seed, &config),
            shared: ClickShared::new(&config),
            goals: Goal::all(&config),
            positions: Positions::new(&config),
            calibration: Calibration::default(),
            proof: Proof::default(),
            mean_propensity: 1.0,
            learned: 0,
            learned_cut: 0,
            squares: SquaresUnit::new(config.rates.start),
            changed: false,
            stale: Vec::new(),
            forward: Forward::default(),
            slopes: Slopes::default(),
            config,
        }
    }

    /// Learns from `sample`; what had been said of it before. `None` where it tells nothing of a prediction: a late click,
    /// whose impression was judged already, a further event, a sample that is not sound.
    pub fn learn(&mut self, sample: &ClickSample) -> Option<ClickLearned> {
        let mut forward = std::mem::take(&mut self.forward);
        let mut slopes = std::mem::take(&mut self.slopes);
        let learned = self.step(sample, &mut forward, &mut slopes);
        (self.forward, self.slopes) = (forward, slopes);
        learned
    }

    /// The logit of `row`, before place and calibration.
    #[must_use]
    pub fn logit(&self, row: &ClickRow) -> f32 {
        Forward::default().row(&self.table, &self.shared, row)
    }

    /// Samples taken.
    #[must_use]
    pub fn learned(&self) -> u64 {
        self.learned
    }

    /// How far predictions are off.
    #[must_use]
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// How the head does against the click rate.
    #[must_use]
    pub fn proof(&self) -> &Proof {
        &self.proof
    }

    /// What is believed of places.
    #[must_use]
    pub fn positions(&self) -> &Positions {
        &self.positions
    }

    /// The features' table.
    #[must_use]
    pub fn table(&self) -> &FeatureTable {
        &self.table
    }

    fn step(
        &mut self,
        sample: &ClickSample,
        forward: &mut Forward,
        slopes: &mut Slopes,
    ) -> Option<ClickLearned> {
        let z = forward.row(&self.table, &self.shared, &sample.row);
        let weight = sample.weight;
        let sound = sample.row.dense.iter().all(|part| part.abs() <= PART_LIMIT) && z.is_finite();
        if !sound || !(0.0..=1e6).contains(&weight) {
            return None;
        }
        if !slopes.form(forward, &self.shared, self.config.lanes) {
            return None;
        }
        self.learned += 1;
        slopes.see(forward, &mut self.table, self.learned as u32);
        self.step_goals(z, sample, forward, slopes);
        let (reaction, taken_back) = reaction(sample.outcome)?;
        let judged = self.judge(z, sample, reaction, taken_back);
        self.step_click(z, sample, (reaction, taken_back), (forward, slopes));
        (!taken_back).then_some(judged)
    }

    /// What is said of the sample, judged; calibration learns from it.
    fn judge(
        &mut self,
        z: f32,
        sample: &ClickSample,
        reaction: Reaction,
        late: bool,
    ) -> ClickLearned {
        let (position, weight) = (sample.position, sample.weight.min(WEIGHT_LIMIT));
        let key = surface(&sample.row.fields);
        let there = self.positions.at(z, position);
        let rate = self.config.rates.calibration;
        let predicted = sigmoid(self.calibration.logit(there, key));
        let label = f32::from(reaction == Reaction::Click);
        if late {
            self.calibration.correct(there, key, weight, rate);
        } else {
            self.proof.judge(predicted, label, weight, self.config.ready_clicks);
            self.calibration.learn(there, key, label, weight, rate);
        }
        ClickLearned { predicted, label, weight: sample.weight }
    }

    fn step_click(
        &mut self,
        z: f32,
        sample: &ClickSample,
        (reaction, taken_back): (Reaction, bool),
        (forward, slopes): (&Forward, &Slopes),
    ) {
        let weight = (sample.weight * self.propensity_weight(sample.propensity)).min(WEIGHT_LIMIT);
        let mut error = self.positions.error(z, sample.position, reaction);
        if taken_back {
            error -= self.positions.error(z, sample.position, Reaction::None);
        }
        self.positions.learn(z, sample.position, reaction, error, self.config.rates.position);
        let error = (error * weight).clamp(-WEIGHT_LIMIT, WEIGHT_LIMIT);
        let dense = sample.row.dense.map(|part| part * error);
        let limit = [-self.config.parameter_limit, self.config.parameter_limit];
        slopes.write_click(forward, error, &self.config, (&mut self.shared, &mut self.table));
        self.shared.dense.climb(&dense, self.config.rates.dense, limit);
    }

    fn step_goals(&mut self, z: f32, sample: &ClickSample, forward: &Forward, slopes: &Slopes) {
        let weight = sample.weight.min(WEIGHT_LIMIT);
        let limit = [-2.0 * self.config.parameter_limit, 2.0 * self.config.parameter_limit];
        for (number, goal) in self.goals.iter_mut().enumerate() {
            let error = weight * goal.error(z, forward.goals[number], sample.outcome);
            if error == 0.0 || !error.is_finite() {
                continue;
            }
            let slope = error * z.clamp(-10.0, 10.0);
            goal.line.climb(&[error, slope], self.config.rates.goals, limit);
            slopes.write_goal(forward, (1 + number, error), &self.config, &mut self.table);
        }
    }

    /// What an impression counts for having been unlikely: clipped, and divided by the mean.
    fn propensity_weight(&mut self, propensity: f32) -> f32 {
        if !(0.0 < propensity && propensity <= 1.0) {
            return 1.0;
        }
        let weight = (1.0 / propensity).min(self.config.propensity_clip.max(1.0));
        self.mean_propensity += MEAN_RATE * (weight - self.mean_propensity);
        weight / self.mean_propensity
    }
}

/// What the click learns of an outcome, and whether an earlier negative is taken back.
fn reaction(outcome: ClickOutcome) -> Option<(Reaction, bool)> {
    match outcome {
        ClickOutcome::Clicked { .. } => Some((Reaction::Click, false)),
        ClickOutcome::Unclicked => Some((Reaction::None, false)),
        ClickOutcome::Skipped => Some((Reaction::TurnedDown, false)),
        ClickOutcome::Late { .. } => Some((Reaction::Click, true)),
        ClickOutcome::Goal { .. } => None,
    }
}

/// The surface of a row of these features: its scenario.
#[must_use]
pub fn surface(fields: &[(u8, u32)]) -> Option<u32> {
    let scenario = fields.iter().find(|(field, _)| *field == SCENARIO);
    scenario.map(|(_, value)| *value)
}

#[cfg(test)]
mod tests;
