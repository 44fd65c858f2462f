//! How fast one publication reaches ten thousand sockets, and what one of them costs.
//!
//! Three processes on one machine: this one asks, a server sends, a reader holds the other ends of all sockets. The same
//! messages go through the node's own connections and through a plain broadcast of actix-ws, in one run. Where the limit of
//! descriptors is lower than asked for it takes fewer sockets and says so.
//!
//! `fanout [SOCKETS]`.

mod asking;
mod measures;
mod ours;
mod plain;

use anyhow::{Result, bail};
use benches::sockets::processes::{fitting, raise_limit};
use benches::sockets::reader;

/// Sockets where nothing else is asked for.
const SOCKETS: usize = 10_000;

fn main() -> Result<()> {
    let allowed = raise_limit();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["--ours"] => ours::serve(),
        ["--plain"] => plain::serve(),
        ["--read", address, sockets, stalled] => {
            reader::read(address, sockets.parse()?, stalled.parse()?)
        }
        [] => asking::compare(fitting(SOCKETS, allowed)),
        [sockets] => asking::compare(fitting(sockets.parse()?, allowed)),
        _ => bail!("fanout [SOCKETS]"),
    }
}
