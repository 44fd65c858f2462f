//! What operators and orchestrators ask: probes, metrics, version, a checkpoint, the records set aside.
//!
//! `/livez` says that the process answers; `/readyz` that it takes traffic; `/healthz` is `/readyz` under
//! the name that older tools know.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::error::{ApiError, Problem};
use super::recommendations::answer::millis;

const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// That the process answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Alive {
    /// Always `ok`.
    #[schema(value_type = String)]
    pub status: &'static str,
}

/// Whether the node takes traffic.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"ready": false, "phase": "recovering", "progress": 0.4, "reasons": ["the log is being replayed"]}))]
pub struct Ready {
    /// Whether it does.
    pub ready: bool,
    /// `opening`, `recovering`, `serving` or `stopping`.
    #[schema(value_type = String)]
    pub phase: &'static str,
    /// Share of the phase that is done, 0 to 1.
    pub progress: f64,
    /// Why it does not.
    pub reasons: Vec<String>,
}

/// What is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Version {
    /// The program.
    #[schema(value_type = String)]
    pub name: &'static str,
    /// Its version.
    #[schema(value_type = String)]
    pub version: &'static str,
}

/// A checkpoint that was taken.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Checkpoint {
    /// Sequence of the commit at which the state was taken.
    pub cut: u64,
    /// Bytes that were written; 0 where nothing had changed.
    pub bytes: u64,
    /// Milliseconds that it took.
    pub took_ms: f64,
}

/// Records that are skipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SetAside {
    /// Records that brought their shard down twice and are skipped by every replay, oldest first.
    pub records: Vec<SetAsideRecord>,
}

/// One record that is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SetAsideRecord {
    /// Its sequence in the log.
    pub sequence: u64,
}

/// Whether the process answers.
#[utoipa::path(get, path = "/livez", tag = "operations",
    responses((status = 200, description = "It does", body = Alive)))]
pub async fn livez() -> web::Json<Alive> {
    web::Json(Alive { status: "ok" })
}

/// Whether the node takes traffic, and if not, how far it is.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses(
        (status = 200, description = "It does", body = Ready),
        (status = 503, description = "Not yet, or no more", body = Ready),
    ))]
pub async fn readyz(shared: web::Data<Shared>) -> HttpResponse {
    ready(&shared)
}

/// The same as `/readyz`.
#[utoipa::path(get, path = "/healthz", tag = "operations",
    responses(
        (status = 200, description = "The node takes traffic", body = Ready),
        (status = 503, description = "Not yet, or no more", body = Ready),
    ))]
pub async fn healthz(shared: web::Data<Shared>) -> HttpResponse {
    ready(&shared)
}

fn ready(shared: &Shared) -> HttpResponse {
    let readiness = shared.node.readiness();
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    HttpResponse::build(status).json(Ready {
        ready: readiness.ready,
        phase: readiness.phase,
        progress: readiness.progress,
        reasons: readiness.reasons,
    })
}

/// All metrics in Prometheus' text form.
///
/// Needs the API key where one is set, from this machine too.
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "The metrics", body = String, content_type = "text/plain")))]
pub async fn metrics(shared: web::Data<Shared>) -> HttpResponse {
    HttpResponse::Ok().content_type(PROMETHEUS_TEXT).body(shared.node.render_metrics())
}

/// What is running.
#[utoipa::path(get, path = "/version", tag = "operations",
    responses((status = 200, description = "Name and version", body = Version)))]
pub async fn version() -> web::Json<Version> {
    web::Json(Version { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") })
}

/// Take a checkpoint now.
#[utoipa::path(post, path = "/v1/checkpoints", operation_id = "take_checkpoint", tag = "operations",
    responses(
        (status = 200, description = "It was taken", body = Checkpoint),
        (status = 503, description = "It was not; the one before is still whole", body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn checkpoint(shared: web::Data<Shared>) -> Result<web::Json<Checkpoint>, ApiError> {
    let report = shared.node.checkpoint().await?;
    Ok(web::Json(Checkpoint {
        cut: report.cut.0,
        bytes: report.bytes,
        took_ms: millis(report.took.as_secs_f64()),
    }))
}

/// Records that are skipped because they brought their shard down twice.
#[utoipa::path(get, path = "/v1/log/set-aside", operation_id = "list_set_aside", tag = "operations",
    responses((status = 200, description = "The records, oldest first", body = SetAside)))]
pub async fn set_aside(shared: web::Data<Shared>) -> web::Json<SetAside> {
    let records = shared.node.set_aside().into_iter();
    let records = records.map(|sequence| SetAsideRecord { sequence: sequence.0 }).collect();
    web::Json(SetAside { records })
}
