//! Tests of draws.

use super::*;
use crate::model::testing::small;

fn known(count: u32) -> Items {
    let mut items = Items::new(1, &small());
    (0..count).for_each(|item| items.make_known(ItemIndex(item)));
    items
}

fn pool(epoch_of: u64, items: &Items) -> UniformPool {
    let config = ModelConfig {
        uniform_pool: 16,
        uniform_pool_from: 32,
        uniform_pool_samples: 10,
        ..small()
    };
    let mut pool = UniformPool::default();
    pool.refresh(7, epoch_of, &config, items);
    pool
}

#[test]
fn a_ring_counts_what_is_in_it() {
    let mut items = known(10);
    let mut ring = RecentPositives::new(3);
    for item in [1, 2, 1, 1, 5] {
        ring.push(ItemIndex(item), &mut items);
    }
    let counts: Vec<u32> = (0..6).map(|item| items.frequency(ItemIndex(item))).collect();
    assert_eq!(counts, [0, 2, 0, 0, 0, 1]);
    assert_eq!((ring.len(), ring.total()), (3, 5));
    let ages: Vec<u64> = (0..3).map(|slot| ring.age(slot)).collect();
    assert_eq!(ages, [1, 0, 2]);
}

#[test]
fn a_pool_stays_for_its_samples_and_follows_from_seed_and_number() {
    let items = known(1_000);
    assert_eq!(pool(20, &items), pool(29, &items));
    assert_ne!(pool(20, &items).items, pool(30, &items).items);
    assert_eq!(pool(20, &items).items.len(), 16);
    assert!(pool(20, &known(30)).items.is_empty(), "few items need no pool");
}

#[test]
fn uniform_negatives_come_from_the_pool_and_skip_what_left_since() {
    let mut items = known(1_000);
    let pool = pool(20, &items);
    let gone = pool.items[0];
    items.retire(gone);
    let recent = RecentPositives::new(5);
    let draws = Draws { seed: 3, recent: &recent, items: &items, pool: &pool };
    let mut found = Vec::new();
    draws.negatives(400, |_| false, &mut found);
    assert!(100 < found.len());
    assert!(found.iter().all(|item| pool.items.contains(item) && *item != gone));
    draws.field(400, |_| false, &mut found);
    assert!(found.iter().any(|item| !pool.items.contains(item)));
}

#[test]
fn draws_follow_from_the_seed() {
    let items = known(100);
    let (recent, pool) = (RecentPositives::new(5), UniformPool::default());
    let drawn = |seed| {
        let mut found = Vec::new();
        let draws = Draws { seed, recent: &recent, items: &items, pool: &pool };
        draws.negatives(64, |item| item.0 < 50, &mut found);
        found
    };
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
    assert!(drawn(1).iter().all(|item| 50 <= item.0));
}
