//! Users' rows on their way to the shards: dealt out by shard, one message a shard at a time.
//!
//! Rows that are published while a message to their shard is under way wait and leave together, each user's
//! newest. So a shard's mailbox holds one message of rows, and one more only where a shard was resumed while one was
//! on its way to it.
//!
//! **Invariant:** what a shard has put in under a number holds all its users' rows up to that publication: rows
//! leave in the order of publications, and a shard that begins a new life gets all that are buffered.
//!
//! Not here: sending; which rows are buffered (the engine's learner).

use std::collections::BTreeMap;

use engine::model::UserRow;
use engine::shard::ShardState;
use engine::{NodeKey, ShardId};

use crate::shard::PutRows;

/// Rows that wait and messages that are out.
pub(super) struct Rows {
    shards: Vec<Line>,
    tickets: u64,
}

#[derive(Default)]
struct Line {
    waiting: BTreeMap<u64, UserRow>,
    /// Publication of the newest of them.
    publication: u64,
    out: Option<u64>,
}

/// A message that is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) shard: ShardId,
    number: u64,
}

impl Rows {
    /// Nothing waits for any of `shards` shards.
    pub(super) fn new(shards: usize) -> Self {
        Self { shards: (0..shards).map(|_| Line::default()).collect(), tickets: 0 }
    }

    /// Takes the rows of a publication, by user hash.
    pub(super) fn add(&mut self, rows: Vec<(u64, UserRow)>, publication: u64) {
        let shards = self.shards.len() as u16;
        for (user, row) in rows {
            let line = &mut self.shards[usize::from(NodeKey::shard_of_hash(user, shards).0)];
            line.waiting.insert(user, row);
            line.publication = publication;
        }
    }

    /// A message for every shard that rows wait for and none is out to.
    pub(super) fn take_ready(&mut self) -> Vec<(Ticket, PutRows)> {
        let mut ready = Vec::new();
        for (shard, line) in (0u16..).map(ShardId).zip(&mut self.shards) {
            if line.out.is_none() && !line.waiting.is_empty() {
                self.tickets += 1;
                line.out = Some(self.tickets);
                let rows = std::mem::take(&mut line.waiting).into_iter().collect();
                let ticket = Ticket { shard, number: self.tickets };
                ready.push((ticket, PutRows { rows, publication: line.publication }));
            }
        }
        ready
    }

    /// The message is handled or lost. One that was forgotten says nothing any more.
    pub(super) fn done(&mut self, ticket: Ticket) {
        let line = &mut self.shards[usize::from(ticket.shard.0)];
        line.out = line.out.filter(|number| *number != ticket.number);
    }

    /// The shard begins anew: what waits or is out was for a former life, and is published again.
    pub(super) fn forget(&mut self, shard: ShardId) {
        self.shards[usize::from(shard.0)] = Line::default();
    }
}

/// Puts the rows of a publication into shards that do not run yet.
pub(crate) fn deal(rows: Vec<(u64, UserRow)>, publication: u64, shards: &mut [ShardState]) {
    let mut dealt = Rows::new(shards.len());
    dealt.add(rows, publication);
    for (ticket, message) in dealt.take_ready() {
        shards[usize::from(ticket.shard.0)].put_rows(&message.rows, message.publication);
    }
}

#[cfg(test)]
mod tests;
