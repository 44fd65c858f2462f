//! Tests of the exact scan.

use super::*;
use crate::model::config::ModelConfig;
use crate::model::learner::Learner;
use crate::model::sample::ModelUser;
use crate::model::testing::{Stream, small, view_scores};
use crate::model::user_vector::UserVector;

/// A view of a trained model, and a user of it.
fn taught(lanes: usize, items: u32) -> (std::sync::Arc<ModelView>, ModelUser, UserVector) {
    let mut learner = Learner::new(3, ModelConfig { lanes, ..small() });
    let mut stream = Stream::new(9, items, 25);
    stream.teach(&mut learner, 1_500);
    let view = learner.publish().view;
    let user = stream.sample().user;
    let mut vector = UserVector::default();
    view.user_vector(&user, &mut vector);
    (view, user, vector)
}

/// The best by scoring every item by itself and sorting.
fn plainly(view: &ModelView, user: &ModelUser, wanted: usize, odd: bool) -> Ranking {
    let passes = |item: &ItemIndex| view.is_known(*item) && (!odd || item.0 % 2 == 1);
    let items: Vec<ItemIndex> = (0..3_000).map(ItemIndex).filter(passes).collect();
    let scores = view_scores(view, &items, user).machine;
    let mut ranking: Ranking = items.into_iter().zip(scores).collect();
    ranking.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranking.truncate(wanted);
    ranking
}

#[test]
fn a_scan_finds_what_scoring_every_item_finds_bit_for_bit() {
    for lanes in [1, 2, 4] {
        let (view, user, vector) = taught(lanes, 1_200);
        let scan = ScanFor { vector: &vector.vector, group: user.group() };
        for wanted in [0, 1, 20, 5_000] {
            assert_eq!(view.scan(scan, wanted, |_| true), plainly(&view, &user, wanted, false));
        }
        assert_eq!(view.scan(scan, 20, |item| item.0 % 2 == 1), plainly(&view, &user, 20, true));
    }
}

#[test]
fn a_filter_is_asked_only_about_contenders() {
    let (view, user, vector) = taught(4, 2_900);
    let scan = ScanFor { vector: &vector.vector, group: user.group() };
    let mut asked = 0;
    let found = view.scan(scan, 5, |_| {
        asked += 1;
        true
    });
    assert_eq!(found.len(), 5);
    assert!(asked < view.items() / 3, "{asked} of {}", view.items());
}

#[test]
fn a_filter_that_lets_nothing_through_leaves_an_empty_list() {
    let (view, user, vector) = taught(4, 100);
    let scan = ScanFor { vector: &vector.vector, group: user.group() };
    assert!(view.scan(scan, 5, |_| false).is_empty());
    assert!(ModelView::empty().scan(scan, 5, |_| true).is_empty());
}

#[test]
fn no_scan_is_made_of_too_many_items() {
    let config = ModelConfig { scan_items: 10, quantised_items: 20, ..small() };
    let mut learner = Learner::new(3, config);
    for item in 0..21 {
        learner.count_event(ItemIndex(item));
    }
    let vector = [Lane::default()];
    let scan = ScanFor { vector: &vector, group: 0 };
    assert!(learner.publish().view.scan(scan, 5, |_| true).is_empty());
}
