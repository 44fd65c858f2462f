//! Declared features and tags of users, as of an instant.
//!
//! Not here: the shared features (see [`crate::features::published`]), what values mean.

use super::ShardState;
use crate::features::FeatureId;
use crate::features::declare::Entity;
use crate::features::read::Reading;
use crate::patterns::PatternId;
use crate::user::User;
use crate::{Timestamp, UserId};

/// All that is declared of a user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserDeclared {
    /// Each feature of users with its instance (0 for the user alone) and what it says, in order of declaration and key.
    pub features: Vec<(FeatureId, u64, Reading)>,
    /// The tags that the user has.
    pub tags: Vec<UserTag>,
}

/// A tag of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserTag {
    /// The pattern that set it.
    pub pattern: PatternId,
    /// Time of the newest match.
    pub at: Timestamp,
    /// From when on it is gone.
    pub until: Timestamp,
    /// What the newest match had in common: item, category or room; 0 for nothing but the user.
    pub binding: u64,
    /// Matches in all.
    pub matches: u32,
}

/// What is asked of one user: features, each with its instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserAsk {
    /// Of whom.
    pub user: UserId,
    /// What.
    pub wanted: Vec<(FeatureId, u64)>,
}

impl ShardState {
    /// All that is declared of a user, as of `at`; of somebody not known what is said of nobody.
    #[must_use]
    pub fn declared_of(&self, user: &UserId, at: Timestamp) -> UserDeclared {
        let found = self.found(user);
        let mut features = Vec::new();
        for (feature, one) in self.plan().iter().filter(|(_, one)| one.entity.is_of_users()) {
            for key in self.instances(&found, feature, one.entity) {
                features.push((feature, key, self.reading(&found, (feature, key), at)));
            }
        }
        let patterns = &self.config.features.declared().patterns;
        let tags = found.patterns.tags(patterns, at).into_iter().filter_map(|tag| {
            let pattern = patterns.find(&tag.pattern.name)?;
            let (at, until) = (tag.at, tag.until);
            Some(UserTag { pattern, at, until, binding: tag.binding, matches: tag.matches })
        });
        UserDeclared { features, tags: tags.collect() }
    }

    /// What the wanted features say as of `at`.
    #[must_use]
    pub fn read_features(&self, ask: &UserAsk, at: Timestamp) -> Vec<Reading> {
        let found = self.found(&ask.user);
        ask.wanted.iter().map(|wanted| self.reading(&found, *wanted, at)).collect()
    }

    fn found(&self, user: &UserId) -> User {
        self.unpacked(self.config.key.user_hash(user), user).unwrap_or_default()
    }

    pub(super) fn reading(
        &self,
        user: &User,
        (feature, key): (FeatureId, u64),
        at: Timestamp,
    ) -> Reading {
        self.plan().read(feature, |tag| user.declared.block(tag, key), at)
    }

    /// The instances that there are, in order of key; the user alone is always one.
    pub(super) fn instances(&self, user: &User, feature: FeatureId, entity: Entity) -> Vec<u64> {
        if entity == Entity::User {
            return vec![0];
        }
        let blocks = self.plan().families_of(feature).flat_map(|it| user.declared.blocks(it.tag));
        let mut keys: Vec<u64> = blocks.map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

#[cfg(test)]
mod tests;
