//! Telling the model something, and waiting until it was obeyed.
//!
//! **Invariant:** a command is a record like any other: durable before it is obeyed, and obeyed between the same two
//! samples in every replay.
//!
//! Not here: what commands mean (see `engine::model::versions`).

use std::sync::Arc;
use std::time::Duration;

use engine::model::versions::{CommandOutcome, ModelCommand, Report};
use engine::{RecordBody, Sequence};

use super::{AckLevel, Node, Position, SubmitError};
use crate::event_log::Draft;

/// How long a caller waits for the learner, which may have lessons before the command.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks at what is published.
const LOOK: Duration = Duration::from_millis(5);

/// What became of a command.
#[derive(Clone, Debug)]
pub struct Told {
    /// The outcome; `None` where the learner has not come to it yet.
    pub outcome: Option<CommandOutcome>,
    /// Its place in the log.
    pub position: Option<Position>,
    /// All versions as of then.
    pub report: Arc<Report>,
}

impl Node {
    /// Logs `command` and waits until the learner has obeyed it.
    ///
    /// # Errors
    /// [`SubmitError`] where it is not in the log.
    pub async fn tell_model(self: &Arc<Self>, command: ModelCommand) -> Result<Told, SubmitError> {
        let body = RecordBody::ModelTold { command, at: self.now() };
        let submitted = self.submit(vec![Draft::Ready(body)], AckLevel::Applied).await?;
        let position = submitted.position;
        let outcome = match position {
            Some(position) => self.outcome_of(position.0).await,
            None => None,
        };
        Ok(Told { outcome, position, report: Arc::clone(&self.models().report) })
    }

    async fn outcome_of(&self, sequence: Sequence) -> Option<CommandOutcome> {
        let looked = async {
            loop {
                let models = self.models();
                let mut outcomes = models.report.outcomes.iter();
                if let Some((_, outcome)) = outcomes.find(|(place, _)| *place == sequence.0) {
                    return outcome.clone();
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::time::timeout(PATIENCE, looked).await.ok()
    }
}
