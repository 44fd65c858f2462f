use proptest::prelude::*;

use super::*;
use crate::activity::testing::{CLICK, Stream, config};
use crate::retrieval::neighbours::NeighbourRule;
use crate::retrieval::{Neighbours, Retriever, Source};

/// What [`Neighbours`] says of every item, divided by the most that it says.
fn shares(items: &[ItemIndex], table: &impl CovisitTable, gamma: f32, alpha: f32) -> Vec<u32> {
    let rule = NeighbourRule { gamma, alpha };
    let near = Neighbours::of(items, table, rule, Source::Neighbours);
    let highest = near.highest().max(f32::MIN_POSITIVE);
    (0..60).map(|item| (near.strength(ItemIndex(item)) / highest).to_bits()).collect()
}

fn choices() -> impl Strategy<Value = Vec<(u64, u64)>> {
    prop::collection::vec((0u64..9, 0u64..50), 1..300)
}

proptest! {
    #[test]
    fn ranking_and_training_see_the_same_of_view_and_state(choices in choices(), visit in 0usize..25) {
        let mut stream = Stream::new(config());
        stream.items(50);
        for (user, item) in choices {
            stream.fact(user, item, CLICK);
        }
        let recent = stream.recent_of(3, 999);
        let view = stream.activity.publish();
        let live = NeighbourStrengths::of(&recent, visit, &stream.activity);
        prop_assert_eq!(&live, &NeighbourStrengths::of(&recent, visit, &*view));
        prop_assert!(live.found.is_sorted_by_key(|(item, _)| *item));
        let plain = [
            shares(&recent, &*view, 0.8, config().alpha),
            shares(&recent[..visit.min(recent.len())], &*view, 0.7, 0.2),
        ];
        for item in 0..60 {
            let found = live.share(ItemIndex(item)).map(f32::to_bits);
            prop_assert_eq!(found, [plain[0][item as usize], plain[1][item as usize], 0], "item {}", item);
        }
    }
}

#[test]
fn the_strongest_has_all_of_it_and_outside_the_visit_nothing_speaks_for_the_visit() {
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
    let near = NeighbourStrengths::of(&[ItemIndex(0), ItemIndex(2)], 1, &stream.activity);
    let bits = |item| near.share(ItemIndex(item)).map(f32::to_bits);
    assert_eq!(bits(1), [1.0_f32, 1.0, 0.0].map(f32::to_bits));
    let other = near.share(ItemIndex(3));
    assert!((other[0] - 0.8).abs() < 1e-6 && other[1] == 0.0, "{other:?}");
    assert_eq!(bits(5), [0; 3]);
    assert_eq!(NeighbourStrengths::of(&[], 0, &stream.activity).found, []);
}

proptest! {
    #[test]
    fn sorting_by_item_keeps_the_order_of_those_of_one_item(items in prop::collection::vec(
        prop_oneof![0u32..5, 0u32..3_000, any::<u32>()], 0..1_500)) {
        let mut keys: Vec<u64> =
            (0..).zip(&items).map(|(place, item)| u64::from(*item) << 32 | place).collect();
        let mut plain = keys.clone();
        plain.sort_unstable();
        sort_by_item(&mut keys);
        prop_assert_eq!(keys, plain);
    }
}

proptest! {
    #[test]
    fn what_sessions_say_stands_beside_what_neighbours_say(
        near in prop::collection::btree_map(0u32..60, 1u8..100, 0..30),
        sessions in prop::collection::btree_map(0u32..60, 1u8..100, 0..30),
    ) {
        let share = |word: &u8| f32::from(*word) / 100.0;
        let found = near.iter().map(|(item, word)| (ItemIndex(*item), [share(word), 0.5, 0.0]));
        let said: Vec<_> = sessions.iter().map(|(item, word)| (ItemIndex(*item), share(word))).collect();
        let both = NeighbourStrengths { found: found.collect() }.with_sessions(&said);
        prop_assert!(both.found.is_sorted_by(|(a, _), (b, _)| a < b));
        for item in 0..60 {
            let visit = if near.contains_key(&item) { 0.5 } else { 0.0 };
            let plain = [near.get(&item).map_or(0.0, share), visit, sessions.get(&item).map_or(0.0, share)];
            prop_assert_eq!(both.share(ItemIndex(item)).map(f32::to_bits), plain.map(f32::to_bits));
        }
    }
}
