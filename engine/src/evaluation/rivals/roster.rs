//! Which rivals there are, how each is set, and how each method's list is made of them.

use crate::evaluation::Method;
use crate::evaluation::rivals::all_time::AllTime;
use crate::evaluation::rivals::als::Als;
use crate::evaluation::rivals::bpr::Bpr;
use crate::evaluation::rivals::daily_knn::DailyKnn;
use crate::evaluation::rivals::ease::{Ease, EaseSettings};
use crate::evaluation::rivals::isgd::{Isgd, IsgdSettings};
use crate::evaluation::rivals::item_knn::{ItemKnn, ItemKnnSettings};
use crate::evaluation::rivals::knn_popularity::KnnPopularity;
use crate::evaluation::rivals::vmis_knn::{VmisKnn, VmisSettings};
use crate::evaluation::rivals::{Rival, Stream};

/// What is learned; methods that differ in their features alone share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RivalModel {
    /// Popularity of all time.
    AllTime,
    /// Item-kNN.
    ItemKnn,
    /// Session neighbours.
    VmisKnn,
    /// Item-kNN and popularity with learned weights.
    KnnPopularity,
    /// Incremental factorization.
    Isgd,
    /// The same with recency negatives.
    IsgdRecency,
    /// Pairwise factorization.
    Bpr,
    /// Item-kNN of the last rebuilding.
    DailyKnn,
    /// Linear autoencoder of the last rebuilding.
    DailyEase,
    /// Implicit factorization of the last rebuilding.
    DailyAls,
}

/// Which history a method is asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Features {
    /// Of now.
    Live,
    /// As of the last rebuilding.
    Frozen,
}

impl RivalModel {
    /// How many there are.
    pub const COUNT: usize = 10;

    /// Every one.
    pub const ALL: [Self; Self::COUNT] = [
        Self::AllTime,
        Self::ItemKnn,
        Self::VmisKnn,
        Self::KnnPopularity,
        Self::Isgd,
        Self::IsgdRecency,
        Self::Bpr,
        Self::DailyKnn,
        Self::DailyEase,
        Self::DailyAls,
    ];

    pub(super) fn rival(self, stream: Stream, seed: u64) -> Box<dyn Rival> {
        match self {
            Self::AllTime => Box::new(AllTime),
            Self::ItemKnn => Box::new(ItemKnn::new(ItemKnnSettings::from(stream))),
            Self::VmisKnn => Box::new(VmisKnn::new(VmisSettings::from(stream))),
            Self::KnnPopularity => Box::new(KnnPopularity::new(stream, seed)),
            Self::Isgd => Box::new(Isgd::new(IsgdSettings::VANILLA, seed)),
            Self::IsgdRecency => Box::new(Isgd::new(IsgdSettings::recency(stream), seed)),
            Self::Bpr => Box::new(Bpr::new(stream.into(), seed)),
            Self::DailyKnn => Box::new(DailyKnn::new(stream.into())),
            Self::DailyEase => Box::new(Ease::new(EaseSettings::from(stream))),
            Self::DailyAls => Box::new(Als::new(stream.into(), seed)),
        }
    }
}

/// How a method's list is made; `None` for those that the node makes itself.
pub(super) fn way(method: Method) -> Option<(RivalModel, Features)> {
    use Features::{Frozen, Live};
    Some(match method {
        Method::AllTime => (RivalModel::AllTime, Live),
        Method::ItemKnn => (RivalModel::ItemKnn, Live),
        Method::VmisKnn => (RivalModel::VmisKnn, Live),
        Method::KnnPopularity => (RivalModel::KnnPopularity, Live),
        Method::Isgd => (RivalModel::Isgd, Live),
        Method::IsgdRecency => (RivalModel::IsgdRecency, Live),
        Method::Bpr => (RivalModel::Bpr, Live),
        Method::DailyKnn => (RivalModel::DailyKnn, Frozen),
        Method::DailyKnnLive => (RivalModel::DailyKnn, Live),
        Method::DailyEase => (RivalModel::DailyEase, Frozen),
        Method::DailyEaseLive => (RivalModel::DailyEase, Live),
        Method::DailyAls => (RivalModel::DailyAls, Frozen),
        Method::DailyAlsLive => (RivalModel::DailyAls, Live),
        Method::Popularity
        | Method::Neighbours
        | Method::Model
        | Method::Fixed
        | Method::Learned => return None,
    })
}

/// The model of a method that the node does not make itself.
#[must_use]
pub fn model_of(method: Method) -> Option<RivalModel> {
    way(method).map(|(model, _)| model)
}
