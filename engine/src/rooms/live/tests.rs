mod fixture;

use proptest::prelude::*;

use super::super::{About, Comment, Phase, Relay, StayVerdict};
use super::*;
use crate::UserId;
use crate::part::PartEntry;

const START_MS: u64 = 1_680_000_000_000;

pub(super) fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(START_MS + millis)
}

pub(super) fn rules() -> Arc<RoomRules> {
    Arc::new(RoomRules::default())
}

/// The room that is announced to end, so long after it is described.
const ENDS: u8 = 3;
const LASTS_MS: u64 = 40_000;

/// What is told, record by record.
#[derive(Clone, Debug)]
enum Told {
    Act(u8, u64, Act),
    About(u8),
    Closed(u8),
    Published(u8),
    Tick,
    AllLost,
}

fn name(room: u8) -> Box<str> {
    format!("room {room}").into()
}

fn tell(rooms: &mut LiveRooms, sequence: u64, told: &Told, millis: u64, out: &mut LiveSaid) {
    let (sequence, at) = (Sequence(sequence), at(millis));
    if !rooms.begin(sequence) {
        return;
    }
    match told {
        Told::Act(room, viewer, act) => {
            let (room, viewer, act) = (name(*room), *viewer, *act);
            let user = UserId::new(&viewer.to_string());
            let comment = Comment { user, name: None, text: "nice".into() };
            let comment = (act == Act::Comment).then_some(comment);
            let (item, value) = (None, None);
            rooms.apply(&RoomFact { sequence, room, viewer, act, at, item, value, comment }, out);
        }
        Told::About(room) => {
            let ends_at = (*room == ENDS).then(|| at.plus_millis(LASTS_MS));
            let about = About { ends_at, ..About::default() };
            rooms.told((&name(*room), &RoomTold::About { about }, at), out);
        }
        Told::Closed(room) => rooms.told((&name(*room), &RoomTold::Closed, at), out),
        Told::Published(room) => rooms.publish(&name(*room), notice(), at, out),
        Told::Tick => rooms.told_time(at, out),
        Told::AllLost => rooms.all_lost(at, out),
    }
}

fn notice() -> Content {
    Content::Notice { data: "{}".into() }
}

/// A store as the checkpoint's: later entries take the place of earlier ones, or take them away.
#[derive(Default)]
pub(super) struct Store(pub(super) BTreeMap<Vec<u8>, Vec<u8>>);

impl Store {
    pub(super) fn take(&mut self, entries: Vec<PartEntry>) {
        for PartEntry { key, value } in entries {
            match value {
                Some(value) => drop(self.0.insert(key, value)),
                None => drop(self.0.remove(&key)),
            }
        }
    }

    pub(super) fn restore(&self, bounds: LiveBounds) -> LiveRooms {
        LiveRooms::restore(rules(), bounds, self.0.clone().into_iter()).unwrap()
    }
}

fn whole(rooms: &LiveRooms) -> BTreeMap<String, Vec<u8>> {
    let rooms = rooms.iter().map(|(name, live)| (name.to_owned(), live.bytes().unwrap()));
    rooms.collect()
}

fn stream() -> impl Strategy<Value = Vec<(Told, u64)>> {
    let act = prop::sample::select(vec![Act::Join, Act::Comment, Act::Gift, Act::Leave, Act::Lost]);
    let told = prop_oneof![
        12 => (0u8..4, 0u64..5, act).prop_map(|(room, viewer, act)| Told::Act(room, viewer, act)),
        1 => (0u8..5).prop_map(Told::About),
        1 => (0u8..5).prop_map(Told::Closed),
        2 => (0u8..5).prop_map(Told::Published),
        4 => Just(Told::Tick),
        1 => Just(Told::AllLost),
    ];
    prop::collection::vec((told, prop_oneof![9 => 0u64..20_000, 1 => 0u64..900_000]), 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn cut_and_restored_anywhere_all_rooms_go_on_bit_for_bit(stream in stream(), every in 1usize..20) {
        let bounds = LiveBounds { most_rooms: 3, forget_after_ms: 600_000, ..LiveBounds::default() };
        let (mut straight, mut all) = (LiveRooms::new(rules(), bounds), LiveSaid::default());
        let (mut other, mut said) = (LiveRooms::new(rules(), bounds), LiveSaid::default());
        let (mut store, mut millis) = (Store::default(), 0);
        for (nth, (told, gap)) in stream.iter().enumerate() {
            millis += gap;
            let sequence = 10 + 3 * nth as u64;
            tell(&mut straight, sequence, told, millis, &mut all);
            tell(&mut other, sequence, told, millis, &mut said);
            if nth % every == 0 {
                store.take(other.cut());
                other = store.restore(bounds);
                // What was applied before the cut comes again and changes nothing.
                tell(&mut other, sequence, told, millis, &mut LiveSaid::default());
            }
        }
        prop_assert_eq!(said, all);
        prop_assert_eq!(whole(&other), whole(&straight));
        prop_assert_eq!(&other.common, &straight.common);
        prop_assert_eq!(other.waits_for_time(), straight.waits_for_time());
        prop_assert!(straight.rooms.len() <= 3);
    }
}

#[test]
fn a_room_is_made_by_a_sign_of_somebody_or_by_its_description() {
    let (mut rooms, mut out) =
        (LiveRooms::new(rules(), LiveBounds::default()), LiveSaid::default());
    tell(&mut rooms, 1, &Told::Act(1, 7, Act::Leave), 0, &mut out);
    tell(&mut rooms, 2, &Told::Published(1), 0, &mut out);
    tell(&mut rooms, 3, &Told::Closed(1), 0, &mut out);
    assert_eq!((out.published.len(), out.told.len()), (0, 0));
    assert_eq!((rooms.iter().count(), rooms.turned_away()), (0, 0));
    tell(&mut rooms, 4, &Told::Act(1, 7, Act::Comment), 0, &mut out);
    tell(&mut rooms, 5, &Told::About(2), 0, &mut out);
    let names: Vec<&str> = rooms.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["room 1", "room 2"]);
    assert!(out.changed.contains("room 1") && rooms.waits_for_time());
    let epochs = rooms.iter().map(|(_, live)| live.channel.epoch().as_str().to_owned());
    assert_eq!(epochs.collect::<BTreeSet<_>>().len(), 2);
}

#[test]
fn rooms_past_the_bound_are_turned_away_and_counted() {
    let bounds = LiveBounds { most_rooms: 2, ..LiveBounds::default() };
    let (mut rooms, mut out) = (LiveRooms::new(rules(), bounds), LiveSaid::default());
    (0..5u8).for_each(|room| {
        tell(&mut rooms, u64::from(room) + 1, &Told::Act(room, 7, Act::Join), 0, &mut out);
    });
    assert_eq!((rooms.iter().count(), rooms.turned_away()), (2, 3));
}

#[test]
fn a_room_that_nobody_needs_is_forgotten_and_its_entry_goes() {
    let (mut rooms, mut out) =
        (LiveRooms::new(rules(), LiveBounds::default()), LiveSaid::default());
    let ends_at = Some(at(10_000_000));
    let awaited = RoomTold::About { about: About { ends_at, ..About::default() } };
    rooms.told(("room 9", &awaited, at(0)), &mut out);
    tell(&mut rooms, 2, &Told::Act(1, 7, Act::Join), 0, &mut out);
    let mut store = Store::default();
    store.take(rooms.cut());
    assert_eq!(store.0.len(), 5, "what is common, two rooms, two heads");
    // Silence ends the stay; an hour later the room is gone, the announced one is not.
    let mut millis = 0;
    for sequence in 3..130 {
        millis += 60_000;
        tell(&mut rooms, sequence, &Told::Tick, millis, &mut out);
    }
    let names: Vec<&str> = rooms.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["room 9"]);
    store.take(rooms.cut());
    assert_eq!(store.0.len(), 3);
    assert_eq!(rooms.cut().len(), 1, "nothing but what is common changed since");
}

#[test]
fn damaged_entries_are_refused() {
    let refuses = |key: &[u8], value: &[u8]| {
        let entries = [(key.to_vec(), value.to_vec())].into_iter();
        LiveRooms::restore(rules(), LiveBounds::default(), entries).is_err()
    };
    assert!(refuses(&[], &[]) && refuses(&[7], &[1]) && refuses(&[0], &[9]));
    assert!(refuses(&[1, 0xff], &[1]) && refuses(b"\x01a", &[1, 0]) && refuses(b"\x02a", &[1]));
}

#[test]
fn after_a_restart_who_is_not_back_within_the_grace_has_left() {
    let (mut rooms, mut out) =
        (LiveRooms::new(rules(), LiveBounds::default()), LiveSaid::default());
    for (nth, (room, viewer)) in [(1, 7), (1, 8), (2, 7)].into_iter().enumerate() {
        tell(&mut rooms, nth as u64 + 1, &Told::Act(room, viewer, Act::Join), 0, &mut out);
    }
    tell(&mut rooms, 10, &Told::AllLost, 5_000, &mut out);
    tell(&mut rooms, 11, &Told::Act(1, 8, Act::Join), 12_000, &mut out);
    tell(&mut rooms, 12, &Told::Tick, 20_001, &mut out);
    let viewers = |room| rooms.get(room).map(|live| live.room.stats(at(20_001)).viewers);
    assert_eq!((viewers("room 1"), viewers("room 2")), (Some(1), Some(0)));
    assert_eq!(out.outcomes.len(), 2);
}

#[test]
fn comments_past_the_rate_count_and_are_not_relayed() {
    let (mut rooms, mut out) =
        (LiveRooms::new(rules(), LiveBounds::default()), LiveSaid::default());
    for n in 0..40u64 {
        // Twenty-five in one second, fifteen in the next.
        let millis = if n < 25 { n } else { 1_000 + n };
        tell(&mut rooms, n + 1, &Told::Act(1, n, Act::Comment), millis, &mut out);
    }
    let offsets: Vec<u64> = out.published.iter().map(|(_, _, it)| it.offset).collect();
    assert_eq!(offsets, (1..=20).collect::<Vec<_>>());
    let stats = rooms.get("room 1").unwrap().room.stats(at(2_000));
    assert_eq!(stats.acts[Act::Comment.heat().unwrap() as usize], 40);
}

#[test]
fn a_moment_is_published_in_its_room_when_it_is_noticed_and_when_it_is_over() {
    let relay = Relay { comments_per_second: 0, ..Relay::default() };
    let quiet = Arc::new(RoomRules { relay, ..RoomRules::default() });
    let (mut rooms, mut out) = (LiveRooms::new(quiet, LiveBounds::default()), LiveSaid::default());
    let comments = (0..120).map(|n| n * 1_000).chain((0..200).map(|n| 120_000 + n * 10));
    for (nth, millis) in comments.chain([124_000, 250_000, 400_000]).enumerate() {
        let nth = nth as u64;
        tell(&mut rooms, nth + 1, &Told::Act(1, nth, Act::Comment), millis, &mut out);
    }
    let told: Vec<(u64, &Content)> =
        out.published.iter().map(|(_, _, it)| (it.offset, &it.content)).collect();
    let [(1, Content::Moment(noticed)), (2, Content::Moment(over))] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!((noticed.phase, over.phase), (Phase::Noticed, Phase::Over));
    assert!(noticed.told_at.millis_since(noticed.crossed_at) < 5_000);
}

#[test]
fn under_other_rules_every_channel_begins_a_new_epoch() {
    let bounds = LiveBounds::default();
    let (mut rooms, mut out) = (LiveRooms::new(rules(), bounds), LiveSaid::default());
    tell(&mut rooms, 1, &Told::Act(1, 7, Act::Comment), 0, &mut out);
    let mut store = Store::default();
    store.take(rooms.cut());
    let epoch = |rooms: &LiveRooms| {
        let channel = &rooms.get("room 1").unwrap().channel;
        (channel.epoch().as_str().to_owned(), channel.offset())
    };
    let before = epoch(&rooms);
    assert_eq!(epoch(&store.restore(bounds)), before);
    let relay = Relay { comments_per_second: 3, ..Relay::default() };
    let others = Arc::new(RoomRules { relay, ..RoomRules::default() });
    let mut anew =
        LiveRooms::restore(Arc::clone(&others), bounds, store.0.clone().into_iter()).unwrap();
    let after = epoch(&anew);
    assert!(after.0 != before.0 && after.1 == 0, "{after:?}");
    // The next cut holds it, so that the start after that goes on in it.
    store.take(anew.cut());
    let again = LiveRooms::restore(others, bounds, store.0.into_iter()).unwrap();
    assert_eq!(epoch(&again), after);
}

#[test]
fn what_is_done_in_a_room_that_is_over_is_nothing_to_it_and_its_end_is_told_once() {
    let (mut rooms, mut out) =
        (LiveRooms::new(rules(), LiveBounds::default()), LiveSaid::default());
    tell(&mut rooms, 1, &Told::Act(1, 7, Act::Join), 0, &mut out);
    tell(&mut rooms, 2, &Told::Closed(1), 1_000, &mut out);
    tell(&mut rooms, 3, &Told::Act(1, 7, Act::Heartbeat), 2_000, &mut out);
    tell(&mut rooms, 4, &Told::Act(1, 8, Act::Comment), 3_000, &mut out);
    tell(&mut rooms, 5, &Told::Closed(1), 4_000, &mut out);
    let told: Vec<&Content> = out.published.iter().map(|(_, _, it)| &it.content).collect();
    assert_eq!(told, [&Content::Ended]);
    assert_eq!(rooms.get("room 1").unwrap().room.stats(at(5_000)).viewers, 0);
    // Described again it is open again.
    tell(&mut rooms, 6, &Told::About(1), 5_000, &mut out);
    tell(&mut rooms, 7, &Told::Act(1, 8, Act::Comment), 6_000, &mut out);
    assert_eq!(rooms.get("room 1").unwrap().room.stats(at(6_000)).viewers, 1);
}

#[test]
fn a_room_announced_long_ago_is_kept_past_its_beginning() {
    let (mut rooms, mut out) =
        (LiveRooms::new(rules(), LiveBounds::default()), LiveSaid::default());
    let about = About { starts_at: Some(at(36_000_000)), ..About::default() };
    rooms.told(("room 9", &RoomTold::About { about }, at(0)), &mut out);
    for minute in 1..700 {
        tell(&mut rooms, minute, &Told::Tick, minute * 60_000, &mut out);
        let is_there = rooms.get("room 9").is_some();
        assert_eq!(is_there, minute <= 660, "an hour after it was to begin: minute {minute}");
    }
}

#[test]
fn what_was_said_long_ago_is_counted_and_not_relayed() {
    let (mut rooms, mut out) =
        (LiveRooms::new(rules(), LiveBounds::default()), LiveSaid::default());
    tell(&mut rooms, 1, &Told::Act(1, 7, Act::Comment), 100_000, &mut out);
    tell(&mut rooms, 2, &Told::Act(1, 8, Act::Comment), 10_000, &mut out);
    assert_eq!(out.published.len(), 1);
}

#[test]
fn a_room_ends_at_its_announced_end_and_goes_on_where_it_is_described_anew() {
    let (mut rooms, mut out) =
        (LiveRooms::new(rules(), LiveBounds::default()), LiveSaid::default());
    let ends = |out: &LiveSaid| {
        let ends = out.published.iter().filter(|(_, _, it)| it.content == Content::Ended);
        ends.map(|(_, _, it)| it.at).collect::<Vec<_>>()
    };
    tell(&mut rooms, 1, &Told::About(ENDS), 0, &mut out);
    tell(&mut rooms, 2, &Told::Act(ENDS, 7, Act::Join), 1_000, &mut out);
    tell(&mut rooms, 3, &Told::About(ENDS), 20_000, &mut out);
    tell(&mut rooms, 4, &Told::Tick, 59_999, &mut out);
    assert_eq!(ends(&out), [], "described anew it goes on");
    out.told.clear();
    tell(&mut rooms, 5, &Told::Tick, 60_000, &mut out);
    tell(&mut rooms, 6, &Told::Act(ENDS, 7, Act::Comment), 61_000, &mut out);
    tell(&mut rooms, 7, &Told::Tick, 62_000, &mut out);
    assert_eq!(ends(&out), [at(60_000)], "once");
    assert!(out.told.contains(&name(ENDS)), "ranking hears of it at once");
    let room = &rooms.get("room 3").unwrap().room;
    assert!(!room.is_open() && room.stats(at(62_000)).viewers == 0);
    let over = out.outcomes.iter().filter(|(_, outcome)| {
        matches!(outcome, RoomOutcome::Stayed { verdict: StayVerdict::Ended, .. })
    });
    assert_eq!(over.count(), 1);
    // The same document once more, by somebody who is late, opens nothing.
    let about = About { ends_at: Some(at(60_000)), ..About::default() };
    rooms.told((&name(ENDS), &RoomTold::About { about }, at(65_000)), &mut out);
    tell(&mut rooms, 20, &Told::Tick, 66_000, &mut out);
    assert!(!rooms.get("room 3").unwrap().room.is_open());
    assert_eq!(ends(&out), [at(60_000)]);
    tell(&mut rooms, 21, &Told::About(ENDS), 70_000, &mut out);
    assert!(rooms.get("room 3").unwrap().room.is_open());
    tell(&mut rooms, 22, &Told::Tick, 110_000, &mut out);
    assert_eq!(ends(&out), [at(60_000), at(110_000)]);
}
