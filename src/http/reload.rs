//! `POST /v1/config/reload`: features, patterns and `[ranking]` from the configuration as it is now, without a restart.
//!
//! Not here: what changes and how (see `node::reload`).

use std::sync::Arc;

use actix_web::{HttpRequest, web};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Shared;
use super::error::{ApiError, FieldError, Problem};
use super::fields::Fields;
use super::query::{self, Sort};
use crate::node::{Changes, ReloadError, Reloaded};

/// What a reload did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({
    "outcome": "done", "position": "1042",
    "features": {"added": ["shares_10m"], "changed": [], "dropped": []},
    "patterns": {"added": [], "changed": [], "dropped": []},
    "ranking": [], "refilled": [], "needs_restart": ["server.bind"], "filling": ["shares_10m"]
}))]
pub struct ReloadAnswer {
    /// `done`; `unchanged` where everything was so already; `checked` where it was only asked what would be done; `queued`
    /// where it is in the log and some shard takes long to come to it.
    #[schema(value_type = String)]
    pub outcome: &'static str,
    /// The record of the log that brought declarations into force, where there was one.
    pub position: Option<String>,
    /// Features that came, changed and went.
    pub features: ChangesBody,
    /// Patterns that came, changed and went.
    pub patterns: ChangesBody,
    /// Keys of `[ranking]` that changed.
    pub ranking: Vec<String>,
    /// Keys that differ from those of the start and wait for a restart.
    pub needs_restart: Vec<String>,
    /// Features that are declared as before and filled from the log anew, since they come to share what they are kept in with
    /// others, or no longer do. Where the log goes back less far than they do, they lose what was before.
    pub refilled: Vec<String>,
    /// Features that are being filled from the log; `GET /v1/features` tells how far that is.
    pub filling: Vec<String>,
}

/// Names that came, changed and went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChangesBody {
    /// New ones.
    pub added: Vec<String>,
    /// Those that are declared in another way.
    pub changed: Vec<String>,
    /// Those that are no longer declared.
    pub dropped: Vec<String>,
}

impl From<Changes> for ChangesBody {
    fn from(Changes { added, changed, dropped }: Changes) -> Self {
        Self { added, changed, dropped }
    }
}

/// Read the configuration again and bring into force what can change while the node runs.
///
/// That is `[features.*]`, `[patterns.*]` and `[ranking]`. What is wrong is told with file, line and expectation, and
/// then nothing changes.
#[utoipa::path(
    post, path = "/v1/config/reload", operation_id = "reload_config", tag = "operations",
    request_body(content = Option<Object>, description = "Nothing, or {}"),
    params(("dry_run" = Option<bool>, Query, description = "Only tell what would change")),
    responses(
        (status = 200, description = "What was done", body = ReloadAnswer),
        (status = 409, description = "The node has no file to read again", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The configuration has errors; everything is as it was", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The log did not take the record; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    request: HttpRequest,
    shared: web::Data<Shared>,
    body: web::Bytes,
) -> Result<web::Json<ReloadAnswer>, ApiError> {
    if !matches!(body.trim_ascii(), b"" | b"{}") {
        let told = "the body has to be empty or {}: `dry_run` is a parameter of the query";
        return Err(ApiError::field("", "unexpected_body", told));
    }
    let parameters =
        Value::Object(query::object(request.query_string(), &[("dry_run", Sort::Flag)])?);
    let mut fields = Fields::open(&parameters, "", &["dry_run"]).map_err(ApiError::Invalid)?;
    let dry_run = fields.flag("dry_run").unwrap_or(false);
    fields.finish().map_err(ApiError::Invalid)?;
    let node = Arc::clone(&shared.node);
    // On its own: a caller who goes away leaves nothing half done.
    let reloading = actix_web::rt::spawn(async move { node.reload(dry_run).await });
    let stopping = |_| ApiError::NotReady { phase: "stopping", progress: 1.0 };
    let reloaded = reloading.await.map_err(stopping)??;
    Ok(web::Json(ReloadAnswer::of(reloaded, dry_run)))
}

impl ReloadAnswer {
    fn of(reloaded: Reloaded, dry_run: bool) -> Self {
        let nothing = reloaded.features.is_none()
            && reloaded.patterns.is_none()
            && reloaded.ranking.is_empty();
        Self {
            outcome: match (dry_run, nothing) {
                (true, _) => "checked",
                (false, true) => "unchanged",
                (false, false) if !reloaded.is_in_force => "queued",
                (false, false) => "done",
            },
            position: reloaded.position.map(|position| position.to_string()),
            features: reloaded.features.into(),
            patterns: reloaded.patterns.into(),
            ranking: reloaded.ranking,
            needs_restart: reloaded.needs_restart,
            refilled: reloaded.refilled,
            filling: reloaded.filling,
        }
    }
}

impl From<ReloadError> for ApiError {
    fn from(error: ReloadError) -> Self {
        let (status, code, title, errors) = match &error {
            ReloadError::Submit(error) => return Self::Submit(error.clone()),
            ReloadError::NoSource => {
                (409, "not_reloadable", "There is nothing to read again", Vec::new())
            }
            ReloadError::Config(error) => {
                let told = |problem: &config::Problem| {
                    let pointer = format!("/{}", problem.key.replace('.', "/"));
                    FieldError::new(pointer, "invalid_config", problem.to_string())
                };
                let errors = error.problems.iter().map(told).collect();
                (422, "invalid_config", "The configuration has errors", errors)
            }
            ReloadError::Unusable(_) | ReloadError::TooLarge(_) => {
                (422, "invalid_config", "The configuration has errors", Vec::new())
            }
        };
        Self::Stated { status, code, title, detail: error.to_string(), errors }
    }
}
