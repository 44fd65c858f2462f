//! The driver's own oracle: what each user was sent, what was acknowledged, and what must be there.
//!
//! A user gets at most [`USER_EVENTS`] events, each on an item of its own, so that a history of 50 entries
//! shows every one of them: event `n` of a user is the only one on item `n`.
//!
//! Not here: HTTP (see [`crate::load`] and [`crate::check`]).

use serde_json::{Value, json};

/// Events of one user at most; a history holds the last 50.
pub const USER_EVENTS: usize = 40;

/// What the driver knows of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Sent, but no answer came or it was refused: it may be there once or not at all.
    InDoubt,
    /// The node said that it is durable.
    Acknowledged,
}

/// One user's events.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// The user's id.
    pub user: String,
    /// Time of event 0 in Unix milliseconds.
    pub began_ms: u64,
    /// Fate of event `n`.
    pub fates: Vec<Fate>,
}

impl Ledger {
    /// A user without events.
    pub fn new(user: String, began_ms: u64) -> Self {
        Self { user, began_ms, fates: Vec::new() }
    }

    /// Whether all of the user's events were sent.
    pub fn is_full(&self) -> bool {
        self.fates.len() == USER_EVENTS
    }

    /// Event `n` as it is sent, the first time and every time. Every other one has no id of its own and
    /// is known by its content.
    pub fn event(&self, n: usize) -> Value {
        let mut event = json!({
            "user_id": self.user,
            "item_id": item(n),
            "event": "click",
            "ts": self.began_ms + 10 * n as u64,
        });
        if n.is_multiple_of(2) {
            event["event_id"] = json!(format!("{}-{n}", self.user));
        }
        event
    }

    /// All of the user's events.
    pub fn events(&self) -> Value {
        (0..self.fates.len()).map(|n| self.event(n)).collect()
    }
}

/// Name of the item that every user's event `n` is about.
pub fn item(n: usize) -> String {
    format!("item-{n}")
}

/// What a check found of one user.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Acknowledged events that are not there.
    pub lost: u64,
    /// Events that are there, or were counted, more than once.
    pub doubled: u64,
    /// Events in doubt that turn out to be there.
    pub surfaced: u64,
}

/// Judges a user's history, given as how often each item is in it, and the count of applied events.
pub fn judge(fates: &[Fate], times_seen: &[u64], events_applied: u64) -> Verdict {
    let mut verdict = Verdict::default();
    for (fate, &seen) in fates.iter().zip(times_seen) {
        match fate {
            Fate::Acknowledged if seen == 0 => verdict.lost += 1,
            Fate::InDoubt if seen == 1 => verdict.surfaced += 1,
            _ => {}
        }
        verdict.doubled += seen.saturating_sub(1);
    }
    // The counter must tell the same as the history.
    let seen: u64 = times_seen.iter().sum();
    verdict.doubled += events_applied.saturating_sub(seen);
    verdict.lost += seen.saturating_sub(events_applied);
    verdict
}

#[cfg(test)]
mod tests {
    use super::Fate::{Acknowledged, InDoubt};
    use super::*;

    #[track_caller]
    fn check(fates: &[Fate], seen: &[u64], applied: u64, expected: (u64, u64, u64)) {
        let Verdict { lost, doubled, surfaced } = judge(fates, seen, applied);
        assert_eq!((lost, doubled, surfaced), expected);
    }

    #[test]
    fn what_was_acknowledged_must_be_there_exactly_once() {
        check(&[Acknowledged, Acknowledged], &[1, 1], 2, (0, 0, 0));
        check(&[Acknowledged, Acknowledged], &[1, 0], 1, (1, 0, 0));
        check(&[Acknowledged, Acknowledged], &[1, 2], 3, (0, 1, 0));
    }

    #[test]
    fn what_is_in_doubt_may_be_there_once_or_not_at_all() {
        check(&[InDoubt, InDoubt], &[1, 0], 1, (0, 0, 1));
        check(&[InDoubt], &[2], 2, (0, 1, 0));
    }

    #[test]
    fn a_count_that_differs_from_the_history_is_found() {
        check(&[Acknowledged], &[1], 2, (0, 1, 0));
        check(&[Acknowledged, Acknowledged], &[1, 1], 1, (1, 0, 0));
    }
}
