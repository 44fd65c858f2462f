//! How the log's RocksDB instance is set up, and why.
//!
//! Not here: what is kept in which family (see [`super::keys`]).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rocksdb::compaction_filter::Decision;
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompressionType, DBRecoveryMode, Options,
};

use super::keys;

/// Memory of records that are not in a table file yet; the WAL grows to about this before it is cut.
const RECORDS_BUFFER_BYTES: usize = 64 << 20;
/// The same for the indexes: an entry of theirs is a tenth to a third of its record.
const INDEX_BUFFER_BYTES: usize = 24 << 20;
/// Blocks kept for lookups of old event ids; scans do not fill it.
const CACHE_BYTES: usize = 32 << 20;
/// How long an index entry that is due to go may stay: compaction looks at every file this often.
const INDEX_SWEEP_SECONDS: u64 = 24 * 3600;

/// From where on index entries are still wanted; read by compactions, moved by retention.
#[derive(Clone, Debug, Default)]
pub struct Horizons {
    /// Ids received before this instant, in ms, are forgotten.
    pub ids_before_ms: Arc<AtomicU64>,
    /// Records up to this sequence are gone.
    pub trimmed: Arc<AtomicU64>,
}

/// Options of the instance.
pub fn database() -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    // `super::wal` has judged the WAL and cut a torn tail off; whatever RocksDB still finds is damage.
    // Its tolerant modes take a damaged length or type for the end and drop what is behind it.
    options.set_wal_recovery_mode(DBRecoveryMode::AbsoluteConsistency);
    // A WAL that was closed cannot go missing or shrink unnoticed.
    options.set_track_and_verify_wals_in_manifest(true);
    options.set_paranoid_checks(true);
    // One WAL serves all families: flushed together, it can go at once, and no family is ever behind.
    options.set_atomic_flush(true);
    options.set_max_background_jobs(2);
    options.set_bytes_per_sync(1 << 20);
    options.set_keep_log_file_num(4);
    options.set_max_log_file_size(4 << 20);
    options
}

/// The families of the instance.
pub fn families(horizons: &Horizons) -> Vec<ColumnFamilyDescriptor> {
    let cache = Cache::new_lru_cache(CACHE_BYTES);
    let mut records = family(&cache, RECORDS_BUFFER_BYTES);
    records.set_compression_type(DBCompressionType::Lz4);
    let mut ids = family(&cache, INDEX_BUFFER_BYTES);
    ids.set_periodic_compaction_seconds(INDEX_SWEEP_SECONDS);
    ids.set_compaction_filter("freshet.ids", drop_below(&horizons.ids_before_ms));
    let mut served = family(&cache, INDEX_BUFFER_BYTES);
    served.set_periodic_compaction_seconds(INDEX_SWEEP_SECONDS);
    // An entry goes with its record: the values are sequences, and `trimmed` itself is gone.
    served.set_compaction_filter("freshet.served", drop_up_to(&horizons.trimmed));
    vec![
        ColumnFamilyDescriptor::new(keys::RECORDS, records),
        ColumnFamilyDescriptor::new(keys::IDS, ids),
        ColumnFamilyDescriptor::new(keys::SERVED, served),
        ColumnFamilyDescriptor::new("default", family(&cache, INDEX_BUFFER_BYTES)),
    ]
}

fn family(cache: &Cache, buffer_bytes: usize) -> Options {
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(cache);
    blocks.set_bloom_filter(10.0, false);
    let mut options = Options::default();
    options.set_block_based_table_factory(&blocks);
    options.set_write_buffer_size(buffer_bytes);
    options
}

type Filter = dyn FnMut(u32, &[u8], &[u8]) -> Decision + Send;

fn drop_below(horizon: &Arc<AtomicU64>) -> Box<Filter> {
    let horizon = Arc::clone(horizon);
    Box::new(move |_, _, value| match keys::number(value, 0) {
        Some(at) if at < horizon.load(Ordering::Relaxed) => Decision::Remove,
        _ => Decision::Keep,
    })
}

fn drop_up_to(horizon: &Arc<AtomicU64>) -> Box<Filter> {
    let horizon = Arc::clone(horizon);
    Box::new(move |_, _, value| match keys::number(value, 0) {
        Some(sequence) if sequence <= horizon.load(Ordering::Relaxed) => Decision::Remove,
        _ => Decision::Keep,
    })
}
