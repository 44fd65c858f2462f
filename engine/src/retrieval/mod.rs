//! Where candidates come from: each source is one [`Retriever`], made for one request.
//!
//! A retriever names candidates best first and can say of any item how strongly it would have named it,
//! so that an item found by one source is scored by all, and a caller's own candidates too.
//!
//! **Invariant:** no retriever but the model looks at more than its own lists: without it a request costs the same
//! in a large catalogue as in a small one, with it there is a bound (see [`model_items`]).
//!
//! Not here: filters and scores (see `ranking`).

pub mod content_items;
pub mod lists;
pub mod model_items;
pub mod named_items;
pub mod neighbours;
pub mod power;
pub mod query;
pub mod rooms;
pub mod similar_sessions;
pub mod strengths;
pub mod switches;

use crate::ItemIndex;

pub use content_items::ContentItems;
pub use lists::{FreshItems, LikedCategories, PopularItems, TrendingItems};
pub use model_items::ModelItems;
pub use named_items::NamedItems;
pub use neighbours::Neighbours;
pub use query::Query;
pub use rooms::{OpenRooms, RoomTerm};
pub use strengths::NeighbourStrengths;
pub use switches::{SourceRules, SourceSet};

/// The sources, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Neighbours of the user's last items.
    Neighbours,
    /// Neighbours of the items of the visit.
    Session,
    /// What is popular.
    Popular,
    /// What is rising.
    Trending,
    /// What is new.
    Fresh,
    /// What is popular in categories that the user likes or the caller demands.
    Category,
    /// What the model takes for the user's taste.
    Model,
    /// What sessions like the present one went on to.
    SimilarSessions,
    /// New items by what they are made of.
    Content,
    /// Live rooms that are open.
    Rooms,
}

impl Source {
    /// How many sources there are.
    pub const COUNT: usize = 10;

    /// Every source, in the order of their numbers.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Neighbours,
        Self::Session,
        Self::Popular,
        Self::Trending,
        Self::Fresh,
        Self::Category,
        Self::Model,
        Self::SimilarSessions,
        Self::Content,
        Self::Rooms,
    ];

    /// Its place in arrays by source.
    #[must_use]
    pub const fn place(self) -> usize {
        self as usize
    }
}

impl Source {
    /// Its name, that of its part of a score.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Neighbours => "neighbours",
            Self::Session => "session",
            Self::Popular => "popular",
            Self::Trending => "trending",
            Self::Fresh => "fresh",
            Self::Category => "category",
            Self::Model => "model",
            Self::SimilarSessions => "similar_sessions",
            Self::Content => "content",
            Self::Rooms => "rooms",
        }
    }
}

/// One source of candidates, made for one request.
pub trait Retriever {
    /// Which source it is.
    fn source(&self) -> Source;

    /// Whether its quota is a share of its own, of candidates that no source before it has found; else those that others
    /// found before are among it.
    fn has_own_share(&self) -> bool {
        false
    }

    /// Its candidates, best first; the same item may come twice.
    fn candidates(&self) -> Box<dyn Iterator<Item = ItemIndex> + '_>;

    /// How strongly it is for `item`: 0 for not at all, else in a unit of its own.
    fn strength(&self, item: ItemIndex) -> f32;

    /// The items of the user's that speak for `item` and how much each does, in a unit of its own, where that is how the
    /// source works.
    fn testimony(&self, item: ItemIndex) -> Vec<(ItemIndex, f32)> {
        self.because_of(item).map(|of| (of, 1.0)).into_iter().collect()
    }

    /// The item of the user's that speaks most for `item`, where that is how the source works.
    fn because_of(&self, item: ItemIndex) -> Option<ItemIndex> {
        let _ = item;
        None
    }
}
