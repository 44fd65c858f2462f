use proptest::prelude::*;

use super::*;
use crate::features::occurrence::Occurrence;
use crate::features::shared::{Partials, SharedFeatures};
use crate::features::testing;
use crate::user::tests::{CLICK, NOW, types};
use crate::{CategoryId, ItemIndex};

const ROOMS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn tell(features: &mut SharedFeatures, plan: &FeaturePlan, (item, room): (u32, usize)) {
    let event = Occurrence {
        item: Some(ItemIndex(item)),
        categories: &[CategoryId(item % 3)],
        room: Some(ROOMS[room]),
        ..Occurrence::new(CLICK, Timestamp::from_millis(NOW), 1)
    };
    let mut partials = Partials::default();
    partials.add(plan, &event);
    let _ = features.merge(plan, &partials);
}

proptest! {
    #[test]
    fn a_view_says_what_was_merged_before_it_and_never_changes(
        before in proptest::collection::vec((0..40_u32, 0..6_usize), 0..30),
        after in proptest::collection::vec((0..40_u32, 0..6_usize), 0..30),
    ) {
        let plan = Arc::new(testing::plan(&types()));
        let mut features = SharedFeatures::new(&plan);
        let mut live = SharedView::new(Arc::clone(&plan));
        for told in &before {
            tell(&mut features, &plan, *told);
        }
        features.told_time(&plan);
        features.publish(&mut live);
        let view = live.clone();
        let said = |view: &SharedView, features: &SharedFeatures| {
            for (id, one) in plan.iter().filter(|(_, one)| !one.entity.is_of_users()) {
                let keys: Vec<u64> = match one.entity {
                    Entity::Room => ROOMS.map(crate::features::occurrence::room_key).into(),
                    _ => (0..41).collect(),
                };
                for key in keys {
                    let at = Timestamp::from_millis(NOW);
                    let asked = plan.read(id, |tag| features.block(&plan, tag, key), at);
                    assert_eq!(view.read(id, key, at), asked, "{} {key}", one.name);
                }
            }
        };
        said(&view, &features);
        let (all, _) = plan.find("all").unwrap();
        let then = view.read(all, 0, Timestamp::from_millis(NOW));
        for told in &after {
            tell(&mut features, &plan, *told);
        }
        features.publish(&mut live);
        said(&live, &features);
        prop_assert_eq!(view.read(all, 0, Timestamp::from_millis(NOW)), then);
    }
}
