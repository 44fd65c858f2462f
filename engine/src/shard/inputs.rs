//! What declared features and tags of a user say to ranking, read with the view.
//!
//! Read is what takes part in ranking and nothing else: one value a feature of the user alone, one for each kept instance of
//! those with an item or a category.

use super::ShardState;
use super::declared::{instances, reading};
use crate::Timestamp;
use crate::features::declare::Entity;
use crate::features::input::{ActiveTag, MAX_TAGS, PairedInput, UserInputs};
use crate::user::User;

impl ShardState {
    /// Whether any declared feature of users takes part in ranking.
    pub(super) fn has_inputs(&self) -> bool {
        self.plan().inputs().iter().any(|input| input.entity.is_of_users())
    }

    /// What ranking is told of a user, as of `at`.
    pub(super) fn inputs_of(&self, user: &User, at: Timestamp) -> UserInputs {
        let mut inputs = UserInputs { tags: self.tags_of(user, at), ..UserInputs::default() };
        for input in self.plan().inputs().iter().filter(|input| input.entity.is_of_users()) {
            let said = |key| input.value(&reading(self.plan(), user, (input.feature, key), at), at);
            if input.entity == Entity::User {
                inputs.own.push(said(0));
                continue;
            }
            let keys = instances(self.plan(), user, input.feature, input.entity).into_iter();
            let values = keys.map(|key| (key, said(key))).collect();
            let (input, entity) = (input.fingerprint, input.entity);
            inputs.paired.push(PairedInput { input, entity, values });
        }
        inputs
    }

    fn tags_of(&self, user: &User, at: Timestamp) -> Vec<ActiveTag> {
        let patterns = &self.declared().patterns;
        let tags = user.patterns.tags(patterns, at).into_iter().take(MAX_TAGS);
        tags.filter_map(|tag| {
            Some(ActiveTag {
                tag: tag.pattern.tag.as_str().into(),
                pattern: patterns.fingerprint_of(patterns.find(&tag.pattern.name)?)?,
                same: tag.pattern.same,
                binding: tag.binding,
                at: tag.at,
                until: tag.until,
                ranked: tag.pattern.rank,
            })
        })
        .collect()
    }
}

#[cfg(test)]
mod tests;
