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
        for lane in &mut self.sums {
            lane.0[LANE / 2..].iter_mut().for_each(|x| *x = -*x);
        }
        is_finite(&self.sums)
    }

    /// Notes all features as seen in sample number `now`, those without a row last, and finds their rows.
    pub fn see(&mut self, forward: &Forward, table: &mut FeatureTable, now: u32) {
        for counted in [true, false] {
            for seen in forward.features.iter().filter(|seen| seen.counts == counted) {
                table.see(seen.feature, now);
            }
        }
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
        weights.bias.climb(&[error], config.rates.weights, limit);
        let interactions = &mut *weights.interactions;
        for (number, product) in &self.products {
            let slope = error * product;
            let squares = &mut interactions.squares[*number];
            *squares += slope * slope;
            let value = &mut interactions.values[*number];
            let step = config.rates.interactions * slope / squares.sqrt();
            *value = (*value + step).clamp(limit[0], limit[1]);
        }
        for (number, seen) in forward.features.iter().enumerate() {
            let Some(place) = self.places[number] else { continue };
            let slope = error * seen.scale;
            write_weight(table, place, (0, config.rates.weights), slope, config);
            let columns = table.column_count();
            let slot = table.write(place);
            let squares = &mut slot.squares[columns + place.within * self.lanes..][..self.lanes];
            let vector = slot.chunk.vector_mut(place.within);
            let sums = &self.sums[number * self.lanes..][..self.lanes];
            climb(vector, squares, sums, slope, config);
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
                write_weight(table, *place, (column, config.rates.goals), slope, config);
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

/// `AdaGrad` uphill along `slope * sums`, kept within the norm's limit.
fn climb(
    vector: &mut [Lane],
    squares: &mut [Lane],
    sums: &[Lane],
    slope: f32,
    config: &ClickConfig,
) {
    let rate = config.rates.vectors;
    for ((vector, squares), sums) in vector.iter_mut().zip(squares).zip(sums) {
        for place in 0..LANE {
            let gradient = slope * sums.0[place];
            squares.0[place] += gradient * gradient;
            vector.0[place] += rate * gradient / squares.0[place].sqrt();
        }
    }
    let length = squared(vector);
    if config.norm_limit * config.norm_limit < length {
        let shrink = config.norm_limit / length.sqrt();
        for lane in vector {
            lane.0.iter_mut().for_each(|x| *x *= shrink);
        }
    }
}
