//! The item tables: one vector for history and targets, one for the last item, bias, popularity.
//!
//! Rows lie in chunks of 16 that come into being when one of their items is first met, so that growing by an item
//! costs one chunk, whatever is there already. A vector starts from a hash of seed, table and item: two
//! nodes with one seed start alike, and no generator has a state to keep. What readers need lies in shared chunks
//! that are copied on the first write after a publication; what only training reads lies beside them and is never
//! published.
//!
//! **Invariant:** the tables follow from the seed and the calls in their order, bit for bit.
//!
//! Not here: gradients (see `learner`), what readers see (see `view`), which items leave (see `expiry`).

use crate::ItemIndex;
use crate::model::changes::Changes;
use crate::model::chunk::{Chunk, Gate, Head, ROWS, Rows};
use crate::model::config::{HALF_LIVES, ModelConfig};
use crate::model::learner::SquaresUnit;
use crate::model::numeric::Lane;
use crate::model::popularity::{EventCount, Popularity};
use crate::model::start::Start;
use crate::model::tables::ItemTables;

/// One of the two tables of vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// `q`: an item as a target and in a history.
    Item,
    /// `h`: an item as the last one.
    Last,
}

/// Where an item stands in the list of known ones, if it does.
pub(super) const UNKNOWN: u32 = u32::MAX;
/// It did once; its row starts anew when it comes back.
pub(super) const RETIRED: u32 = u32::MAX - 1;

/// Sixteen items: what is shared with readers, and what is not.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub targets: Chunk,
    pub lasts: Rows,
    pub own: Box<Own>,
}

/// What only training reads of sixteen items.
#[derive(Clone, Debug)]
pub(super) struct Own {
    /// Sums of squares of the vectors, by table.
    pub squares: [[f32; ROWS]; 2],
    /// Sums of squares of the biases.
    pub bias_squares: [f32; ROWS],
    /// How often each is among the last positives.
    pub frequency: [u32; ROWS],
    /// Where each stands among the known ones.
    pub place: [u32; ROWS],
}

/// An item's row as a target, to be changed.
#[derive(Debug)]
pub struct TargetMut<'a> {
    /// The vector.
    pub vector: &'a mut [Lane],
    /// Its sum of squares.
    pub squares: &'a mut f32,
    /// The intercept.
    pub bias: &'a mut f32,
    /// Its sum of squares.
    pub bias_squares: &'a mut f32,
}

/// Every item's parameters.
#[derive(Clone, Debug)]
pub struct Items {
    pub(super) start: Start,
    pub(super) slots: Vec<Option<Slot>>,
    pub(super) known: Vec<ItemIndex>,
    pub(super) changes: Changes,
    /// What sums of squares are kept in.
    pub(super) squares: SquaresUnit,
}

impl Items {
    /// Tables without a row.
    #[must_use]
    pub fn new(seed: u64, config: &ModelConfig) -> Self {
        Self {
            start: Start::new(seed, config),
            slots: Vec::new(),
            known: Vec::new(),
            changes: Changes::default(),
            squares: SquaresUnit::new(config.rates.start),
        }
    }

    /// Lanes of a vector.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.start.lanes
    }

    /// Makes sure that `item` has a row; one that had left starts anew.
    pub fn ensure(&mut self, item: ItemIndex) {
        let (place, within) = split(item);
        if self.slots.len() <= place {
            self.slots.resize_with(place + 1, || None);
        }
        if self.slots[place].is_none() {
            self.slots[place] = Some(self.start.slot(place));
            self.changes.created(place);
        }
        if self.standing(item) == RETIRED {
            self.start_anew(item);
            self.slots[place].iter_mut().for_each(|slot| slot.own.place[within] = UNKNOWN);
        }
    }

    /// Whether `item` has a row.
    #[must_use]
    pub fn has(&self, item: ItemIndex) -> bool {
        self.slot(split(item).0).is_some()
    }

    /// How many chunks there may be.
    #[must_use]
    pub fn chunks(&self) -> usize {
        self.slots.len()
    }

    /// Items with an event, nearly in the order of their first ones.
    #[must_use]
    pub fn known(&self) -> &[ItemIndex] {
        &self.known
    }

    /// Whether `item` is one of those.
    #[must_use]
    pub fn is_known(&self, item: ItemIndex) -> bool {
        self.standing(item) < RETIRED
    }

    /// Adds `item` to those known.
    pub fn make_known(&mut self, item: ItemIndex) {
        self.ensure(item);
        if self.is_known(item) {
            return;
        }
        let standing = self.known.len() as u32;
        self.known.push(item);
        self.stand(item, standing, Gate::Known);
    }

    /// How often `item` is among the last positives.
    #[must_use]
    #[inline]
    pub fn frequency(&self, item: ItemIndex) -> u32 {
        let (place, within) = split(item);
        self.slot(place).map_or(0, |slot| slot.own.frequency[within])
    }

    /// How often `item` is among the last positives, to be changed.
    pub fn frequency_mut(&mut self, item: ItemIndex) -> Option<&mut u32> {
        let (place, within) = split(item);
        Some(&mut self.slots.get_mut(place)?.as_mut()?.own.frequency[within])
    }

    /// The row of `item` in `table`; `None` where it has none.
    #[must_use]
    #[inline]
    pub fn vector(&self, table: Table, item: ItemIndex) -> Option<&[Lane]> {
        match table {
            Table::Item => self.target(item),
            Table::Last => self.last(item),
        }
    }

    /// The row of `item` as a target, to be changed.
    #[inline]
    pub fn target_mut(&mut self, item: ItemIndex) -> Option<TargetMut<'_>> {
        let (place, within) = split(item);
        let slot = self.slots.get_mut(place)?.as_mut()?;
        self.changes.wrote(Table::Item, place, within);
        let (vector, bias) = slot.targets.own().row(within);
        Some(TargetMut {
            vector,
            squares: &mut slot.own.squares[Table::Item as usize][within],
            bias,
            bias_squares: &mut slot.own.bias_squares[within],
        })
    }

    /// The row of `item` as the last one and its sum of squares, to be changed.
    pub fn last_mut(&mut self, item: ItemIndex) -> Option<(&mut [Lane], &mut f32)> {
        let (place, within) = split(item);
        let slot = self.slots.get_mut(place)?.as_mut()?;
        self.changes.wrote(Table::Last, place, within);
        let rows = std::sync::Arc::make_mut(&mut slot.lasts);
        let vector = &mut rows[within * self.start.lanes..][..self.start.lanes];
        Some((vector, &mut slot.own.squares[Table::Last as usize][within]))
    }

    /// Counts an event on `item`.
    pub fn touch(&mut self, item: ItemIndex, count: &mut EventCount) {
        let Some(mut head) = self.head(item) else { return };
        let mut popularity = Popularity { counts: head.counts, touched: count.full(head.touched) };
        count.touch(&mut popularity);
        (head.counts, head.touched) = (popularity.counts, popularity.touched as u32);
        self.set_head(item, &head);
    }

    /// What readers see of `item` beside its vector.
    #[must_use]
    pub fn head(&self, item: ItemIndex) -> Option<Head> {
        let (place, within) = split(item);
        Some(self.slot(place)?.targets.head(within))
    }

    pub(super) fn set_head(&mut self, item: ItemIndex, head: &Head) {
        let (place, within) = split(item);
        if let Some(slot) = self.slots.get_mut(place).and_then(Option::as_mut) {
            self.changes.wrote(Table::Item, place, within);
            slot.targets.own().set_head(within, head);
        }
    }

    /// Where `item` stands among the known ones.
    pub(super) fn standing(&self, item: ItemIndex) -> u32 {
        let (place, within) = split(item);
        self.slot(place).map_or(UNKNOWN, |slot| slot.own.place[within])
    }

    pub(super) fn stand(&mut self, item: ItemIndex, standing: u32, gate: Gate) {
        let (place, within) = split(item);
        if let Some(slot) = self.slots.get_mut(place).and_then(Option::as_mut) {
            self.changes.wrote(Table::Item, place, within);
            slot.own.place[within] = standing;
            slot.targets.own().set_known(within, gate);
        }
    }

    /// Visits every sum of squares there is.
    pub(super) fn each_sum(&mut self, visit: impl Fn(&mut f32)) {
        for slot in self.slots.iter_mut().flatten() {
            let own = &mut *slot.own;
            own.squares.iter_mut().flatten().chain(&mut own.bias_squares).for_each(&visit);
        }
    }

    /// Has every row written with the next cut.
    pub(super) fn recut(&mut self) {
        for (place, slot) in self.slots.iter().enumerate() {
            if slot.is_some() {
                self.changes.recut(place);
            }
        }
    }

    fn start_anew(&mut self, item: ItemIndex) {
        let start = self.start;
        for table in [Table::Item, Table::Last] {
            let lanes = start.row(table, item);
            let row = match table {
                Table::Item => self.target_mut(item).map(|row| (row.vector, row.squares)),
                Table::Last => self.last_mut(item),
            };
            if let Some((vector, squares)) = row {
                vector.copy_from_slice(&lanes);
                *squares = start.squares;
            }
        }
        self.set_head(item, &Head { bias: 0.0, counts: [0.0; HALF_LIVES], touched: 0 });
        if let Some(row) = self.target_mut(item) {
            *row.bias_squares = start.squares;
        }
    }

    #[inline]
    pub(super) fn slot(&self, place: usize) -> Option<&Slot> {
        self.slots.get(place)?.as_ref()
    }
}

impl ItemTables for Items {
    fn lanes(&self) -> usize {
        self.start.lanes
    }

    #[inline]
    fn targets(&self, place: usize) -> Option<&Chunk> {
        Some(&self.slot(place)?.targets)
    }

    fn lasts(&self, place: usize) -> Option<&Rows> {
        Some(&self.slot(place)?.lasts)
    }
}

/// Number of an item's chunk, and its place in there.
#[inline]
pub(super) fn split(item: ItemIndex) -> (usize, usize) {
    (item.as_usize() / ROWS, item.as_usize() % ROWS)
}

#[cfg(test)]
mod tests;
