//! Whatever the samples are: parameters within their bounds, one answer for learning and serving, and a checkpoint that
//! goes on.

use siphasher::sip::SipHasher13;
use std::hash::Hasher;

use super::*;
use crate::model::click::checkpoint::FoundClicks;
use crate::model::click::config::{ClickGoal, GoalCounts};
use crate::model::numeric::squared;

/// A few features, or thousands, of few or of all fields.
fn fields() -> impl Strategy<Value = Vec<(u8, u32)>> {
    let few = prop::collection::vec((any::<u8>(), 0_u32..40), 0..40);
    let of_one_field = (0_u8..70, 0_u32..5_000).prop_map(|(field, values)| {
        (0..values).map(|value| (field, value.wrapping_mul(2_654_435_761))).collect()
    });
    let of_all = (0_u32..4_000).prop_map(|count| (0..count).map(|n| (n as u8, n)).collect());
    prop_oneof![6 => few, 1 => of_one_field, 1 => of_all]
}

prop_compose! {
    fn extreme()(
        fields in fields(),
        shared in prop_oneof![0_usize..20, 0_usize..6_000],
        dense in prop::array::uniform9(odd_number()),
        position in prop_oneof![0_u16..12, any::<u16>()],
        propensity in odd_number(),
        outcome in outcome(),
        weight in prop_oneof![2 => Just(1.0), 1 => odd_number(), 1 => Just(1e6_f32)],
    ) -> ClickSample {
        let row = ClickRow { fields, shared, dense };
        ClickSample { sequence: Sequence(1), user_hash: 1, row, position, propensity, outcome, weight, version: 0 }
    }
}

fn two_goals() -> Vec<ClickGoal> {
    let goal =
        |event_type, counts| ClickGoal { event_type: crate::EventTypeId(event_type), counts };
    vec![goal(1, GoalCounts::Events), goal(2, GoalCounts::Values)]
}

/// Every number within the bounds that its module promises.
fn check_bounds(head: &ClickHead) {
    let config = &head.config;
    let weighs = |values: &[f32]| {
        assert!(values.iter().all(|it| it.abs() <= config.parameter_limit), "{values:?}");
    };
    let sums = |values: &[f32]| {
        let sound = |it: &f32| config.rates.start <= *it && it.is_finite();
        assert!(values.iter().all(sound), "{values:?}");
    };
    for slot in head.table.slots() {
        for within in (0..16).filter(|within| slot.chunk.feature(*within).is_some()) {
            let vector = slot.chunk.vector(within);
            assert!(squared(vector).sqrt() <= config.norm_limit * 1.0001);
            (0..3).for_each(|column| weighs(&[slot.chunk.weights(column)[within]]));
        }
    }
    let shared = &head.shared;
    weighs(&shared.bias.values);
    weighs(&shared.interactions.values);
    weighs(&shared.dense.values);
    sums(&shared.bias.squares);
    sums(&shared.interactions.squares);
    sums(&shared.dense.squares);
    head.goals.iter().for_each(|goal| sums(&goal.line.squares));
    weighs(&head.positions.logits.values);
    assert!(head.positions.examined.iter().all(|it| (0.01..=1.0).contains(it)));
    assert!((0.1..=config.position_clip).contains(&head.positions.mean_weight));
    assert!((1.0..=config.propensity_clip).contains(&head.mean_propensity));
    for surface in &head.calibration.surfaces {
        assert!(surface.line.values.iter().all(|it| (-0.75..=3.0).contains(it)));
    }
    let proof = head.proof;
    for sum in [proof.seen, proof.clicks, proof.loss, proof.rate_loss, proof.total_others] {
        assert!(sum.is_finite() && 0.0 <= sum, "{sum}");
    }
    let most = config.max_features.next_multiple_of(16).max(16);
    assert!(head.table.held() <= most, "{} of {most}", head.table.held());
}

fn digest(head: &ClickHead) -> u64 {
    let mut hasher = SipHasher13::new();
    head.digest(&mut hasher);
    hasher.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_parameter_stays_within_its_bounds_and_a_checkpoint_goes_on(
        samples in prop::collection::vec(extreme(), 1..30),
        position in policies(),
        max_features in 1_usize..3_000,
    ) {
        let config = ClickConfig { max_features, position, goals: two_goals(), ..small() };
        let mut head = ClickHead::new(1, config.clone());
        for sample in &samples {
            let view = head.publish().0;
            let (shared, own) = sample.row.fields.split_at(sample.row.shared.min(sample.row.fields.len()));
            let mut list = view.list(shared);
            let score = list.score(own, &sample.row.dense);
            let told = list.probability(&score, sample.position);
            for goal in &config.goals {
                let expected = list.expected(&score, goal.event_type, goal.counts).expect("it is learned");
                prop_assert!(!score.logit.is_finite() || (0.0..=2e5).contains(&expected));
            }
            if let Some(judged) = head.learn(sample) {
                prop_assert_eq!(judged.predicted.to_bits(), told.to_bits());
                prop_assert!((0.0..=1.0).contains(&told));
            }
            check_bounds(&head);
        }
        let mut entries = Vec::new();
        head.cut(&mut entries);
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        let mut found = FoundClicks::default();
        for entry in &entries {
            // What was given up for want of room was never written, and says so all the same.
            let Some(value) = &entry.value else { continue };
            found.take(&entry.key, value).expect("it was just written");
        }
        let mut restored = ClickHead::new(1, config);
        restored.settle(&found).expect("it was just written");
        prop_assert_eq!(digest(&restored), digest(&head));
    }
}
