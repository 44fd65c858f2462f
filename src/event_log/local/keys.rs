//! Keys and small values of the log's column families.
//!
//! | family | key | value |
//! |---|---|---|
//! | `records` | sequence BE | [`engine::Record`], encoded |
//! | `ids` | user hash BE, id BE | receipt, ms BE |
//! | `served` | shard BE, number BE | sequence BE |
//! | `default` | `node` | [`super::identity::Identity`], encoded |
//! | | `starts` | times opened, u32 BE |
//! | | `reserved` | sequence BE: none above it was ever given out |
//! | | `a`, sequence BE | shard BE: the record is set aside |
//! | | `m`, sequence BE | ms BE, bytes BE: when it was written, and bytes written up to it |
//! | | `s`, source BE | position BE: rows of the source acknowledged |
//!
//! Big endian, so that RocksDB's byte order is the order of the numbers.

use engine::{RecommendationId, Sequence};

/// Family of the records.
pub const RECORDS: &str = "records";
/// Family of the event ids.
pub const IDS: &str = "ids";
/// Family that finds a served list's record.
pub const SERVED: &str = "served";

/// Who the directory belongs to.
pub const NODE: &[u8] = b"node";
/// How often it was opened.
pub const STARTS: &[u8] = b"starts";
/// No sequence above this one was ever given out.
pub const RESERVED: &[u8] = b"reserved";

const SET_ASIDE: u8 = b'a';
const MARK: u8 = b'm';
const SOURCE: u8 = b's';

/// Key of a record.
pub fn record(sequence: Sequence) -> [u8; 8] {
    sequence.0.to_be_bytes()
}

/// Key of an event id.
pub fn id(user_hash: u64, id: u64) -> [u8; 16] {
    pair(user_hash, id)
}

/// Key of a served list.
pub fn served(id: RecommendationId) -> [u8; 10] {
    let mut key = [0; 10];
    key[..2].copy_from_slice(&id.shard.0.to_be_bytes());
    key[2..].copy_from_slice(&id.number.to_be_bytes());
    key
}

/// Key of a record that is set aside.
pub fn set_aside(sequence: Sequence) -> [u8; 9] {
    tagged(SET_ASIDE, sequence.0)
}

/// Key of a mark: how much was written by when.
pub fn mark(sequence: Sequence) -> [u8; 9] {
    tagged(MARK, sequence.0)
}

/// Key of a source's progress.
pub fn source(source: u64) -> [u8; 9] {
    tagged(SOURCE, source)
}

/// Two numbers, big endian.
pub fn pair(first: u64, second: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&first.to_be_bytes());
    bytes[8..].copy_from_slice(&second.to_be_bytes());
    bytes
}

/// The number that starts at `at`; `None` where the bytes end before it does.
pub fn number(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn tagged(tag: u8, number: u64) -> [u8; 9] {
    let mut key = [tag; 9];
    key[1..].copy_from_slice(&number.to_be_bytes());
    key
}
