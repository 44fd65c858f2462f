//! `freshet config reload`: a running node reads its configuration again.
//!
//! Not here: what changes without a restart (see `node::reload`).

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::cli::import::Progress;
use crate::cli::output::Printer;

/// Between two looks at how far filling is.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Steps of the bar: what is told is a share.
const STEPS: u64 = 1_000;

/// Has it done, or only told, and waits for it.
pub(super) fn run(
    client: &Client,
    global: &Global,
    (dry_run, wait): (bool, bool),
) -> Result<(), Failure> {
    let path = if dry_run { "/v1/config/reload?dry_run=true" } else { "/v1/config/reload" };
    let answer = client.post_patiently(path, &json!({}))?;
    Printer::new(global).result(&answer, |_| told(&answer));
    if wait { until_filled(client, global) } else { Ok(()) }
}

fn told(answer: &Value) -> String {
    let mut text = String::new();
    let listed = |list: &Value| -> String {
        let all = list.as_array().into_iter().flatten().filter_map(Value::as_str);
        all.collect::<Vec<_>>().join(", ")
    };
    for what in ["features", "patterns"] {
        for how in ["added", "changed", "dropped"] {
            let named = listed(&answer[what][how]);
            if !named.is_empty() {
                let _ = writeln!(text, "{what} {how}: {named}");
            }
        }
    }
    for (key, label) in [
        ("ranking", "ranking changed"),
        ("needs_restart", "waits for a restart"),
        ("refilled", "filled anew, as far as the log goes back"),
        ("filling", "being filled from the log"),
    ] {
        let named = listed(&answer[key]);
        if !named.is_empty() {
            let _ = writeln!(text, "{label}: {named}");
        }
    }
    let outcome = answer["outcome"].as_str().unwrap_or_default();
    if text.is_empty() {
        return format!("{outcome}: nothing to change\n");
    }
    format!("{outcome}\n{text}")
}

fn until_filled(client: &Client, global: &Global) -> Result<(), Failure> {
    let fraction = || Ok::<_, Failure>(client.get("/v1/features")?["filling"]["fraction"].as_f64());
    let Some(mut reached) = fraction()? else { return Ok(()) };
    let progress = Progress::new(global);
    progress.begin("filling", 0, STEPS);
    let mut shown = 0;
    loop {
        let steps = (reached * STEPS as f64) as u64;
        progress.advance(steps.saturating_sub(shown));
        shown = shown.max(steps);
        std::thread::sleep(LOOK_EVERY);
        match fraction()? {
            Some(further) => reached = further,
            None => break,
        }
    }
    progress.end();
    Ok(())
}
