//! What tags of the user do to candidates: lift them, lower them, or leave them out.
//!
//! A rule goes by the name of a tag. It takes the candidates that share what the newest match had in common: the item, a
//! category, the room; of a tag that has nothing but the user in common, all. A filter of the rule narrows them further.
//!
//! A boost is a factor of the odds: the score is a sum of logarithms of odds, so its logarithm is added; what is ordered by
//! value is multiplied by it.
//!
//! **Invariant:** where the user has none of the tags, nothing is changed, not by a bit.

use super::request::{Condition, Filter, RankRequest};
use crate::catalogue::ItemColumns;
use crate::features::input::ActiveTag;
use crate::patterns::Same;
use crate::{ActivityView, CategoryId, ItemIndex};

/// What a tag of the user does to candidates.
#[derive(Clone, Debug, PartialEq)]
pub struct TagRule {
    /// Name of the tag.
    pub tag: Box<str>,
    /// What candidates must and must not be, beside sharing what the match had in common.
    pub filter: Filter,
    /// What is done.
    pub effect: TagEffect,
}

/// What is done with the candidates of a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TagEffect {
    /// Their odds are multiplied.
    Boost(f32),
    /// They are left out.
    Exclude,
}

/// The rules of a request whose tag its user has.
#[derive(Debug)]
pub struct Tagged<'a> {
    activity: &'a ActivityView,
    active: Vec<(&'a TagRule, &'a ActiveTag)>,
}

impl<'a> Tagged<'a> {
    /// Those of `request`.
    #[must_use]
    pub fn new(request: &RankRequest<'a>) -> Self {
        let tags = &request.user.inputs.tags;
        let active = request.scenario.tagged.iter().flat_map(|rule| {
            tags.iter().filter(|tag| tag.tag == rule.tag).map(move |tag| (rule, tag))
        });
        Self { activity: request.activity, active: active.collect() }
    }

    /// Whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.active.is_empty()
    }

    /// What is done with `item`, and for which tag.
    pub fn on(&self, item: ItemIndex) -> impl Iterator<Item = (&'a ActiveTag, TagEffect)> + '_ {
        let columns = self.activity.columns(item);
        let meant = self.active.iter().filter(move |(rule, tag)| {
            self.shares(item, columns, tag)
                && columns
                    .is_none_or(|columns| passes(self.activity, &rule.filter, (item, columns)))
        });
        meant.map(|(rule, tag)| (*tag, rule.effect))
    }

    /// Whether `item` is left out.
    #[must_use]
    pub fn excludes(&self, item: ItemIndex) -> bool {
        self.on(item).any(|(_, effect)| effect == TagEffect::Exclude)
    }

    /// What the odds of `item` are multiplied by.
    #[must_use]
    pub fn factor(&self, item: ItemIndex) -> f32 {
        let boost = |effect| if let TagEffect::Boost(factor) = effect { factor } else { 1.0 };
        self.on(item).map(|(_, effect)| boost(effect)).product()
    }

    fn shares(&self, item: ItemIndex, columns: Option<&ItemColumns>, tag: &ActiveTag) -> bool {
        match tag.same {
            Same::User => true,
            Same::Item => tag.binding == u64::from(item.0),
            Same::Category => {
                let category = u32::try_from(tag.binding).map(CategoryId);
                category.is_ok_and(|category| self.activity.is_in_any(item, &[category]))
            }
            Same::Room => columns.and_then(|columns| columns.room) == Some(tag.binding),
        }
    }
}

/// Whether an item is as `filter` demands.
pub(crate) fn passes(
    activity: &ActivityView,
    filter: &Filter,
    (item, columns): (ItemIndex, &ItemColumns),
) -> bool {
    let holds = |condition: &Condition| match condition {
        Condition::Categories(wanted) => activity.is_in_any(item, wanted),
        Condition::Kinds(kinds) => kinds.contains(&columns.kind),
        Condition::Items(items) => items.contains(&item),
        Condition::Price { least, most } => columns.price.is_some_and(|price| {
            least.is_none_or(|least| least <= price) && most.is_none_or(|most| price <= most)
        }),
    };
    filter.must.iter().all(holds) && !filter.must_not.iter().any(holds)
}

#[cfg(test)]
mod tests;
