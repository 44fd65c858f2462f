//! A small stream for tests: facts and records with sequences, times and each user's last choices.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::activity::{ActivityConfig, ItemActivity};
use crate::outcome::ActivityFact;
use crate::record::{ItemDoc, ItemKind, Mode};
use crate::{
    CategoryId, EventTypeId, EventTypeSpec, EventTypes, ItemIndex, Record, RecordBody, Role,
    Sequence, Timestamp,
};

pub(crate) const CLICK: EventTypeId = EventTypeId(0);
pub(crate) const IMPRESSION: EventTypeId = EventTypeId(1);
pub(crate) const DISLIKE: EventTypeId = EventTypeId(2);

const START: u64 = 1_700_000_000_000;

/// Three event types, and room for all of a test's neighbours.
pub(crate) fn config() -> ActivityConfig {
    let spec = |name: &str, role| EventTypeSpec {
        name: name.to_owned(),
        aliases: Vec::new(),
        role,
        weight: 1.0,
        half_life_ms: 86_400_000,
    };
    let specs = [
        spec("click", Role::Positive),
        spec("impression", Role::Impression),
        spec("dislike", Role::Negative),
    ];
    ActivityConfig {
        types: EventTypes::new(specs.into()).expect("three different names"),
        ..ActivityConfig::default()
    }
}

pub(crate) fn fact(sequence: u64, user: u64, item: u64, event_type: EventTypeId) -> ActivityFact {
    ActivityFact {
        sequence: Sequence(sequence),
        user_hash: user,
        item: ItemIndex(item as u32),
        event_type,
        at: Timestamp::from_millis(START),
        mode: Mode::Live,
        categories: Vec::new(),
        kind: ItemKind::Item,
        recent: Vec::new(),
        origin: 0,
        influence: 1.0,
    }
}

/// A document of `item` in these categories.
pub(crate) fn put(item: u32, categories: &[u32]) -> RecordBody {
    let doc = ItemDoc {
        item_id: format!("i{item}").into(),
        categories: self::categories(categories),
        available: true,
        ..ItemDoc::default()
    };
    RecordBody::ItemPut { item: ItemIndex(item), doc, at: Timestamp::from_millis(START) }
}

/// Categories with names.
pub(crate) fn categories(numbers: &[u32]) -> Vec<(CategoryId, Box<str>)> {
    numbers.iter().map(|number| (CategoryId(*number), format!("c{number}").into())).collect()
}

/// Item activity with a clock, a sequence and what each user chose last.
pub(crate) struct Stream {
    pub activity: ItemActivity,
    sequence: u64,
    now: u64,
    chosen: BTreeMap<u64, Vec<ItemIndex>>,
}

impl Stream {
    pub fn new(config: ActivityConfig) -> Self {
        Self::of(ItemActivity::new(Arc::new(config)))
    }

    pub fn of(activity: ItemActivity) -> Self {
        let sequence = activity.offset().0;
        Self { activity, sequence, now: START, chosen: BTreeMap::new() }
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    pub fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    pub fn wait(&mut self, millis: u64) {
        self.now += millis;
    }

    pub fn tick(&mut self) {
        self.record(RecordBody::Tick { time: self.now() });
    }

    pub fn record(&mut self, body: RecordBody) {
        let sequence = Sequence(self.next());
        self.activity.apply_record(&Record { sequence, body });
    }

    pub fn item(&mut self, item: u32) {
        let (item_id, at) = (format!("i{item}").into(), self.now());
        self.record(RecordBody::ItemRegistered { item: ItemIndex(item), item_id, at });
    }

    pub fn items(&mut self, items: u32) {
        (0..items).for_each(|item| self.item(item));
    }

    /// The items `user` chose before, newest first, each once, without `item`.
    pub fn recent_of(&self, user: u64, item: u64) -> Vec<ItemIndex> {
        let mut recent = Vec::new();
        for other in self.chosen.get(&user).into_iter().flatten().rev() {
            if other.0 != item as u32 && !recent.contains(other) && recent.len() < 20 {
                recent.push(*other);
            }
        }
        recent
    }

    /// The items `user` chose, oldest first.
    pub fn chosen_by(&self, user: u64) -> &[ItemIndex] {
        self.chosen.get(&user).map_or(&[], Vec::as_slice)
    }

    pub fn fact(&mut self, user: u64, item: u64, event_type: EventTypeId) {
        self.apply(user, item, event_type, &[]);
    }

    pub fn fact_in(&mut self, user: u64, item: u64, categories: &[u32]) {
        self.apply(user, item, CLICK, categories);
    }

    fn apply(&mut self, user: u64, item: u64, event_type: EventTypeId, categories: &[u32]) {
        let mut fact = fact(self.next(), user, item, event_type);
        fact.at = self.now();
        fact.categories = categories.iter().copied().map(CategoryId).collect();
        if event_type == CLICK {
            fact.recent = self.recent_of(user, item);
            self.chosen.entry(user).or_default().push(fact.item);
        }
        self.activity.apply_fact(&fact);
    }
}
