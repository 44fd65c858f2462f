//! A crowd in one room of a real node: how long a comment takes from its event to every viewer, and what the crowd costs.
//!
//! The node, the viewers and whoever comments are three processes on one machine. Viewers join within some seconds, some of
//! them never read; comments are posted as events one by one, at an even pace. What is measured goes all the way: request, log,
//! shard, room, publication, socket. Comments past the room's rate (`rooms.relay`) count and are not relayed.
//!
//! `live_load [VIEWERS…]`.

mod crowd;

use anyhow::{Result, bail};
use benches::sockets::processes::{fitting, raise_limit};
use benches::sockets::reader;

/// Viewers where nothing else is asked for.
const VIEWERS: [usize; 2] = [1_000, 10_000];

fn main() -> Result<()> {
    let allowed = raise_limit();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["--node"] => crowd::serve(),
        ["--read", address, viewers, stalled] => {
            reader::read(address, viewers.parse()?, stalled.parse()?)
        }
        [] => VIEWERS.into_iter().try_for_each(|viewers| crowd::watch(fitting(viewers, allowed))),
        [first, ..] if first.starts_with('-') => bail!("live_load [VIEWERS…]"),
        _ => words.iter().try_for_each(|viewers| crowd::watch(fitting(viewers.parse()?, allowed))),
    }
}
