//! What operators tell the model, as the log holds it, and what becomes of it.
//!
//! A command is a record, so that every replay obeys it between the same two samples. It names the version that it
//! means, so that one that is sent twice changes nothing the second time.
//!
//! **Format:** part of [`crate::record`]'s; variants and fields are added only at the end.
//!
//! Not here: obeying (see the parent).

use bincode::{Decode, Encode};

use crate::model::config::ModelConfig;
use crate::model::numeric::LANE;

/// What a model is told.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum ModelCommand {
    /// Learn no more; go on counting.
    Freeze,
    /// Learn again.
    Resume,
    /// Begin a challenger that learns in the champion's shadow.
    Challenge {
        /// What it begins from.
        start: ChallengerStart,
        /// In what it differs.
        changes: ModelChanges,
    },
    /// Let the challenger go.
    Stop {
        /// Its number.
        version: u32,
    },
    /// Make a version the champion.
    Promote {
        /// Its number.
        version: u32,
    },
    /// Take the champion back, for the version before it or its own last good state.
    Rollback {
        /// The number of the champion that is to go.
        version: u32,
    },
    /// Serve a share of the users from the challenger.
    Canary {
        /// Its number.
        version: u32,
        /// Of 10,000 users; 0 for none.
        share: u16,
    },
}

/// What a challenger begins from.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum ChallengerStart {
    /// A copy of the champion as it is then.
    Champion,
    /// Nothing learned.
    Nothing,
    /// Tables that were brought in.
    File {
        /// Digest of the file that the node keeps of them.
        digest: u64,
    },
}

/// In what a version differs from the configuration.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct ModelChanges {
    /// Step of the vectors.
    pub learning_rate: Option<f32>,
    /// Items that each choice is weighed against.
    pub negatives: Option<u32>,
    /// How much an item of the history counts against the one after it.
    pub history_decay: Option<f32>,
    /// Choices after which a user has a vector.
    pub user_vector_after: Option<u32>,
    /// Numbers in a vector, for one that begins from nothing.
    pub dimensions: Option<u32>,
}

/// What became of a command.
#[must_use]
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum CommandOutcome {
    /// It was obeyed.
    Done {
        /// The version that it was about.
        version: u32,
    },
    /// Everything was so already.
    Unchanged {
        /// The version that it was about.
        version: u32,
    },
    /// It was not obeyed.
    Refused(Refusal),
}

/// Why a command was not obeyed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, thiserror::Error)]
pub enum Refusal {
    /// No such version, or none that is kept.
    #[error("there is no version {version} that is kept")]
    UnknownVersion {
        /// The number that was named.
        version: u32,
    },
    /// A challenger is there already.
    #[error("version {version} is the challenger already; stop or promote it first")]
    ChallengerExists {
        /// Its number.
        version: u32,
    },
    /// There is nothing to go back to.
    #[error("there is neither a previous version nor a last good state to go back to")]
    NothingBefore,
    /// Something of the changes is out of range.
    #[error("the changes cannot be used: {field} is out of range")]
    OutOfRange {
        /// Which.
        field: String,
    },
    /// The tables that were brought in cannot be read.
    #[error("the tables {digest:016x} cannot be read: {reason}")]
    Unreadable {
        /// Digest of the file.
        digest: u64,
        /// Why.
        reason: String,
    },
    /// The version is something else now.
    #[error("version {version} is not the challenger")]
    NotChallenger {
        /// Its number.
        version: u32,
    },
}

impl ModelChanges {
    /// These, and where nothing is said those of `under`.
    #[must_use]
    pub fn over(&self, under: &Self) -> Self {
        Self {
            learning_rate: self.learning_rate.or(under.learning_rate),
            negatives: self.negatives.or(under.negatives),
            history_decay: self.history_decay.or(under.history_decay),
            user_vector_after: self.user_vector_after.or(under.user_vector_after),
            dimensions: self.dimensions.or(under.dimensions),
        }
    }

    /// What `config` becomes.
    ///
    /// # Errors
    /// The name of the first that is out of range.
    pub fn apply(&self, config: &ModelConfig) -> Result<ModelConfig, Refusal> {
        let mut changed = config.clone();
        let in_range = |field: &str, holds: bool| {
            if holds { Ok(()) } else { Err(Refusal::OutOfRange { field: field.to_owned() }) }
        };
        if let Some(rate) = self.learning_rate {
            in_range("learning_rate", (1e-4..=1.0).contains(&rate))?;
            changed.rates.vectors = rate;
        }
        if let Some(negatives) = self.negatives {
            in_range("negatives", (4..=1_024).contains(&negatives))?;
            changed.negatives = negatives as usize;
        }
        if let Some(decay) = self.history_decay {
            in_range("history_decay", (0.0..=1.0).contains(&decay))?;
            changed.decay = decay;
        }
        if let Some(after) = self.user_vector_after {
            in_range("user_vector_after", (1..=50).contains(&after))?;
            changed.user_row_after = after;
        }
        if let Some(dimensions) = self.dimensions {
            let whole =
                (16..=1_024).contains(&dimensions) && (dimensions as usize).is_multiple_of(LANE);
            in_range("dimensions", whole)?;
            changed.lanes = dimensions as usize / LANE;
        }
        Ok(changed)
    }
}
