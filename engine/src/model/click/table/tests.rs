use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn table(max_features: usize, admit_after: u32, expire_after: u32) -> FeatureTable {
    let config =
        ClickConfig { lanes: 1, max_features, admit_after, expire_after, ..ClickConfig::default() };
    FeatureTable::new(11, &config)
}

fn feature(value: u32) -> Feature {
    Feature { field: (value % 5) as u8, value: value / 5 }
}

#[test]
fn every_feature_has_a_row_of_its_own_while_there_is_room() {
    let mut table = table(100_000, 1, u32::MAX);
    for value in 0..5_000 {
        assert!(!table.see(feature(value), value + 1), "{value} is new");
    }
    let places: BTreeSet<_> = (0..5_000)
        .map(|value| table.place(feature(value)).expect("it has a row"))
        .map(|place| (place.chunk, place.within))
        .collect();
    assert_eq!((places.len(), table.held()), (5_000, 5_000));
    assert!((0..5_000).all(|value| table.see(feature(value), 9_000)), "all are known now");
    assert!(table.slots.len() < 600, "{} chunks for 313 full ones", table.slots.len());
}

#[test]
fn readers_find_what_was_published_and_never_a_later_write() {
    let mut table = table(100_000, 1, u32::MAX);
    for value in 0..300 {
        table.see(feature(value), 1);
        let place = table.place(feature(value)).expect("it has a row");
        *table.write(place).chunk.weight_mut(0, place.within) = value as f32;
    }
    let (view, bytes) = table.publish();
    assert!(0 < bytes);
    for value in 300..3_000 {
        table.see(feature(value), 2);
    }
    let place = table.place(feature(7)).expect("it has a row");
    *table.write(place).chunk.weight_mut(0, place.within) = -1.0;
    for value in 0..300 {
        let (chunk, within) = view.find(feature(value)).expect("it was published");
        assert_eq!(chunk.weights(0)[within].to_bits(), (value as f32).to_bits());
        let (same, at) = table.find(feature(value)).expect("it is held");
        assert_eq!(same.vector(at), chunk.vector(within), "a split moves a row as it is");
    }
    assert!(view.find(feature(300)).is_none());
    let (view, _) = table.publish();
    assert!((0..3_000).all(|value| view.find(feature(value)).is_some()));
    assert_eq!(table.publish().1, 0, "nothing changed");
}

#[test]
fn a_feature_counts_from_its_admission_on() {
    let mut table = table(1_000, 3, u32::MAX);
    for now in 1..=2 {
        assert!(!table.see(feature(9), now));
        assert!(table.find(feature(9)).is_none(), "sighting {now} of 3");
    }
    assert!(!table.see(feature(9), 3));
    assert!(table.find(feature(9)).is_some());
    assert!(table.see(feature(9), 4));
    assert_eq!(table.held(), 1);
}

#[test]
fn the_bound_holds_and_what_is_seen_often_stays() {
    let mut table = table(256, 1, u32::MAX);
    let often: Vec<_> = (0..40).map(feature).collect();
    for now in 1..20_000_u32 {
        table.see(often[now as usize % often.len()], now);
        table.see(feature(1_000 + now), now);
    }
    assert!(table.held() <= 256);
    assert_eq!(table.slots.len(), 16);
    let kept = often.iter().filter(|feature| table.find(**feature).is_some()).count();
    assert_eq!(kept, often.len());
}

#[test]
fn what_was_unseen_for_long_gives_way_before_a_chunk_splits() {
    let mut table = table(100_000, 1, 500);
    for now in 1..30_000 {
        table.see(feature(now), now);
    }
    assert!(table.held() < 2_500, "{} of 30,000", table.held());
    assert!((29_600..30_000).all(|value| table.find(feature(value)).is_some()));
}

#[test]
fn a_sample_larger_than_a_full_table_drops_features_and_not_its_own_rows() {
    let mut table = table(16, 1, u32::MAX);
    for value in 0..16 {
        table.see(feature(value), 1);
    }
    assert!(!table.see(feature(16), 1));
    assert!(table.place(feature(16)).is_none());
    assert!((0..16).all(|value| table.place(feature(value)).is_some()));
    table.see(feature(16), 2);
    assert!(table.place(feature(16)).is_some());
}

proptest! {
    #[test]
    fn the_same_sightings_give_the_same_table(
        sightings in prop::collection::vec(0_u32..400, 1..1_500),
        bound in 16_usize..400,
    ) {
        let (mut one, mut other) = (table(bound, 2, 300), table(bound, 2, 300));
        for (now, value) in (1..).zip(&sightings) {
            one.see(feature(*value), now);
            other.see(feature(*value), now);
            let _ = other.publish();
            let _ = other.take_uncut();
            prop_assert!(one.held() <= bound.max(16));
        }
        for value in 0..400 {
            prop_assert_eq!(one.place(feature(value)), other.place(feature(value)));
        }
        let held = one.slots.iter().map(|slot| (0..ROWS).filter(|at| slot.chunk.feature(*at).is_some()).count());
        prop_assert_eq!(held.sum::<usize>(), one.held());
    }
}
