use super::*;
use crate::model::click::fields::{AGE, CATEGORY, CLICK_RATE, ITEM, KIND, PRICE};
use crate::record::{FeatureParts, ItemFeatures, ItemKind};
use crate::{CategoryId, ItemIndex, RecommendationId, ShardId, Timestamp, UserId};

#[test]
fn a_row_is_the_lists_features_and_the_items_own() {
    let id = RecommendationId { shard: ShardId(0), number: 1 };
    let at = Timestamp::from_millis(90_000);
    let features = ItemFeatures::pack(&FeatureParts {
        categories: [Some(CategoryId(4)), None],
        kind: ItemKind::Video,
        at,
        parts: [1.0; PARTS],
        ..FeatureParts::default()
    });
    let item = ServedItem { features, ..ServedItem::bare(ItemIndex(7), 1.0) };
    let served = Served {
        items: vec![ServedItem::bare(ItemIndex(1), 0.0), item],
        fields: vec![(0, 11), (1, 12)],
        ..Served::new(id, UserId::new("u"), "home", at)
    };
    let made = row(&served, 1);
    assert_eq!(made.shared, 2);
    assert_eq!(
        made.fields,
        [
            (0, 11),
            (1, 12),
            (ITEM, 7),
            (CATEGORY, 4),
            (KIND, 2),
            (PRICE, 0),
            (AGE, 0),
            (CLICK_RATE, 0)
        ]
    );
    assert_eq!(made.dense.map(f32::to_bits), features.parts().map(f32::to_bits));
    assert_eq!(row(&served, 2), ClickRow::default());
}
