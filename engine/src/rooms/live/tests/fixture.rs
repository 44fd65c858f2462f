//! Entries of live rooms as each version wrote them, which must load for ever.
//!
//! A line of the fixture is one entry: key and value in hexadecimal. `rooms-v1.hex` was written by nodes that kept a channel
//! in one entry; no program writes it again.

use super::*;

/// With a channel in one entry.
const VERSION_1: &str = include_str!("../../fixtures/rooms-v1.hex");

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|p| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap()).collect()
}

fn store(fixture: &str) -> Store {
    let entry = |line: &str| {
        let (key, value) = line.split_once(' ').unwrap();
        (unhex(key), unhex(value))
    };
    Store(fixture.lines().map(entry).collect())
}

/// 100 publications are kept of each room.
fn bounds() -> LiveBounds {
    let history = Bounds { publications: 100, ..Bounds::default() };
    LiveBounds { history, ..LiveBounds::default() }
}

fn offsets(rooms: &LiveRooms, room: &str, epoch: &str, since: u64) -> Vec<u64> {
    let channel = &rooms.get(room).unwrap().channel;
    let answer = channel.recover(crate::rooms::Since { epoch, offset: since });
    assert!(answer.recovered, "{room} since {since}");
    answer.publications.iter().map(|it| it.offset).collect()
}

/// What the fixture holds: a room past its bound, one whose name is not like others, one in which nothing was said.
fn check(rooms: &LiveRooms) {
    let names: Vec<&str> = rooms.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["quiet", "room 1", "房间\0"]);
    assert_eq!(offsets(rooms, "room 1", "fmpk3h", 51), (52..=151).collect::<Vec<_>>());
    assert_eq!(offsets(rooms, "房间\0", "4vb5md", 0), [1, 2]);
    assert_eq!(offsets(rooms, "quiet", "4vb5md", 0), [0; 0]);
    let channel = &rooms.get("room 1").unwrap().channel;
    let last = channel.recover(crate::rooms::Since { epoch: "fmpk3h", offset: 150 });
    assert_eq!(last.publications[0].content, Content::Notice { data: "149".into() });
}

/// After the first cut of this program nothing is left of the old form.
fn check_renewed(store: &Store, rooms: &LiveRooms, segments: usize) {
    assert_eq!(store.0.keys().filter(|key| key[0] == 2).count(), 0, "the old form is gone");
    assert_eq!(store.0.len(), 1 + 3 + 3 + segments, "what is common, three rooms, three heads");
    assert_eq!(store.restore(bounds()).digest(), rooms.digest());
}

#[test]
fn channels_of_old_cuts_are_read_and_the_next_cut_has_them_in_pieces() {
    let mut store = store(VERSION_1);
    // As if published by the rules of today: under others it would all begin anew.
    store.take(LiveRooms::new(rules(), bounds()).cut());
    let mut rooms = store.restore(bounds());
    check(&rooms);
    store.take(rooms.cut());
    // Offsets 52 to 151 and 1 to 2.
    check_renewed(&store, &rooms, 3 + 1);
    check(&store.restore(bounds()));
    assert_eq!(rooms.cut().len(), 1, "nothing but what is common");
}

#[test]
fn channels_of_old_rules_begin_anew_and_leave_nothing_of_the_old_form() {
    let mut store = store(VERSION_1);
    let mut rooms = store.restore(bounds());
    assert!(rooms.iter().all(|(_, live)| live.channel.offset() == 0));
    store.take(rooms.cut());
    check_renewed(&store, &rooms, 0);
}
