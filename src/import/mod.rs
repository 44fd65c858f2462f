//! Files of past events, read row by row into the node's own JSON.
//!
//! A file is surveyed first (how many rows, in which order of time, with which digest) and then read
//! again to be sent, so that a file of any size needs memory for one batch; only a file that is not in
//! order of time is held as a whole, because it has to be sorted.
//!
//! **Invariant:** the same bytes read with the same options give the same rows in the same order with the
//! same digest, so a row's position names it for ever and a second import adds nothing.
//!
//! Not here: sending (see `cli::import`), and judging events: what is not plainly broken goes to the node,
//! which says what it thinks of it.

mod columns;
mod format;
pub mod items;
pub mod moment;
mod open;
mod plan;
mod rows;

pub use columns::{ColumnMap, MapError};
pub use format::Format;
pub use open::{ImportFile, OpenError};
pub use plan::{Order, Plan, Survey};
pub use rows::{BadRow, ReadOptions, Row};
