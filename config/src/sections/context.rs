//! `[context]`: names that a request may carry in its context.

use serde::Deserialize;

/// Names that a request may carry in its context.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContextConfig {
    /// The declared names.
    pub keys: Vec<String>,
}
