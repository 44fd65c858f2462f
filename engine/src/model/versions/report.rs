//! What is told of the versions: who they are, how well they foretell, what was done.
//!
//! **Invariant:** notes follow from records and their order; a replay tells the same.
//!
//! Not here: words for people.

use std::collections::VecDeque;

use bincode::{Decode, Encode};

use crate::model::versions::clickthrough::ClickThrough;
use crate::model::versions::command::{ChallengerStart, CommandOutcome, ModelChanges};
use crate::model::versions::published::Alias;
use crate::model::watch::{ChoiceFigures, ClickFigures};

/// Notes and outcomes that are kept.
const KEPT: usize = 64;

/// All there is to tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Every version that is kept: champion, challenger, previous.
    pub versions: Vec<VersionReport>,
    /// Whether learning rests.
    pub learning: Learning,
    /// Users of 10,000 who are served from the challenger.
    pub canary: u16,
    /// Last good states that are kept of the champion, by how many samples each had learned from.
    pub last_good: Vec<u64>,
    /// The champion beside the state that it would go back to, on the same samples.
    pub champion_duel: Option<DuelReport>,
    /// The challenger beside the champion, on the same samples.
    pub challenger_duel: Option<DuelReport>,
    /// What is clicked of what challenger and champion show, while some users are served from the challenger.
    pub click_through: Option<ClickThrough>,
    /// How much ever happened.
    pub noted: u64,
    /// What happened last, oldest first.
    pub notes: VecDeque<Note>,
    /// What became of the last commands, by their sequence, oldest first.
    pub outcomes: VecDeque<(u64, CommandOutcome)>,
}

/// Whether models learn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub enum Learning {
    /// They do.
    #[default]
    On,
    /// An operator has frozen them.
    Frozen,
    /// The guard has put an older state back, and waits for so many samples before that learns on.
    Held {
        /// Samples still to come.
        samples: u64,
    },
}

/// One version.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionReport {
    /// Its number.
    pub version: u32,
    /// What it is now.
    pub alias: Alias,
    /// What it began from.
    pub origin: Origin,
    /// In what it differs from the configuration.
    pub changes: ModelChanges,
    /// Samples that it has learned from.
    pub trained: u64,
    /// Sequence of the last of them.
    pub trained_through: u64,
    /// Items that it knows.
    pub items: usize,
    /// Users' vectors that it holds in memory: all of a challenger, those on their way to the shards of a champion.
    pub user_rows: usize,
    /// Memory of these, in bytes.
    pub user_row_bytes: usize,
    /// How well it foretells choices.
    pub choices: ChoiceFigures,
    /// How well it foretells clicks; `None` where there were no impressions.
    pub clicks: Option<ClickFigures>,
    /// How often drift was noticed.
    pub drift_alarms: u64,
}

/// What a version began from.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Origin {
    /// It is the first.
    First,
    /// A command began it.
    Begun {
        /// The command's place in the log.
        sequence: u64,
        /// What from.
        start: ChallengerStart,
        /// The champion of then.
        beside: u32,
    },
}

/// Two models on the same samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DuelReport {
    /// Samples that count.
    pub samples: f64,
    /// Mean log loss of the first.
    pub loss: f64,
    /// Mean log loss of the other.
    pub other_loss: f64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Note {
    /// The record at which it did.
    pub sequence: u64,
    /// What.
    pub event: NoteEvent,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum NoteEvent {
    /// Learning rests, by command.
    Frozen,
    /// Learning goes on, by command or because the wait is over.
    Resumed,
    /// A challenger began.
    Challenged {
        /// Its number.
        version: u32,
    },
    /// The challenger was let go.
    Stopped {
        /// Its number.
        version: u32,
    },
    /// Another version became the champion.
    Promoted {
        /// Its number.
        version: u32,
        /// That of the champion before.
        before: u32,
    },
    /// The champion was taken back.
    RolledBack {
        /// Its number.
        from: u32,
        /// The version that came back.
        to: u32,
        /// Samples that the state that came back had learned from.
        trained: u64,
        /// Who said so.
        by: By,
    },
    /// A share of the users is served from the challenger.
    CanarySet {
        /// Its number.
        version: u32,
        /// Of 10,000.
        share: u16,
    },
    /// The guard ended that.
    CanaryStopped {
        /// The challenger's number.
        version: u32,
        /// What it was worse in.
        why: Why,
    },
    /// The stream changed, and the model forgot how sure it was.
    Drift {
        /// Which version noticed.
        version: u32,
    },
}

impl NoteEvent {
    /// As it is written.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Frozen => "frozen",
            Self::Resumed => "resumed",
            Self::Challenged { .. } => "challenged",
            Self::Stopped { .. } => "stopped",
            Self::Promoted { .. } => "promoted",
            Self::RolledBack { .. } => "rolled_back",
            Self::CanarySet { .. } => "canary_set",
            Self::CanaryStopped { .. } => "canary_stopped",
            Self::Drift { .. } => "drift",
        }
    }
}

/// Who said so.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub enum By {
    /// A command.
    Operator,
    /// The guard, for these mean losses on the same samples.
    Guard {
        /// Of the champion.
        loss: f64,
        /// Of the state that came back.
        good_loss: f64,
    },
}

/// What a challenger was worse in.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub enum Why {
    /// Mean log loss of choices.
    Loss {
        /// Its own.
        loss: f64,
        /// The champion's on the same samples.
        champion: f64,
    },
    /// Clicks of what was shown.
    Clicks {
        /// Its own share.
        rate: f64,
        /// The champion's.
        champion: f64,
    },
}

/// Keeps the newest of a list.
pub(super) fn keep<T>(list: &mut VecDeque<T>, new: T) {
    if list.len() == KEPT {
        list.pop_front();
    }
    list.push_back(new);
}
