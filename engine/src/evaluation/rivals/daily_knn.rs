//! Item-kNN as a nightly job: counts of pairs as they were when the period began.
//!
//! Not here: the counting (see [`super::item_knn`]), which order does not change.

use crate::evaluation::rivals::item_knn::{ItemKnn, ItemKnnSettings};
use crate::evaluation::rivals::{Asked, Choice, Past, Rival};

/// Counts that grow when they are rebuilt.
#[derive(Clone, Debug)]
pub struct DailyKnn {
    knn: ItemKnn,
    /// How many choices of each user are counted: a rebuilding from the start would come to the same.
    counted: Vec<usize>,
}

impl DailyKnn {
    /// Nothing counted.
    #[must_use]
    pub fn new(settings: ItemKnnSettings) -> Self {
        Self { knn: ItemKnn::new(settings), counted: Vec::new() }
    }
}

impl Rival for DailyKnn {
    fn score(&mut self, asked: &Asked, _: &Past, scores: &mut [f32]) {
        self.knn.add_scores(asked.history, scores);
    }

    fn learn(&mut self, _: &Choice, _: &Past) {}

    fn rebuild(&mut self, past: &Past) {
        self.counted.resize(past.users(), 0);
        for (counted, history) in self.counted.iter_mut().zip(past.histories()) {
            for place in *counted..history.len() {
                self.knn.count(history[place].item as usize, &history[..place]);
            }
            *counted = history.len();
        }
    }
}
