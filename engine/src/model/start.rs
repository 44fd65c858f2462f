//! What rows start from: hashes of seed, table and item.
//!
//! **Invariant:** a row starts the same whenever and wherever it comes into being.
//!
//! Not here: when it does (see `items`).

use crate::ItemIndex;
use crate::model::chunk::{Chunk, ROWS};
use crate::model::config::ModelConfig;
use crate::model::items::{Own, Slot, Table, UNKNOWN};
use crate::model::numeric::{LANE, Lane, mix, normal};

/// How rows start.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    seed: u64,
    /// Lanes of a vector.
    pub lanes: usize,
    deviation: f32,
    /// Sums of squares.
    pub squares: f32,
}

impl Start {
    /// As the configuration says.
    pub fn new(seed: u64, config: &ModelConfig) -> Self {
        let (deviation, squares) = (config.start_deviation, config.rates.start);
        Self { seed, lanes: config.lanes, deviation, squares }
    }

    /// Chunk number `place`.
    pub fn slot(self, place: usize) -> Slot {
        let vectors = |table| self.vectors(table, place * ROWS, ROWS);
        let targets: Vec<Lane> = vectors(Table::Item).collect();
        Slot {
            targets: Chunk::new(&targets),
            lasts: vectors(Table::Last).collect(),
            own: Box::new(Own {
                squares: [[self.squares; ROWS]; 2],
                bias_squares: [self.squares; ROWS],
                frequency: [0; ROWS],
                place: [UNKNOWN; ROWS],
            }),
        }
    }

    /// One row.
    pub fn row(self, table: Table, item: ItemIndex) -> Vec<Lane> {
        self.vectors(table, item.as_usize(), 1).collect()
    }

    fn vectors(self, table: Table, first: usize, rows: usize) -> impl Iterator<Item = Lane> {
        let seed = mix(self.seed, table as u64);
        let number = move |at: usize| normal(seed, at as u64) * self.deviation;
        let lanes = first * self.lanes..(first + rows) * self.lanes;
        lanes.map(move |lane| Lane(std::array::from_fn(|column| number(lane * LANE + column))))
    }
}
