//! Tests of publishing: what readers get, that it stays as it is, and what it copies.

use super::*;
use crate::model::numeric::Lane;
use crate::model::testing::{Stream, learner_scores, small, view_scores};
use crate::{ItemIndex, Sequence};

fn items(count: u32) -> Vec<ItemIndex> {
    (0..count).map(ItemIndex).collect()
}

#[test]
fn a_view_scores_as_the_learner_did_and_never_changes_afterwards() {
    let mut learner = Learner::new(3, small());
    let mut stream = Stream::new(1, 300, 20);
    for _ in 0..5 {
        stream.teach(&mut learner, 200);
        let published = learner.publish();
        let mut user = stream.sample().user;
        let by_learner = learner_scores(&learner, &items(400), &user);
        user.row = learner.users_mut().get(user.hash).cloned();
        assert_eq!(view_scores(&published.view, &items(400), &user), by_learner);
        stream.teach(&mut learner, 300);
        assert_eq!(view_scores(&published.view, &items(400), &user), by_learner);
        assert_ne!(learner_scores(&learner, &items(400), &user), by_learner);
    }
}

#[test]
fn a_view_knows_how_far_it_was_trained() {
    let mut learner = Learner::new(3, small());
    let mut stream = Stream::new(1, 300, 20);
    stream.teach(&mut learner, 7);
    learner.count_event(ItemIndex(299));
    let view = learner.publish().view;
    assert_eq!(view.trained_through(), Sequence(7));
    assert_eq!((view.trained(), view.events(), view.revision()), (7, 8, 1));
    assert_eq!(view.items(), learner.items().known().len());
    assert!(view.is_known(ItemIndex(299)) && !view.is_known(ItemIndex(2_000)));
}

#[test]
fn a_publication_counts_only_what_changed() {
    let mut learner = Learner::new(3, small());
    let mut stream = Stream::new(1, 4_000, 20);
    stream.teach(&mut learner, 2_000);
    let all = learner.publish().bytes;
    assert_eq!(learner.publish().bytes, 0);
    learner.count_event(ItemIndex(17));
    let chunk = learner.publish().bytes;
    assert_eq!(chunk, (16 + crate::model::chunk::HEADS as u64) * size_of::<Lane>() as u64);
    assert!(50 * chunk < all, "{all}");
}

#[test]
fn an_empty_view_scores_every_item_alike() {
    let view = ModelView::empty();
    let user = Stream::new(1, 10, 1).sample().user;
    let scores = view_scores(&view, &items(3), &user);
    assert_eq!(scores.machine, vec![0.0; 3]);
    assert_eq!(view.items(), 0);
}

#[test]
fn a_row_of_other_dimensions_is_left_out_of_the_users_vector() {
    let mut learner = Learner::new(3, small());
    let mut stream = Stream::new(1, 300, 20);
    stream.teach(&mut learner, 100);
    let view = learner.publish().view;
    let mut user = stream.sample().user;
    let without = view_scores(&view, &items(10), &user);
    let vector = vec![Lane([1.0; 16]); 2].into();
    user.row = Some(UserRow { vector, squares: 1.0, era: 0 });
    assert_eq!(view_scores(&view, &items(10), &user), without);
}
