//! Tests of items that leave and come back.

use super::*;
use crate::model::config::ModelConfig;
use crate::model::items::Table;
use crate::model::testing::{Stream, small};

fn forgetful() -> ModelConfig {
    ModelConfig { expire_after_events: 200, ..small() }
}

fn count(learner: &mut Learner, items: std::ops::Range<u32>, times: usize) {
    for _ in 0..times {
        items.clone().for_each(|item| learner.count_event(ItemIndex(item)));
    }
}

fn bits(learner: &Learner, item: u32) -> Option<Vec<u32>> {
    let vector = learner.items.vector(Table::Item, ItemIndex(item))?;
    Some(vector.iter().flat_map(|lane| lane.0).map(f32::to_bits).collect())
}

#[test]
fn an_item_without_an_event_for_long_is_known_no_longer() {
    let mut learner = Learner::new(1, forgetful());
    count(&mut learner, 0..40, 1);
    count(&mut learner, 20..40, 7);
    assert_eq!(learner.items.known().len(), 40);
    count(&mut learner, 20..40, 5);
    assert_eq!(learner.items.known().len(), 20);
    let view = learner.publish().view;
    let known: Vec<u32> = (0..50).filter(|item| view.is_known(ItemIndex(*item))).collect();
    assert_eq!(known, (20..40).collect::<Vec<_>>());
}

#[test]
fn a_chunk_without_known_items_gives_its_memory_back_and_starts_anew() {
    let mut learner = Learner::new(1, forgetful());
    let fresh = Learner::new(1, forgetful());
    let mut stream = Stream::new(1, 40, 10);
    stream.teach(&mut learner, 300);
    let trained = bits(&learner, 0);
    let early = learner.publish().view;
    count(&mut learner, 100..110, 60);
    assert_eq!(bits(&learner, 0), None);
    let late = learner.publish().view;
    assert!(early.is_known(ItemIndex(0)) && !late.is_known(ItemIndex(0)));
    learner.count_event(ItemIndex(0));
    let mut start = fresh;
    start.count_event(ItemIndex(0));
    assert_eq!(bits(&learner, 0), bits(&start, 0));
    assert_ne!(bits(&learner, 0), trained);
}

#[test]
fn an_item_that_comes_back_beside_known_ones_starts_anew_too() {
    let mut learner = Learner::new(1, forgetful());
    Stream::new(1, 16, 10).teach(&mut learner, 300);
    let trained = bits(&learner, 5);
    count(&mut learner, 0..1, 600);
    assert!(!learner.items.is_known(ItemIndex(5)));
    assert_eq!(bits(&learner, 5), trained, "until it comes back");
    learner.count_event(ItemIndex(5));
    let mut start = Learner::new(1, forgetful());
    start.count_event(ItemIndex(5));
    assert_eq!(bits(&learner, 5), bits(&start, 5));
    let head = learner.items.head(ItemIndex(5)).map(|head| (head.bias, head.counts));
    assert_eq!(head, Some((0.0, [1.0; 3])));
}

#[test]
fn above_its_capacity_the_longest_unseen_make_room() {
    let config = ModelConfig { max_items: 200, recent_positives: 20, ..small() };
    let mut learner = Learner::new(1, config);
    for item in 0..5_000 {
        learner.count_event(ItemIndex(item));
        assert!(learner.items.known().len() <= 205, "at item {item}");
    }
    let old = learner.items.known().iter().filter(|item| item.0 < 4_000).count();
    assert!(old < 20, "{old} of the items known are old");
}

#[test]
fn known_items_stand_where_their_rows_say() {
    let config = ModelConfig { max_items: 60, recent_positives: 10, ..forgetful() };
    let mut learner = Learner::new(1, config);
    Stream::new(3, 300, 20).teach(&mut learner, 2_000);
    assert!(!learner.items.known().is_empty());
    for (place, item) in learner.items.known().iter().enumerate() {
        assert_eq!(learner.items.standing(*item) as usize, place);
        assert!(learner.items.has(*item));
    }
}
