//! Threads that may wait: where cores are short, acknowledging and serving come first.
//!
//! Only Linux gives single threads a priority of their own; elsewhere all run alike.
//!
//! Not here: which threads may wait (see [`crate::start`]).

use actix::prelude::*;

/// How far behind: at 5, a thread that competes with one of normal priority gets a quarter of a core.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

/// Has what runs on `arbiter` stand back where cores are short.
#[cfg(target_os = "linux")]
pub(crate) fn may_wait(arbiter: &ArbiterHandle) {
    // False only where the arbiter has stopped.
    let _alive = arbiter.spawn_fn(|| {
        let this_thread = rustix::thread::gettid();
        if let Err(error) = rustix::process::setpriority_process(Some(this_thread), NICE) {
            tracing::warn!(%error, "a thread in the background keeps its normal priority");
        }
    });
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn may_wait(_: &ArbiterHandle) {}
