//! Checkpoint bytes: versioned formats, the RocksDB store, an in-memory twin.
