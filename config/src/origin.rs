//! Where a value comes from.

use std::fmt;
use std::path::PathBuf;

/// The place that gave a value, as precisely as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The embedded `default.toml`.
    Default,
    /// A configuration file.
    File {
        /// The file as it was named.
        path: PathBuf,
        /// Line in it, from 1.
        line: usize,
    },
    /// An environment variable.
    Environment {
        /// Its name.
        variable: String,
    },
    /// A flag of the command line.
    Flag {
        /// The flag with its dashes.
        flag: String,
    },
}

impl Origin {
    /// The line, where it is one of a file.
    pub(crate) const fn line(&self) -> Option<usize> {
        match self {
            Self::File { line, .. } => Some(*line),
            _ => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment { variable } => write!(f, "environment {variable}"),
            Self::Flag { flag } => write!(f, "flag {flag}"),
        }
    }
}
