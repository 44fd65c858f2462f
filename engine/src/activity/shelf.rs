//! What item records change, and the items that may be shown now, newest first: all of them, and by category.
//!
//! An item stands on the shelf from its publication to its expiry. Those two instants wait in order of time; when a
//! publication finds that one has passed, the item moves and its categories' lists are made anew. So what
//! cannot be shown takes no place in a list of bounded length.
//!
//! **Invariant:** after [`ItemActivity::settle_due`] the shelves hold exactly what may be shown at that instant: they
//! follow from columns and clock, so a restored node has the same.
//!
//! Not here: what is popular (see `lists`).

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::activity::dirty::RowKind;
use crate::activity::state::{ItemActivity, slot};
use crate::catalogue::{DocRow, ItemColumns, Standing};
use crate::record::{Event, ItemDoc, ItemKind};
use crate::{CategoryId, ItemIndex, Timestamp};

/// Items that may be shown, newest first; live rooms apart, because few lists take them.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    items: BTreeSet<(Reverse<Timestamp>, ItemIndex)>,
    rooms: BTreeSet<(Reverse<Timestamp>, ItemIndex)>,
    /// Whether it changed since [`Self::take_changed`].
    changed: bool,
}

impl Shelf {
    /// The newest items that are no live rooms.
    pub fn items(&self) -> impl Iterator<Item = ItemIndex> {
        self.items.iter().map(|(_, item)| *item)
    }

    /// The newest live rooms.
    pub fn rooms(&self) -> impl Iterator<Item = ItemIndex> {
        self.rooms.iter().map(|(_, item)| *item)
    }

    /// Whether anything came or went since this was last asked.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    fn put(&mut self, item: ItemIndex, columns: &ItemColumns) {
        let place = (Reverse(columns.new_since()), item);
        if columns.kind == ItemKind::LiveRoom { &mut self.rooms } else { &mut self.items }
            .insert(place);
        self.changed = true;
    }

    fn take(&mut self, item: ItemIndex, columns: &ItemColumns) {
        let place = (Reverse(columns.new_since()), item);
        self.changed |= self.items.remove(&place) | self.rooms.remove(&place);
    }
}

impl ItemActivity {
    /// An item got its number.
    pub(super) fn register(&mut self, item: ItemIndex, item_id: &str, at: Timestamp) {
        if self.docs.get(item).is_some() {
            return;
        }
        let row = DocRow {
            item_id: item_id.into(),
            registered_at: at,
            updated_at: at,
            deleted: false,
            doc: None,
        };
        self.docs.set(item, row);
        self.change(item, at, None, |columns| columns.register(item_id, at));
    }

    /// An item got a document.
    pub(super) fn put(&mut self, item: ItemIndex, doc: &ItemDoc, at: Timestamp) {
        self.register(item, &doc.item_id, at);
        if let Some(row) = self.docs.get_mut(item) {
            row.updated_at = at;
            row.deleted = false;
            row.doc = Some(Box::new(doc.clone()));
        }
        for (category, name) in &doc.categories {
            // A row of its own, so that number and name stay with each other when no document carries them any more.
            self.category_mut(*category).name = Some(name.clone());
            self.dirty.mark_category(*category);
        }
        self.change(item, at, Some(doc), |columns| columns.describe(doc));
        if self.counts.get(item.as_usize()).is_some_and(|counts| 0.0 < counts.positives) {
            self.admit(item, &[]);
        }
    }

    /// An item left the catalogue.
    pub(super) fn delete(&mut self, item: ItemIndex, at: Timestamp) {
        let Some(row) = self.docs.get_mut(item) else { return };
        row.updated_at = at;
        row.deleted = true;
        row.doc = None;
        self.change(item, at, None, ItemColumns::withdraw);
    }

    /// The item's categories, as its document has them.
    pub(super) fn categories_of(&self, item: ItemIndex) -> Vec<CategoryId> {
        let columns = self.columns.get(item.as_usize()).copied().unwrap_or_default();
        let more = self.more_categories.get(item.as_usize()).and_then(Option::as_deref);
        [columns.categories(), more.unwrap_or_default()].concat()
    }

    /// The instant at which it is judged what may be shown.
    pub(super) fn shown_at(&self) -> Timestamp {
        self.clock.now.max(self.clock.heard)
    }

    /// Moves the items whose publication or expiry has come.
    pub(super) fn settle_due(&mut self) {
        let now = self.shown_at();
        while let Some((instant, item)) = self.published.due.first().copied() {
            if now < instant {
                return;
            }
            self.leave(item);
            self.enter(item);
        }
    }

    /// Takes an item's row of columns and categories from its document, after a restore.
    pub(super) fn derive_item(&mut self, item: ItemIndex) {
        let Some(row) = self.docs.get(item) else { return };
        let columns = self.columns.row_mut(item.as_usize());
        columns.register(&row.item_id, row.registered_at);
        match &row.doc {
            Some(doc) => {
                columns.describe(doc);
                set_more(&mut self.more_categories, item, doc);
                for (category, name) in &doc.categories {
                    // Rows of the first version do not tell it.
                    let row = slot(&mut self.categories, category.0 as usize);
                    row.name.get_or_insert_with(|| name.clone());
                }
            }
            None if row.deleted => columns.withdraw(),
            None => {}
        }
        self.enter(item);
    }

    /// Changes an item's columns and keeps everything that hangs on them in step.
    fn change(
        &mut self,
        item: ItemIndex,
        at: Timestamp,
        doc: Option<&ItemDoc>,
        change: impl FnOnce(&mut ItemColumns),
    ) {
        self.clock.heard = self.clock.heard.max(at);
        self.dirty.mark(RowKind::Doc, item);
        self.leave(item);
        change(self.columns.row_mut(item.as_usize()));
        set_more(&mut self.more_categories, item, doc.unwrap_or(&ItemDoc::default()));
        self.enter(item);
    }

    fn leave(&mut self, item: ItemIndex) {
        let Some(columns) = self.columns.get(item.as_usize()).copied() else { return };
        for instant in [columns.published_at, columns.expires_at].into_iter().flatten() {
            self.published.due.remove(&(instant, item));
        }
        self.shelf.take(item, &columns);
        for category in self.categories_of(item) {
            self.category_mut(category).shelf.take(item, &columns);
            self.published.mark_category(category);
        }
    }

    fn enter(&mut self, item: ItemIndex) {
        let Some(columns) = self.columns.get(item.as_usize()).copied() else { return };
        let now = self.shown_at();
        if let Some(instant) = columns.next_change(now) {
            self.published.due.insert((instant, item));
        }
        let shown = columns.registered && columns.standing(now) == Standing::Shown;
        if shown {
            self.shelf.put(item, &columns);
        }
        for category in self.categories_of(item) {
            if shown {
                self.category_mut(category).shelf.put(item, &columns);
            }
            self.published.mark_category(category);
        }
    }
}

/// Keeps the categories of `doc` that the columns have no room for.
fn set_more(kept: &mut crate::activity::state::MoreCategories, item: ItemIndex, doc: &ItemDoc) {
    let more = doc.categories.iter().skip(Event::MAX_CATEGORIES).map(|(category, _)| *category);
    let more: Arc<[CategoryId]> = more.collect();
    let had = kept.get(item.as_usize()).is_some_and(Option::is_some);
    if had || !more.is_empty() {
        *kept.row_mut(item.as_usize()) = (!more.is_empty()).then_some(more);
    }
}

#[cfg(test)]
mod tests;
