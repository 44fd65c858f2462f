//! Names of items and categories that the log does not tell any more, as the node's last checkpoint has them.
//!
//! A name's number never changes, so one that is known early changes no value: rows name what they would else leave null,
//! and filters by category see the same events.
//!
//! Not here: state of users, which begins where the log does.

use std::path::Path;
use std::sync::Arc;

use engine::ItemActivity;
use engine::activity::ActivityConfig;
use engine::part::{CheckpointStore as _, PartOwner};
use snapshots::RocksStore;

use super::walk::Walk;
use crate::cli::failure::Failure;

/// Tells `walk` the names in the checkpoint of the data directory `dir`, if there is one.
pub(super) fn of_checkpoint(
    dir: &Path,
    config: Arc<ActivityConfig>,
    walk: &Walk,
) -> Result<(), Failure> {
    let state = dir.join("state");
    if !state.is_dir() {
        return Ok(());
    }
    let told = |fault: &dyn std::fmt::Display| {
        Failure::Other(format!("cannot read names from {}: {fault}", state.display()))
    };
    let notes = tempfile::tempdir().map_err(|fault| told(&fault))?;
    let store = RocksStore::open_read_only(&state, notes.path()).map_err(|fault| told(&fault))?;
    let mut entries = Vec::new();
    let load = store.load(PartOwner::Activity, &mut |key, value| {
        entries.push((key.to_vec(), value.to_vec()));
    });
    load.map_err(|fault| told(&fault))?;
    let activity = ItemActivity::restore(config, entries.into_iter());
    walk.know(&activity.map_err(|fault| told(&fault))?);
    Ok(())
}
