use proptest::prelude::*;

use super::super::words::Words;
use super::super::{About, MomentKey, RoomConfig};
use super::*;

const START_MS: u64 = 1_680_000_000_000;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(START_MS + millis)
}

fn rules() -> Arc<RoomRules> {
    Arc::new(RoomRules { config: RoomConfig::default(), words: Words::default() })
}

fn publication(at: Timestamp, moment: Option<MomentKey>) -> RoomPublication {
    RoomPublication { data: b"{}".as_slice().into(), at, moment }
}

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
    match told {
        Told::Act(room, viewer, act) => {
            let (item, value, text) = (None, None, None);
            let (room, viewer, act) = (name(*room), *viewer, *act);
            rooms.apply(&RoomFact { sequence, room, viewer, act, at, item, value, text }, out);
        }
        Told::About(room) => {
            let about = RoomTold::About { about: About::default() };
            let _ = rooms.told(sequence, (&name(*room), &about, at), out);
        }
        Told::Closed(room) => {
            let _ = rooms.told(sequence, (&name(*room), &RoomTold::Closed, at), out);
        }
        Told::Published(room) => {
            rooms.published(sequence, &name(*room), publication(at, None));
        }
        Told::Tick => rooms.told_time(sequence, at, out),
        Told::AllLost => rooms.all_lost(sequence, at, out),
    }
}

/// A store as the checkpoint's: later entries take the place of earlier ones, or take them away.
#[derive(Default)]
struct Store(BTreeMap<Vec<u8>, Vec<u8>>);

impl Store {
    fn take(&mut self, entries: Vec<PartEntry>) {
        for PartEntry { key, value } in entries {
            match value {
                Some(value) => drop(self.0.insert(key, value)),
                None => drop(self.0.remove(&key)),
            }
        }
    }

    fn restore(&self, bounds: LiveBounds) -> LiveRooms {
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
                store.take(other.cut().unwrap());
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
    assert!(!rooms.told(Sequence(3), ("room 1", &RoomTold::Closed, at(0)), &mut out));
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
    assert!(rooms.told(Sequence(1), ("room 9", &awaited, at(0)), &mut out));
    tell(&mut rooms, 2, &Told::Act(1, 7, Act::Join), 0, &mut out);
    let mut store = Store::default();
    store.take(rooms.cut().unwrap());
    assert_eq!(store.0.len(), 3);
    // Silence ends the stay; an hour later the room is gone, the announced one is not.
    let mut millis = 0;
    for sequence in 3..130 {
        millis += 60_000;
        tell(&mut rooms, sequence, &Told::Tick, millis, &mut out);
    }
    let names: Vec<&str> = rooms.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["room 9"]);
    store.take(rooms.cut().unwrap());
    assert_eq!(store.0.len(), 2);
    assert_eq!(rooms.cut().unwrap().len(), 1, "nothing but what is common changed since");
}

#[test]
fn damaged_entries_are_refused() {
    let refuses = |key: &[u8], value: &[u8]| {
        let entries = [(key.to_vec(), value.to_vec())].into_iter();
        LiveRooms::restore(rules(), LiveBounds::default(), entries).is_err()
    };
    assert!(refuses(&[], &[]) && refuses(&[7], &[1]) && refuses(&[0], &[9]));
    assert!(refuses(&[1, 0xff], &[1]) && refuses(b"\x01a", &[1, 0]));
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
fn a_moment_is_owed_until_it_is_published_and_published_once() {
    let bounds = LiveBounds::default();
    let (mut rooms, mut out) = (LiveRooms::new(rules(), bounds), LiveSaid::default());
    let mut sequence = 0;
    let mut comment = |rooms: &mut LiveRooms, out: &mut LiveSaid, viewer: u64, millis: u64| {
        sequence += 1;
        tell(rooms, sequence, &Told::Act(1, viewer, Act::Comment), millis, out);
        sequence
    };
    (0..120).for_each(|n| {
        comment(&mut rooms, &mut out, n % 20, n * 1_000);
    });
    let mut store = Store::default();
    store.take(rooms.cut().unwrap());
    assert_eq!(rooms.owed().count(), 0);
    (0..200).for_each(|n| {
        comment(&mut rooms, &mut out, 100 + n, 120_000 + n * 10);
    });
    let last = comment(&mut rooms, &mut out, 1, 124_000);
    let [(_, moment)] = &out.highlights[..] else { panic!("{:?}", out.highlights) };
    // The node dies before the publication is in the log, and after a cut.
    store.take(rooms.cut().unwrap());
    let mut rooms = store.restore(bounds);
    let owed: Vec<Highlight> = rooms.owed().map(|(_, owed)| owed.clone()).collect();
    assert_eq!(owed, std::slice::from_ref(moment));
    let told = || publication(at(125_000), Some(moment.key()));
    assert_eq!(rooms.published(Sequence(last + 1), "room 1", told()), Some(1));
    assert_eq!(rooms.published(Sequence(last + 2), "room 1", told()), None);
    assert_eq!((rooms.owed().count(), rooms.get("room 1").unwrap().channel.offset()), (0, 1));
    store.take(rooms.cut().unwrap());
    assert_eq!(store.restore(bounds).owed().count(), 0);
}

#[test]
fn what_is_owed_is_bounded_where_nothing_can_be_published() {
    let (mut rooms, mut out) =
        (LiveRooms::new(rules(), LiveBounds::default()), LiveSaid::default());
    let mut sequence = 0;
    for cycle in 0..12u64 {
        for n in 0..240 {
            // Three minutes of a comment a second, then sixty at once.
            let millis = cycle * 180_000 + if n < 180 { n * 1_000 } else { 179_000 + n };
            sequence += 1;
            tell(&mut rooms, sequence, &Told::Act(1, n, Act::Comment), millis, &mut out);
        }
    }
    assert!(MOST_OWED < out.highlights.len(), "{}", out.highlights.len());
    let owed: Vec<&Highlight> = rooms.owed().map(|(_, owed)| owed).collect();
    let newest = out.highlights.iter().rev().take(MOST_OWED).rev();
    assert_eq!(owed, newest.map(|(_, moment)| moment).collect::<Vec<_>>());
}
