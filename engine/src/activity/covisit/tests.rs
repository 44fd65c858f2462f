use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const BOUNDS: CovisitBounds = CovisitBounds { neighbours: 4, counters: 10 };

fn listed(covisits: &Covisits) -> Vec<(u32, f32)> {
    let mut listed: Vec<_> =
        covisits.neighbours(BOUNDS).map(|near| (near.item.0, near.count)).collect();
    listed.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    listed
}

#[test]
fn the_strongest_become_neighbours_whatever_came_first() {
    let mut covisits = Covisits::default();
    for item in 0..8 {
        let _ = covisits.add(ItemIndex(item), 1.0, 1.0, BOUNDS);
    }
    for item in [7, 6, 7] {
        let _ = covisits.add(ItemIndex(item), 1.0, 1.0, BOUNDS);
    }
    assert_eq!(listed(&covisits)[..2], [(7, 3.0), (6, 2.0)]);
}

#[test]
fn a_flood_of_strangers_does_not_push_out_a_neighbour() {
    let mut covisits = Covisits::default();
    for _ in 0..3 {
        let _ = covisits.add(ItemIndex(1), 1.0, 1.0, BOUNDS);
    }
    for stranger in 100..10_000 {
        let _ = covisits.add(ItemIndex(stranger), 1.0, 1.0, BOUNDS);
    }
    assert_eq!(listed(&covisits)[0], (1, 3.0));
    assert_eq!(covisits.len(), 10);
}

#[test]
fn a_counter_outside_says_so_and_one_inside_too() {
    let mut covisits = Covisits::default();
    for item in 0..4 {
        assert_eq!(covisits.add(ItemIndex(item), 2.0, 1.0, BOUNDS), Relisted::Yes);
    }
    assert_eq!(covisits.add(ItemIndex(9), 1.0, 1.0, BOUNDS), Relisted::No);
    assert_eq!(covisits.add(ItemIndex(9), 1.5, 1.0, BOUNDS), Relisted::Yes);
    assert_eq!(listed(&covisits)[0], (9, 2.5));
}

proptest! {
    #[test]
    fn below_the_bound_every_count_is_exact(adds in prop::collection::vec((0u32..10, 1u8..4), 1..200)) {
        let (mut covisits, mut plain) = (Covisits::default(), BTreeMap::new());
        for (item, weight) in adds {
            let _ = covisits.add(ItemIndex(item), f32::from(weight), 1.0, BOUNDS);
            *plain.entry(item).or_insert(0.0) += f32::from(weight);
        }
        let held: BTreeMap<u32, f32> =
            covisits.items.iter().copied().zip(covisits.counts.iter().copied()).collect();
        prop_assert_eq!(&held, &plain);
        // With one divisor for all, the neighbours are the largest counts.
        let mut counts: Vec<f32> = plain.into_values().collect();
        counts.sort_by(|a, b| b.total_cmp(a));
        counts.truncate(BOUNDS.neighbours);
        prop_assert_eq!(listed(&covisits).iter().map(|near| near.1).collect::<Vec<_>>(), counts);
    }

    #[test]
    fn the_bound_holds_whatever_comes(adds in prop::collection::vec(0u32..500, 1..2_000)) {
        let mut covisits = Covisits::default();
        for item in adds {
            let _ = covisits.add(ItemIndex(item), 1.0, 1.0, BOUNDS);
            prop_assert!(covisits.len() <= BOUNDS.counters);
        }
        prop_assert!(covisits.heap_bytes() <= 12 * BOUNDS.counters);
    }
}
