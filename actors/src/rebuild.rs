//! One shard's state from cut and log; the same for a dead shard and for one that dies in recovery.
//!
//! **Invariant:** what is set aside is not applied, and outputs are dropped: they were passed on, or are made
//! anew by whoever asked.
//!
//! Not here: threads and messages.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use engine::log::LogReader;
use engine::part::{CheckpointStore, PartOwner};
use engine::shard::{ApplyConfig, ShardState};
use engine::{Applied, Record, Sequence, ShardId};

use crate::error::RecoverError;
use crate::set_aside::{SetAsideList, Verdict};
use crate::shard::apply;

/// Where state comes from, and whom to tell of a record that must be set aside.
pub(crate) struct Sources<'a> {
    pub(crate) store: &'a dyn CheckpointStore,
    pub(crate) log: &'a dyn LogReader,
    pub(crate) config: &'a Arc<ApplyConfig>,
    pub(crate) set_aside: &'a SetAsideList,
    pub(crate) found: &'a (dyn Fn(Sequence, ShardId) + Sync),
}

impl Sources<'_> {
    /// The shard after its last record up to and including `up_to`.
    ///
    /// Ends because every failed round adds a kill to some record, and two kills take a record out.
    pub(crate) fn rebuild(
        &self,
        shard: ShardId,
        up_to: Sequence,
    ) -> Result<ShardState, RecoverError> {
        loop {
            match self.replay(shard, up_to)? {
                Ok(state) => return Ok(state),
                Err(killer) => convict(self, killer, shard),
            }
        }
    }

    /// The shard as the current cut holds it, and the sequence behind which its records follow.
    ///
    /// A cut may be committed while entries are read, and a compaction may then remove versions that the cut before
    /// needed. So it is read again until one and the same cut was current before and after.
    pub(crate) fn load(&self, shard: ShardId) -> Result<(ShardState, Sequence), RecoverError> {
        loop {
            let before = self.store.current()?;
            let entries = load_part(self.store, PartOwner::Shard(shard))?;
            if self.store.current()? != before {
                continue;
            }
            let cut = before.map_or(Sequence(0), |manifest| manifest.cut);
            let state = ShardState::restore(shard, Arc::clone(self.config), entries.into_iter())?;
            let after = state.offset().max(cut);
            return Ok((state, after));
        }
    }

    fn replay(
        &self,
        shard: ShardId,
        up_to: Sequence,
    ) -> Result<Result<ShardState, Sequence>, RecoverError> {
        let (mut state, after) = self.load(shard)?;
        let mut killer = None;
        self.log.scan(after, up_to, Some(shard), &mut |record| {
            if killer.is_none() && is_dealt(&record) && !self.set_aside.contains(record.sequence) {
                let applied = apply_guarded(&mut state, &record, &mut Applied::default());
                killer = applied.err();
            }
        })?;
        Ok(killer.map_or(Ok(state), Err))
    }
}

/// Whether shards are given the record at all, so that an offset rebuilt is that of a shard that never stopped.
fn is_dealt(record: &Record) -> bool {
    record.shard().is_some() || record.is_for_every_shard()
}

/// Applies a record; where that panics, the state is not to be used any more.
///
/// # Errors
/// The record's sequence, where it killed.
pub(crate) fn apply_guarded(
    state: &mut ShardState,
    record: &Record,
    out: &mut Applied,
) -> Result<(), Sequence> {
    // Unwind safe because the caller throws the state away.
    catch_unwind(AssertUnwindSafe(|| apply(state, record, out))).map_err(|_| record.sequence)
}

/// Counts a kill; at the second the record is set aside and told of.
pub(crate) fn convict(sources: &Sources<'_>, killer: Sequence, shard: ShardId) {
    tracing::error!(record = killer.0, shard = shard.0, "a record brought its shard down");
    if sources.set_aside.blame(killer) == Verdict::SetAside {
        tracing::error!(record = killer.0, shard = shard.0, "the record is set aside for good");
        metrics::counter!("freshet_records_set_aside_total").increment(1);
        (sources.found)(killer, shard);
    }
}

/// Key and value of a checkpoint entry.
type Entry = (Vec<u8>, Vec<u8>);

/// All entries of one owner at the current cut.
pub(crate) fn load_part(
    store: &dyn CheckpointStore,
    owner: PartOwner,
) -> Result<Vec<Entry>, RecoverError> {
    let mut entries = Vec::new();
    store.load(owner, &mut |key, value| entries.push((key.to_vec(), value.to_vec())))?;
    Ok(entries)
}
