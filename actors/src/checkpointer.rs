//! The checkpointer: writes cuts, and keeps what abandoned ones held for the next.
//!
//! It has a thread of its own and may block there. Memory: the parts of one cut, plus, while cuts fail, what
//! failed ones held, merged by key: at most the state once more.
//!
//! **Invariant:** what a part said is in the store's current cut or still here. A part is dropped only after
//! the manifest that covers it is synced.
//!
//! Not here: when a cut is taken (dispatcher), how bytes are laid out (snapshots).

use std::collections::BTreeMap;

use actix::dev::channel::AddressSender;
use actix::prelude::*;
use engine::part::{CutManifest, Part, PartEntry, PartOwner, StoreError};
use engine::{Sequence, ShardId, Timestamp};

use crate::error::CutError;
use crate::mailbox;
use crate::ports::Ports;

/// Messages that may wait: one cut at a time, the parts of one abandoned before it, in two or three pieces.
const MAILBOX_CAPACITY: usize = 16;

/// Write all parts of a cut and make it current. Answers with the bytes written.
#[derive(Message)]
#[rtype(result = "Result<u64, CutError>")]
pub(crate) struct WriteCut {
    pub(crate) cut: Sequence,
    pub(crate) taken_at: Timestamp,
    pub(crate) set_aside: Vec<Sequence>,
    pub(crate) parts: Vec<Part>,
}

/// Keep the parts of an abandoned cut for the next one.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Carry(pub(crate) Vec<Part>);

/// These shards died since the last cut began: forget what their former lives said.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Forget(pub(crate) Vec<ShardId>);

/// Writes cuts.
pub(crate) struct Checkpointer {
    ports: Ports,
    carried: BTreeMap<PartOwner, BTreeMap<Vec<u8>, Option<Vec<u8>>>>,
}

impl Checkpointer {
    /// Starts it on `arbiter`, which should be its own.
    pub(crate) fn start(arbiter: &ArbiterHandle, ports: Ports) -> AddressSender<Self> {
        let carried = BTreeMap::new();
        mailbox::open(arbiter, MAILBOX_CAPACITY, move |_| Self { ports, carried })
    }

    /// Lays `parts` over what is kept already; the newer value of a key wins.
    fn carry(&mut self, parts: Vec<Part>) {
        for part in parts.into_iter().filter(|part| !part.entries.is_empty()) {
            let kept = self.carried.entry(part.owner).or_default();
            kept.extend(part.entries.into_iter().map(|entry| (entry.key, entry.value)));
        }
    }

    /// The parts to write: `parts` laid over what abandoned cuts of the same owners held.
    fn with_carried(&mut self, parts: Vec<Part>) -> Vec<Part> {
        if self.carried.is_empty() {
            return parts;
        }
        self.carry(parts);
        let part = |(owner, entries): (PartOwner, BTreeMap<_, _>)| {
            let entry = |(key, value)| PartEntry { key, value };
            Part { owner, entries: entries.into_iter().map(entry).collect() }
        };
        std::mem::take(&mut self.carried).into_iter().map(part).collect()
    }

    /// A shard begins a new life from the current cut: what its former life said is no longer true.
    ///
    /// Its next part says anew all that records changed since that cut. But keys may depend on how often a cut was
    /// taken, rows of the model change users without a record, and an abandoned cut may have written some already: what
    /// the next part does not name becomes again what it is in the current cut, from which the new life began.
    fn forget(&mut self, owner: PartOwner) {
        let Some(kept) = self.carried.get_mut(&owner) else { return };
        for value in kept.values_mut() {
            *value = None;
        }
        let restored = self.ports.store.load(owner, &mut |key, value| {
            if let Some(kept) = kept.get_mut(key) {
                *kept = Some(value.to_vec());
            }
        });
        if let Err(error) = restored {
            // Then the store fails the next cut, too; what it holds stays.
            tracing::error!(%error, "what a shard began from cannot be read");
            self.carried.remove(&owner);
        }
    }

    /// Writes a cut; where that fails, keeps its parts for the next.
    fn write_or_keep(&mut self, cut: &WriteCut, parts: Vec<Part>) -> Result<u64, CutError> {
        match self.write(cut, &parts) {
            Ok(bytes) => {
                (self.ports.on_cut)(cut.cut);
                Ok(bytes)
            }
            Err(error) => {
                self.carry(parts);
                Err(CutError::NotWritten { cut: cut.cut, reason: error.to_string() })
            }
        }
    }

    fn write(&self, cut: &WriteCut, parts: &[Part]) -> Result<u64, StoreError> {
        for part in parts.iter().filter(|part| !part.entries.is_empty()) {
            self.ports.store.write(cut.cut, part)?;
        }
        let bytes = parts.iter().map(part_bytes).sum();
        self.ports.store.commit(&CutManifest {
            cut: cut.cut,
            set_aside: cut.set_aside.clone(),
            taken_at_ms: cut.taken_at.as_millis(),
            bytes,
        })?;
        Ok(bytes)
    }
}

fn part_bytes(part: &Part) -> u64 {
    let of = |entry: &PartEntry| entry.key.len() + entry.value.as_ref().map_or(0, Vec::len);
    part.entries.iter().map(|entry| of(entry) as u64).sum()
}

impl Actor for Checkpointer {
    type Context = Context<Self>;
}

impl Handler<WriteCut> for Checkpointer {
    type Result = MessageResult<WriteCut>;

    fn handle(&mut self, mut cut: WriteCut, _: &mut Self::Context) -> Self::Result {
        let parts = std::mem::take(&mut cut.parts);
        let parts = self.with_carried(parts);
        MessageResult(self.write_or_keep(&cut, parts))
    }
}

impl Handler<Carry> for Checkpointer {
    type Result = ();

    fn handle(&mut self, Carry(parts): Carry, _: &mut Self::Context) {
        self.carry(parts);
    }
}

impl Handler<Forget> for Checkpointer {
    type Result = ();

    fn handle(&mut self, Forget(shards): Forget, _: &mut Self::Context) {
        for shard in shards {
            self.forget(PartOwner::Shard(shard));
        }
    }
}

#[cfg(test)]
mod tests;
