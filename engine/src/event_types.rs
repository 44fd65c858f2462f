//! The table of event types: what each means for state and ranking.
//!
//! The table comes from the configuration: GA4 names first, then whatever types the operator declares.
//! An [`EventTypeId`] is a type's place in the table and is written into records, so a type keeps its
//! place for ever: new ones go to the end.

use crate::EventTypeId;

/// What an event of a type says about the user's liking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The item was shown.
    Impression,
    /// The user chose the item.
    Positive,
    /// The user turned the item down.
    Negative,
    /// Kept, but says nothing about liking.
    Neutral,
}

impl Role {
    /// The role as it is declared.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Impression => "impression",
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Neutral => "neutral",
        }
    }
}

/// One event type as declared.
#[derive(Clone, Debug, PartialEq)]
pub struct EventTypeSpec {
    /// Canonical name, for example `select_item`.
    pub name: String,
    /// Other names that mean this type, for example `click`.
    pub aliases: Vec<String>,
    /// What it says about liking.
    pub role: Role,
    /// How much one such event adds to a decayed score.
    pub weight: f32,
    /// After how many milliseconds half of that is left.
    pub half_life_ms: u64,
}

/// All event types, addressed by [`EventTypeId`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventTypes {
    specs: Vec<EventTypeSpec>,
}

impl EventTypes {
    /// A table of at most 255 types, in the order in which they were declared.
    ///
    /// # Errors
    /// The name that stands twice (as name or alias), or the one past the 255th.
    pub fn new(specs: Vec<EventTypeSpec>) -> Result<Self, String> {
        let mut names = std::collections::BTreeSet::new();
        for (place, spec) in specs.iter().enumerate() {
            if place >= usize::from(u8::MAX) {
                return Err(spec.name.clone());
            }
            for name in std::iter::once(&spec.name).chain(&spec.aliases) {
                if !names.insert(name.to_lowercase()) {
                    return Err(name.clone());
                }
            }
        }
        Ok(Self { specs })
    }

    /// The type behind `id`; `None` where the table has no such place.
    #[must_use]
    pub fn get(&self, id: EventTypeId) -> Option<&EventTypeSpec> {
        self.specs.get(usize::from(id.0))
    }

    /// Every type with its id, in declared order.
    pub fn iter(&self) -> impl Iterator<Item = (EventTypeId, &EventTypeSpec)> {
        (0u8..).map(EventTypeId).zip(&self.specs)
    }
}
