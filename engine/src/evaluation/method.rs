//! The rankings that are compared.

/// One way of ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Decayed popularity, the same for everyone.
    Popularity,
    /// Neighbours of the user's last items alone.
    Neighbours,
    /// The factorization machine alone.
    Model,
    /// The fixed blend of neighbours, visit, popularity, trends, newness: what a node without a model serves.
    Fixed,
    /// The blend whose weights are learned: what a node with a model serves.
    Learned,
}

impl Method {
    /// How many there are.
    pub const COUNT: usize = 5;

    /// Every method, the simplest first.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Popularity, Self::Neighbours, Self::Model, Self::Fixed, Self::Learned];

    /// Its place in arrays by method.
    #[must_use]
    pub const fn place(self) -> usize {
        self as usize
    }

    /// Its name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Popularity => "popularity",
            Self::Neighbours => "neighbours",
            Self::Model => "model",
            Self::Fixed => "fixed",
            Self::Learned => "learned",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Popularity => "decayed popularity",
            Self::Neighbours => "item-kNN",
            Self::Model => "model alone",
            Self::Fixed => "fixed blend",
            Self::Learned => "learned blend",
        }
    }
}
