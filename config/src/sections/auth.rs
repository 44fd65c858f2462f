//! `[auth]`: the keys of users' tokens.

use std::path::PathBuf;

use serde::Deserialize;

use super::server::optional_path;
use crate::Secret;

/// The keys of users' tokens.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthConfig {
    /// The secret that signs and checks tokens, from here or from `token_secret_file`.
    #[serde(deserialize_with = "crate::secret::optional")]
    pub token_secret: Option<Secret>,
    /// File that held the secret.
    #[serde(deserialize_with = "optional_path")]
    pub token_secret_file: Option<PathBuf>,
    /// The Ed25519 key that checks tokens, as PEM, from here or from `token_public_key_file`.
    #[serde(deserialize_with = "crate::secret::optional")]
    pub token_public_key: Option<Secret>,
    /// File that held it.
    #[serde(deserialize_with = "optional_path")]
    pub token_public_key_file: Option<PathBuf>,
    /// The Ed25519 key that signs tokens, as PEM, from here or from `token_private_key_file`.
    #[serde(deserialize_with = "crate::secret::optional")]
    pub token_private_key: Option<Secret>,
    /// File that held it.
    #[serde(deserialize_with = "optional_path")]
    pub token_private_key_file: Option<PathBuf>,
    /// How long a token is good for where its caller does not say.
    pub token_ttl_s: u64,
    /// The longest that a caller may ask for.
    pub token_max_ttl_s: u64,
    /// By how much clocks may differ.
    pub token_leeway_s: u64,
}
