//! Checkpoint bytes: the RocksDB store and its twin in memory.
//!
//! **Invariant:** what is read is one cut, whole: the last one that was committed, with nothing of a cut
//! that was not.
//!
//! Not here: what the bytes of an entry mean (their owners version them); when a cut is taken (actors).

mod memory;
mod rocks;

pub use memory::MemoryStore;
pub use rocks::RocksStore;
