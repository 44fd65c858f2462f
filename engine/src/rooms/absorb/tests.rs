use std::sync::Arc;

use super::super::{Act, LiveBounds, Relay, RoomRules, RoomTold};
use super::*;
use crate::features::occurrence::room_key;
use crate::patterns::{Match, PatternId, RoomOf};
use crate::record::Event;
use crate::{EventTypeId, ItemIndex, Sequence, ShardId, Timestamp, UserId};

fn at(second: u64) -> Timestamp {
    Timestamp::from_millis(1_680_000_000_000 + second * 1_000)
}

fn user(name: &str) -> UserId {
    UserId::new(name)
}

/// An event in `room`, and what its shard says of it.
fn joins(sequence: u64, who: &str, room: Option<&str>) -> (Record, Option<RoomFact>) {
    let event = Event {
        room_id: room.map(Box::from),
        item: Some(ItemIndex(7)),
        ..Event::new(user(who), EventTypeId(0), at(sequence))
    };
    let fact = room.map(|room| RoomFact {
        sequence: Sequence(sequence),
        room: room.into(),
        viewer: sequence,
        act: Act::Join,
        at: at(sequence),
        item: None,
        value: None,
        comment: None,
    });
    let body = RecordBody::Event { shard: ShardId(0), event };
    (Record { sequence: Sequence(sequence), body }, fact)
}

fn tick(sequence: u64) -> Record {
    Record { sequence: Sequence(sequence), body: RecordBody::Tick { time: at(sequence) } }
}

fn matched(sequence: u64, who: &str, name: &str, room: RoomOf) -> PatternMatch {
    let binding = if let RoomOf::Shared(key) = room { key } else { 0 };
    let matched = Match { pattern: PatternId(0), binding, started_at: at(1), at: at(sequence) };
    PatternMatch { sequence: Sequence(sequence), user: user(who), name: name.into(), matched, room }
}

fn shared(room: &str) -> RoomOf {
    RoomOf::Shared(room_key(room))
}

/// Users and items of the matches that were published, by room, in order.
fn told(out: &LiveSaid) -> Vec<(String, String, Option<ItemIndex>)> {
    let told = out.published.iter().filter_map(|(room, _, it)| match &it.content {
        Content::Match { user, item, .. } => {
            Some((room.to_string(), user.as_str().to_owned(), *item))
        }
        _ => None,
    });
    told.collect()
}

fn rooms() -> LiveRooms {
    let relay = Relay { patterns: vec!["waits".into()], ..Relay::default() };
    LiveRooms::new(Arc::new(RoomRules { relay, ..RoomRules::default() }), LiveBounds::default())
}

/// Tells `rooms` of everybody's joins of rooms 41 and 42, one record each.
fn entered(rooms: &mut LiveRooms, out: &mut LiveSaid) {
    for (sequence, room) in [(1, "41"), (2, "42")] {
        let (record, fact) = joins(sequence, "host", Some(room));
        let facts: Vec<RoomFact> = fact.into_iter().collect();
        RoomShare { records: &[record], facts: &facts, matches: &[] }.tell(rooms, out);
    }
}

#[test]
fn a_match_is_told_to_the_room_of_its_event_if_its_pattern_is_relayed() {
    let (mut rooms, mut out) = (rooms(), LiveSaid::default());
    entered(&mut rooms, &mut out);
    let (record, fact) = joins(3, "a", Some("42"));
    let matches =
        [matched(3, "a", "waits", RoomOf::Event), matched(3, "a", "other", RoomOf::Event)];
    let facts: Vec<RoomFact> = fact.into_iter().collect();
    RoomShare { records: &[record], facts: &facts, matches: &matches }.tell(&mut rooms, &mut out);
    let (nowhere, _) = joins(4, "a", None);
    let matches = [matched(4, "a", "waits", RoomOf::Event)];
    RoomShare { records: &[nowhere], facts: &[], matches: &matches }.tell(&mut rooms, &mut out);
    assert_eq!(told(&out), [("42".to_owned(), "a".to_owned(), Some(ItemIndex(7)))]);
}

#[test]
fn a_match_by_absence_is_told_to_the_room_that_its_events_share_whoever_notices_it() {
    let (mut rooms, mut out) = (rooms(), LiveSaid::default());
    entered(&mut rooms, &mut out);
    // By time alone, of users of several shards, in the order of users; without a room in common, to none.
    let matches = [
        matched(5, "c", "waits", shared("41")),
        matched(5, "a", "waits", shared("42")),
        matched(5, "b", "waits", shared("41")),
        matched(5, "d", "waits", RoomOf::Nowhere),
        matched(5, "e", "waits", shared("gone")),
    ];
    RoomShare { records: &[tick(5)], facts: &[], matches: &matches }.tell(&mut rooms, &mut out);
    // By an event in another room, whose item has nothing to do with it.
    let (record, fact) = joins(6, "f", Some("42"));
    let facts: Vec<RoomFact> = fact.into_iter().collect();
    let matches = [
        matched(6, "f", "waits", shared("41")),
        matched(6, "f", "waits", shared("gone")),
        matched(6, "f", "waits", RoomOf::Nowhere),
    ];
    RoomShare { records: &[record], facts: &facts, matches: &matches }.tell(&mut rooms, &mut out);
    let due = [("42", "a"), ("41", "b"), ("41", "c"), ("41", "f")];
    assert_eq!(told(&out), due.map(|(room, user)| (room.to_owned(), user.to_owned(), None)));
}

#[test]
fn a_room_that_is_over_is_told_of_no_match() {
    let (mut rooms, mut out) = (rooms(), LiveSaid::default());
    entered(&mut rooms, &mut out);
    rooms.told(("41", &RoomTold::Closed, at(3)), &mut out);
    let matches = [matched(5, "a", "waits", shared("41"))];
    RoomShare { records: &[tick(5)], facts: &[], matches: &matches }.tell(&mut rooms, &mut out);
    assert_eq!(told(&out), []);
}
