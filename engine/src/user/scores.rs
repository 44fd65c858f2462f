//! Decayed scores: for each type, and for the top categories, the sum of weights of the user's events,
//! each halved once per half-life of its age.
//!
//! A score is kept as of the user's newest event. A newer event first decays what is there; an older
//! one enters already decayed. So the order of arrival changes nothing but the rounding. Where there
//! are more types or categories than places, the smallest gives way, and then order does matter.

use super::{Rules, User};
use crate::features::decay;
use crate::record::Event;
use crate::{CategoryId, Timestamp};

/// Types and categories that have a score, each.
pub const MAX_SCORES: usize = 8;

/// A score closer to zero than this is let go.
const SPENT: f32 = 1e-6;

impl User {
    pub(super) fn decay_scores(&mut self, elapsed_ms: u64, rules: &Rules) {
        for (id, score) in &mut self.type_scores {
            *score *= decay::remaining(elapsed_ms, rules.half_life_ms(*id)) as f32;
        }
        self.type_scores.retain(|(_, score)| SPENT <= score.abs());
        let half_life_ms = rules.features.category_scores().map_or(0, |(_, half_life)| half_life);
        let rest = decay::remaining(elapsed_ms, half_life_ms) as f32;
        for (_, score) in &mut self.category_scores {
            *score *= rest;
        }
        self.category_scores.retain(|(_, score)| SPENT <= score.abs());
    }

    /// Adds an event to the scores, which stand as of `newest`.
    pub(super) fn score(&mut self, event: &Event, rules: &Rules) {
        let age_ms = self.newest.millis_since(event.at);
        let weight = rules.weight(event.event_type);
        let wanted = |mask: &&crate::features::TypeMask| mask.contains(event.event_type);
        if rules.features.type_scores().as_ref().is_some_and(wanted) {
            let rest = decay::remaining(age_ms, rules.half_life_ms(event.event_type)) as f32;
            add(&mut self.type_scores, event.event_type, weight * rest);
        }
        if let Some((mask, half_life_ms)) = rules.features.category_scores()
            && wanted(&mask)
        {
            let rest = decay::remaining(age_ms, half_life_ms) as f32;
            for category in event.categories.iter().take(Event::MAX_CATEGORIES) {
                add(&mut self.category_scores, *category, weight * rest);
            }
        }
    }
}

impl User {
    /// Adds `amount`, as of `at`, to the scores of categories.
    pub(crate) fn add_to_categories(
        &mut self,
        categories: &[CategoryId],
        amount: f32,
        at: Timestamp,
        rules: &Rules,
    ) {
        let Some((_, half_life_ms)) = rules.features.category_scores() else { return };
        let rest = decay::remaining(self.newest.millis_since(at), half_life_ms) as f32;
        for category in categories.iter().take(Event::MAX_CATEGORIES) {
            add(&mut self.category_scores, *category, amount * rest);
        }
    }
}

/// Adds to a score; a newcomer takes the place of the smallest where all places are taken.
///
/// It does so even when it is the smaller one, or a new liking could never grow beside old ones.
fn add<K: Copy + PartialEq>(scores: &mut Vec<(K, f32)>, key: K, amount: f32) {
    if amount.abs() < SPENT || !amount.is_finite() {
        return;
    }
    if let Some((_, score)) = scores.iter_mut().find(|(other, _)| *other == key) {
        *score += amount;
    } else if scores.len() < MAX_SCORES {
        scores.push((key, amount));
    } else if let Some(least) = scores.iter_mut().min_by(|a, b| a.1.abs().total_cmp(&b.1.abs())) {
        *least = (key, amount);
    }
}
