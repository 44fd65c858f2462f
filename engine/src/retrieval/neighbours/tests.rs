use super::*;
use crate::activity::testing::{CLICK, Stream, config};

const RULE: NeighbourRule = NeighbourRule { gamma: 0.8, alpha: 0.5 };

/// Ten users choose 0 with 1, ten choose 2 with 3, one chooses 0 with 4.
fn pairs() -> Stream {
    let mut stream = Stream::new(config());
    stream.items(6);
    for user in 0..10 {
        for item in [0, 1] {
            stream.fact(user, item, CLICK);
        }
        for item in [2, 3] {
            stream.fact(100 + user, item, CLICK);
        }
    }
    for item in [0, 4] {
        stream.fact(200, item, CLICK);
    }
    stream
}

#[test]
fn candidates_come_strongest_first_and_say_because_of_what() {
    let view = pairs().activity.publish();
    let items = [ItemIndex(2), ItemIndex(0)];
    let near = Neighbours::of(&items, &*view, RULE, Source::Neighbours);
    let order: Vec<_> = near.candidates().map(|item| item.0).collect();
    assert_eq!(order, [3, 1, 4]);
    assert_eq!(near.because_of(ItemIndex(1)), Some(ItemIndex(0)));
    assert_eq!(near.because_of(ItemIndex(3)), Some(ItemIndex(2)));
}

#[test]
fn an_older_item_counts_less() {
    let view = pairs().activity.publish();
    let near = |items: &[u32]| {
        let items: Vec<_> = items.iter().copied().map(ItemIndex).collect();
        Neighbours::of(&items, &*view, RULE, Source::Neighbours).strength(ItemIndex(1))
    };
    assert!((near(&[2, 0]) / near(&[0, 2]) - 0.8).abs() < 1e-5);
}

#[test]
fn a_single_pair_does_not_outweigh_many() {
    let view = pairs().activity.publish();
    let near = Neighbours::of(&[ItemIndex(0)], &*view, RULE, Source::Neighbours);
    assert!(2.0 * near.strength(ItemIndex(4)) < near.strength(ItemIndex(1)));
    assert!(near.strength(ItemIndex(5)) == 0.0);
}

#[test]
fn no_items_have_no_neighbours() {
    let view = pairs().activity.publish();
    let near = Neighbours::of(&[], &*view, RULE, Source::Session);
    assert_eq!(near.candidates().count(), 0);
}
