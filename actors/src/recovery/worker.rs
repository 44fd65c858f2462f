//! One recovery thread and its run of shards.
//!
//! **Invariant:** a record that panics is a kill: the shard is rebuilt up to the record before, the record is
//! tried once more, and at the second kill it is left out for good.
//!
//! Not here: the order of facts between workers.

use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender};

use engine::shard::ShardState;
use engine::{Applied, Record, Sequence, ShardId};

use super::Chunk;
use crate::error::RecoverError;
use crate::flight::Said;
use crate::progress::RecoveryProgress;
use crate::rebuild::{Sources, apply_guarded, convict};

/// A run of shards on their way to the end of the log.
pub(super) struct Worker<'a> {
    sources: &'a Sources<'a>,
    first: u16,
    shards: Vec<ShardState>,
    applied: Applied,
}

impl<'a> Worker<'a> {
    /// Loads the shards of `run` from the cut.
    pub(super) fn load(
        sources: &'a Sources<'a>,
        run: Range<u16>,
        progress: &RecoveryProgress,
    ) -> Result<Self, RecoverError> {
        let first = run.start;
        let load = |shard| {
            let (state, _) = sources.load(ShardId(shard))?;
            progress.loaded();
            Ok(state)
        };
        let shards = run.map(load).collect::<Result<_, RecoverError>>()?;
        Ok(Self { sources, first, shards, applied: Applied::default() })
    }

    /// Applies chunk after chunk, says each chunk's facts and samples, and hands the shards over at the end.
    pub(super) fn work(
        mut self,
        chunks: &Receiver<Chunk>,
        say: &SyncSender<Said>,
    ) -> Result<Vec<ShardState>, RecoverError> {
        while let Ok(chunk) = chunks.recv() {
            for record in chunk.iter() {
                self.take(record)?;
            }
            let mut applied = std::mem::take(&mut self.applied);
            applied.features.add_up();
            if say.send(Said::from(applied)).is_err() {
                return Err(RecoverError::ThreadLost);
            }
        }
        Ok(self.shards)
    }

    fn take(&mut self, record: &Record) -> Result<(), RecoverError> {
        match record.shard() {
            Some(shard) => {
                let place = shard.0.checked_sub(self.first).map(usize::from);
                match place.filter(|place| *place < self.shards.len()) {
                    Some(place) => self.apply(place, record),
                    None => Ok(()),
                }
            }
            None if record.is_for_every_shard() => {
                (0..self.shards.len()).try_for_each(|place| self.apply(place, record))
            }
            _ => Ok(()),
        }
    }

    fn apply(&mut self, place: usize, record: &Record) -> Result<(), RecoverError> {
        let shard = ShardId(self.first + place as u16);
        while !self.sources.set_aside.contains(record.sequence) {
            let said = self.applied.mark();
            match apply_guarded(&mut self.shards[place], record, &mut self.applied) {
                Ok(()) => break,
                Err(killer) => {
                    self.applied.take_back(said);
                    convict(self.sources, killer, shard);
                    let before = Sequence(record.sequence.0.saturating_sub(1));
                    self.shards[place] = self.sources.rebuild(shard, before)?;
                }
            }
        }
        Ok(())
    }
}
