//! Input that nobody should send: no parameter ever becomes a number that is none.

use proptest::prelude::*;

use crate::model::blend::Sources;
use crate::model::items::Table;
use crate::model::learner::{Effort, Learner};
use crate::model::numeric::{Lane, is_finite};
use crate::model::sample::{ModelUser, NEARS, Past, Sample, UserRow};
use crate::model::testing::{Stream, small};
use crate::{ItemIndex, Sequence};

const ODD: [f32; 12] = [
    0.0,
    1.0,
    -1.0,
    4.0,
    1e-38,
    1e-45,
    1e18,
    1e30,
    f32::MAX,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
];

struct OddSources(f32);

impl Sources for OddSources {
    fn near(&self, item: ItemIndex) -> [f32; NEARS] {
        [self.0, if item.0.is_multiple_of(2) { -self.0 } else { 1.0 }, self.0]
    }
}

fn odd() -> impl Strategy<Value = f32> {
    prop_oneof![any::<f32>(), prop::sample::select(ODD.to_vec()), 0.0_f32..2.0]
}

fn items() -> impl Strategy<Value = ItemIndex> {
    prop_oneof![4 => 0_u32..40, 1 => 0_u32..3_000].prop_map(ItemIndex)
}

fn row() -> impl Strategy<Value = UserRow> {
    (prop::sample::select(vec![0_usize, 1, 1, 1, 2]), odd(), odd()).prop_map(
        |(lanes, x, squares)| UserRow {
            vector: vec![Lane([x; 16]); lanes].into(),
            squares,
            era: 0,
        },
    )
}

prop_compose! {
    fn user()(
        hash in 0_u64..5,
        events in prop_oneof![0_u32..30, any::<u32>()],
        past in prop::collection::vec((items(), any::<u32>()), 0..40),
        visit in any::<usize>(),
        row in prop::option::of(row()),
    ) -> ModelUser {
        let history = past.into_iter().map(|(item, age_s)| Past { item, age_s }).collect();
        ModelUser { hash, events, history, visit, row }
    }
}

prop_compose! {
    fn sample()(
        sequence in any::<u64>(),
        item in items(),
        weight in odd(),
        user in user(),
        recent in prop::collection::vec(items(), 0..60),
    ) -> Sample {
        Sample { sequence: Sequence(sequence), item, weight, user, recent }
    }
}

fn check(learner: &Learner) -> Result<(), TestCaseError> {
    let popular =
        learner.shared.popularity.iter().flat_map(|it| it.values.iter().chain(&it.squares));
    let blend = learner.shared.blend.iter().flat_map(|it| it.values.iter().chain(&it.squares));
    let gaps = learner.shared.gaps.values.iter().chain(&learner.shared.gaps.squares);
    prop_assert!(popular.chain(blend).chain(gaps).all(|x| x.is_finite()), "{:?}", learner.shared);
    for item in (0..3_000).map(ItemIndex) {
        let Some(slot) = learner.items.slot(item.as_usize() / 16) else { continue };
        for table in [Table::Item, Table::Last] {
            prop_assert!(learner.items.vector(table, item).is_some_and(is_finite), "{item:?}");
        }
        let head = slot.targets.head(item.as_usize() % 16);
        prop_assert!(head.bias.is_finite() && head.counts.iter().all(|x| x.is_finite()));
        let squares = slot.own.squares.iter().flatten().chain(&slot.own.bias_squares);
        prop_assert!(squares.copied().all(|x| x.is_finite() && 0.0 < x), "{item:?}");
    }
    for (user, row) in learner.users.all() {
        prop_assert!(row.fits(1, 0), "{user}: {row:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_input_makes_a_parameter_that_is_no_number(
        samples in prop::collection::vec((sample(), odd()), 1..40),
        taught in 0_usize..40,
    ) {
        let mut learner = Learner::new(1, small());
        Stream::new(2, 30, 5).teach(&mut learner, taught);
        for (sample, near) in samples {
            let _ = learner.learn(&sample, &OddSources(near), Effort::Full);
        }
        check(&learner)?;
    }
}
