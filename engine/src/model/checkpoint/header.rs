//! The header of a model's checkpoint: all that is not a row.
//!
//! Version 2 says behind what version 1 held how many terms the blend had. Those that came later start anew.
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
use crate::model::shared::{Shared, TERMS, Weights};
use crate::{ItemIndex, Sequence};

/// Of the header's form.
pub const VERSION: u8 = 2;
/// Terms of the blend in version 1.
const FIRST_TERMS: u32 = 8;

/// Counters and shared weights.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Header {
    /// As version 1 held it.
    pub first: First,
    /// Terms of the blend.
    terms: u32,
}

/// Version 1.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct First {
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
        each(&mut learner.shared.clone(), TERMS, |numbers| weights.extend_from_slice(numbers));
        let first = First {
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
        };
        Self { first, terms: TERMS as u32 }
    }

    /// Reads any version.
    pub fn read(bytes: &[u8]) -> Result<Self, CodecError> {
        if bytes.first() == Some(&1) {
            return Ok(Self { first: codec::decode(1, bytes)?, terms: FIRST_TERMS });
        }
        let header: Self = codec::decode(VERSION, bytes)?;
        if TERMS < header.terms as usize {
            return Err(CodecError::Damaged("the model's blend has more terms than are known"));
        }
        Ok(header)
    }

    /// Its bytes.
    #[expect(clippy::expect_used, reason = "memory takes any bytes; only reading can fail")]
    pub fn bytes(&self) -> Vec<u8> {
        codec::encode(VERSION, self).expect("a header encodes into memory")
    }

    /// Forgets how often something was published, which training never reads.
    pub fn forget_published(&mut self) {
        self.first.published = 0;
    }

    /// Of which shape the model was.
    pub fn shape(&self) -> Shape {
        Shape { seed: self.first.seed, dimensions: self.first.lanes as usize * LANE }
    }

    /// Lays everything over a new learner's.
    pub fn lay(&self, learner: &mut Learner) -> Result<(), CodecError> {
        let first = &self.first;
        learner.trained = first.trained;
        learner.trained_through = Sequence(first.trained_through);
        learner.users.go_on_from(first.published);
        let highest = Popularity { counts: first.highest, touched: first.highest_touched };
        let half_lives = learner.config.half_lives_events;
        learner.count = EventCount::of(half_lives, first.events, highest);
        learner.sweep = first.sweep;
        let items = first.pool.iter().map(|item| ItemIndex(*item)).collect();
        learner.pool = UniformPool { epoch: first.pool_epoch, items };
        let mut rest = &first.weights[..];
        let mut short = false;
        each(&mut learner.shared, self.terms as usize, |numbers| {
            match rest.split_at_checked(numbers.len()) {
                Some((these, others)) => {
                    numbers.copy_from_slice(these);
                    rest = others;
                }
                None => short = true,
            }
        });
        if short || !rest.is_empty() {
            return Err(CodecError::Damaged("the model's shared weights are of another number"));
        }
        Ok(())
    }
}

/// All shared weights and their sums of squares, in the order of a checkpoint.
pub fn shared_numbers(shared: &Shared) -> Vec<f32> {
    let mut numbers = Vec::new();
    each(&mut shared.clone(), TERMS, |these| numbers.extend_from_slice(these));
    numbers
}

/// Lays as many numbers as [`shared_numbers`] gives.
pub fn lay_shared(shared: &mut Shared, numbers: &[f32]) {
    let mut rest = numbers;
    each(shared, TERMS, |these| {
        if let Some((first, others)) = rest.split_at_checked(these.len()) {
            these.copy_from_slice(first);
            rest = others;
        }
    });
}

/// Visits all shared weights, of the blend the first `terms`, always in the same order.
fn each(shared: &mut Shared, terms: usize, mut visit: impl FnMut(&mut [f32])) {
    fn both<const N: usize>(weights: &mut Weights<N>, visit: &mut impl FnMut(&mut [f32])) {
        visit(&mut weights.values);
        visit(&mut weights.squares);
    }
    shared.popularity.iter_mut().for_each(|weights| both(weights, &mut visit));
    both(&mut shared.gaps, &mut visit);
    for weights in &mut shared.blend {
        visit(&mut weights.values[..terms]);
        visit(&mut weights.squares[..terms]);
    }
}
