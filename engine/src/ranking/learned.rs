//! The score where there is a model: the learned blend, with its parts kept.
//!
//! Machine, popularity, neighbours, sessions, content and repeats are scored and weighed by the functions and weights of training, their
//! maxima over all that was found; trends, newness and liking come on top with the scenario's fixed weights,
//! because nothing is learned of them yet. Scores are counted from what an item gets that the model never met and no
//! source names: no row, no counts, no bias. So a part that says nothing is 0, and a new item starts from 0
//! and is never dropped.
//!
//! **Invariant:** but for trends, newness and liking, two items stand in the order in which training would put them.
//!
//! **Invariant:** a number that is none orders nothing: an item about which there is one counts as never met, a user or
//! a model with one is ranked by the fixed blend.
//!
//! Not here: learning (see [`crate::model`]), the blend without a model (see `blend`).

use std::borrow::Cow;

use crate::ItemIndex;
use crate::model::blend::blend;
use crate::model::config::HALF_LIVES;
use crate::model::lesson::sources_of;
use crate::model::numeric;
use crate::model::sample::{HISTORY_ITEMS, REPEATS};
use crate::model::shared::{COLUMN_TERMS, COLUMNS, FIRST_REPEAT, TERMS};
use crate::model::{ModelUser, ModelView, Past, Scores, UserVector};
use crate::ranking::blend::{ScoredCandidate, in_order};
use crate::ranking::request::{BlendWeights, RankRequest};
use crate::ranking::response::ScoreParts;
use crate::retrieval::{
    FreshItems, LikedCategories, NeighbourStrengths, Retriever, Source, SourceSet, TrendingItems,
};

/// No item has this number, and so no row.
const NEVER_MET: ItemIndex = ItemIndex(u32::MAX);

/// The model and a user as it sees them.
#[derive(Debug)]
pub(crate) struct LearnedBlend<'a> {
    pub model: &'a ModelView,
    pub user: Cow<'a, ModelUser>,
    pub vector: UserVector,
    pub strengths: NeighbourStrengths,
    asked: SourceSet,
    weights: &'a [f32; TERMS],
}

/// What nothing is learned of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed<'a> {
    pub weights: &'a BlendWeights,
    pub trending: &'a TrendingItems<'a>,
    pub fresh: &'a FreshItems<'a>,
    pub liked: &'a LikedCategories<'a>,
    /// Sources that are switched on.
    pub asked: SourceSet,
}

impl<'a> LearnedBlend<'a> {
    /// For the user of `request`; `None` where there is no model, or it has learned nothing.
    pub fn personal(request: &RankRequest<'a>) -> Option<Self> {
        Self::of(request, user(request))
    }

    /// For a user of whom nothing is known.
    pub fn impersonal(request: &RankRequest<'a>) -> Option<Self> {
        Self::of(request, Cow::Owned(ModelUser::default()))
    }

    fn of(request: &RankRequest<'a>, user: Cow<'a, ModelUser>) -> Option<Self> {
        let model = request.model.filter(|model| 0 < model.trained())?;
        let weights = model.blend_weights(user.group());
        let mut vector = UserVector::default();
        model.user_vector(&user, &mut vector);
        let strengths = sources_of(&user, request.activity);
        let asked = request.scenario.sources.asked;
        let learned = Self { model, user, vector, strengths, asked, weights };
        learned.is_sound().then_some(learned)
    }

    fn is_sound(&self) -> bool {
        let (scores, sums) = self.columns(&[NEVER_MET]);
        let mut numbers = self.weights.iter().chain(&sums).chain(&scores.machine);
        numbers.all(|number| number.is_finite()) && numeric::is_finite(&self.vector.vector)
    }

    /// What training would say of `items`.
    fn columns(&self, items: &[ItemIndex]) -> (Scores, Vec<f32>) {
        let (mut scores, mut sums) = (Scores::default(), Vec::new());
        self.model.score(items, &self.user, &self.vector.vector, &self.strengths, &mut scores);
        scores.silence(self.asked);
        blend(self.weights, &scores, &mut sums);
        (scores, sums)
    }

    /// Scores `items`, best first.
    pub fn score(&self, items: &[ItemIndex], fixed: Fixed) -> Vec<ScoredCandidate> {
        let mut items = items.to_vec();
        items.push(NEVER_MET);
        let (columns, sums) = self.columns(&items);
        let none = items.len() - 1;
        let scored = (0..none).map(|at| {
            let sum = sums[at] - sums[none];
            let learned = if sum.is_finite() {
                self.parts(&columns, at, none)
            } else {
                ScoreParts::default()
            };
            let (parts, shares) = fixed.add(items[at], learned);
            let extra = parts.trending + parts.fresh + parts.category;
            let score = if sum.is_finite() { sum } else { 0.0 } + extra;
            let shares = with_shares(shares, &columns, at, none);
            ScoredCandidate { item: items[at], score, parts, shares, lift: parts.model }
        });
        let mut ranked: Vec<_> = scored.collect();
        let mean = ranked.iter().map(|one| one.lift).sum::<f32>() / ranked.len().max(1) as f32;
        for one in &mut ranked {
            one.lift -= mean;
        }
        in_order(ranked)
    }

    /// The weight of the machine's score.
    pub fn machine_weight(&self) -> f32 {
        self.weights[COLUMN_TERMS[0]]
    }

    /// What is added by categories like those of the user's last items, and by tags, title words and embedding like theirs.
    pub fn content_parts(&self, item: ItemIndex) -> [f32; 2] {
        let (scores, _) = self.columns(&[item, NEVER_MET]);
        let [.., categories, words, _] = self.column_parts(&scores, 0, 1);
        [categories, words]
    }

    /// What each popularity counts for `item`, by half-life, and last how kindred it is to that of the user's items.
    pub fn popularity_parts(&self, item: ItemIndex) -> ([(usize, f32); HALF_LIVES], f32) {
        let (scores, _) = self.columns(&[item, NEVER_MET]);
        let [_, first, _, _, _, second, third, _, _, kindred] = self.column_parts(&scores, 0, 1);
        let [a, b, c] = scores.half_lives();
        ([(a, first), (b, second), (c, third)], kindred)
    }

    fn column_parts(&self, scores: &Scores, at: usize, none: usize) -> [f32; COLUMNS] {
        let columns = scores.columns();
        let mut parts = [0.0; COLUMNS];
        for (part, (term, column)) in parts.iter_mut().zip(COLUMN_TERMS.iter().zip(columns)) {
            *part = self.weights[*term] * (column[at] - column[none]);
        }
        parts
    }

    fn parts(&self, scores: &Scores, at: usize, none: usize) -> ScoreParts {
        let columns = self.column_parts(scores, at, none);
        let [model, popular, neighbours, session, similar_sessions, ..] = columns;
        let [.., shorter, longer, categories, words, kindred] = columns;
        let repeat = Some(scores.repeats[at]).filter(|class| *class < REPEATS);
        ScoreParts {
            model,
            popular: popular + shorter + longer + kindred,
            neighbours,
            session,
            similar_sessions,
            content: categories + words,
            repeat: repeat.map_or(0.0, |class| self.weights[FIRST_REPEAT + class]),
            ..ScoreParts::default()
        }
    }
}

/// `shares` with what the sources that are learned of say of an item, 1 for the most that they say of any.
fn with_shares(
    mut shares: [f32; Source::COUNT],
    scores: &Scores,
    at: usize,
    none: usize,
) -> [f32; Source::COUNT] {
    let [near, session, similar] = &scores.near;
    let columns = [near, session, similar].map(Vec::as_slice).into_iter().chain([scores.share()]);
    for (source, column) in
        [Source::Neighbours, Source::Session, Source::SimilarSessions, Source::Popular]
            .into_iter()
            .zip(columns)
    {
        shares[source.place()] = numeric::exp(column[at]) - numeric::exp(column[none]);
    }
    let [categories, words] = &scores.like;
    shares[Source::Content.place()] = categories[at].max(words[at]);
    shares
}

impl Fixed<'_> {
    fn add(&self, item: ItemIndex, learned: ScoreParts) -> (ScoreParts, [f32; Source::COUNT]) {
        let mut shares = [0.0; Source::COUNT];
        let share = |source, says: &dyn Fn() -> f32| {
            if self.asked.holds(source) { says() } else { 0.0 }
        };
        shares[Source::Trending.place()] = share(Source::Trending, &|| self.trending.share(item));
        shares[Source::Fresh.place()] = share(Source::Fresh, &|| self.fresh.strength(item));
        shares[Source::Category.place()] = share(Source::Category, &|| self.liked.strength(item));
        let parts = ScoreParts {
            trending: self.weights.trending * shares[Source::Trending.place()],
            fresh: self.weights.fresh * shares[Source::Fresh.place()],
            category: self.weights.category * shares[Source::Category.place()],
            ..learned
        };
        (parts, shares)
    }
}

/// The user of `request` as the model sees them, with what they chose just now as the newest of their history.
fn user<'a>(request: &RankRequest<'a>) -> Cow<'a, ModelUser> {
    let view: &'a ModelUser = &request.user.model;
    let mut history: Vec<Past> =
        request.just_chosen().map(|item| Past { item, age_s: 0 }).collect();
    if history.is_empty() {
        return Cow::Borrowed(view);
    }
    let chosen = history.len();
    history.extend(&view.history);
    history.truncate(HISTORY_ITEMS);
    Cow::Owned(ModelUser {
        hash: view.hash,
        events: view.events + chosen as u32,
        visit: (view.visit + chosen).min(history.len()),
        row: view.row.clone(),
        history,
    })
}

#[cfg(test)]
mod tests;
