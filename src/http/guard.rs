//! Who may call: API key, host, origin, content type.
//!
//! With a key set, the key decides. Without one, whoever reaches the port may call, and the danger is a
//! web page that the developer has open: it can send requests to localhost. So the host must be one
//! that no foreign name server can point here, an origin must be allowed or the node's own, and a body
//! must be declared as JSON, which a page cannot do across origins without asking first.
//!
//! **Invariant:** probes (`/livez`, `/readyz`, `/healthz`), `/version`, the description and its pages need
//! no key; everything else does when one is set, `/metrics` too (a proxy on the same machine would
//! make every caller look local, so loopback is no excuse).
//!
//! Not here: reading requests. A [`Call`] is what matters of one.

use std::net::IpAddr;

use config::{Secret, ServerConfig};

use super::error::ApiError;
use super::models::transfer::SAFETENSORS;

/// Paths that answer without a key.
const OPEN: [&str; 7] =
    ["/livez", "/readyz", "/healthz", "/version", "/openapi.json", "/docs", "/docs/"];

/// Where the file of a model may be sent, declared as what no page can send across origins without asking.
const MODELS: &str = "/v1/models/";

/// Who may call this node.
#[derive(Clone, Debug)]
pub struct Rules {
    key: Option<Secret>,
    origins: Vec<String>,
}

/// What matters of a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Call<'r> {
    /// Its path.
    pub path: &'r str,
    /// `Host`.
    pub host: Option<&'r str>,
    /// `Origin`.
    pub origin: Option<&'r str>,
    /// `Authorization`.
    pub authorization: Option<&'r str>,
    /// `x-api-key`.
    pub api_key: Option<&'r str>,
    /// What the body is said to be; `None` where there is no body.
    pub body: Option<Declared<'r>>,
}

/// What a body is said to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Declared<'r> {
    /// `Content-Type`.
    pub content_type: Option<&'r str>,
    /// `Content-Encoding`.
    pub encoding: Option<&'r str>,
}

impl Rules {
    /// The rules that the configuration makes.
    #[must_use]
    pub fn new(server: &ServerConfig) -> Self {
        let origins =
            server.origins.iter().map(|origin| origin.trim_end_matches('/').to_lowercase());
        Self { key: server.api_key.clone(), origins: origins.collect() }
    }

    /// Whether pages of `origin` may read answers.
    #[must_use]
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
    }

    /// Whether `call` may go on.
    ///
    /// # Errors
    /// The reason why not.
    pub fn judge(&self, call: &Call<'_>) -> Result<(), ApiError> {
        match &self.key {
            Some(key) => check_key(key.expose(), call)?,
            None => self.check_browser(call)?,
        }
        let takes_models = call.path.starts_with(MODELS);
        call.body.map_or(Ok(()), |body| {
            if takes_models && is_model(&body) { Ok(()) } else { check_body(&body) }
        })
    }

    fn check_browser(&self, call: &Call<'_>) -> Result<(), ApiError> {
        let host = call.host.unwrap_or_default();
        if !self.trusts_host(host) {
            return Err(ApiError::HostRefused { host: host.to_owned() });
        }
        match call.origin {
            Some(origin) if !self.allows_origin(origin) && !same_origin(origin, host) => {
                Err(ApiError::OriginRefused { origin: origin.to_owned() })
            }
            _ => Ok(()),
        }
    }

    fn trusts_host(&self, host: &str) -> bool {
        let name = without_port(host);
        let address = name.trim_start_matches('[').trim_end_matches(']');
        name.eq_ignore_ascii_case("localhost")
            || address.parse::<IpAddr>().is_ok()
            || self.origins.iter().any(|origin| {
                let allowed = origin.split_once("://").map_or(origin.as_str(), |(_, rest)| rest);
                without_port(allowed).eq_ignore_ascii_case(name)
            })
    }
}

fn same_origin(origin: &str, host: &str) -> bool {
    origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    }
}

fn check_key(key: &str, call: &Call<'_>) -> Result<(), ApiError> {
    if OPEN.contains(&call.path) || call.path.starts_with("/docs/") {
        return Ok(());
    }
    let bearer = call.authorization.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let mut given = bearer.into_iter().chain(call.api_key).peekable();
    if given.peek().is_none() {
        return Err(ApiError::KeyMissing);
    }
    if given.any(|given| same_secret(given, key)) { Ok(()) } else { Err(ApiError::KeyWrong) }
}

/// Compares in a time that depends on the length of what was given, not on how much of it is right.
fn same_secret(given: &str, key: &str) -> bool {
    let (given, key) = (given.as_bytes(), key.as_bytes());
    let mut difference = u8::from(given.len() != key.len());
    for (place, byte) in given.iter().enumerate() {
        let other = key.get(place % key.len().max(1)).copied().unwrap_or_default();
        difference = std::hint::black_box(difference | (byte ^ other));
    }
    difference == 0
}

/// Whether it is declared as the file of a model, and not packed.
fn is_model(body: &Declared<'_>) -> bool {
    let media = body.content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let plain = body.encoding.is_none_or(|encoding| encoding.eq_ignore_ascii_case("identity"));
    plain && SAFETENSORS.iter().any(|known| known.eq_ignore_ascii_case(media))
}

fn check_body(body: &Declared<'_>) -> Result<(), ApiError> {
    let found = body.content_type.unwrap_or("none");
    let media = found.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let json = media == "application/json"
        || (media.starts_with("application/") && media.ends_with("+json"))
        || ["application/x-ndjson", "application/ndjson", "application/jsonl"]
            .contains(&media.as_str());
    if !json {
        return Err(ApiError::ContentType { found: super::fields::shorten(found) });
    }
    let encoding = body.encoding.unwrap_or("identity").trim().to_ascii_lowercase();
    if ["identity", "gzip", "x-gzip", "deflate"].contains(&encoding.as_str()) {
        return Ok(());
    }
    Err(ApiError::Encoding { found: super::fields::shorten(&encoding) })
}

#[cfg(test)]
mod tests;
