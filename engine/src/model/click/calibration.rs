//! Calibration: what the head says against what happens, by surface.
//!
//! A surface is a scenario. Each has a slope and an intercept on the logit (Platt, 1999), learned by one step for each
//! impression after the head's own prediction was judged. Sums over windows of impressions say how far predictions are
//! off now.
//!
//! **Invariant:** at most [`SURFACES`] are kept; further ones share the first.
//!
//! Not here: raising an alarm (whoever reads [`Calibration::ratio`]).

use super::forget::CALIBRATION_START;
use super::position::sigmoid;
use crate::model::shared::Weights;

/// Surfaces kept apart.
pub const SURFACES: usize = 32;
/// Impressions that a ratio is of.
pub const WINDOW: f32 = 10_000.0;
/// Outside this, predicted over observed clicks is an alarm.
pub const TRUSTED: std::ops::RangeInclusive<f32> = 0.9..=1.1;

/// Logit of a usual click rate, 8 %: the slope turns the line around it, so that slope and intercept are learned apart.
const CENTRE: f32 = -2.5;

/// All surfaces.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// By key of the surface, in order of appearance; the first is for all that have none of their own.
    pub surfaces: Vec<Surface>,
    /// Of all surfaces.
    pub window: Window,
}

/// One surface.
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    /// Hash of the scenario's name; none for the first.
    pub key: Option<u32>,
    /// Slope less 1, then intercept.
    pub line: Weights<2>,
}

/// Sums over the impressions of the window under way, and those of the last whole one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    /// Impressions, by weight.
    pub seen: f32,
    /// Sum of predictions.
    pub predicted: f32,
    /// Clicks, by weight.
    pub clicks: f32,
    /// Predicted over observed clicks of the last whole window; 0 before there was one.
    pub last: f32,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { surfaces: vec![Surface::new(None)], window: Window::default() }
    }
}

impl Surface {
    fn new(key: Option<u32>) -> Self {
        Self { key, line: Weights::starting(0.0, CALIBRATION_START) }
    }

    fn logit(&self, z: f32) -> f32 {
        z + self.line.values[0] * (z - CENTRE) + self.line.values[1]
    }
}

impl Calibration {
    /// The calibrated logit of a click on the surface `key`.
    #[must_use]
    pub fn logit(&self, z: f32, key: Option<u32>) -> f32 {
        self.surfaces[self.find(key).unwrap_or(0)].logit(z)
    }

    /// Predicted over observed clicks of the last whole window of 10,000 impressions; none before there was one with
    /// clicks.
    #[must_use]
    pub fn ratio(&self) -> Option<f32> {
        (0.0 < self.window.last).then_some(self.window.last)
    }

    /// Whether the last whole window was off by more than a tenth.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.ratio().is_some_and(|ratio| !TRUSTED.contains(&ratio))
    }

    /// Learns from an impression of logit `z` whose click is `label`.
    pub fn learn(&mut self, z: f32, key: Option<u32>, label: f32, weight: f32, rate: f32) {
        let place = self.find_or_add(key);
        let surface = &mut self.surfaces[place];
        let predicted = sigmoid(surface.logit(z));
        let error = weight * (label - predicted);
        surface.line.climb(&[error * (z - CENTRE), error], rate, [-0.75, 3.0]);
        self.window.count(predicted, label, weight);
    }

    /// Takes back that an impression of logit `z` had no click: it had.
    pub fn correct(&mut self, z: f32, key: Option<u32>, weight: f32, rate: f32) {
        let place = self.find_or_add(key);
        self.surfaces[place].line.climb(&[weight * (z - CENTRE), weight], rate, [-0.75, 3.0]);
        self.window.clicks += weight;
    }

    fn find(&self, key: Option<u32>) -> Option<usize> {
        self.surfaces.iter().position(|surface| surface.key == key)
    }

    fn find_or_add(&mut self, key: Option<u32>) -> usize {
        match self.find(key) {
            Some(place) => place,
            None if SURFACES <= self.surfaces.len() => 0,
            None => {
                self.surfaces.push(Surface::new(key));
                self.surfaces.len() - 1
            }
        }
    }
}

impl Window {
    fn count(&mut self, predicted: f32, label: f32, weight: f32) {
        self.seen += weight;
        self.predicted += weight * predicted;
        self.clicks += weight * label;
        if WINDOW <= self.seen {
            let last = if 0.0 < self.clicks { self.predicted / self.clicks } else { self.last };
            *self = Self { last, ..Self::default() };
        }
    }
}

#[cfg(test)]
mod tests;
