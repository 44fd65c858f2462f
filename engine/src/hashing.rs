//! Keyed hashes: which shard holds a user, and what makes an event the same event.
//!
//! The key is drawn when a data directory is made and stays with it, in backups too, so that nobody
//! outside can aim at one shard or forge an identity. SipHash-1-3 (Aumasson and Bernstein, 2012)
//! gives the same value on every machine and in every version of this program.

use std::hash::Hasher;

use bincode::{Decode, Encode};
use siphasher::sip::SipHasher13;

use crate::{ShardId, UserId};

/// The secret of one data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct NodeKey(pub [u8; 16]);

impl NodeKey {
    /// Hash of a user's name; its top bits choose the shard.
    #[must_use]
    pub fn user_hash(&self, user: &UserId) -> u64 {
        self.hash(&[b"user", user.as_str().as_bytes()])
    }

    /// The shard, of `shards` (a power of two), that holds `user`.
    #[must_use]
    pub fn shard_of(&self, user: &UserId, shards: u16) -> ShardId {
        Self::shard_of_hash(self.user_hash(user), shards)
    }

    /// The shard, of `shards` (a power of two), that holds the user of this hash.
    #[must_use]
    pub fn shard_of_hash(user_hash: u64, shards: u16) -> ShardId {
        debug_assert!(shards.is_power_of_two());
        let bits = shards.trailing_zeros();
        let top = user_hash.checked_shr(64 - bits).unwrap_or(0);
        ShardId((top & u64::from(shards - 1)) as u16)
    }

    /// Hash of several byte strings; their borders count, so `["ab"]` and `["a", "b"]` differ.
    #[must_use]
    pub fn hash(&self, parts: &[&[u8]]) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.0);
        for part in parts {
            hasher.write_u64(part.len() as u64);
            hasher.write(part);
        }
        hasher.finish()
    }
}
