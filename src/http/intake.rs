//! From the body of a request to acknowledged events: the steps that `/v1/events` and `/v1/import` share.
//!
//! Read (off the worker where the body is large), look on the disk for what may be there already, log
//! the rest, count.
//!
//! Not here: what bodies mean (see `ingest`) and what the answers look like.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use engine::UserId;
use engine::record::Identity;
use engine::rooms::RoomsView;

use super::error::{ApiError, FieldError};
use crate::clock::Stopwatch;
use crate::event_log::Draft;
use crate::ingest::dialect::Dialect;
use crate::ingest::fault::BodyError;
use crate::ingest::frame::Framing;
use crate::ingest::limits::Limits;
use crate::ingest::moment::{ClockRule, Receipt};
use crate::ingest::tally::{Sorted, Tally};
use crate::ingest::{self, Edge, Import, Ingested};
use crate::node::{AckLevel, Node, Position};

/// Bodies up to this many bytes are read on the worker: about half a millisecond of work. Larger ones
/// go to the blocking pool, so that the worker's other requests do not wait for them.
const INLINE_BYTES: usize = 64 * 1024;

/// How close to its receipt an event's own time must be for its id to be sought in memory alone.
///
/// A clock that runs ahead by A makes a resend after A look fresh; the narrower this is, the fewer such resends
/// pass for new. Live events with a right clock arrive within it and need no disk.
const TRUSTED_SKEW_MS: u64 = 10_000;
/// Problems that one answer lists; the rest is counted in its detail.
const LISTED: usize = 100;

/// A body and what came with it.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Unpacked bytes.
    pub bytes: web::Bytes,
    /// The form of its events.
    pub dialect: Dialect,
    /// Whether the sender said that it is lines.
    pub framing: Framing,
    /// The `Idempotency-Key` header.
    pub idempotency_key: Option<String>,
    /// Whether its events are rows of an import.
    pub import: Option<Import>,
    /// Keyed hash of the network that it came from, 0 where it is not known.
    pub origin: u32,
    /// The one user that its sender may speak for, where a token says so.
    pub speaker: Option<UserId>,
}

/// What became of a body's events.
#[derive(Debug)]
pub struct Logged {
    /// Entries by what became of them.
    pub tally: Tally,
    /// Whether all of them are applied.
    pub applied: bool,
    /// What to wait for to see them.
    pub position: Option<Position>,
}

/// Reads a body.
///
/// # Errors
/// Where nothing of it can be taken.
pub async fn read(node: &Arc<Node>, arrived: Arrived) -> Result<Ingested, ApiError> {
    let read = if arrived.bytes.len() <= INLINE_BYTES {
        parse(node, &arrived)
    } else {
        let node = Arc::clone(node);
        let parsed = tokio::task::spawn_blocking(move || parse(&node, &arrived)).await;
        parsed.map_err(|error| ApiError::Framework { status: 500, detail: error.to_string() })?
    };
    read.map_err(|error| of_body(&error))
}

fn parse(node: &Node, arrived: &Arrived) -> Result<Ingested, BodyError> {
    let body = ingest::Body {
        bytes: &arrived.bytes,
        dialect: arrived.dialect,
        framing: arrived.framing,
        idempotency_key: arrived.idempotency_key.as_deref(),
    };
    ingest::ingest(body, &edge(node, arrived, &node.rooms_now()))
}

fn edge<'n>(node: &'n Node, arrived: &'n Arrived, rooms: &'n RoomsView) -> Edge<'n> {
    let config = &node.config;
    let rule = if node.clock.is_event_time() { ClockRule::Event } else { ClockRule::Wall };
    Edge {
        key: node.key,
        shards: node.shards_total,
        types: &node.types,
        names: &node.type_names,
        catalogue: &node.catalogue,
        rooms,
        receipt: Receipt {
            at: node.now(),
            rule,
            tolerance_ms: config.events.future_tolerance_ms,
            trusted_skew_ms: (config.dedup.ram_window_s * 1000 / 2).min(TRUSTED_SKEW_MS),
        },
        limits: limits(node),
        import: arrived.import,
        origin: arrived.origin,
        speaker: arrived.speaker.as_ref().map(UserId::as_str),
    }
}

/// What bodies of events are held to.
#[must_use]
pub fn limits(node: &Node) -> Limits {
    let server = &node.config.server;
    Limits {
        body_bytes: server.max_body_bytes,
        body_events: server.max_body_events,
        event_bytes: server.max_event_bytes,
        depth: server.max_json_depth,
        // More could never get its permit.
        expanded_bytes: node.config.admission.bytes_in_flight,
    }
}

/// Logs what `ingested` holds, and `last` behind it.
///
/// # Errors
/// Where the budget is out, the node is not ready or its log cannot be written.
pub async fn log(
    node: &Arc<Node>,
    ingested: &mut Ingested,
    last: Option<Draft>,
    ack: AckLevel,
) -> Result<Logged, ApiError> {
    let since = Stopwatch::start();
    let known = look_up(node, ingested).await?;
    let resent = known.contains(&true);
    let mut sorted = Sorted::new(ingested, &known);
    let mut drafts = std::mem::take(&mut sorted.drafts);
    drafts.extend(last);
    if drafts.is_empty() {
        // Everything was in the log before: whatever is on disk by now covers it.
        let position = Position(node.durable_through());
        let applied = wait_for(node, position, (ack, since)).await;
        return Ok(Logged { tally: sorted.tally(&[]), applied, position: Some(position) });
    }
    let submitted = node.submit(drafts, ack).await?;
    let tally = sorted.tally(&submitted.outcomes);
    let mut applied = submitted.applied && !tally.set_aside;
    if let (true, true, Some(position)) = (applied, resent, submitted.position) {
        // What was on disk before stands before the rest, but its shard may be behind.
        applied = wait_for(node, position, (ack, since)).await;
    }
    Ok(Logged { tally, applied, position: submitted.position })
}

/// Whether all up to `position` is applied, by the deadline that acknowledgements have since the body was read.
async fn wait_for(node: &Node, position: Position, (ack, since): (AckLevel, Stopwatch)) -> bool {
    let deadline = match ack {
        AckLevel::Applied => Duration::from_millis(node.config.events.apply_deadline_ms),
        AckLevel::Durable | AckLevel::Accepted => Duration::ZERO,
    };
    node.wait_for(position, deadline.saturating_sub(since.elapsed())).await
}

async fn look_up(node: &Arc<Node>, ingested: &Ingested) -> Result<Vec<bool>, ApiError> {
    let asked: Vec<(u64, u64)> = ingested
        .lookups
        .iter()
        .filter_map(|place| match &ingested.drafts[*place] {
            Draft::Event { event, .. } => match event.identity {
                Identity::Id(id) => Some((node.key.user_hash(&event.user), id)),
                Identity::Source { .. } | Identity::None => None,
            },
            _ => None,
        })
        .collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    Ok(node.already_logged(asked).await?)
}

/// Counts a body's events by type and by what became of them.
pub fn count(node: &Node, tally: &Tally, rejected: usize) {
    for ((event_type, fate), events) in &tally.by_type {
        let kind = event_type.map_or("", |id| node.type_names.canonical(id)).to_owned();
        metrics::counter!("freshet_events_ingested_total", "type" => kind, "result" => fate.name())
            .increment(*events);
    }
    if 0 < rejected {
        // A refused event has no type worth a label: whoever sends it chooses the text.
        metrics::counter!("freshet_events_ingested_total", "type" => "", "result" => "rejected")
            .increment(rejected as u64);
    }
}

fn of_body(error: &BodyError) -> ApiError {
    let errors = match error.pointer() {
        "" => Vec::new(),
        pointer => vec![FieldError::new(pointer, error.code(), error.to_string())],
    };
    ApiError::Stated {
        status: error.status(),
        code: error.code(),
        title: "The body cannot be taken",
        detail: error.to_string(),
        errors,
    }
}

/// The answer where not one event of a body was good.
#[must_use]
pub fn none_taken(ingested: &Ingested) -> ApiError {
    let at = |index: usize, pointer: &str| {
        if ingested.single {
            pointer.to_owned()
        } else {
            format!("{}/{index}{pointer}", ingested.list)
        }
    };
    let listed = ingested.rejected.iter().take(LISTED);
    let errors: Vec<FieldError> = listed
        .map(|one| FieldError::new(at(one.index, &one.pointer), one.code, one.detail.clone()))
        .collect();
    let (code, detail) = match ingested.rejected.as_slice() {
        [one] if ingested.single => (one.code, format!("{}: {}", one.pointer, one.detail)),
        all => ("no_event_taken", format!("not one of {} events was good", all.len())),
    };
    let detail = detail.trim_start_matches(": ").to_owned();
    ApiError::Stated { status: 422, code, title: "No event was taken", detail, errors }
}
