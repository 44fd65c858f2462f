//! The items by name and number: what the edge reads to enrich and to name things in answers.
//!
//! Only the log writer gives out numbers ([`Catalogue::next_item`]) and only durable records change
//! the maps ([`Catalogue::apply`]), so the edge never sees an item that a crash could take back.
//!
//! Not here: what ranking reads. Filters and scores use the dense columns of the published activity
//! view; this map is for documents over REST.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use dashmap::DashMap;
use engine::record::ItemDoc;
use engine::{CategoryId, ItemIndex, RecordBody, Timestamp};

/// One known item.
#[derive(Clone, Debug)]
pub struct ItemEntry {
    /// Its dense number.
    pub item: ItemIndex,
    /// Its name.
    pub item_id: Arc<str>,
    /// Its document; `None` where an event named it but nobody described it, or it was deleted.
    pub doc: Option<Arc<ItemDoc>>,
    /// When the node first heard of it or last took a document.
    pub updated_at: Timestamp,
}

/// All items by name and number, and the categories by name.
#[derive(Debug, Default)]
pub struct Catalogue {
    by_id: DashMap<Arc<str>, ItemIndex>,
    entries: DashMap<ItemIndex, Arc<ItemEntry>>,
    categories: DashMap<Arc<str>, CategoryId>,
    category_names: DashMap<CategoryId, Arc<str>>,
    next_item: AtomicU32,
    next_category: AtomicU32,
    embeddings: Mutex<Embeddings>,
}

/// The embeddings of all documents.
#[derive(Debug, Default)]
struct Embeddings {
    /// Length of each; 0 where it is not set yet.
    numbers: usize,
    /// Documents that have one.
    documents: usize,
}

impl Catalogue {
    /// The number of the item called `item_id`.
    #[must_use]
    pub fn index_of(&self, item_id: &str) -> Option<ItemIndex> {
        self.by_id.get(item_id).map(|found| *found)
    }

    /// The item called `item_id`.
    #[must_use]
    pub fn find(&self, item_id: &str) -> Option<Arc<ItemEntry>> {
        self.entry(self.index_of(item_id)?)
    }

    /// The item with the number `item`.
    #[must_use]
    pub fn entry(&self, item: ItemIndex) -> Option<Arc<ItemEntry>> {
        self.entries.get(&item).map(|found| Arc::clone(&found))
    }

    /// The name of the item with the number `item`.
    #[must_use]
    pub fn name(&self, item: ItemIndex) -> Option<Arc<str>> {
        self.entries.get(&item).map(|found| Arc::clone(&found.item_id))
    }

    /// The number of the category called `name`.
    #[must_use]
    pub fn category(&self, name: &str) -> Option<CategoryId> {
        self.categories.get(name).map(|found| *found)
    }

    /// The name of the category with the number `category`.
    #[must_use]
    pub fn category_name(&self, category: CategoryId) -> Option<Arc<str>> {
        self.category_names.get(&category).map(|found| Arc::clone(&found))
    }

    /// Items known, described or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no item is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number that the next new item gets. For the log writer alone: it counts on from here within
    /// a commit, and [`Self::apply`] moves the counter once the commit is durable.
    #[must_use]
    pub fn next_item(&self) -> ItemIndex {
        ItemIndex(self.next_item.load(Ordering::Acquire))
    }

    /// The number that the next new category gets; for the log writer alone.
    #[must_use]
    pub fn next_category(&self) -> CategoryId {
        CategoryId(self.next_category.load(Ordering::Acquire))
    }

    /// Keeps the category numbers below `taken` from being given again, whether a document still has them
    /// or not: users' scores go by number.
    pub fn reserve_categories(&self, taken: u32) {
        self.next_category.fetch_max(taken, Ordering::AcqRel);
    }

    /// Gives a category its name again, after a restart: no document may have it any more.
    pub fn name_category(&self, category: CategoryId, name: &str) {
        self.insert_category(category, name);
    }

    /// Sets the length of embeddings, where none is set: that of the first one given, until no document has one any more.
    ///
    /// # Errors
    /// The length that is set, where that is another.
    pub fn claim_embedding(&self, numbers: usize) -> Result<(), usize> {
        let mut embeddings = self.embeddings.lock().unwrap_or_else(PoisonError::into_inner);
        if embeddings.numbers == 0 {
            embeddings.numbers = numbers;
        }
        if embeddings.numbers == numbers { Ok(()) } else { Err(embeddings.numbers) }
    }

    fn count_embedding(&self, before: Option<&ItemDoc>, now: Option<&ItemDoc>) {
        let numbers = |doc: Option<&ItemDoc>| doc.map_or(0, |doc| doc.embedding.len());
        let (before, now) = (numbers(before), numbers(now));
        if (before, now) == (0, 0) {
            return;
        }
        let mut embeddings = self.embeddings.lock().unwrap_or_else(PoisonError::into_inner);
        embeddings.documents -= usize::from(0 < before);
        embeddings.documents += usize::from(0 < now);
        if embeddings.documents == 0 {
            embeddings.numbers = 0;
        } else if embeddings.numbers == 0 {
            embeddings.numbers = now;
        }
    }

    /// Takes in a durable record; records that are not about items change nothing.
    pub fn apply(&self, body: &RecordBody) {
        match body {
            RecordBody::ItemRegistered { item, item_id, at } => {
                self.insert(*item, Arc::from(&**item_id), None, *at);
            }
            RecordBody::ItemPut { item, doc, at } => {
                for (category, name) in &doc.categories {
                    self.insert_category(*category, name);
                }
                let name = Arc::from(&*doc.item_id);
                self.insert(*item, name, Some(Arc::new(doc.clone())), *at);
            }
            RecordBody::ItemDelete { item, at } => {
                if let Some(name) = self.name(*item) {
                    self.insert(*item, name, None, *at);
                }
            }
            _ => {}
        }
    }

    fn insert(&self, item: ItemIndex, name: Arc<str>, doc: Option<Arc<ItemDoc>>, at: Timestamp) {
        let entry = ItemEntry { item, item_id: Arc::clone(&name), doc, updated_at: at };
        let doc = entry.doc.clone();
        let before = self.entries.insert(item, Arc::new(entry));
        self.count_embedding(
            before.as_ref().and_then(|entry| entry.doc.as_deref()),
            doc.as_deref(),
        );
        self.by_id.insert(name, item);
        self.next_item.fetch_max(item.0 + 1, Ordering::AcqRel);
    }

    fn insert_category(&self, category: CategoryId, name: &str) {
        let name: Arc<str> = Arc::from(name);
        self.category_names.insert(category, Arc::clone(&name));
        self.categories.insert(name, category);
        self.next_category.fetch_max(category.0 + 1, Ordering::AcqRel);
    }
}
