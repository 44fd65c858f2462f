//! `[server]`: the HTTP side.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, de::Error};

use super::Network;
use crate::Secret;

/// The HTTP side.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Address to listen on.
    #[serde(deserialize_with = "address")]
    pub bind: SocketAddr,
    /// Origins that browsers may call from.
    pub origins: Vec<String>,
    /// Proxies whose word on whom they speak for is taken.
    pub trusted_proxies: Vec<Network>,
    /// The API key, from here or from `api_key_file`.
    #[serde(deserialize_with = "crate::secret::optional")]
    pub api_key: Option<Secret>,
    /// File that held the key.
    #[serde(deserialize_with = "optional_path")]
    pub api_key_file: Option<PathBuf>,
    /// Whether listening beyond loopback without a key is wanted.
    pub insecure: bool,
    /// Threads that answer requests; 0 is one per core.
    pub workers: usize,
    /// Deadline where the caller gives none.
    pub default_deadline_ms: u64,
    /// Longest deadline that is granted.
    pub max_deadline_ms: u64,
    /// Largest body, unpacked.
    pub max_body_bytes: usize,
    /// Most events in a body.
    pub max_body_events: usize,
    /// Largest event.
    pub max_event_bytes: usize,
    /// Deepest nesting of a body.
    pub max_json_depth: usize,
    /// How long an idle connection is kept.
    pub keep_alive_s: u64,
    /// How long requests under way may take at shutdown.
    pub shutdown_timeout_s: u64,
}

fn address<'de, D: Deserializer<'de>>(source: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(source)?;
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    numeric.as_deref().unwrap_or(&text).parse().map_err(|_| {
        D::Error::custom(format!("\"{text}\" is no address with a port, such as 127.0.0.1:7070"))
    })
}

pub(super) fn optional_path<'de, D: Deserializer<'de>>(
    source: D,
) -> Result<Option<PathBuf>, D::Error> {
    let text = String::deserialize(source)?;
    Ok((!text.is_empty()).then(|| PathBuf::from(text)))
}
