//! The log lines of the process, to standard error.

use std::io::IsTerminal as _;

use config::{LogFormat, LogLevel, TelemetryConfig};
use tracing_subscriber::EnvFilter;

/// Variable that overrides the level, target by target, as `tracing` spells it.
const FILTER_VARIABLE: &str = "FRESHET_LOG";

/// Starts logging as configured; a second call changes nothing.
pub fn start(telemetry: &TelemetryConfig) {
    let filter = EnvFilter::try_from_env(FILTER_VARIABLE)
        .unwrap_or_else(|_| EnvFilter::new(filter_for(telemetry)));
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(std::io::stderr);
    // An earlier subscriber stays.
    let _ = match telemetry.log_format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
}

/// The level as configured; the server library says what matters at `warn` and more in detail.
fn filter_for(telemetry: &TelemetryConfig) -> String {
    let level = telemetry.log_level.as_str();
    match telemetry.log_level {
        LogLevel::Info => format!("{level},actix_server=warn"),
        _ => level.to_owned(),
    }
}
