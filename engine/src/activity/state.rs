//! The owner of item activity: applies facts and shared records in log order, publishes views.
//!
//! Not here: threads and intervals; the caller decides when to publish and to cut.

use std::sync::Arc;

use crate::activity::config::ActivityConfig;
use crate::activity::counts::ItemCounts;
use crate::activity::view::{ActivityView, TopLists, best_first};
use crate::catalogue::{Chunked, DocRow, Docs, ItemColumns};
use crate::codec::CodecError;
use crate::outcome::ActivityFact;
use crate::part::{Part, PartOwner};
use crate::record::{ItemDoc, Mode};
use crate::{ItemIndex, Record, RecordBody, Role, Sequence, Timestamp};

/// Item activity and the catalogue behind it.
#[derive(Debug)]
pub struct ItemActivity {
    config: Arc<ActivityConfig>,
    offset: Sequence,
    now: Timestamp,
    events: u64,
    revision: u64,
    columns: Chunked<ItemColumns>,
    counts: Chunked<ItemCounts>,
    docs: Docs,
}

impl ItemActivity {
    /// Item activity of an empty node.
    #[must_use]
    pub fn new(config: Arc<ActivityConfig>) -> Self {
        Self {
            config,
            offset: Sequence(0),
            now: Timestamp::EPOCH,
            events: 0,
            revision: 0,
            columns: Chunked::default(),
            counts: Chunked::default(),
            docs: Docs::default(),
        }
    }

    /// Item activity as its parts hold it.
    ///
    /// # Errors
    /// [`CodecError`] where an entry is damaged or of a version not known.
    pub fn restore(
        config: Arc<ActivityConfig>,
        entries: impl Iterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Result<Self, CodecError> {
        entries.count();
        Ok(Self::new(config))
    }

    /// Last record or fact applied.
    #[must_use]
    pub fn offset(&self) -> Sequence {
        self.offset
    }

    /// Takes in a record that concerns items or time; others change nothing but the offset.
    pub fn apply_record(&mut self, record: &Record) {
        self.offset = self.offset.max(record.sequence);
        match &record.body {
            RecordBody::ItemRegistered { item, item_id, at } => self.register(*item, item_id, *at),
            RecordBody::ItemPut { item, doc, at } => self.put(*item, doc, *at),
            RecordBody::ItemDelete { item, at } => self.delete(*item, *at),
            RecordBody::Tick { time } => self.now = self.now.max(*time),
            _ => {}
        }
    }

    /// Takes in what a user did with an item; call in sequence order.
    pub fn apply_fact(&mut self, fact: &ActivityFact) {
        self.offset = self.offset.max(fact.sequence);
        let role = self.config.types.get(fact.event_type).map_or(Role::Neutral, |spec| spec.role);
        let counts = self.counts.row_mut(fact.item.as_usize());
        match (role, fact.mode) {
            (Role::Positive, mode) => {
                self.events += u64::from(mode == Mode::Live);
                counts.clicks += u32::from(mode == Mode::Live);
                let weight = if mode == Mode::Live { 1.0 } else { self.config.backfill_weight };
                counts.touch(weight, self.events, &self.config.half_lives_events);
            }
            (Role::Impression, Mode::Live) => counts.impressions += 1,
            _ => {}
        }
        if fact.mode == Mode::Live {
            self.now = self.now.max(fact.at);
        }
    }

    /// A view of everything applied so far.
    pub fn publish(&mut self) -> Arc<ActivityView> {
        self.revision += 1;
        let mut view = ActivityView {
            config: Arc::clone(&self.config),
            revision: self.revision,
            at: self.now,
            events: self.events,
            columns: self.columns.clone(),
            counts: self.counts.clone(),
            ..ActivityView::empty()
        };
        let mut lists = TopLists::default();
        for half_life in crate::activity::HalfLife::ALL {
            let items = self.counts.iter().map(|(item, _)| ItemIndex(item as u32));
            let mut popular: Vec<_> =
                items.map(|item| (item, view.popularity(item, half_life))).collect();
            popular.sort_unstable_by(best_first);
            lists.popular[half_life.place()] = popular;
        }
        view.lists = Arc::new(lists);
        Arc::new(view)
    }

    /// What changed since the last cut.
    pub fn cut(&mut self) -> Part {
        Part { owner: PartOwner::Activity, entries: Vec::new() }
    }

    /// Hash of everything a cut would hold, in a canonical order.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.events
    }

    /// Every item with a number: when the last record about it came, its name, its document.
    pub fn docs(&self) -> impl Iterator<Item = (ItemIndex, Timestamp, &str, Option<&ItemDoc>)> {
        let rows = self.docs.iter();
        rows.map(|(item, row)| (item, row.updated_at, &*row.item_id, row.doc.as_deref()))
    }

    fn register(&mut self, item: ItemIndex, item_id: &str, at: Timestamp) {
        self.columns.row_mut(item.as_usize()).register(at);
        let row = DocRow {
            item_id: item_id.into(),
            registered_at: at,
            updated_at: at,
            deleted: false,
            doc: None,
        };
        self.docs.set(item, row);
    }

    fn put(&mut self, item: ItemIndex, doc: &ItemDoc, at: Timestamp) {
        if self.docs.get(item).is_none() {
            self.register(item, &doc.item_id, at);
        }
        self.columns.row_mut(item.as_usize()).describe(doc);
        if let Some(row) = self.docs.get_mut(item) {
            row.updated_at = at;
            row.deleted = false;
            row.doc = Some(Box::new(doc.clone()));
        }
    }

    fn delete(&mut self, item: ItemIndex, at: Timestamp) {
        self.columns.row_mut(item.as_usize()).withdraw();
        if let Some(row) = self.docs.get_mut(item) {
            row.updated_at = at;
            row.deleted = true;
            row.doc = None;
        }
    }
}
