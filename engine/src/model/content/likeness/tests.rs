use proptest::prelude::*;

use super::*;
use crate::CategoryId;
use crate::model::Past;
use crate::record::ItemDoc;

fn content(categories: &[u32], words: &str) -> Content {
    let named = |number: &u32| (CategoryId(*number), format!("c{number}").into());
    let categories = categories.iter().map(named).collect();
    Content::of(&ItemDoc { categories, title: Some(words.into()), ..ItemDoc::default() })
}

fn table(items: &[(&[u32], &str)]) -> ContentTable {
    let mut table = ContentTable::default();
    for (item, (categories, words)) in (0..).zip(items) {
        table.set(ItemIndex(item), content(categories, words));
    }
    table
}

fn user(items: &[u32]) -> ModelUser {
    let history = items.iter().map(|item| Past { item: ItemIndex(*item), age_s: 0 }).collect();
    ModelUser { history, ..ModelUser::default() }
}

fn likeness(table: &ContentTable, items: &[u32], item: u32) -> [f32; 2] {
    let mut profile = Profile::default();
    profile.form(&user(items), table);
    profile.likeness(ItemIndex(item), table)
}

fn bits(likeness: [f32; 2]) -> [u32; 2] {
    likeness.map(f32::to_bits)
}

#[test]
fn what_shares_rare_features_is_more_like_than_what_shares_common_ones() {
    let shop = table(&[
        (&[1, 2], "red trail shoe"),
        (&[1, 3], "blue trail shoe"),
        (&[1, 2], "red hat"),
        (&[1, 4], "green sock"),
        (&[1, 5], "shoe"),
        (&[1, 6], "shoe lace"),
    ]);
    let [same, other] = [likeness(&shop, &[0], 2), likeness(&shop, &[0], 3)];
    assert!(other[0] < 0.5 * same[0], "{same:?} {other:?}");
    assert!(other[1].abs() < 1e-6 && 0.0 < same[1]);
    let alike = likeness(&shop, &[0], 4)[1];
    assert!(0.0 < alike && alike < likeness(&shop, &[0], 1)[1]);
    assert!((likeness(&shop, &[0], 0)[0] - 1.0).abs() < 1e-5);
}

#[test]
fn newer_items_count_more_and_each_once() {
    let shop = table(&[(&[1], ""), (&[2], ""), (&[3], "")]);
    let [newer, older] = [likeness(&shop, &[0, 1], 0)[0], likeness(&shop, &[0, 1], 1)[0]];
    assert!(older < newer);
    assert_eq!(bits(likeness(&shop, &[0, 1, 0, 0], 0)), bits(likeness(&shop, &[0, 1], 0)));
}

#[test]
fn what_is_not_described_is_like_nothing() {
    let shop = table(&[(&[1], "red")]);
    assert_eq!(bits(likeness(&shop, &[0], 9)), [0; 2]);
    assert_eq!(bits(likeness(&shop, &[9], 0)), [0; 2]);
    assert_eq!(bits(likeness(&ContentTable::default(), &[0], 0)), [0; 2]);
}

#[test]
fn embeddings_alike_are_like() {
    let mut shop = ContentTable::default();
    for (item, embedding) in [[1.0, 0.0], [0.9, 0.1], [-1.0, 0.0]].into_iter().enumerate() {
        let doc = ItemDoc { embedding: embedding.into(), ..ItemDoc::default() };
        shop.set(ItemIndex(item as u32), Content::of(&doc));
    }
    assert!(0.9 < likeness(&shop, &[0], 1)[1] && likeness(&shop, &[0], 2)[1] < -0.9);
}

proptest! {
    #[test]
    fn a_profile_used_again_is_as_good_as_a_new_one(
        first in prop::collection::vec(0u32..12, 0..20),
        second in prop::collection::vec(0u32..12, 0..20),
    ) {
        let words: Vec<String> = (0..12).map(|n| format!("w{} w{} w{}", n % 5, n % 3, n)).collect();
        let mut shop = ContentTable::default();
        for item in 0..10 {
            shop.set(ItemIndex(item), content(&[item % 4], &words[item as usize]));
        }
        let mut used = Profile::default();
        used.form(&user(&first), &shop);
        used.form(&user(&second), &shop);
        for item in 0..12 {
            let again = used.likeness(ItemIndex(item), &shop);
            prop_assert_eq!(bits(again), bits(likeness(&shop, &second, item)));
        }
    }

    #[test]
    fn changed_documents_are_counted_like_those_that_never_were_otherwise(
        changes in prop::collection::vec((0u32..8, 0u32..5, any::<bool>()), 0..40),
    ) {
        let mut changed = ContentTable::default();
        let mut last = std::collections::BTreeMap::new();
        for (item, category, gone) in changes {
            let now = if gone { Content::default() } else { content(&[category], "x") };
            changed.set(ItemIndex(item), now.clone());
            last.insert(item, now);
        }
        let mut plain = ContentTable::default();
        for (item, content) in last {
            plain.set(ItemIndex(item), content);
        }
        prop_assert_eq!(changed.described, plain.described);
        let some = |table: &ContentTable| {
            let met = table.rarities.iter().enumerate().filter(|(_, rarity)| 0 < rarity.documents);
            met.map(|(feature, rarity)| (feature, *rarity)).collect::<Vec<_>>()
        };
        prop_assert_eq!(some(&changed), some(&plain));
    }
}
