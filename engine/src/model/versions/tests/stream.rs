//! A stream with something to learn: users who like one of a few groups of items, and a mean of what is foretold of it.

use super::*;
use crate::ItemIndex;
use crate::model::learner::Effort;
use crate::model::sample::{HISTORY_ITEMS, Past};

pub(super) const GROUPS: u32 = 8;
pub(super) const GROUP_ITEMS: u32 = 25;

/// Choices by users of one taste each.
#[derive(Clone)]
pub(super) struct Tastes {
    seed: u64,
    pub sequence: u64,
    histories: BTreeMap<u64, Vec<Past>>,
    users: u64,
    /// What the items are called now: a drift gives some other names.
    pub names: Vec<u32>,
}

impl Tastes {
    pub fn new(seed: u64, users: u64) -> Self {
        let names = (0..GROUPS * GROUP_ITEMS).collect();
        Self { seed, sequence: 0, histories: BTreeMap::new(), users, names }
    }

    /// Shuffles the names of a share of the items.
    pub fn permute(&mut self, share: f64) {
        let count = (self.names.len() as f64 * share) as u64;
        for place in 0..count {
            let other = mix(self.seed ^ 0x77, place) % count;
            self.names.swap(place as usize, other as usize);
        }
    }

    pub fn lesson(&mut self) -> Lesson {
        self.sequence += 1;
        let word = |salt: u64| mix(self.seed ^ salt, self.sequence);
        let user = word(1) % self.users;
        let taste = if word(2) % 10 == 0 { word(3) } else { mix(self.seed, user) };
        // Of two draws the lower one: some items of a group are chosen more often than others.
        let within = (word(4) as u32 % GROUP_ITEMS).min((word(5) >> 32) as u32 % GROUP_ITEMS);
        let item = (taste % u64::from(GROUPS)) as u32 * GROUP_ITEMS + within;
        let item = ItemIndex(self.names[item as usize]);
        let history = self.histories.entry(user).or_default();
        let past: Vec<Past> = history.iter().rev().take(HISTORY_ITEMS).copied().collect();
        let events = history.len() as u32;
        history.push(Past { item, age_s: 60 });
        let recent = past.iter().map(|past| past.item).take(3).collect();
        let visit = past.len().min(3);
        let user = ModelUser { hash: mix(99, user), events, history: past, visit, row: None };
        let sequence = Sequence(self.sequence);
        let sample = Sample { sequence, item, weight: 1.0, user, recent };
        Lesson::Learn(Box::new((sample, NeighbourStrengths::default())), Effort::Full)
    }

    /// Teaches `samples` choices; the champion's mean loss over them.
    pub fn teach(&mut self, versions: &mut Versions, samples: u64) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        for _ in 0..samples {
            let lesson = self.lesson();
            let Lesson::Learn(learned, _) = &lesson else { unreachable!("it is a choice") };
            let (sample, sources) = &**learned;
            if let Some(foretold) = versions.champion.learner.foretell(sample, sources) {
                (sum, count) = (sum + f64::from(foretold.loss), count + 1.0);
            }
            let _ = versions.take(&lesson);
        }
        sum / count
    }
}
