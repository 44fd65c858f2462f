//! `freshet config`: check, show and start a configuration file; and the layers that `serve` reads too.

mod reload;

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use config::{Config, Flag, Loaded, Sources};
use engine::features::declare::{Declaration, Entity};

use super::client::Client;
use super::failure::Failure;
use super::global::Global;

/// File that is read where none is named, if it is there.
const USUAL_FILE: &str = "freshet.toml";

const AFTER_HELP: &str = "\
Examples:
  freshet config init                       writes freshet.toml: every setting, explained
  freshet config check --config prod.toml   tells all that is wrong with it
  freshet config show --origin              every setting in force, and who set it
  freshet config reload --dry-run           what a running node would change without a restart
  freshet config reload --wait              have it done, and wait until new features are filled from the log

Flag beats environment (FRESHET__SERVER__BIND) beats file beats default.";

/// Check, show or start a configuration
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Configure {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Tell whether the configuration can be used, and all that is wrong with it
    Check {
        #[command(flatten)]
        layers: Layers,
    },
    /// Write every setting in force
    Show {
        #[command(flatten)]
        layers: Layers,
        /// With who set each: default, file and line, environment
        #[arg(long)]
        origin: bool,
    },
    /// Have a running node read its configuration again: features, patterns, ranking
    Reload {
        /// Only tell what would change
        #[arg(long)]
        dry_run: bool,
        /// Wait until new features are filled from the log
        #[arg(long, conflicts_with = "dry_run")]
        wait: bool,
    },
    /// Write a file to start from: every setting, explained, commented out
    Init {
        /// The file; `-` for standard output
        #[arg(default_value = USUAL_FILE)]
        file: PathBuf,
    },
}

/// Where a configuration comes from, besides flags and environment.
#[derive(Clone, Debug, Args)]
pub struct Layers {
    /// Configuration file [default: freshet.toml in this folder, if it is there]
    #[arg(long, value_name = "FILE", env = "FRESHET_CONFIG")]
    config: Option<PathBuf>,
}

impl Layers {
    /// The layers of a file that was named.
    pub fn of_file(file: &Path) -> Self {
        Self { config: Some(file.to_path_buf()) }
    }

    /// Loads all layers, `flags` on top.
    ///
    /// # Errors
    /// [`Failure::Config`] with everything that is wrong.
    pub fn load(&self, flags: Vec<Flag>) -> Result<Loaded, Failure> {
        Ok(config::load(&self.sources(flags))?)
    }

    /// All layers, `flags` on top.
    #[must_use]
    pub fn sources(&self, flags: Vec<Flag>) -> Sources {
        Sources { file: self.file(), environment: environment(), flags }
    }

    /// Whether a file was named, by a flag or in the environment.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.config.is_some()
    }

    fn file(&self) -> Option<PathBuf> {
        let usual = || Some(PathBuf::from(USUAL_FILE)).filter(|path| path.is_file());
        self.config.clone().or_else(usual)
    }
}

/// The environment, without variables that are no text.
fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

impl Configure {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] where the configuration cannot be used or the file cannot be written.
    pub fn run(&self, global: &Global) -> Result<(), Failure> {
        match &self.action {
            Action::Check { layers } => {
                let loaded = layers.load(Vec::new())?;
                if !global.quiet {
                    let file = layers.file();
                    let what =
                        file.map_or("the defaults".to_owned(), |path| path.display().to_string());
                    println!("{what}: ok");
                    print!("{}", kept(&loaded.config));
                }
            }
            Action::Show { layers, origin } => {
                let loaded = layers.load(Vec::new())?;
                let text = if *origin { loaded.show_with_origins() } else { loaded.show() };
                print!("{text}");
            }
            Action::Reload { dry_run, wait } => {
                reload::run(&Client::new(global)?, global, (*dry_run, *wait))?;
            }
            Action::Init { file } if file == Path::new("-") => print!("{}", config::starter_file()),
            Action::Init { file } => write_new(file, global)?,
        }
        Ok(())
    }
}

/// What is kept by declaration, and what it takes.
fn kept(config: &Config) -> String {
    // A load has tried all three.
    let types = config.event_types().unwrap_or_default();
    let plan = config.feature_plan(&types).unwrap_or_default();
    let patterns = config.pattern_plan().unwrap_or_default();
    let mut text = String::new();
    for entity in Entity::ALL {
        let features: Vec<&Declaration> =
            plan.iter().map(|(_, one)| one).filter(|one| one.entity == entity).collect();
        if features.is_empty() {
            continue;
        }
        let names: Vec<&str> = features.iter().map(|one| one.name.as_str()).collect();
        let bytes = plan.instance_bytes(entity);
        let _ = writeln!(text, "  {}: {bytes} bytes each ({})", entity.name(), names.join(", "));
    }
    let names: Vec<&str> = patterns.iter().map(|(_, it)| it.name.as_str()).collect();
    if !names.is_empty() {
        let _ = writeln!(text, "  patterns: {}", names.join(", "));
    }
    text
}

/// Writes the starter file; a file that is there already stays as it is.
fn write_new(path: &Path, global: &Global) -> Result<(), Failure> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(config::starter_file().as_bytes()));
    written.map_err(|fault| Failure::Other(format!("cannot write {}: {fault}", path.display())))?;
    if !global.quiet {
        println!("{} written; start with: freshet serve --config {0}", path.display());
    }
    Ok(())
}
