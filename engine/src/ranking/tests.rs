use super::testing::Shop;
use super::*;
use crate::activity::testing::{CLICK, DISLIKE, IMPRESSION, put};
use crate::record::ItemKind;
use crate::{CategoryId, ItemIndex};

fn items(ranked: &Ranked) -> Vec<u32> {
    ranked.items.iter().map(|ranked| ranked.item.0).collect()
}

fn item(number: u32) -> ItemIndex {
    ItemIndex(number)
}

#[test]
fn nothing_known_and_nothing_happened_gives_the_newest_items() {
    let mut shop = Shop::new();
    shop.stream.items(5);
    let ranked = shop.recommend(1, |_| {});
    assert_eq!((ranked.source, items(&ranked).len()), (Rung::Fallback, 5));
    assert!(ranked.items.iter().all(|ranked| ranked.reasons == [Reason::Fresh]));
}

#[test]
fn an_empty_catalogue_gives_an_empty_list() {
    let ranked = Shop::new().recommend(1, |_| {});
    assert_eq!((ranked.source, ranked.items), (Rung::Fallback, Vec::new()));
}

#[test]
fn an_unknown_user_gets_what_is_popular() {
    let mut shop = Shop::busy();
    let ranked = shop.recommend(999, |_| {});
    assert_eq!(ranked.source, Rung::Popular);
    assert_eq!(items(&ranked)[0], 0);
    assert!(ranked.items[0].reasons.contains(&Reason::Popular));
}

#[test]
fn one_click_brings_its_neighbours_to_the_top_and_leaves_itself_out() {
    let mut shop = Shop::busy();
    shop.click(999, 21);
    let ranked = shop.recommend(999, |_| {});
    assert_eq!(ranked.source, Rung::Personalized);
    let first = &ranked.items[0];
    assert!((20..25).contains(&first.item.0), "{:?}", items(&ranked));
    assert_eq!(first.reasons[0], Reason::FreshClick(item(21)));
    assert!(!items(&ranked).contains(&21));
    assert_eq!(ranked.filtered.seen, 1);
}

#[test]
fn an_older_click_is_named_as_a_co_view() {
    let mut shop = Shop::busy();
    shop.click(999, 21);
    shop.click(999, 31);
    let ranked = shop.recommend(999, |_| {});
    let near = ranked.items.iter().find(|ranked| (20..25).contains(&ranked.item.0)).unwrap();
    assert!(near.reasons.contains(&Reason::CoView(item(21))), "{near:?}");
}

#[test]
fn what_was_just_acknowledged_is_left_out_of_what_is_popular() {
    let mut shop = Shop::busy();
    assert_eq!(items(&shop.popular(999))[0], 0);
    shop.also_seen = vec![JustDone { item: item(0), event_type: DISLIKE }];
    for ranked in [shop.popular(999), shop.recommend(999, |_| {})] {
        assert_eq!(ranked.source, Rung::Popular);
        assert!(!items(&ranked).contains(&0));
    }
}

#[test]
fn the_parts_sum_to_the_score_and_the_list_is_in_order() {
    let mut shop = Shop::busy();
    shop.click(999, 21);
    let ranked = shop.recommend(999, |scenario| scenario.diversity.max_share = 1.0);
    for pair in ranked.items.windows(2) {
        assert!(pair[1].score <= pair[0].score);
    }
    for ranked in &ranked.items {
        assert!((ranked.parts.sum() - ranked.score).abs() < 1e-6);
        assert!(!ranked.reasons.is_empty());
    }
}

#[test]
fn the_same_request_gives_the_same_list() {
    let mut shop = Shop::busy();
    shop.click(999, 21);
    assert_eq!(shop.recommend(999, |_| {}), shop.recommend(999, |_| {}));
}

#[test]
fn the_callers_own_candidates_are_all_that_is_ranked() {
    let mut shop = Shop::busy();
    shop.click(999, 21);
    shop.given = Some(vec![item(38), item(22), item(21), item(70_000)]);
    let ranked = shop.recommend(999, |_| {});
    assert_eq!(items(&ranked), [22, 38]);
    assert_eq!((ranked.filtered.seen, ranked.filtered.unavailable), (1, 1));
}

#[test]
fn a_long_list_is_filled_from_wherever_something_is_left() {
    let mut shop = Shop::busy();
    shop.stream.items(1_000);
    shop.limit = 500;
    assert_eq!(shop.recommend(999, |_| {}).items.len(), 500);
}

#[test]
fn a_source_whose_best_are_all_seen_goes_on_to_the_next() {
    let mut shop = Shop::busy();
    for seen in 0..35 {
        shop.click(999, seen);
    }
    let ranked = shop.recommend(999, |_| {});
    assert_eq!(items(&ranked).len(), 5);
    assert!(ranked.items.iter().all(|ranked| 35 <= ranked.item.0));
}

#[test]
fn a_demanded_category_is_searched_beyond_the_popular_ones() {
    let mut shop = Shop::busy();
    let wanted = vec![CategoryId(7)];
    shop.filter.must = vec![Condition::Categories(wanted)];
    let ranked = shop.recommend(999, |_| {});
    assert_eq!(
        {
            let mut found = items(&ranked);
            found.sort_unstable();
            found
        },
        [35, 36, 37, 38, 39]
    );
    assert!(0 < ranked.filtered.unmatched);
}

#[test]
fn a_liked_category_is_a_reason() {
    let mut shop = Shop::busy();
    shop.click(999, 21);
    shop.liked = vec![(CategoryId(6), 3.0), (CategoryId(1), 1.0)];
    let ranked = shop.recommend(999, |scenario| scenario.blend.category = 5.0);
    assert_eq!(ranked.items[0].reasons[0], Reason::Category(CategoryId(6)));
}

#[test]
fn live_rooms_come_only_when_asked_for() {
    let mut shop = Shop::busy();
    shop.describe(5, |doc| doc.kind = ItemKind::LiveRoom);
    let ranked = shop.recommend(999, |_| {});
    assert!(!items(&ranked).contains(&5));
    shop.filter.must = vec![Condition::Kinds(vec![ItemKind::LiveRoom])];
    assert_eq!(items(&shop.recommend(999, |_| {})), [5]);
}

#[test]
fn a_rising_item_is_shown_and_says_so() {
    let mut shop = Shop::busy();
    shop.stream.wait(3_600_000);
    for user in 0..8 {
        shop.stream.fact(5_000 + user, 39, CLICK);
    }
    let ranked = shop.recommend(999, |scenario| scenario.blend.trending = 3.0);
    assert_eq!(ranked.items[0].item, item(39));
    assert_eq!(ranked.items[0].reasons[0], Reason::Trending);
}

#[test]
fn a_user_who_was_only_shown_things_is_known() {
    let mut shop = Shop::busy();
    for _ in 0..3 {
        shop.meet(999, 0, IMPRESSION);
    }
    let ranked = shop.recommend(999, |_| {});
    assert_eq!((ranked.source, ranked.filtered.seen), (Rung::Personalized, 1));
    assert!(!items(&ranked).contains(&0));
}

#[test]
fn what_was_turned_down_does_not_come_back() {
    let mut shop = Shop::busy();
    shop.meet(999, 0, DISLIKE);
    assert!(!items(&shop.recommend(999, |_| {})).contains(&0));
}

/// The newest items were popular at once and took the places of what is new and not chosen yet.
#[test]
fn new_items_that_nobody_chose_yet_are_candidates_beside_those_that_are_popular() {
    let mut shop = Shop::busy();
    shop.stream.wait(1_000);
    (40..60).for_each(|item| shop.stream.item(item));
    shop.stream.wait(1_000);
    (60..90).for_each(|item| shop.stream.item(item));
    for choice in 0..3_000 {
        shop.stream.fact(choice, 60 + choice % 30, CLICK);
    }
    let ranked = shop.recommend(999, |scenario| scenario.blend.popular = -1.0);
    assert!(items(&ranked).iter().all(|item| (40..60).contains(item)), "{:?}", items(&ranked));
}

/// What the caller demands of a large catalogue that is neither popular nor among its newest rows.
#[test]
fn what_is_demanded_is_found_in_a_catalogue_of_any_size() {
    let mut shop = Shop::busy();
    shop.stream.record(put(40, &[90, 91, 92, 93, 94, 95]));
    shop.describe(5, |doc| doc.kind = ItemKind::LiveRoom);
    for item in 41..6_000 {
        shop.stream.record(put(item, &[80]));
    }
    let mut found = |must: Condition| {
        shop.filter.must = vec![must];
        items(&shop.recommend(999, |_| {}))
    };
    for category in [90, 94, 95] {
        assert_eq!(found(Condition::Categories(vec![CategoryId(category)])), [40], "{category}");
    }
    assert_eq!(found(Condition::Items(vec![item(40), item(77)])).len(), 2);
    assert_eq!(found(Condition::Kinds(vec![ItemKind::LiveRoom])), [5]);
    shop.filter.must.clear();
    shop.filter.must_not = vec![Condition::Categories(vec![CategoryId(95)])];
    shop.given = Some(vec![item(40)]);
    assert!(shop.recommend(999, |_| {}).items.is_empty());
}

/// The reason named the item that was just turned down as the click that the list answers.
#[test]
fn what_was_turned_down_last_is_no_fresh_click() {
    let mut shop = Shop::busy();
    shop.click(999, 31);
    shop.click(999, 21);
    shop.meet(999, 21, DISLIKE);
    let ranked = shop.recommend(999, |_| {});
    let reasons = || ranked.items.iter().flat_map(|ranked| &ranked.reasons);
    assert!(reasons().any(|reason| matches!(reason, Reason::CoView(_))));
    assert!(!reasons().any(|reason| matches!(reason, Reason::FreshClick(_))), "{ranked:?}");
}

/// What was just acknowledged may be a rejection as well as a choice, and its neighbours were recommended.
#[test]
fn an_item_that_was_not_chosen_speaks_for_no_neighbour() {
    let mut shop = Shop::busy();
    shop.meet(999, 0, IMPRESSION);
    shop.also_seen = vec![JustDone { item: item(33), event_type: DISLIKE }];
    let ranked = shop.recommend(999, |_| {});
    assert!(
        ranked.items.iter().all(|ranked| ranked.parts.neighbours.abs() < f32::EPSILON),
        "{ranked:?}"
    );
    assert!(!items(&ranked).contains(&33));
    assert_eq!(items(&ranked), items(&shop.popular(999)));
}

#[test]
fn what_was_just_chosen_is_ranked_for_before_the_view_holds_it() {
    for mut shop in [Shop::busy(), Shop::learned()] {
        shop.also_seen = vec![JustDone { item: item(21), event_type: CLICK }];
        let unknown = shop.recommend(999, |_| {});
        assert_eq!(unknown.source, Rung::Session);
        assert!((20..25).contains(&items(&unknown)[0]), "{:?}", items(&unknown));
        assert_eq!(unknown.items[0].reasons[0], Reason::FreshClick(item(21)));
        shop.click(999, 31);
        let known = shop.recommend(999, |_| {});
        assert_eq!(known.source, Rung::Personalized);
        assert!((20..25).contains(&items(&known)[0]), "{:?}", items(&known));
        assert!(!items(&known).contains(&21));
    }
}
