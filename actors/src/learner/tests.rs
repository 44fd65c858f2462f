//! Tests of the learner's small parts; the actor runs in the dispatcher's tests.

use engine::part::{PartEntry, PartOwner};

use super::*;

fn part(entries: &[(&[u8], Option<&[u8]>)]) -> Part {
    let entry = |(key, value): &(&[u8], Option<&[u8]>)| PartEntry {
        key: key.to_vec(),
        value: value.map(<[u8]>::to_vec),
    };
    Part { owner: PartOwner::Model, entries: entries.iter().map(entry).collect() }
}

#[test]
fn a_fresh_start_clears_away_once_what_it_does_not_write() {
    let mut fresh = FreshStart::over([b"a".to_vec(), b"b".to_vec(), b"c".to_vec()].into_iter());
    let cleared = fresh.clear(part(&[(b"b", Some(b"new"))]));
    assert_eq!(cleared, part(&[(b"b", Some(b"new")), (b"a", None), (b"c", None)]));
    let next = part(&[(b"a", Some(b"later"))]);
    assert_eq!(fresh.clear(next.clone()), next);
}
