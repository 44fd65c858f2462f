use std::sync::Arc;

use crate::features::declare::Entity;
use crate::features::input::{InputValue, UserInputs};
use crate::features::{Declared, FeatureSet, testing};
use crate::shard::tests::{SHARD, any_log, apply_all, click, config, log, user};
use crate::shard::{ApplyConfig, ShardState};
use crate::user::tests::NOW;
use crate::{Record, Timestamp};
use proptest::prelude::*;

fn ranked() -> Arc<ApplyConfig> {
    let types = config().types.clone();
    let declared = Declared::of(
        testing::ranked_plan(&types),
        testing::ranked_patterns(&types),
        &types,
        testing::VISIT_GAP_MS,
    );
    Arc::new(ApplyConfig {
        features: FeatureSet::standard(&types).with(declared),
        ..(*config()).clone()
    })
}

fn inputs(state: &ShardState, n: u32, ms: u64) -> UserInputs {
    state.view(&user(n), Timestamp::from_millis(NOW + ms)).inputs
}

#[test]
fn a_view_tells_ranking_what_features_and_tags_say_at_its_instant() {
    let mut state = ShardState::new(SHARD, ranked());
    // Items 1, 6 and 11 share category 1; item 2 has category 2.
    let clicks = [1, 2, 6, 11].into_iter().zip(0..);
    apply_all(&mut state, &log(clicks.map(|(item, n)| click(1, item, NOW + n * 60_000))));
    let told = inputs(&state, 1, 181_000);
    assert_eq!(told.own.len(), 1);
    assert_eq!((told.own[0].value, told.own[0].class), (Some(4.0), 130));
    let liking = &told.paired[0];
    assert_eq!((liking.entity, told.paired.len()), (Entity::UserCategory, 1));
    assert_eq!(liking.values.iter().map(|it| it.0).collect::<Vec<_>>(), [1, 2]);
    assert!(liking.with(Some(2)).value < liking.with(Some(1)).value);
    assert_eq!(liking.with(Some(4)), InputValue::none(liking.input));
    assert_eq!(liking.with(None).class, 0);
    let tags: Vec<_> = told.tags.iter().map(|tag| (&*tag.tag, tag.binding, tag.ranked)).collect();
    assert_eq!(tags, [("keen", 1, true)]);

    // Ten minutes on, the window is empty and the tag is gone.
    let later = inputs(&state, 1, 800_000);
    assert_eq!((later.own[0].value, later.own[0].class), (Some(0.0), 1));
    assert_eq!(later.tags, []);
    let nobody = inputs(&state, 9, 0);
    assert_eq!((nobody.own[0].value, nobody.own[0].class), (None, 0));
}

#[test]
fn where_nothing_is_ranked_a_view_tells_no_inputs() {
    let mut state = ShardState::new(SHARD, config());
    apply_all(&mut state, &log([click(1, 1, NOW)]));
    let told = inputs(&state, 1, 1_000);
    assert_eq!((told.own, told.paired), (Vec::new(), Vec::new()));
}

proptest! {
    #[test]
    fn a_shard_restored_and_replayed_tells_ranking_what_the_live_one_does(
        records in any_log(),
        cut in 0..300_usize,
    ) {
        let cut = cut.min(records.len());
        let mut live = ShardState::new(SHARD, ranked());
        apply_all(&mut live, &records[..cut]);
        let entries = live.cut().entries.into_iter();
        let kept: Vec<_> = entries.filter_map(|it| Some((it.key, it.value?))).collect();
        let mut back = ShardState::restore(SHARD, ranked(), kept.into_iter()).unwrap();
        let mut replayed = ShardState::new(SHARD, ranked());
        let rest: &[Record] = &records[cut..];
        let said = apply_all(&mut live, rest);
        prop_assert_eq!(apply_all(&mut back, rest).clicks, said.clicks);
        apply_all(&mut replayed, &records);
        for n in 0..6 {
            for ms in [0, 400_000, 9_000_000] {
                let told = inputs(&live, n, ms);
                prop_assert_eq!(&inputs(&back, n, ms), &told);
                prop_assert_eq!(&inputs(&replayed, n, ms), &told);
            }
        }
    }
}
