//! `freshet serve`: a node until it is told to stop.

use std::net::TcpListener;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use config::{Config, Flag};

use super::configure::Layers;
use super::failure::Failure;
use super::global::Global;
use super::{logging, signals};
use crate::Setup;
use crate::tokens::Tokens;

const AFTER_HELP: &str = "\
Examples:
  freshet serve                                       127.0.0.1:7070, data in ./data
  freshet serve --config freshet.toml
  freshet serve --bind 0.0.0.0:7070 --api-key-file key.txt
  FRESHET__LOG__RETENTION_HOURS=24 freshet serve      any setting from the environment

`freshet config init` writes a file with every setting explained. `freshet config reload` has features, patterns and
ranking read again while the node runs. Stop with Ctrl-C or SIGTERM:
requests under way are finished and a last checkpoint is taken.";

/// Run a node
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Serve {
    #[command(flatten)]
    layers: Layers,
    /// Address and port to listen on [default: see `freshet config show`]
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<String>,
    /// Directory of log and checkpoints
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Listen beyond this machine without an API key
    #[arg(long)]
    insecure: bool,
    /// How log lines are written
    #[arg(long, value_enum)]
    log_format: Option<LogFormatArg>,
    /// By whose time windows and expiry are judged
    #[arg(long, value_enum)]
    clock: Option<ClockArg>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormatArg {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ClockArg {
    /// The wall clock
    System,
    /// The newest event time taken so far
    Event,
}

impl Serve {
    /// Runs the node.
    ///
    /// # Errors
    /// [`Failure`] where it cannot start or fails.
    pub fn run(&self, global: &Global) -> Result<(), Failure> {
        let (layers, flags) = (self.layers.clone(), self.flags(global));
        let sources = move || layers.sources(flags.clone());
        let loaded = config::load(&sources())?;
        // Before anything is opened: a key that is none is found at once.
        Tokens::of(&loaded.config).map_err(|fault| Failure::Usage(fault.to_string()))?;
        logging::start(&loaded.config.telemetry);
        let listener = listen(&loaded.config)?;
        announce(&loaded.config, &listener);
        crate::run(Setup::of(loaded, sources), listener, signals::stopped())
            .map_err(|fault| Failure::Other(format!("{fault:#}")))
    }

    fn flags(&self, global: &Global) -> Vec<Flag> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let name = |value: Option<clap::builder::PossibleValue>| {
            value.map(|value| value.get_name().to_owned())
        };
        let given = [
            ("--bind", "server.bind", self.bind.clone()),
            ("--data-dir", "storage.data_dir", path(&self.data_dir)),
            ("--api-key-file", "server.api_key_file", path(&global.api_key_file)),
            ("--insecure", "server.insecure", self.insecure.then(|| "true".to_owned())),
            (
                "--log-format",
                "telemetry.log_format",
                name(self.log_format.and_then(|format| format.to_possible_value())),
            ),
            ("--clock", "clock", name(self.clock.and_then(|clock| clock.to_possible_value()))),
        ];
        let flag =
            |(flag, key, value): (_, _, Option<String>)| Some(Flag { flag, key, value: value? });
        given.into_iter().filter_map(flag).collect()
    }
}

fn listen(config: &Config) -> Result<TcpListener, Failure> {
    let bind = config.server.bind;
    TcpListener::bind(bind).map_err(|fault| {
        Failure::Other(format!("cannot listen on {bind}: {fault}; choose another with --bind"))
    })
}

fn announce(config: &Config, listener: &TcpListener) {
    let address = listener.local_addr().map_or(config.server.bind, |address| address);
    tracing::info!(
        url = %format_args!("http://{address}"),
        data_dir = %config.storage.data_dir.display(),
        "freshet {} starts",
        env!("CARGO_PKG_VERSION")
    );
    if config.server.insecure && !address.ip().is_loopback() && config.server.api_key.is_none() {
        tracing::warn!("whoever reaches this port may read and write: no API key is set");
    }
}
