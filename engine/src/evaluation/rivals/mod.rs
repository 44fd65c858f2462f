//! What others would use instead: known methods, each as its paper has it, ranking the same stream beside the node.
//!
//! A [`Rival`] is asked for scores of all known items before an event, and told the event after. It has no caps, no
//! retrieval and no delay: its lists are the best that it can make. A batch model learns nothing from single events; it
//! is built anew from the whole past once in a period of event time, and ready at once.
//!
//! **Invariant:** a rival sees choices of the past alone, and the same choices give the same scores, bit for bit.
//!
//! **Invariant:** a score that is not a number never ranks an item first (see [`super::Listing`]).
//!
//! Not here: who may be shown what (the same filters for all; see [`field`]), measuring.

pub mod all_time;
pub mod als;
pub mod bpr;
pub mod daily_knn;
pub mod decayed;
pub mod dense;
pub mod ease;
pub(super) mod field;
pub mod isgd;
pub mod item_knn;
pub mod knn_popularity;
pub mod past;
mod roster;
#[cfg(test)]
mod tests;
pub mod vectors;
pub mod vmis_knn;

use std::fmt::Debug;

pub use past::{Chosen, Past};
pub use roster::{RivalModel, model_of};

/// A method that is compared with the node's.
pub trait Rival: Debug {
    /// Puts into `scores`, one for each known item and 0 at first, how much each is to be recommended.
    fn score(&mut self, asked: &Asked, past: &Past, scores: &mut [f32]);

    /// Learns a choice. Its user and item are known by now, the user's history does not hold it yet.
    fn learn(&mut self, choice: &Choice, past: &Past);

    /// Builds what is built once in a period, from all of the past.
    fn rebuild(&mut self, _past: &Past) {}

    /// What its figures are to be read with, if anything; asked at the end.
    fn caveat(&self, _past: &Past) -> Option<String> {
        None
    }
}

/// A user who asks for a list.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Their number; `None` where they never chose anything.
    pub user: Option<usize>,
    /// What they chose, oldest first: up to now, or up to the last rebuilding where the method's features are frozen.
    pub history: &'a [Chosen],
}

/// A user chose an item.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The user's number.
    pub user: usize,
    /// The item's number.
    pub item: usize,
    /// Whether anybody chose the item before.
    pub known: bool,
    /// How many choices there were before it.
    pub number: u64,
}

/// What kind of stream it is: methods are set for one or the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Users take an item once: films, books.
    Once,
    /// Users come back to items, in visits: shops, apps, rooms.
    Visits,
}
