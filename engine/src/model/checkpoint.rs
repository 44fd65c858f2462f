//! The model's checkpoint: what changed since the last cut, and a learner made from it again.
//!
//! | key | value |
//! |---|---|
//! | `0` | the header: seed, dimensions, counters, shared weights, the pool of uniform draws |
//! | `1`, table, item (u32) | one row (see `row`) |
//! | `2`, block (u32) | 1,024 of the last positives |
//! | `3`, keyed hash of a user (u64) | their buffered row |
//! | `4` to `6` | the click head (see [`crate::model::click::checkpoint`]); none in checkpoints of before there was one |
//! | `7` to `9` | items' content (see [`crate::model::content::checkpoint`]); none where no item has any |
//!
//! Rows are written, not chunks: uniform draws touch one row of a chunk, and the other fifteen would be written for
//! nothing. The last positives are a ring in blocks of 4 KiB, of which a cut writes those that were written into: one or two
//! for ten events, not all 80 KB. How far users' rows had been sent is not kept: a restored learner sends all that it
//! holds once more, since the shards' parts may be older.
//!
//! **Invariant:** a restored learner goes on as the one that was cut, bit for bit.
//!
//! Not here: where parts are kept (see the snapshots crate), the bytes of each entry (see `header`, `row`).

mod digest;
mod header;
mod row;

use crate::codec::CodecError;
use crate::model::changes::Uncut;
use crate::model::chunk::ROWS;
use crate::model::click::checkpoint::{self as click, FoundClicks};
use crate::model::config::ModelConfig;
use crate::model::content::checkpoint as content;
use crate::model::draws::RecentPositives;
use crate::model::items::{Items, Table};
use crate::model::learner::Learner;
use crate::part::{Part, PartEntry, PartOwner};
use crate::{ItemIndex, model::numeric::LANE};

use header::Header;
pub(super) use header::{lay_shared, shared_numbers};

const HEADER: u8 = 0;
const ROW: u8 = 1;
const RING: u8 = 2;
const USER: u8 = 3;
/// Last positives in an entry.
const BLOCK: usize = 1_024;
/// Of the entries other than the header.
const VERSION: u8 = 1;
const TABLES: [Table; 2] = [Table::Item, Table::Last];

/// What a model cannot be changed in without starting anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// What the vectors start from.
    pub seed: u64,
    /// Numbers in a vector.
    pub dimensions: usize,
}

/// Why there is no learner again.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The bytes are not what a cut wrote.
    #[error("the model's checkpoint: {0}")]
    Codec(#[from] CodecError),
    /// The model was of another shape: it must start anew.
    #[error("the model's checkpoint is of {found}, but {wanted} is asked for")]
    OtherShape {
        /// That of the checkpoint.
        found: Shape,
        /// That of seed and configuration.
        wanted: Shape,
    },
}

impl Learner {
    /// What changed since the last cut.
    pub fn cut(&mut self) -> Part {
        let mut entries =
            vec![PartEntry { key: vec![HEADER], value: Some(Header::of(self).bytes()) }];
        for uncut in self.items.changes.take_uncut() {
            cut_chunk(&self.items, uncut, &mut entries);
        }
        self.cut_ring(&mut entries);
        for user in self.users.take_uncut() {
            let value = self.users.get(user).map(row::user);
            entries.push(PartEntry { key: key(USER, &user.to_be_bytes()), value });
        }
        self.click.cut(&mut entries);
        self.described.cut(&mut entries);
        Part { owner: PartOwner::Model, entries }
    }

    /// A learner from the entries of its cuts, in the order of their keys; one that has seen nothing from none.
    ///
    /// # Errors
    /// [`RestoreError`], also where seed or dimensions are others than the cuts'.
    pub fn restore(
        seed: u64,
        config: ModelConfig,
        entries: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Result<Self, RestoreError> {
        let wanted = Shape { seed, dimensions: config.dimensions() };
        let mut learner = Self::new(seed, config);
        let mut entries = entries.into_iter();
        let Some((first, value)) = entries.next() else {
            return Ok(learner);
        };
        if first != [HEADER] {
            return Err(CodecError::Damaged("the model has no header").into());
        }
        let header = Header::read(&value)?;
        if header.shape() != wanted {
            return Err(RestoreError::OtherShape { found: header.shape(), wanted });
        }
        let mut found = Found::default();
        for (key, value) in entries {
            found.take(&mut learner, &key, &value)?;
        }
        found.settle(&mut learner, &header)?;
        Ok(learner)
    }

    /// Has everything written with the next cut.
    pub fn recut(&mut self) {
        self.items.recut();
        self.ring_cut = 0;
        self.users.recut();
        self.click.recut();
        self.described.recut();
    }

    fn cut_ring(&mut self, entries: &mut Vec<PartEntry>) {
        let written = self.recent.total() - self.ring_cut;
        self.ring_cut = self.recent.total();
        let slots = self.recent.slots();
        let capacity = self.recent.capacity();
        for (block, items) in slots.chunks(BLOCK).enumerate() {
            let slots = block * BLOCK..block * BLOCK + items.len();
            if slots.into_iter().any(|slot| self.recent.age(slot) < written.min(capacity as u64)) {
                let key = key(RING, &(block as u32).to_be_bytes());
                entries.push(PartEntry { key, value: Some(row::block(items)) });
            }
        }
    }
}

/// What must be seen whole before the learner can be made from it.
#[derive(Default)]
struct Found {
    known: Vec<(u32, ItemIndex)>,
    ring: Vec<ItemIndex>,
    clicks: FoundClicks,
}

impl Found {
    fn take(&mut self, learner: &mut Learner, key: &[u8], value: &[u8]) -> Result<(), CodecError> {
        match key {
            [ROW, table @ (0 | 1), item @ ..] => {
                let item = ItemIndex(u32::from_be_bytes(number(item)?));
                if !learner.items.has(item) {
                    learner.items.ensure(item);
                }
                let table = TABLES[usize::from(*table)];
                self.known.extend(row::put(&mut learner.items, table, item, value)?);
            }
            [RING, block @ ..] => {
                let block = u32::from_be_bytes(number(block)?);
                if block as usize * BLOCK != self.ring.len() {
                    return Err(CodecError::Damaged("a block of last positives is missing"));
                }
                self.ring.extend(row::items(value)?);
            }
            [USER, user @ ..] => {
                let row = row::user_row(value, learner.config.lanes)?;
                learner.users.lay(u64::from_be_bytes(number(user)?), row);
            }
            [click::HEADER | click::CHUNK | click::ROW, ..] => self.clicks.take(key, value)?,
            [content::HEADER | content::ROW | content::ITEM, ..] => {
                learner.described.take(key, value)?;
            }
            _ => {
                return Err(CodecError::Damaged("an entry of the model that is none of its kinds"));
            }
        }
        Ok(())
    }

    fn settle(mut self, learner: &mut Learner, header: &Header) -> Result<(), CodecError> {
        self.known.sort_unstable();
        let in_order = self.known.iter().enumerate().all(|(at, (place, _))| at == *place as usize);
        if !in_order || self.known.len() != header.first.known as usize {
            return Err(CodecError::Damaged("known items of the model are missing"));
        }
        learner.items.known = self.known.into_iter().map(|(_, item)| item).collect();
        let ring = RecentPositives::of(
            self.ring,
            header.first.ring_total,
            header.first.ring_capacity as usize,
        )
        .ok_or(CodecError::Damaged("last positives of the model are missing"))?;
        learner.recent = ring.resized(learner.config.recent_positives);
        learner.recent.count(&mut learner.items);
        learner.ring_cut = learner.recent.total();
        let _ = learner.items.changes.take_uncut();
        learner.click.settle(&self.clicks)?;
        header.lay(learner)
    }
}

fn cut_chunk(items: &Items, uncut: Uncut, entries: &mut Vec<PartEntry>) {
    for table in TABLES {
        for within in 0..ROWS {
            let item = ItemIndex((uncut.place * ROWS + within) as u32);
            let writes = uncut.writes(table, within);
            if writes || uncut.left {
                let mut key = key(ROW, &[table as u8]);
                key.extend(item.0.to_be_bytes());
                let value = if writes { row::of(items, table, item) } else { None };
                entries.push(PartEntry { key, value });
            }
        }
    }
}

fn key(kind: u8, rest: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + rest.len());
    key.push(kind);
    key.extend(rest);
    key
}

fn number<const N: usize>(bytes: &[u8]) -> Result<[u8; N], CodecError> {
    bytes.try_into().map_err(|_| CodecError::Damaged("a key of the model has a wrong length"))
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} dimensions and seed {:016x}", self.dimensions, self.seed)
    }
}

/// Bytes of a vector.
const fn vector_bytes(lanes: usize) -> usize {
    lanes * LANE * size_of::<f32>()
}

#[cfg(test)]
mod tests;
