//! What the first choice of an item teaches, and what it does not.

use super::super::*;
use crate::model::testing::{HashSources, Stream, small};

#[test]
fn an_items_first_choice_leaves_the_blend_alone_and_places_the_item() {
    let mut stream = Stream::new(3, 40, 12);
    let mut learner = Learner::new(9, small());
    stream.teach(&mut learner, 400);
    let group = |sample: &Sample| sample.user.group();
    let first = Sample { item: ItemIndex(1_000), ..stream.sample() };
    let before = learner.shared.clone();

    assert!(matches!(learner.learn(&first, &HashSources, Effort::Full), Learned::Stepped { .. }));
    assert_eq!(learner.shared.blend, before.blend);
    let mut untaught = Learner::new(9, small());
    untaught.items.ensure(first.item);
    assert_ne!(learner.items.target(first.item), untaught.items.target(first.item));

    let again = Sample { sequence: Sequence(1_000_000), ..first.clone() };
    assert!(matches!(learner.learn(&again, &HashSources, Effort::Full), Learned::Stepped { .. }));
    assert_ne!(learner.shared.blend[group(&again)], before.blend[group(&again)]);
}
