//! Answers to browsers that ask whether a page of another origin may call.
//!
//! **Invariant:** only origins of `server.origins` are told yes; cookies are never let in.
//!
//! Not here: whether the call itself is let in (see `guard`).

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::error::ApiError;
use super::guard::Rules;

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const REQUEST_HEADERS: &str = "authorization, content-encoding, content-type, idempotency-key, \
                               x-api-key, x-deadline-ms, x-freshet-min-position, x-request-id";
const ANSWER_HEADERS: &str = "retry-after, x-request-id";
/// Seconds for which a browser may remember the answer.
const MAX_AGE_S: u32 = 600;

/// Whether the request with `method` and `headers` is a browser's question.
#[must_use]
pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to a browser's question.
///
/// # Errors
/// [`ApiError::OriginRefused`] where the origin is not allowed.
pub fn preflight(rules: &Rules, origin: &str) -> Result<HttpResponse, ApiError> {
    if !rules.allows_origin(origin) {
        return Err(ApiError::OriginRefused { origin: origin.to_owned() });
    }
    let private_network = HeaderName::from_static("access-control-allow-private-network");
    Ok(HttpResponse::NoContent()
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, METHODS))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, MAX_AGE_S))
        .insert_header((private_network, "true"))
        .finish())
}

/// Lets pages of `origin` read the answer with `headers`, where they may.
pub fn admit(rules: &Rules, origin: Option<&str>, headers: &mut HeaderMap) {
    let Some(origin) = origin.filter(|origin| rules.allows_origin(origin)) else { return };
    let Ok(origin) = HeaderValue::from_str(origin) else { return };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    let exposed = HeaderValue::from_static(ANSWER_HEADERS);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}
