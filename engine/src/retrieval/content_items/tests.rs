use crate::ItemIndex;
use crate::ranking::testing::Shop;
use crate::ranking::{Ladder, Ranked, Scenario, explain};
use crate::record::ItemDoc;
use crate::retrieval::Source;

fn place(ranked: &Ranked, item: u32) -> Option<usize> {
    ranked.items.iter().position(|ranked| ranked.item.0 == item)
}

/// A shop in which item 40 + group is new and in that group's category, and nobody chose it.
fn with_new_items() -> Shop {
    let mut shop = Shop::busy();
    for group in 0..8 {
        shop.describe(40 + group, |doc| {
            doc.categories = crate::activity::testing::categories(&[group]);
        });
    }
    shop
}

fn plain(scenario: &mut Scenario) {
    let blend = &mut scenario.blend;
    (blend.trending, blend.fresh, blend.category) = (0.0, 0.0, 0.0);
    scenario.diversity.max_share = 1.0;
}

#[test]
fn a_new_item_with_a_document_comes_before_other_new_ones_where_it_suits() {
    let mut shop = with_new_items();
    for group in [1_u32, 3] {
        for item in 0..4 {
            shop.click(900 + u64::from(group), u64::from(5 * group + item));
        }
    }
    shop.publish();
    shop.limit = 100;
    for group in [1_u32, 3] {
        let ranked = shop.recommend(900 + u64::from(group), plain);
        let own = place(&ranked, 40 + group).expect("it is named");
        let others = (40..48).filter(|item| *item != 40 + group);
        let better = others.filter(|item| place(&ranked, *item).is_some_and(|at| at < own));
        assert_eq!(better.count(), 0, "{group}: {:?}", ranked.items);
    }
}

#[test]
fn a_new_item_enters_a_list_of_ten() {
    let mut shop = with_new_items();
    for item in 5..9 {
        shop.click(901, item);
    }
    shop.publish();
    let ranked = shop.recommend(901, plain);
    assert!(place(&ranked, 41).is_some(), "{:?}", ranked.items);
}

#[test]
fn without_a_model_nothing_is_named_by_content() {
    let mut shop = with_new_items();
    shop.click(901, 5);
    assert!(shop.recommend(901, plain).items.iter().all(|item| item.parts.model == 0.0));
}

#[test]
fn a_new_item_is_named_by_content_and_stands_higher_for_users_of_what_it_is_made_of() {
    let mut shop = with_new_items();
    for group in [1_u32, 3] {
        for item in 0..4 {
            shop.click(900 + u64::from(group), u64::from(5 * group + item));
        }
    }
    shop.publish();
    let told = |shop: &mut Shop, user: u64| {
        shop.ask(user, plain, |request| explain(request, Ladder::Top, ItemIndex(41)))
    };
    let (own, other) = (told(&mut shop, 901), told(&mut shop, 903));
    assert!(own.named_by.contains(&Source::Content), "{own:?}");
    let (own, other) = (own.scored.unwrap(), other.scored.unwrap());
    assert!(own.place < other.place && other.score < own.score, "{own:?} {other:?}");
}

#[test]
fn an_embedding_alone_places_a_new_item() {
    let mut shop = Shop::new();
    let side = |doc: &mut ItemDoc, item: u32| {
        doc.categories.clear();
        let angle = if item.is_multiple_of(2) { 0.1 } else { 1.4 } + 0.01 * item as f32;
        doc.embedding = [angle.cos(), angle.sin(), 0.1].into();
    };
    (0..20).for_each(|item| shop.describe(item, |doc| side(doc, item)));
    for turn in 0..400_u64 {
        // Users of even number choose even items.
        shop.click(turn % 40, (turn * 7 % 10) * 2 + turn % 2);
    }
    for item in [30, 31] {
        shop.describe(item, |doc| side(doc, item));
    }
    shop.publish();
    shop.limit = 30;
    for user in [0, 1] {
        let ranked = shop.recommend(user, plain);
        let [even, odd] = [30, 31].map(|item| place(&ranked, item).expect("it is named"));
        assert_eq!(even < odd, user == 0, "{user}: {even} {odd}");
    }
}
