use std::collections::BTreeMap;

use crate::ItemIndex;
use crate::ranking::testing::Shop;

/// Items per group of five among the first `limit`, under a cap.
fn groups(limit: usize, max_share: f32) -> BTreeMap<u32, usize> {
    let mut shop = Shop::busy();
    shop.limit = limit;
    let ranked = shop.recommend(999, |scenario| scenario.diversity.max_share = max_share);
    let mut groups = BTreeMap::new();
    for ranked in ranked.items {
        *groups.entry(ranked.item.0 / 5).or_default() += 1;
    }
    groups
}

#[test]
fn no_category_takes_more_than_its_share() {
    assert_eq!(groups(8, 1.0)[&0], 5);
    assert_eq!(groups(8, 0.25)[&0], 2);
    assert!(groups(8, 0.25).values().all(|items| *items <= 2));
}

#[test]
fn the_cap_gives_way_where_the_list_would_stay_short() {
    assert_eq!(groups(40, 0.05).values().sum::<usize>(), 40);
}

#[test]
fn the_best_of_each_category_stays() {
    let mut shop = Shop::busy();
    shop.limit = 8;
    let best = shop.recommend(999, |scenario| scenario.diversity.max_share = 1.0).items[0].item;
    let ranked = shop.recommend(999, |scenario| scenario.diversity.max_share = 0.01);
    assert_eq!((best, ranked.items[0].item), (ItemIndex(0), ItemIndex(0)));
    assert_eq!(ranked.items.len(), 8);
}
