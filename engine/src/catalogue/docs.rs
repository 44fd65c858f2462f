//! Names and documents of the items, kept so that a checkpoint can give them back.
//!
//! **Invariant:** a row is what the last record about its item said.
//!
//! Not here: looking items up by name, answering REST.

use bincode::{Decode, Encode};

use crate::record::{ItemDoc, ItemDocV1};
use crate::{ItemIndex, Timestamp};

/// One item's name and document.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct DocRow {
    /// Its name.
    pub item_id: Box<str>,
    /// When the node first heard of it.
    pub registered_at: Timestamp,
    /// When the last record about it was received.
    pub updated_at: Timestamp,
    /// Whether it was deleted and not put again.
    pub deleted: bool,
    /// Its document, where one was put and not deleted.
    pub doc: Option<Box<ItemDoc>>,
}

/// A row as checkpoints of before embeddings hold it.
#[derive(Decode)]
pub(crate) struct DocRowV1 {
    item_id: Box<str>,
    registered_at: Timestamp,
    updated_at: Timestamp,
    deleted: bool,
    doc: Option<Box<ItemDocV1>>,
}

impl From<DocRowV1> for DocRow {
    fn from(old: DocRowV1) -> Self {
        Self {
            item_id: old.item_id,
            registered_at: old.registered_at,
            updated_at: old.updated_at,
            deleted: old.deleted,
            doc: old.doc.map(|doc| Box::new(ItemDoc::from(*doc))),
        }
    }
}

/// The documents by dense number.
#[derive(Debug, Default)]
pub struct Docs {
    rows: Vec<Option<Box<DocRow>>>,
}

impl Docs {
    /// The row of `item`.
    #[must_use]
    pub fn get(&self, item: ItemIndex) -> Option<&DocRow> {
        self.rows.get(item.as_usize())?.as_deref()
    }

    /// One more than the highest number that has a row.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Sets the row of `item`.
    pub fn set(&mut self, item: ItemIndex, row: DocRow) {
        let place = item.as_usize();
        if self.rows.len() <= place {
            self.rows.resize_with(place + 1, || None);
        }
        self.rows[place] = Some(Box::new(row));
    }

    /// The row of `item`, to be changed.
    pub fn get_mut(&mut self, item: ItemIndex) -> Option<&mut DocRow> {
        self.rows.get_mut(item.as_usize())?.as_deref_mut()
    }

    /// Every row, in order of number.
    pub fn iter(&self) -> impl Iterator<Item = (ItemIndex, &DocRow)> {
        let rows = (0u32..).zip(&self.rows);
        rows.filter_map(|(item, row)| Some((ItemIndex(item), row.as_deref()?)))
    }
}
