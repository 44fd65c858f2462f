//! Judging rankings on a stream: every event is ranked before anything is learned from it (prequential).
//!
//! [`Prequential`] takes records in log order, as the log holds them or as a file gives them, and runs them through a
//! [`Stand`]: the node's own shards, item activity and learner, without its threads. Before each positive event it
//! asks every [`Method`] for a list and notes where the event's item stands in it: the node's own and the [`rivals`].
//!
//! **Invariant:** nothing of an event reaches state before the event is ranked, not even that its item exists.
//!
//! **Invariant:** the same records under the same protocol give the same figures, bit for bit; only times differ.
//!
//! Not here: reading files, measuring time (see [`Meter`]), printing.

pub mod bootstrap;
pub mod click_trial;
pub mod drift;
mod exact;
pub mod listing;
pub mod meter;
pub mod method;
pub mod off_policy;
pub mod outcome;
pub mod position_bias;
mod prequential;
mod protocol;
mod rankers;
pub mod reactivity;
pub mod rivals;
pub mod simulation;
pub mod stand;
pub mod tally;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use bootstrap::{Difference, Interval};
pub use click_trial::{ClickOutcomeFigures, ClickTrial};
pub use drift::{DriftOutcome, DriftPlan, DriftTrial};
pub use listing::Listing;
pub use meter::{Meter, NoMeter, Part};
pub use method::Method;
pub use outcome::{Contrast, MethodOutcome, Outcome, Standing, Verdict};
pub use prequential::Prequential;
pub use protocol::{Candidates, Protocol};
pub use reactivity::Reaction;
pub use stand::{OnDrift, Stand, StandConfig};
pub use tally::{Figures, Tally};
