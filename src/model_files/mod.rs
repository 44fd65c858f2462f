//! Models as files: out of a node as safetensors, into one again.
//!
//! A file holds a row for every item that the model knows, under the item's name, and what all items share. Users' own
//! vectors and the click head stay: they go by this node's secret.
//!
//! | tensor | type, shape | meaning |
//! |---|---|---|
//! | `item_ids.ends` | u64 `[n]` | where each item's name ends in `item_ids` |
//! | `items.vector` | f32 `[n, d]` | each item as a target and in histories |
//! | `items.last` | f32 `[n, d]` | as the last item |
//! | `items.bias` | f32 `[n]` | intercepts |
//! | `items.counts` | f32 `[n, 3]` | decayed counts as of the last event on the item |
//! | `items.squares` | f32 `[n, 3]` | sums of squares: vector, vector as the last item, bias |
//! | `items.age` | u32 `[n]` | events on any item since the last one on the item |
//! | `recent` | u32 `[r]` | rows of the last choices, oldest first |
//! | `shared` | f32 `[w]` | weights that all items share, with their sums of squares |
//! | `highest` | f32 `[3]` | the highest decayed counts |
//! | `item_ids` | u8 `[bytes]` | the items' names, one after the other, UTF-8 |
//!
//! Only `item_ids`, `item_ids.ends` and `items.vector` are needed to bring one in: an offline trainer's embeddings make a
//! model, too. The metadata say `format` (`freshet-model`), `format_version`, `dimensions`, `items`, `seed` (what the node
//! hashes features and starts vectors by; told, not asked for, since rows go by names), `trained`, `trained_through`,
//! `events`, `version`. A tensor of another name is refused.
//!
//! Not here: what numbers may be taken in (see `engine::model::exchange`).

mod export;
mod import;
mod kept;

pub use export::{About, Export};
pub use import::{ImportError, Imported, import};
pub use kept::KeptModels;

/// What the metadata call the format.
const FORMAT: &str = "freshet-model";
/// Its version.
const FORMAT_VERSION: &str = "1";

const IDS: &str = "item_ids";
const ENDS: &str = "item_ids.ends";
const VECTOR: &str = "items.vector";
const LAST: &str = "items.last";
const BIAS: &str = "items.bias";
const COUNTS: &str = "items.counts";
const SQUARES: &str = "items.squares";
const AGE: &str = "items.age";
const RECENT: &str = "recent";
const SHARED: &str = "shared";
const HIGHEST: &str = "highest";
/// All of them: a name that is misspelt is told, not passed over.
const ALL: [&str; 11] =
    [IDS, ENDS, VECTOR, LAST, BIAS, COUNTS, SQUARES, AGE, RECENT, SHARED, HIGHEST];

#[cfg(test)]
mod tests;
