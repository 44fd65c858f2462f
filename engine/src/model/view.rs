//! The model as readers see it: one revision, immutable, scored by the very functions that training uses.
//!
//! **Invariant:** for the same user and items a view gives the scores that the learner gave when it was published,
//! bit for bit, for as long as the view lives.
//!
//! Not here: making one (see `publication`), the best of all items (see `scan`).

use std::sync::{Arc, OnceLock};

use crate::ItemIndex;
use crate::Sequence;
use crate::model::blend::Sources;
use crate::model::chunk::{Chunk, Rows};
use crate::model::click::ClickView;
use crate::model::config::ModelConfig;
use crate::model::content::likeness::ContentTable;
use crate::model::numeric::Lane;
use crate::model::pages::Pages;
use crate::model::popularity::EventCount;
use crate::model::quantised::Quantised;
use crate::model::sample::{ModelUser, UserRow};
use crate::model::scan::PopularityTerms;
use crate::model::scores::{Machine, Scores};
use crate::model::shared::{Shared, TERMS};
use crate::model::tables::ItemTables;
use crate::model::user_vector::{HistoryWeights, UserVector};
use crate::model::versions::HeldRows;

/// One published revision.
#[derive(Clone, Debug)]
pub struct ModelView {
    pub(super) revision: u64,
    pub(super) trained_through: Sequence,
    pub(super) trained: u64,
    pub(super) known: usize,
    pub(super) tables: ViewTables,
    pub(super) shared: Shared,
    pub(super) count: EventCount,
    pub(super) config: ModelConfig,
    /// Of the rows of users that it can read.
    pub(super) era: u32,
    pub(super) click: ClickView,
    pub(super) content: ContentTable,
    /// Which version it is.
    pub(super) version: u32,
    /// Users' rows, of a version whose rows are in no shard.
    pub(super) held: Option<Arc<HeldRows>>,
    /// The era whose rows such a version reads of users of whom it holds none.
    pub(super) inherits: Option<u32>,
    /// Made by the first exact scan.
    pub(super) popularity_terms: OnceLock<Vec<PopularityTerms>>,
}

/// Shared chunks by number.
#[derive(Clone, Debug, Default)]
pub(super) struct ViewTables {
    pub lanes: usize,
    pub targets: Pages<Chunk>,
    pub lasts: Pages<Rows>,
    /// Of all chunks of `targets`, or of none.
    pub small: Pages<Arc<Quantised>>,
    /// Of which.
    pub rounds: Rounds,
}

/// Whether rows are rounded for a first pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Rounds {
    /// There are few enough to score them all, or too many for any scan.
    #[default]
    None,
    /// All are.
    All,
}

impl ModelView {
    /// What there is before anything was learned.
    #[must_use]
    pub fn empty() -> Self {
        let config = ModelConfig::default();
        Self {
            revision: 0,
            trained_through: Sequence(0),
            trained: 0,
            known: 0,
            tables: ViewTables { lanes: config.lanes, ..ViewTables::default() },
            shared: Shared::new(&config),
            count: EventCount::new(config.half_lives_events),
            popularity_terms: OnceLock::new(),
            era: 0,
            click: ClickView::empty(),
            content: ContentTable::default(),
            version: 0,
            held: None,
            inherits: None,
            config,
        }
    }

    /// Which publication it is; grows by 1.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Sequence of the last sample learned from.
    #[must_use]
    pub fn trained_through(&self) -> Sequence {
        self.trained_through
    }

    /// Which version it is.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Samples learned from.
    #[must_use]
    pub fn trained(&self) -> u64 {
        self.trained
    }

    /// Items with an event that have not left.
    #[must_use]
    pub fn items(&self) -> usize {
        self.known
    }

    /// Positive events counted, learned from or not.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.count.events
    }

    /// Whether `item` is one of those known.
    #[must_use]
    pub fn is_known(&self, item: ItemIndex) -> bool {
        let chunk = self.tables.targets(item.as_usize() / super::chunk::ROWS);
        chunk.is_some_and(|chunk| chunk.is_known(item.as_usize() % super::chunk::ROWS))
    }

    /// The click head.
    #[must_use]
    pub fn click(&self) -> &ClickView {
        &self.click
    }

    /// Forms the vector of `user`.
    pub fn user_vector(&self, user: &ModelUser, into: &mut UserVector) {
        let weights = HistoryWeights { decay: self.config.decay, gaps: &self.shared.gaps.values };
        into.form(&self.tables, user, self.own_vector(user), weights);
    }

    /// The vector of `user`'s own, where they have one that this model can read.
    pub(super) fn own_vector<'a>(&'a self, user: &'a ModelUser) -> Option<&'a [Lane]> {
        self.own_row(user).map(|row| &*row.vector)
    }

    /// Scores `items` for `user`, whose vector is `vector`; an item that the model never met is scored as a
    /// new one with no vector yet.
    pub fn score(
        &self,
        items: &[ItemIndex],
        user: &ModelUser,
        vector: &[Lane],
        sources: &impl Sources,
        into: &mut Scores,
    ) {
        into.fill_all(&self.machine(user.group()), items, (user, vector), sources);
    }

    /// The blend's weights for a group of users.
    #[must_use]
    pub fn blend_weights(&self, group: usize) -> &[f32; TERMS] {
        &self.shared.blend[group].values
    }

    /// The user's row, if it is one of this version.
    fn own_row<'a>(&'a self, user: &'a ModelUser) -> Option<&'a UserRow> {
        let carried = |era| user.row.as_ref().filter(|row| row.fits(self.tables.lanes, era));
        match &self.held {
            None => carried(self.era),
            Some(held) => {
                let held = held.get(user.hash).filter(|row| row.fits(self.tables.lanes, self.era));
                held.or_else(|| carried(self.inherits?))
            }
        }
    }

    pub(super) fn machine(&self, group: usize) -> Machine<'_, ViewTables> {
        Machine {
            items: &self.tables,
            count: &self.count,
            weights: &self.shared.popularity[group].values,
            source_half_life: self.config.source_half_life,
            content: &self.content,
        }
    }
}

impl ItemTables for ViewTables {
    fn lanes(&self) -> usize {
        self.lanes
    }

    #[inline]
    fn targets(&self, place: usize) -> Option<&Chunk> {
        self.targets.get(place)
    }

    fn lasts(&self, place: usize) -> Option<&Rows> {
        self.lasts.get(place)
    }
}

#[cfg(test)]
mod tests;
