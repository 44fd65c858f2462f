//! What a place comes to while its window is open is held until it closes; what comes later is told at once.

use super::*;

#[test]
fn a_purchase_after_the_window_is_told_at_once() {
    let (said, _) = told([
        served(1, 1, 0),
        did(VIEW, (1, 1), 11, 1),
        did(CLICK, (1, 1), 11, 5),
        tick(61),
        did(BUY, (1, 0), 11, 62),
        tick(63),
    ]);
    assert_eq!(said, [(4, 11, clicked(CLICK)), (5, 11, goal(BUY))]);
}

#[test]
fn the_order_of_samples_says_nothing_of_their_labels() {
    let shown: Vec<RecordBody> =
        (0..5).map(|place| did(VIEW, (1, 1), 10 + place, 1 + u64::from(place))).collect();
    let mut story = vec![served(1, 1, 0)];
    story.extend(shown);
    story.extend([did(CLICK, (1, 1), 14, 7), did(HIDE, (1, 1), 12, 8), tick(90)]);
    let (said, _) = told(story);
    let items: Vec<u32> = said.iter().map(|(_, item, _)| *item).collect();
    assert_eq!(items, [10, 11, 12, 13, 14], "as they were shown");
}

#[test]
fn the_click_may_say_the_position_where_the_impression_did_not() {
    let mut click = did(CLICK, (1, 1), 12, 2);
    let RecordBody::Event { event, .. } = &mut click else { unreachable!() };
    event.position = Some(7);
    let story = log([served(1, 1, 0), did(VIEW, (1, 1), 12, 1), click, tick(61)]);
    let said = apply_all(&mut empty(Impressions::Reported), &story).clicks;
    assert_eq!(said.iter().map(|sample| sample.position).collect::<Vec<_>>(), [7]);
}
