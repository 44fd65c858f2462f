//! What the parts of a score are made of: which items of the history, which popularity, which category.
//!
//! The model's part is a sum, told term by term. So is popularity's, by half-life. Neighbours speak through a logarithm of all
//! that they say together: that part is shared out by how much each of the user's items says. What is one
//! number of its own is told as one.
//!
//! **Invariant:** the features of a part add up to it, those of all parts to the score, but for rounding.
//!
//! Not here: the parts themselves (see `learned`, `blend`).

use crate::ranking::blend::ScoredCandidate;
use crate::ranking::learned::LearnedBlend;
use crate::ranking::workings::Workings;
use crate::retrieval::RoomTerm;
use crate::{CategoryId, ItemIndex};

/// What is left of a part when all its features are told, and is worth telling.
const WORTH_TELLING: f32 = 1e-4;

/// One thing that a score is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feature {
    /// The part that it belongs to, by name.
    pub part: &'static str,
    /// What it is.
    pub kind: FeatureKind,
    /// What it adds to the score.
    pub value: f32,
}

/// What a feature is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FeatureKind {
    /// The item's own intercept: chosen more than all else explains.
    Bias,
    /// How often the item was chosen lately.
    Popularity {
        /// How fast that is forgotten.
        half_life_events: f32,
    },
    /// How like its popularity is to that of the user's items.
    Kindred,
    /// What was learned of this user alone.
    OwnTaste,
    /// The user's last item.
    LastItem(ItemIndex),
    /// An item of the user's history, by what the model learned of both.
    HistoryItem {
        /// Which.
        item: ItemIndex,
        /// How many seconds ago.
        age_s: u32,
        /// How much it counts, by its place and its time gap.
        weight: f32,
    },
    /// An item of the user's that others chose it with.
    ChosenWith(ItemIndex),
    /// A category that the user likes.
    Category(CategoryId),
    /// Categories like those of the user's last items.
    LikeCategories,
    /// Tags, title words and an embedding like those of the user's last items.
    LikeWords,
    /// What an open live room is now, or what the user did with it and its host.
    Room(RoomTerm),
    /// All of a part that is one number, or what is left of one.
    Rest,
}

impl FeatureKind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bias => "bias",
            Self::Popularity { .. } => "popularity",
            Self::Kindred => "kindred_popularity",
            Self::OwnTaste => "own_taste",
            Self::LastItem(_) => "last_item",
            Self::HistoryItem { .. } => "history_item",
            Self::ChosenWith(_) => "chosen_with",
            Self::Category(_) => "category",
            Self::LikeCategories => "like_categories",
            Self::LikeWords => "like_words",
            Self::Room(term) => term.name(),
            Self::Rest => "rest",
        }
    }
}

/// The features of `candidate`, part by part; a part that says nothing has none.
pub(crate) fn features(workings: &Workings, candidate: &ScoredCandidate) -> Vec<Feature> {
    let mut told = Vec::new();
    for (part, value) in candidate.parts.named() {
        let first = told.len();
        let mut add = |kind, value: f32| {
            if value.is_finite() && value != 0.0 {
                told.push(Feature { part, kind, value });
            }
        };
        match (part, workings.learned()) {
            ("model", Some(learned)) => of_model(learned, candidate.item, &mut add),
            ("popular", Some(learned)) => of_popularity(learned, candidate.item, &mut add),
            ("neighbours", _) => {
                shared_out(value, &workings.testimony(candidate.item)[0], &mut add);
            }
            ("session", _) => shared_out(value, &workings.testimony(candidate.item)[1], &mut add),
            ("category", _) => {
                let category = workings.liked_category(candidate.item);
                add(category.map_or(FeatureKind::Rest, FeatureKind::Category), value);
            }
            ("content", Some(learned)) => {
                let [categories, words] = learned.content_parts(candidate.item);
                add(FeatureKind::LikeCategories, categories);
                add(FeatureKind::LikeWords, words);
            }
            ("rooms", _) if value != 0.0 => {
                for (term, value) in workings.room_terms(candidate.item) {
                    add(FeatureKind::Room(term), value);
                }
            }
            _ => {}
        }
        let rest = value - told[first..].iter().map(|feature| feature.value).sum::<f32>();
        if WORTH_TELLING < rest.abs() {
            told.push(Feature { part, kind: FeatureKind::Rest, value: rest });
        }
    }
    told
}

fn of_model(learned: &LearnedBlend, item: ItemIndex, add: &mut impl FnMut(FeatureKind, f32)) {
    let weight = learned.machine_weight();
    let anatomy = learned.model.anatomy(&learned.user, &learned.vector, item);
    add(FeatureKind::Bias, weight * anatomy.bias);
    let half_lives = learned.model.half_lives().into_iter();
    for (half_life_events, value) in half_lives.zip(anatomy.popular) {
        add(FeatureKind::Popularity { half_life_events }, weight * value);
    }
    add(FeatureKind::OwnTaste, weight * anatomy.own);
    if let Some(last) = learned.user.history.first() {
        add(FeatureKind::LastItem(last.item), weight * anatomy.last);
    }
    for term in &anatomy.history {
        let kind = FeatureKind::HistoryItem {
            item: term.past.item,
            age_s: term.past.age_s,
            weight: term.weight,
        };
        add(kind, weight * term.value);
    }
}

fn of_popularity(learned: &LearnedBlend, item: ItemIndex, add: &mut impl FnMut(FeatureKind, f32)) {
    let half_lives = learned.model.half_lives();
    let (popular, kindred) = learned.popularity_parts(item);
    for (place, value) in popular {
        add(FeatureKind::Popularity { half_life_events: half_lives[place] }, value);
    }
    add(FeatureKind::Kindred, kindred);
}

/// Shares `value` out among those who speak, by how much each says.
fn shared_out(value: f32, testimony: &[(ItemIndex, f32)], add: &mut impl FnMut(FeatureKind, f32)) {
    let all: f32 = testimony.iter().map(|(_, says)| says).sum();
    for (item, says) in testimony.iter().filter(|_| 0.0 < all) {
        add(FeatureKind::ChosenWith(*item), value * says / all);
    }
}
