//! Which declarations a node goes on with when it starts.
//!
//! State is what the log's declarations made. Where the configuration has others, they come into force the way a reload
//! brings them: with a record, before the first request.
//!
//! Not here: changing them later (see `node::reload`).

use std::sync::Arc;

use actors::{NodeActors, Recovered};
use anyhow::{Context, Result, anyhow};
use engine::features::Declared;
use engine::{RecordBody, Sequence};
use tokio::sync::oneshot;

use crate::event_log::{Draft, LogHandle, Submission};
use crate::node::Node;

/// What recovered state was made by.
pub(super) struct InForce {
    declared: Declared,
    /// Whether the log says so.
    is_logged: bool,
}

impl InForce {
    pub(super) fn of(recovered: &Recovered) -> Self {
        let active = recovered.activity.active();
        let declared = active.declared().clone();
        // One whose record was set aside for a shard has to come once more.
        let is_one = recovered.shards.iter().all(|shard| *shard.declared() == declared);
        Self { declared, is_logged: is_one && active.is_logged() }
    }

    /// Brings what the node is to answer by into force, where that is something else, and finds out what is to be filled.
    pub(super) async fn settle(
        self,
        node: &Arc<Node>,
        log: &LogHandle,
        actors: &NodeActors,
    ) -> Result<()> {
        let configured = node.declared();
        let mut last = Sequence(0);
        if !self.is_logged || *configured != self.declared {
            last = write(&configured, log).await?;
            let mut passed_on = actors.passed_on.clone();
            let reached = passed_on.wait_for(|reached| last <= *reached).await;
            reached.context("the shards stopped before they came to the declarations")?;
        }
        actors.filling.look(last).await;
        Ok(())
    }
}

async fn write(declared: &Declared, log: &LogHandle) -> Result<Sequence> {
    let said = declared.said().context("the declared features are too large for the log")?;
    let (durable, written) = oneshot::channel();
    let (applied, _) = oneshot::channel();
    let body =
        RecordBody::ConfigActivated { fingerprint: declared.fingerprint(), declared: Some(said) };
    let drafts = vec![Draft::Ready(body)];
    log.submit(Submission { drafts, durable, applied })
        .map_err(|error| anyhow!("the declarations could not be logged: {error}"))?;
    Ok(written.await.context("the log stopped")??)
}
