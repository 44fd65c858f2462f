//! Declared features and tags of a user, as of an instant.
//!
//! Not here: the shared features (see `crate::activity`), what values mean.

use super::ShardState;
use crate::features::FeatureId;
use crate::features::declare::Entity;
use crate::features::read::Reading;
use crate::features::section::Section;
use crate::patterns::Tag;
use crate::user::User;
use crate::{Timestamp, UserId};

/// What is declared of a user.
#[derive(Debug)]
pub struct DeclaredOfUser<'a> {
    state: &'a ShardState,
    user: User,
    at: Timestamp,
    /// The tags that the user has.
    pub tags: Vec<Tag<'a>>,
}

impl ShardState {
    /// What is declared of a user, as of `at`; nothing of a user who is not known.
    #[must_use]
    pub fn declared_of(&self, user: &UserId, at: Timestamp) -> DeclaredOfUser<'_> {
        let found = self.unpacked(self.config.key.user_hash(user), user).unwrap_or_default();
        let tags = found.patterns.tags(&self.config.features.declared().patterns, at);
        DeclaredOfUser { state: self, user: found, at, tags }
    }
}

impl DeclaredOfUser<'_> {
    /// What a feature of users says, of the instance `key` (0 for the user alone).
    #[must_use]
    pub fn read(&self, feature: FeatureId, key: u64) -> Reading {
        let section: &Section = &self.user.declared;
        self.state.plan().read(feature, |tag| section.block(tag, key), self.at)
    }

    /// Every instance that there is of a feature of users with an item or a category, in order of key.
    #[must_use]
    pub fn instances(&self, feature: FeatureId) -> Vec<u64> {
        let plan = self.state.plan();
        let is_alone = plan.get(feature).is_none_or(|one| one.entity == Entity::User);
        if is_alone {
            return vec![0];
        }
        let blocks = plan.families_of(feature).flat_map(|it| self.user.declared.blocks(it.tag));
        let mut keys: Vec<u64> = blocks.map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

#[cfg(test)]
mod tests;
