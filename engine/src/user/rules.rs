//! What apply looks up about event types, as flat tables.

use crate::features::FeatureSet;
use crate::record::Event;
use crate::rooms::Act;
use crate::{EventTypeId, EventTypes, Role};

/// The part of the configuration that changes a user's state, laid out for lookup.
///
/// A type past the end of the table is neutral and weighs nothing: a record that an operator's older
/// or newer table wrote must never bring a shard down.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The features that are kept.
    pub features: FeatureSet,
    /// Longest gap inside a visit.
    pub visit_gap_ms: u64,
    roles: [Role; 256],
    weights: [f32; 256],
    half_lives_ms: [u64; 256],
    acts: Vec<Option<Act>>,
}

impl Rules {
    /// Lays out `types`.
    #[must_use]
    pub fn new(types: &EventTypes, features: FeatureSet, visit_gap_ms: u64) -> Self {
        let mut rules = Self {
            features,
            visit_gap_ms,
            roles: [Role::Neutral; 256],
            weights: [0.0; 256],
            half_lives_ms: [0; 256],
            acts: Act::table(types),
        };
        for (id, spec) in types.iter() {
            let place = usize::from(id.0);
            rules.roles[place] = spec.role;
            rules.weights[place] = spec.weight;
            rules.half_lives_ms[place] = spec.half_life_ms;
        }
        rules
    }

    /// What a type says about liking.
    #[must_use]
    pub fn role(&self, id: EventTypeId) -> Role {
        self.roles[usize::from(id.0)]
    }

    /// What one event of a type adds to a score.
    #[must_use]
    pub fn weight(&self, id: EventTypeId) -> f32 {
        self.weights[usize::from(id.0)]
    }

    /// What `event` is in a live room.
    #[must_use]
    pub fn act(&self, event: &Event) -> Option<Act> {
        Act::of(event, &self.acts)
    }

    /// The type of who comes into a live room.
    #[must_use]
    pub fn join(&self) -> Option<EventTypeId> {
        let place = self.acts.iter().position(|act| *act == Some(Act::Join))?;
        u8::try_from(place).ok().map(EventTypeId)
    }

    /// After how many milliseconds half of that is left.
    #[must_use]
    pub fn half_life_ms(&self, id: EventTypeId) -> u64 {
        self.half_lives_ms[usize::from(id.0)]
    }
}
