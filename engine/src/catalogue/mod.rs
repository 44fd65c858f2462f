//! The catalogue as ranking and the checkpoint need it: dense columns for filters, documents for restore.
//!
//! Not here: items by name (the node's own map, above this crate).

pub mod chunked;
pub mod columns;
pub mod docs;

pub use chunked::Chunked;
pub use columns::{ItemColumns, Standing};
pub(crate) use docs::DocRowV1;
pub use docs::{DocRow, Docs};
