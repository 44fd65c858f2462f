//! The shards as readers reach them: permits, addresses, and "down" while one is resumed.
//!
//! **Invariant:** at most 64 reads wait at a shard, whatever the readers do: the permit travels with the
//! message and comes free when the message is handled or dropped.
//!
//! Not here: writing. Batches and cuts come from the dispatcher alone, over a sender of its own. The learner's rows
//! come this way: their order with batches does not count.

use std::sync::Arc;

use actix::prelude::*;
use arc_swap::ArcSwapOption;
use engine::features::Declared;
use engine::features::plan::FeaturePlan;
use engine::features::read::Reading;
use engine::record::Served;
use engine::shard::{HistoryEntry, UserAsk, UserDeclared};
use engine::user::UserView;
use engine::{RecommendationId, ShardId, Timestamp, UserId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::error::ReadError;
use crate::shard::{
    FillShard, PutRows, READS_IN_FLIGHT, ReadDeclared, ReadDigest, ReadFeatures, ReadHistory,
    ReadMissing, ReadProfile, ReadServed, ReadSourcePosition, ReadStats, ShardActor, ShardStats,
    ViewUser, Waits,
};

/// Where every shard is; cheap to clone.
#[derive(Clone)]
pub struct ShardDirectory {
    seats: Arc<[Seat]>,
    /// Tells the dispatcher of a shard found dead by a reader. One place: a notice that finds it taken is
    /// not lost, since whoever took it makes the dispatcher look at every shard.
    notice: mpsc::Sender<()>,
}

struct Seat {
    /// `None` while the shard is resumed.
    address: ArcSwapOption<Addr<ShardActor>>,
    permits: Arc<Semaphore>,
}

impl std::fmt::Debug for ShardDirectory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShardDirectory").field("shards", &self.seats.len()).finish_non_exhaustive()
    }
}

impl ShardDirectory {
    /// A directory in which every shard is down, and the end on which deaths are noticed.
    pub(crate) fn new(shards: u16) -> (Self, mpsc::Receiver<()>) {
        let (notice, noticed) = mpsc::channel(1);
        let seat = |_| Seat {
            address: ArcSwapOption::empty(),
            permits: Arc::new(Semaphore::new(READS_IN_FLIGHT)),
        };
        (Self { seats: (0..shards).map(seat).collect(), notice }, noticed)
    }

    /// How many shards there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// Whether there is no shard at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    /// Shards that do not serve at the moment.
    #[must_use]
    pub fn down(&self) -> Vec<ShardId> {
        let ids = (0u16..).map(ShardId).zip(self.seats.iter());
        ids.filter(|(_, seat)| seat.address.load().is_none()).map(|(shard, _)| shard).collect()
    }

    /// What ranking needs of `user` at `at`.
    ///
    /// # Errors
    /// [`ReadError`]: the request takes the next rung.
    pub async fn view(
        &self,
        shard: ShardId,
        user: UserId,
        at: Timestamp,
    ) -> Result<UserView, ReadError> {
        self.ask(shard, |permit| ViewUser { user, at, _permit: permit }).await
    }

    /// At most `limit` of the user's last events, newest first.
    ///
    /// # Errors
    /// [`ReadError`] where the shard does not answer.
    pub async fn history(
        &self,
        shard: ShardId,
        user: UserId,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>, ReadError> {
        self.ask(shard, |permit| ReadHistory { user, limit, _permit: permit }).await
    }

    /// The user's profile as JSON text; `None` where none was put.
    ///
    /// # Errors
    /// [`ReadError`] where the shard does not answer.
    pub async fn profile(
        &self,
        shard: ShardId,
        user: UserId,
    ) -> Result<Option<Box<str>>, ReadError> {
        self.ask(shard, |permit| ReadProfile { user, _permit: permit }).await
    }

    /// All of `asked` that is known of `user`, as of `at`.
    ///
    /// # Errors
    /// [`ReadError`] where the shard does not answer.
    pub async fn declared(
        &self,
        shard: ShardId,
        user: UserId,
        asked: Declared,
        at: Timestamp,
    ) -> Result<UserDeclared, ReadError> {
        self.ask(shard, |permit| ReadDeclared { user, asked, at, _permit: permit }).await
    }

    /// What features of `plan` say of users of `shard` as of `at`, in the order asked.
    ///
    /// # Errors
    /// [`ReadError`] where the shard does not answer.
    pub async fn features(
        &self,
        shard: ShardId,
        (plan, asks): (Arc<FeaturePlan>, Vec<UserAsk>),
        at: Timestamp,
    ) -> Result<Vec<Vec<Reading>>, ReadError> {
        self.ask(shard, |permit| ReadFeatures { plan, asks, at, _permit: permit }).await
    }

    /// What the shard waits for to be filled from the log. The caller waits for one answer before it asks again.
    pub(crate) async fn missing(&self, shard: ShardId) -> Result<Option<Waits>, ReadError> {
        let down = ReadError::Down { shard };
        let seat = self.seats.get(usize::from(shard.0)).ok_or(down)?;
        let address = seat.address.load_full().ok_or(down)?;
        address.send(ReadMissing).await.map_err(|_| down)
    }

    /// Hands `shard` what was filled; one that is down is found to wait again. One message at a time: the caller waits.
    pub(crate) async fn fill(&self, shard: ShardId, filled: FillShard) {
        let seat = self.seats.get(usize::from(shard.0));
        if let Some(address) = seat.and_then(|seat| seat.address.load_full()) {
            let _ = address.send(filled).await;
        }
    }

    /// A served list that its shard still holds.
    ///
    /// # Errors
    /// [`ReadError`] where the shard does not answer.
    pub async fn served(&self, id: RecommendationId) -> Result<Option<Served>, ReadError> {
        self.ask(id.shard, |permit| ReadServed { id, _permit: permit }).await
    }

    /// The highest position of `source` that this shard applied; 0 for none.
    ///
    /// # Errors
    /// [`ReadError`] where the shard does not answer.
    pub async fn source_position(&self, shard: ShardId, source: u64) -> Result<u64, ReadError> {
        self.ask(shard, |permit| ReadSourcePosition { source, _permit: permit }).await
    }

    /// How big the shard is and where it stands.
    ///
    /// # Errors
    /// [`ReadError`] where the shard does not answer.
    pub async fn stats(&self, shard: ShardId) -> Result<ShardStats, ReadError> {
        self.ask(shard, |permit| ReadStats { _permit: permit }).await
    }

    /// Hash of the shard's user state, the same wherever the same records were applied.
    ///
    /// # Errors
    /// [`ReadError`] where the shard does not answer.
    pub async fn digest(&self, shard: ShardId) -> Result<u64, ReadError> {
        self.ask(shard, |permit| ReadDigest { _permit: permit }).await
    }

    /// Sends rows of the model to `shard`; `None` while it is down. The caller waits for one message to be handled
    /// before it sends the next.
    pub(crate) fn put_rows(
        &self,
        shard: ShardId,
        rows: PutRows,
    ) -> Option<Request<ShardActor, PutRows>> {
        let address = self.seats.get(usize::from(shard.0))?.address.load_full()?;
        Some(address.send(rows))
    }

    /// Sends readers of `shard` to `address`, or away while there is none.
    pub(crate) fn seat(&self, shard: ShardId, address: Option<Addr<ShardActor>>) {
        if let Some(seat) = self.seats.get(usize::from(shard.0)) {
            seat.address.store(address.map(Arc::new));
        }
    }

    async fn ask<M>(
        &self,
        shard: ShardId,
        message: impl FnOnce(OwnedSemaphorePermit) -> M,
    ) -> Result<M::Result, ReadError>
    where
        ShardActor: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let down = ReadError::Down { shard };
        let seat = self.seats.get(usize::from(shard.0)).ok_or(down)?;
        let address = seat.address.load_full().ok_or(down)?;
        let permit = Arc::clone(&seat.permits).try_acquire_owned();
        let message = message(permit.map_err(|_| ReadError::Busy { shard })?);
        address.send(message).await.map_err(|_| {
            // Full means that a notice waits already, closed that the node is going down.
            let _told = self.notice.try_send(());
            down
        })
    }
}
