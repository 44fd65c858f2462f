use super::*;

const DEBIASED: [PositionPolicy; 3] =
    [PositionPolicy::Estimated, PositionPolicy::Weighted, PositionPolicy::Logit];

#[test]
fn taking_places_into_account_comes_closer_to_the_truth() {
    let world = World::new(1);
    let found = |policy| world.run(policy, OrderedBy::Before, 15_000);
    let naive = found(PositionPolicy::Ignored).agreement;
    for policy in DEBIASED {
        let debiased = found(policy);
        println!("{policy:?} {debiased:?} naive {naive}");
        assert!(naive + 0.01 < debiased.agreement, "{policy:?}: {debiased:?}, naive {naive}");
    }
}

#[test]
fn the_same_seed_gives_the_same_world_and_rounds() {
    let run = || World::new(5).run(PositionPolicy::Estimated, OrderedBy::HeadExploring, 500);
    assert_eq!(run(), run());
}

#[test]
fn numbers_keep_their_order_as_bits() {
    let numbers = [-3.5_f32, -0.25, -0.0, 0.0, 1e-30, 0.5, 2.0];
    assert!(numbers.map(ordered_bits).is_sorted());
}
