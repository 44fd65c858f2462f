//! The user as the model sees them: one function for training and for serving.
//!
//! **Invariant:** nothing that came after the instant is in it, neither for a late event nor for a read.
//!
//! Not here: what the model makes of it (see [`crate::model`]); which events are learned from (see
//! [`crate::shard`]).

use super::{Entry, HISTORY, Rules, User, row, seen};
use crate::model::sample::{HISTORY_ITEMS, UNDRAWN_ITEMS};
use crate::model::{ModelUser, Past};
use crate::{ItemIndex, Role, Timestamp};

impl User {
    /// The user at `at`, out of the kept history; the caller fills in the hash, which the user does not know.
    #[must_use]
    pub fn model_user(&self, at: Timestamp, rules: &Rules) -> ModelUser {
        let mut found = ModelUser { row: row::decode(&self.row), ..ModelUser::default() };
        let on_visit = self.visit.is_open(at, rules.visit_gap_ms);
        let of_role = |(entry, item)| {
            let Entry { event_type, at, .. } = entry;
            (rules.role(event_type) == Role::Positive).then_some((at, item))
        };
        for (past, item) in self.met(at).filter_map(of_role) {
            found.events += 1;
            if found.history.len() < HISTORY_ITEMS {
                let age_s = u32::try_from(at.millis_since(past) / 1_000).unwrap_or(u32::MAX);
                found.history.push(Past { item, age_s });
                found.visit += usize::from(on_visit && self.visit.started_at <= past);
            }
        }
        found
    }

    /// Items that the user met, in whatever role but as an impression, each once, of those that are remembered: first
    /// the newest, then those that left the history.
    #[must_use]
    pub fn undrawn(&self, at: Timestamp) -> Vec<ItemIndex> {
        let mut items = Vec::with_capacity(self.history.len());
        let kept = self.history.iter().filter(|entry| entry.at <= at);
        for item in kept.filter_map(|entry| entry.item) {
            if !items.contains(&item) {
                items.push(item);
            }
        }
        let newest = items.len();
        for mark in seen::marks(&self.seen) {
            // One type after the other, items ascending: what two types name stands twice.
            let left = items.len() < UNDRAWN_ITEMS && mark.since() <= at;
            if left && !items[..newest].contains(&mark.item) {
                items.push(mark.item);
            }
        }
        items
    }

    /// Kept events on items that happened by `at`, newest first.
    fn met(&self, at: Timestamp) -> impl Iterator<Item = (Entry, ItemIndex)> + '_ {
        let newest = self.history.iter().take(HISTORY).filter(move |entry| entry.at <= at);
        newest.filter_map(|entry| Some((*entry, entry.item?)))
    }
}

#[cfg(test)]
mod tests;
