//! The click head: how likely it is that what was shown is clicked, and what a click is worth.
//!
//! Its samples are impressions: an item shown at a place of a served list, with the features of that moment and what
//! became of it.
//!
//! Not here: which impressions wait for which clicks (the shard), retrieval (the rest of the model).

pub mod fields;
pub mod sample;

pub use sample::{ClickLearned, ClickOutcome, ClickRow, ClickSample, GoalId};
