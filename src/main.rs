//! The `freshet` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The crash tests name their fail points in the environment.
    #[cfg(feature = "failpoints")]
    let _scenario = fail::FailScenario::setup();
    freshet::cli::run()
}
