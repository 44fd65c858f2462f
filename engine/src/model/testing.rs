//! Samples for tests: hashes of their numbers, with histories, repeats and users who come back.

use crate::model::config::ModelConfig;
use crate::model::learner::{Effort, Learner};
use crate::model::numeric::{LANE, Lane, below, mix};
use crate::model::sample::{HISTORY_ITEMS, ModelUser, NEARS, Past, Sample};
use crate::model::scores::Scores;
use crate::model::user_vector::UserVector;
use crate::model::view::ModelView;
use crate::model::{Learned, NoSources, Sources};
use crate::{ItemIndex, Sequence};

/// A small model: one lane, few draws, a short ring.
pub fn small() -> ModelConfig {
    let mut config = ModelConfig {
        lanes: 1,
        negatives: 8,
        recent_positives: 100,
        blend_draws: 12,
        user_row_after: 2,
        ..ModelConfig::default()
    };
    config.rates.gaps = 0.05;
    config
}

/// Sources that say something of every item, the same for the same item.
pub struct HashSources;

impl Sources for HashSources {
    fn near(&self, item: ItemIndex) -> [f32; NEARS] {
        let share = |place: u64| below(mix(5 + place, u64::from(item.0)), 100) as f32 / 100.0;
        [share(0), share(1), share(2)]
    }
}

/// A stream of samples over `items` items; `users` remember what they did.
pub struct Stream {
    pub seed: u64,
    pub items: u32,
    pub sequence: u64,
    pub users: Vec<Vec<Past>>,
}

impl Stream {
    pub fn new(seed: u64, items: u32, users: usize) -> Self {
        Self { seed, items, sequence: 0, users: vec![Vec::new(); users] }
    }

    pub fn sample(&mut self) -> Sample {
        self.sequence += 1;
        let word = mix(self.seed, self.sequence);
        let user = below(mix(word, 1), self.users.len());
        // A product of two draws prefers low numbers, as popularity does.
        let skewed = below(mix(word, 2), below(mix(word, 3), self.items as usize) + 1);
        let item = ItemIndex(skewed as u32);
        let history: Vec<Past> =
            self.users[user].iter().rev().take(HISTORY_ITEMS).copied().collect();
        let events = self.users[user].len() as u32;
        let recent = history.iter().map(|past| past.item).collect();
        self.users[user].push(Past { item, age_s: below(mix(word, 4), 100_000) as u32 });
        let visit = history.len().min(3);
        let user = ModelUser { hash: user as u64, events, history, visit, row: None };
        Sample { sequence: Sequence(self.sequence), item, weight: 1.0, user, recent }
    }

    pub fn teach(&mut self, learner: &mut Learner, samples: usize) {
        for _ in 0..samples {
            let sample = self.sample();
            let step = learner.learn(&sample, &HashSources, Effort::Full);
            assert!(matches!(step, Learned::Stepped { .. }), "{sample:?}");
        }
    }
}

/// The machine's scores by a learner.
pub fn learner_scores(learner: &Learner, items: &[ItemIndex], user: &ModelUser) -> Scores {
    let (mut vector, mut scores) = (UserVector::default(), Scores::default());
    learner.form_user(user, &mut vector);
    learner.score(items, user, &vector.vector, &NoSources, &mut scores);
    scores
}

/// The machine's scores by a view.
pub fn view_scores(view: &ModelView, items: &[ItemIndex], user: &ModelUser) -> Scores {
    let (mut vector, mut scores) = (UserVector::default(), Scores::default());
    view.user_vector(user, &mut vector);
    view.score(items, user, &vector.vector, &NoSources, &mut scores);
    scores
}

impl Learner {
    /// Makes the bias of `item` no number.
    pub(crate) fn poison(&mut self, item: ItemIndex) {
        *self.items.target_mut(item).expect("a row").bias = f32::NAN;
    }

    /// Makes the vector of `item` no numbers.
    pub(crate) fn poison_vector(&mut self, item: ItemIndex) {
        self.items.target_mut(item).expect("a row").vector.fill(Lane([f32::NAN; LANE]));
    }
}
