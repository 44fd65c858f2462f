//! What changed since the last cut or publication: each row once, in constant time.
//!
//! Not here: what a change means.

use std::collections::VecDeque;

use crate::{CategoryId, ItemIndex};

/// A set of dense numbers that is emptied as a whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    marked: Vec<bool>,
    numbers: VecDeque<u32>,
}

impl Marks {
    /// Puts `number` in.
    pub fn mark(&mut self, number: u32) {
        let place = number as usize;
        if self.marked.len() <= place {
            self.marked.resize(place + 1, false);
        }
        if !self.marked[place] {
            self.marked[place] = true;
            self.numbers.push_back(number);
        }
    }

    /// Takes all out, in the order in which they came.
    pub fn take(&mut self) -> Vec<u32> {
        for number in &self.numbers {
            self.marked[*number as usize] = false;
        }
        self.numbers.drain(..).collect()
    }

    /// Takes the one out that came first.
    pub fn take_first(&mut self) -> Option<u32> {
        let number = self.numbers.pop_front()?;
        self.marked[number as usize] = false;
        Some(number)
    }
}

/// Which of an item's rows changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    /// Its name and document.
    Doc,
    /// Its counts, windows and trend.
    Item,
    /// Its co-visit counters.
    Covisits,
    /// Its newest networks.
    Networks,
}

/// Rows changed since the last cut.
#[derive(Clone, Debug, Default)]
pub(super) struct Dirty {
    pub docs: Marks,
    pub items: Marks,
    pub covisits: Marks,
    pub networks: Marks,
    pub categories: Marks,
}

impl Dirty {
    /// A row of `item` changed.
    pub fn mark(&mut self, kind: RowKind, item: ItemIndex) {
        let marks = match kind {
            RowKind::Doc => &mut self.docs,
            RowKind::Item => &mut self.items,
            RowKind::Covisits => &mut self.covisits,
            RowKind::Networks => &mut self.networks,
        };
        marks.mark(item.0);
    }

    /// The row of `category` changed.
    pub fn mark_category(&mut self, category: CategoryId) {
        self.categories.mark(category.0);
    }
}
