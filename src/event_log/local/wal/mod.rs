//! Judges the write-ahead log before RocksDB reads it: is its end torn, or is it damaged?
//!
//! RocksDB's own modes do not tell the two apart. Its default stops in silence at the first bad record;
//! the one that "tolerates corrupted tail records" still takes a damaged length in the last block, or a
//! damaged type anywhere, for the end of the file, and drops every record behind it. So the file is
//! walked here, a torn tail is cut off, and RocksDB then opens with no tolerance at all.
//!
//! What is a torn tail: something that ends the file, with no later record behind it, and that
//! - is shorter than its header says, or
//! - has sectors of zeros, which is what a file system shows where a size reached the disk and the
//!   bytes did not (the rule of etcd's WAL).
//!
//! Everything else is damage, the last record included: a record that is whole in length but fails its
//! checksum may have been acknowledged. Every write is synced before the next begins, so at most the
//! last record can be torn; a later record behind a bad place is proof of damage.
//!
//! **Invariant:** no byte of a whole record is ever cut off.
//!
//! Not here: table files; their blocks carry checksums that RocksDB checks on every read.

mod crc32c;
mod walk;

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use self::walk::Verdict;
use super::io;
use crate::event_log::OpenError;

/// A tail that was never finished.
pub(super) struct TornTail {
    file: PathBuf,
    /// Bytes in front of it.
    whole: usize,
    length: usize,
}

/// Checks every WAL in `dir`, oldest first, and cuts a torn tail off the newest.
pub(super) fn settle(dir: &Path) -> Result<(), OpenError> {
    match torn_tail(dir)? {
        Some(torn) => cut_off(&torn.file, torn.whole, torn.length),
        None => Ok(()),
    }
}

/// Checks every WAL in `dir`, oldest first; the torn tail of the newest, where it has one.
pub(super) fn torn_tail(dir: &Path) -> Result<Option<TornTail>, OpenError> {
    let files = files(dir)?;
    for (place, file) in files.iter().enumerate() {
        let bytes = std::fs::read(file).map_err(|source| io(file, source))?;
        match walk::judge(&bytes) {
            Verdict::Whole => {}
            Verdict::Torn { whole } if place + 1 == files.len() => {
                return Ok(Some(TornTail { file: file.clone(), whole, length: bytes.len() }));
            }
            Verdict::Torn { whole } => {
                let reason = "it ends in the middle of a record";
                return Err(OpenError::Damaged {
                    file: file.clone(),
                    offset: whole as u64,
                    reason,
                });
            }
            Verdict::Damaged { offset, reason } => {
                let offset = offset as u64;
                return Err(OpenError::Damaged { file: file.clone(), offset, reason });
            }
        }
    }
    Ok(None)
}

/// The WAL files of `dir`, oldest first.
pub(super) fn files(dir: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|source| io(dir, source))? {
        let path = entry.map_err(|source| io(dir, source))?.path();
        let is_wal = path.extension().is_some_and(|extension| extension == "log");
        let number = path.file_stem().and_then(|stem| stem.to_str()?.parse::<u64>().ok());
        if let (true, Some(number)) = (is_wal, number) {
            found.push((number, path));
        }
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

fn cut_off(file: &Path, whole: usize, length: usize) -> Result<(), OpenError> {
    tracing::warn!(
        file = %file.display(), kept = whole, dropped = length - whole,
        "the log ends in a write that was never finished; it was not acknowledged and is cut off"
    );
    let shorten = || {
        let open = OpenOptions::new().write(true).open(file)?;
        open.set_len(whole as u64)?;
        open.sync_all()
    };
    shorten().map_err(|source| io(file, source))
}

#[cfg(test)]
mod tests;
