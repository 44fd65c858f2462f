//! A list as it was shown: what is learned from it, and what it takes to make it again.
//!
//! **Invariant:** what a sample says of an item is what stands here; nothing of it is computed again when
//! the click comes.

use bincode::{Decode, Encode};

use super::{DeclaredValues, ItemFeatures};
use crate::{ItemIndex, RecommendationId, Timestamp, UserId};

/// A list as it was shown.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Served {
    /// Its id.
    pub id: RecommendationId,
    /// To whom.
    pub user: UserId,
    /// Scenario of the request.
    pub scenario: Box<str>,
    /// When.
    pub at: Timestamp,
    /// Which rung of the ladder answered: 0 personalized, 1 session, 2 popular, 3 fallback.
    pub rung: u8,
    /// Publication of item activity that was read.
    pub revision: u64,
    /// The items, first shown first.
    pub items: Vec<ServedItem>,
    /// Publication of the model that was read; 0 where there was none.
    pub model_revision: u64,
    /// Number of the model version that ranked; 0 for the first champion.
    pub version: u32,
    /// How places were left to chance, see [`Exploration`].
    pub exploration: u8,
    /// Whether the items were the caller's own candidates.
    pub given: bool,
    /// What is the same for the whole list: number of a field (see [`crate::model::click::fields`]) and its value,
    /// ascending by number.
    pub fields: Vec<(u8, u32)>,
    /// The places, from 1, at which a draw put another item than the one that was due there, and that one; ascending.
    pub explored: Vec<(u16, ItemIndex)>,
    /// What declared features and tags said; `None` where none took part.
    pub declared: Option<Box<DeclaredValues>>,
}

/// One item of a served list: at most 32 bytes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub struct ServedItem {
    /// Which item.
    pub item: ItemIndex,
    /// Score it was ranked by.
    pub score: f32,
    /// Probability with which it was put at this place, given what stands before it; 1 where nothing was drawn, less
    /// where something was.
    pub propensity: f32,
    /// The item as it was then.
    pub features: ItemFeatures,
}

impl Served {
    /// A list of nothing, made by chance of nothing; the rest is the caller's to fill in.
    #[must_use]
    pub fn new(id: RecommendationId, user: UserId, scenario: &str, at: Timestamp) -> Self {
        Self {
            id,
            user,
            scenario: scenario.into(),
            at,
            rung: 0,
            revision: 0,
            items: Vec::new(),
            model_revision: 0,
            version: 0,
            exploration: Exploration::None.number(),
            given: false,
            fields: Vec::new(),
            explored: Vec::new(),
            declared: None,
        }
    }
}

impl ServedItem {
    /// An item that stands at its place by its score alone, and of which nothing else is known.
    #[must_use]
    pub fn bare(item: ItemIndex, score: f32) -> Self {
        Self { item, score, propensity: 1.0, features: ItemFeatures::default() }
    }
}

/// How the places of a list were left to chance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exploration {
    /// They were not.
    #[default]
    None,
    /// Drawn place by place in proportion to the scores (Plackett–Luce).
    PlackettLuce,
    /// Some places were given to any candidate.
    Epsilon,
}

impl Exploration {
    /// The number that a record carries.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::PlackettLuce => 1,
            Self::Epsilon => 2,
        }
    }

    /// What a record's number stands for.
    #[must_use]
    pub const fn of_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::None),
            1 => Some(Self::PlackettLuce),
            2 => Some(Self::Epsilon),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::PlackettLuce => "plackett_luce",
            Self::Epsilon => "epsilon",
        }
    }
}
