//! `[admission]`: how much may be under way.

use serde::Deserialize;

/// How much may be under way.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdmissionConfig {
    /// Events between arrival and acknowledgement.
    pub events_in_flight: usize,
    /// Bytes of those events.
    pub bytes_in_flight: usize,
}
