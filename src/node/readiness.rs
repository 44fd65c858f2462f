//! How far the node is: what `/readyz` says.

use std::sync::atomic::{AtomicU8, Ordering};

use actors::RecoveryProgress;

/// A stage of a node's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Opening the log and the checkpoint store.
    Opening,
    /// Loading the last checkpoint and replaying the log behind it.
    Recovering,
    /// Taking traffic.
    Serving,
    /// Finishing what is in flight and taking a last checkpoint.
    Stopping,
}

impl Phase {
    const ALL: [Self; 4] = [Self::Opening, Self::Recovering, Self::Serving, Self::Stopping];

    /// The name in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Recovering => "recovering",
            Self::Serving => "serving",
            Self::Stopping => "stopping",
        }
    }
}

/// What `/readyz` answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Readiness {
    /// Whether traffic is taken.
    pub ready: bool,
    /// The stage.
    pub phase: &'static str,
    /// Share of the stage that is done, 0 to 1.
    pub progress: f64,
    /// Why traffic is not taken, one sentence each.
    pub reasons: Vec<String>,
}

/// The stage and its progress, written by whoever drives it.
#[derive(Debug, Default)]
pub struct Progress {
    phase: AtomicU8,
    /// How far recovery is; it writes this itself.
    pub recovery: RecoveryProgress,
}

impl Progress {
    /// Moves on to `phase`.
    pub fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Release);
    }

    /// The stage now.
    #[must_use]
    pub fn phase(&self) -> Phase {
        Phase::ALL[usize::from(self.phase.load(Ordering::Acquire)) % Phase::ALL.len()]
    }

    /// The answer for `/readyz`, given whether the log has failed.
    #[must_use]
    pub fn readiness(&self, log_failed: LogHealth) -> Readiness {
        let phase = self.phase();
        let progress = match phase {
            Phase::Opening => 0.0,
            Phase::Recovering => self.recovery.fraction(),
            Phase::Serving | Phase::Stopping => 1.0,
        };
        let mut reasons = Vec::new();
        if phase != Phase::Serving {
            reasons.push(format!("the node is {}", phase.name()));
        }
        if log_failed == LogHealth::Failed {
            reasons.push(
                "the log could not be written: events are refused, recommendations go on"
                    .to_owned(),
            );
        }
        Readiness { ready: reasons.is_empty(), phase: phase.name(), progress, reasons }
    }
}

/// Whether the log takes records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogHealth {
    /// It does.
    Writable,
    /// A write or sync failed; it takes none until the node is started again.
    Failed,
}
