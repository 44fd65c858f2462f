//! `/v1/import`: rows of a file, each counted once for ever, resumable.
//!
//! A source is a name and a digest of its content; a row is its `source_position`, from 1. One sender
//! sends a source in order and waits for each answer: then everything up to the answered position is
//! safe, a resend of any of it changes nothing, and after an interruption the sender goes on behind the
//! position that the node names.
//!
//! A file can wait where a live stream cannot: a body is taken once the learner has learned from the one before, so that
//! nothing of an import is shed.
//!
//! Not here: reading files and their formats (see `import` in the command line).

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use engine::RecordBody;
use engine::record::Mode;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::Body;
use super::error::{ApiError, Problem};
use super::events::parameters;
use super::intake::{self, Arrived};
use crate::event_log::Draft;
use crate::ingest::dialect::Dialect;
use crate::ingest::fault::Rejected;
use crate::ingest::frame::Framing;
use crate::ingest::limits::ID_BYTES;
use crate::ingest::{Import, identity};
use crate::node::{AckLevel, Node};

/// Samples that the learner may have left when the next body begins. A body of 2,000 rows, as the command line
/// sends, then stays below the backlog at which less is made of samples.
const LEARNER_BEHIND: usize = 32;

/// How long a body waits for the learner: past that samples are shed, as from any stream that is too fast.
const LEARNER_WAIT: Duration = Duration::from_secs(10);

/// What became of the rows of a body.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ImportAnswer {
    /// Rows taken that were new.
    pub accepted: usize,
    /// Rows that were there already.
    pub duplicates: usize,
    /// Rows that were not taken.
    pub rejected: usize,
    /// Why, row by row: `index` counts the lines of this body from 0.
    pub errors: Vec<Rejected>,
    /// Rows of the source that are safe, refused ones included: go on behind this one.
    pub position: u64,
    /// Whether recommendations reflect them.
    pub applied: bool,
    /// Place in the node's log, for `x-freshet-min-position`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_position: Option<String>,
}

/// How far a source has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourceAnswer {
    /// Name of the source.
    pub source: String,
    /// Digest of its content.
    pub digest: String,
    /// Rows that are safe, 0 for none: go on behind this one.
    pub position: u64,
}

/// Takes rows of a source: events as lines, each with its `source_position`.
///
/// # Errors
/// Where nothing of the body can be taken or logged.
#[utoipa::path(
    post,
    path = "/v1/import",
    tag = "import",
    params(
        ("source" = String, Query, description = "Name of the source, 1 to 256 bytes"),
        ("digest" = String, Query, description = "Digest of its content, 1 to 256 bytes: a changed file is another source"),
        ("mode" = Option<String>, Query, description = "`backfill` (default) fills in history behind a live node and moves no trends; `fresh` is for an empty node, event time drives everything"),
    ),
    request_body(content = String, content_type = "application/x-ndjson", description = "Events as lines, in the order of the source"),
    responses(
        (status = 200, description = "Durable and applied", body = ImportAnswer),
        (status = 202, description = "Durable and not applied yet", body = ImportAnswer),
        (status = 400, description = "A parameter is missing or the body is empty", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is past a limit", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The node is fully used or not ready; see Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post_import(
    node: web::Data<Node>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let node = node.into_inner();
    let [source, digest, mode] = parameters(&request, ["source", "digest", "mode"])?;
    let source = source_of(&node, &named("source", source)?, &named("digest", digest)?);
    let import = Import { source, mode: mode_of(mode.as_deref())? };
    let arrived = Arrived {
        bytes: body.0,
        dialect: Dialect::Native,
        framing: Framing::Lines,
        idempotency_key: None,
        import: Some(import),
        origin: 0,
        speaker: None,
    };
    let mut ingested = intake::read(&node, arrived).await?;
    node.learner_has_room(LEARNER_BEHIND, LEARNER_WAIT).await;
    // A resent body must not take back what a later one has reached.
    let position = ingested.last_row.max(node.source_position(source)?);
    let progress = Draft::Ready(RecordBody::SourceProgress { source, position });
    let logged = intake::log(&node, &mut ingested, Some(progress), AckLevel::Applied).await?;
    intake::count(&node, &logged.tally, ingested.rejected.len());
    let answer = ImportAnswer {
        accepted: logged.tally.accepted,
        duplicates: logged.tally.duplicates,
        rejected: ingested.rejected.len(),
        errors: ingested.rejected,
        position,
        applied: logged.applied,
        log_position: logged.position.map(|position| position.to_string()),
    };
    let mut status = if logged.applied { HttpResponse::Ok() } else { HttpResponse::Accepted() };
    Ok(status.json(answer))
}

/// Says how far a source has come, so that its sender can go on.
///
/// # Errors
/// Where a parameter is missing or the log cannot be read.
#[utoipa::path(
    get,
    path = "/v1/import/sources",
    tag = "import",
    params(
        ("source" = String, Query, description = "Name of the source"),
        ("digest" = String, Query, description = "Digest of its content"),
    ),
    responses(
        (status = 200, description = "Rows that are safe", body = SourceAnswer),
        (status = 422, description = "A parameter is missing", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get_source(
    node: web::Data<Node>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let [source, digest] = parameters(&request, ["source", "digest"])?;
    let (source, digest) = (named("source", source)?, named("digest", digest)?);
    let position = node.source_position(source_of(&node, &source, &digest))?;
    Ok(HttpResponse::Ok().json(SourceAnswer { source, digest, position }))
}

fn source_of(node: &Node, source: &str, digest: &str) -> u64 {
    identity::source(&node.key, source, digest)
}

fn named(name: &'static str, value: Option<String>) -> Result<String, ApiError> {
    match value {
        Some(value) if (1..=ID_BYTES).contains(&value.len()) => Ok(value),
        Some(value) => {
            let detail = format!("must have 1 to {ID_BYTES} bytes, not {}", value.len());
            Err(ApiError::field(format!("/{name}"), "invalid_id", detail))
        }
        None => {
            let detail = format!("the query must name the {name}");
            Err(ApiError::field(format!("/{name}"), "missing_field", detail))
        }
    }
}

fn mode_of(name: Option<&str>) -> Result<Mode, ApiError> {
    match name {
        None | Some("backfill") => Ok(Mode::Backfill),
        Some("fresh") => Ok(Mode::Live),
        Some(other) => {
            let other = crate::ingest::fault::shorten(other);
            let detail = format!("`{other}` is neither fresh nor backfill");
            Err(ApiError::field("/mode", "unknown_value", detail))
        }
    }
}
