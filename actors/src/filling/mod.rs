//! Fills features that came new from the log, while the node runs.
//!
//! Shards and item activity say what they wait for ([`engine::features::active`]); one thread in the background reads the
//! log up to there and hands each what it says. A shard that died meanwhile waits again, and is found again.
//!
//! **Invariant:** nothing waits for this but whoever asks how far it is: events are acknowledged and lists are made.
//!
//! Not here: what comes of the log (see [`read`]).

mod read;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use actix::dev::channel::AddressSender;
use actix::prelude::*;
use arc_swap::ArcSwap;
use engine::features::FeatureId;
use engine::shard::ApplyConfig;
use engine::{Sequence, ShardId};
use tokio::sync::{mpsc, oneshot};

use crate::activity::{self, ActivityActor};
use crate::error::RecoverError;
use crate::ports::Ports;
use crate::recovery::{Recovered, RecoverySources};
use crate::set_aside::SetAsideList;
use crate::shard::{FillShard, Waits};
use crate::shards::ShardDirectory;

pub(crate) use read::FilledShared;
use read::{Found, Pace, Wanted};

/// How often shards are asked without need: one that was resumed from a cut may wait again.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The same where one did not answer.
const SOON: Duration = Duration::from_millis(100);

/// How long activity is given to come to where the shards are.
const PATIENCE: Duration = Duration::from_secs(10);

/// Between two questions to activity.
const BEHIND: Duration = Duration::from_millis(2);

/// Time before a log that could not be read is tried again.
const RETRY: Duration = Duration::from_secs(10);

/// What is being filled, as of the last look.
#[derive(Clone, Debug, Default)]
pub struct FillStatus {
    /// Names of the features.
    pub features: Vec<String>,
    /// The last record that is needed.
    pub up_to: Sequence,
    pace: Arc<Pace>,
}

impl FillStatus {
    /// How much of the log is read, 0 to 1.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        self.pace.fraction(self.up_to)
    }
}

/// Somebody wants to know what is waited for behind a record.
struct Look {
    after: Sequence,
    looked: oneshot::Sender<()>,
}

/// The way to whoever fills; cheap to clone.
#[derive(Clone, Debug)]
pub struct FillHandle {
    look: mpsc::Sender<Look>,
    /// Whoever reads the log ends where this changes.
    calls: Arc<AtomicU64>,
    is_stopped: Arc<AtomicBool>,
    status: Arc<ArcSwap<FillStatus>>,
}

impl FillHandle {
    /// Has everybody asked what they wait for once they have come to the record `after`; what was being read for older
    /// declarations is given up. Returns when the status says so.
    pub async fn look(&self, after: Sequence) {
        self.calls.fetch_add(1, Ordering::AcqRel);
        let (looked, told) = oneshot::channel();
        if self.look.send(Look { after, looked }).await.is_ok() {
            // Gone where the node is stopping.
            let _ = told.await;
        }
    }

    /// Nothing is filled from now on: the next start goes on.
    pub(crate) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
        self.calls.fetch_add(1, Ordering::AcqRel);
    }

    /// What is being filled.
    #[must_use]
    pub fn status(&self) -> Arc<FillStatus> {
        self.status.load_full()
    }
}

/// Who fills, and from what.
pub(crate) struct Filling {
    ports: Ports,
    config: Arc<ApplyConfig>,
    set_aside: SetAsideList,
    shards: ShardDirectory,
    activity: Addr<ActivityActor>,
}

impl Filling {
    /// For these shards and this activity, from what `ports` reads, by the rules of shards.
    pub(crate) fn over(
        (ports, config, set_aside): (Ports, Arc<ApplyConfig>, SetAsideList),
        shards: &ShardDirectory,
        activity: &AddressSender<ActivityActor>,
    ) -> Self {
        let (shards, activity) = (shards.clone(), Addr::new(activity.clone()));
        Self { ports, config, set_aside, shards, activity }
    }

    /// Starts on `arbiter`, which is its own: it reads the log there.
    pub(crate) fn start(self, arbiter: &ArbiterHandle) -> FillHandle {
        let (look, asked) = mpsc::channel(1);
        let status = Arc::new(ArcSwap::from_pointee(FillStatus::default()));
        let (calls, is_stopped) = (Arc::default(), Arc::default());
        let handle = FillHandle { look, calls, is_stopped, status };
        // Not the sender: one of its own would keep it asking for ever.
        let shown =
            (Arc::clone(&handle.status), Arc::clone(&handle.calls), Arc::clone(&handle.is_stopped));
        // False only where the arbiter has stopped.
        let _alive = arbiter.spawn(self.run(asked, shown));
        handle
    }

    async fn run(self, mut asked: mpsc::Receiver<Look>, (status, calls, is_stopped): Shown) {
        let mut wait = LOOK_EVERY;
        while !is_stopped.load(Ordering::Acquire) {
            let look = match tokio::time::timeout(wait, asked.recv()).await {
                Ok(Some(look)) => Some(look),
                Ok(None) => return,
                Err(_) => None,
            };
            let after = look.as_ref().map_or(Sequence(0), |look| look.after);
            // Whoever calls from here on makes what is found out now useless.
            let pace = Pace::until(&calls, calls.load(Ordering::Acquire));
            let (wanted, answers) = self.look(after).await;
            let now = Arc::new(told(&wanted, pace, (answers, &status.load())));
            status.store(Arc::clone(&now));
            metrics::gauge!("freshet_features_filling").set(now.features.len() as f64);
            if let Some(Look { looked, .. }) = look {
                // Whoever gave up waiting has dropped the other end.
                let _ = looked.send(());
            }
            wait = if answers == Answers::Some { SOON } else { LOOK_EVERY };
            if wanted.is_nothing() {
                continue;
            }
            let shards = self.shards.len() as u16;
            let log = self.ports.log.as_ref();
            match wanted.read(log, (&self.config, shards), &self.set_aside, &now.pace) {
                Ok(Some(found)) => {
                    self.hand_over(found).await;
                    tracing::info!(features = ?now.features, up_to = %now.up_to, "features were filled from the log");
                    wait = Duration::ZERO;
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, "features cannot be filled from the log; it is tried again");
                    wait = RETRY;
                }
            }
        }
    }

    /// Who waits for what. Shards have come to `after`: whoever asks has waited for that.
    async fn look(&self, after: Sequence) -> (Wanted, Answers) {
        let (mut wanted, mut answers) = (Wanted::default(), Answers::All);
        let waits = tokio::time::timeout(PATIENCE, self.activity_behind(after)).await;
        match waits {
            Ok(Some(waits)) => wanted.add(None, waits),
            Ok(None) => {}
            Err(_) => answers = Answers::Some,
        }
        for shard in (0..self.shards.len() as u16).map(ShardId) {
            match self.shards.missing(shard).await {
                // On its way from one to the other.
                Ok(Some(waits)) if !wanted.is_nothing() && wanted.declared != waits.declared => {
                    answers = Answers::Some;
                }
                Ok(Some(waits)) => wanted.add(Some(shard), waits),
                Ok(None) => {}
                // One that is down is asked at the next look.
                Err(_) => answers = Answers::Some,
            }
        }
        (wanted, answers)
    }

    /// What activity waits for once it has come to the record `after`.
    async fn activity_behind(&self, after: Sequence) -> Option<Waits> {
        loop {
            let (offset, waits) = self.activity.send(activity::ReadMissing).await.ok()?;
            if after <= offset {
                return waits;
            }
            // What the shards have replied is on its way.
            tokio::time::sleep(BEHIND).await;
        }
    }

    async fn hand_over(&self, found: Found) {
        if let Some(shared) = found.shared {
            // Gone where the node is stopping.
            let _ = self.activity.send(activity::Fill(shared)).await;
        }
        for (shard, filled) in found.shards {
            self.shards.fill(shard, FillShard(filled)).await;
        }
    }
}

/// Whether everybody said what they wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answers {
    All,
    /// Somebody was down, or on their way.
    Some,
}

/// The status, the calls, and whether to stop.
type Shown = (Arc<ArcSwap<FillStatus>>, Arc<AtomicU64>, Arc<AtomicBool>);

fn told(wanted: &Wanted, pace: Pace, (answers, before): (Answers, &FillStatus)) -> FillStatus {
    let name = |feature: &FeatureId| Some(wanted.declared.plan.get(*feature)?.name.clone());
    let mut features: Vec<String> = wanted.features.iter().filter_map(name).collect();
    if answers == Answers::Some {
        // Whoever did not answer may wait for what was waited for before.
        features.extend(before.features.iter().cloned());
        features.sort_unstable();
        features.dedup();
    }
    FillStatus { features, up_to: wanted.up_to(), pace: Arc::new(pace) }
}

/// Fills what recovered state waits for, before it runs.
///
/// # Errors
/// [`RecoverError`] where the log cannot be read.
pub fn fill(recovered: &mut Recovered, sources: &RecoverySources<'_>) -> Result<(), RecoverError> {
    let mut wanted = Wanted::default();
    if let Some(waits) = Waits::of(recovered.activity.active()) {
        wanted.add(None, waits);
    }
    for (number, shard) in (0u16..).zip(&recovered.shards) {
        if let Some(waits) = Waits::of(shard.active()) {
            wanted.add(Some(ShardId(number)), waits);
        }
    }
    if wanted.is_nothing() {
        return Ok(());
    }
    let config = (&*recovered.apply, recovered.shards.len() as u16);
    let found = wanted.read(sources.log, config, &recovered.set_aside, &Pace::default())?;
    let Some(found) = found else { return Ok(()) };
    if let Some(shared) = found.shared {
        recovered.activity.fill(shared.since, &shared.plan, &shared.features);
    }
    for (shard, filled) in found.shards {
        if let Some(state) = recovered.shards.get_mut(usize::from(shard.0)) {
            state.fill(&filled);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
