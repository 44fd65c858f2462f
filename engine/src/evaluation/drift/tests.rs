//! A simulation with drift at a known instant: it is noticed soon, and hardly ever where there is none.

use super::*;
use crate::evaluation::testing::{Click, protocol, records, stand_config};
use crate::evaluation::{Candidates, Method, NoMeter, OnDrift, Prequential, Stand, StandConfig};

const EVENTS: u64 = 20_000;
/// Choices within which half of the items having changed places must be noticed.
const NOTICED_WITHIN: u64 = 1_000;
/// Alarms that streams without drift may raise, in 20,000 choices each, and before the instant.
const FALSE_ALARMS: usize = 1;
const SEEDS: u64 = 2;
const GROUPS: u64 = 20;
const GROUP_ITEMS: u64 = 40;

/// Users with a taste each for one of twenty groups of items, nine times of ten.
fn tastes(seed: u64) -> Vec<Click> {
    let click = |event: u64| {
        let word = |salt: u64| mix(seed ^ salt, event);
        let user = word(1) % 400;
        let taste = if word(2) % 10 == 0 { word(3) } else { mix(seed, user) };
        let within = (word(4) % GROUP_ITEMS).min((word(5) >> 32) % GROUP_ITEMS);
        ((user as u32), (taste % GROUPS * GROUP_ITEMS + within) as u32, event * 20_000)
    };
    (0..EVENTS).map(click).collect()
}

fn trial(seed: u64, share: f64, on_drift: OnDrift) -> DriftOutcome {
    let mut protocol = protocol(&[Method::Learned], Candidates::Retrieved);
    protocol.scenario.seen.repeats = crate::ranking::Repeats::Allowed;
    protocol.lengths = vec![10, 20];
    (protocol.unscored, protocol.most_scored) = (EVENTS / 2, EVENTS / 10);
    protocol.publish_every_ms = 0;
    let stand = Stand::new(StandConfig { seed, on_drift, ..stand_config() });
    let plan = DriftPlan { share, at: EVENTS / 2, seed };
    let mut trial = DriftTrial::new(Prequential::new(protocol, stand, NoMeter), plan);
    for record in records(&tastes(seed)) {
        trial.take(record);
    }
    trial.finish().expect("something was ranked")
}

#[test]
fn half_the_items_in_other_places_are_noticed_soon_and_nothing_where_all_stay() {
    let (mut false_alarms, mut ndcg) = (0, [0.0; 2]);
    for seed in 0..SEEDS {
        let none = trial(seed, 0.0, OnDrift::Forget);
        let moved = trial(seed, 0.5, OnDrift::Forget);
        let kept = trial(seed, 0.5, OnDrift::GoOn);
        println!("seed {seed}: {:?} {:?} {:?}", none.alarms, moved.alarms, moved.delay);
        println!("  {:.4} {:.4} {:.4}", none.figures.ndcg, moved.figures.ndcg, kept.figures.ndcg);
        false_alarms += none.alarms[0] + none.alarms[1] + moved.alarms[0];
        assert!((300..=400).contains(&moved.moved), "seed {seed}: {}", moved.moved);
        assert_eq!(moved.choices, [EVENTS / 2, EVENTS], "seed {seed}");
        assert!(moved.delay.is_some_and(|delay| delay <= NOTICED_WITHIN), "seed {seed}: {moved:?}");
        assert!(moved.figures.ndcg < none.figures.ndcg, "seed {seed}: nothing was lost");
        ndcg = [ndcg[0] + moved.figures.ndcg, ndcg[1] + kept.figures.ndcg];
    }
    println!("{false_alarms} false alarms; NDCG of the next tenth, forgetting and not: {ndcg:?}");
    assert!(false_alarms <= FALSE_ALARMS, "{false_alarms} false alarms");
    assert!(ndcg[1] < ndcg[0], "forgetting brought nothing: {ndcg:?}");
}

#[test]
fn each_item_of_the_share_takes_the_place_of_another_of_it() {
    let items: Vec<ItemIndex> = (0..100).map(ItemIndex).collect();
    let names = ring(&items, DriftPlan { share: 0.3, at: 0, seed: 5 });
    assert_eq!(names.len(), 30);
    assert!(names.iter().all(|(item, other)| item != other && names.contains_key(other)));
    let others: std::collections::BTreeSet<_> = names.values().collect();
    assert_eq!(others.len(), 30, "no two become one");
    assert!(ring(&items, DriftPlan { share: 0.0, at: 0, seed: 5 }).is_empty());
}
