//! One user: what is kept of them and what ranking is shown of it.
//!
//! Not here: shards, which hold many users (see `shard`).

pub mod view;

pub use view::{HistoryEntry, SeenItem, SeenItems, UserView, Visit};
