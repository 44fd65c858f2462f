//! The records of a replay, from files or from a node's log.
//!
//! Not here: what is made of them (see [`super::evaluate`], [`super::replay`],
//! [`super::export`]).

mod files;
mod log;
mod told;

use std::ops::ControlFlow;

use engine::{NodeKey, Record};

use super::failure::Failure;
use super::import::Progress;

pub use files::FileTape;
pub(super) use files::{ReadOptionsOf, Reading};
pub use log::{LogTape, open_log};
pub use told::Told;

/// Records in log order.
#[derive(Debug)]
pub enum Tape {
    /// Of files.
    Files(Box<FileTape>),
    /// Of a log.
    Log(Box<LogTape>),
}

impl Tape {
    /// Events that it holds, before the node's rules have refused any.
    pub fn events(&self) -> u64 {
        self.told().events
    }

    /// The key that users are hashed with.
    pub fn key(&self) -> NodeKey {
        match self {
            Self::Files(tape) => tape.key(),
            Self::Log(tape) => tape.key(),
        }
    }

    /// Number of shards.
    pub fn shards(&self) -> u16 {
        match self {
            Self::Files(_) => 1,
            Self::Log(tape) => tape.shards(),
        }
    }

    /// What is said of it; complete once it was played.
    pub fn told(&self) -> Told {
        match self {
            Self::Files(tape) => tape.told().clone(),
            Self::Log(tape) => tape.told().clone(),
        }
    }

    /// Gives `visit` the records of the first `events` events.
    ///
    /// # Errors
    /// [`Failure`] where a record cannot be read.
    pub fn play(
        &mut self,
        events: u64,
        visit: &mut dyn FnMut(Record),
        progress: &Progress,
    ) -> Result<(), Failure> {
        let mut all = |record| {
            visit(record);
            ControlFlow::Continue(())
        };
        self.play_while(events, &mut all, progress)
    }

    /// The same, until `visit` says stop.
    ///
    /// # Errors
    /// [`Failure`] where a record cannot be read.
    pub fn play_while(
        &mut self,
        events: u64,
        visit: &mut dyn FnMut(Record) -> ControlFlow<()>,
        progress: &Progress,
    ) -> Result<(), Failure> {
        match self {
            Self::Files(tape) => {
                let mut goes_on = true;
                let mut some = |record| goes_on = goes_on && visit(record).is_continue();
                tape.play(events, &mut some, progress)
            }
            Self::Log(tape) => tape.play_while(events, visit, progress),
        }
    }

    /// Number of the oldest record of a log; 1 where nothing is missing in front of it.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be read.
    pub fn first(&self) -> Result<u64, Failure> {
        match self {
            Self::Files(_) => Ok(1),
            Self::Log(tape) => Ok(tape.first()?.unwrap_or(1)),
        }
    }
}
