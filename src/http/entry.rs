//! What every request passes on its way in and out.
//!
//! In: a request id, the arrival time, browsers' questions, the rules of `guard`, readiness. Out: problem
//! documents with the request's id, CORS headers, a count and a duration.
//!
//! **Invariant:** whatever happened, the answer carries `x-request-id`, and a refusal is a problem document.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::uri::Authority;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};

use super::error::{ApiError, PROBLEM_JSON};
use super::guard::{Call, Declared};
use super::{Shared, cors};
use crate::clock::{Stopwatch, wall_now};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest request id that is taken over.
const REQUEST_ID_BYTES: usize = 128;

/// When a request came and what it is called.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Its id: the caller's own, or one made here.
    pub request_id: String,
    /// Runs since its head was read.
    pub watch: Stopwatch,
}

impl Arrival {
    /// The arrival of a request with `headers`, now.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        Self { request_id: request_id(headers), watch: Stopwatch::start() }
    }
}

/// Lets a request in or refuses it, and finishes its answer.
///
/// # Errors
/// None of its own; what the application raises is rendered before it gets here.
pub async fn pass(
    shared: web::Data<Shared>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let arrival = Arrival::of(request.headers());
    request.extensions_mut().insert(arrival.clone());
    let origin = text(request.headers(), &header::ORIGIN).map(ToOwned::to_owned);
    let answered = match admit(&shared, &request) {
        Ok(Admitted::In) => next.call(request).await?.map_into_boxed_body(),
        Ok(Admitted::Answered(answer)) => request.into_response(answer),
        Err(refusal) => request.into_response(refusal.answer(&arrival.request_id)),
    };
    let mut answered = render(answered, &arrival.request_id);
    let headers = answered.headers_mut();
    cors::admit(&shared.rules, origin.as_deref(), headers);
    if let Ok(id) = HeaderValue::from_str(&arrival.request_id) {
        headers.insert(REQUEST_ID, id);
    }
    measure(&answered, &arrival);
    Ok(answered)
}

enum Admitted {
    In,
    Answered(HttpResponse),
}

fn admit(shared: &Shared, request: &ServiceRequest) -> Result<Admitted, ApiError> {
    let headers = request.headers();
    if cors::is_preflight(request.method(), headers) {
        let origin = text(headers, &header::ORIGIN).unwrap_or_default();
        return cors::preflight(&shared.rules, origin).map(Admitted::Answered);
    }
    let caller = shared.rules.judge(&call_of(request.head()), wall_now())?;
    request.extensions_mut().insert(caller);
    if request.path().starts_with("/v1/") && shared.node.running().is_none() {
        let readiness = shared.node.readiness();
        return Err(ApiError::NotReady { phase: readiness.phase, progress: readiness.progress });
    }
    Ok(Admitted::In)
}

/// What matters of a request with this head.
#[must_use]
pub fn call_of(head: &RequestHead) -> Call<'_> {
    let headers = head.headers();
    let authority = head.uri.authority().map(Authority::as_str);
    Call {
        method: head.method.as_str(),
        path: head.uri.path(),
        host: authority.or_else(|| text(headers, &header::HOST)),
        origin: text(headers, &header::ORIGIN),
        authorization: text(headers, &header::AUTHORIZATION),
        api_key: headers.get("x-api-key").and_then(|value| value.to_str().ok()),
        body: has_body(headers).then(|| Declared {
            content_type: text(headers, &header::CONTENT_TYPE),
            encoding: text(headers, &header::CONTENT_ENCODING),
        }),
    }
}

fn has_body(headers: &HeaderMap) -> bool {
    let length = text(headers, &header::CONTENT_LENGTH);
    headers.contains_key(header::TRANSFER_ENCODING) || length.is_some_and(|length| length != "0")
}

/// Text of a header; one that is not ASCII reads as the empty text, which no rule lets pass.
fn text<'r>(headers: &'r HeaderMap, name: &HeaderName) -> Option<&'r str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

/// Turns what is not a problem document yet into one, and gives each the request's id.
fn render(answered: ServiceResponse, request_id: &str) -> ServiceResponse {
    if !answered.status().is_client_error() && !answered.status().is_server_error() {
        return answered;
    }
    let raised = answered.response().error().and_then(|error| error.as_error::<ApiError>());
    let error = match raised {
        Some(error) => error.clone(),
        None if speaks_json(&answered) => return answered,
        None => ApiError::Framework {
            status: answered.status().as_u16(),
            detail: answered
                .response()
                .error()
                .map_or_else(|| answered.status().to_string(), ToString::to_string),
        },
    };
    if answered.status() == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(request_id, path = answered.request().path(), %error, "a request failed");
    }
    answered.into_response(error.answer(request_id))
}

fn speaks_json(answered: &ServiceResponse) -> bool {
    let media = text(answered.headers(), &header::CONTENT_TYPE).unwrap_or_default();
    media == PROBLEM_JSON || media.starts_with("application/json")
}

fn request_id(headers: &HeaderMap) -> String {
    let given = text(headers, &REQUEST_ID).filter(|id| {
        (1..=REQUEST_ID_BYTES).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
    });
    given.map_or_else(new_request_id, ToOwned::to_owned)
}

fn new_request_id() -> String {
    static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{:016x}", SEED.hash_one(NEXT.fetch_add(1, Ordering::Relaxed)))
}

fn measure(answered: &ServiceResponse, arrival: &Arrival) {
    let route = answered.request().match_pattern().unwrap_or_else(|| "none".to_owned());
    count(&route, answered.response(), arrival);
}

/// Counts an answer and how long it took.
pub fn count<B>(route: &str, answer: &HttpResponse<B>, arrival: &Arrival) {
    let route = route.to_owned();
    let status = answer.status().as_u16().to_string();
    let took = arrival.watch.elapsed().as_secs_f64();
    metrics::counter!("freshet_http_requests_total", "route" => route.clone(), "status" => status)
        .increment(1);
    metrics::histogram!("freshet_http_request_duration_seconds", "route" => route).record(took);
}

#[cfg(test)]
mod tests;
