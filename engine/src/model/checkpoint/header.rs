//! The header of a model's checkpoint: all that is not a row.
//!
//! Not here: when it is written.

use bincode::{Decode, Encode};

use crate::codec::{self, CodecError};
use crate::model::checkpoint::Shape;
use crate::model::config::HALF_LIVES;
use crate::model::draws::UniformPool;
use crate::model::learner::Learner;
use crate::model::numeric::LANE;
use crate::model::popularity::{EventCount, Popularity};
use crate::model::shared::{Shared, Weights};
use crate::{ItemIndex, Sequence};

/// Of the header's form.
pub const VERSION: u8 = 1;

/// Counters and shared weights.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Header {
    seed: u64,
    lanes: u32,
    trained: u64,
    trained_through: u64,
    published: u64,
    events: u64,
    highest: [f32; HALF_LIVES],
    highest_touched: u64,
    /// Capacity of the ring of last positives.
    pub ring_capacity: u32,
    /// How many were ever put into it.
    pub ring_total: u64,
    /// Known items.
    pub known: u32,
    sweep: u32,
    pool_epoch: u64,
    pool: Vec<u32>,
    /// Values, then squares: popularity by group, gaps, blend by group.
    weights: Vec<f32>,
}

impl Header {
    /// That of `learner`.
    pub fn of(learner: &Learner) -> Self {
        let highest = learner.count.highest_counts();
        let mut weights = Vec::new();
        each(&mut learner.shared.clone(), |numbers| weights.extend_from_slice(numbers));
        Self {
            seed: learner.seed,
            lanes: learner.config.lanes as u32,
            trained: learner.trained,
            trained_through: learner.trained_through.0,
            published: learner.users.published(),
            events: learner.count.events,
            highest: highest.counts,
            highest_touched: highest.touched,
            ring_capacity: learner.recent.capacity() as u32,
            ring_total: learner.recent.total(),
            known: learner.items.known().len() as u32,
            sweep: learner.sweep,
            pool_epoch: learner.pool.epoch,
            pool: learner.pool.items.iter().map(|item| item.0).collect(),
            weights,
        }
    }

    /// Its bytes.
    #[expect(clippy::expect_used, reason = "memory takes any bytes; only reading can fail")]
    pub fn bytes(&self) -> Vec<u8> {
        codec::encode(VERSION, self).expect("a header encodes into memory")
    }

    /// Forgets how often something was published, which training never reads.
    pub fn forget_published(&mut self) {
        self.published = 0;
    }

    /// Of which shape the model was.
    pub fn shape(&self) -> Shape {
        Shape { seed: self.seed, dimensions: self.lanes as usize * LANE }
    }

    /// Lays everything over a new learner's.
    pub fn lay(&self, learner: &mut Learner) -> Result<(), CodecError> {
        learner.trained = self.trained;
        learner.trained_through = Sequence(self.trained_through);
        learner.users.go_on_from(self.published);
        let highest = Popularity { counts: self.highest, touched: self.highest_touched };
        let half_lives = learner.config.half_lives_events;
        learner.count = EventCount::of(half_lives, self.events, highest);
        learner.sweep = self.sweep;
        let items = self.pool.iter().map(|item| ItemIndex(*item)).collect();
        learner.pool = UniformPool { epoch: self.pool_epoch, items };
        let mut rest = &self.weights[..];
        let mut short = false;
        each(&mut learner.shared, |numbers| match rest.split_at_checked(numbers.len()) {
            Some((these, others)) => {
                numbers.copy_from_slice(these);
                rest = others;
            }
            None => short = true,
        });
        if short || !rest.is_empty() {
            return Err(CodecError::Damaged("the model's shared weights are of another number"));
        }
        Ok(())
    }
}

/// Visits all shared weights, always in the same order.
fn each(shared: &mut Shared, mut visit: impl FnMut(&mut [f32])) {
    fn both<const N: usize>(weights: &mut Weights<N>, visit: &mut impl FnMut(&mut [f32])) {
        visit(&mut weights.values);
        visit(&mut weights.squares);
    }
    shared.popularity.iter_mut().for_each(|weights| both(weights, &mut visit));
    both(&mut shared.gaps, &mut visit);
    shared.blend.iter_mut().for_each(|weights| both(weights, &mut visit));
}
