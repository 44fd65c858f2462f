//! Declarations that change while the shard runs, and features that are filled from the log beside it.
//!
//! **Invariant:** what is filled is what the shard would hold had the features been in force from the first record that
//! the log still has: the same events count once, by the same rule.
//!
//! Not here: reading the log, and which records are set aside (the caller's).

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::dedup::{self, RecentIds};
use super::{ApplyConfig, ShardState};
use crate::features::Declared;
use crate::features::active::{Active, Filling};
use crate::features::carry::{Carrier, Layout};
use crate::features::plan::FeaturePlan;
use crate::features::section::Section;
use crate::features::shared::Partials;
use crate::record::Mode;
use crate::user::User;
use crate::{NodeKey, Record, RecordBody, Sequence, UserId};

/// What the log says of one shard's users, for some features alone.
#[derive(Debug)]
pub struct Filler {
    key: NodeKey,
    declared: Declared,
    since: Sequence,
    recent_ids: RecentIds,
    sources: FxHashMap<u64, u64>,
    users: FxHashMap<UserId, Section>,
}

/// Users' features that were filled apart.
#[derive(Debug)]
pub struct Filled {
    since: Sequence,
    plan: Arc<FeaturePlan>,
    users: FxHashMap<UserId, Section>,
}

impl Filler {
    /// Nothing read yet; `declared` is what is to be filled, from the records up to `since`, and nothing else.
    #[must_use]
    pub fn new(config: &ApplyConfig, declared: Declared, since: Sequence) -> Self {
        Self {
            key: config.key,
            declared,
            since,
            recent_ids: RecentIds::new(config.dedup_window_ms),
            sources: FxHashMap::default(),
            users: FxHashMap::default(),
        }
    }

    /// Takes in a record of the shard; what it says of features of no user goes to `shared`, whatever the shard waits for.
    pub fn apply(&mut self, record: &Record, shared: Option<&mut Partials>) {
        let RecordBody::Event { event, .. } = &record.body else { return };
        let user_hash = self.key.user_hash(&event.user);
        if dedup::is_duplicate((&mut self.recent_ids, &mut self.sources), user_hash, event) {
            return;
        }
        let occurrence = self.declared.occurrence(user_hash, event);
        let plan = &self.declared.plan;
        if record.sequence <= self.since {
            let section = self.users.entry(event.user.clone()).or_default();
            let _ = section.apply(plan, &occurrence);
        }
        if let (Some(shared), Mode::Live) = (shared, event.mode) {
            shared.add(plan, &occurrence);
        }
    }

    /// What came of it.
    #[must_use]
    pub fn filled(mut self) -> Filled {
        self.users.retain(|_, section| 0 < section.bytes());
        Filled { since: self.since, plan: self.declared.plan, users: self.users }
    }
}

impl ShardState {
    /// What is in force, and what of it waits to be filled from the log.
    #[must_use]
    pub fn active(&self) -> &Active {
        &self.active
    }

    /// Adds what was filled apart; what was meant for other declarations is left out.
    pub fn fill(&mut self, filled: &Filled) {
        let Some(Filling { since, before }) = self.active.filling() else { return };
        if *since != filled.since {
            return;
        }
        let plan = Arc::clone(&self.active.declared().plan);
        let carrier = Carrier::filling(&Layout::of_users(&filled.plan), before, &plan);
        for (user, section) in &filled.users {
            let user_hash = self.config.key.user_hash(user);
            self.users.load(user_hash, user.as_str(), &mut self.scratch);
            self.scratch.declared.fill(&carrier, &plan, section);
            self.users.store(user_hash, user, &self.scratch);
        }
        self.active.filled(filled.since);
    }

    /// Brings declarations out of a record into force.
    pub(super) fn activate(&mut self, sequence: Sequence, said: &[u8]) {
        let Some(change) = self.active.activate(sequence, said) else { return };
        if !change.sweeps {
            return;
        }
        let declared = self.declared().clone();
        self.due.clear();
        let mut user = std::mem::take(&mut self.scratch);
        for id in self.users.ids() {
            let user_hash = self.config.key.user_hash(&id);
            self.users.load(user_hash, id.as_str(), &mut user);
            if sweep(&mut user, &change.carrier, &declared) {
                self.users.store(user_hash, &id, &user);
            }
            self.schedule(id.as_str(), &user);
        }
        self.scratch = user;
    }
}

/// Leaves a user what is in force; whether anything was changed.
fn sweep(user: &mut User, carrier: &Carrier, declared: &Declared) -> bool {
    let dropped = user.patterns.drop_unknown(&declared.patterns);
    let before = user.declared.clone();
    let _ = user.declared.carry(carrier, &declared.plan);
    0 < dropped || user.declared != before
}

#[cfg(test)]
mod tests;
