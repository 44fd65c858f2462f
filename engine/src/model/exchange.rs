//! A model's tables as they travel between nodes: rows by item, and what all items share.
//!
//! What belongs to one node alone stays there: users' own vectors go by its keyed hash, the click head's features by its
//! seed, and nothing outside it knows an item's number. So a row travels under its item's name, which the caller knows.
//!
//! **Invariant:** a model that was carried over gives every item known on both sides the scores that it had, for users without
//! a vector of their own.
//!
//! **Invariant:** nothing is taken in that learning could not have made: every number is one, within its limits.
//!
//! Not here: names, files, formats.

use crate::model::checkpoint::{lay_shared, shared_numbers};
use crate::model::chunk::Head;
use crate::model::config::{HALF_LIVES, ModelConfig};
use crate::model::draws::RecentPositives;
use crate::model::items::Table;
use crate::model::learner::Learner;
use crate::model::numeric::{self, LANE, Lane};
use crate::model::popularity::{EventCount, Popularity};
use crate::{ItemIndex, Sequence};

/// The largest sum of squares that is taken in.
const LARGEST_SUM: f32 = 1.0e12;
/// The largest decayed count that is taken in.
const LARGEST_COUNT: f32 = 1.0e9;
/// The most events or samples that are taken in: no stream comes near, and counting on overflows nothing.
const MOST_EVENTS: u64 = 1 << 53;

/// One item's row on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct CarriedRow {
    /// As a target and in histories.
    pub vector: Vec<f32>,
    /// As the last item; that of a new item where it is empty.
    pub last: Vec<f32>,
    /// The intercept.
    pub bias: f32,
    /// Decayed counts as of the last event on the item.
    pub counts: [f32; HALF_LIVES],
    /// Events on any item since then.
    pub age: u32,
    /// Sums of squares: vector, vector as the last item, bias. What they start from where they are 0.
    pub squares: [f32; 3],
}

/// What all items share, on its way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CarriedShared {
    /// Positive events counted.
    pub events: u64,
    /// The highest decayed counts as of now.
    pub highest: [f32; HALF_LIVES],
    /// Weights and their sums of squares in the order of a checkpoint; what they start from where it is empty.
    pub weights: Vec<f32>,
    /// Samples learned from.
    pub trained: u64,
}

/// Why something cannot be taken in.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CarryError {
    /// A vector has another number of dimensions.
    #[error("vectors have {found} dimensions, and this node's model has {expected}")]
    Dimensions {
        /// What was found.
        found: usize,
        /// What is expected.
        expected: usize,
    },
    /// A number of a row is none, or beyond its limits.
    #[error("{what} of row {row} is {found}, and must be from {least} to {most}")]
    OfRow {
        /// What it is.
        what: &'static str,
        /// Which row, from 0.
        row: usize,
        /// What was found.
        found: f32,
        /// The least.
        least: f32,
        /// The most.
        most: f32,
    },
    /// A number that all items share is none, or beyond its limits.
    #[error("{what} number {place} is {found}, and must be from {least} to {most}")]
    OfAll {
        /// What it is.
        what: &'static str,
        /// Which, from 0.
        place: usize,
        /// What was found.
        found: f32,
        /// The least.
        least: f32,
        /// The most.
        most: f32,
    },
    /// More samples or events than any stream has.
    #[error("{what} is {found}, and must be at most {MOST_EVENTS}")]
    TooMany {
        /// What it is.
        what: &'static str,
        /// What was found.
        found: u64,
    },
    /// Another number of shared weights.
    #[error("there are {found} shared weights, and this version of the program has {expected}")]
    SharedWeights {
        /// What was found.
        found: usize,
        /// What is expected.
        expected: usize,
    },
}

impl Learner {
    /// The rows of all items known, in a fixed order.
    pub fn carried_rows(&self) -> impl Iterator<Item = (ItemIndex, CarriedRow)> + '_ {
        self.items.known().iter().filter_map(|item| Some((*item, self.carried_row(*item)?)))
    }

    /// Numbers in a vector.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.config.dimensions()
    }

    /// What vectors start from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What all items share.
    #[must_use]
    pub fn carried_shared(&self) -> CarriedShared {
        CarriedShared {
            events: self.count.events,
            highest: self.count.counts(&self.count.highest_counts()),
            weights: shared_numbers(&self.shared),
            trained: self.trained,
        }
    }

    /// The last positives, oldest first.
    #[must_use]
    pub fn carried_recent(&self) -> Vec<ItemIndex> {
        let slots = self.recent.slots();
        let mut order: Vec<usize> = (0..slots.len()).collect();
        order.sort_unstable_by_key(|slot| std::cmp::Reverse(self.recent.age(*slot)));
        order.into_iter().map(|slot| slots[slot]).collect()
    }

    /// One item's row; `None` where it has none.
    #[must_use]
    pub fn carried_row(&self, item: ItemIndex) -> Option<CarriedRow> {
        let (place, within) = crate::model::items::split(item);
        let own = &self.items.slot(place)?.own;
        let head = self.items.head(item)?;
        let flat = |vector: &[Lane]| vector.iter().flat_map(|lane| lane.0).collect();
        Some(CarriedRow {
            vector: flat(self.items.vector(Table::Item, item)?),
            last: flat(self.items.vector(Table::Last, item)?),
            bias: head.bias,
            counts: head.counts,
            age: (self.count.events as u32).wrapping_sub(head.touched),
            squares: [own.squares[0][within], own.squares[1][within], own.bias_squares[within]],
        })
    }
}

/// A model that is being taken in, row by row.
#[derive(Debug)]
pub struct Carrying {
    learner: Learner,
    rows: usize,
}

impl Carrying {
    /// Takes in what all items share.
    ///
    /// # Errors
    /// [`CarryError`] where it does not fit.
    pub fn begin(
        seed: u64,
        config: ModelConfig,
        shared: &CarriedShared,
    ) -> Result<Self, CarryError> {
        let mut learner = Learner::new(seed, config);
        let expected = shared_numbers(&learner.shared).len();
        let found = shared.weights.len();
        for (what, found) in [("`events`", shared.events), ("`trained`", shared.trained)] {
            if MOST_EVENTS < found {
                return Err(CarryError::TooMany { what, found });
            }
        }
        if !shared.weights.is_empty() {
            if found != expected {
                return Err(CarryError::SharedWeights { found, expected });
            }
            check_all("the shared sum", &shared.weights, [-LARGEST_SUM, LARGEST_SUM])?;
            lay_shared(&mut learner.shared, &shared.weights);
            let (start, most) = (learner.config.rates.start, learner.config.parameter_limit);
            let values: Vec<f32> = learner.shared.values().collect();
            check_all("the shared weight", &values, [-most, most])?;
            learner.shared.each_sum(|sum| *sum = sum.max(start));
        }
        check_all("the highest count", &shared.highest, [0.0, LARGEST_COUNT])?;
        let highest = Popularity { counts: shared.highest, touched: shared.events };
        let half_lives = learner.config.half_lives_events;
        learner.count = EventCount::of(half_lives, shared.events, highest);
        learner.trained = shared.trained;
        Ok(Self { learner, rows: 0 })
    }

    /// Takes a row in.
    ///
    /// # Errors
    /// [`CarryError`] where it does not fit.
    pub fn row(&mut self, item: ItemIndex, row: &CarriedRow) -> Result<(), CarryError> {
        let number = self.rows;
        self.rows += 1;
        self.check(number, row)?;
        let Learner { items, count, config, .. } = &mut self.learner;
        items.ensure(item);
        let age = row.age.min(count.events.min(u64::from(u32::MAX)) as u32);
        let touched = (count.events as u32).wrapping_sub(age);
        items.set_head(item, &Head { bias: row.bias, counts: row.counts, touched });
        count.allow_for(&Popularity { counts: row.counts, touched: count.full(touched) });
        let start = config.rates.start;
        if let Some(target) = items.target_mut(item) {
            lay(target.vector, &row.vector);
            (*target.squares, *target.bias_squares) =
                (row.squares[0].max(start), row.squares[2].max(start));
        }
        if !row.last.is_empty()
            && let Some((vector, squares)) = items.last_mut(item)
        {
            lay(vector, &row.last);
            *squares = row.squares[1].max(start);
        }
        items.make_known(item);
        Ok(())
    }

    /// Takes the last positives in, oldest first, and gives the learner.
    #[must_use]
    pub fn finish(self, recent: &[ItemIndex]) -> Learner {
        let mut learner = self.learner;
        let capacity = learner.recent.capacity();
        let known = recent.iter().copied().filter(|item| learner.items.is_known(*item));
        let mut slots: Vec<ItemIndex> = known.collect();
        slots.drain(..slots.len().saturating_sub(capacity));
        let total = slots.len() as u64;
        if let Some(ring) = RecentPositives::of(slots, total, capacity) {
            ring.count(&mut learner.items);
            learner.recent = ring;
        }
        learner.trained_through = Sequence(0);
        learner.recut();
        learner
    }

    fn check(&self, number: usize, row: &CarriedRow) -> Result<(), CarryError> {
        let config = &self.learner.config;
        let expected = config.lanes * LANE;
        for vector in [&row.vector, &row.last] {
            let none_last = vector.is_empty() && std::ptr::eq(vector, &raw const row.last);
            if vector.len() != expected && !none_last {
                return Err(CarryError::Dimensions { found: vector.len(), expected });
            }
        }
        // A hair beyond the norm that learning keeps to is rounding.
        let norm = config.norm_limit * 1.001;
        for (what, vector) in [
            ("the length of the vector", &row.vector),
            ("the length of the last vector", &row.last),
        ] {
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            check(what, number, &[length], [0.0, norm])?;
        }
        let bias = config.parameter_limit;
        check("the bias", number, &[row.bias], [-bias, bias])?;
        check("a count", number, &row.counts, [0.0, LARGEST_COUNT])?;
        check("a sum of squares", number, &row.squares, [0.0, LARGEST_SUM])
    }
}

/// The first number that is none, or beyond its limits, and its place.
fn unsound(numbers: &[f32], [least, most]: [f32; 2]) -> Option<(usize, f32)> {
    // What is no number is in no range.
    numbers.iter().copied().enumerate().find(|(_, number)| !(least..=most).contains(number))
}

fn check(
    what: &'static str,
    row: usize,
    numbers: &[f32],
    [least, most]: [f32; 2],
) -> Result<(), CarryError> {
    unsound(numbers, [least, most])
        .map_or(Ok(()), |(_, found)| Err(CarryError::OfRow { what, row, found, least, most }))
}

fn check_all(
    what: &'static str,
    numbers: &[f32],
    [least, most]: [f32; 2],
) -> Result<(), CarryError> {
    unsound(numbers, [least, most])
        .map_or(Ok(()), |(place, found)| Err(CarryError::OfAll { what, place, found, least, most }))
}

fn lay(vector: &mut [Lane], numbers: &[f32]) {
    for (lane, numbers) in vector.iter_mut().zip(numbers.chunks(numeric::LANE)) {
        lane.0.copy_from_slice(numbers);
    }
}

#[cfg(test)]
mod tests;
