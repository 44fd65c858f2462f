//! `freshet demo`: a shop with simulated visitors on a real node, live in the terminal; or live rooms (see `live`).
//!
//! The node runs in this process, on a free port, with its data in a temporary folder. The visitors speak to
//! it over HTTP like anybody else, and anybody else may join them. Four groups of them see four kinds of
//! lists, the node's with and without exploration, popular and random ones, and how often each clicks is what the demo
//! shows.
//!
//! `dice`, `goods`, `shop`, `visitor` and `script` are the world, `window`, `sparkline`, `board` and `panel` the
//! figures: all of them pure. `traffic`, `show`, `screen` and `stage` do things.
//!
//! **Invariant:** the visitors are a function of the seed; what they click depends on that and on what they
//! are shown, never on what the node says about it.

mod board;
mod dice;
mod goods;
mod live;
mod panel;
mod screen;
mod script;
mod shop;
mod show;
mod sparkline;
mod stage;
mod traffic;
mod visitor;
mod window;
mod you;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;

use super::failure::Failure;
use super::global::Global;
use super::signals;

const AFTER_HELP: &str = "\
Examples:
  freshet demo                          45 seconds, then a summary
  freshet demo --keep                   until Ctrl-C, so that you can go on with the curl lines it prints
  freshet demo --users 3000 --seed 7    other visitors, and more of them
  freshet demo --scene live             live rooms, and a page to join them

The visitors are simulated. A quarter of them are shown the node's lists, a quarter the same without
exploration (greedy), a quarter popular items, a quarter random ones; all click by the same rule. Everything lies in a temporary folder that is removed at
the end.";

/// The scene of live rooms.
const LIVE: &str = "live";

/// Watch a node learn from a shop's simulated visitors, and join them
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Demo {
    /// What is simulated: `shop` or `live`
    #[arg(long, default_value = "shop", value_parser = scene)]
    scene: String,
    /// Visitors at a time [default: 800, 300 in live rooms]
    #[arg(long, value_name = "N", default_value_t = 800, default_value_if("scene", "live", "300"), hide_default_value = true,
          value_parser = clap::value_parser!(u32).range(20..=100_000))]
    users: u32,
    /// Other visitors for another number, the same ones for the same
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How long it goes on [default: 45, 180 in live rooms]; with --keep, how long a round of what happens in the shop lasts
    #[arg(long, value_name = "SECONDS", default_value_t = 45, default_value_if("scene", "live", "180"), hide_default_value = true,
          value_parser = clap::value_parser!(u32).range(5..=86_400))]
    duration: u32,
    /// Pages that all visitors together look at in a second, at most; in live rooms their events [default: 400, 60 in live rooms]
    #[arg(long, value_name = "N", default_value_t = 400, default_value_if("scene", "live", "60"), hide_default_value = true,
          value_parser = clap::value_parser!(u32).range(10..=10_000))]
    rate: u32,
    /// Go on until Ctrl-C
    #[arg(long, visible_alias = "stay")]
    keep: bool,
    /// Do not open the page of live rooms in a browser
    #[arg(long)]
    no_open: bool,
    /// Address and port to listen on [default: a free port of this machine]
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", hide_default_value = true)]
    bind: String,
}

impl Demo {
    /// Runs the demo.
    ///
    /// # Errors
    /// [`Failure`] where the node cannot be started or does not do what is shown.
    pub fn run(&self, global: &Global) -> Result<(), Failure> {
        let other = |fault: std::io::Error| Failure::Other(format!("no temporary folder: {fault}"));
        let stopped = until_stopped();
        let folder = tempfile::Builder::new().prefix("freshet-demo-").tempdir().map_err(other)?;
        let node = stage::start(&self.bind, folder.path())?;
        let global = Global { url: node.url(), api_key_file: None, ..global.clone() };
        let shown = if self.scene == LIVE {
            live::Evening::new(self, &global, &stopped).and_then(|evening| evening.run())
        } else {
            show::Show::new(self, &global, &stopped, folder.path()).run()
        };
        node.stop().map_err(|fault| Failure::Other(format!("{fault:#}")))?;
        shown
    }
}

fn scene(name: &str) -> Result<String, String> {
    match name {
        "shop" | LIVE => Ok(name.to_owned()),
        "video" => Err(format!("\"{name}\" is not there yet; \"shop\" and \"{LIVE}\" are")),
        _ => Err(format!("only \"shop\" and \"{LIVE}\" are there")),
    }
}

/// Becomes true at Ctrl-C or SIGTERM, which then no longer end the process by themselves.
fn until_stopped() -> Arc<AtomicBool> {
    let stopped = Arc::new(AtomicBool::new(false));
    let tell = Arc::clone(&stopped);
    std::thread::spawn(move || {
        actix_rt::System::new().block_on(signals::stopped());
        tell.store(true, Ordering::Release);
    });
    stopped
}
