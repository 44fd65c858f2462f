//! Lists that were served, out of the log.
//!
//! **Invariant:** a list is found for as long as the log holds it, whatever the shards have let go of.
//!
//! Not here: writing them (see [`Node::served`]).

use std::sync::Arc;

use engine::log::LogError;
use engine::record::Served;
use engine::{RecommendationId, RecordBody};

use super::Node;
use crate::event_log::LocalLog;

impl Node {
    /// The list called `id`; `None` where the log does not hold it: it was trimmed, lost with the last milliseconds
    /// before a crash, or there never was one.
    ///
    /// # Errors
    /// [`LogError`] where the log cannot be read.
    pub async fn served_list(&self, id: RecommendationId) -> Result<Option<Served>, LogError> {
        let Some(running) = self.running() else { return Ok(None) };
        let store = Arc::clone(&running.store);
        let found = tokio::task::spawn_blocking(move || find(&store, id)).await;
        found.unwrap_or_else(|_| Err(LogError::Storage("the look-up ended early".to_owned())))
    }
}

fn find(store: &LocalLog, id: RecommendationId) -> Result<Option<Served>, LogError> {
    let Some(sequence) = store.find_served(id)? else { return Ok(None) };
    let record = store.read(sequence)?;
    Ok(record.and_then(|record| match record.body {
        RecordBody::Served { served, .. } => Some(served),
        _ => None,
    }))
}
