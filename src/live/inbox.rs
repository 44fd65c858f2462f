//! What one worker is to tell its connections: the only way from the rooms' threads to the workers'.
//!
//! A worker is woken once for whatever is there, not once for every connection: a wake-up across threads costs as much as
//! some ten deliveries.
//!
//! **Invariant:** publications come out as they went in, none is left out. Of a state channel's kind only the newest comes out.
//!
//! There is no bound on publications: they are shared bytes, made at the pace of the log, and a worker takes all there are
//! at once.

use std::sync::{Arc, Mutex, PoisonError};

use super::line::Line;
use rustc_hash::FxHashMap;
use tokio::sync::Notify;

use crate::clock::Stopwatch;

/// Something to tell.
#[derive(Clone, Debug)]
pub(super) enum Told {
    /// A publication of a stream channel.
    Published(Arc<Publication>),
    /// The latest of a kind in a state channel.
    State {
        /// The channel.
        channel: Arc<str>,
        /// The kind; `None` for what happened, of which nothing is left out.
        kind: Option<&'static str>,
        /// The line.
        line: Line,
        /// Runs since it was told.
        since: Stopwatch,
    },
    /// Every connection is to be closed.
    ShutDown,
}

/// A publication on its way to all who follow its channel.
#[derive(Debug)]
pub(super) struct Publication {
    /// The channel.
    pub channel: Arc<str>,
    /// The life of the channel.
    pub epoch: Arc<str>,
    /// Its place in it.
    pub offset: u64,
    /// The line.
    pub line: Line,
    /// Runs since it was published.
    pub since: Stopwatch,
}

/// One worker's inbox.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    waiting: Mutex<Waiting>,
    woken: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    told: Vec<Told>,
    /// Where the newest of a kind stands, by the channel's address: the entry itself keeps the channel alive.
    states: FxHashMap<(usize, &'static str), usize>,
}

impl Inbox {
    /// Puts in one more thing.
    pub(super) fn put(&self, told: Told) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Told::State { channel, kind: Some(kind), .. } = &told {
            let key = (Arc::as_ptr(channel).cast::<u8>() as usize, *kind);
            let at = waiting.told.len();
            if let Some(older) = waiting.states.insert(key, at) {
                waiting.states.insert(key, older);
                waiting.told[older] = told;
                return;
            }
        }
        waiting.told.push(told);
        drop(waiting);
        self.woken.notify_one();
    }

    /// Takes all there is, once there is something.
    pub(super) async fn take(&self) -> Vec<Told> {
        loop {
            let told = self.take_now();
            if !told.is_empty() {
                return told;
            }
            self.woken.notified().await;
        }
    }

    fn take_now(&self) -> Vec<Told> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.states.clear();
        std::mem::take(&mut waiting.told)
    }
}
