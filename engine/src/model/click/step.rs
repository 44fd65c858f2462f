//! What a sample writes: features' weights and vectors, and what all features share.
//!
//! Every number has its own sum of squares (`AdaGrad`; Duchi et al., 2011). A weight multiplies the gradient, so no
//! single sample moves a number further than its rate.
//!
//! **Invariant:** all gradients are computed from the parameters before the step, and before anything is written.
//!
//! Not here: errors (see `position`, `goals`).

use super::config::ClickConfig;
use super::forward::Forward;
use super::shared::{ClickShared, pair};
use super::table::{FeatureTable, Place};
use crate::model::numeric::{LANE, Lane, add_scaled, dot_halves, is_finite, squared};

/// A step's numbers.
#[derive(Clone, Debug, Default)]
pub struct Slopes {
    /// For each feature, what the others' vectors add up to: its vector's gradient but for error and scale.
    sums: Vec<Lane>,
    /// For each pair of features that both count, their fields' pair and the product of their vectors.
    products: Vec<(usize, f32)>,
    /// Where each feature's row is.
    places: Vec<Option<Place>>,
    lanes: usize,
    /// By how much pairs and rates are taken down.
    share: f32,
}

impl Slopes {
    /// Computes all slopes of `forward`'s logit. Whether all are numbers.
    #[must_use]
    pub fn form(&mut self, forward: &Forward, weights: &ClickShared, lanes: usize) -> bool {
        self.lanes = lanes;
        self.sums.clear();
        self.sums.resize(forward.features.len() * lanes, Lane::default());
        self.products.clear();
        for (high, one) in forward.features.iter().enumerate() {
            for (low, two) in forward.features[..high].iter().enumerate() {
                let number = pair(one.feature.field, two.feature.field);
                let weight = weights.interactions.values[number];
                if one.counts {
                    add_scaled(
                        &mut self.sums[low * lanes..][..lanes],
                        weight,
                        forward.vector(high),
                    );
                }
                if two.counts {
                    add_scaled(
                        &mut self.sums[high * lanes..][..lanes],
                        weight,
                        forward.vector(low),
                    );
                }
                if one.counts && two.counts {
                    self.products
                        .push((number, dot_halves(forward.vector(high), forward.vector(low))));
                }
            }
        }
        self.share = forward.share();
        for lane in &mut self.sums {
            let (plus, minus) = lane.0.split_at_mut(LANE / 2);
            for (plus, minus) in plus.iter_mut().zip(minus) {
                *plus *= self.share;
                *minus *= -self.share;
            }
        }
        is_finite(&self.sums)
    }

    /// Notes all features as seen in sample number `now`, those without a row last, and finds their rows.
    pub fn see(&mut self, forward: &Forward, table: &mut FeatureTable, now: u32) {
        self.places.clear();
        let known = forward.features.iter();
        self.places.extend(known.map(|seen| table.see_known(seen.feature, now)));
        if self.places.iter().all(Option::is_some) {
            return;
        }
        for seen in forward.features.iter().filter(|seen| !seen.counts) {
            table.see(seen.feature, now);
        }
        // Room for new ones may have moved others.
        self.places.clear();
        self.places.extend(forward.features.iter().map(|seen| table.place(seen.feature)));
    }

    /// Writes a step of the click's error.
    pub fn write_click(
        &self,
        forward: &Forward,
        error: f32,
        config: &ClickConfig,
        (weights, table): (&mut ClickShared, &mut FeatureTable),
    ) {
        let limit = [-config.parameter_limit, config.parameter_limit];
        let rates = config.rates;
        weights.bias.climb(&[error], self.share * rates.weights, limit);
        let interactions = &mut *weights.interactions;
        for (number, product) in &self.products {
            let slope = error * self.share * product;
            let squares = &mut interactions.squares[*number];
            *squares += slope * slope;
            let value = &mut interactions.values[*number];
            let step = self.share * rates.interactions * slope / squares.sqrt();
            *value = (*value + step).clamp(limit[0], limit[1]);
        }
        for (number, seen) in forward.features.iter().enumerate() {
            let Some(place) = self.places[number] else { continue };
            let slope = error * seen.scale;
            let columns = table.column_count();
            let slot = table.write(place);
            let (weight, vector) = slot.chunk.row_mut(place.within);
            let squares = &mut slot.squares[0].0[place.within];
            *squares += slope * slope;
            let step = self.share * rates.weights * slope / squares.sqrt();
            *weight = (*weight + step).clamp(limit[0], limit[1]);
            let squares = &mut slot.squares[columns + place.within * self.lanes..][..self.lanes];
            let sums = &self.sums[number * self.lanes..][..self.lanes];
            let step = Step { rate: self.share * rates.vectors, norm_limit: config.norm_limit };
            step.climb(vector, squares, sums, slope);
        }
    }

    /// Writes a step of a goal's error into the features' weights of its column.
    pub fn write_goal(
        &self,
        forward: &Forward,
        (column, error): (usize, f32),
        config: &ClickConfig,
        table: &mut FeatureTable,
    ) {
        for (seen, place) in forward.features.iter().zip(&self.places) {
            if let Some(place) = place {
                let slope = error * seen.scale;
                let rate = self.share * config.rates.goals;
                write_weight(table, *place, (column, rate), slope, config);
            }
        }
    }
}

/// A step of the weight in `column` along `slope`.
fn write_weight(
    table: &mut FeatureTable,
    place: Place,
    (column, rate): (usize, f32),
    slope: f32,
    config: &ClickConfig,
) {
    let slot = table.write(place);
    let squares = &mut slot.squares[column].0[place.within];
    *squares += slope * slope;
    let step = rate * slope / squares.sqrt();
    let weight = slot.chunk.weight_mut(column, place.within);
    *weight = (*weight + step).clamp(-config.parameter_limit, config.parameter_limit);
}

/// How a vector moves.
#[derive(Clone, Copy, Debug)]
struct Step {
    rate: f32,
    norm_limit: f32,
}

impl Step {
    /// `AdaGrad` uphill along `slope * sums`, kept within the norm's limit.
    fn climb(self, vector: &mut [Lane], squares: &mut [Lane], sums: &[Lane], slope: f32) {
        for ((vector, squares), sums) in vector.iter_mut().zip(squares).zip(sums) {
            for place in 0..LANE {
                let gradient = slope * sums.0[place];
                squares.0[place] += gradient * gradient;
                vector.0[place] += self.rate * gradient / squares.0[place].sqrt();
            }
        }
        let length = squared(vector);
        if self.norm_limit * self.norm_limit < length {
            let shrink = self.norm_limit / length.sqrt();
            for lane in vector {
                lane.0.iter_mut().for_each(|x| *x *= shrink);
            }
        }
    }
}
