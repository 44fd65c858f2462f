//! Users' rows of a model whose rows are in no shard, as its view shows them.
//!
//! Buckets by hash, copied on the first write after a publication: a publication clones a pointer a bucket, and a row
//! that changed costs a copy of its bucket's pointers.
//!
//! **Invariant:** a clone never sees a write made after it was taken.
//!
//! Not here: the champion's rows, which are with their users in the shards.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::sample::UserRow;

const BUCKETS: usize = 1_024;
const SHIFT: u32 = 64 - BUCKETS.ilog2();

type Bucket = Arc<FxHashMap<u64, UserRow>>;

/// Rows by keyed hash of the user.
#[derive(Clone, Debug)]
pub struct HeldRows {
    buckets: Vec<Bucket>,
}

impl Default for HeldRows {
    fn default() -> Self {
        Self { buckets: vec![Bucket::default(); BUCKETS] }
    }
}

impl HeldRows {
    /// The row of `user`.
    #[must_use]
    pub fn get(&self, user: u64) -> Option<&UserRow> {
        self.buckets[place(user)].get(&user)
    }

    /// Puts a row in.
    pub fn put(&mut self, user: u64, row: UserRow) {
        Arc::make_mut(&mut self.buckets[place(user)]).insert(user, row);
    }
}

fn place(user: u64) -> usize {
    (user >> SHIFT) as usize
}
