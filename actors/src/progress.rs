//! How far recovery is, for `/readyz`.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use engine::Sequence;

/// What recovery is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryPhase {
    /// It has not begun.
    Waiting,
    /// The checkpoint is read.
    Loading,
    /// The log behind the checkpoint is applied.
    Replaying,
    /// State is that of the log's last record.
    Done,
}

impl RecoveryPhase {
    /// The word for `/readyz`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Loading => "loading",
            Self::Replaying => "replaying",
            Self::Done => "done",
        }
    }
}

/// Progress of a recovery, written by it and read by anyone.
#[derive(Debug, Default)]
pub struct RecoveryProgress {
    phase: AtomicU8,
    done: AtomicU64,
    total: AtomicU64,
    replayed: AtomicU64,
}

impl RecoveryProgress {
    /// What it is at.
    #[must_use]
    pub fn phase(&self) -> RecoveryPhase {
        match self.phase.load(Ordering::Acquire) {
            0 => RecoveryPhase::Waiting,
            1 => RecoveryPhase::Loading,
            2 => RecoveryPhase::Replaying,
            _ => RecoveryPhase::Done,
        }
    }

    /// How much of the phase is behind it, 0 to 1.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        let total = self.total.load(Ordering::Acquire);
        match self.phase() {
            RecoveryPhase::Waiting => 0.0,
            RecoveryPhase::Done => 1.0,
            _ if total == 0 => 1.0,
            _ => (self.done.load(Ordering::Acquire) as f64 / total as f64).min(1.0),
        }
    }

    /// Records read from the log so far.
    #[must_use]
    pub fn replayed(&self) -> u64 {
        self.replayed.load(Ordering::Acquire)
    }

    /// Begins reading the parts of `owners` owners.
    pub(crate) fn loading(&self, owners: u64) {
        self.enter(1, owners);
    }

    /// One owner's part is read.
    pub(crate) fn loaded(&self) {
        self.done.fetch_add(1, Ordering::AcqRel);
    }

    /// Begins applying the log from behind `from` up to `to`.
    pub(crate) fn replaying(&self, from: Sequence, to: Sequence) {
        self.enter(2, to.0.saturating_sub(from.0));
    }

    /// `records` more were read; the newest is `distance` sequences behind the cut.
    pub(crate) fn reached(&self, distance: u64, records: u64) {
        self.done.store(distance, Ordering::Release);
        self.replayed.fetch_add(records, Ordering::AcqRel);
    }

    /// Everything is applied.
    pub(crate) fn finish(&self) {
        self.phase.store(3, Ordering::Release);
    }

    fn enter(&self, phase: u8, total: u64) {
        self.done.store(0, Ordering::Release);
        self.total.store(total, Ordering::Release);
        self.phase.store(phase, Ordering::Release);
    }
}
