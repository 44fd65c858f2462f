use proptest::prelude::*;

use super::*;
use crate::ItemIndex;
use crate::codec;
use crate::record::ServedItem;

fn of(parts: FeatureParts) -> ItemFeatures {
    ItemFeatures::pack(&parts)
}

proptest! {
    #[test]
    fn parts_come_back_to_three_in_a_hundred(parts in prop::array::uniform9(-60.0..60.0_f32)) {
        let packed = of(FeatureParts { parts, ..FeatureParts::default() });
        for (found, part) in packed.parts().into_iter().zip(parts) {
            prop_assert!((found - part).abs() <= 0.004 + 0.03 * part.abs(), "{part} came back as {found}");
        }
    }

    #[test]
    fn categories_come_back(first in 0..1_u32 << 23, second in proptest::option::of(0..1_u32 << 23)) {
        let categories = [Some(CategoryId(first)), second.map(CategoryId)];
        prop_assert_eq!(of(FeatureParts { categories, ..FeatureParts::default() }).categories(), categories);
    }

    #[test]
    fn an_item_of_a_list_takes_at_most_32_bytes(item: u32, score: f32, propensity: f32, parts in prop::array::uniform9(-1e9..1e9_f32), category: u32) {
        let categories = [Some(CategoryId(category)); 2];
        let features = of(FeatureParts { categories, parts, price: Some(score), ..FeatureParts::default() });
        let item = ServedItem { item: ItemIndex(item), score, propensity, features };
        let bytes = codec::encode(0, &item).unwrap().len() - 1;
        prop_assert!(bytes <= 32, "{bytes}");
        prop_assert!(size_of::<ServedItem>() <= 32);
    }
}

#[test]
fn what_is_not_known_is_zero() {
    let none = of(FeatureParts::default());
    assert_eq!((none.price(), none.age(), none.click_rate(), none.kind()), (0, 0, 0, 0));
    assert_eq!((none.categories(), none.parts()), ([None, None], [0.0; PARTS]));
    assert_eq!(none, ItemFeatures::default());
}

#[test]
fn buckets_grow_with_what_they_are_of() {
    let price = |price| of(FeatureParts { price: Some(price), ..FeatureParts::default() }).price();
    assert_eq!([0.0, 1.0, 9.0, 10.0, 99.0, 1e30].map(price), [1, 3, 7, 7, 14, 64]);
    assert_eq!([f32::NAN, -3.0].map(price), [1, 1]);
    let rate =
        |rate| of(FeatureParts { click_rate: Some(rate), ..FeatureParts::default() }).click_rate();
    assert_eq!([0.0, 0.01, 0.05, 0.5, 1.0].map(rate), [1, 14, 21, 33, CLICK_RATES - 1]);
    let age = |minutes: u64| {
        let at = Timestamp::from_millis(minutes * 60_000);
        of(FeatureParts { new_since: Some(Timestamp::EPOCH), at, ..FeatureParts::default() }).age()
    };
    assert_eq!([0, 1, 2, 3, 60, 1_440, 1_000_000].map(age), [1, 2, 2, 3, 6, 11, 20]);
}

#[test]
fn numbers_that_are_none_are_packed_as_nothing() {
    let mut parts = [0.0; PARTS];
    (parts[0], parts[1]) = (f32::NAN, f32::INFINITY);
    let found = of(FeatureParts { parts, ..FeatureParts::default() }).parts();
    assert!(found.iter().all(|part| part.is_finite()));
    assert!(found[0].abs() < f32::EPSILON);
}
