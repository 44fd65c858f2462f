//! Turns drafts into records: sequences, and numbers for items and categories that are new.
//!
//! **Invariant:** a number that is used in a commit is known from before or registered earlier in the
//! same commit.
//!
//! Not here: making anything durable, or telling the catalogue; a commit that fails leaves both alone.

use engine::record::ItemDoc;
use engine::rooms::RoomTold;
use engine::{CategoryId, ItemIndex, Record, RecordBody, Sequence, Timestamp};
use rustc_hash::FxHashMap;

use crate::catalogue::Catalogue;
use crate::event_log::Draft;

/// Forms the records of one commit.
pub(crate) struct Resolver<'a> {
    catalogue: &'a Catalogue,
    next: Sequence,
    items: FxHashMap<Box<str>, ItemIndex>,
    categories: FxHashMap<Box<str>, CategoryId>,
    records: Vec<Record>,
}

impl<'a> Resolver<'a> {
    /// A commit whose first record gets the sequence `next`.
    pub(crate) fn new(catalogue: &'a Catalogue, next: Sequence) -> Self {
        let (items, categories) = (FxHashMap::default(), FxHashMap::default());
        Self { catalogue, next, items, categories, records: Vec::new() }
    }

    /// Adds one submission: first what it registers, then its records; answers with the places of the
    /// latter, one per draft but for deletes of unknown items.
    pub(crate) fn add(&mut self, drafts: Vec<Draft>) -> std::ops::Range<usize> {
        let bodies: Vec<RecordBody> =
            drafts.into_iter().filter_map(|draft| self.resolve(draft)).collect();
        let start = self.records.len();
        for body in bodies {
            self.push(body);
        }
        start..self.records.len()
    }

    /// Adds a record that needs nothing more.
    pub(super) fn push(&mut self, body: RecordBody) {
        self.records.push(Record { sequence: self.next, body });
        self.next = Sequence(self.next.0 + 1);
    }

    /// The records in log order.
    pub(crate) fn into_records(self) -> Vec<Record> {
        self.records
    }

    fn resolve(&mut self, draft: Draft) -> Option<RecordBody> {
        match draft {
            Draft::Event { shard, mut event, unknown_item } => {
                if let Some(name) = unknown_item {
                    event.item = Some(self.item(&name, event.at.min(event.received_at)));
                }
                Some(RecordBody::Event { shard, event })
            }
            Draft::ItemPut { mut doc, at } => {
                let item = self.item(&doc.item_id, at);
                self.number_categories(&mut doc);
                Some(RecordBody::ItemPut { item, doc, at })
            }
            Draft::ItemDelete { item_id, at } => {
                let item = self.known_item(&item_id)?;
                Some(RecordBody::ItemDelete { item, at })
            }
            Draft::RoomTold { room, mut told, products, at } => {
                let items: Vec<ItemIndex> =
                    products.iter().map(|name| self.item(name, at)).collect();
                match &mut told {
                    RoomTold::About { about } => about.products = items,
                    RoomTold::Showing { item } => *item = items.first().copied(),
                    RoomTold::Closed | RoomTold::AllLost => {}
                }
                Some(RecordBody::RoomTold { room, told, at })
            }
            Draft::Ready(body) => Some(body),
        }
    }

    fn known_item(&self, name: &str) -> Option<ItemIndex> {
        self.items.get(name).copied().or_else(|| self.catalogue.index_of(name))
    }

    /// The item's number; registers it where it has none.
    fn item(&mut self, name: &str, at: Timestamp) -> ItemIndex {
        if let Some(item) = self.known_item(name) {
            return item;
        }
        let item = ItemIndex(self.catalogue.next_item().0 + self.items.len() as u32);
        self.items.insert(Box::from(name), item);
        self.push(RecordBody::ItemRegistered { item, item_id: Box::from(name), at });
        item
    }

    fn number_categories(&mut self, doc: &mut ItemDoc) {
        for (number, name) in &mut doc.categories {
            let known =
                self.catalogue.category(name).or_else(|| self.categories.get(name).copied());
            *number = known.unwrap_or_else(|| {
                let next = self.catalogue.next_category().0 + self.categories.len() as u32;
                self.categories.insert(name.clone(), CategoryId(next));
                CategoryId(next)
            });
        }
    }
}
