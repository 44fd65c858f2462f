//! Content's part of the model's checkpoint.
//!
//! | key | value |
//! |---|---|
//! | `7` | which item is looked at next, of how many, and how well the map foretells |
//! | `8`, part (u32) | a row of the map: bias, how often it was met, the vector |
//! | `9`, item (u32) | an item's content: features of categories, of tags and words, embedding |
//!
//! **Invariant:** a restored learner goes on as the one that was cut, bit for bit.
//!
//! Not here: the model's other entries.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use crate::ItemIndex;
use crate::codec::{self, CodecError};
use crate::model::content::Content;
use crate::model::content::described::Described;
use crate::model::content::map::{MapRow, ROWS};
use crate::model::numeric::{Lane, is_finite};
use crate::part::PartEntry;

/// Key of what is not a row.
pub const HEADER: u8 = 7;
/// Keys of the map's rows.
pub const ROW: u8 = 8;
/// Keys of items' content.
pub const ITEM: u8 = 9;
/// Of all three forms.
const VERSION: u8 = 1;

type RowValue = (f32, f32, Vec<[f32; 16]>);

impl Described {
    /// What changed since the last cut.
    pub fn cut(&mut self, entries: &mut Vec<PartEntry>) {
        if self.is_empty() {
            return;
        }
        entries.push(entry(HEADER, None, Some(&self.header())));
        for part in self.map.take_uncut() {
            entries.push(entry(ROW, Some(part), self.row(part).as_ref()));
        }
        let mut items = std::mem::take(&mut self.uncut);
        items.sort_unstable();
        items.dedup();
        for item in items {
            let content = self.content(item).map(|content| content.raw());
            entries.push(entry(ITEM, Some(item.0), content.as_ref()));
        }
    }

    /// Has everything written with the next cut.
    pub fn recut(&mut self) {
        self.map.recut();
        let items = (0..self.table.len() as u32).map(ItemIndex);
        // Beside what was taken away since the last cut, which has to be told, too.
        let all: Vec<_> = items.filter(|item| self.content(*item).is_some()).collect();
        self.uncut.extend(all);
    }

    /// Takes one of its entries in.
    ///
    /// # Errors
    /// [`CodecError`] where it is none that a cut wrote.
    pub fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), CodecError> {
        match key {
            [HEADER] => {
                let (next, items, means): (u32, u32, [f32; 2]) = codec::decode(VERSION, value)?;
                self.next = next;
                self.table.grow(items as usize);
                self.map.set_means(means);
            }
            [ROW, part @ ..] => {
                let (bias, met, lanes): RowValue = codec::decode(VERSION, value)?;
                let vector: Box<[Lane]> = lanes.into_iter().map(Lane).collect();
                let part = number(part)?;
                if ROWS <= part || vector.len() != self.lanes() || !is_finite(&vector) {
                    return Err(CodecError::Damaged("a row of the content's map"));
                }
                self.map.lay(part, MapRow { vector, bias, met });
            }
            [ITEM, item @ ..] => {
                let (kinds, embedding) = codec::decode(VERSION, value)?;
                let content = Content::from_raw(&kinds, embedding);
                let content = content.ok_or(CodecError::Damaged("an item's content"))?;
                self.set(ItemIndex(number(item)?), content);
            }
            _ => return Err(CodecError::Damaged("an entry of content that is none of its kinds")),
        }
        Ok(())
    }

    /// Adds everything that training reads.
    pub fn digest(&self, hasher: &mut SipHasher13) {
        if self.is_empty() {
            return;
        }
        let mut write = |entry: PartEntry| hasher.write(&entry.value.unwrap_or_default());
        write(entry(HEADER, None, Some(&self.header())));
        for part in 0..ROWS {
            if let Some(row) = self.row(part) {
                write(entry(ROW, Some(part), Some(&row)));
            }
        }
        for item in (0..self.table.len() as u32).map(ItemIndex) {
            if let Some(content) = self.content(item) {
                write(entry(ITEM, None, Some(&content.raw())));
            }
        }
    }

    fn header(&self) -> (u32, u32, [f32; 2]) {
        (self.next, self.table.len() as u32, self.map.means())
    }

    fn row(&self, part: u32) -> Option<RowValue> {
        let row = self.map.row(part)?;
        Some((row.bias, row.met, row.vector.iter().map(|lane| lane.0).collect()))
    }
}

#[expect(clippy::expect_used, reason = "memory takes any bytes; only reading can fail")]
fn entry(kind: u8, number: Option<u32>, value: Option<&impl bincode::Encode>) -> PartEntry {
    let mut key = vec![kind];
    key.extend(number.into_iter().flat_map(u32::to_be_bytes));
    let encoded = |value| codec::encode(VERSION, value).expect("a value encodes into memory");
    PartEntry { key, value: value.map(encoded) }
}

fn number(bytes: &[u8]) -> Result<u32, CodecError> {
    let bytes = bytes.try_into();
    bytes.map(u32::from_be_bytes).map_err(|_| CodecError::Damaged("a key of content"))
}
