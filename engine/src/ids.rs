//! Names and dense numbers for the things the node keeps apart.
//!
//! Users keep the string the caller gave; items, categories and event types get dense numbers once,
//! so that state and ranking hold small integers. The registry that hands the numbers out lives with
//! the log writer, above this crate.

use std::fmt;
use std::sync::Arc;

use bincode::{Decode, Encode};

/// A user as the caller names them: 1 to 256 bytes of UTF-8, checked at the edge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct UserId(Arc<str>);

impl UserId {
    /// Wraps a name that the edge has checked.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(Arc::from(name))
    }

    /// The name as the caller gave it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A record's place in the node's log: grows, may skip, never used twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Sequence(pub u64);

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// One of the node's shards; their number is fixed when a data directory is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct ShardId(pub u16);

/// An item's dense number, from 0, given when the item is first named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct ItemIndex(pub u32);

impl ItemIndex {
    /// The number as an index into dense columns.
    #[must_use]
    #[inline]
    pub const fn as_usize(self) -> usize {
        self.0 as usize
    }
}

/// A category's dense number, given when an item first carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct CategoryId(pub u32);

/// An event type's place in the table of [`crate::EventTypes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct EventTypeId(pub u8);

/// One served list: the shard that holds it and a number no other list of this node has.
///
/// The number is drawn when the list is answered, before its `Served` record has a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct RecommendationId {
    /// Shard of the user who was served.
    pub shard: ShardId,
    /// Node start count in the upper 24 bits, lists since that start below.
    pub number: u64,
}

impl fmt::Display for RecommendationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r_{:04x}{:016x}", self.shard.0, self.number)
    }
}

impl RecommendationId {
    /// Reads the form that `Display` writes; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("r_").filter(|rest| rest.len() == 20 && rest.is_ascii())?;
        let shard = u16::from_str_radix(&digits[..4], 16).ok()?;
        let number = u64::from_str_radix(&digits[4..], 16).ok()?;
        Some(Self { shard: ShardId(shard), number })
    }
}
