//! Those who follow one channel, by worker and by user.
//!
//! **Invariant:** a user counts once, however many connections they have.

use super::line::Line;
use engine::UserId;
use rustc_hash::FxHashMap;

/// How somebody leaves a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// They said so.
    Said,
    /// Their connection is gone.
    Lost,
}

/// Those who follow one channel.
#[derive(Debug, Default)]
pub(super) struct Audience {
    /// Connections by worker.
    by_worker: Vec<u32>,
    users: FxHashMap<UserId, Presence>,
    /// The newest line of each kind, in a state channel.
    latest: Vec<(&'static str, Line)>,
}

#[derive(Debug)]
struct Presence {
    connections: u32,
    /// When something was heard of them last.
    heard_ms: u64,
}

impl Audience {
    /// Whether nobody follows.
    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// Each user once, in no order.
    pub(super) fn users(&self) -> impl Iterator<Item = &UserId> {
        self.users.keys()
    }

    /// The workers that have somebody who follows.
    pub(super) fn workers(&self) -> impl Iterator<Item = usize> {
        let counts = self.by_worker.iter().enumerate();
        counts.filter(|(_, connections)| 0 < **connections).map(|(worker, _)| worker)
    }

    /// One more connection; whether it is the user's first.
    pub(super) fn join(&mut self, user: &UserId, worker: usize, now_ms: u64) -> bool {
        if self.by_worker.len() <= worker {
            self.by_worker.resize(worker + 1, 0);
        }
        self.by_worker[worker] += 1;
        let fresh = Presence { connections: 0, heard_ms: now_ms };
        let presence = self.users.entry(user.clone()).or_insert(fresh);
        presence.connections += 1;
        presence.connections == 1
    }

    /// One connection less; whether it was the user's last.
    pub(super) fn leave(&mut self, user: &UserId, worker: usize) -> bool {
        let Some(presence) = self.users.get_mut(user) else { return false };
        if let Some(connections) = self.by_worker.get_mut(worker) {
            *connections = connections.saturating_sub(1);
        }
        presence.connections -= 1;
        let was_last = presence.connections == 0;
        if was_last {
            self.users.remove(user);
        }
        was_last
    }

    /// Something was heard of `user`.
    pub(super) fn heard(&mut self, user: &UserId, now_ms: u64) {
        if let Some(presence) = self.users.get_mut(user) {
            presence.heard_ms = now_ms;
        }
    }

    /// Those of whom nothing was heard for `silent_ms`; from now on something was.
    pub(super) fn silent(&mut self, now_ms: u64, silent_ms: u64) -> Vec<UserId> {
        let mut silent = Vec::new();
        for (user, presence) in &mut self.users {
            if silent_ms <= now_ms.saturating_sub(presence.heard_ms) {
                presence.heard_ms = now_ms;
                silent.push(user.clone());
            }
        }
        silent
    }

    /// Keeps the newest line of a kind.
    pub(super) fn remember(&mut self, kind: &'static str, line: Line) {
        match self.latest.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, newest)) => *newest = line,
            None => self.latest.push((kind, line)),
        }
    }

    /// The newest line of each kind.
    pub(super) fn latest(&self) -> Vec<(&'static str, Line)> {
        self.latest.clone()
    }
}
