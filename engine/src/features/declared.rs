//! What operators declared, with what it takes to judge an event by it.
//!
//! **Invariant:** a category's number is known here before any event that carries it is applied: the log holds the item's
//! document first, and whoever hands records on tells the names in them before.
//!
//! Not here: what declarations mean (see [`super::plan`]).

use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use super::occurrence::{CategoryNames, Occurrence};
use super::plan::FeaturePlan;
use crate::patterns::PatternPlan;
use crate::record::{Event, Record, RecordBody};
use crate::{CategoryId, NodeKey};

/// Numbers of categories by name, shared by all who judge events.
#[derive(Debug, Default)]
pub struct CategoryBook(RwLock<FxHashMap<Box<str>, CategoryId>>);

impl CategoryBook {
    /// Notes the names that a record tells.
    pub fn read(&self, record: &Record) {
        if let RecordBody::ItemPut { doc, .. } = &record.body {
            for (id, name) in &doc.categories {
                self.note(name, *id);
            }
        }
    }

    /// Notes a category's name.
    pub fn note(&self, name: &str, id: CategoryId) {
        let known = self.number(name).is_some();
        if !known {
            let mut names = self.0.write().unwrap_or_else(PoisonError::into_inner);
            names.insert(name.into(), id);
        }
    }
}

impl CategoryNames for CategoryBook {
    fn number(&self, name: &str) -> Option<CategoryId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(name).copied()
    }
}

/// The plans, and the names that their filters are judged by.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// The features that are kept.
    pub plan: Arc<FeaturePlan>,
    /// The patterns that are noticed.
    pub patterns: Arc<PatternPlan>,
    /// Which category is which.
    pub names: Arc<CategoryBook>,
}

/// Names are no part of what was declared.
impl PartialEq for Declared {
    fn eq(&self, other: &Self) -> bool {
        self.plan == other.plan && self.patterns == other.patterns
    }
}

impl Declared {
    /// Plans, and no name yet.
    #[must_use]
    pub fn of(plan: FeaturePlan, patterns: PatternPlan) -> Self {
        Self { plan: Arc::new(plan), patterns: Arc::new(patterns), names: Arc::default() }
    }

    /// Whether nothing is declared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.plan.is_empty() && self.patterns.is_empty()
    }

    /// Hash of all that gives stored state its meaning.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let each = [self.plan.fingerprint(), self.patterns.fingerprint()];
        let each = each.map(u64::to_le_bytes);
        NodeKey([0; 16]).hash(&[b"declared", &each[0], &each[1]])
    }

    /// An event as features see it.
    #[must_use]
    pub fn occurrence<'a>(&'a self, user_hash: u64, event: &'a Event) -> Occurrence<'a> {
        event.occurrence(user_hash, self.names.as_ref())
    }
}
