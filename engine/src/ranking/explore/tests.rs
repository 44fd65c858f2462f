//! Drawn lists are held to the probabilities that they tell, to their budget and to their seed.

use std::collections::BTreeMap;

use super::lots::{Lots, New};
use super::*;
use crate::ItemIndex;
use crate::activity::testing::{Stream, config, put};
use crate::model::numeric::mix;
use crate::ranking::testing::Shop;
use crate::ranking::{Ranked, Reason, Scenario, ScoreParts};

const PLACKETT_LUCE: DrawBy = DrawBy::PlackettLuce { temperature: 0.5 };
const EPSILON: DrawBy = DrawBy::Epsilon { epsilon: 0.3 };

/// Six candidates of three categories, some of several, scored 2.0, 1.7 and so on.
struct Few {
    activity: std::sync::Arc<ActivityView>,
    scored: Vec<ScoredCandidate>,
}

impl Few {
    fn new() -> Self {
        let mut stream = Stream::new(config());
        let categories: [&[u32]; 6] = [&[0], &[0, 1], &[1], &[0], &[2], &[2, 1]];
        for (item, categories) in (0..).zip(categories) {
            stream.record(put(item, categories));
        }
        let scored = (0..6).map(|item| candidate(item, 2.0 - 0.3 * item as f32)).collect();
        Self { activity: stream.activity.publish(), scored }
    }

    fn rules(&self, limit: usize, max_share: f32) -> Rules<'_> {
        Rules { limit, cap: DiversityCap { max_share }, activity: &self.activity }
    }

    fn explore(&self, exploration: &ExploreRule, seed: u64) -> (Vec<Placed>, Exploration) {
        let is_new = |one: &ScoredCandidate| 4 <= one.item.0;
        let rules = self.rules(4, 0.5);
        explore(self.scored.clone(), Vec::new(), is_new, (rules, exploration, seed))
    }
}

fn candidate(item: u32, score: f32) -> ScoredCandidate {
    let (parts, shares) = (ScoreParts::default(), Default::default());
    ScoredCandidate { item: ItemIndex(item), score, parts, shares, lift: 0.0 }
}

fn everywhere(method: DrawBy, new_items: f32) -> ExploreRule {
    ExploreRule { method, requests: 1.0, max_share: 1.0, new_items, new_until: 100 }
}

/// Pearson's statistic divided by the value that it exceeds once in 10,000 times, by the approximation of Wilson and Hilferty.
fn misfit(observed_expected: &[(f64, f64)]) -> f64 {
    let statistic: f64 = observed_expected.iter().map(|(o, e)| (o - e) * (o - e) / e).sum();
    let freedom = (observed_expected.len() - 1).max(1) as f64;
    let spread = 2.0 / (9.0 * freedom);
    statistic / (freedom * (1.0 - spread + 3.719 * spread.sqrt()).powi(3))
}

/// Over many seeds every list comes up as often as the product of the probabilities that it tells.
fn check_frequencies(exploration: &ExploreRule) {
    const SEEDS: u64 = 40_000;
    let few = Few::new();
    let mut lists = BTreeMap::<Vec<u32>, (f64, f64)>::new();
    for seed in 0..SEEDS {
        let (placed, how) = few.explore(exploration, mix(11, seed));
        assert_ne!(how, Exploration::None);
        let list = placed.iter().map(|placed| placed.candidate.item.0).collect();
        let told: f64 = placed.iter().map(|placed| placed.chance).product();
        let entry = lists.entry(list).or_insert((0.0, told));
        assert!((entry.1 - told).abs() < 1e-9, "one list, two probabilities");
        entry.0 += 1.0;
    }
    let total: f64 = lists.values().map(|(_, told)| told).sum();
    assert!(0.99 < total && total < 1.0 + 1e-9, "the lists that came up have {total}");
    let expected = |told: f64| told * SEEDS as f64;
    let (often, rarely): (Vec<_>, Vec<_>) =
        lists.into_values().partition(|(_, told)| 10.0 <= expected(*told));
    let mut cells: Vec<_> = often.iter().map(|(seen, told)| (*seen, expected(*told))).collect();
    let rest: f64 = often.iter().map(|(_, told)| told).sum();
    if 10.0 <= expected(1.0 - rest) {
        cells.push((rarely.iter().map(|(seen, _)| seen).sum(), expected(1.0 - rest)));
    }
    assert!(8 < cells.len());
    assert!(misfit(&cells) < 1.0, "{exploration:?}: {}", misfit(&cells));
}

#[test]
fn lists_come_up_as_often_as_the_probabilities_say_that_they_tell() {
    for method in [PLACKETT_LUCE, EPSILON] {
        check_frequencies(&everywhere(method, 0.0));
        check_frequencies(&everywhere(method, 15.0));
    }
}

/// The same with a part of the places drawn: given which they are.
#[test]
fn at_a_place_that_is_drawn_items_come_up_as_often_as_is_told() {
    const SEEDS: u64 = 40_000;
    let few = Few::new();
    let exploration = ExploreRule { max_share: 0.25, ..everywhere(PLACKETT_LUCE, 5.0) };
    let mut drawn = BTreeMap::<(usize, u32), (f64, f64)>::new();
    let mut lots_at = [0.0; 4];
    for seed in 0..SEEDS {
        let (placed, _) = few.explore(&exploration, mix(12, seed));
        let lots: Vec<_> = placed.iter().enumerate().filter(|(_, one)| one.chance < 1.0).collect();
        let [(place, one)] = lots[..] else { panic!("one place of four is drawn: {placed:?}") };
        lots_at[place] += 1.0;
        drawn.entry((place, one.candidate.item.0)).or_insert((0.0, one.chance)).0 += 1.0;
    }
    let evenly = lots_at.map(|seen| (seen, SEEDS as f64 / 4.0));
    assert!(misfit(&evenly) < 1.0, "{lots_at:?}");
    for (place, of_place) in lots_at.iter().enumerate() {
        let cells = drawn.iter().filter(|((other, _), _)| *other == place);
        let cells: Vec<_> = cells.map(|(_, (seen, told))| (*seen, told * of_place)).collect();
        assert!((cells.iter().map(|(_, told)| told / of_place).sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(misfit(&cells) < 1.0, "place {place}: {cells:?}");
    }
}

#[test]
fn the_chances_of_a_place_sum_to_one_whatever_is_left() {
    let few = Few::new();
    let due: Vec<usize> =
        diversity::spread(&few.scored, 4, DiversityCap { max_share: 0.5 }, &few.activity);
    for method in [PLACKETT_LUCE, EPSILON, DrawBy::PlackettLuce { temperature: 0.001 }] {
        for chance in [0.0, 0.2, 1.0] {
            let new = New { items: vec![4, 5], chance };
            let shares = Shares::new(4, DiversityCap { max_share: 0.5 }, &few.activity);
            let mut lots = Lots::new(&few.scored, 6, new, shares);
            for place in 0..4 {
                let next = lots.due(&due);
                let sum: f64 = lots.chances(method, next).iter().sum();
                assert!((sum - 1.0).abs() < 1e-12, "{method:?} {place}: {sum}");
                let (at, _) = lots.draw(method, next, 0.9);
                lots.take(at);
                assert!(lots.chances(method, next)[at] <= 0.0, "{at} is gone");
            }
        }
    }
}

/// Plackett and Luce's formula itself, at the first place.
#[test]
fn a_better_item_is_drawn_more_often_by_e_to_the_difference_of_the_scores() {
    let few = Few::new();
    let shares = Shares::new(4, DiversityCap { max_share: 1.0 }, &few.activity);
    let mut lots = Lots::new(&few.scored, 6, New { items: Vec::new(), chance: 0.0 }, shares);
    let chances = lots.chances(PLACKETT_LUCE, 0);
    for pair in chances.windows(2) {
        assert!((pair[0] / pair[1] - 0.6_f64.exp()).abs() < 1e-5, "{chances:?}");
    }
}

#[test]
fn what_the_category_cap_does_not_allow_is_not_drawn() {
    let few = Few::new();
    for seed in 0..2_000 {
        let (placed, _) = few.explore(&everywhere(PLACKETT_LUCE, 20.0), mix(13, seed));
        let mut categories = BTreeMap::<_, u32>::new();
        for one in &placed {
            for category in few.activity.columns(one.candidate.item).unwrap().categories() {
                *categories.entry(*category).or_default() += 1;
            }
        }
        // Two of four; of six candidates it can always be kept where no place is given by rule.
        assert!(placed.len() == 4 && categories.values().all(|items| *items <= 2), "{placed:?}");
    }
}

#[test]
fn scores_that_are_no_numbers_leave_a_list_as_it_is_due() {
    let mut few = Few::new();
    few.scored.iter_mut().for_each(|one| one.score = f32::NAN);
    let (placed, _) = few.explore(&everywhere(PLACKETT_LUCE, 10.0), 3);
    assert!(placed.iter().all(|one| one.chance.is_finite()));
    let (due, _) = few.explore(&ExploreRule { max_share: 0.0, ..ExploreRule::default() }, 3);
    let items =
        |placed: &[Placed]| placed.iter().map(|one| one.candidate.item.0).collect::<Vec<_>>();
    assert_eq!(items(&placed), items(&due));
}

#[test]
fn probabilities_are_told_no_smaller_than_the_floor_and_1_only_where_nothing_was_drawn() {
    let at = |chance| Placed { chance, ..Placed::due(candidate(0, 1.0)) }.propensity();
    assert_eq!((at(1e-9), at(0.25), at(1.0)), (FLOOR, 0.25, 1.0));
    assert!(at(1.0 - 1e-12) < 1.0);
}

fn wide(scenario: &mut Scenario) {
    scenario.explore = ExploreRule {
        max_share: 0.3,
        ..everywhere(DrawBy::PlackettLuce { temperature: 5.0 }, 10.0)
    };
}

fn items(ranked: &Ranked) -> Vec<u32> {
    ranked.items.iter().map(|one| one.item.0).collect()
}

/// Lists of ten for a visitor of a shop with a model, and the one that is due, in a crowd of new items.
fn shop_with_news() -> Shop {
    let mut shop = Shop::learned();
    (100..140).for_each(|item| shop.stream.item(item));
    shop.click(999, 21);
    shop
}

#[test]
fn no_more_items_than_the_budget_are_other_than_without_exploration() {
    let mut shop = shop_with_news();
    for (limit, share, most) in
        [(10, 0.3, 3), (10, 0.7, 7), (3, 0.3, 0), (4, 0.25, 1), (10, 0.0, 0)]
    {
        shop.limit = limit;
        shop.explore = None;
        // Items of several categories, so that one drawn item can keep several others out.
        shop.stream.record(put(30, &[0, 1, 2, 3]));
        let tight = |scenario: &mut Scenario| {
            wide(scenario);
            scenario.diversity.max_share = 0.3;
            scenario.explore.max_share = share;
        };
        let due = items(&shop.recommend(999, tight));
        let mut fullest = 0;
        for seed in 0..300 {
            shop.explore = Some(Exploring { seed: mix(14, seed) });
            let ranked = shop.recommend(999, tight);
            let list = items(&ranked);
            let others = list.iter().filter(|item| !due.contains(item)).count();
            let explored = ranked.items.iter().filter(|one| one.is_explored()).count();
            let drawn = ranked.items.iter().filter(|one| one.propensity < 1.0).count();
            assert_eq!((list.len(), drawn), (due.len(), most), "seed {seed}");
            assert_eq!(ranked.explored.len(), explored);
            for (place, instead_of) in &ranked.explored {
                assert!(
                    due.contains(&instead_of.0) && ranked.items[*place as usize - 1].is_explored()
                );
            }
            assert!(others <= explored && explored <= most, "seed {seed}: {others} {explored}");
            fullest = fullest.max(others);
        }
        assert_eq!(fullest, most, "limit {limit}: the budget is used");
    }
}

#[test]
fn so_many_requests_explore_as_the_scenario_says() {
    let mut shop = shop_with_news();
    let due = shop.recommend(999, wide);
    let some = |scenario: &mut Scenario| {
        wide(scenario);
        scenario.explore.requests = 0.25;
    };
    let mut exploring = 0;
    for seed in 0..2_000 {
        shop.explore = Some(Exploring { seed: mix(15, seed) });
        let ranked = shop.recommend(999, some);
        match ranked.exploration {
            Exploration::None => assert_eq!(items(&ranked), items(&due)),
            _ => exploring += 1,
        }
    }
    assert!((420..580).contains(&exploring), "{exploring} of 2,000");
}

#[test]
fn the_same_seed_gives_the_same_list_and_others_give_others() {
    let mut shop = shop_with_news();
    let mut with = |seed| {
        shop.explore = Some(Exploring { seed });
        shop.recommend(999, wide)
    };
    let lists: Vec<_> = (0..50).map(&mut with).collect();
    for (seed, list) in (0..).zip(&lists) {
        assert_eq!(with(seed), *list);
    }
    let different: std::collections::BTreeSet<_> = lists.iter().map(items).collect();
    assert!(30 < different.len(), "{}", different.len());
}

#[test]
fn nothing_is_drawn_where_the_request_or_the_scenario_says_so() {
    let mut shop = shop_with_news();
    let due = shop.recommend(999, wide);
    assert_eq!(due.exploration, Exploration::None);
    assert!(due.items.iter().all(|one| 1.0 <= one.propensity && !one.is_explored()));
    for seed in 0..50 {
        shop.explore = Some(Exploring { seed });
        let off = shop.recommend(999, |scenario| {
            wide(scenario);
            scenario.explore.method = DrawBy::Off;
        });
        assert_eq!(off, due);
    }
}

/// New items are chosen by lot alone: their scores are far below those of the list.
#[test]
fn new_items_get_their_share_of_the_places_and_without_one_they_get_none() {
    let mut shop = shop_with_news();
    shop.model = None;
    let sharp = |new_items: f32| {
        move |scenario: &mut Scenario| {
            let method = DrawBy::PlackettLuce { temperature: 0.01 };
            scenario.explore = ExploreRule { max_share: 0.3, ..everywhere(method, new_items) };
            // Everything that was chosen once is known here.
            scenario.explore.new_until = 1;
            scenario.blend.fresh = 0.0;
        }
    };
    let mut places = |new_items| {
        let mut new = 0;
        for seed in 0..1_000 {
            shop.explore = Some(Exploring { seed: mix(16, seed) });
            let ranked = shop.recommend(999, sharp(new_items));
            let (news, known): (Vec<_>, Vec<_>) =
                ranked.items.iter().partition(|one| 40 <= one.item.0);
            assert!(news.iter().all(|one| one.reasons[0] == Reason::Explored));
            assert_eq!(known.len() + news.len(), 10);
            new += news.len();
        }
        new
    };
    assert_eq!(places(0.0), 0);
    // 5 of 100 places are 500 of 10,000; four deviations are 88.
    let new = places(5.0);
    assert!((412..588).contains(&new), "{new}");
}

#[test]
fn an_item_is_new_no_longer_once_it_was_shown_often_enough() {
    let mut shop = shop_with_news();
    let sought = |scenario: &mut Scenario| {
        let method = DrawBy::PlackettLuce { temperature: 0.01 };
        scenario.explore = ExploreRule { max_share: 1.0, ..everywhere(method, 100.0) };
        scenario.explore.new_until = 3;
    };
    let new = |shop: &mut Shop| {
        let mut new = std::collections::BTreeSet::new();
        for seed in 0..200 {
            shop.explore = Some(Exploring { seed });
            new.extend(items(&shop.recommend(999, sought)).into_iter().filter(|item| 100 <= *item));
        }
        new
    };
    assert!(new(&mut shop).contains(&120));
    for shown in 0..3 {
        shop.meet(500 + shown, 120, crate::activity::testing::IMPRESSION);
    }
    let after = new(&mut shop);
    assert!(!after.contains(&120) && after.contains(&121), "{after:?}");
}

#[test]
fn the_callers_own_candidates_are_drawn_from_where_it_is_asked() {
    let mut shop = shop_with_news();
    shop.given = Some((0..30).map(ItemIndex).collect());
    let due = shop.recommend(999, wide);
    let mut others = 0;
    for seed in 0..50 {
        shop.explore = Some(Exploring { seed });
        let ranked = shop.recommend(999, wide);
        assert!(ranked.items.iter().all(|one| one.item.0 < 30));
        others += usize::from(items(&ranked) != items(&due));
    }
    assert!(40 < others, "{others}");
}
