//! A chunk with what only training reads of its features.
//!
//! Not here: which features are in which chunk (see `table`).

use super::chunk::{Chunk, Feature, ROWS};
use crate::model::numeric::Lane;

/// A chunk and what only training reads.
#[derive(Clone, Debug)]
pub struct Slot {
    pub chunk: Chunk,
    /// Samples there had been when each feature was last seen.
    pub touched: [u32; ROWS],
    pub seen: [u32; ROWS],
    /// Sums of squares: of the columns, then of the vectors.
    pub squares: Box<[Lane]>,
    /// Bits that all its features' hashes share, and how many.
    pub prefix: u32,
    pub depth: u32,
    pub marks: Marks,
}

/// What is not published, and not in a cut.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marks {
    pub published: bool,
    pub listed: bool,
    /// Features that came, went or moved since the last cut.
    pub names: bool,
    pub rows: u16,
}

/// What a cut must write of one chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uncut {
    /// Number of the chunk.
    pub chunk: u32,
    /// Whether its names changed.
    pub names: bool,
    /// Rows that changed.
    pub rows: u16,
}

/// All that a row is.
pub struct Row {
    waiting: bool,
    weights: Vec<[f32; 2]>,
    vector: Box<[Lane]>,
    squares: Box<[Lane]>,
    touched: u32,
    seen: u32,
}

impl Slot {
    /// Takes the feature at a place away, with all that its row is.
    pub fn take(&mut self, within: usize, columns: usize, lanes: usize) -> Row {
        let weight =
            |column: usize| [self.chunk.weights(column)[within], self.squares[column].0[within]];
        let row = Row {
            waiting: !self.chunk.is_admitted(within),
            weights: (0..columns).map(weight).collect(),
            vector: self.chunk.vector(within).into(),
            squares: self.squares[columns + within * lanes..][..lanes].into(),
            touched: self.touched[within],
            seen: self.seen[within],
        };
        self.chunk.clear(within);
        row
    }

    /// Puts a feature at a place, with all that its row was elsewhere.
    pub fn give(&mut self, within: usize, feature: Feature, row: Row) {
        self.chunk.put(within, feature, &row.vector);
        let (columns, lanes) = (row.weights.len(), row.squares.len());
        for (column, [weight, squares]) in row.weights.into_iter().enumerate() {
            *self.chunk.weight_mut(column, within) = weight;
            self.squares[column].0[within] = squares;
        }
        self.squares[columns + within * lanes..][..lanes].copy_from_slice(&row.squares);
        (self.touched[within], self.seen[within]) = (row.touched, row.seen);
        if !row.waiting {
            self.chunk.admit(within);
        }
    }

    /// The feature to give up: of those not in sample `now`, one seen once before others, then the longest unseen.
    pub fn weakest(&self, now: u32) -> Option<usize> {
        let others = (0..ROWS).filter(|within| self.touched[*within] != now);
        others.max_by_key(|within| {
            (self.seen[*within] < 2, now.wrapping_sub(self.touched[*within]), ROWS - within)
        })
    }
}
