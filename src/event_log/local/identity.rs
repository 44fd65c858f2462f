//! Whose directory it is: the key drawn when it was made, its shards, how often it was opened.
//!
//! **Format:** version 1 of the directory is version 1 of [`Identity`]. A change of any key or value in
//! [`super::keys`] is a new version.
//!
//! Not here: the keys and values of everything else.

use bincode::{Decode, Encode};
use engine::codec::{self, CodecError};
use engine::{NodeKey, Sequence};
use rocksdb::{DB, WriteBatch, WriteOptions};

use super::{keys, storage};
use crate::event_log::OpenError;

/// Format version of the directory.
const FORMAT: u8 = 1;

/// Sequences that are reserved at a time: after a crash as many may be skipped, never one repeated.
pub const RESERVE: u64 = 65_536;

/// What never changes about a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Identity {
    /// Secret of all keyed hashes.
    pub key: NodeKey,
    /// Number of shards, a power of two.
    pub shards: u16,
}

/// One opening of a directory.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// Whose it is.
    pub identity: Identity,
    /// Which opening this is, from 1.
    pub count: u32,
    /// The lowest sequence that was never given out.
    pub first_free: Sequence,
    /// Sequences up to this one may be given out.
    pub reserved: Sequence,
}

/// Reads the identity, or draws one for an empty directory, and writes down that it was opened.
pub fn start(db: &DB, shards: u16, last: Sequence) -> Result<Start, OpenError> {
    let read = |key| db.get(key).map_err(|error| storage(db.path(), &error));
    let identity = match read(keys::NODE)? {
        Some(bytes) => known(db, &bytes)?,
        None if Sequence(0) < last => {
            return Err(OpenError::NoIdentity { dir: db.path().to_path_buf() });
        }
        None => draw(shards)?,
    };
    if identity.shards != shards {
        let dir = db.path().to_path_buf();
        return Err(OpenError::Shards { dir, stored: identity.shards, asked: shards });
    }
    let count =
        read(keys::STARTS)?.and_then(|bytes| Some(u32::from_be_bytes(bytes.try_into().ok()?)));
    let reserved = read(keys::RESERVED)?.and_then(|bytes| keys::number(&bytes, 0)).unwrap_or(0);
    let used = last.0.max(reserved);
    let start = Start {
        identity,
        count: count.unwrap_or(0) + 1,
        first_free: Sequence(used + 1),
        reserved: Sequence(used + RESERVE),
    };
    write(db, &start)?;
    Ok(start)
}

/// Reads the identity.
pub fn read(db: &DB) -> Result<Identity, OpenError> {
    let found = db.get(keys::NODE).map_err(|error| storage(db.path(), &error))?;
    let nobody = || OpenError::NoIdentity { dir: db.path().to_path_buf() };
    known(db, &found.ok_or_else(nobody)?)
}

fn known(db: &DB, bytes: &[u8]) -> Result<Identity, OpenError> {
    let as_format = |source: CodecError| OpenError::Format { dir: db.path().to_path_buf(), source };
    codec::decode(FORMAT, bytes).map_err(as_format)
}

fn draw(shards: u16) -> Result<Identity, OpenError> {
    let mut key = [0; 16];
    getrandom::fill(&mut key).map_err(|error| OpenError::Entropy(error.to_string()))?;
    Ok(Identity { key: NodeKey(key), shards })
}

fn write(db: &DB, start: &Start) -> Result<(), OpenError> {
    let dir = || db.path().to_path_buf();
    let identity = codec::encode(FORMAT, &start.identity)
        .map_err(|source| OpenError::Format { dir: dir(), source })?;
    let mut batch = WriteBatch::default();
    batch.put(keys::NODE, identity);
    batch.put(keys::STARTS, start.count.to_be_bytes());
    batch.put(keys::RESERVED, keys::record(start.reserved));
    let mut options = WriteOptions::default();
    options.set_sync(true);
    db.write_opt(batch, &options).map_err(|error| storage(db.path(), &error))
}
