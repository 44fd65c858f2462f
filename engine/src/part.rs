//! Checkpoint parts: what one owner of state hands over at a cut, and the port they are kept behind.
//!
//! A part is a list of keyed entries, only those that changed since the owner's last cut. The store
//! keeps each entry under (owner, key, cut) and answers with the newest version that is not past the
//! current cut, so a crash at any point leaves the previous cut whole.
//!
//! Not here: bytes of the entries (their owners version them), RocksDB (see the snapshots crate).

use bincode::{Decode, Encode};

use crate::{Sequence, ShardId};

/// Who a part belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum PartOwner {
    /// One shard's users.
    Shard(ShardId),
    /// Item activity and the catalogue.
    Activity,
    /// The model's shared tables and what is on its way to the shards.
    Model,
    /// Live rooms and what was published in them.
    Rooms,
}

/// One changed entry; a `value` of `None` removes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartEntry {
    /// Key within the owner.
    pub key: Vec<u8>,
    /// The bytes, or `None` where the entry is gone.
    pub value: Option<Vec<u8>>,
}

/// What changed at one owner since its last cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whose state it is.
    pub owner: PartOwner,
    /// The changes.
    pub entries: Vec<PartEntry>,
}

/// What makes a cut the current one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CutManifest {
    /// Last sequence of the commit at which the state was taken.
    pub cut: Sequence,
    /// Records that must never be applied again.
    pub set_aside: Vec<Sequence>,
    /// When it was taken, in milliseconds since the epoch.
    pub taken_at_ms: u64,
    /// Bytes of the entries that this cut wrote.
    pub bytes: u64,
}

/// Why the store could not keep or give state.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The storage engine said no.
    #[error("checkpoint store: {0}")]
    Storage(String),
    /// Bytes that the store holds are not what they should be.
    #[error("checkpoint store: {0}")]
    Codec(#[from] crate::codec::CodecError),
}

/// Where checkpoints are kept. One writer at a time; readers any.
pub trait CheckpointStore: Send + Sync {
    /// The cut that recovery starts from; `None` where there was none yet.
    ///
    /// # Errors
    /// [`StoreError`] where the manifest cannot be read.
    fn current(&self) -> Result<Option<CutManifest>, StoreError>;

    /// Writes a part of the cut `cut`, in small batches; not visible before [`Self::commit`].
    ///
    /// # Errors
    /// [`StoreError`]; the cut must then be abandoned.
    fn write(&self, cut: Sequence, part: &Part) -> Result<(), StoreError>;

    /// Flushes what was written and makes the cut current by one synced record.
    ///
    /// # Errors
    /// [`StoreError`]; the previous cut is then still the current one.
    fn commit(&self, manifest: &CutManifest) -> Result<(), StoreError>;

    /// Every entry of `owner` at the current cut, in key order.
    ///
    /// # Errors
    /// [`StoreError`] where the state cannot be read.
    fn load(&self, owner: PartOwner, visit: &mut dyn FnMut(&[u8], &[u8]))
    -> Result<(), StoreError>;
}
