use super::*;
use crate::activity::testing::{CLICK, IMPRESSION};
use crate::ranking::testing::Shop;
use crate::ranking::{Condition, FeatureKind, Ranked, Scenario};
use crate::{CategoryId, ItemIndex};

fn explained(shop: &mut Shop, change: fn(&mut Scenario), item: u32) -> Explanation {
    shop.ask(999, change, |request| explain(request, Ladder::Top, ItemIndex(item)))
}

/// The features of each part come to it, and those of all to the score.
fn adds_up(scored: &ScoredItem) {
    for (part, value) in scored.parts.named() {
        let features = scored.features.iter().filter(|feature| feature.part == part);
        let sum: f32 = features.map(|feature| feature.value).sum();
        assert!((sum - value).abs() < 2e-4, "{part} is {value}, not {sum}: {scored:?}");
    }
    let sum: f32 = scored.features.iter().map(|feature| feature.value).sum();
    assert!((sum - scored.parts.sum()).abs() < 1e-3, "{scored:?}");
}

fn check_listed(shop: &mut Shop, change: fn(&mut Scenario)) -> Ranked {
    let ranked = shop.recommend(999, change);
    for (at, one) in ranked.items.iter().enumerate() {
        let told = explained(shop, change, one.item.0);
        assert_eq!(told.standing, Standing::Listed { rank: at + 1 });
        let scored = told.scored.as_ref().unwrap();
        assert_eq!((scored.score, scored.parts), (one.score, one.parts));
        assert_eq!(scored.reasons, one.reasons);
        assert!(!told.named_by.is_empty(), "{told:?}");
        adds_up(scored);
        assert_eq!(told.source, ranked.source);
    }
    let listed = |item: u32| ranked.items.iter().any(|one| one.item.0 == item);
    for item in (0..50).filter(|item| !listed(*item)) {
        let told = explained(shop, change, item);
        assert!(!matches!(told.standing, Standing::Listed { .. }), "{told:?}");
    }
    ranked
}

#[test]
fn every_item_of_a_list_is_explained_at_its_place_and_no_other_is() {
    for mut shop in [Shop::busy(), Shop::learned()] {
        check_listed(&mut shop, |_| {});
        shop.click(999, 21);
        shop.click(999, 3);
        check_listed(&mut shop, |_| {});
        check_listed(&mut shop, |scenario| scenario.diversity.max_share = 0.1);
    }
}

#[test]
fn what_was_learned_of_a_history_is_told_item_by_item() {
    let mut shop = Shop::learned();
    shop.row = Some(0.2);
    for item in [3, 21, 22] {
        shop.click(999, item);
    }
    let scored = explained(&mut shop, |_| {}, 23).scored.unwrap();
    adds_up(&scored);
    let value = |wanted: fn(&FeatureKind) -> bool| {
        let found = scored.features.iter().filter(|feature| wanted(&feature.kind));
        found.map(|feature| feature.value).collect::<Vec<f32>>()
    };
    assert_eq!(value(|kind| matches!(kind, FeatureKind::LastItem(ItemIndex(22)))).len(), 1);
    assert_eq!(value(|kind| *kind == FeatureKind::OwnTaste).len(), 1);
    let [near, far] = [21, 3].map(|wanted| {
        let of = |kind: &FeatureKind| match kind {
            FeatureKind::HistoryItem { item, .. } => *item == ItemIndex(wanted),
            _ => false,
        };
        let found = scored.features.iter().find(|feature| of(&feature.kind));
        found.unwrap_or_else(|| panic!("no {wanted} in {scored:?}")).value
    });
    // Items 20 to 24 are chosen together, 3 is of another group.
    assert!(far < near, "{far} is no less than {near}");
    // Nothing is left of the model's part: its terms are known.
    let rest = |feature: &Feature| feature.part == "model" && feature.kind == FeatureKind::Rest;
    assert!(!scored.features.iter().any(rest), "{scored:?}");
}

#[test]
fn what_keeps_an_item_out_is_named() {
    let mut shop = Shop::learned();
    shop.click(999, 21);
    shop.describe(5, |doc| doc.available = false);
    shop.exclude = vec![ItemIndex(6)];
    shop.filter.must_not = vec![Condition::Categories(vec![CategoryId(7)])];
    let mut left_out = |item| match explained(&mut shop, |_| {}, item) {
        Explanation { standing: Standing::LeftOut(obstacle), scored: None, .. } => obstacle.name(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        [21, 5, 6, 36, 4_000].map(&mut left_out),
        ["seen", "unavailable", "excluded", "unmatched", "unavailable"]
    );
}

#[test]
fn an_item_that_a_cap_passed_over_says_so() {
    let mut shop = Shop::learned();
    shop.click(999, 21);
    shop.limit = 4;
    let capped: fn(&mut Scenario) = |scenario| scenario.diversity.max_share = 0.25;
    let ranked = check_listed(&mut shop, capped);
    let listed = |item: u32| ranked.items.iter().any(|one| one.item.0 == item);
    let passed = (20..25).filter(|item| *item != 21 && !listed(*item));
    let standings: Vec<_> =
        passed.map(|item| explained(&mut shop, capped, item).standing).collect();
    assert!(!standings.is_empty());
    assert!(standings.contains(&Standing::PassedOver), "{standings:?}");
    let passed: Vec<_> = (20..25)
        .map(|item| explained(&mut shop, capped, item))
        .filter(|told| told.standing == Standing::PassedOver)
        .collect();
    for told in passed {
        let steps = told.scored.unwrap().steps;
        assert_eq!((steps.full, steps.by_goal), (Some(CategoryId(4)), steps.by_blend), "{steps:?}");
    }
    let last = ranked.items.last().unwrap().item.0;
    let moved = explained(&mut shop, capped, last).scored.unwrap().steps;
    assert_eq!(moved.by_blend, ranked.items.len() + moved.passed_over_above, "{moved:?}");
}

#[test]
fn an_item_below_the_list_has_its_place_and_one_that_nobody_named_the_place_it_would_have() {
    let mut shop = Shop::learned();
    shop.stream.items(3_000);
    for other in 1..200 {
        shop.stream.fact(20_000 + other, other % 40, CLICK);
    }
    shop.click(999, 21);
    shop.limit = 5;
    let told = explained(&mut shop, |scenario| scenario.diversity.max_share = 1.0, 38);
    assert_eq!(told.standing, Standing::TooLow, "{told:?}");
    assert!(5 < told.scored.unwrap().place);
    let told = explained(&mut shop, |_| {}, 1_000);
    assert_eq!(told.standing, Standing::NotNamed);
    let scored = told.scored.unwrap();
    assert!(5 < scored.place && scored.place <= told.candidates + 1);
    assert!((scored.parts.sum() - scored.score).abs() < 1e-6);
}

#[test]
fn the_lower_rung_is_explained_as_it_lists() {
    let mut shop = Shop::learned();
    shop.meet(999, 3, IMPRESSION);
    let listed = shop.popular(999).items;
    let first = listed[0].item;
    let told = shop.ask(999, |_| {}, |request| explain(request, Ladder::Popular, first));
    assert_eq!((told.source, told.standing), (Rung::Popular, Standing::Listed { rank: 1 }));
}
