//! `POST /v1/events`: what users did, in any form that the interface names.
//!
//! 200 means durable and applied: the next recommendation for that user reflects it, on any connection.
//! 202 means durable (or queued, where that was asked for) and not applied yet, or set aside.
//!
//! Not here: reading bodies (`ingest`), logging (`intake`).

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::Body;
use super::error::{ApiError, Problem};
use super::intake::{self, Arrived, Logged};
use super::{origin, speaker};
use crate::clock::Stopwatch;
use crate::ingest::Ingested;
use crate::ingest::dialect::choose;
use crate::ingest::fault::{Rejected, Warning};
use crate::ingest::names::nearest;
use crate::ingest::tally::Tally;
use crate::node::{AckLevel, Node};

/// What became of the events of a body.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "accepted": 1, "duplicates": 0, "rejected": [], "warnings": [], "applied": true, "position": "p1-42"
}))]
pub struct EventsAnswer {
    /// Events taken that were new.
    pub accepted: usize,
    /// Events that were there already and changed nothing.
    pub duplicates: usize,
    /// Events that were not taken, with the reason of each.
    pub rejected: Vec<Rejected>,
    /// What was done to events that were taken.
    pub warnings: Vec<Warning>,
    /// Whether the next recommendation reflects them.
    pub applied: bool,
    /// Place in the log; give it back as `x-freshet-min-position` to read not before it is applied. Left
    /// out where the answer did not wait for the disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// Events taken that have neither id nor time and count again when they are sent again.
    #[serde(skip_serializing_if = "is_zero")]
    pub undeduplicated: usize,
    /// Whether an event brought its shard down twice: it is kept and never applied.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub set_aside: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Takes events.
///
/// One object, an array, lines (`application/x-ndjson`), `{"sent_at": …, "events": […]}`, CloudEvents, or
/// by `format` a whole Segment or GA4 body. Good events of a list are taken, bad ones come back by index. A user's token
/// (`Authorization: Bearer`) takes events of its own user; what names nobody is theirs. JSON as `text/plain`, which pages can send
/// by `sendBeacon` as they go away, is taken from the node's own pages and the origins of `server.origins`.
///
/// # Errors
/// Where not one event was good, or nothing could be logged.
#[utoipa::path(
    post,
    path = "/v1/events",
    tag = "events",
    params(
        ("format" = Option<String>, Query, description = "Form of a foreign body: `segment`, `ga4` or `cloudevents`"),
        ("ack" = Option<String>, Query, description = "What the answer waits for: `applied` (default), `durable`, `accepted` (queued; a crash in the next milliseconds loses it)"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a body without event ids the same body when it is sent again, 1 to 256 bytes"),
    ),
    request_body(
        description = "One event, an array of them, or lines",
        content(
            (crate::http::event_schema::EventBody = "application/json",
             example = json!({"user_id": "u123", "item_id": "v456", "event": "click", "ts": 1_700_000_000})),
            (String = "application/x-ndjson"),
            (String = "text/plain"),
            (Object = "application/cloudevents+json"),
            (Object = "application/cloudevents-batch+json")
        )
    ),
    responses(
        (status = 200, description = "Durable and applied", body = EventsAnswer),
        (status = 202, description = "Durable and not applied yet, or only queued where that was asked for", body = EventsAnswer),
        (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The token is another user's than the event's", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is past a limit", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not one event was good", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The node is fully used or not ready; see Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post_events(
    node: web::Data<Node>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let received = Stopwatch::start();
    let node = node.into_inner();
    let [format, ack] = parameters(&request, ["format", "ack"])?;
    let ack = ack_level(ack.as_deref())?;
    let arrived = arrived(&node, &request, body, format.as_deref())?;
    let speaker = arrived.speaker.clone();
    let mut ingested = intake::read(&node, arrived).await?;
    if let Some(own) = &speaker {
        speaker::hold(own, &ingested)?;
        speaker::hold_to_rooms(&request, &ingested)?;
    }
    if ingested.drafts.is_empty() {
        intake::count(&node, &Tally::default(), ingested.rejected.len());
        return Err(intake::none_taken(&ingested));
    }
    let logged = intake::log(&node, &mut ingested, None, ack).await?;
    intake::count(&node, &logged.tally, ingested.rejected.len());
    if logged.applied && 0 < logged.tally.accepted {
        let took = received.elapsed().as_secs_f64();
        metrics::histogram!("freshet_event_to_effect_seconds").record(took);
    }
    Ok(answer(ingested, &logged))
}

fn answer(ingested: Ingested, logged: &Logged) -> HttpResponse {
    let body = EventsAnswer {
        accepted: logged.tally.accepted,
        duplicates: logged.tally.duplicates,
        rejected: ingested.rejected,
        warnings: ingested.warnings,
        applied: logged.applied,
        position: logged.position.map(|position| position.to_string()),
        undeduplicated: ingested.undeduplicated,
        set_aside: logged.tally.set_aside,
    };
    if logged.applied { HttpResponse::Ok().json(body) } else { HttpResponse::Accepted().json(body) }
}

fn arrived(
    node: &Node,
    request: &HttpRequest,
    body: Body,
    format: Option<&str>,
) -> Result<Arrived, ApiError> {
    let (dialect, framing) = choose(header(request, "content-type")?, format)
        .map_err(|error| ApiError::field("/format", error.code(), error.to_string()))?;
    let idempotency_key = header(request, "idempotency-key")?.map(ToOwned::to_owned);
    let origin = origin::of(request, &node.config.server, &node.key);
    Ok(Arrived {
        bytes: body.0,
        dialect,
        framing,
        idempotency_key,
        import: None,
        origin,
        speaker: speaker::of(request),
    })
}

fn header<'r>(request: &'r HttpRequest, name: &'static str) -> Result<Option<&'r str>, ApiError> {
    let unreadable = |_| ApiError::BadHeader { name, reason: "is not ASCII text".to_owned() };
    request.headers().get(name).map(|value| value.to_str().map_err(unreadable)).transpose()
}

fn ack_level(name: Option<&str>) -> Result<AckLevel, ApiError> {
    match name {
        None | Some("applied") => Ok(AckLevel::Applied),
        Some("durable") => Ok(AckLevel::Durable),
        Some("accepted") => Ok(AckLevel::Accepted),
        Some(other) => {
            let near = nearest(other, ["applied", "durable", "accepted"].into_iter());
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let other = crate::ingest::fault::shorten(other);
            let detail = format!("`{other}` is none of applied, durable, accepted{near}");
            Err(ApiError::field("/ack", "unknown_value", detail))
        }
    }
}

/// The query's parameters called `known`, in their order.
///
/// # Errors
/// Where the query cannot be read, or has another parameter or one twice.
pub fn parameters<const N: usize>(
    request: &HttpRequest,
    known: [&str; N],
) -> Result<[Option<String>; N], ApiError> {
    let mut found = [const { None }; N];
    for (name, value) in super::query::object(request.query_string(), &[])? {
        let Some(place) = known.iter().position(|known| **known == name) else {
            let near = nearest(&name, known.iter().copied());
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let detail =
                format!("`{}` is not known here{near}", crate::ingest::fault::shorten(&name));
            let pointer = crate::ingest::pointer::join("", &name);
            return Err(ApiError::field(pointer, "unknown_field", detail));
        };
        found[place] = value.as_str().map(ToOwned::to_owned);
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
