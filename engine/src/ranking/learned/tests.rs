use super::*;
use crate::activity::testing::{CLICK, put};
use crate::model::Learner;
use crate::ranking::testing::Shop;
use crate::ranking::{JustDone, Ranked, Reason, Rung, Scenario};
use crate::retrieval::ModelItems;

fn items(ranked: &Ranked) -> Vec<u32> {
    ranked.items.iter().map(|ranked| ranked.item.0).collect()
}

fn learned_only(scenario: &mut Scenario) {
    let blend = &mut scenario.blend;
    (blend.trending, blend.fresh, blend.category) = (0.0, 0.0, 0.0);
    scenario.diversity.max_share = 1.0;
}

/// What training says of `items` for `user`, counted from an item that it never met.
fn in_training(shop: &Shop, learner: &Learner, user: u64, items: &[ItemIndex]) -> Vec<f32> {
    let user = shop.model_user(user);
    let strengths = sources_of(&user, &shop.stream.activity);
    let (mut vector, mut scores, mut sums) = Default::default();
    let all: Vec<_> = items.iter().copied().chain([NEVER_MET]).collect();
    learner.form_user(&user, &mut vector);
    learner.score(&all, &user, &vector.vector, &strengths, &mut scores);
    blend(&learner.shared().blend[user.group()].values, &scores, &mut sums);
    let none = sums.pop().unwrap();
    sums.into_iter().map(|sum| sum - none).collect()
}

#[test]
fn the_parts_sum_to_the_score() {
    let mut shop = Shop::learned();
    shop.click(999, 21);
    shop.click(999, 22);
    for ranked in shop.recommend(999, |_| {}).items.iter().chain(&shop.popular(999).items) {
        assert!((ranked.parts.sum() - ranked.score).abs() < 1e-5, "{ranked:?}");
        assert!(ranked.parts.model != 0.0 && !ranked.reasons.is_empty());
    }
}

#[test]
fn a_list_has_the_scores_that_training_would_give() {
    let mut shop = Shop::learned();
    for item in [21, 38, 21] {
        shop.click(999, item);
    }
    shop.exclude_seen = crate::ranking::SeenPolicy::Ignored;
    shop.publish();
    let learner = shop.learner.clone();
    let ranked = shop.recommend(999, learned_only);
    let listed: Vec<_> = ranked.items.iter().map(|ranked| ranked.item).collect();
    let trained = in_training(&shop, &learner, 999, &listed);
    for (ranked, trained) in ranked.items.iter().zip(&trained) {
        assert!((ranked.score - trained).abs() < 1e-5, "{ranked:?} {trained}");
    }
    let all: Vec<_> = (0..40).map(ItemIndex).collect();
    let lowest = trained.last().unwrap();
    let better = in_training(&shop, &learner, 999, &all).into_iter().filter(|one| lowest < one);
    assert_eq!(better.count(), listed.len() - 1);
}

#[test]
fn a_click_on_another_kind_of_item_changes_the_list() {
    let mut shop = Shop::learned();
    shop.click(999, 21);
    let before = shop.recommend(999, |_| {});
    assert!((20..25).contains(&items(&before)[0]));
    shop.click(999, 36);
    let after = shop.recommend(999, |_| {});
    assert!((35..40).contains(&items(&after)[0]), "{:?}", items(&after));
    assert_eq!(items(&after), items(&shop.recommend(999, |_| {})));
}

#[test]
fn a_model_that_learned_nothing_ranks_as_none_does() {
    let mut shop = Shop::busy();
    shop.click(999, 21);
    let ranked = [shop.recommend(999, |_| {}), shop.popular(7)];
    shop.model = Some(ModelView::empty().into());
    assert_eq!([shop.recommend(999, |_| {}), shop.popular(7)], ranked);
    assert!(ranked[0].items.iter().all(|ranked| ranked.parts.model == 0.0));
    shop.publish();
    assert_ne!(shop.recommend(999, |_| {}), ranked[0]);
}

#[test]
fn an_item_that_the_model_never_met_starts_from_nothing_and_stays_in() {
    let mut shop = Shop::learned();
    shop.stream.record(put(60, &[99]));
    shop.click(999, 21);
    shop.limit = 100;
    let ranked = shop.recommend(999, learned_only);
    let new = ranked.items.iter().find(|ranked| ranked.item == ItemIndex(60)).unwrap();
    assert_eq!((new.score, new.parts), (0.0, ScoreParts::default()));
    assert_eq!(ranked.items.len(), 40);
    assert!(ranked.items.windows(2).all(|pair| pair[1].score <= pair[0].score));
}

#[test]
fn the_model_names_items_that_no_other_source_does() {
    let mut shop = Shop::learned();
    shop.click(999, 21);
    let of = |shop: &mut Shop| {
        shop.ask(999, learned_only, |request| {
            let learned = LearnedBlend::personal(request).unwrap();
            let passes = |item: ItemIndex| item.0.is_multiple_of(2);
            let user = (&*learned.user, &learned.vector);
            let best = ModelItems::best(learned.model, user, 200, passes);
            (best.candidates().collect::<Vec<_>>(), best.strength(ItemIndex(21)))
        })
    };
    let (named, odd) = of(&mut shop);
    assert_eq!((named.len(), odd), (20, 0.0));
    let scores = in_training(&shop, &shop.learner, 999, &named);
    assert!((20..25).contains(&named[0].0), "{named:?} {scores:?}");
}

#[test]
fn a_number_that_is_none_never_orders_a_list() {
    let mut shop = Shop::busy();
    shop.click(999, 21);
    let plain = shop.recommend(999, |_| {});
    shop.publish();
    let whole = shop.recommend(999, |_| {});
    // A row of the user's own that is none: it counts for nothing.
    shop.row = Some(f32::NAN);
    assert_eq!(shop.recommend(999, |_| {}), whole);
    shop.row = None;
    // An item of which the model says none: it counts as never met.
    let poisoned = whole.items[0].item;
    shop.learner.poison(poisoned);
    shop.publish();
    let ranked = shop.recommend(999, learned_only);
    assert!(ranked.items.iter().all(|ranked| ranked.score.is_finite()), "{ranked:?}");
    assert_ne!(ranked.items[0].item, poisoned);
    // The vector of an item that the user chose, and so the user's: the fixed blend ranks.
    shop.learner.poison_vector(ItemIndex(21));
    shop.publish();
    assert_eq!(shop.recommend(999, |_| {}), plain);
}

#[test]
fn taste_is_a_reason_behind_the_others_where_it_lifts_an_item_most() {
    let mut shop = Shop::learned();
    for item in [21, 22, 23] {
        shop.click(999, item);
    }
    (shop.exclude_seen, shop.limit) = (crate::ranking::SeenPolicy::Ignored, 40);
    let ranked = shop.recommend(999, learned_only).items;
    let mean = ranked.iter().map(|ranked| ranked.parts.model).sum::<f32>() / ranked.len() as f32;
    let mut lifted = 0;
    for ranked in &ranked {
        let parts = ranked.parts;
        let most = parts.neighbours.max(parts.session).max(parts.popular).max(0.0);
        let lifts = most + 1e-4 < parts.model - mean;
        lifted += usize::from(lifts);
        assert_eq!(ranked.reasons.last() == Some(&Reason::Taste), lifts, "{ranked:?} {mean}");
    }
    assert!(0 < lifted && lifted < ranked.len(), "{lifted}");
}

#[test]
fn a_user_of_whom_nothing_is_known_gets_what_the_model_learned_for_such() {
    let mut shop = Shop::learned();
    let ranked = shop.recommend(999, |_| {});
    assert_eq!((ranked.source, items(&ranked)[0]), (Rung::Popular, 0));
    assert!(ranked.items.iter().all(|ranked| ranked.parts.neighbours == 0.0));
    assert_eq!(items(&ranked), items(&shop.popular(999)));
}

#[test]
fn what_was_just_chosen_counts_as_the_newest_of_the_history() {
    let mut shop = Shop::learned();
    shop.click(999, 21);
    shop.also_seen =
        [36, 21].map(|item| JustDone { item: ItemIndex(item), event_type: CLICK }).into();
    let seen = shop.ask(999, |_| {}, |request| user(request).into_owned());
    let history: Vec<_> = seen.history.iter().map(|past| past.item.0).collect();
    assert_eq!((history, seen.events, seen.visit), (vec![36, 21], 2, 2));
    assert!((35..40).contains(&items(&shop.recommend(999, |_| {}))[0]));
}
