//! Metrics and logs of the process: one recorder, one subscriber, installed once.
//!
//! Both are global to a process by the design of their crates, so several nodes in one process (tests)
//! share them.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper bounds of the buckets of every `…_seconds` histogram: half a millisecond to ten seconds.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The same for how long clicks take: a second to a day.
const WAITS: [f64; 12] =
    [1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 1_800.0, 7_200.0, 86_400.0];

/// How often samples are folded: at 100,000 a second a few megabytes wait in between.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// What renders all metrics of the process; installs the recorder at the first call.
///
/// # Errors
/// Where the process has another recorder already.
pub fn metrics_handle() -> Result<PrometheusHandle, BuildError> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full("freshet_click_wait_seconds".to_owned()), &WAITS)?
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .install_recorder()?;
    describe();
    keep_small(handle.clone());
    Ok(HANDLE.get_or_init(|| handle).clone())
}

/// Folds samples into their buckets for as long as the process lives. The recorder keeps every sample of a
/// histogram until then: a node that nobody scrapes would grow by megabytes a minute.
fn keep_small(handle: PrometheusHandle) {
    let fold = move || loop {
        std::thread::sleep(UPKEEP_EVERY);
        handle.run_upkeep();
    };
    if let Err(error) = std::thread::Builder::new().name("freshet-metrics".to_owned()).spawn(fold) {
        tracing::warn!(%error, "no thread folds metrics: they take memory until /metrics is read");
    }
}

/// Says in `/metrics` what the headline figures mean.
fn describe() {
    metrics::describe_counter!(
        "freshet_events_ingested_total",
        "Events by canonical type and result (applied, late, duplicate, rejected)"
    );
    metrics::describe_histogram!(
        "freshet_event_to_effect_seconds",
        "From receipt of new events until ranking reflects them"
    );
    metrics::describe_histogram!(
        "freshet_event_stage_seconds",
        "Of an acknowledgement: from admission until durable, and from there until applied"
    );
    metrics::describe_histogram!(
        "freshet_recommend_duration_seconds",
        "Time of a recommendation by stage"
    );
    metrics::describe_counter!(
        "freshet_recommendations_total",
        "Recommendations by scenario and by the rung that answered"
    );
    metrics::describe_counter!(
        "freshet_rankings_total",
        "Rankings of callers' own candidates by scenario and by the rung that answered"
    );
    metrics::describe_counter!(
        "freshet_admission_refused_total",
        "Requests refused with 503 because the budget of events in flight was out"
    );
    metrics::describe_counter!(
        "freshet_served_dropped_total",
        "Served lists that were not logged because the budget was out"
    );
    metrics::describe_counter!(
        "freshet_ranking_pool_refused_total",
        "Lists that found no room on the ranking pool (full, late, failed) and came from what is popular"
    );
    describe_connections();
    describe_model();
}

fn describe_connections() {
    metrics::describe_gauge!("freshet_ws_connections", "Connections to live rooms that are open");
    metrics::describe_histogram!(
        "freshet_ws_push_delay_seconds",
        "From when something is told to connections until a worker has written it to the last of its own that read"
    );
    metrics::describe_counter!(
        "freshet_ws_disconnects_total",
        "Connections to live rooms that ended, by code (1000 left, 1006 gone, 3008 read too slowly, …)"
    );
}

fn describe_model() {
    metrics::describe_counter!(
        "freshet_samples_total",
        "Positive events that the model may learn from"
    );
    metrics::describe_counter!(
        "freshet_samples_shed_total",
        "Samples of which less was made because the learner was behind, by how"
    );
    metrics::describe_counter!(
        "freshet_impressions_total",
        "What became of impressions, by outcome, and of events that answer none (organic, gone, foreign, stray)"
    );
    metrics::describe_counter!(
        "freshet_impressions_shed_total",
        "Impressions that were not learned from because the learner was behind, by how"
    );
    describe_features();
    metrics::describe_gauge!(
        "freshet_served_bytes",
        "Memory of the served lists that may still be clicked, with what became of their items"
    );
    metrics::describe_histogram!(
        "freshet_click_wait_seconds",
        "How long clicks came after their impressions, in event time"
    );
    metrics::describe_counter!(
        "freshet_model_impressions_total",
        "Impressions that the click head learned from"
    );
    metrics::describe_gauge!(
        "freshet_click_calibration",
        "Clicks foretold over clicks that came, of the champion's last whole 10,000 impressions; 1 is calibrated"
    );
    metrics::describe_gauge!(
        "freshet_click_calibration_alarm",
        "Whether that ratio is outside 0.9 to 1.1: 1 where it is"
    );
    metrics::describe_gauge!(
        "freshet_click_ready",
        "Whether the click head has proved itself, so that it orders given candidates: 1 where it has"
    );
    metrics::describe_gauge!(
        "freshet_model_backlog_seconds",
        "Work that lies between the shards and the learner"
    );
    metrics::describe_gauge!(
        "freshet_model_age_seconds",
        "For how long something has been learned and not published"
    );
    metrics::describe_histogram!("freshet_model_publish_seconds", "Time of a publication");
    metrics::describe_counter!(
        "freshet_model_refused_total",
        "Samples that were not learned from because something was not a number"
    );
    metrics::describe_counter!(
        "freshet_model_faults_total",
        "Samples that were lost to a fault inside the learner"
    );
    metrics::describe_histogram!(
        "freshet_model_publish_bytes",
        "What learning since the publication before had to copy"
    );
    describe_versions();
}

fn describe_versions() {
    metrics::describe_gauge!(
        "freshet_model_progressive_log_loss",
        "Mean log loss of the newest choices (2,000 to 4,000) or impressions (10,000 to 20,000), each foretold before it was learned from, by version and head"
    );
    metrics::describe_gauge!(
        "freshet_model_auc",
        "How probably what was chosen or clicked was foretold higher than what was not, by version and head"
    );
    metrics::describe_gauge!(
        "freshet_model_calibration",
        "Clicks foretold over clicks, by version"
    );
    metrics::describe_gauge!(
        "freshet_model_learning",
        "1 while the model learns, 0 while it rests"
    );
    metrics::describe_gauge!(
        "freshet_model_canary_share",
        "Share of the users who are served from the challenger"
    );
    metrics::describe_gauge!(
        "freshet_model_user_row_bytes",
        "Users' vectors that a version holds in memory"
    );
    metrics::describe_counter!(
        "freshet_model_notes_total",
        "What happened to the model's versions: promoted, rolled_back, canary_stopped, drift, …"
    );
}

/// What is told of declared features, patterns and model files.
fn describe_features() {
    for (name, what) in [
        ("freshet_feature_updates_total", "Instances of declared features that an event changed"),
        ("freshet_feature_late_total", "Of those, for which some window had closed before"),
        ("freshet_feature_instances_evicted_total", "Instances that gave way to newer ones"),
        (
            "freshet_feature_events_refused_total",
            "Events of instances older than all that are kept",
        ),
        ("freshet_feature_blocks_dropped_total", "What was said of declarations that are no more"),
        ("freshet_pattern_matches_total", "Declared patterns that came true"),
        (
            "freshet_model_files_unreadable_total",
            "Models named by the log whose file cannot be read",
        ),
    ] {
        metrics::describe_counter!(name, what);
    }
}
