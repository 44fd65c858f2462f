//! What the machine's score of one item is made of, for one user: the score is a sum, and these are its terms.
//!
//! All terms are counted from an item that the model never met: no bias, no counts, no vector.
//!
//! **Invariant:** the terms add up to the machine's score, but for rounding.
//!
//! Not here: the blend's other terms (see `blend`).

use crate::ItemIndex;
use crate::model::chunk::ROWS;
use crate::model::config::HALF_LIVES;
use crate::model::numeric::{dot, ln};
use crate::model::popularity::{FLOOR, Popularity};
use crate::model::sample::{ModelUser, Past};
use crate::model::tables::ItemTables;
use crate::model::{ModelView, UserVector};

/// The terms of the machine's score of one item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Anatomy {
    /// The item's own intercept.
    pub bias: f32,
    /// Its decayed counts, by half-life.
    pub popular: [f32; HALF_LIVES],
    /// The user's own vector.
    pub own: f32,
    /// The user's last item.
    pub last: f32,
    /// The items of the user's history, newest first.
    pub history: Vec<HistoryTerm>,
}

/// What one item of the history says of another item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HistoryTerm {
    /// The item, and how long ago it was.
    pub past: Past,
    /// How much it counts: by its place and its time gap.
    pub weight: f32,
    /// Its term.
    pub value: f32,
}

impl ModelView {
    /// The terms of the score of `item` for `user`, whose vector is `vector`; none for an item without a row.
    #[must_use]
    pub fn anatomy(&self, user: &ModelUser, vector: &UserVector, item: ItemIndex) -> Anatomy {
        let Some(chunk) = self.tables.targets(item.as_usize() / ROWS) else {
            return Anatomy::default();
        };
        let (head, target) =
            (chunk.head(item.as_usize() % ROWS), chunk.vector(item.as_usize() % ROWS));
        let counted = Popularity { counts: head.counts, touched: self.count.full(head.touched) };
        let counts = self.count.counts(&counted);
        let weights = &self.shared.popularity[user.group()].values;
        let popular =
            |half_life: usize| weights[half_life] * (ln(FLOOR + counts[half_life]) - ln(FLOOR));
        let norm = vector.norm();
        let term = |(past, weight): &(Past, f32)| {
            let other = self.tables.target(past.item);
            let value = other.map_or(0.0, |other| norm * weight * dot(other, target));
            HistoryTerm { past: *past, weight: *weight, value }
        };
        let last = user.history.first().and_then(|past| self.tables.last(past.item));
        Anatomy {
            bias: head.bias,
            popular: std::array::from_fn(popular),
            own: self.own_vector(user).map_or(0.0, |own| dot(own, target)),
            last: last.map_or(0.0, |last| dot(last, target)),
            history: vector.parts.iter().map(term).collect(),
        }
    }

    /// The half-lives of the popularity terms, in events.
    #[must_use]
    pub fn half_lives(&self) -> [f32; HALF_LIVES] {
        self.config.half_lives_events
    }
}
