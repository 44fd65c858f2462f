//! Candidates that the model scores highest of all items it knows.
//!
//! Not here: how all of them are scored, and up to how many (see [`crate::model::scan`]).

use crate::ItemIndex;
use crate::activity::Scored;
use crate::model::scan::ScanFor;
use crate::model::{ModelUser, ModelView, UserVector};
use crate::retrieval::{Retriever, Source};

/// Named beside them, because a few are left out as a rule: to ask about these is cheaper than to ask about everything
/// that is among the best for a while. Where most are left out, all is asked about.
const SPARE: usize = 50;
/// Items that may all be asked about; in a larger catalogue what a caller demands comes from its categories' lists.
pub const MOST_ASKED: usize = 20_000;

/// What the model scores highest.
#[derive(Clone, Debug)]
pub struct ModelItems {
    ordered: Vec<ItemIndex>,
}

impl ModelItems {
    /// The best `quota` for `user`, whose vector is `vector`, of those that pass.
    #[must_use]
    pub fn best(
        model: &ModelView,
        (user, vector): (&ModelUser, &UserVector),
        quota: usize,
        passes: impl Fn(ItemIndex) -> bool,
    ) -> Self {
        let user = ScanFor { vector: &vector.vector, group: user.group() };
        let named = |ranking: Vec<Scored>| ranking.into_iter().map(|(item, _)| item);
        let best = named(model.scan(user, quota + SPARE, |_| true));
        let ordered: Vec<_> = best.filter(|item| passes(*item)).take(quota).collect();
        let enough = quota / 2 <= ordered.len() || model.items() <= quota + SPARE;
        if enough || MOST_ASKED < model.items() {
            return Self { ordered };
        }
        Self { ordered: named(model.scan(user, quota, passes)).collect() }
    }
}

impl Retriever for ModelItems {
    fn source(&self) -> Source {
        Source::Model
    }

    fn candidates(&self) -> Box<dyn Iterator<Item = ItemIndex> + '_> {
        Box::new(self.ordered.iter().copied())
    }

    /// 1 for the first of those it names, falling evenly to 0 for all it does not.
    fn strength(&self, item: ItemIndex) -> f32 {
        let place = self.ordered.iter().position(|named| *named == item);
        place.map_or(0.0, |place| 1.0 - place as f32 / self.ordered.len() as f32)
    }
}
