//! Feature specifications: which counts and scores the node keeps, as a list and not as code.
//!
//! A [`FeatureSpec`] names what is counted (entity, event types), over what stretch (window) and how
//! (aggregate). A [`FeatureSet`] checks a list of them and lays it out for apply: counts over the same
//! event types share one [`Track`] of tiles, however many windows look at it. Declaring more features
//! is a longer list; nothing else changes.
//!
//! **Invariant:** a feature's fingerprint depends on its definition alone, so the same definition has
//! the same fingerprint on every machine and in every run.
//!
//! Not here: the state itself (see [`crate::user`]), reading specifications from a file.

pub mod active;
pub mod bytes;
pub mod carry;
pub mod decay;
pub mod declare;
pub mod declared;
pub mod family;
pub mod filter;
pub mod fixed;
pub mod grid;
pub mod input;
pub mod mask;
pub mod occurrence;
pub mod parts;
pub mod plan;
pub mod published;
pub mod rank;
pub mod read;
pub mod said;
pub mod section;
pub mod shared;
pub mod squeeze;
#[cfg(test)]
pub mod testing;
pub mod tiles;

use crate::{EventTypeId, EventTypes, NodeKey};

pub use declared::Declared;
pub use mask::TypeMask;
pub use tiles::Track;

/// The most features that count over a stretch of time.
pub const MAX_COUNTS: usize = 16;

/// The longest stretch a count looks back: a week.
pub const MAX_SPAN_MS: u64 = 7 * 24 * 3_600_000;

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// A feature's place in its [`FeatureSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeatureId(pub u16);

/// Whose feature it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    /// One value per user.
    User,
}

/// Which events a feature takes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeFilter {
    /// What the user did: every type but the impressions.
    Reactions,
    /// These types.
    Only(Vec<EventTypeId>),
}

/// Over what stretch a feature looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The last `span_ms` of event time.
    Last {
        /// Length in milliseconds.
        span_ms: u64,
    },
    /// All of the past, each event counting half after `half_life_ms`.
    HalfLife {
        /// Half-life in milliseconds.
        half_life_ms: u64,
    },
    /// All of the past, each event under the half-life of its own type.
    HalfLifeOfType,
}

/// What is made of the events in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// How many there are.
    Count,
    /// Sum of the types' weights, per type.
    ScorePerType,
    /// Sum of the types' weights, per category of the item.
    ScorePerCategory,
}

/// One declared feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureSpec {
    /// Unique name, for example `events_5m`.
    pub name: String,
    /// Whose it is.
    pub entity: Entity,
    /// Which events it takes in.
    pub types: TypeFilter,
    /// Over what stretch.
    pub window: Window,
    /// What is made of them.
    pub aggregate: Aggregate,
}

/// Why a list of specifications cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeatureError {
    /// Two features have one name.
    #[error("feature {0:?} is declared twice")]
    Twice(String),
    /// The aggregate cannot be taken over this window.
    #[error("feature {0:?}: this aggregate does not go with this window")]
    Unsupported(String),
    /// State has room for one feature with this aggregate.
    #[error("feature {0:?}: there is already one with this aggregate")]
    OnlyOne(String),
    /// A window of no length, or one past [`MAX_SPAN_MS`].
    #[error("feature {name:?}: a window of {span_ms} ms is not between 1 and {MAX_SPAN_MS}")]
    Span {
        /// Which feature.
        name: String,
        /// Its window.
        span_ms: u64,
    },
    /// More than [`MAX_COUNTS`] counts.
    #[error("feature {0:?}: more than {MAX_COUNTS} counts")]
    TooMany(String),
}

/// One count: the last `span_ms` of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountFeature {
    /// Place in [`FeatureSet::tracks`].
    pub track: usize,
    /// Length of the window.
    pub span_ms: u64,
}

/// A checked list of features, laid out for apply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureSet {
    specs: Vec<FeatureSpec>,
    tracks: Vec<Track>,
    counts: Vec<CountFeature>,
    type_scores: Option<TypeMask>,
    category_scores: Option<(TypeMask, u64)>,
    declared: Declared,
}

impl FeatureSpec {
    /// Hash of the definition, name included.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let Entity::User = self.entity;
        let (window, length) = match self.window {
            Window::Last { span_ms } => (0u8, span_ms),
            Window::HalfLife { half_life_ms } => (1, half_life_ms),
            Window::HalfLifeOfType => (2, 0),
        };
        let aggregate = match self.aggregate {
            Aggregate::Count => 0u8,
            Aggregate::ScorePerType => 1,
            Aggregate::ScorePerCategory => 2,
        };
        let types: Vec<u8> = match &self.types {
            TypeFilter::Reactions => Vec::new(),
            TypeFilter::Only(ids) => std::iter::once(1).chain(ids.iter().map(|id| id.0)).collect(),
        };
        let shape = [0u8, window, aggregate];
        PUBLIC_KEY.hash(&[self.name.as_bytes(), &shape, &length.to_le_bytes(), &types])
    }
}

/// Fingerprints are no secret: they are compared between machines, so their key is no key.
const PUBLIC_KEY: NodeKey = NodeKey([0; 16]);

impl FeatureSet {
    /// Checks a list and lays it out.
    ///
    /// # Errors
    /// [`FeatureError`] for the first feature that cannot be kept.
    pub fn new(specs: Vec<FeatureSpec>, types: &EventTypes) -> Result<Self, FeatureError> {
        let mut set = Self::default();
        for spec in specs {
            set.add(&spec, types)?;
            set.specs.push(spec);
        }
        Ok(set)
    }

    /// The features every node keeps: counts of the last 1, 5 and 60 minutes, decayed scores per type,
    /// and per category with a half-life of seven days.
    ///
    /// # Panics
    /// Never: the list is constant.
    #[must_use]
    pub fn standard(types: &EventTypes) -> Self {
        let last = |name: &str, minutes: u64| {
            let window = Window::Last { span_ms: minutes * MINUTE_MS };
            reactions(name, window, Aggregate::Count)
        };
        let week = Window::HalfLife { half_life_ms: 7 * DAY_MS };
        let specs = vec![
            last("events_1m", 1),
            last("events_5m", 5),
            last("events_60m", 60),
            reactions("type_scores", Window::HalfLifeOfType, Aggregate::ScorePerType),
            reactions("category_scores", week, Aggregate::ScorePerCategory),
        ];
        #[expect(clippy::expect_used, reason = "a constant list, which a test holds to be valid")]
        Self::new(specs, types).expect("the standard features are valid")
    }

    /// The same, and what operators declared.
    #[must_use]
    pub fn with(self, declared: Declared) -> Self {
        Self { declared, ..self }
    }

    /// What operators declared.
    #[must_use]
    pub fn declared(&self) -> &Declared {
        &self.declared
    }

    /// Every feature with its id, in declared order.
    pub fn iter(&self) -> impl Iterator<Item = (FeatureId, &FeatureSpec)> {
        (0u16..).map(FeatureId).zip(&self.specs)
    }

    /// Hash of all definitions in order.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut each: Vec<[u8; 8]> =
            self.specs.iter().map(|spec| spec.fingerprint().to_le_bytes()).collect();
        if !self.declared.is_empty() {
            each.push(self.declared.fingerprint().to_le_bytes());
        }
        let parts: Vec<&[u8]> = each.iter().map(<[u8; 8]>::as_slice).collect();
        PUBLIC_KEY.hash(&parts)
    }

    /// The tracks that counts are read from.
    #[must_use]
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// The counts in declared order.
    #[must_use]
    pub fn counts(&self) -> &[CountFeature] {
        &self.counts
    }

    /// Types that enter the score per type; `None` where no such feature is declared.
    #[must_use]
    pub fn type_scores(&self) -> Option<&TypeMask> {
        self.type_scores.as_ref()
    }

    /// Types that enter the score per category, and its half-life in milliseconds.
    #[must_use]
    pub fn category_scores(&self) -> Option<(&TypeMask, u64)> {
        self.category_scores.as_ref().map(|(mask, half_life)| (mask, *half_life))
    }

    fn add(&mut self, spec: &FeatureSpec, types: &EventTypes) -> Result<(), FeatureError> {
        let name = || spec.name.clone();
        if self.specs.iter().any(|other| other.name == spec.name) {
            return Err(FeatureError::Twice(name()));
        }
        let mask = TypeMask::of(&spec.types, types);
        match (spec.aggregate, spec.window) {
            (Aggregate::Count, Window::Last { span_ms }) => self.add_count(spec, mask, span_ms),
            (Aggregate::ScorePerType, Window::HalfLifeOfType) => {
                put_once(&mut self.type_scores, mask).ok_or_else(|| FeatureError::OnlyOne(name()))
            }
            (Aggregate::ScorePerCategory, Window::HalfLife { half_life_ms }) => {
                let scores = (mask, half_life_ms);
                put_once(&mut self.category_scores, scores)
                    .ok_or_else(|| FeatureError::OnlyOne(name()))
            }
            _ => Err(FeatureError::Unsupported(name())),
        }
    }

    fn add_count(
        &mut self,
        spec: &FeatureSpec,
        mask: TypeMask,
        span_ms: u64,
    ) -> Result<(), FeatureError> {
        if span_ms == 0 || MAX_SPAN_MS < span_ms {
            return Err(FeatureError::Span { name: spec.name.clone(), span_ms });
        }
        if self.counts.len() == MAX_COUNTS {
            return Err(FeatureError::TooMany(spec.name.clone()));
        }
        let shared = self.tracks.iter().position(|track| track.mask == mask);
        let track = shared.unwrap_or_else(|| {
            self.tracks.push(Track::new(mask));
            self.tracks.len() - 1
        });
        self.tracks[track].widen(span_ms);
        self.counts.push(CountFeature { track, span_ms });
        Ok(())
    }
}

/// Fills an empty place; `None` where it was taken.
fn put_once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    if place.is_some() {
        return None;
    }
    *place = Some(value);
    Some(())
}

fn reactions(name: &str, window: Window, aggregate: Aggregate) -> FeatureSpec {
    let types = TypeFilter::Reactions;
    FeatureSpec { name: name.to_owned(), entity: Entity::User, types, window, aggregate }
}

#[cfg(test)]
mod recount;
#[cfg(test)]
mod tests;
