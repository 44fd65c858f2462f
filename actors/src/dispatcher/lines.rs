//! The dispatcher's lines to the shards: one sender each, which life it talks to, what killed the last one.
//!
//! **Invariant:** a line's sender is never cloned for sending, so what goes through it stays in order. The
//! copy in the directory is for readers, whose order does not count.
//!
//! Not here: bringing a shard back.

use actix::dev::channel::AddressSender;
use engine::{Sequence, ShardId};

use crate::shard::{Applying, ShardActor};

/// The lines to all shards.
pub(crate) struct Lines {
    lines: Vec<Line>,
    /// Shards that have timers waiting.
    with_timers: usize,
}

/// A shard's end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Death {
    /// The record that was being applied, if any was.
    pub(super) suspect: Option<Sequence>,
}

struct Line {
    /// `None` while the shard is down.
    sender: Option<AddressSender<ShardActor>>,
    /// Grows at each death: what a former life says does not count.
    life: u32,
    applying: Applying,
    timers: bool,
}

impl Lines {
    /// Lines to shards that were just started, in the order of their numbers.
    pub(crate) fn new(shards: Vec<(AddressSender<ShardActor>, Applying)>) -> Self {
        let line =
            |(sender, applying)| Line { sender: Some(sender), life: 0, applying, timers: false };
        Self { lines: shards.into_iter().map(line).collect(), with_timers: 0 }
    }

    /// How many shards there are.
    pub(super) fn len(&self) -> u16 {
        self.lines.len() as u16
    }

    /// Shards that are down.
    pub(super) fn down(&self) -> usize {
        self.lines.iter().filter(|line| line.sender.is_none()).count()
    }

    /// The sender to a shard and the life it reaches; `None` while it is down.
    pub(super) fn sender(&self, shard: ShardId) -> Option<(&AddressSender<ShardActor>, u32)> {
        let line = self.lines.get(usize::from(shard.0))?;
        line.sender.as_ref().map(|sender| (sender, line.life))
    }

    /// The shard's current life.
    pub(super) fn life(&self, shard: ShardId) -> u32 {
        self.lines[usize::from(shard.0)].life
    }

    /// Notes whether a shard has timers waiting; says whether any has.
    pub(super) fn timers(&mut self, shard: ShardId, pending: bool) -> bool {
        let line = &mut self.lines[usize::from(shard.0)];
        self.with_timers = self.with_timers - usize::from(line.timers) + usize::from(pending);
        line.timers = pending;
        self.with_timers != 0
    }

    /// Shards that have died without the dispatcher knowing.
    pub(super) fn dead(&self) -> Vec<ShardId> {
        let dead = |line: &Line| line.sender.as_ref().is_some_and(|sender| !sender.connected());
        let ids = (0u16..).map(ShardId).zip(&self.lines);
        ids.filter(|(_, line)| dead(line)).map(|(shard, _)| shard).collect()
    }

    /// Takes a line down. `None` if it was down already; else what the shard was at when it died.
    pub(super) fn take_down(&mut self, shard: ShardId) -> Option<Death> {
        let line = &mut self.lines[usize::from(shard.0)];
        line.sender.take()?;
        line.life += 1;
        let suspect = line.applying.swap(0, std::sync::atomic::Ordering::AcqRel);
        Some(Death { suspect: (suspect != 0).then_some(Sequence(suspect)) })
    }

    /// Where the next life notes what it applies.
    pub(super) fn applying(&self, shard: ShardId) -> Applying {
        Applying::clone(&self.lines[usize::from(shard.0)].applying)
    }

    /// Puts a line up again.
    pub(super) fn put_up(&mut self, shard: ShardId, sender: AddressSender<ShardActor>) {
        self.lines[usize::from(shard.0)].sender = Some(sender);
    }
}
