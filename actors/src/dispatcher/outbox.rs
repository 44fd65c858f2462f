//! What waits to go to item activity: bounded by weight, sent in commit order, a few commits a message.
//!
//! Activity publishes on its own thread and may be busy for some milliseconds. Meanwhile outputs gather here
//! and leave together; past [`WEIGHT`] commits are held back, which holds their slots, which holds
//! the log writer: activity cannot fall behind without bound.
//!
//! Not here: the order between commits. They come in order.

use crate::activity::Absorb;
use crate::flight::Assigned;

/// Records and facts that may lie between dispatcher and activity.
///
/// 32,768 are about a third of a second of the most that one node takes in, and some 10 MiB.
const WEIGHT: usize = 32_768;

/// Messages to activity under way: one that is handled and one behind it, so that it never idles.
const MESSAGES: usize = 2;

/// Outputs on their way to activity.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: Vec<Assigned>,
    waiting_weight: usize,
    /// Weight of the messages under way.
    sent_weight: usize,
    sent: usize,
}

impl Outbox {
    /// Whether another commit may be passed on.
    pub(super) fn has_room(&self) -> bool {
        self.waiting_weight + self.sent_weight < WEIGHT
    }

    /// Takes a commit's outputs.
    pub(super) fn push(&mut self, outputs: Assigned) {
        self.waiting_weight += weight(&outputs);
        self.waiting.push(outputs);
    }

    /// The next message, if it is time for one; with its weight, to be named again when it is done.
    pub(super) fn next(&mut self) -> Option<(Absorb, usize)> {
        if MESSAGES <= self.sent { None } else { self.rest() }
    }

    /// All that waits, now: a request for a part of a cut goes behind it.
    pub(super) fn rest(&mut self) -> Option<(Absorb, usize)> {
        if self.waiting.is_empty() {
            return None;
        }
        let weight = std::mem::take(&mut self.waiting_weight);
        self.sent_weight += weight;
        self.sent += 1;
        Some((Absorb(std::mem::take(&mut self.waiting)), weight))
    }

    /// A message of this weight was absorbed.
    pub(super) fn absorbed(&mut self, weight: usize) {
        self.sent_weight -= weight;
        self.sent -= 1;
    }
}

/// A commit without facts weighs too: its records are kept until it is absorbed. Tasks come with facts, but for those of
/// impressions.
fn weight(outputs: &Assigned) -> usize {
    outputs.records.len() + outputs.facts.len().max(outputs.tasks.len())
}

#[cfg(test)]
mod tests;
