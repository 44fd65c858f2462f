//! Declared features and tags of users, as of an instant.
//!
//! Not here: the shared features (see [`crate::features::published`]), what values mean.

use super::ShardState;
use crate::features::carry::{Carrier, Layout};
use crate::features::declare::Entity;
use crate::features::plan::FeaturePlan;
use crate::features::read::Reading;
use crate::features::{Declared, FeatureId};
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
    /// All of `asked` that is known of a user, as of `at`; of somebody not known what is said of nobody.
    #[must_use]
    pub fn declared_of(&self, user: &UserId, asked: &Declared, at: Timestamp) -> UserDeclared {
        let Declared { plan, patterns, .. } = asked;
        let found = self.found(user, plan);
        let mut features = Vec::new();
        for (feature, one) in plan.iter().filter(|(_, one)| one.entity.is_of_users()) {
            for key in instances(plan, &found, feature, one.entity) {
                features.push((feature, key, reading(plan, &found, (feature, key), at)));
            }
        }
        let tags = found.patterns.tags(patterns, at).into_iter().filter_map(|tag| {
            let pattern = patterns.find(&tag.pattern.name)?;
            let (at, until) = (tag.at, tag.until);
            Some(UserTag { pattern, at, until, binding: tag.binding, matches: tag.matches })
        });
        UserDeclared { features, tags: tags.collect() }
    }

    /// What the wanted features of `plan` say as of `at`.
    #[must_use]
    pub fn read_features(&self, plan: &FeaturePlan, ask: &UserAsk, at: Timestamp) -> Vec<Reading> {
        let found = self.found(&ask.user, plan);
        ask.wanted.iter().map(|wanted| reading(plan, &found, *wanted, at)).collect()
    }

    /// The user, with what they have in the form that `asked` reads: what is in force is another plan for the moment in
    /// which declarations change.
    fn found(&self, user: &UserId, asked: &FeaturePlan) -> User {
        let user_hash = self.config.key.user_hash(user);
        let mut found = self.unpacked(user_hash, user).unwrap_or_default();
        if asked.fingerprint() != self.plan().fingerprint() {
            let carrier = Carrier::between(&Layout::of_users(self.plan()), asked);
            let _ = found.declared.carry(&carrier, asked);
        }
        found
    }
}

pub(super) fn reading(
    plan: &FeaturePlan,
    user: &User,
    (feature, key): (FeatureId, u64),
    at: Timestamp,
) -> Reading {
    plan.read(feature, |tag| user.declared.block(tag, key), at)
}

/// The instances that there are, in order of key; the user alone is always one.
pub(super) fn instances(
    plan: &FeaturePlan,
    user: &User,
    feature: FeatureId,
    entity: Entity,
) -> Vec<u64> {
    if entity == Entity::User {
        return vec![0];
    }
    let blocks = plan.families_of(feature).flat_map(|it| user.declared.blocks(it.tag));
    let mut keys: Vec<u64> = blocks.map(|(key, _)| key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests;
