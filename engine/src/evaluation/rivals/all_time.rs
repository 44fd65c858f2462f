//! Popularity of all time: how often each item was chosen, the same for everyone.

use crate::evaluation::rivals::{Asked, Choice, Past, Rival};

/// Counts, which [`Past`] keeps anyway.
#[derive(Clone, Copy, Debug, Default)]
pub struct AllTime;

impl Rival for AllTime {
    fn score(&mut self, _: &Asked, past: &Past, scores: &mut [f32]) {
        for (score, count) in scores.iter_mut().zip(past.counts()) {
            *score = *count as f32;
        }
    }

    fn learn(&mut self, _: &Choice, _: &Past) {}
}
