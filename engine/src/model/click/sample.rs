//! An impression and what became of it: the click head's training example.
//!
//! The shard that holds the served list tells of it when its window closes: clicked, turned down, or neither.
//!
//! **Invariant:** a row holds the features of the moment at which the item was shown, never later ones.
//!
//! Not here: waiting for a click (the shard), learning (the head).

use super::fields;
use crate::record::{DeclaredValues, PARTS, Served, ServedItem};
use crate::{EventTypeId, Sequence};

/// Numbers of a row that are no classes: quantised parts of the score that the item was ranked by.
pub const DENSE: usize = PARTS;

/// The goal that an event reaches: its type. The head learns the goals that some scenario declares.
pub type GoalId = EventTypeId;

/// What the click head knows of an item at a place of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClickRow {
    /// Features: a field's number (see [`super::fields`]) and a hashed value. Those that the whole list shares come first.
    pub fields: Vec<(u8, u32)>,
    /// How many of the first features the whole list shares.
    pub shared: usize,
    /// Parts of the score.
    pub dense: [f32; DENSE],
}

/// The row of the item at `place` of `served`, from 0; an empty one where there is none.
#[must_use]
pub fn row(served: &Served, place: usize) -> ClickRow {
    let Some(item) = served.items.get(place) else { return ClickRow::default() };
    let mut row = ClickRow {
        fields: shared_fields(&served.fields, served.declared.as_deref()),
        shared: 0,
        dense: item.features.parts(),
    };
    row.shared = row.fields.len();
    let declared = served.declared.iter().flat_map(|declared| declared.of_item(place));
    own_fields(item, declared, &mut row.fields);
    row
}

/// The features that a whole list shares: its fields, what declared features say of it, and tags of its user.
#[must_use]
pub fn shared_fields(fields: &[(u8, u32)], declared: Option<&DeclaredValues>) -> Vec<(u8, u32)> {
    let mut shared = fields.to_vec();
    let Some(declared) = declared else { return shared };
    let inputs = declared.of_list.iter();
    shared.extend(inputs.map(|(input, class)| fields::list_input(*input, *class)));
    let tags = declared.tags.iter().filter(|tag| tag.ranked);
    shared.extend(tags.map(|tag| (fields::TAG, tag.pattern)));
    shared
}

/// Adds the features that are an item's own, as the list says it was; `declared` is what declared features say of it.
pub fn own_fields(
    item: &ServedItem,
    declared: impl Iterator<Item = (u32, u8)>,
    into: &mut Vec<(u8, u32)>,
) {
    let features = &item.features;
    into.push((fields::ITEM, item.item.0));
    let categories = features.categories().into_iter().flatten();
    into.extend(categories.map(|category| (fields::CATEGORY, category.0)));
    into.extend([
        (fields::KIND, u32::from(features.kind())),
        (fields::PRICE, u32::from(features.price())),
        (fields::AGE, u32::from(features.age())),
        (fields::CLICK_RATE, u32::from(features.click_rate())),
    ]);
    into.extend(declared.map(|(input, class)| fields::item_input(input, class)));
}

/// What became of an impression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ClickOutcome {
    /// The item was chosen within the window.
    Clicked {
        /// Type of the event that chose it.
        by: GoalId,
        /// Value that the event carried; 1 where it carried none.
        value: f32,
    },
    /// Nothing happened within the window.
    Unclicked,
    /// The user turned it down.
    Skipped,
    /// Chosen after the head had been told that it was not: that is taken back, then this is learned.
    Late {
        /// Type of the event that chose it.
        by: GoalId,
        /// Value that the event carried; 1 where it carried none.
        value: f32,
    },
    /// A further event of an item that was clicked before: a purchase behind the click.
    Goal {
        /// Type of the event.
        by: GoalId,
        /// Value that the event carried; 1 where it carried none.
        value: f32,
    },
}

/// An impression, settled.
#[derive(Clone, Debug, PartialEq)]
pub struct ClickSample {
    /// The record that told it: a tick, or a late event.
    pub sequence: Sequence,
    /// Keyed hash of the user.
    pub user_hash: u64,
    /// Features of the moment it was shown.
    pub row: ClickRow,
    /// Its place in the list, from 1; 0 where that is not known.
    pub position: u16,
    /// Probability with which it was put there; 1 without exploration.
    pub propensity: f32,
    /// What became of it.
    pub outcome: ClickOutcome,
    /// How much it counts: 1, or 1/p where it was kept with probability p.
    pub weight: f32,
    /// Number of the model version that ranked the list.
    pub version: u32,
}

/// What the head said of a sample before it learned from it.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClickLearned {
    /// Probability of a click at that place, calibrated.
    pub predicted: f32,
    /// 1 for a click, else 0.
    pub label: f32,
    /// How much it counts.
    pub weight: f32,
}

#[cfg(test)]
mod tests;
