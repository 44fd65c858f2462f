//! How many feature updates a second the node takes over loopback, beside Redis that keeps the same features.
//!
//! `make compare`, or `cargo run --release -p benches --bin redis` where `redis-server` is installed.
//!
//! The same made-up visitors are sent to both on kept connections, each side in batches of the size that suits it best. The
//! node gets them as its users send them: JSON over HTTP, one body at a time on each connection. Redis gets pipelines of the
//! commands that keep the default features and the newest events of each user, made ready before the clock runs, once in the
//! layout that is usual for such counters and once in the tightest; what it is spared stands in `commands`.
//! Then both are asked for the same features of the same users, items, categories and rooms, as of the same instant, and
//! all answers must be equal, or there is no figure.
//!
//! One update is one declared feature instance that one event changes, by the node's own count, or one entry of a user's
//! list of events. The node syncs each commit before it applies it, whatever it is asked to wait for. So `ack=durable`
//! stands beside Redis that syncs before it answers, and `ack=accepted` beside Redis that syncs once a second; the clock
//! runs until everything is applied.
//!
//! Processor time stands beside each rate, because a machine that others use slows the two differently.
//!
//! Not here: reads (see `online`).

mod answers;
mod commands;
mod node;
mod rounds;
mod server;

fn main() -> anyhow::Result<()> {
    rounds::all()
}
