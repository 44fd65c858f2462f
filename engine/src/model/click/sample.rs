//! An impression and what became of it: the click head's training example.
//!
//! The shard that holds the served list settles it: by a click, by a negative event, or by a tick that found nothing.
//!
//! **Invariant:** a row holds the features of the moment at which the item was shown, never later ones.
//!
//! Not here: waiting for a click (the shard), learning (the head).

use crate::{EventTypeId, Sequence};

/// Numbers of a row that are no classes: quantised parts of the score that the item was ranked by.
pub const DENSE: usize = 8;

/// The goal that an event reaches: its type. The head learns the goals that some scenario declares.
pub type GoalId = EventTypeId;

/// What the click head knows of an item at a place of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClickRow {
    /// Features: a field's number (see [`super::fields`]) and a hashed value. Those that the whole list shares come first.
    pub fields: Vec<(u8, u32)>,
    /// How many of the first features the whole list shares.
    pub shared: usize,
    /// Parts of the score.
    pub dense: [f32; DENSE],
}

/// What became of an impression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ClickOutcome {
    /// The item was chosen within the window.
    Clicked {
        /// Type of the event that chose it.
        by: GoalId,
        /// Value that the event carried; 1 where it carried none.
        value: f32,
    },
    /// Nothing happened within the window.
    Unclicked,
    /// The user turned it down.
    Skipped,
    /// Chosen after the head had been told that it was not: that is taken back, then this is learned.
    Late {
        /// Type of the event that chose it.
        by: GoalId,
        /// Value that the event carried; 1 where it carried none.
        value: f32,
    },
    /// A further event of an item that was clicked before: a purchase behind the click.
    Goal {
        /// Type of the event.
        by: GoalId,
        /// Value that the event carried; 1 where it carried none.
        value: f32,
    },
}

/// An impression, settled.
#[derive(Clone, Debug, PartialEq)]
pub struct ClickSample {
    /// The record that settled it: a click, a negative event, a tick.
    pub sequence: Sequence,
    /// Keyed hash of the user.
    pub user_hash: u64,
    /// Features of the moment it was shown.
    pub row: ClickRow,
    /// Its place in the list, from 1; 0 where that is not known.
    pub position: u16,
    /// Probability with which it was put there; 1 without exploration.
    pub propensity: f32,
    /// What became of it.
    pub outcome: ClickOutcome,
    /// How much it counts: 1, or 1/p where it was kept with probability p.
    pub weight: f32,
}

/// What the head said of a sample before it learned from it.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClickLearned {
    /// Probability of a click at that place, calibrated.
    pub predicted: f32,
    /// 1 for a click, else 0.
    pub label: f32,
    /// How much it counts.
    pub weight: f32,
}
