//! The item tables: one vector for history and targets, one for the last item, bias, popularity.
//!
//! Rows lie in chunks of 16 that come into being when one of their items is first met, so that growing by an item
//! costs one chunk, whatever is there already. A vector starts from a hash of seed, table and item: two
//! nodes with one seed start alike, and no generator has a state to keep.
//!
//! **Invariant:** the tables follow from the seed and the calls in their order, bit for bit.
//!
//! Not here: gradients (see `learner`), what readers see (see `revision`).

use crate::ItemIndex;
use crate::model::config::ModelConfig;
use crate::model::numeric::{LANE, Lane, mix, normal};
use crate::model::popularity::Popularity;

/// Rows in a chunk.
pub const ROWS: usize = 16;

/// One of the two tables of vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// `q`: an item as a target and in a history.
    Item,
    /// `h`: an item as the last one.
    Last,
}

/// What an item has beside its vectors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Head {
    /// The intercept.
    pub bias: f32,
    /// Sum of squares of the bias.
    pub bias_squares: f32,
    /// Sums of squares of the vectors, by table.
    pub squares: [f32; 2],
    /// Decayed counts.
    pub popularity: Popularity,
    /// How often it is among the last positives.
    pub frequency: u32,
    /// Whether an event on it was ever counted.
    pub known: bool,
}

/// Sixteen items.
#[derive(Clone, Debug)]
struct Chunk {
    vectors: [Box<[Lane]>; 2],
    heads: [Head; ROWS],
}

/// Every item's parameters.
#[derive(Clone, Debug)]
pub struct Items {
    seed: u64,
    lanes: usize,
    deviation: f32,
    fresh: Head,
    chunks: Vec<Option<Box<Chunk>>>,
    known: Vec<ItemIndex>,
    changed: Changed,
}

/// Chunks written since they were last taken.
#[derive(Clone, Debug, Default)]
struct Changed {
    marked: Vec<bool>,
    chunks: Vec<u32>,
}

impl Items {
    /// Tables without a row.
    #[must_use]
    pub fn new(seed: u64, config: &ModelConfig) -> Self {
        let start = config.rates.start;
        let fresh = Head {
            bias: 0.0,
            bias_squares: start,
            squares: [start; 2],
            popularity: Popularity::default(),
            frequency: 0,
            known: false,
        };
        Self {
            seed,
            lanes: config.lanes,
            deviation: config.start_deviation,
            fresh,
            chunks: Vec::new(),
            known: Vec::new(),
            changed: Changed::default(),
        }
    }

    /// Lanes of a vector.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Makes sure that `item` has a row.
    pub fn ensure(&mut self, item: ItemIndex) {
        let place = item.as_usize() / ROWS;
        if self.chunks.len() <= place {
            self.chunks.resize_with(place + 1, || None);
            self.changed.marked.resize(place + 1, false);
        }
        if self.chunks[place].is_none() {
            self.chunks[place] = Some(Box::new(self.start(place)));
            self.changed.mark(place);
        }
    }

    /// Whether `item` has a row.
    #[must_use]
    pub fn has(&self, item: ItemIndex) -> bool {
        self.chunk(item).is_some()
    }

    /// Items with an event, in the order of their first ones.
    #[must_use]
    pub fn known(&self) -> &[ItemIndex] {
        &self.known
    }

    /// Adds `item` to those known.
    pub fn make_known(&mut self, item: ItemIndex) {
        self.ensure(item);
        if let Some(head) = self.head_mut(item)
            && !head.known
        {
            head.known = true;
            self.known.push(item);
        }
    }

    /// The row of `item` in `table`; `None` where it has none.
    #[must_use]
    pub fn vector(&self, table: Table, item: ItemIndex) -> Option<&[Lane]> {
        let within = item.as_usize() % ROWS * self.lanes;
        let vectors = &self.chunk(item)?.vectors[table as usize];
        Some(&vectors[within..within + self.lanes])
    }

    /// What `item` has beside its vectors.
    #[must_use]
    pub fn head(&self, item: ItemIndex) -> Option<&Head> {
        Some(&self.chunk(item)?.heads[item.as_usize() % ROWS])
    }

    /// The row of `item` in `table` and its sum of squares, to be changed.
    pub fn vector_mut(&mut self, table: Table, item: ItemIndex) -> Option<(&mut [Lane], &mut f32)> {
        let within = item.as_usize() % ROWS;
        let range = within * self.lanes..(within + 1) * self.lanes;
        let chunk = self.chunk_mut(item)?;
        let vector = &mut chunk.vectors[table as usize][range];
        Some((vector, &mut chunk.heads[within].squares[table as usize]))
    }

    /// What `item` has beside its vectors, to be changed.
    pub fn head_mut(&mut self, item: ItemIndex) -> Option<&mut Head> {
        Some(&mut self.chunk_mut(item)?.heads[item.as_usize() % ROWS])
    }

    /// Numbers of the chunks changed since the last call, in the order of their first change.
    pub fn take_changed(&mut self) -> Vec<u32> {
        let taken = std::mem::take(&mut self.changed.chunks);
        for place in &taken {
            self.changed.marked[*place as usize] = false;
        }
        taken
    }

    /// How many chunks there may be.
    #[must_use]
    pub fn chunks(&self) -> usize {
        self.chunks.len()
    }

    fn chunk(&self, item: ItemIndex) -> Option<&Chunk> {
        self.chunks.get(item.as_usize() / ROWS)?.as_deref()
    }

    fn chunk_mut(&mut self, item: ItemIndex) -> Option<&mut Chunk> {
        let place = item.as_usize() / ROWS;
        let chunk = self.chunks.get_mut(place)?.as_deref_mut()?;
        self.changed.mark(place);
        Some(chunk)
    }

    fn start(&self, place: usize) -> Chunk {
        let vectors = [Table::Item, Table::Last].map(|table| self.start_vectors(table, place));
        Chunk { vectors, heads: [self.fresh; ROWS] }
    }

    fn start_vectors(&self, table: Table, place: usize) -> Box<[Lane]> {
        let seed = mix(self.seed, table as u64);
        let first = place * ROWS * self.lanes * LANE;
        let number = |at: usize| normal(seed, at as u64) * self.deviation;
        let lane =
            |lane: usize| Lane(std::array::from_fn(|column| number(first + lane * LANE + column)));
        (0..ROWS * self.lanes).map(lane).collect()
    }
}

impl Changed {
    fn mark(&mut self, place: usize) {
        if !self.marked[place] {
            self.marked[place] = true;
            self.chunks.push(place as u32);
        }
    }
}

#[cfg(test)]
mod tests;
