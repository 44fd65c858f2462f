//! Declared features: what an operator writes down, as types.
//!
//! A [`Declaration`] says whose feature it is, which events it takes in, over what stretch and what is made of them.
//! [`super::plan`] checks declarations and lays them out.
//!
//! Not here: reading a file. Names of event types are numbers already.

mod error;
mod window;

use bincode::{Decode, Encode};

use super::filter::Filter;
use super::mask::TypeMask;
use super::rank::Classes;

pub use error::{DeclarationError, Fault};
pub(crate) use window::MAX_TILES;
pub use window::{Window, WindowError, length, length_text};

/// Whose a feature is: one value for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Entity {
    /// A user.
    User,
    /// An item.
    Item,
    /// A category.
    Category,
    /// A user with an item.
    UserItem,
    /// A user with a category.
    UserCategory,
    /// An item in a category.
    ItemCategory,
    /// A live room.
    Room,
    /// The whole node.
    Global,
}

/// What of an event goes into the aggregate.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Source {
    /// The event's value.
    Value,
    /// The event's price or its item's.
    Price,
    /// The weight of its type.
    Weight,
    /// Place in the list that was shown.
    Position,
    /// A number among its properties.
    Property(Box<str>),
    /// The item.
    Item,
    /// The item's categories.
    Category,
    /// The live room.
    Room,
    /// The user.
    User,
}

/// What is made of the events in the window.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub enum Aggregate {
    /// How many there are.
    Count,
    /// The sum of their numbers.
    Sum,
    /// The mean of their numbers.
    Mean,
    /// The least number.
    Min,
    /// The greatest number.
    Max,
    /// About how many different things there are.
    Distinct {
        /// Up to how many the estimate holds.
        most: u32,
    },
    /// How many there are for each event of other types, such as clicks for each impression.
    Rate {
        /// The other types.
        per: TypeMask,
        /// Events and others that are added to what was seen.
        prior: [f64; 2],
    },
    /// Time of the newest.
    LastTime,
    /// What the newest carries.
    LastValue,
    /// What each carries, newest first.
    Sequence,
    /// The categories with most of them, or of their numbers.
    TopCategories {
        /// How many.
        number: u32,
    },
}

/// One declared feature.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Declaration {
    /// Unique name.
    pub name: String,
    /// Whose it is.
    pub entity: Entity,
    /// Which types of events it takes in.
    pub events: TypeMask,
    /// Which of those.
    pub filter: Option<Filter>,
    /// Over what stretch.
    pub window: Window,
    /// What is made of them.
    pub aggregate: Aggregate,
    /// What of them goes in.
    pub of: Option<Source>,
    /// After how many milliseconds without an event it is expired.
    pub ttl_ms: Option<u64>,
    /// The most instances: a user, for those with a user; in all, for the others.
    pub max_instances: Option<u32>,
    /// How its values enter ranking; `None` where they do not. No part of what is kept.
    pub rank: Option<Classes>,
}

impl Entity {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::User,
        Self::Item,
        Self::Category,
        Self::UserItem,
        Self::UserCategory,
        Self::ItemCategory,
        Self::Room,
        Self::Global,
    ];

    /// The name, as it is declared.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Item => "item",
            Self::Category => "category",
            Self::UserItem => "user_item",
            Self::UserCategory => "user_category",
            Self::ItemCategory => "item_category",
            Self::Room => "room",
            Self::Global => "global",
        }
    }

    /// Whether its state lies with a user.
    #[must_use]
    pub const fn is_of_users(self) -> bool {
        matches!(self, Self::User | Self::UserItem | Self::UserCategory)
    }

    /// The most instances that may be declared, for entities of which there may be any number.
    #[must_use]
    pub const fn bound(self) -> Option<u32> {
        match self {
            Self::UserItem | Self::UserCategory => Some(1_000),
            Self::ItemCategory | Self::Room => Some(10_000_000),
            Self::User | Self::Item | Self::Category | Self::Global => None,
        }
    }
}

impl Source {
    /// Whether it is a number; else it names a thing.
    #[must_use]
    pub const fn is_number(&self) -> bool {
        match self {
            Self::Value | Self::Price | Self::Weight | Self::Position | Self::Property(_) => true,
            Self::Item | Self::Category | Self::Room | Self::User => false,
        }
    }

    /// The name, as it is declared.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Value => "value",
            Self::Price => "price",
            Self::Weight => "weight",
            Self::Position => "position",
            Self::Property(name) => name,
            Self::Item => "item",
            Self::Category => "category",
            Self::Room => "room",
            Self::User => "user",
        }
    }

    /// The source of this name; any that is not known is a property.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        let known = [
            Self::Value,
            Self::Price,
            Self::Weight,
            Self::Position,
            Self::Item,
            Self::Category,
            Self::Room,
            Self::User,
        ];
        let found = known.into_iter().find(|source| source.name() == name);
        let property = name.strip_prefix("properties.").unwrap_or(name);
        found.unwrap_or_else(|| Self::Property(property.into()))
    }
}

impl Aggregate {
    /// The names of all.
    pub const NAMES: [&'static str; 11] = [
        "count",
        "sum",
        "mean",
        "min",
        "max",
        "distinct",
        "rate",
        "last_time",
        "last_value",
        "sequence",
        "top_categories",
    ];

    /// The name, as it is declared.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        let place = match self {
            Self::Count => 0,
            Self::Sum => 1,
            Self::Mean => 2,
            Self::Min => 3,
            Self::Max => 4,
            Self::Distinct { .. } => 5,
            Self::Rate { .. } => 6,
            Self::LastTime => 7,
            Self::LastValue => 8,
            Self::Sequence => 9,
            Self::TopCategories { .. } => 10,
        };
        Self::NAMES[place]
    }
}
