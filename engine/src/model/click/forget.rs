//! Forgetting how sure the click head was, when the model's drift alarm goes off.
//!
//! As the model's own sums of squares are (see `SquaresUnit`): taken down, in checkpoints by a unit that grows, so that no
//! row is written anew.
//!
//! **Invariant:** a head restored forgets and has forgotten as the one that was cut, bit for bit.
//!
//! Not here: when (see [`crate::model::versions`]).

use super::head::ClickHead;
use crate::model::learner::SquaresUnit;
use crate::model::shared::Weights;

/// What sums of squares of the calibration start from.
pub const CALIBRATION_START: f32 = 1.0;

impl ClickHead {
    /// Forgets how sure it was: it learns as fast again as it did once. Weights, places and figures stay.
    pub fn forget(&mut self) {
        if self.learned == 0 {
            return;
        }
        let squares = self.squares;
        self.table.each_sum(|sum| *sum = squares.left_of(*sum));
        let shared = &mut self.shared;
        less(&mut shared.bias, squares);
        less(&mut *shared.interactions, squares);
        less(&mut shared.dense, squares);
        less(&mut self.positions.logits, squares);
        self.goals.iter_mut().for_each(|goal| less(&mut goal.line, squares));
        let calibration = SquaresUnit::new(CALIBRATION_START);
        self.calibration
            .surfaces
            .iter_mut()
            .for_each(|surface| less(&mut surface.line, calibration));
        self.changed = true;
        if let Some(grown) = squares.grown() {
            self.squares = grown;
        } else {
            self.squares = SquaresUnit::new(self.config.rates.start);
            self.recut();
        }
    }
}

fn less<const N: usize>(weights: &mut Weights<N>, squares: SquaresUnit) {
    weights.squares.iter_mut().for_each(|sum| *sum = squares.left_of(*sum));
}

#[cfg(test)]
mod tests;
