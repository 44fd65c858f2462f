//! What waits to go to item activity, or to live rooms: bounded by weight, sent in commit order, a few commits a message.
//!
//! Both work on threads of their own; activity publishes there and may be busy for some milliseconds. Meanwhile outputs gather here
//! and leave together; past [`WEIGHT`] commits are held back, which holds their slots, which holds
//! the log writer: neither can fall behind without bound.
//!
//! Not here: the order between commits. They come in order.

/// Records and facts that may lie between dispatcher and one of them.
///
/// 32,768 are about a third of a second of the most that one node takes in, and some 10 MiB.
const WEIGHT: usize = 32_768;

/// Messages under way: one that is handled and one behind it, so that it never idles.
const MESSAGES: usize = 2;

/// Outputs on their way.
#[derive(Debug)]
pub(super) struct Outbox<T> {
    waiting: Vec<T>,
    waiting_weight: usize,
    /// Weight of the messages under way.
    sent_weight: usize,
    sent: usize,
}

impl<T> Default for Outbox<T> {
    fn default() -> Self {
        Self { waiting: Vec::new(), waiting_weight: 0, sent_weight: 0, sent: 0 }
    }
}

impl<T> Outbox<T> {
    /// Whether another commit may be passed on.
    pub(super) fn has_room(&self) -> bool {
        self.waiting_weight + self.sent_weight < WEIGHT
    }

    /// Takes a commit's outputs.
    pub(super) fn push(&mut self, outputs: T, weight: usize) {
        self.waiting_weight += weight;
        self.waiting.push(outputs);
    }

    /// The next message, if it is time for one; with its weight, to be named again when it is done.
    pub(super) fn next(&mut self) -> Option<(Vec<T>, usize)> {
        if MESSAGES <= self.sent { None } else { self.rest() }
    }

    /// All that waits, now: a request for a part of a cut goes behind it.
    pub(super) fn rest(&mut self) -> Option<(Vec<T>, usize)> {
        if self.waiting.is_empty() {
            return None;
        }
        let weight = std::mem::take(&mut self.waiting_weight);
        self.sent_weight += weight;
        self.sent += 1;
        Some((std::mem::take(&mut self.waiting), weight))
    }

    /// A message of this weight was absorbed.
    pub(super) fn absorbed(&mut self, weight: usize) {
        self.sent_weight -= weight;
        self.sent -= 1;
    }
}

#[cfg(test)]
mod tests;
