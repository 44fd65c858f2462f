//! What the log does about a WAL that is not as it was written, with RocksDB in the loop.

use std::path::{Path, PathBuf};

use engine::log::LogReader as _;
use engine::{Sequence, Timestamp};

use super::super::LocalLog;
use super::super::testing::{event, open, options, record};
use super::*;

/// A log whose only WAL holds `records` records, one commit each; answers with that file.
fn log_of(dir: &Path, records: u64) -> PathBuf {
    let log = open(dir);
    for number in 1..=records {
        append(&log, number);
    }
    drop(log);
    files(dir).unwrap().pop().unwrap()
}

fn append(log: &LocalLog, number: u64) {
    let body = event("u", &format!("event {number}, some text"), number);
    log.append(&[record(number, body)], Timestamp::from_millis(number)).unwrap();
}

fn sequences(log: &LocalLog) -> Vec<u64> {
    let mut found = Vec::new();
    log.scan(Sequence(0), Sequence(u64::MAX), None, &mut |record| found.push(record.sequence.0))
        .unwrap();
    found
}

/// A fresh directory with the files of `dir`.
fn copy(dir: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    copy
}

#[test]
fn a_wal_cut_at_any_length_opens_and_loses_only_what_was_cut() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let wal = || files(dir.path()).unwrap().pop().unwrap();
    let lengths: Vec<u64> = (1..=4)
        .map(|number| {
            append(&log, number);
            wal().metadata().unwrap().len()
        })
        .collect();
    let as_of_now = copy(dir.path());
    drop(log);
    let name = wal().file_name().unwrap().to_owned();
    for cut in (lengths[2]..=lengths[3]).rev() {
        let dir = copy(as_of_now.path());
        let file = std::fs::OpenOptions::new().write(true).open(dir.path().join(&name)).unwrap();
        file.set_len(cut).unwrap();
        let kept = lengths.iter().filter(|length| **length <= cut).count() as u64;
        let log = open(dir.path());
        assert_eq!(sequences(&log), (1..=kept).collect::<Vec<_>>(), "cut at {cut}");
        assert_eq!(log.last(), Sequence(kept));
    }
}

#[test]
fn a_torn_log_goes_on_behind_what_is_whole_and_never_reuses_a_sequence() {
    let dir = tempfile::tempdir().unwrap();
    let wal = log_of(dir.path(), 3);
    let length = wal.metadata().unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&wal).unwrap().set_len(length - 1).unwrap();
    let log = open(dir.path());
    assert_eq!(sequences(&log), [1, 2]);
    assert!(Sequence(3) < log.first_free());
    let next = log.first_free().0;
    append(&log, next);
    drop(log);
    assert_eq!(sequences(&open(dir.path())), [1, 2, next]);
}

#[test]
fn a_flipped_byte_anywhere_in_the_wal_keeps_the_log_closed_and_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let wal = log_of(dir.path(), 5);
    let name = wal.file_name().unwrap();
    let bytes = std::fs::read(&wal).unwrap();
    for at in (0..bytes.len()).step_by(7) {
        let dir = copy(dir.path());
        let file = dir.path().join(name);
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x04;
        std::fs::write(&file, &flipped).unwrap();
        let refused = LocalLog::open(dir.path(), options()).unwrap_err();
        assert!(refused.to_string().contains(file.to_str().unwrap()), "byte {at}: {refused}");
        assert_eq!(std::fs::read(&file).unwrap(), flipped, "a damaged file is left as it is");
    }
}

/// The reason this module exists. If one of these ever starts to hold in RocksDB alone, the walk may go.
#[test]
fn rocksdb_alone_drops_records_behind_a_flipped_length_in_silence() {
    let dir = tempfile::tempdir().unwrap();
    let wal = log_of(dir.path(), 5);
    let mut bytes = std::fs::read(&wal).unwrap();
    // The high byte of the first record's length: it now reaches past the end of the file.
    bytes[5] ^= 0x20;
    std::fs::write(&wal, &bytes).unwrap();
    let mut options = super::super::options::database();
    options.set_wal_recovery_mode(rocksdb::DBRecoveryMode::TolerateCorruptedTailRecords);
    let families = super::super::options::families(&super::super::Horizons::default());
    let db = rocksdb::DB::open_cf_descriptors(&options, dir.path(), families).unwrap();
    assert_eq!(db.latest_sequence_number(), 0, "five commits are gone and nobody was told");
}

#[test]
fn a_wal_that_was_closed_must_not_be_short() {
    let dir = tempfile::tempdir().unwrap();
    let wal = log_of(dir.path(), 3);
    let length = wal.metadata().unwrap().len();
    // A newer, empty WAL makes this one closed.
    std::fs::write(dir.path().join("999999.log"), b"").unwrap();
    std::fs::OpenOptions::new().write(true).open(&wal).unwrap().set_len(length - 1).unwrap();
    let refused = LocalLog::open(dir.path(), options()).unwrap_err();
    assert!(matches!(&refused, OpenError::Damaged { file, .. } if *file == wal), "{refused}");
}

#[test]
fn a_flipped_byte_in_a_table_file_stops_the_scan_and_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    for number in 1..=50 {
        append(&log, number);
    }
    let records = log.family(super::super::keys::RECORDS).unwrap();
    log.db.flush_cf(records).unwrap();
    drop(log);
    let is_table = |path: &PathBuf| path.extension().is_some_and(|end| end == "sst");
    let tables = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
    let table = tables.filter(is_table).max_by_key(|path| path.metadata().unwrap().len()).unwrap();
    let mut bytes = std::fs::read(&table).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&table, bytes).unwrap();

    let scanned =
        LocalLog::open(dir.path(), options()).map_err(|error| error.to_string()).and_then(|log| {
            log.scan(Sequence(0), Sequence(u64::MAX), None, &mut |_| {})
                .map_err(|error| error.to_string())
        });
    let name = table.file_name().unwrap().to_str().unwrap();
    assert!(scanned.as_ref().unwrap_err().contains(name), "{scanned:?}");
}
