//! The `freshet` command: one file per subcommand.
//!
//! What people read goes to standard output, what happens on the way (progress, warnings, errors) to
//! standard error, so that output can be piped.
//!
//! **Invariant:** exit codes are 0 ok, 1 failure, 2 usage, 3 not found, 4 auth, 5 unavailable.
//!
//! Not here: what a node does (see `wiring`), and reading files of events (see `import`).

mod client;
mod configure;
mod demo;
mod evaluate;
mod event;
mod explain;
mod export;
mod failure;
mod features;
mod global;
mod import;
mod logging;
mod models;
mod output;
mod query;
mod recommend;
mod replay;
mod rooms;
mod serve;
mod signals;
mod tape;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use client::Client;
use failure::Failure;
use global::Global;

const AFTER_HELP: &str = "\
Try it:
  freshet demo                                  a shop's simulated visitors on a node, live
  freshet serve                                 a node on 127.0.0.1:7070, data in ./data
  freshet event click --user u1 --item sku-9    say that u1 clicked sku-9
  freshet recommend u1                          what to show u1 next
  freshet explain u1 sku-9                      why sku-9 is or is not in u1's list
  freshet rooms tail 42                         what happens in live room 42
  freshet token --sub u1                        a token for u1's browser
  freshet import ratings.csv --dry-run          what is in a file of past events
  freshet evaluate ratings.csv                  how well a node would have ranked them
  freshet replay data --diff                    whether the log alone gives the node's state
  freshet export features data                  what features said before each event, for offline training

Exit codes: 0 ok, 1 failure, 2 usage, 3 not found, 4 auth, 5 unavailable.";

/// A real-time recommendation node: events in, recommendations out, fresh to the last click.
#[derive(Debug, Parser)]
#[command(name = "freshet", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    Event(event::SendEvent),
    Recommend(recommend::Recommend),
    Explain(explain::Explain),
    Features(features::Features),
    Import(import::Import),
    Models(models::Models),
    // Many options: boxed, so that the others stay small.
    Evaluate(Box<evaluate::Evaluate>),
    Replay(replay::Replay),
    Rooms(rooms::Rooms),
    Export(export::Export),
    Token(token::Token),
    Config(configure::Configure),
}

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match cli.command.run(&cli.global) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("freshet: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

impl Command {
    fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::Serve(serve) => serve.run(global),
            Self::Demo(demo) => demo.run(global),
            Self::Event(event) => event.run(&Client::new(global)?, global),
            Self::Recommend(recommend) => recommend.run(&Client::new(global)?, global),
            Self::Explain(explain) => explain.run(&Client::new(global)?, global),
            Self::Features(features) => features.run(&Client::new(global)?, global),
            Self::Import(import) => import.run(global),
            Self::Models(models) => models.run(&Client::new(global)?, global),
            Self::Evaluate(evaluate) => evaluate.run(global),
            Self::Rooms(rooms) => rooms.run(global),
            Self::Replay(replay) => replay.run(global),
            Self::Export(export) => export.run(global),
            Self::Token(token) => token.run(global),
            Self::Config(configure) => configure.run(global),
        }
    }
}

#[cfg(test)]
mod tests;
