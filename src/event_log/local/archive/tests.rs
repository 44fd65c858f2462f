use std::collections::BTreeMap;

use super::super::testing::{event, open, options, record};
use super::*;

/// Names and bytes of the files in `dir`.
fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let named = files.map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read(&path).unwrap())
    });
    named.collect()
}

fn sequences(log: &LogArchive) -> Vec<u64> {
    let mut found = Vec::new();
    log.scan_while(&mut |record| {
        found.push(record.sequence.0);
        ControlFlow::Continue(())
    })
    .unwrap();
    found
}

#[test]
fn looking_at_a_log_changes_nothing_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let aside = engine::RecordBody::SetAside { sequence: Sequence(2), shard: engine::ShardId(1) };
    let records = [
        record(1, event("a", "x", 5)),
        record(2, event("b", "x", 6)),
        record(3, event("c", "x", 7)),
        record(4, aside),
    ];
    log.append(&records, engine::Timestamp::from_millis(9)).unwrap();
    let (key, shards) = (log.key(), log.shards());
    drop(log);
    let before = contents(dir.path());
    let archive = LogArchive::open(dir.path()).unwrap();
    assert_eq!((archive.key(), archive.shards()), (key, shards));
    assert_eq!(sequences(&archive), [1, 3, 4]);
    // Two may look at once.
    assert_eq!(sequences(&LogArchive::open(dir.path()).unwrap()), [1, 3, 4]);
    drop(archive);
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn a_torn_tail_is_passed_over_and_left_there() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    log.append(&[record(1, event("a", "x", 5))], engine::Timestamp::from_millis(9)).unwrap();
    log.append(&[record(2, event("b", "x", 6))], engine::Timestamp::from_millis(9)).unwrap();
    drop(log);
    let newest = wal::files(dir.path()).unwrap().pop().unwrap();
    let bytes = std::fs::read(&newest).unwrap();
    std::fs::write(&newest, &bytes[..bytes.len() - 3]).unwrap();
    let before = contents(dir.path());
    assert_eq!(sequences(&LogArchive::open(dir.path()).unwrap()), [1]);
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn a_log_that_a_node_serves_is_refused_and_one_that_is_not_there_too() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(LogArchive::open(dir.path()), Err(OpenError::Io { .. })));
    let log = open(dir.path());
    assert!(matches!(LogArchive::open(dir.path()), Err(OpenError::InUse { .. })));
    drop(log);
    let archive = LogArchive::open(dir.path()).unwrap();
    let serve = crate::event_log::LocalLog::open(dir.path(), options());
    assert!(matches!(serve, Err(OpenError::InUse { .. })));
    drop(archive);
}
