//! What declared features and tags say of a user at an instant, as ranking takes it.
//!
//! **Invariant:** every input says by its fingerprint what it is, so values outlive the plan that they were read by.
//!
//! Not here: how values are put into classes (see [`super::rank`]), the shared features (see [`super::published`]).

use super::FeatureId;
use super::declare::{Declaration, Entity};
use super::rank::{Classes, number_of};
use super::read::Reading;
use crate::Timestamp;
use crate::patterns::Same;

/// The most tags of a user that ranking sees.
pub const MAX_TAGS: usize = 16;

/// A feature that takes part in ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Which.
    pub feature: FeatureId,
    /// Whose it is.
    pub entity: Entity,
    /// Fingerprint of what is counted and how it is put into classes.
    pub fingerprint: u32,
    /// How its values are put into classes.
    pub classes: Classes,
}

/// What an input said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputValue {
    /// Which input.
    pub input: u32,
    /// The class of its value; 0 where there is none.
    pub class: u8,
    /// The value.
    pub value: Option<f64>,
}

/// What an input said of a user with each of some items or categories.
#[derive(Clone, Debug, PartialEq)]
pub struct PairedInput {
    /// Which input.
    pub input: u32,
    /// With what.
    pub entity: Entity,
    /// What it said, by number of the item or category, ascending.
    pub values: Vec<(u64, InputValue)>,
}

/// A tag that a user has.
#[derive(Clone, Debug, PartialEq)]
pub struct ActiveTag {
    /// Its name.
    pub tag: Box<str>,
    /// Fingerprint of the pattern that set it.
    pub pattern: u32,
    /// What the events of a match have in common.
    pub same: Same,
    /// Which item, category or room that was; 0 for nothing but the user.
    pub binding: u64,
    /// Time of the newest match.
    pub at: Timestamp,
    /// From when on it is gone.
    pub until: Timestamp,
    /// Whether the click head is told of it.
    pub ranked: bool,
}

/// All that ranking is told of a user by what operators declared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserInputs {
    /// Of the user alone.
    pub own: Vec<InputValue>,
    /// Of the user with items and categories.
    pub paired: Vec<PairedInput>,
    /// The tags that the user has, in order of declaration.
    pub tags: Vec<ActiveTag>,
}

impl Input {
    /// The input that a declared feature is; `None` where it takes no part.
    #[must_use]
    pub fn of(feature: FeatureId, one: &Declaration) -> Option<Self> {
        let (fingerprint, classes) = (one.input()?, one.rank.clone()?);
        Some(Self { feature, entity: one.entity, fingerprint, classes })
    }

    /// What it says, by a reading at `at`.
    #[must_use]
    pub fn value(&self, reading: &Reading, at: Timestamp) -> InputValue {
        let value = number_of(reading.value.as_ref(), reading.status, at);
        let class = self.classes.of(value.unwrap_or(f64::NAN));
        InputValue { input: self.fingerprint, class, value }
    }
}

impl InputValue {
    /// An input that says nothing.
    #[must_use]
    pub const fn none(input: u32) -> Self {
        Self { input, class: crate::record::NO_CLASS, value: None }
    }
}

impl PairedInput {
    /// What it says of the user with `key`.
    #[must_use]
    pub fn with(&self, key: Option<u64>) -> InputValue {
        let place = key.and_then(|key| self.values.binary_search_by_key(&key, |it| it.0).ok());
        place.map_or(InputValue::none(self.input), |place| self.values[place].1)
    }
}
