//! What an instance of a feature is made of: each part keeps one thing about its events in a fixed number of bytes.
//!
//! A part is a description; its state lies in bytes that are handed in. Bytes of zero are a part that saw nothing.
//!
//! **Invariant:** but for [`visits`] and for [`top`] past its bound, a part's bytes depend on the set of its events
//! alone: not on their order, nor on how they were split over partial parts that were merged. Sums are whole
//! numbers, what is kept is bounded by the newest time, and ties go to the greater value.
//!
//! **Invariant:** work an event is bounded by the part's size; any bytes are a part, and nothing here fails.

pub mod cell;
pub mod fading;
pub mod last;
mod part;
pub mod ring;
pub mod sketch;
pub mod stamps;
pub mod top;
pub mod visits;

use crate::{CategoryId, Timestamp};

pub use part::Part;
pub(crate) use part::newest;

/// What one event puts into the parts of a family.
#[derive(Clone, Copy, Debug)]
pub struct Contribution<'a> {
    /// Event time.
    pub at: Timestamp,
    /// Its number in millionths, or the thing it names; 0 where the family has no source.
    pub number: i64,
    /// The things it names, for estimates of how many there are.
    pub things: &'a [u64],
    /// The item's categories.
    pub categories: &'a [CategoryId],
}

/// What became of a contribution.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landed {
    /// It is in.
    Counted,
    /// What it belongs to was gone before it came.
    Late,
}

impl Landed {
    /// Late if either is.
    pub fn and(self, other: Self) -> Self {
        if other == Self::Late { other } else { self }
    }
}
