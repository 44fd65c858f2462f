//! What happened so far, as rivals are given it: users, items and histories under numbers without gaps.

use rustc_hash::FxHashMap;

use crate::{ItemIndex, Timestamp};

/// One choice of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The item's number.
    pub item: u32,
    /// When.
    pub at: Timestamp,
}

/// All choices so far.
#[derive(Debug, Default)]
pub struct Past {
    users: FxHashMap<u64, usize>,
    items: FxHashMap<ItemIndex, u32>,
    names: Vec<ItemIndex>,
    counts: Vec<u32>,
    histories: Vec<Vec<Chosen>>,
    choices: u64,
}

impl Past {
    /// The number of a user who chose something.
    #[must_use]
    pub fn user(&self, hash: u64) -> Option<usize> {
        self.users.get(&hash).copied()
    }

    /// The number of an item that was chosen.
    #[must_use]
    pub fn item(&self, item: ItemIndex) -> Option<usize> {
        self.items.get(&item).map(|number| *number as usize)
    }

    /// The items by number.
    #[must_use]
    pub fn names(&self) -> &[ItemIndex] {
        &self.names
    }

    /// How many items were chosen.
    #[must_use]
    pub fn items(&self) -> usize {
        self.names.len()
    }

    /// How many users chose something.
    #[must_use]
    pub fn users(&self) -> usize {
        self.histories.len()
    }

    /// How many choices there were.
    #[must_use]
    pub fn choices(&self) -> u64 {
        self.choices
    }

    /// How often each item was chosen.
    #[must_use]
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// What a user chose, oldest first; empty for a number that nobody has.
    #[must_use]
    pub fn history(&self, user: usize) -> &[Chosen] {
        self.histories.get(user).map_or(&[], Vec::as_slice)
    }

    /// What every user chose, by number.
    #[must_use]
    pub fn histories(&self) -> &[Vec<Chosen>] {
        &self.histories
    }

    /// Gives a user a number.
    pub fn meet_user(&mut self, hash: u64) -> usize {
        let next = self.histories.len();
        let number = *self.users.entry(hash).or_insert(next);
        if number == next {
            self.histories.push(Vec::new());
        }
        number
    }

    /// Gives an item a number.
    pub fn meet_item(&mut self, item: ItemIndex) -> usize {
        let next = self.names.len();
        let number = *self.items.entry(item).or_insert(next as u32) as usize;
        if number == next {
            self.names.push(item);
            self.counts.push(0);
        }
        number
    }

    /// Adds a choice of a known user and item.
    pub fn add(&mut self, user: usize, item: usize, at: Timestamp) {
        self.histories[user].push(Chosen { item: item as u32, at });
        self.counts[item] += 1;
        self.choices += 1;
    }
}

/// The last `most` items of a history, newest first, each once.
pub fn last_items(history: &[Chosen], most: usize, into: &mut Vec<u32>) {
    into.clear();
    for chosen in history.iter().rev() {
        if into.len() == most {
            return;
        }
        if !into.contains(&chosen.item) {
            into.push(chosen.item);
        }
    }
}
