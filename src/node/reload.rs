//! Configuration that changes while the node runs: features, patterns, and how lists are made.
//!
//! Features and patterns come into force with a record of the log, so that a replay knows when; what comes new is filled
//! from the log in the background. How lists are made (`[ranking]`) is read by the edge alone. Everything else waits for a
//! restart, and is told.
//!
//! **Invariant:** either all that can change does, or nothing: what is wrong is found before anything is logged.
//!
//! Not here: reading files (the caller's), what is filled (see `actors`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use config::{Config, ConfigError, Loaded};
use engine::RecordBody;
use engine::codec::CodecError;
use engine::features::Declared;

use super::{AckLevel, Node, Position, SubmitError};
use crate::event_log::Draft;
use crate::settings;

/// How long a caller waits until all shards have come to the record.
const PATIENCE: Duration = Duration::from_mins(1);

/// Tables that change without a restart.
const LIVE: [&str; 3] = ["features.", "patterns.", "ranking."];

/// Reads the configuration again from where it was read at the start.
pub type Reread = Arc<dyn Fn() -> Result<Loaded, ConfigError> + Send + Sync>;

/// Where a configuration came from, and what is in force of it.
pub(super) struct Reloading {
    reread: Option<(Reread, Loaded)>,
    /// One at a time; the newest that was taken over.
    turn: tokio::sync::Mutex<Option<Loaded>>,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// There is nothing to read again.
    #[error("this node was not started from a file or an environment that could be read again")]
    NoSource,
    /// The configuration has errors.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A declaration cannot be kept under the event types that the node was started with.
    #[error("{0:#}; a change of [events] takes a restart")]
    Unusable(anyhow::Error),
    /// The declarations are larger than the log takes.
    #[error("the declarations are too large for the log: {0}")]
    TooLarge(#[from] CodecError),
    /// The record was not taken.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

/// Names that came, changed and went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// New ones.
    pub added: Vec<String>,
    /// Those that are declared in another way.
    pub changed: Vec<String>,
    /// Those that are no longer declared.
    pub dropped: Vec<String>,
}

impl Changes {
    /// Whether there are none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.dropped.is_empty()
    }

    fn between<T: PartialEq>(old: BTreeMap<&str, T>, new: &BTreeMap<&str, T>) -> Self {
        let mut changes = Self::default();
        for (name, one) in new {
            match old.get(name) {
                None => changes.added.push((*name).to_owned()),
                Some(before) if before != one => changes.changed.push((*name).to_owned()),
                Some(_) => {}
            }
        }
        let dropped = old.into_keys().filter(|name| !new.contains_key(name));
        changes.dropped = dropped.map(ToOwned::to_owned).collect();
        changes
    }
}

/// What a reload did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// Features.
    pub features: Changes,
    /// Patterns.
    pub patterns: Changes,
    /// Settings of lists that changed.
    pub ranking: Vec<String>,
    /// Settings that changed and wait for a restart.
    pub needs_restart: Vec<String>,
    /// The record that brought declarations into force, where one was needed.
    pub position: Option<Position>,
    /// Features that are declared as before and filled from the log anew.
    pub refilled: Vec<String>,
    /// Features that are being filled from the log.
    pub filling: Vec<String>,
    /// Whether every shard has come to the record; `false` where that takes longer.
    pub is_in_force: bool,
}

impl Reloading {
    pub(super) fn new(reread: Option<(Reread, Loaded)>) -> Self {
        Self { reread, turn: tokio::sync::Mutex::new(None) }
    }
}

impl Node {
    /// Reads the configuration again and brings into force what can change while the node runs; only says what it would
    /// do where `dry_run`.
    ///
    /// # Errors
    /// [`ReloadError`]: then everything is as it was.
    pub async fn reload(self: &Arc<Self>, dry_run: bool) -> Result<Reloaded, ReloadError> {
        let (reread, started) = self.reloading.reread.as_ref().ok_or(ReloadError::NoSource)?;
        let mut newest = self.reloading.turn.lock().await;
        let loaded = reread()?;
        let config = self.changed_config(&loaded.config);
        // It was read under its own event types; those of the node are the ones of the start.
        let new = settings::declared(&config, &self.types).map_err(ReloadError::Unusable)?;
        let scenarios = settings::scenarios(&config).map_err(ReloadError::Unusable)?;
        let old = self.declared();
        let since_start = started.changed_keys(&loaded);
        let is_live = |key: &String| LIVE.iter().any(|table| key.starts_with(table));
        let mut reloaded = Reloaded {
            features: feature_changes(&old, &new),
            patterns: pattern_changes(&old, &new),
            refilled: old.refilled(&new),
            is_in_force: true,
            ranking: newest.as_ref().unwrap_or(started).changed_keys(&loaded),
            needs_restart: since_start.into_iter().filter(|key| !is_live(key)).collect(),
            ..Reloaded::default()
        };
        reloaded.ranking.retain(|key| key.starts_with("ranking."));
        if dry_run {
            return Ok(reloaded);
        }
        if new != *old {
            let (position, is_in_force) = self.activate(&new).await?;
            reloaded.position = Some(position);
            reloaded.is_in_force = is_in_force;
        }
        self.scenarios.store(Arc::new(scenarios));
        reloaded.filling.clone_from(&self.filling().features);
        *newest = Some(loaded);
        Ok(reloaded)
    }

    /// Logs declarations, waits until every shard has come to them, and answers by them from then on; whether all have.
    ///
    /// # Errors
    /// [`ReloadError`] where they are not in the log.
    async fn activate(self: &Arc<Self>, new: &Declared) -> Result<(Position, bool), ReloadError> {
        let declared = Some(new.said()?);
        let body = RecordBody::ConfigActivated { fingerprint: new.fingerprint(), declared };
        let submitted = self.submit(vec![Draft::Ready(body)], AckLevel::Applied).await?;
        let position = submitted.position.ok_or(SubmitError::NotReady)?;
        // A shard that is being resumed comes to it later; until then it says of new features that there is nothing.
        let is_in_force = self.wait_for(position, PATIENCE).await;
        if let Some(running) = self.running() {
            // What is being filled is known before anybody reads by what is new.
            running.filling.look(position.0).await;
        }
        self.declared.store(Arc::new(new.clone()));
        Ok((position, is_in_force))
    }

    /// The configuration of the start with what can change as `newer` has it.
    fn changed_config(&self, newer: &Config) -> Config {
        Config {
            features: newer.features.clone(),
            patterns: newer.patterns.clone(),
            ranking: newer.ranking.clone(),
            ..Config::clone(&self.config)
        }
    }
}

fn feature_changes(old: &Declared, new: &Declared) -> Changes {
    Changes::between(
        old.plan.iter().map(|(_, one)| (one.name.as_str(), one)).collect(),
        &new.plan.iter().map(|(_, one)| (one.name.as_str(), one)).collect(),
    )
}

fn pattern_changes(old: &Declared, new: &Declared) -> Changes {
    Changes::between(
        old.patterns.iter().map(|(_, one)| (one.name.as_str(), one)).collect(),
        &new.patterns.iter().map(|(_, one)| (one.name.as_str(), one)).collect(),
    )
}
