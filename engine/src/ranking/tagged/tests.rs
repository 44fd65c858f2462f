use super::*;
use crate::features::occurrence::room_key;
use crate::ranking::testing::Shop;
use crate::ranking::{CandidatePool, Ranked, Standing, explain, recommend};
use crate::{Timestamp, ranking::Ladder, ranking::Obstacle};

fn tag(same: Same, binding: u64) -> ActiveTag {
    ActiveTag {
        tag: "keen".into(),
        pattern: 1,
        same,
        binding,
        at: Timestamp::EPOCH,
        until: Timestamp::EPOCH,
        ranked: false,
    }
}

fn rule(effect: TagEffect) -> TagRule {
    TagRule { tag: "keen".into(), filter: Filter::default(), effect }
}

/// A list of forty for a user with the tag.
fn listed(shop: &mut Shop, tag: Option<ActiveTag>, rule: TagRule) -> Ranked {
    shop.limit = 40;
    shop.inputs.tags = tag.into_iter().collect();
    shop.recommend(5, |scenario| {
        (scenario.tagged, scenario.diversity.max_share) = (vec![rule], 1.0);
    })
}

fn scores(ranked: &Ranked) -> Vec<(u32, f32)> {
    let mut scores: Vec<_> = ranked.items.iter().map(|it| (it.item.0, it.score)).collect();
    scores.sort_by_key(|it| it.0);
    scores
}

#[test]
fn a_boost_adds_its_logarithm_to_what_shares_the_category_and_to_nothing_else() {
    let mut shop = Shop::learned();
    shop.click(5, 0);
    let boost = || rule(TagEffect::Boost(20.0));
    let due = listed(&mut shop, None, boost());
    let lifted = listed(&mut shop, Some(tag(Same::Category, 3)), boost());
    for ((item, before), (same, after)) in scores(&due).into_iter().zip(scores(&lifted)) {
        let added = if item / 5 == 3 { 20_f32.ln() } else { 0.0 };
        assert_eq!((item, (before + added).to_bits()), (same, after.to_bits()));
    }
    assert!(lifted.items.is_sorted_by(|a, b| a.score >= b.score));
    let place = |ranked: &Ranked| ranked.items.iter().position(|it| it.item.0 / 5 == 3).unwrap();
    assert!(place(&lifted) < place(&due), "{} of {}", place(&lifted), place(&due));
    let lifted_by = lifted.items[place(&lifted)].parts.tagged;
    assert_eq!(lifted_by.to_bits(), 20_f32.ln().to_bits());
    let other = TagRule { tag: "other".into(), ..boost() };
    assert_eq!(listed(&mut shop, Some(tag(Same::Category, 3)), other), due);
}

#[test]
fn what_a_tag_excludes_is_in_no_list_and_is_told_to_be_left_out_for_it() {
    let mut shop = Shop::busy();
    let left = listed(&mut shop, Some(tag(Same::Item, 3)), rule(TagEffect::Exclude));
    assert!(left.items.iter().all(|it| it.item.0 != 3));
    assert_eq!((left.items.len(), left.filtered.tagged), (39, 1));
    let change = |scenario: &mut crate::Scenario| scenario.tagged = vec![rule(TagEffect::Exclude)];
    let told = shop.ask(5, change, |request| explain(request, Ladder::Top, ItemIndex(3)));
    assert_eq!(told.standing, Standing::LeftOut(Obstacle::Tagged));
    let told = shop.ask(5, change, |request| explain(request, Ladder::Top, ItemIndex(4)));
    assert_ne!(told.standing, Standing::LeftOut(Obstacle::Tagged));
}

#[test]
fn a_boost_is_a_part_of_the_score_that_the_explanation_adds_up() {
    let mut shop = Shop::learned();
    shop.click(5, 0);
    shop.inputs.tags = vec![tag(Same::Category, 3)];
    let change =
        |scenario: &mut crate::Scenario| scenario.tagged = vec![rule(TagEffect::Boost(3.0))];
    let told = shop.ask(5, change, |request| explain(request, Ladder::Top, ItemIndex(16)));
    let scored = told.scored.unwrap();
    let of_tags: f32 =
        scored.features.iter().filter(|it| it.part == "tagged").map(|it| it.value).sum();
    assert!((of_tags - 3_f32.ln()).abs() < 1e-4, "{scored:?}");
}

#[test]
fn a_room_is_shared_by_itself_and_what_belongs_to_it() {
    let mut shop = Shop::busy();
    shop.describe(4, |doc| doc.room_id = Some("r".into()));
    let shared = |shop: &mut Shop, tag: ActiveTag| {
        let ranked = listed(shop, Some(tag), rule(TagEffect::Exclude));
        40 - ranked.items.len()
    };
    assert_eq!(shared(&mut shop, tag(Same::Room, room_key("r"))), 1);
    assert_eq!(shared(&mut shop, tag(Same::Room, room_key("s"))), 0);
}

#[test]
fn a_tag_of_the_user_alone_goes_by_the_filter_of_the_rule() {
    let mut shop = Shop::busy();
    let must = vec![Condition::Categories(vec![CategoryId(2)])];
    let filter = Filter { must, ..Filter::default() };
    let narrowed = TagRule { filter, ..rule(TagEffect::Exclude) };
    let left = listed(&mut shop, Some(tag(Same::User, 0)), narrowed);
    assert_eq!(left.filtered.tagged, 5);
    assert!(left.items.iter().all(|it| it.item.0 / 5 != 2));
}

#[test]
fn given_candidates_are_lifted_and_left_out_as_well() {
    let mut shop = Shop::busy();
    shop.click(5, 0);
    shop.inputs.tags = vec![tag(Same::Category, 3)];
    let items = [1, 2, 16].map(ItemIndex);
    let ranked = |shop: &mut Shop, effect| {
        let change = |scenario: &mut crate::Scenario| scenario.tagged = vec![rule(effect)];
        let list = |request: &RankRequest| {
            let pool = CandidatePool::Given(&items);
            recommend(&RankRequest { pool, ..*request })
        };
        let ranked = shop.ask(5, change, list);
        ranked.items.iter().map(|it| it.item.0).collect::<Vec<_>>()
    };
    assert_eq!(ranked(&mut shop, TagEffect::Boost(1_000.0))[0], 16);
    assert!(!ranked(&mut shop, TagEffect::Exclude).contains(&16));
}
