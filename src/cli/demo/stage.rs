//! The node of the demo: a real one, in this process, with its data in a folder that goes at the end.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use config::{Config, Flag, Sources};

use crate::RunningNode;
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::logging;
use crate::clock::Stopwatch;

/// How long the node may take to be ready.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// Starts a node that listens on `bind` and keeps its data in `folder`.
///
/// # Errors
/// [`Failure`] where it cannot be started.
pub fn start(bind: &str, folder: &Path) -> Result<RunningNode, Failure> {
    let config = configuration(bind, folder)?;
    logging::start(&config.telemetry);
    let bind = config.server.bind;
    let listener = TcpListener::bind(bind)
        .map_err(|fault| Failure::Other(format!("cannot listen on {bind}: {fault}")))?;
    crate::start(config, listener).map_err(|fault| Failure::Other(format!("{fault:#}")))
}

fn configuration(bind: &str, folder: &Path) -> Result<Config, Failure> {
    let data_dir = folder.join("data").display().to_string();
    let flag = |flag, key, value: &str| Flag { flag, key, value: value.to_owned() };
    let flags = vec![
        flag("--bind", "server.bind", bind),
        flag("demo", "storage.data_dir", &data_dir),
        flag("demo", "telemetry.log_level", "warn"),
        // Its visitors click at once or not at all, and it lasts less than the usual minute.
        flag("demo", "model.join.window_s", "2"),
    ];
    Ok(config::load(&Sources { flags, ..Sources::default() })?.config)
}

/// Waits until the node takes traffic.
///
/// # Errors
/// [`Failure::Unavailable`] where it does not in time.
pub fn wait_until_ready(client: &Client) -> Result<(), Failure> {
    let waiting = Stopwatch::start();
    while !client.try_get("/readyz").is_ok_and(|answer| answer.status == 200) {
        if READY_WITHIN < waiting.elapsed() {
            return Err(Failure::Unavailable("the node is not ready after 30 s".to_owned()));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
