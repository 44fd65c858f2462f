//! Tests of what the checkpointer keeps.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use engine::ShardId;
use engine::part::CheckpointStore;

use super::*;
use crate::testing::{MemoryLog, MemoryStore};

fn checkpointer(store: &Arc<MemoryStore>) -> Checkpointer {
    struct Deaf;
    impl crate::SetAsideSink for Deaf {
        fn set_aside(&self, _: Sequence, _: ShardId) {}
    }
    let ports = Ports {
        store: Arc::clone(store) as _,
        log: Arc::new(MemoryLog::default()),
        set_aside: Arc::new(Deaf),
        now: Arc::new(|| Timestamp::EPOCH),
        elapsed: Arc::new(|| Duration::ZERO),
        on_cut: Arc::new(|_| ()),
        rooms: Arc::new(crate::NobodyListens),
        on_fatal: Arc::new(|_| ()),
    };
    Checkpointer { ports, carried: BTreeMap::new() }
}

fn part(shard: u16, entries: &[(&str, Option<&str>)]) -> Part {
    let bytes = |text: &str| text.as_bytes().to_vec();
    let entry = |(key, value): &(&str, Option<&str>)| PartEntry {
        key: bytes(key),
        value: value.map(bytes),
    };
    Part { owner: PartOwner::Shard(ShardId(shard)), entries: entries.iter().map(entry).collect() }
}

fn cut(checkpointer: &mut Checkpointer, at: u64, parts: Vec<Part>) -> Result<u64, CutError> {
    let (cut, taken_at) = (Sequence(at), Timestamp::EPOCH);
    let parts = checkpointer.with_carried(parts);
    let order = WriteCut { cut, taken_at, set_aside: Vec::new(), parts: Vec::new() };
    checkpointer.write_or_keep(&order, parts)
}

fn held(store: &MemoryStore, shard: u16) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut entries = Vec::new();
    let owner = PartOwner::Shard(ShardId(shard));
    store.load(owner, &mut |key, value| entries.push((text(key), text(value)))).unwrap();
    entries
}

fn pairs(entries: &[(&str, &str)]) -> Vec<(String, String)> {
    entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn what_a_failed_cut_held_is_in_the_next_and_the_newer_value_wins() {
    let store = Arc::new(MemoryStore::default());
    let mut checkpointer = checkpointer(&store);
    let first = vec![part(0, &[("a", Some("1")), ("b", Some("1"))]), part(1, &[("x", Some("1"))])];
    cut(&mut checkpointer, 10, first).unwrap();

    store.fail_at_write.store(2, Ordering::SeqCst); // the first part is written, the second is not
    let second = vec![part(0, &[("a", Some("2")), ("c", Some("2"))]), part(1, &[("x", None)])];
    let failed = cut(&mut checkpointer, 20, second).unwrap_err();
    assert!(matches!(failed, CutError::NotWritten { cut: Sequence(20), .. }), "{failed}");
    assert_eq!(held(&store, 0), pairs(&[("a", "1"), ("b", "1")]), "the cut before is whole");

    cut(&mut checkpointer, 30, vec![part(0, &[("c", Some("3"))]), part(1, &[])]).unwrap();
    assert_eq!(held(&store, 0), pairs(&[("a", "2"), ("b", "1"), ("c", "3")]));
    assert_eq!(held(&store, 1), []);
    assert!(checkpointer.carried.is_empty());
}

#[test]
fn what_an_abandoned_cut_held_waits_for_the_next() {
    let store = Arc::new(MemoryStore::default());
    let mut checkpointer = checkpointer(&store);
    checkpointer.carry(vec![part(0, &[("a", Some("1"))])]);
    checkpointer.carry(vec![part(0, &[("a", Some("2")), ("b", Some("2"))])]);
    cut(&mut checkpointer, 10, vec![part(0, &[("b", None)]), part(2, &[("z", Some("9"))])])
        .unwrap();
    assert_eq!(held(&store, 0), pairs(&[("a", "2")]));
    assert_eq!(held(&store, 2), pairs(&[("z", "9")]));
}

/// A row of the model had changed a user of whom no record spoke since the cut. The new life does not name such a user,
/// who was then taken for gone: all of their state was lost at the next cut.
#[test]
fn what_a_new_life_does_not_name_is_again_as_in_the_cut_that_it_began_from() {
    let store = Arc::new(MemoryStore::default());
    let mut checkpointer = checkpointer(&store);
    cut(&mut checkpointer, 5, vec![part(0, &[("user", Some("1"))])]).unwrap();
    checkpointer.carry(vec![part(0, &[("user", Some("1 and a row")), ("new", Some("1"))])]);
    checkpointer.forget(PartOwner::Shard(ShardId(0)));
    cut(&mut checkpointer, 10, vec![part(0, &[("other", Some("2"))])]).unwrap();
    assert_eq!(held(&store, 0), pairs(&[("other", "2"), ("user", "1")]));
}

#[test]
fn a_new_life_of_a_shard_replaces_what_its_former_life_had_said() {
    let store = Arc::new(MemoryStore::default());
    let mut checkpointer = checkpointer(&store);
    checkpointer.carry(vec![part(0, &[("a", Some("1")), ("numbered by cut", Some("1"))])]);
    checkpointer.forget(PartOwner::Shard(ShardId(0)));
    cut(&mut checkpointer, 10, vec![part(0, &[("a", Some("2"))])]).unwrap();
    assert_eq!(
        held(&store, 0),
        pairs(&[("a", "2")]),
        "keys that only the former life used are gone"
    );
}
