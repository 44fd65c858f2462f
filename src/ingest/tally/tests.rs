//! Entries counted by the fate of their drafts.

use super::*;
use crate::ingest::tests::read;

/// Three entries: a list of two items, a like, a like.
fn body() -> Ingested {
    let list = r#"{"type":"expose","user_id":"u","event_id":"l","items":[{"item_id":"a"},{"item_id":"b"}]}"#;
    let like =
        |id: &str| format!(r#"{{"type":"like","user_id":"u","item_id":"a","event_id":"{id}"}}"#);
    read(format!("[{list},{},{}]", like("1"), like("2"))).unwrap()
}

fn check(known: [bool; 4], outcomes: &[RecordOutcome], accepted: usize, set_aside: bool) {
    let mut ingested = body();
    assert_eq!(ingested.lookups, [0, 1, 2, 3]);
    let sorted = Sorted::new(&mut ingested, &known);
    assert_eq!(sorted.drafts.len(), known.iter().filter(|known| !**known).count());
    let tally = sorted.tally(outcomes);
    let found = (tally.accepted, tally.duplicates, tally.set_aside);
    assert_eq!(found, (accepted, 3 - accepted, set_aside), "{known:?} {outcomes:?}");
    assert_eq!(tally.by_type.values().sum::<u64>(), 4);
}

#[test]
fn an_entry_is_a_duplicate_only_if_all_of_it_was_there() {
    use RecordOutcome::{Applied, Duplicate, Late, SetAside};
    check([false; 4], &[Applied, Applied, Late, Applied], 3, false);
    check([false; 4], &[Duplicate, Applied, Duplicate, Applied], 2, false);
    check([true, false, true, false], &[Applied, Duplicate], 1, false);
    check([true; 4], &[], 0, false);
    check([true, true, false, true], &[SetAside], 1, true);
}

#[test]
fn what_nobody_waited_for_is_taken() {
    check([false, false, true, false], &[], 2, false);
}
