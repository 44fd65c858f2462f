//! The shard actor: sole owner of one shard's state.
//!
//! Thin by design. A handler turns one message into one call of [`ShardState`] and one typed reply; every
//! rule about events, windows and ranking lives in `engine`.
//!
//! **Invariant:** a record is applied at most once. State and offset travel together, so what is sent
//! again after a resume is neither lost nor repeated.
//!
//! **Invariant:** handlers never await, read a clock, touch a disk or send. Time comes in messages; what a
//! shard has to say leaves in its reply, and the dispatcher passes it on.
//!
//! Not here: starting again after a panic. A panic drops state and mailbox; whoever waits sees the other
//! end close, and the dispatcher asks the supervisor.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix::dev::channel::AddressSender;
use actix::prelude::*;
use engine::features::active::Active;
use engine::features::plan::FeaturePlan;
use engine::features::read::Reading;
use engine::features::{Declared, FeatureId};
use engine::model::UserRow;
use engine::part::Part;
use engine::record::Served;
use engine::shard::{Filled, HistoryEntry, ShardState, UserAsk, UserDeclared};
use engine::user::UserView;
use engine::{Applied, RecommendationId, Record, Sequence, Timestamp, UserId};
use tokio::sync::OwnedSemaphorePermit;

use crate::flight::Batch;
use crate::mailbox;
use crate::slots::COMMITS_IN_FLIGHT;

/// Reads that one shard admits at a time; past it a request takes the next rung.
///
/// 64 reads of about 10 µs are 0.6 ms of waiting at worst, well inside a request's deadline.
pub(crate) const READS_IN_FLIGHT: usize = 64;

/// Messages that may wait: a batch of each commit in flight, the readers, one cut, and the model's rows.
///
/// The permits of dispatcher and readers keep the queue below it; actix would not. Rows come one message at a time,
/// two where the shard was resumed while one was on its way (see `learner::rows`). The rest is margin.
const MAILBOX_CAPACITY: usize = COMMITS_IN_FLIGHT + READS_IN_FLIGHT + 8;

/// The record that a shard is applying: 0 between two. Read after a death to know what killed.
pub(crate) type Applying = Arc<AtomicU64>;

/// Apply the records that one commit holds for this shard, in log order.
#[derive(Debug, Message)]
#[rtype(result = "Applied")]
pub(crate) struct ApplyBatch(pub(crate) Batch);

/// Hand over what changed since the last cut.
#[derive(Debug, Message)]
#[rtype(result = "ShardPart")]
pub(crate) struct TakeCut;

/// A shard's part of a cut.
#[derive(Debug)]
pub(crate) struct ShardPart {
    pub(crate) part: Part,
    /// Number of the model's last publication whose rows it holds.
    pub(crate) rows_through: u64,
}

/// Put in the model's rows of users, by keyed hash; they came out with publications up to this number.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct PutRows {
    pub(crate) rows: Vec<(u64, UserRow)>,
    pub(crate) publication: u64,
}

/// A permit that travels in the message, so that a reader who gave up does not make room for another
/// while its message still waits.
type Permit = OwnedSemaphorePermit;

/// What ranking needs of one user at one instant.
#[derive(Debug, Message)]
#[rtype(result = "UserView")]
pub(crate) struct ViewUser {
    pub(crate) user: UserId,
    pub(crate) at: Timestamp,
    pub(crate) _permit: Permit,
}

/// A user's last events, newest first.
#[derive(Debug, Message)]
#[rtype(result = "Vec<HistoryEntry>")]
pub(crate) struct ReadHistory {
    pub(crate) user: UserId,
    pub(crate) limit: usize,
    pub(crate) _permit: Permit,
}

/// A user's profile, as JSON text.
#[derive(Debug, Message)]
#[rtype(result = "Option<Box<str>>")]
pub(crate) struct ReadProfile {
    pub(crate) user: UserId,
    pub(crate) _permit: Permit,
}

/// A list that was served.
#[derive(Debug, Message)]
#[rtype(result = "Option<Served>")]
pub(crate) struct ReadServed {
    pub(crate) id: RecommendationId,
    pub(crate) _permit: Permit,
}

/// All of what is declared that is known of a user.
#[derive(Debug, Message)]
#[rtype(result = "UserDeclared")]
pub(crate) struct ReadDeclared {
    pub(crate) user: UserId,
    pub(crate) asked: Declared,
    pub(crate) at: Timestamp,
    pub(crate) _permit: Permit,
}

/// What some features of a plan say of some users, in the order asked.
#[derive(Debug, Message)]
#[rtype(result = "Vec<Vec<Reading>>")]
pub(crate) struct ReadFeatures {
    pub(crate) plan: Arc<FeaturePlan>,
    pub(crate) asks: Vec<UserAsk>,
    pub(crate) at: Timestamp,
    pub(crate) _permit: Permit,
}

/// The highest position of a source that was applied here.
#[derive(Debug, Message)]
#[rtype(result = "u64")]
pub(crate) struct ReadSourcePosition {
    pub(crate) source: u64,
    pub(crate) _permit: Permit,
}

/// What the shard waits for. One question at a time, so it needs no permit.
#[derive(Debug, Message)]
#[rtype(result = "Option<Waits>")]
pub(crate) struct ReadMissing;

/// Features that wait to be filled from the log.
#[derive(Clone, Debug)]
pub(crate) struct Waits {
    /// What is in force.
    pub(crate) declared: Declared,
    /// The last record that they wait for.
    pub(crate) since: Sequence,
    pub(crate) features: Vec<FeatureId>,
}

impl Waits {
    /// What of these declarations waits; `None` where nothing does.
    pub(crate) fn of(active: &Active) -> Option<Self> {
        let since = active.filling()?.since;
        Some(Self { declared: active.declared().clone(), since, features: active.missing() })
    }
}

/// Add what was filled from the log.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct FillShard(pub(crate) Filled);

/// How big the shard is and where it stands.
#[derive(Debug, Message)]
#[rtype(result = "ShardStats")]
pub(crate) struct ReadStats {
    pub(crate) _permit: Permit,
}

/// Hash of the shard's user state.
#[derive(Debug, Message)]
#[rtype(result = "u64")]
pub(crate) struct ReadDigest {
    pub(crate) _permit: Permit,
}

/// How big a shard is and where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShardStats {
    /// Users it holds.
    pub users: usize,
    /// Bytes of their state.
    pub resident_bytes: usize,
    /// Last record it applied.
    pub offset: Sequence,
}

/// Serves one shard, in log order, one message at a time.
pub(crate) struct ShardActor {
    state: ShardState,
    applying: Applying,
}

impl ShardActor {
    /// Starts a shard on `arbiter` with the state it goes on from.
    pub(crate) fn resume(
        arbiter: &ArbiterHandle,
        state: ShardState,
        applying: Applying,
    ) -> AddressSender<Self> {
        mailbox::open(arbiter, MAILBOX_CAPACITY, move |_| Self { state, applying })
    }
}

/// Applies one record; the one way in which live, resumed and recovered state changes.
pub(crate) fn apply(state: &mut ShardState, record: &Record, out: &mut Applied) {
    mishap(record);
    state.apply(record, out);
}

/// Fail point `shard-apply`: `panic` kills any shard, `return(NAME)` the shard that applies an event of
/// the user NAME. Compiled to nothing unless the `failpoints` feature is on.
fn mishap(record: &Record) {
    let _ = record;
    #[cfg(test)]
    crate::testing::mishap(record);
    fail::fail_point!("shard-apply", |name: Option<String>| {
        #[expect(clippy::panic, reason = "a fail point exists to panic")]
        if let engine::RecordBody::Event { event, .. } = &record.body
            && Some(event.user.as_str()) == name.as_deref()
        {
            panic!("fail point shard-apply: an event of {}", event.user);
        }
    });
}

impl Actor for ShardActor {
    type Context = Context<Self>;
}

impl Handler<ApplyBatch> for ShardActor {
    type Result = MessageResult<ApplyBatch>;

    fn handle(&mut self, ApplyBatch(batch): ApplyBatch, _: &mut Self::Context) -> Self::Result {
        let mut applied = Applied::default();
        // Sequences grow but may skip, so only a step back is a repeat.
        let offset = self.state.offset();
        for record in batch.iter().filter(|record| offset < record.sequence) {
            self.applying.store(record.sequence.0, Ordering::Release);
            apply(&mut self.state, record, &mut applied);
        }
        self.applying.store(0, Ordering::Release);
        applied.features.add_up();
        MessageResult(applied)
    }
}

impl Handler<TakeCut> for ShardActor {
    type Result = MessageResult<TakeCut>;

    fn handle(&mut self, _: TakeCut, _: &mut Self::Context) -> Self::Result {
        let rows_through = self.state.rows_through();
        MessageResult(ShardPart { part: self.state.cut(), rows_through })
    }
}

impl Handler<PutRows> for ShardActor {
    type Result = ();

    fn handle(&mut self, put: PutRows, _: &mut Self::Context) {
        self.state.put_rows(&put.rows, put.publication);
    }
}

impl Handler<ViewUser> for ShardActor {
    type Result = MessageResult<ViewUser>;

    fn handle(&mut self, ask: ViewUser, _: &mut Self::Context) -> Self::Result {
        #[cfg(test)]
        crate::testing::mishap_in_view(&ask.user);
        MessageResult(self.state.view(&ask.user, ask.at))
    }
}

impl Handler<ReadHistory> for ShardActor {
    type Result = MessageResult<ReadHistory>;

    fn handle(&mut self, ask: ReadHistory, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.state.history(&ask.user, ask.limit))
    }
}

impl Handler<ReadProfile> for ShardActor {
    type Result = MessageResult<ReadProfile>;

    fn handle(&mut self, ask: ReadProfile, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.state.profile(&ask.user))
    }
}

impl Handler<ReadServed> for ShardActor {
    type Result = MessageResult<ReadServed>;

    fn handle(&mut self, ask: ReadServed, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.state.served(ask.id).cloned())
    }
}

impl Handler<ReadSourcePosition> for ShardActor {
    type Result = MessageResult<ReadSourcePosition>;

    fn handle(&mut self, ask: ReadSourcePosition, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.state.source_position(ask.source))
    }
}

impl Handler<ReadStats> for ShardActor {
    type Result = MessageResult<ReadStats>;

    fn handle(&mut self, _: ReadStats, _: &mut Self::Context) -> Self::Result {
        MessageResult(ShardStats {
            users: self.state.users(),
            resident_bytes: self.state.resident_bytes(),
            offset: self.state.offset(),
        })
    }
}

impl Handler<ReadDeclared> for ShardActor {
    type Result = MessageResult<ReadDeclared>;

    fn handle(&mut self, ask: ReadDeclared, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.state.declared_of(&ask.user, &ask.asked, ask.at))
    }
}

impl Handler<ReadFeatures> for ShardActor {
    type Result = MessageResult<ReadFeatures>;

    fn handle(&mut self, ask: ReadFeatures, _: &mut Self::Context) -> Self::Result {
        let read = |one| self.state.read_features(&ask.plan, one, ask.at);
        MessageResult(ask.asks.iter().map(read).collect())
    }
}

impl Handler<ReadMissing> for ShardActor {
    type Result = MessageResult<ReadMissing>;

    fn handle(&mut self, _: ReadMissing, _: &mut Self::Context) -> Self::Result {
        MessageResult(Waits::of(self.state.active()))
    }
}

impl Handler<FillShard> for ShardActor {
    type Result = ();

    fn handle(&mut self, FillShard(filled): FillShard, _: &mut Self::Context) {
        self.state.fill(&filled);
    }
}

impl Handler<ReadDigest> for ShardActor {
    type Result = MessageResult<ReadDigest>;

    fn handle(&mut self, _: ReadDigest, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.state.digest())
    }
}
