//! Candidates that nobody or hardly anybody chose yet, best first by what they are made of.
//!
//! The newest items, overall and of the categories of the query, are asked what the learned blend says of them: the row of an
//! item not chosen yet starts where its content says, and how like it is to the user's last items is a term of the blend.
//!
//! **Invariant:** at most [`MOST_ASKED`] items are asked about, however many are new.
//!
//! Not here: where such rows start (see [`crate::model::content`]); old items that nobody chose.

use crate::ItemIndex;
use crate::activity::view::best_first;
use crate::activity::{CovisitTable, Scored};
use crate::model::{ModelUser, ModelView, NoSources, Scores, UserVector, blend};
use crate::retrieval::{Query, Retriever, Source, SourceSet};

/// Items asked about.
pub const MOST_ASKED: usize = 512;
/// Choices from which on an item is left to the other sources.
const RARE: f32 = 5.0;

/// New items by their content.
#[derive(Clone, Debug)]
pub struct ContentItems {
    ordered: Vec<Scored>,
}

impl ContentItems {
    /// Those of `query` for `user`, whose vector is `vector`, by what the sources `asked` say.
    #[must_use]
    pub fn new(
        query: &Query,
        model: &ModelView,
        (user, vector): (&ModelUser, &UserVector),
        asked: SourceSet,
    ) -> Self {
        let activity = query.activity;
        let of_categories =
            query.categories.iter().flat_map(|category| activity.newest_in(*category));
        let rare = |item: &ItemIndex| activity.positives(*item) < RARE;
        let newest = of_categories.chain(activity.fresh()).copied().filter(rare);
        let mut items: Vec<ItemIndex> = newest.take(MOST_ASKED).collect();
        items.sort_unstable();
        items.dedup();
        let mut scores = Scores::default();
        model.score(&items, user, &vector.vector, &NoSources, &mut scores);
        scores.silence(asked);
        let mut sums = Vec::new();
        blend::blend(model.blend_weights(user.group()), &scores, &mut sums);
        let said = items.into_iter().zip(sums);
        let mut ordered: Vec<Scored> = said.filter(|(_, score)| score.is_finite()).collect();
        ordered.sort_unstable_by(best_first);
        Self { ordered }
    }
}

impl Retriever for ContentItems {
    fn source(&self) -> Source {
        Source::Content
    }

    fn has_own_share(&self) -> bool {
        true
    }

    fn candidates(&self) -> Box<dyn Iterator<Item = ItemIndex> + '_> {
        Box::new(self.ordered.iter().map(|(item, _)| *item))
    }

    /// 1 for the first of those it names, falling evenly to 0 for all it does not.
    fn strength(&self, item: ItemIndex) -> f32 {
        let place = self.ordered.iter().position(|(named, _)| *named == item);
        place.map_or(0.0, |place| 1.0 - place as f32 / self.ordered.len() as f32)
    }
}

#[cfg(test)]
mod tests;
