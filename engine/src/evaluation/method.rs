//! The rankings that are compared.

/// One way of ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// How often each item was chosen.
    AllTime,
    /// Decayed popularity, the same for everyone.
    Popularity,
    /// Item-kNN as others build it: no caps.
    ItemKnn,
    /// Session neighbours.
    VmisKnn,
    /// Item-kNN and decayed popularity with learned weights: the baseline that is honest.
    KnnPopularity,
    /// Matrix factorization by single steps, without negatives.
    Isgd,
    /// The same with negatives that were chosen longest ago.
    IsgdRecency,
    /// Pairwise matrix factorization.
    Bpr,
    /// Item-kNN of the last rebuilding, histories too.
    DailyKnn,
    /// Item-kNN of the last rebuilding, asked with live histories.
    DailyKnnLive,
    /// Linear autoencoder of the last rebuilding, histories too.
    DailyEase,
    /// Linear autoencoder of the last rebuilding, asked with live histories.
    DailyEaseLive,
    /// Implicit matrix factorization of the last rebuilding, histories too.
    DailyAls,
    /// Implicit matrix factorization of the last rebuilding, asked with live histories.
    DailyAlsLive,
    /// The node's neighbours of the user's last items alone.
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
    pub const COUNT: usize = 18;

    /// Every method: what others would use, the simplest first, then the node's own.
    pub const ALL: [Self; Self::COUNT] = [
        Self::AllTime,
        Self::Popularity,
        Self::ItemKnn,
        Self::VmisKnn,
        Self::KnnPopularity,
        Self::Isgd,
        Self::IsgdRecency,
        Self::Bpr,
        Self::DailyKnn,
        Self::DailyKnnLive,
        Self::DailyEase,
        Self::DailyEaseLive,
        Self::DailyAls,
        Self::DailyAlsLive,
        Self::Neighbours,
        Self::Model,
        Self::Fixed,
        Self::Learned,
    ];

    /// Its place in arrays by method.
    #[must_use]
    pub const fn place(self) -> usize {
        self as usize
    }

    /// Whether it is what others would use instead of the node, and no part of it.
    #[must_use]
    pub const fn is_rival(self) -> bool {
        !matches!(self, Self::Neighbours | Self::Model | Self::Fixed | Self::Learned)
    }

    /// Its name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AllTime => "all-time",
            Self::Popularity => "popularity",
            Self::ItemKnn => "item-knn",
            Self::VmisKnn => "vmis-knn",
            Self::KnnPopularity => "knn-popularity",
            Self::Isgd => "isgd",
            Self::IsgdRecency => "isgd-recency",
            Self::Bpr => "bpr",
            Self::DailyKnn => "daily-knn",
            Self::DailyKnnLive => "daily-knn-live",
            Self::DailyEase => "daily-ease",
            Self::DailyEaseLive => "daily-ease-live",
            Self::DailyAls => "daily-als",
            Self::DailyAlsLive => "daily-als-live",
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
            Self::AllTime => "popularity of all time",
            Self::Popularity => "decayed popularity",
            Self::ItemKnn => "item-kNN",
            Self::VmisKnn => "VMIS-kNN",
            Self::KnnPopularity => "kNN + popularity, learned",
            Self::Isgd => "ISGD",
            Self::IsgdRecency => "ISGD, recency negatives",
            Self::Bpr => "BPR online",
            Self::DailyKnn => "T+1 item-kNN, frozen",
            Self::DailyKnnLive => "T+1 item-kNN, live users",
            Self::DailyEase => "T+1 EASE, frozen",
            Self::DailyEaseLive => "T+1 EASE, live users",
            Self::DailyAls => "T+1 ALS, frozen",
            Self::DailyAlsLive => "T+1 ALS, live users",
            Self::Neighbours => "node's neighbours alone",
            Self::Model => "node's model alone",
            Self::Fixed => "node's fixed blend",
            Self::Learned => "node's learned blend",
        }
    }
}
