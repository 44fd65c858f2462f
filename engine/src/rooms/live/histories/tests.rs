use proptest::prelude::*;

use super::super::tests::{Store, at, rules};
use super::super::{LiveRooms, LiveSaid};
use super::*;
use crate::Sequence;
use crate::rooms::{About, RoomTold, Since};

/// Names that a careless key takes for each other.
const NAMES: [&str; 5] = ["a", "a\0\0\0\0\0\0\0\0", "a\0\0\0\0\0\0\0\u{1}", "\u{4}a", "房间"];

fn notice(length: usize) -> Content {
    Content::Notice { data: "x".repeat(length).into() }
}

/// Rooms that are told one thing after the other.
struct Told {
    rooms: LiveRooms,
    sequence: u64,
    millis: u64,
}

impl Told {
    fn new(bounds: LiveBounds) -> Self {
        Self { rooms: LiveRooms::new(rules(), bounds), sequence: 0, millis: 0 }
    }

    fn next(&mut self) {
        self.sequence += 1;
        assert!(self.rooms.begin(Sequence(self.sequence)));
    }

    /// Publishes in a room, which is made where it is not there.
    fn say(&mut self, name: &str, length: usize) {
        self.next();
        let (at, mut out) = (at(self.millis), LiveSaid::default());
        if self.rooms.get(name).is_none() {
            let about = RoomTold::About { about: About::default() };
            self.rooms.told((name, &about, at), &mut out);
        }
        self.rooms.publish(name, notice(length), at, &mut out);
    }

    fn wait(&mut self, millis: u64) {
        self.next();
        self.millis += millis;
        self.rooms.told_time(at(self.millis), &mut LiveSaid::default());
    }

    fn anew(&mut self) {
        self.next();
        self.rooms.begin_epochs();
    }

    fn kept(&self, name: &str) -> Kept {
        self.rooms.get(name).map_or(Kept::default(), |live| live.channel.kept())
    }
}

#[derive(Clone, Debug)]
enum Happens {
    Said(usize, usize, usize),
    Waited(u64),
    Anew,
    Cut,
    Restart,
}

fn happenings() -> impl Strategy<Value = Vec<Happens>> {
    let said = (0..NAMES.len(), 1..100usize, 0..40usize);
    let one = prop_oneof![
        12 => said.prop_map(|(name, times, length)| Happens::Said(name, times, length)),
        3 => (0u64..40_000).prop_map(Happens::Waited),
        1 => (60_000u64..200_000).prop_map(Happens::Waited),
        1 => Just(Happens::Anew),
        4 => Just(Happens::Cut),
        2 => Just(Happens::Restart),
    ];
    prop::collection::vec(one, 1..60)
}

fn tight() -> LiveBounds {
    LiveBounds {
        forget_after_ms: 100_000,
        history: Bounds { publications: 150, bytes: 12_000, age_ms: 80_000 },
        history_bytes: 24_000,
        ..LiveBounds::default()
    }
}

/// Whether two nodes keep the same and answer everybody who comes back the same.
fn check_same(found: &LiveRooms, live: &LiveRooms) {
    assert_eq!(found.digest(), live.digest());
    assert_eq!(found.histories.bytes, live.histories.bytes);
    assert_eq!(found.histories.by_bytes, live.histories.by_bytes);
    for (name, room) in live.iter() {
        let (found, room) = (&found.get(name).unwrap().channel, &room.channel);
        let (epoch, newest) = (room.epoch().as_str(), room.offset());
        for offset in newest.saturating_sub(200)..newest + 2 {
            let since = Since { epoch, offset };
            assert_eq!(found.recover(since), room.recover(since), "{name} since {offset}");
        }
    }
}

/// Whether the cuts so far hold the rooms, and nothing that is no more.
fn check_stored(store: &Store, live: &LiveRooms) {
    check_same(&store.restore(tight()), live);
    let segments = |room: &super::super::LiveRoom| room.channel.segments().count();
    let pieces: usize = live.iter().map(|(_, room)| 2 + segments(room)).sum();
    assert_eq!(store.0.len(), 1 + pieces, "entries: {:?}", store.0.keys());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_cuts_hold_together_is_what_is_there_bit_for_bit(happenings in happenings()) {
        let (mut straight, mut live) = (Told::new(tight()), Told::new(tight()));
        let mut store = Store::default();
        for happens in happenings {
            for told in [&mut straight, &mut live] {
                match happens {
                    Happens::Said(name, times, length) => {
                        (0..times).for_each(|nth| told.say(NAMES[name], length + nth % 3));
                    }
                    Happens::Waited(millis) => told.wait(millis),
                    Happens::Anew => told.anew(),
                    Happens::Cut | Happens::Restart => {}
                }
            }
            if matches!(happens, Happens::Cut | Happens::Restart) {
                store.take(live.rooms.cut());
                check_stored(&store, &live.rooms);
            }
            if matches!(happens, Happens::Restart) {
                live.rooms = store.restore(tight());
            }
            let bytes: u64 = live.rooms.iter().map(|(_, room)| room.channel.kept().bytes).sum();
            prop_assert!(bytes <= tight().history_bytes && bytes == live.rooms.histories.bytes);
        }
        store.take(live.rooms.cut());
        check_stored(&store, &live.rooms);
        check_same(&live.rooms, &straight.rooms);
    }

    #[test]
    fn the_largest_history_lets_go_first(
        said in prop::collection::vec((0..NAMES.len(), 0..9usize), 1..400),
        budget in 1_000u64..8_000,
    ) {
        let history = Bounds { publications: 40, ..Bounds::default() };
        let bounds = LiveBounds { history, history_bytes: budget, ..LiveBounds::default() };
        let mut told = Told::new(bounds);
        // The weights that each room keeps, oldest first.
        let mut model: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for (name, tens) in said {
            told.say(NAMES[name], 10 * tens);
            let kept = model.entry(NAMES[name]).or_default();
            kept.push(notice(10 * tens).weight() as u64);
            if 40 < kept.len() {
                kept.remove(0);
            }
            while budget < model.values().flatten().sum() {
                let several = model.iter_mut().filter(|(_, kept)| 1 < kept.len());
                let largest = several.max_by_key(|(name, kept)| (kept.iter().sum::<u64>(), Reverse(**name)));
                let Some((_, kept)) = largest else { break };
                kept.remove(0);
            }
            for (name, kept) in &model {
                let expected = Kept { publications: kept.len(), bytes: kept.iter().sum() };
                prop_assert_eq!(told.kept(name), expected, "{}", name);
            }
        }
    }
}

#[test]
fn the_newest_publication_stays_whatever_the_budget() {
    let mut told = Told::new(LiveBounds { history_bytes: 1, ..LiveBounds::default() });
    for name in NAMES {
        (0..3).for_each(|_| told.say(name, 10));
    }
    for name in NAMES {
        assert_eq!(told.kept(name).publications, 1, "{name}");
        let channel = &told.rooms.get(name).unwrap().channel;
        let epoch = channel.epoch().as_str();
        assert!(channel.recover(Since { epoch, offset: 2 }).recovered);
        let gone = channel.recover(Since { epoch, offset: 1 });
        assert!(!gone.recovered && gone.offset == 3, "whoever misses what is gone is told so");
    }
}

/// Keys and whether they are put, without what is common and rooms.
fn cut(told: &mut Told) -> Vec<(Vec<u8>, bool)> {
    let entries = told.rooms.cut().into_iter();
    let of_channels = entries.filter(|entry| 1 < entry.key[0]);
    of_channels.map(|entry| (entry.key, entry.value.is_some())).collect()
}

#[test]
fn a_cut_writes_the_head_and_what_was_gained_and_removes_what_was_trimmed() {
    let segment = |number| segment_key("a", number);
    let history = Bounds { publications: 130, ..Bounds::default() };
    let forget_after_ms = 10_000_000;
    let mut told = Told::new(LiveBounds { forget_after_ms, history, ..LiveBounds::default() });
    (0..130).for_each(|_| told.say("a", 5));
    let all = cut(&mut told);
    assert_eq!(all.len(), 4);
    told.say("a", 5);
    let head = (key(HEAD_KEY, "a"), true);
    assert_eq!(cut(&mut told), [head.clone(), (segment(2), true)]);
    assert_eq!(cut(&mut told), []);
    // The first 64 are gone, and 193 to 194 are the fourth segment.
    (0..63).for_each(|_| told.say("a", 5));
    let pieces = [head.clone(), (segment(0), false), (segment(2), true), (segment(3), true)];
    assert_eq!(cut(&mut told), pieces);
    // Too old: nothing is gained, all is gone but the head.
    told.wait(3_700_000);
    told.say("a", 5);
    let gone = [1, 2].map(|number| (segment(number), false));
    assert_eq!(cut(&mut told)[1..], [gone.to_vec(), vec![(segment(3), true)]].concat());
    told.anew();
    assert_eq!(cut(&mut told), [head, (segment(3), false)]);
}

type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

#[test]
fn a_channel_that_is_not_whole_is_refused_and_one_whose_room_is_gone_goes_too() {
    let mut told = Told::new(LiveBounds::default());
    (0..200).for_each(|_| told.say("a", 5));
    let mut whole = Store::default();
    whole.take(told.rooms.cut());
    let why = |change: &dyn Fn(&mut Entries)| {
        let mut entries = whole.0.clone();
        change(&mut entries);
        let found = LiveRooms::restore(rules(), LiveBounds::default(), entries.into_iter());
        found.unwrap_err().to_string()
    };
    let head = key(HEAD_KEY, "a");
    assert!(why(&|all| drop(all.remove(&head))).contains("without its head"));
    assert!(why(&|all| all.retain(|key, _| key[0] < HEAD_KEY)).contains("without its channel"));
    let old = told.rooms.get("a").unwrap().channel.checkpoint().unwrap();
    assert!(why(&|all| drop(all.insert(key(CHANNEL_KEY, "a"), old.clone()))).contains("in pieces"));
    assert!(why(&|all| drop(all.remove(&segment_key("a", 1)))).contains("head tells"));
    assert!(why(&|all| drop(all.insert(vec![SEGMENT_KEY, 7], vec![]))).contains("key is short"));

    whole.0.retain(|key, _| key[0] != 1);
    let mut rooms = whole.restore(LiveBounds::default());
    assert!(rooms.is_empty());
    whole.take(rooms.cut());
    assert_eq!(whole.0.len(), 1, "what is common");
}
