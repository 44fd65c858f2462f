//! The supervisor: brings a dead shard's state back from cut and log while the others go on.
//!
//! It has a thread of its own and blocks there; several dead shards are brought back one after another.
//!
//! **Invariant:** a record that kills twice is set aside and skipped from then on, here and in every replay.
//! A panic while a shard is rebuilt is a kill like any other.
//!
//! Not here: starting the shard's next life and sending it what it missed (dispatcher).

use std::sync::Arc;

use actix::dev::channel::AddressSender;
use actix::prelude::*;
use engine::shard::{ApplyConfig, ShardState};
use engine::{Sequence, ShardId};

use crate::error::RecoverError;
use crate::mailbox;
use crate::ports::Ports;
use crate::rebuild::{Sources, convict};
use crate::set_aside::SetAsideList;

/// Bring a shard's state back as it was after the record `up_to`.
#[derive(Message)]
#[rtype(result = "Result<ShardState, RecoverError>")]
pub(crate) struct Resume {
    pub(crate) shard: ShardId,
    pub(crate) up_to: Sequence,
    /// The record that was being applied when the shard died, if any was.
    pub(crate) suspect: Option<Sequence>,
}

/// Rebuilds shards.
pub(crate) struct Supervisor {
    ports: Ports,
    config: Arc<ApplyConfig>,
    set_aside: SetAsideList,
}

impl Supervisor {
    /// Starts it on `arbiter`, which should be its own, for `shards` shards.
    pub(crate) fn start(
        arbiter: &ArbiterHandle,
        ports: Ports,
        config: Arc<ApplyConfig>,
        set_aside: SetAsideList,
        shards: usize,
    ) -> AddressSender<Self> {
        // One question a shard at a time, so every shard may be down and the mailbox not full.
        mailbox::open(arbiter, shards + 1, move |_| Self { ports, config, set_aside })
    }
}

impl Actor for Supervisor {
    type Context = Context<Self>;
}

impl Handler<Resume> for Supervisor {
    type Result = MessageResult<Resume>;

    fn handle(&mut self, ask: Resume, _: &mut Self::Context) -> Self::Result {
        let sink = |sequence, shard| self.ports.set_aside.set_aside(sequence, shard);
        let sources = Sources {
            store: self.ports.store.as_ref(),
            log: self.ports.log.as_ref(),
            config: &self.config,
            set_aside: &self.set_aside,
            found: &sink,
        };
        if let Some(suspect) = ask.suspect {
            convict(&sources, suspect, ask.shard);
        }
        MessageResult(sources.rebuild(ask.shard, ask.up_to))
    }
}
