use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::activity::testing::{CLICK, DISLIKE, IMPRESSION, Stream, config, put};
use crate::activity::{ActivityView, HalfLife, Window};
use crate::retrieval::similar_sessions;
use crate::{RecordBody, Timestamp};

/// What a store holds after some cuts.
type Kept = BTreeMap<Vec<u8>, Vec<u8>>;

fn keep(kept: &mut Kept, part: Part) {
    assert_eq!(part.owner, PartOwner::Activity);
    for entry in part.entries {
        match entry.value {
            Some(value) => kept.insert(entry.key, value),
            None => kept.remove(&entry.key),
        };
    }
}

fn restored(kept: &Kept) -> ItemActivity {
    ItemActivity::restore(Arc::new(config()), kept.clone().into_iter()).unwrap()
}

/// Some of everything, from step to step.
fn run(stream: &mut Stream, steps: std::ops::Range<u64>) {
    for step in steps {
        stream.wait(700);
        let (user, item) = (step % 13, step * step % 40);
        match step % 9 {
            0 => stream.record(described(stream.now(), item as u32, step as u32)),
            1 => stream.fact(user, item, IMPRESSION),
            2 => stream.fact(user, item, DISLIKE),
            3 if step % 4 == 0 => {
                let at = stream.now();
                stream.record(RecordBody::ItemDelete { item: ItemIndex(item as u32), at });
            }
            4 => stream.tick(),
            _ => stream.fact_in(user, item, &[step as u32 % 5]),
        }
        if step % 7 == 0 {
            stream.fact(user, item, CLICK);
        }
    }
}

/// A document with two or six categories, some for sale only for a while, some live rooms.
fn described(now: Timestamp, item: u32, step: u32) -> RecordBody {
    let categories = [step % 5, 7, 5, 6, 8, 9];
    let RecordBody::ItemPut { item, mut doc, at } =
        put(item, &categories[..if step.is_multiple_of(2) { 6 } else { 2 }])
    else {
        unreachable!()
    };
    match step % 4 {
        0 => doc.expires_at = Some(now.plus_millis(60_000)),
        1 => doc.published_at = Some(now.plus_millis(30_000)),
        2 => doc.kind = crate::record::ItemKind::LiveRoom,
        _ => {}
    }
    RecordBody::ItemPut { item, doc, at }
}

/// Everything that a view shows.
fn shown(view: &ActivityView) -> impl PartialEq + std::fmt::Debug + use<> {
    let items = (0..view.items() as u32).map(ItemIndex);
    let rows: Vec<_> = items
        .map(|item| {
            let categories: Vec<_> =
                (0..10).filter(|c| view.is_in_any(item, &[CategoryId(*c)])).collect();
            (
                view.columns(item).copied(),
                categories,
                view.neighbours(item),
                view.click_through(item),
            )
        })
        .collect();
    let lists = HalfLife::ALL.map(|half_life| view.popular(half_life).to_vec());
    let categories: Vec<_> = (0..10)
        .map(CategoryId)
        .map(|c| {
            let scored =
                (view.popular_in(c).to_vec(), view.windowed(Window::Hour, Some(c)).to_vec());
            (scored, view.newest_in(c).to_vec(), view.rooms(Some(c)).to_vec())
        })
        .collect();
    let windows = Window::ALL.map(|window| view.windowed(window, None).to_vec());
    let newest = (view.fresh().to_vec(), view.rooms(None).to_vec());
    let recent: Vec<ItemIndex> = (0..40).map(ItemIndex).collect();
    let sessions = similar_sessions::shares(3, &recent, view);
    let rest = (view.trending().to_vec(), newest, view.events(), sessions);
    (rows, lists, categories, windows, rest, view.published_at())
}

#[test]
fn what_the_cuts_hold_is_the_state_and_shows_the_same() {
    let mut stream = Stream::new(config());
    stream.items(40);
    let mut kept = Kept::new();
    for round in 0..5 {
        run(&mut stream, round * 300..round * 300 + 300);
        keep(&mut kept, stream.activity.cut());
        let mut back = restored(&kept);
        assert_eq!(back.digest(), stream.activity.digest());
        assert_eq!(back.offset(), stream.activity.offset());
        assert_eq!(back.drained_from, stream.activity.drained_from);
        assert_eq!(shown(&back.publish()), shown(&stream.activity.publish()));
    }
}

#[test]
fn a_restored_node_goes_on_as_if_nothing_had_been() {
    let mut whole = Stream::new(config());
    whole.items(40);
    run(&mut whole, 0..900);
    let mut kept = Kept::new();
    keep(&mut kept, whole.activity.cut());
    let at_cut = std::mem::replace(&mut whole.activity, restored(&kept));
    let mut unbroken = Stream::of(at_cut);
    for user in 0..20 {
        for stream in [&mut whole, &mut unbroken] {
            let mut fact = crate::activity::testing::fact(10_000 + user, user, user % 9, CLICK);
            fact.recent = (10..30).map(ItemIndex).collect();
            fact.at = Timestamp::from_millis(1_700_001_000_000 + user);
            stream.activity.apply_fact(&fact);
        }
    }
    assert_eq!(whole.activity.digest(), unbroken.activity.digest());
    assert_eq!(shown(&whole.activity.publish()), shown(&unbroken.activity.publish()));
}

#[test]
fn a_cut_holds_only_what_changed() {
    let mut stream = Stream::new(config());
    stream.items(1_000);
    stream.activity.cut();
    assert_eq!(stream.activity.cut().entries.len(), 1);
    stream.fact(1, 5, CLICK);
    stream.fact(1, 6, CLICK);
    let keys: Vec<_> =
        stream.activity.cut().entries.into_iter().map(|entry| entry.key[0]).collect();
    assert_eq!(keys, b"iivvsg");
}

#[test]
fn damaged_entries_are_refused() {
    let mut stream = Stream::new(config());
    stream.items(3);
    let good = stream.activity.cut();
    let restore = |key: &[u8], value: &[u8]| {
        let entries = std::iter::once((key.to_vec(), value.to_vec()));
        ItemActivity::restore(Arc::new(config()), entries).err()
    };
    let (key, value) = (&good.entries[0].key, good.entries[0].value.clone().unwrap());
    assert!(restore(key, &value).is_none());
    assert!(restore(key, &value[..value.len() - 1]).is_some());
    assert!(matches!(restore(key, &[9, 9]), Some(CodecError::Version { found: 9, .. })));
    assert!(restore(b"z\0\0\0\0", &value).is_some());
    assert!(restore(b"d", &value).is_some());
}

#[test]
fn every_version_as_it_was_first_written_still_loads() {
    loads_as_it_was(include_str!("activity_v1.txt"));
    loads_as_it_was(include_str!("activity_v2.txt"));
}

fn loads_as_it_was(fixture: &str) {
    let mut kept = Kept::new();
    for line in fixture.lines().filter(|line| !line.starts_with('#')) {
        let (key, value) = line.split_once(' ').unwrap();
        kept.insert(unhex(key), unhex(value));
    }
    let mut back = restored(&kept);
    assert_eq!(back.category_names().collect::<Vec<_>>(), [(CategoryId(2), "c2")]);
    let view = back.publish();
    assert_eq!((back.offset().0, view.items(), view.events()), (13, 4, 6));
    let (_, _, name, doc) = back.docs().nth(1).unwrap();
    assert_eq!((name, doc.unwrap().categories[0].0), ("i1", CategoryId(2)));
    assert_eq!(view.popular(HalfLife::Middle)[0].0, ItemIndex(1));
    assert_eq!(view.windowed(Window::Hour, Some(CategoryId(2)))[0], (ItemIndex(1), 3.0));
    let near = view.neighbours(ItemIndex(0));
    assert_eq!(near[0].0, ItemIndex(1));
    assert_eq!(view.trending().len(), 2);
    assert!(!view.fresh().contains(&ItemIndex(3)));
}

/// The state behind the fixture; printed by the ignored test below when a version is first written.
fn fixture_stream() -> Stream {
    let mut stream = Stream::new(config());
    stream.items(4);
    stream.record(put(1, &[2]));
    for user in 1..4 {
        stream.wait(1_000);
        stream.fact(user, 0, CLICK);
        stream.fact_in(user, 1, &[2]);
    }
    stream.fact(1, 2, IMPRESSION);
    let at = stream.now();
    stream.record(RecordBody::ItemDelete { item: ItemIndex(3), at });
    stream
}

#[test]
#[ignore = "writes a fixture; run by hand for a new version"]
fn print_the_fixture() {
    for entry in fixture_stream().activity.cut().entries {
        println!("{} {}", hex(&entry.key), hex(&entry.value.unwrap()));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// A number whose last document was overwritten went to another name after a restart, and users' liking for
/// the one category counted for the other; then the number stayed taken, but the name got a new one.
#[test]
fn a_category_keeps_number_and_name_when_no_document_carries_it_any_more() {
    let mut stream = Stream::new(config());
    stream.record(put(1, &[0, 6]));
    stream.record(put(1, &[0]));
    let mut kept = Kept::new();
    keep(&mut kept, stream.activity.cut());
    assert_eq!(stream.activity.categories(), 7);
    let back = restored(&kept);
    assert_eq!(back.categories(), 7);
    let names: Vec<_> = back.category_names().map(|(number, name)| (number.0, name)).collect();
    assert_eq!(names, [(0, "c0"), (6, "c6")]);
}
