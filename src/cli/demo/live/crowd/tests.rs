use std::collections::BTreeMap;

use super::*;

fn evening(seed: u64, steps: u64) -> Vec<Value> {
    let mut crowd = Crowd::new(Dice::new(seed), 200);
    (0..steps).flat_map(|n| crowd.events(Duration::from_millis(n * 200), n / 60, 12)).collect()
}

#[test]
fn an_evening_is_a_function_of_its_seed() {
    assert_eq!(evening(1, 50), evening(1, 50));
    assert_ne!(evening(1, 50), evening(2, 50));
}

#[test]
fn viewers_do_everything_that_viewers_do_in_every_room_and_in_order() {
    let events = evening(1, 400);
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut inside: BTreeMap<String, String> = BTreeMap::new();
    for event in &events {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let (user, room) = (text("user_id"), text("room_id"));
        match text("type").as_str() {
            "live_join" => assert_eq!(inside.insert(user, room.clone()), None, "{event}"),
            "live_leave" => assert_eq!(inside.remove(&user), Some(room.clone()), "{event}"),
            _ => assert_eq!(inside.get(&user), Some(&room), "{event}"),
        }
        *seen.entry((room, text("type"))).or_default() += 1;
    }
    for room in &ROOMS {
        for kind in [
            "live_join",
            "live_leave",
            "live_comment",
            "live_like",
            "live_gift",
            "live_product_click",
            "add_to_cart",
        ] {
            assert!(
                seen.contains_key(&(room.id.to_owned(), kind.to_owned())),
                "{} {kind}",
                room.id
            );
        }
    }
    let ids: std::collections::BTreeSet<&str> =
        events.iter().filter_map(|event| event["event_id"].as_str()).collect();
    assert_eq!(ids.len(), events.len());
}

#[test]
fn what_is_on_show_and_liked_is_clicked_more() {
    let crowd = Crowd::new(Dice::new(1), 400);
    let mut clicks = [0, 0];
    let mut looks = Crowd { step: 0, ..crowd };
    for step in 0..40_000 {
        looks.step = step;
        let viewer = (step % 400) as usize;
        let taste = looks.taste(viewer);
        for liked in [false, true] {
            let event = looks.act(viewer, (&ROOMS[0], taste, liked), "x");
            clicks[usize::from(liked)] +=
                usize::from(event.is_some_and(|event| event["type"] == "live_product_click"));
        }
    }
    assert!(clicks[0] * 3 < clicks[1], "{clicks:?}");
}
