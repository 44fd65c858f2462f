//! The score against the factorization machine's formula, pair by pair.

use super::naive;
use crate::ItemIndex;
use crate::model::learner::Learner;
use crate::model::sample::Past;
use crate::model::testing::{Stream, learner_scores, small};

#[test]
fn the_score_is_the_sum_over_all_pairs_of_features() {
    let mut learner = Learner::new(5, small());
    let mut stream = Stream::new(2, 200, 15);
    for _ in 0..60 {
        stream.teach(&mut learner, 20);
        let mut user = stream.sample().user;
        // An item that nobody has chosen counts for nothing, wherever it stands.
        user.history.insert(user.history.len().min(1), Past { item: ItemIndex(9_000), age_s: 5 });
        let items: Vec<ItemIndex> = learner.items.known().to_vec();
        let scores = learner_scores(&learner, &items, &user).machine;
        for (item, score) in items.iter().zip(scores) {
            let naive = naive::score(&learner, *item, &user);
            assert!((naive - f64::from(score)).abs() < 2e-4, "{item:?}: {score}, plainly {naive}");
        }
    }
}
