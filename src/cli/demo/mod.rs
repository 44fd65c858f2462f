//! `freshet demo`: a node with sample data, and what one click changes.
//!
//! The node is a real one, in this process, on a free port, with its data in a temporary folder; the
//! visitor speaks to it over HTTP like anybody else. Only the visitor is scripted.

mod sample;
mod scene;

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use config::{Config, Flag, Sources};

use super::client::Client;
use super::failure::Failure;
use super::global::Global;
use super::import::{Mode, Progress, Sender};
use super::output::{Printer, Style, count};
use super::{logging, signals};
use crate::RunningNode;
use crate::clock::Stopwatch;
use crate::import::{ColumnMap, ImportFile, Plan, ReadOptions, items};

const AFTER_HELP: &str = "\
Examples:
  freshet demo                          stays up until Ctrl-C, so that you can go on with curl
  freshet demo --bind 127.0.0.1:7070    on a port of your choice
  freshet demo --once                   the show, then the end

Everything lies in a temporary folder that is removed at the end.";

/// How long the node may take to be ready.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// How long the activity of the imported items may take to be published, and how often it is looked at:
/// above two of the node's publication intervals.
const PUBLISHED_WITHIN: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
const POPULAR: &str = "/v1/popular?limit=50";

/// Show a node with sample data, and what one click changes
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Demo {
    /// Address and port to listen on [default: a free port of this machine]
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", hide_default_value = true)]
    bind: String,
    /// End after the show
    #[arg(long)]
    once: bool,
}

impl Demo {
    /// Runs the show.
    ///
    /// # Errors
    /// [`Failure`] where the node cannot be started or does not do what is shown.
    pub fn run(&self, global: &Global) -> Result<(), Failure> {
        let other = |fault: std::io::Error| Failure::Other(format!("no temporary folder: {fault}"));
        let folder = tempfile::Builder::new().prefix("freshet-demo-").tempdir().map_err(other)?;
        let node = start(&self.bind, folder.path())?;
        let shown = self.show(global, &node, folder.path());
        if shown.is_ok() && !self.once {
            eprintln!("\nThe node stays up until Ctrl-C.");
            wait_for_the_end();
        }
        node.stop().map_err(|fault| Failure::Other(format!("{fault:#}")))?;
        shown
    }

    fn show(&self, global: &Global, node: &RunningNode, folder: &Path) -> Result<(), Failure> {
        let global = Global { url: node.url(), api_key_file: None, ..global.clone() };
        let (printer, client) = (Printer::new(&global), Client::new(&global)?);
        wait_until_ready(&client)?;
        let heading = |text: &str| println!("\n{}", printer.styled(Style::Bold, text));
        heading(&format!("1. A node at {}", client.base()));
        println!("in this process, its data in {} (removed at the end)", folder.display());
        heading("2. Past events");
        let titles = import_sample(&client, &global, folder)?;
        wait_until_published(&client)?;
        heading("3. A visitor nobody knows asks for films, clicks one, and asks again");
        scene::play(&client, &printer, &titles)?;
        heading("4. Go on yourself");
        println!("{}", self.next_steps(client.base()));
        Ok(())
    }

    fn next_steps(&self, base: &str) -> String {
        let note = if self.once { "(the node ends now; start again without --once)\n" } else { "" };
        format!(
            "{note}curl '{base}/v1/users/you/recommendations?limit=5'\n\
             curl -X POST {base}/v1/events -H 'content-type: application/json' \\\n     \
             -d '{{\"user_id\":\"you\",\"item_id\":\"{item}\",\"event\":\"click\"}}'\n\
             curl '{base}/v1/items/{item}/similar?limit=5'",
            item = sample::KNOWN_FILM
        )
    }
}

/// Starts the node under the time of its events, so that films rated in 2013 are not long past.
fn start(bind: &str, folder: &Path) -> Result<RunningNode, Failure> {
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
        flag("demo", "clock", "event"),
        flag("demo", "telemetry.log_level", "warn"),
    ];
    Ok(config::load(&Sources { flags, ..Sources::default() })?.config)
}

fn wait_until_ready(client: &Client) -> Result<(), Failure> {
    let waiting = Stopwatch::start();
    loop {
        let ready = client.try_get("/readyz").is_ok_and(|answer| answer.status == 200);
        if ready {
            return Ok(());
        }
        if READY_WITHIN < waiting.elapsed() {
            return Err(Failure::Unavailable("the node is not ready after 30 s".to_owned()));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Popularity and neighbours are published a few times a second, behind the events: waits until the whole
/// import is in them, which is when the list of what is popular no longer changes.
fn wait_until_published(client: &Client) -> Result<(), Failure> {
    let waiting = Stopwatch::start();
    let mut last = client.get(POPULAR)?;
    while waiting.elapsed() < PUBLISHED_WITHIN {
        std::thread::sleep(BETWEEN_LOOKS);
        let now = client.get(POPULAR)?;
        if now == last && now["items"].as_array().is_some_and(|items| !items.is_empty()) {
            return Ok(());
        }
        last = now;
    }
    Err(Failure::Other("the import did not become popularity in time".to_owned()))
}

/// Imports the shipped sample as `freshet import` would, and gives the films' titles.
fn import_sample(
    client: &Client,
    global: &Global,
    folder: &Path,
) -> Result<sample::Titles, Failure> {
    let ratings = sample::unpack(folder).map_err(|fault| Failure::Other(fault.to_string()))?;
    let options = |format| ReadOptions { format, map: ColumnMap::default(), event_type: None };
    let plan = Plan::survey(ImportFile::open(&ratings)?, None, options)?;
    let films = items::beside(&ratings).map_or(Ok(Vec::new()), |path| items::read(&path))?;
    println!("{}", sample::CREDIT);
    let progress = Progress::new(global);
    let tally =
        Sender { client, mode: Mode::Fresh, progress: &progress }.send_all(&plan, &films)?;
    println!(
        "{} ratings and {} films in {:.1} s, {} refused",
        count(tally.accepted),
        count(tally.items),
        tally.took.as_secs_f64(),
        count(tally.rejected)
    );
    Ok(sample::titles(&films))
}

fn wait_for_the_end() {
    actix_rt::System::new().block_on(signals::stopped());
}
