//! The click head: how likely it is that what was shown is clicked, and what a click is worth.
//!
//! Its samples are impressions: an item shown at a place of a served list, with the features of that moment and what
//! became of it. A field-weighted factorization machine with logistic loss learns from them, calibrated by scenario.
//!
//! Not here: which impressions wait for which clicks (the shard), retrieval (the rest of the model).

pub mod calibration;
pub mod checkpoint;
pub mod chunk;
pub mod config;
pub mod fields;
mod forget;
pub mod forward;
pub mod goals;
pub mod head;
pub mod position;
pub mod proof;
pub mod sample;
pub mod shared;
mod slot;
mod step;
pub mod table;
pub mod tables;
#[cfg(test)]
mod testing;
pub mod view;

pub use config::{ClickConfig, ClickGoal, ClickRates, GoalCounts, PositionPolicy};
pub use head::ClickHead;
pub use sample::{ClickLearned, ClickOutcome, ClickRow, ClickSample, GoalId, row};
pub use view::{ClickScore, ClickScorer, ClickView};
