//! Impressions for tests: hashes of their numbers, with clicks that follow hidden tastes.

use super::config::ClickConfig;
use super::fields::{CATEGORY, CONTEXT, ITEM, SCENARIO, USER};
use super::head::ClickHead;
use super::sample::{ClickOutcome, ClickRow, ClickSample, DENSE};
use crate::model::numeric::{below, mix, normal};
use crate::{EventTypeId, Sequence};

pub const CLICK: EventTypeId = EventTypeId(1);
pub const PURCHASE: EventTypeId = EventTypeId(8);

/// A small head.
pub fn small() -> ClickConfig {
    ClickConfig { lanes: 1, ready_clicks: 50.0, ..ClickConfig::default() }
}

/// A stream of impressions.
pub struct Impressions {
    pub seed: u64,
    pub sequence: u64,
    pub users: usize,
    pub items: usize,
}

impl Impressions {
    pub fn new(seed: u64) -> Self {
        Self { seed, sequence: 0, users: 40, items: 60 }
    }

    fn row(user: usize, item: usize, word: u64) -> ClickRow {
        // Some rows have more features than usual.
        let more = if word % 16 < 5 { 8 } else { 0 };
        let mut dense = [0.0; DENSE];
        dense[0] = normal(word, 3);
        let mut fields = vec![
            (USER, user as u32),
            (SCENARIO, (user % 3) as u32),
            (CONTEXT, (word % 4) as u32),
            (ITEM, item as u32),
            (CATEGORY, (item % 7) as u32),
            (CATEGORY, (item % 5 + 10) as u32),
        ];
        fields.extend((0..more).map(|field| (CONTEXT + 1 + field, (word >> field) as u32 % 3)));
        ClickRow { fields, shared: 3, dense }
    }

    pub fn sample(&mut self) -> ClickSample {
        self.sequence += 1;
        let word = mix(self.seed, self.sequence);
        let (user, item) = (below(mix(word, 1), self.users), below(mix(word, 2), self.items));
        let row = Self::row(user, item, word);
        let likes = if user % 7 == item % 7 { 0.6 } else { 0.05 };
        let position = 1 + (word % 10) as u16;
        let outcome = if below(mix(word, 4), 1000) < (likes * 1000.0) as usize {
            ClickOutcome::Clicked { by: CLICK, value: 1.0 }
        } else {
            ClickOutcome::Unclicked
        };
        ClickSample {
            sequence: Sequence(self.sequence),
            user_hash: user as u64,
            row,
            position,
            propensity: 1.0,
            outcome,
            weight: 1.0,
            version: 0,
        }
    }

    pub fn teach(&mut self, head: &mut ClickHead, samples: usize) {
        for _ in 0..samples {
            let _ = head.learn(&self.sample());
        }
    }
}
