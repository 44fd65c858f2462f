//! What the log says of features that came new, made beside the state that goes on.
//!
//! **Invariant:** the same events count as in the shards: what is set aside is left out, what came twice counts once.
//!
//! Not here: whom it is for, and when.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use engine::features::plan::FeaturePlan;
use engine::features::shared::{Partials, SharedFeatures};
use engine::features::{Declared, FeatureId};
use engine::log::{LogError, LogReader};
use engine::shard::{ApplyConfig, Filled, Filler};
use engine::{Record, RecordBody, Sequence, ShardId};

use crate::set_aside::SetAsideList;
use crate::shard::Waits;

/// Records between two looks at whether to go on.
const SLICE: u64 = 16_384;

/// Events that are added up together.
const ADD_UP: usize = 512;

/// Who waits for what.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) declared: Declared,
    /// Shards that wait for the records up to this one.
    pub(crate) shards: Vec<(ShardId, Sequence)>,
    /// Whether item activity waits, and for what.
    pub(crate) shared: Option<Sequence>,
    /// All features that somebody waits for.
    pub(crate) features: Vec<FeatureId>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) shards: Vec<(ShardId, Filled)>,
    pub(crate) shared: Option<FilledShared>,
}

/// Shared features that were filled apart.
#[derive(Debug)]
pub(crate) struct FilledShared {
    pub(crate) since: Sequence,
    pub(crate) plan: Arc<FeaturePlan>,
    pub(crate) features: SharedFeatures,
}

/// How far it is, and whether it goes on.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// The first record that was read; what was before is gone. 0 where none was.
    first: AtomicU64,
    reached: AtomicU64,
    /// Raised by everybody who makes what is being read useless.
    calls: Arc<AtomicU64>,
    /// Calls before this.
    heard: u64,
}

impl Pace {
    /// At the beginning, until there are more calls than `heard`.
    pub(crate) fn until(calls: &Arc<AtomicU64>, heard: u64) -> Self {
        Self { calls: Arc::clone(calls), heard, ..Self::default() }
    }

    /// How much of the records up to `up_to` is read, 0 to 1.
    pub(crate) fn fraction(&self, up_to: Sequence) -> f64 {
        let first = self.first.load(Ordering::Acquire);
        let read = self.reached.load(Ordering::Acquire).saturating_sub(first);
        let all = up_to.0.saturating_sub(first);
        if first == 0 || all == 0 { 0.0 } else { (read as f64 / all as f64).min(1.0) }
    }

    fn is_over(&self) -> bool {
        self.calls.load(Ordering::Acquire) != self.heard
    }
}

impl Wanted {
    /// Whether nobody waits.
    pub(crate) fn is_nothing(&self) -> bool {
        self.shards.is_empty() && self.shared.is_none()
    }

    /// The last record that somebody waits for.
    pub(crate) fn up_to(&self) -> Sequence {
        let shards = self.shards.iter().map(|(_, since)| *since);
        shards.chain(self.shared).max().unwrap_or_default()
    }

    /// Notes what a shard, or item activity where `shard` is `None`, waits for; all under the same declarations.
    pub(crate) fn add(&mut self, shard: Option<ShardId>, waits: Waits) {
        let Waits { declared, since, features } = waits;
        self.declared = declared;
        match shard {
            Some(shard) => self.shards.push((shard, since)),
            None => self.shared = Some(since),
        }
        self.features.extend(features);
        self.features.sort_unstable();
        self.features.dedup();
    }

    /// Reads the log from its beginning; `None` where it was told to stop.
    ///
    /// # Errors
    /// [`LogError`] where the log cannot be read.
    pub(crate) fn read(
        &self,
        log: &dyn LogReader,
        (config, shards): (&ApplyConfig, u16),
        set_aside: &SetAsideList,
        pace: &Pace,
    ) -> Result<Option<Found>, LogError> {
        let mut reading = Reading::new(self, config, shards);
        let up_to = self.up_to();
        let mut after = Sequence(0);
        while after < up_to {
            if pace.is_over() {
                return Ok(None);
            }
            let end = Sequence(up_to.0.min(after.0 + SLICE));
            log.scan(after, end, None, &mut |record| {
                // Only the first finds it unset.
                let _ = pace.first.compare_exchange(
                    0,
                    record.sequence.0,
                    Ordering::AcqRel,
                    Ordering::Relaxed,
                );
                if !set_aside.contains(record.sequence) {
                    reading.take(&record);
                }
            })?;
            pace.reached.store(end.0, Ordering::Release);
            after = end;
        }
        Ok(Some(reading.found(self)))
    }
}

/// A reading under way.
struct Reading {
    plan: Arc<FeaturePlan>,
    fillers: Vec<Filler>,
    shared: Option<(Sequence, SharedFeatures)>,
    partials: Partials,
    pending: usize,
}

impl Reading {
    fn new(wanted: &Wanted, config: &ApplyConfig, shards: u16) -> Self {
        let declared = wanted.declared.only(&wanted.features);
        let plan = Arc::clone(&declared.plan);
        // Shards that wait for nothing say what came twice, for the sake of shared features.
        let mut since = vec![Sequence(0); usize::from(shards)];
        for (shard, waits) in &wanted.shards {
            since[usize::from(shard.0)] = *waits;
        }
        let fillers =
            since.into_iter().map(|since| Filler::new(config, declared.clone(), since)).collect();
        let shared = wanted.shared.map(|since| (since, SharedFeatures::new(&plan)));
        Self { plan, fillers, shared, partials: Partials::default(), pending: 0 }
    }

    fn take(&mut self, record: &Record) {
        let is_shared = self.shared.as_ref().is_some_and(|(since, _)| record.sequence <= *since);
        if let (RecordBody::Tick { .. }, true) = (&record.body, is_shared) {
            self.merge();
            if let Some((_, shared)) = &mut self.shared {
                let _ = shared.told_time(&self.plan);
            }
        }
        let Some(shard) = record.shard() else { return };
        let Some(filler) = self.fillers.get_mut(usize::from(shard.0)) else { return };
        filler.apply(record, is_shared.then_some(&mut self.partials));
        self.pending += 1;
        if ADD_UP <= self.pending {
            self.merge();
        }
    }

    fn merge(&mut self) {
        let mut partials = std::mem::take(&mut self.partials);
        self.pending = 0;
        if let Some((_, shared)) = &mut self.shared {
            partials.add_up(&self.plan);
            let _ = shared.merge(&self.plan, &partials);
        }
    }

    fn found(mut self, wanted: &Wanted) -> Found {
        self.merge();
        let mut filled: Vec<Option<Filled>> =
            self.fillers.into_iter().map(|filler| Some(filler.filled())).collect();
        let shards = wanted.shards.iter();
        let shards = shards
            .filter_map(|(shard, _)| Some((*shard, filled.get_mut(usize::from(shard.0))?.take()?)));
        let shards = shards.collect();
        let plan = self.plan;
        let shared = self.shared.map(|(since, features)| FilledShared { since, plan, features });
        Found { shards, shared }
    }
}
