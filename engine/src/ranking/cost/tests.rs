use crate::ranking::testing::Shop;
use crate::ranking::{Condition, estimated_us};
use crate::{CategoryId, ItemIndex};

fn estimate(shop: &mut Shop, user: u64) -> f32 {
    shop.ask(user, |_| {}, estimated_us)
}

#[test]
fn more_work_is_estimated_to_take_longer() {
    let mut shop = Shop::busy();
    shop.click(999, 21);
    let plain = estimate(&mut shop, 999);
    shop.filter.must = vec![Condition::Categories(vec![CategoryId(3)])];
    assert!(plain < estimate(&mut shop, 999));
    shop.filter.must.clear();
    shop.publish();
    let learned = estimate(&mut shop, 999);
    assert!(plain < learned);
    (0..1_000).for_each(|item| shop.learner.count_event(ItemIndex(item)));
    shop.publish();
    assert!(learned < estimate(&mut shop, 999));
    // Nothing is scanned for somebody of whom nothing is known.
    assert!(estimate(&mut shop, 7_777) <= plain);
    shop.given = Some((0..40).map(ItemIndex).collect());
    let few = estimate(&mut shop, 999);
    shop.given = Some((0..900).map(ItemIndex).collect());
    assert!(few < estimate(&mut shop, 999));
}
