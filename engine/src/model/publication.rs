//! Publishing: what was learned since the last time, as a view for readers and rows for the shards.
//!
//! A publication shares every chunk with the learner; it swaps the pointers to the changed ones into pages and clones a
//! pointer a page. The copying happens in the learner's tables, once for each chunk written after a publication,
//! and is what `bytes` counts.
//!
//! **Invariant:** training never depends on when something is published.
//!
//! Not here: when (the learner's owner), sending rows (the same).

use std::sync::{Arc, OnceLock};

use crate::model::chunk::Chunk;
use crate::model::config::ModelConfig;
use crate::model::items::{Items, Table};
use crate::model::learner::Learner;
use crate::model::numeric::LANE;
use crate::model::pages::Pages;
use crate::model::quantised::Quantised;
use crate::model::sample::UserRow;
use crate::model::view::{ModelView, Rounds, ViewTables};

/// What one publication gives.
#[derive(Clone, Debug)]
pub struct Publication {
    /// For readers.
    pub view: Arc<ModelView>,
    /// Users' rows changed since the last publication, for the shards that hold them, by keyed hash of the user.
    pub rows: Vec<(u64, UserRow)>,
    /// Which publication this is; grows by 1.
    pub number: u64,
    /// Bytes of changed chunks and rows: what learning since the last publication had to copy.
    pub bytes: u64,
}

impl Learner {
    /// Publishes what was learned since the last time.
    pub fn publish(&mut self) -> Publication {
        let (view, rows, number, bytes) = self.show();
        Publication { view: Arc::new(view), rows, number, bytes }
    }

    /// The same, with a view that is not shared yet.
    pub(super) fn show(&mut self) -> (ModelView, Vec<(u64, UserRow)>, u64, u64) {
        let (number, rows) = self.users.publish();
        let row_bytes = (rows.len() * self.config.lanes * LANE * size_of::<f32>()) as u64;
        let (click, click_bytes) = self.click.publish();
        let bytes = row_bytes + click_bytes + self.tables.take(&mut self.items, &self.config);
        let view = ModelView {
            revision: number,
            trained_through: self.trained_through,
            trained: self.trained,
            known: self.items.known().len(),
            tables: self.tables.clone(),
            shared: self.shared.clone(),
            count: self.count,
            config: self.config.clone(),
            era: self.users.era(),
            click,
            content: self.described.table.clone(),
            version: 0,
            held: None,
            inherits: None,
            popularity_terms: OnceLock::new(),
        };
        (view, rows, number, bytes)
    }

    /// Lets go of users' rows that a committed cut holds: those unchanged since a publication that their shard had put
    /// in before the cut. `through` says which was the last one, by keyed hash of the user.
    pub fn release(&mut self, through: impl Fn(u64) -> u64) {
        self.users.release(through);
    }

    /// Sends the buffered rows of the users that `of` names out again, with the next publication: their shard lost them.
    pub fn resend(&mut self, of: impl Fn(u64) -> bool) {
        self.users.resend(of);
    }
}

impl ViewTables {
    /// Takes the chunks over that changed in `items`; their bytes.
    fn take(&mut self, items: &mut Items, config: &ModelConfig) -> u64 {
        let mut bytes = self.round(items.known().len(), config);
        for place in items.changes.take_unpublished(Table::Item) {
            let place = place as usize;
            let chunk = items.slot(place).map(|slot| slot.targets.clone());
            bytes += chunk.as_ref().map_or(0, Chunk::bytes);
            if self.rounds == Rounds::All {
                let small = chunk.as_ref().map(|chunk| Arc::new(Quantised::of(chunk)));
                bytes += small.as_ref().map_or(0, |small| small.bytes());
                self.small.set(place, small);
            }
            self.targets.set(place, chunk);
        }
        for place in items.changes.take_unpublished(Table::Last) {
            let place = place as usize;
            let rows = items.slot(place).map(|slot| slot.lasts.clone());
            bytes += rows.as_ref().map_or(0, |rows| size_of_val(&**rows) as u64);
            self.lasts.set(place, rows);
        }
        bytes
    }

    /// Rounds every row, or none, where the number of known items now asks for it; the bytes.
    fn round(&mut self, known: usize, config: &ModelConfig) -> u64 {
        let wanted = if (config.scan_items + 1..=config.quantised_items).contains(&known) {
            Rounds::All
        } else {
            Rounds::None
        };
        if wanted == self.rounds {
            return 0;
        }
        self.rounds = wanted;
        self.small = Pages::default();
        let mut bytes = 0;
        if wanted == Rounds::All {
            for (place, chunk) in self.targets.iter() {
                let small = Quantised::of(chunk);
                bytes += small.bytes();
                self.small.set(place, Some(Arc::new(small)));
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests;
