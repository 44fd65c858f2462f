//! The log lines of the process, to standard error.

use config::{LogFormat, TelemetryConfig};
use tracing_subscriber::EnvFilter;

/// Variable that overrides the level, target by target, as `tracing` spells it.
const FILTER_VARIABLE: &str = "FRESHET_LOG";

/// Starts logging as configured; a second call changes nothing.
pub fn start(telemetry: &TelemetryConfig) {
    let filter = EnvFilter::try_from_env(FILTER_VARIABLE)
        .unwrap_or_else(|_| EnvFilter::new(telemetry.log_level.as_str()));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // An earlier subscriber stays.
    let _ = match telemetry.log_format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
}
