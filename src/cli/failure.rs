//! Why a command failed, and with which exit code it says so.

use crate::import::{MapError, OpenError};

/// A command that did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It cannot be done as it was asked for.
    #[error("{0}")]
    Usage(String),
    /// The node knows no such thing.
    #[error("{0}")]
    NotFound(String),
    /// The node wants another key.
    #[error("{0}; give the key as FRESHET_API_KEY or --api-key-file")]
    Auth(String),
    /// No node answers, or it takes nothing now.
    #[error("{0}")]
    Unavailable(String),
    /// The configuration cannot be used.
    #[error("the configuration cannot be used:\n{0}")]
    Config(#[from] config::ConfigError),
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] OpenError),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// The code that the process ends with.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Other(_) | Self::Config(_) | Self::File(_) => 1,
            Self::Usage(_) => 2,
            Self::NotFound(_) => 3,
            Self::Auth(_) => 4,
            Self::Unavailable(_) => 5,
        }
    }

    /// What an answer of this status means for the exit code.
    #[must_use]
    pub fn of_status(status: u16, told: String) -> Self {
        match status {
            401 | 403 => Self::Auth(told),
            404 => Self::NotFound(told),
            429 | 502..=504 => Self::Unavailable(told),
            _ => Self::Other(told),
        }
    }
}

impl From<MapError> for Failure {
    fn from(fault: MapError) -> Self {
        Self::Usage(fault.to_string())
    }
}
