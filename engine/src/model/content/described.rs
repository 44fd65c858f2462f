//! Items with content, and what the learner makes of it.
//!
//! An item that is described before anybody chose it gets a row at once, where the map says; it is taken for as popular as an
//! item is on average, which fades while nobody chooses it. So it can be scored beside the others. With each choice one of
//! the items not chosen yet gets its row anew, as the map now says.
//!
//! **Invariant:** what is learned follows from documents and samples in their order.
//!
//! **Invariant:** the content of an item that was chosen moves its row no more; the choices do.
//!
//! Not here: the map (see [`super::map`]).

use std::sync::Arc;

use crate::ItemIndex;
use crate::model::chunk::Head;
use crate::model::config::HALF_LIVES;
use crate::model::content::Content;
use crate::model::content::likeness::ContentTable;
use crate::model::content::map::{ContentMap, Prior};
use crate::model::items::{Table, UNKNOWN};
use crate::model::learner::Learner;
use crate::model::numeric::add_scaled;
use crate::model::tables::ItemTables;
use crate::retrieval::Source;

/// Items that are looked at for one that was not chosen yet.
const LOOKS: usize = 8;
/// Items that an item not chosen yet is one of, at least, when it is guessed how popular it will be.
const FEWEST: usize = 50;

/// Items with content.
#[derive(Clone, Debug)]
pub struct Described {
    pub(in crate::model) table: ContentTable,
    pub(super) map: ContentMap,
    /// Which item is looked at next.
    pub(super) next: u32,
    pub(super) uncut: Vec<ItemIndex>,
    prior: Prior,
}

impl Described {
    /// None; the map is of vectors of `lanes`.
    #[must_use]
    pub fn new(lanes: usize) -> Self {
        Self {
            table: ContentTable::default(),
            map: ContentMap::new(lanes),
            next: 0,
            uncut: Vec::new(),
            prior: Prior::default(),
        }
    }

    /// The content of `item`, where it has some.
    #[must_use]
    pub fn content(&self, item: ItemIndex) -> Option<&Arc<Content>> {
        self.table.content(item)
    }

    /// Whether no item has any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.len() == 0
    }

    /// Lanes of a vector.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.map.lanes()
    }

    /// The map.
    #[must_use]
    pub fn map(&self) -> &ContentMap {
        &self.map
    }

    pub(super) fn set(&mut self, item: ItemIndex, content: Content) {
        self.table.set(item, content);
    }
}

impl Learner {
    /// Takes in what `item` is made of; of nothing, where its document says nothing or is gone.
    pub fn describe(&mut self, item: ItemIndex, content: &Content) {
        if self.described.content(item).map_or(content.is_empty(), |held| **held == *content) {
            return;
        }
        let first = self.described.content(item).is_none();
        self.described.set(item, content.clone());
        self.described.uncut.push(item);
        if !self.is_waiting(item) || !self.goes_by_content() {
            return;
        }
        self.lay_prior(item);
        if first {
            self.expect(item);
        }
    }

    /// Takes in what `other` knows of items' content: one that rested was not told of what changed meanwhile.
    pub(in crate::model) fn describe_like(&mut self, other: &Self) {
        let none = Content::default();
        for item in (0..other.described.table.len() as u32).map(ItemIndex) {
            let content = other.described.content(item).map_or(&none, |content| &**content);
            self.describe(item, content);
        }
    }

    /// Items with content.
    #[must_use]
    pub fn described(&self) -> &Described {
        &self.described
    }

    /// Where the row of `item`, which nobody chose yet, starts: as the map says, the surer the more. How sure that is.
    pub(in crate::model) fn lay_prior(&mut self, item: ItemIndex) -> f32 {
        let content = self.described.content(item).filter(|_| self.goes_by_content());
        let Some(content) = content.cloned() else { return 0.0 };
        let mut prior = std::mem::take(&mut self.described.prior);
        self.described.map.foretell(&content, &mut prior);
        self.items.ensure(item);
        self.items.start_again(item);
        if let Some(row) = self.items.target_mut(item) {
            let certainty = prior.certainty;
            for lane in row.vector.iter_mut() {
                for number in &mut lane.0 {
                    *number *= 1.0 - certainty;
                }
            }
            add_scaled(row.vector, certainty, &prior.vector);
            *row.bias = certainty * prior.bias;
        }
        self.described.prior = prior;
        self.described.prior.certainty
    }

    /// Learns from `item`, which was just chosen, what its content says; looks after one that waits.
    pub(in crate::model) fn learn_content(&mut self, item: ItemIndex) {
        if self.described.is_empty() || !self.goes_by_content() {
            return;
        }
        if let Some(content) = self.described.content(item).cloned()
            && let (Some(vector), Some(head)) = (self.items.target(item), self.items.head(item))
        {
            let mut prior = std::mem::take(&mut self.described.prior);
            self.described.map.learn(&content, (vector, head.bias), &mut prior);
            self.described.prior = prior;
        }
        for _ in 0..LOOKS {
            let next = ItemIndex(self.described.next % self.described.table.len() as u32);
            self.described.next = next.0 + 1;
            if self.is_waiting(next) {
                self.lay_prior(next);
                return;
            }
        }
    }

    fn goes_by_content(&self) -> bool {
        self.config.sources.holds(Source::Content)
    }

    /// Whether `item` has content and nobody chose it yet.
    fn is_waiting(&self, item: ItemIndex) -> bool {
        self.described.content(item).is_some() && self.items.standing(item) == UNKNOWN
    }

    /// Takes a new item for as popular as an item is on average.
    fn expect(&mut self, item: ItemIndex) {
        let known = self.items.known().len().max(FEWEST) as f32;
        let events = self.count.events as f32;
        let half_lives = &self.config.half_lives_events;
        let counts: [f32; HALF_LIVES] = std::array::from_fn(|place| {
            (half_lives[place] / std::f32::consts::LN_2).min(events) / known
        });
        if let Some(head) = self.items.head(item) {
            let head = Head { counts, touched: self.count.events as u32, ..head };
            self.items.set_head(item, &head);
        }
    }
}

impl crate::model::items::Items {
    /// The vector of `item` as a target as it starts, whatever became of it; its popularity stays.
    fn start_again(&mut self, item: ItemIndex) {
        let lanes = self.start.row(Table::Item, item);
        if let Some(row) = self.target_mut(item) {
            row.vector.copy_from_slice(&lanes);
        }
    }
}

#[cfg(test)]
mod tests;
