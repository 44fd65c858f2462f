//! What operators declared, with what it takes to judge an event by it, and its form in the log.
//!
//! **Format** of what is logged: version 1 is [`crate::codec`]'s form of [`Said`]. Names of event types are numbers in it.
//!
//! **Invariant:** a category's number is known here before any event that carries it is applied: the log holds the item's
//! document first, and whoever hands records on tells the names in them before.
//!
//! Not here: what declarations mean (see [`super::plan`]), which are in force (see [`super::active`]).

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bincode::{Decode, Encode};
use rustc_hash::FxHashMap;

use super::carry::Layout;
use super::declare::{Declaration, DeclarationError};
use super::occurrence::{CategoryNames, Occurrence};
use super::plan::FeaturePlan;
use crate::codec::{self, CodecError};
use crate::patterns::{Pattern, PatternError, PatternPlan};
use crate::record::{Event, Record, RecordBody};
use crate::{CategoryId, EventTypes, NodeKey};

/// Version byte of logged declarations.
const SAID_VERSION: u8 = 1;

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

/// Declarations as they are logged.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
struct Said {
    features: Vec<Declaration>,
    patterns: Vec<Pattern>,
}

/// Logged declarations that this node cannot keep.
#[derive(Debug, thiserror::Error)]
pub enum SaidError {
    /// The bytes are damaged, or of a version not known.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A feature cannot be kept.
    #[error(transparent)]
    Feature(#[from] DeclarationError),
    /// A pattern cannot be kept.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

/// What declarations are laid out by, beside themselves. It changes with a restart alone.
#[derive(Debug, Default)]
struct Terms {
    types: EventTypes,
    visit_gap_ms: u64,
    /// What was laid out last: all shards of a node ask for the same.
    newest: Mutex<Option<(Box<[u8]>, Plans)>>,
}

type Plans = (Arc<FeaturePlan>, Arc<PatternPlan>);

/// The plans, and the names that their filters are judged by.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// The features that are kept.
    pub plan: Arc<FeaturePlan>,
    /// The patterns that are noticed.
    pub patterns: Arc<PatternPlan>,
    /// Which category is which.
    pub names: Arc<CategoryBook>,
    terms: Arc<Terms>,
}

/// Names are no part of what was declared.
impl PartialEq for Declared {
    fn eq(&self, other: &Self) -> bool {
        self.plan == other.plan && self.patterns.iter().eq(other.patterns.iter())
    }
}

impl Declared {
    /// Plans, laid out by these types and this gap of visits, and no name yet.
    #[must_use]
    pub fn of(
        plan: FeaturePlan,
        patterns: PatternPlan,
        types: &EventTypes,
        visit_gap_ms: u64,
    ) -> Self {
        let terms = Terms { types: types.clone(), visit_gap_ms, ..Terms::default() };
        Self {
            plan: Arc::new(plan),
            patterns: Arc::new(patterns),
            names: Arc::default(),
            terms: Arc::new(terms),
        }
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

    /// What is declared, as it is logged.
    ///
    /// # Errors
    /// [`CodecError::Encode`] where it is larger than the codec's limit.
    pub fn said(&self) -> Result<Box<[u8]>, CodecError> {
        let features = self.plan.iter().map(|(_, one)| one.clone()).collect();
        let patterns = self.patterns.iter().map(|(_, one)| one.clone()).collect();
        codec::encode(SAID_VERSION, &Said { features, patterns }).map(Vec::into_boxed_slice)
    }

    /// The features that are declared as before and still have to be filled anew in `new`, because they come to share what
    /// they are kept in with others, or no longer do.
    #[must_use]
    pub fn refilled(&self, new: &Self) -> Vec<String> {
        let missing = Layout::of(&self.plan).missing(&new.plan);
        let missing = missing.iter().filter_map(|feature| new.plan.get(*feature));
        let stays = |one: &&Declaration| self.plan.iter().any(|(_, old)| old == *one);
        missing.filter(stays).map(|one| one.name.clone()).collect()
    }

    /// What was logged, with the same names.
    ///
    /// # Errors
    /// [`SaidError`] where it cannot be read, or not be kept under this node's event types.
    pub fn redeclared(&self, said: &[u8]) -> Result<Self, SaidError> {
        let mut newest = self.terms.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let known = newest.as_ref().filter(|(known, _)| **known == *said);
        let (plan, patterns) = if let Some((_, plans)) = known {
            plans.clone()
        } else {
            let Said { features, patterns } = codec::decode(SAID_VERSION, said)?;
            let Terms { types, visit_gap_ms, .. } = &*self.terms;
            let plan = FeaturePlan::new(features, types, *visit_gap_ms)?;
            let plans = (Arc::new(plan), Arc::new(PatternPlan::new(patterns)?));
            newest.insert((said.into(), plans)).1.clone()
        };
        Ok(Self { plan, patterns, names: Arc::clone(&self.names), terms: Arc::clone(&self.terms) })
    }

    /// These features alone, and no pattern. Where others share their blocks, as many instances are kept as with those.
    #[must_use]
    pub fn only(&self, features: &[super::FeatureId]) -> Self {
        let wanted = features.iter().filter_map(|feature| {
            let bounds = self.plan.families_of(*feature).map(|family| family.max_instances);
            let one = self.plan.get(*feature)?.clone();
            Some(Declaration { max_instances: bounds.max().flatten(), ..one })
        });
        let Terms { types, visit_gap_ms, .. } = &*self.terms;
        // Features that can be kept together can be kept with fewer beside them.
        let plan = FeaturePlan::new(wanted.collect(), types, *visit_gap_ms).unwrap_or_default();
        Self { plan: Arc::new(plan), patterns: Arc::default(), ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
