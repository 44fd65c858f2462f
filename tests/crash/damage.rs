//! What a crash does to files: a power cut forgets what was not synced, a bad disk changes a byte.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

/// The log's WAL files below a data directory, oldest first.
pub fn wal_files(data_dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(data_dir.join("log")).expect("a log folder");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    files.sort();
    files
}

/// Cuts the WAL to what the last note says was synced, as a power cut would; gives the bytes forgotten.
///
/// A file newer than the noted one has nothing synced in it; an older one was closed, and so synced.
pub fn forget_unsynced(data_dir: &Path, notes: &Path) -> u64 {
    let notes = fs::read_to_string(notes).unwrap_or_default();
    // The kill may have torn the last line.
    let whole = notes.rfind('\n').map_or("", |end| &notes[..end]);
    let (name, length) =
        whole.lines().next_back().and_then(|line| line.split_once(' ')).expect("a note");
    let length: u64 = length.parse().expect("a length");
    let mut forgotten = 0;
    for file in wal_files(data_dir) {
        let here = file.file_name().expect("a file").to_string_lossy().into_owned();
        if here.as_str() < name {
            continue;
        }
        let keep = if here == name { length } else { 0 };
        let size = fs::metadata(&file).expect("a WAL").len();
        let handle = OpenOptions::new().write(true).open(&file).expect("a writable WAL");
        handle.set_len(keep.min(size)).expect("a truncated WAL");
        forgotten += size.saturating_sub(keep);
    }
    forgotten
}

/// Flips one bit in the middle of the largest WAL; gives its name.
pub fn flip_a_byte(data_dir: &Path) -> String {
    let size = |path: &PathBuf| fs::metadata(path).expect("a WAL").len();
    let largest = wal_files(data_dir).into_iter().max_by_key(size).expect("a WAL");
    let mut bytes = fs::read(&largest).expect("a readable WAL");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(&largest, bytes).expect("a writable WAL");
    largest.file_name().expect("a file").to_string_lossy().into_owned()
}
