use crate::model::click::fields::{ITEM, TAG, USER};
use crate::model::click::sample::DENSE;
use crate::model::click::{
    ClickConfig, ClickGoal, ClickOutcome, ClickRow, ClickSample, GoalCounts, PositionPolicy,
};
use crate::model::{Learner, ModelConfig};
use crate::ranking::testing::Shop;
use crate::ranking::{FinalOrder, GoalWeights, Ranked, recommend};
use crate::{EventTypeId, ItemIndex, Sequence};

const CLICK: EventTypeId = EventTypeId(1);
const BUY: EventTypeId = EventTypeId(8);
const BOUGHT: ClickGoal = ClickGoal { event_type: BUY, counts: GoalCounts::Events };
const GIVEN: [u32; 4] = [21, 22, 23, 24];

/// Of the given items the first is clicked most often; the last is bought after each of its clicks.
fn outcomes(item: usize, turn: u64) -> Vec<ClickOutcome> {
    let click = ClickOutcome::Clicked { by: CLICK, value: 1.0 };
    let buy = ClickOutcome::Goal { by: BUY, value: 1.0 };
    match item {
        0 if !turn.is_multiple_of(3) => vec![click],
        3 if turn.is_multiple_of(4) => vec![click, buy],
        1 | 2 if turn.is_multiple_of(10) => vec![click],
        _ => vec![ClickOutcome::Unclicked],
    }
}

/// A shop whose click head has seen `turns` rounds of the given items.
fn shop(turns: u64) -> Shop {
    let mut shop = Shop::busy();
    let click = ClickConfig {
        goals: vec![BOUGHT],
        position: PositionPolicy::Ignored,
        ..ClickConfig::default()
    };
    let config = ModelConfig { lanes: 1, click, ..ModelConfig::default() };
    // A head of its own, in a learner that has not learned anything else: the fixed blend scores.
    shop.learner = Learner::new(7, config);
    for turn in 0..turns {
        for (place, item) in GIVEN.iter().enumerate() {
            let row = ClickRow { fields: vec![(ITEM, *item)], shared: 0, dense: [0.0; DENSE] };
            for outcome in outcomes(place, turn) {
                let _ = shop.learner.learn_click(&ClickSample {
                    sequence: Sequence(turn),
                    user_hash: 1,
                    row: row.clone(),
                    position: 0,
                    propensity: 1.0,
                    outcome,
                    weight: 1.0,
                    version: 0,
                });
            }
        }
    }
    shop.publish();
    shop.click(5, 0);
    shop
}

fn given(shop: &mut Shop, goal: GoalWeights) -> Ranked {
    shop.given = Some(GIVEN.map(ItemIndex).to_vec());
    shop.recommend(5, |scenario| scenario.goal = goal)
}

fn items(ranked: &Ranked) -> Vec<u32> {
    ranked.items.iter().map(|ranked| ranked.item.0).collect()
}

#[test]
fn given_candidates_go_by_clicks_or_by_what_follows_them_as_the_scenario_says() {
    let mut shop = shop(2_000);
    let by_click = given(&mut shop, GoalWeights::default());
    assert_eq!((items(&by_click)[0], items(&by_click)[1]), (21, 24));
    let goal = GoalWeights { click: 1.0, others: vec![(BOUGHT, 10.0)] };
    let by_goal = given(&mut shop, goal);
    assert_eq!((items(&by_goal)[0], items(&by_goal)[1]), (24, 21));
    let first = by_goal.items[0].foretold.expect("the head is ready");
    assert!((first.click_through - 0.25).abs() < 0.08, "{first:?}");
    assert!((first.value - 0.25 * 11.0).abs() < 0.9, "{first:?}");
}

#[test]
fn a_head_that_has_not_proved_itself_orders_and_tells_nothing() {
    let mut young = shop(5);
    let ranked = given(&mut young, GoalWeights::default());
    assert!(ranked.items.iter().all(|ranked| ranked.foretold.is_none()));
    young.model = None;
    let without = given(&mut young, GoalWeights::default());
    assert_eq!(items(&ranked), items(&without));
}

#[test]
fn retrieved_lists_keep_their_order_unless_the_scenario_asks() {
    let mut shop = shop(2_000);
    (shop.limit, shop.exclude) = (40, (0..20).chain(25..40).map(ItemIndex).collect());
    let by_score = shop.recommend(5, |_| {});
    let by_goal = shop.recommend(5, |scenario| scenario.order = FinalOrder::Goal);
    shop.model = None;
    assert_eq!(items(&by_score), items(&shop.recommend(5, |_| {})));
    assert!(by_score.items.iter().all(|ranked| ranked.foretold.is_some()));
    let values: Vec<f32> =
        by_goal.items.iter().filter_map(|it| it.foretold.map(|told| told.value)).collect();
    assert!(values.is_sorted_by(|a, b| a >= b), "{values:?}");
    let (mut one, mut other) = (items(&by_score), items(&by_goal));
    assert_ne!(one, other);
    one.sort_unstable();
    other.sort_unstable();
    assert_eq!(one, other, "the same items");
}

#[test]
fn a_limit_keeps_the_best_by_value() {
    let mut shop = shop(2_000);
    shop.limit = 1;
    let goal = GoalWeights { click: 0.0, others: vec![(BOUGHT, 1.0)] };
    assert_eq!(items(&given(&mut shop, goal)), [24]);
}

#[test]
fn what_is_foretold_is_what_a_sample_of_the_list_would_be_told() {
    use crate::model::click::row;
    use crate::ranking::{inputs, shown};
    use crate::record::Served;
    use crate::{RecommendationId, ShardId, UserId};

    let mut shop = shop(300);
    let declaring = crate::ranking::inputs::tests::shop();
    (shop.features, shop.inputs) = (declaring.features, declaring.inputs);
    let model = shop.model.clone().expect("it was published");
    shop.given = Some(GIVEN.map(ItemIndex).to_vec());
    shop.ask(
        5,
        |_| {},
        |request| {
            let ranked = recommend(request);
            let id = RecommendationId { shard: ShardId(0), number: 1 };
            let items = ranked.items.iter().map(|ranked| shown::served_item(request, ranked));
            let served = Served {
                items: items.collect(),
                fields: shown::list_fields(request, ranked.source, request.context),
                declared: inputs::declared_values(request, ranked.items.iter().map(|it| it.item)),
                ..Served::new(id, UserId::new("u"), "home", request.at)
            };
            for (place, ranked) in ranked.items.iter().enumerate() {
                let row = row(&served, place);
                assert!(row.fields.iter().any(|(field, _)| *field == USER));
                assert!(row.fields.iter().any(|(field, _)| *field == TAG));
                let (shared, own) = row.fields.split_at(row.shared);
                let mut list = model.click().list(shared);
                let score = list.score(own, &row.dense);
                let told = list.probability(&score, place as u16 + 1);
                let foretold = ranked.foretold.expect("the head is ready").click_through;
                assert_eq!(told.to_bits(), foretold.to_bits());
            }
        },
    );
}
