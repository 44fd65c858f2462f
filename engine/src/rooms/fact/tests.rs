use super::*;
use crate::{EventTypeId, UserId};

/// Places of the table: comment, gift, leave, and one that says nothing of rooms.
const ACTS: [Option<Act>; 4] = [Some(Act::Comment), Some(Act::Gift), Some(Act::Leave), None];

fn event(event_type: u8, properties: &str) -> Event {
    let at = Timestamp::from_millis(1_680_000_000_000);
    let mut event = Event::new(UserId::new("u1"), EventTypeId(event_type), at);
    event.room_id = Some("42".into());
    event.properties = properties.into();
    event.value = Some(2.0);
    event
}

fn fact(event: &Event) -> Option<RoomFact> {
    RoomFact::of((Sequence(9), 7), event, &ACTS)
}

#[test]
fn a_comment_brings_its_text() {
    for (properties, text) in [
        (r#"{"lang":"en","text":"how \"much\"?"}"#, Some("how \"much\"?")),
        (r#"{"message":"好耶"}"#, Some("好耶")),
        (r#"{"text":7,"content":"seven"}"#, Some("seven")),
        (r#"{"text":["a"]}"#, None),
        ("", None),
    ] {
        let found = fact(&event(0, properties)).expect("a comment in a room");
        assert_eq!(found.comment.as_ref().map(|comment| &*comment.text), text, "{properties}");
        assert_eq!((found.act, found.value, found.event().text), (Act::Comment, None, text));
    }
}

#[test]
fn only_gifts_have_a_value_and_only_comments_a_text() {
    let found = fact(&event(1, r#"{"text":"x"}"#)).expect("a gift in a room");
    assert_eq!((found.value, found.comment), (Some(2.0), None));
}

#[test]
fn a_connection_that_went_away_is_no_leave_on_purpose() {
    assert_eq!(fact(&event(2, "")).map(|fact| fact.act), Some(Act::Leave));
    assert_eq!(fact(&event(2, r#"{"lost":true}"#)).map(|fact| fact.act), Some(Act::Lost));
    assert_eq!(fact(&event(2, r#"{"lost":"true"}"#)).map(|fact| fact.act), Some(Act::Leave));
}

#[test]
fn the_room_s_own_item_is_no_product() {
    let of = |act, kind| {
        let acts = [Some(act)];
        let item = Some(crate::ItemIndex(5));
        RoomFact::of((Sequence(9), 7), &Event { item, kind, ..event(0, "") }, &acts)
    };
    let (room, product) = (ItemKind::LiveRoom, ItemKind::Product);
    assert_eq!(of(Act::Join, room).map(|fact| fact.item), Some(None));
    assert_eq!(of(Act::Click, room), None, "a click on the room in a list");
    assert_eq!(of(Act::Add, room), None);
    let click = of(Act::Click, product).expect("a click on a product");
    assert_eq!(click.item, Some(crate::ItemIndex(5)));
}

#[test]
fn what_says_nothing_of_a_room_makes_no_fact() {
    assert_eq!(fact(&event(3, "")), None);
    assert_eq!(fact(&event(200, "")), None);
    assert_eq!(fact(&Event { room_id: None, ..event(0, "") }), None);
    assert_eq!(fact(&Event { mode: Mode::Backfill, ..event(0, "") }), None);
}
