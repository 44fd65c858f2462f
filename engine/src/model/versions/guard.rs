//! The guard: keeps last good states of the champion and compares it with them on the same samples.
//!
//! Every `snapshot_samples` samples the champion is copied, by chunks that are shared until one of both writes. A copy
//! is good once the champion has gone on for as long again without a complaint; the newest good one, or the version before
//! where there is none, foretells one sample in `every` beside the champion. A model that learns foretells better than
//! what it was a while ago. Where it foretells worse, beyond tolerance and chance, it has been spoilt: the good state comes
//! back and rests for `hold_samples`.
//!
//! Copies are counted in samples, not in minutes: a model is spoilt by what it learns, and no clock is needed.
//!
//! **Invariant:** no state is copied while the champion is behind the one it would go back to.
//!
//! Not here: comparing (see [`crate::model::watch::duel`]), going back (see the parent).

use crate::Sequence;
use crate::model::numeric::mix;
use crate::model::versions::version::Version;
use crate::model::watch::duel::{self, Duel};

/// How closely models are watched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GuardConfig {
    /// Whether anything is done by itself.
    pub enabled: bool,
    /// By which share a mean loss may be greater than the other's on the same samples.
    pub tolerance: f64,
    /// One sample in so many is compared.
    pub every: u64,
    /// Samples between two copies; never fewer than there are items.
    pub snapshot_samples: u64,
    /// Samples for which a state rests that was put back.
    pub hold_samples: u64,
    /// Whether a model forgets how sure it was where the stream changes.
    pub forget: bool,
}

impl Default for GuardConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            tolerance: 0.03,
            every: 8,
            snapshot_samples: 10_000,
            hold_samples: 5_000,
            forget: true,
        }
    }
}

/// Copies that are kept.
const COPIES: usize = 3;

/// What is kept to go back to.
#[derive(Debug, Default)]
pub(super) struct Guard {
    /// Oldest first; all but the newest are good, and that one too if `newest_good`.
    pub copies: Vec<Version>,
    pub newest_good: bool,
    /// Samples since the newest was made.
    pub since: u64,
    pub duel: Duel,
}

impl Guard {
    /// Which copy to go back to, if any is good.
    pub fn good_place(&self) -> Option<usize> {
        let newest = self.copies.len().checked_sub(1)?;
        if self.newest_good { Some(newest) } else { newest.checked_sub(1) }
    }

    /// Whether a copy is due of a champion with so many items.
    pub fn is_due(&self, config: &GuardConfig, items: usize) -> bool {
        let [loss, good] = self.duel.losses();
        let behind = duel::LEAST <= self.duel.pairs() && good < loss;
        config.enabled && !behind && config.snapshot_samples.max(items as u64) <= self.since
    }

    /// Keeps a copy; gives back those that are no longer kept.
    pub fn keep(&mut self, copy: Version) -> Vec<Version> {
        self.copies.push(copy);
        (self.since, self.newest_good) = (0, false);
        let gone = self.copies.len().saturating_sub(COPIES);
        self.copies.drain(..gone).collect()
    }
}

/// Whether the sample at `sequence` is one that is compared.
pub(super) fn compares(config: &GuardConfig, sequence: Sequence) -> bool {
    const SALT: u64 = 0x6a4d;
    config.enabled && mix(SALT, sequence.0).is_multiple_of(config.every.max(1))
}
