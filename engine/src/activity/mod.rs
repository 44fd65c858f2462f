//! What the stream says about items: popularity, windows, click-through, trends, neighbours.
//!
//! One owner ([`ItemActivity`]) takes facts and shared records in log order and publishes immutable
//! views ([`ActivityView`]) that ranking reads.
//!
//! **Invariant:** the same facts and records in the same order give the same state, bit for bit;
//! publishing and cutting change nothing that a later publication or cut could show.
//!
//! Not here: ranking (see `ranking`), anything about one user.

pub mod absorb;
pub mod checkpoint;
pub mod config;
pub mod counts;
pub mod covisit;
mod declaring;
mod dirty;
mod lists;
pub mod origins;
pub mod pool;
mod publish;
pub mod regulars;
pub mod sessions;
mod shelf;
pub mod state;
pub mod table;
#[cfg(test)]
pub(crate) mod testing;
pub mod tiles;
pub mod trend;
pub mod view;

pub use config::ActivityConfig;
pub use counts::{ClickThrough, ItemCounts};
pub use state::ItemActivity;
pub use table::{Covisit, CovisitTable};
pub use view::{ActivityView, CategoryLists, HalfLife, Scored, Window};
