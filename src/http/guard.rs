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
//! **Invariant:** where a key is set, a user's token opens [`publishable`] paths and nothing else, and what it opens speaks for
//! its user alone: whoever is let in by one is a [`Caller::Own`]. Live connections bring their token to the session, so they
//! pass here without a key; a page of a foreign origin never does.
//!
//! Not here: reading requests. A [`Call`] is what matters of one.

use std::net::IpAddr;
use std::sync::Arc;

use config::{Secret, ServerConfig};
use engine::Timestamp;

use super::error::ApiError;
use super::models::transfer::SAFETENSORS;
use crate::tokens::{Claims, Tokens};

/// Paths that answer without a key: probes, descriptions, pages.
const OPEN: [&str; 7] =
    ["/livez", "/readyz", "/healthz", "/version", "/openapi.json", "/asyncapi.json", "/docs"];
/// Folders of pages.
const PAGES: [&str; 2] = ["/docs/", "/demo/"];

/// Where events go.
const EVENTS: &str = "/v1/events";
/// Where lists are asked for.
const RECOMMENDATIONS: &str = "/v1/recommendations";

/// Where the file of a model may be sent, declared as what no page can send across origins without asking.
const MODELS: &str = "/v1/models/";

/// Who may call this node.
#[derive(Clone, Debug)]
pub struct Rules {
    key: Option<Secret>,
    origins: Vec<String>,
    tokens: Arc<Tokens>,
}

/// For whom a caller may speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// For everybody: a server, or anybody where no key is set.
    Any,
    /// For the user of a token.
    Own(Claims),
}

/// What matters of a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Call<'r> {
    /// Its method.
    pub method: &'r str,
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
    pub fn new(server: &ServerConfig, tokens: Arc<Tokens>) -> Self {
        let origins =
            server.origins.iter().map(|origin| origin.trim_end_matches('/').to_lowercase());
        Self { key: server.api_key.clone(), origins: origins.collect(), tokens }
    }

    /// Whether pages of `origin` may read answers.
    #[must_use]
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
    }

    /// Whether `call` may go on, and for whom it speaks. Tokens are judged at `now`, by the wall clock.
    ///
    /// # Errors
    /// The reason why not.
    pub fn judge(&self, call: &Call<'_>, now: Timestamp) -> Result<Caller, ApiError> {
        let caller = match &self.key {
            Some(_) if is_live(call.path) => {
                self.check_origin(call)?;
                Caller::Any
            }
            Some(key) => self.check_key(key.expose(), call, now)?,
            None => {
                self.check_browser(call)?;
                Caller::Any
            }
        };
        let takes_models = call.path.starts_with(MODELS);
        match call.body {
            Some(body) if takes_models && is_model(&body) => {}
            Some(body) if self.is_beacon(call, &body) => {}
            Some(body) => check_body(&body)?,
            None => {}
        }
        Ok(caller)
    }

    /// Whether it is what a page sends as it goes away: a plain text, which needs no question before it across origins. It
    /// says where it comes from, and is taken from origins that may call alone.
    fn is_beacon(&self, call: &Call<'_>, body: &Declared<'_>) -> bool {
        let host = call.host.unwrap_or_default();
        let known = |origin: &str| self.allows_origin(origin) || same_origin(origin, host);
        let media = media(body.content_type.unwrap_or_default());
        call.path == EVENTS && media == "text/plain" && call.origin.is_some_and(known)
    }

    fn check_browser(&self, call: &Call<'_>) -> Result<(), ApiError> {
        let host = call.host.unwrap_or_default();
        if !self.trusts_host(host) {
            return Err(ApiError::HostRefused { host: host.to_owned() });
        }
        self.check_origin(call)
    }

    fn check_origin(&self, call: &Call<'_>) -> Result<(), ApiError> {
        let host = call.host.unwrap_or_default();
        match call.origin {
            Some(origin) if !self.allows_origin(origin) && !same_origin(origin, host) => {
                Err(ApiError::OriginRefused { origin: origin.to_owned() })
            }
            _ => Ok(()),
        }
    }

    fn check_key(&self, key: &str, call: &Call<'_>, now: Timestamp) -> Result<Caller, ApiError> {
        if OPEN.contains(&call.path) || PAGES.iter().any(|pages| call.path.starts_with(pages)) {
            return Ok(Caller::Any);
        }
        let bearer = call.authorization.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        let mut given = bearer.into_iter().chain(call.api_key).peekable();
        if given.peek().is_none() {
            return Err(ApiError::KeyMissing);
        }
        if given.any(|given| same_secret(given, key)) {
            return Ok(Caller::Any);
        }
        match bearer.filter(|bearer| self.tokens.can_be_checked() && is_token(bearer)) {
            Some(token) if publishable(call) => Ok(Caller::Own(self.tokens.check(token, now)?)),
            Some(_) => Err(ApiError::NotPublishable { path: call.path.to_owned() }),
            None => Err(ApiError::KeyWrong),
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

/// Whether it is a call that a user's token is enough for: events, and lists of recommendations.
fn publishable(call: &Call<'_>) -> bool {
    let of_user = || {
        let rest = call.path.strip_prefix("/v1/users/")?.strip_suffix("/recommendations")?;
        Some(!rest.contains('/'))
    };
    match call.method {
        "POST" => call.path == EVENTS || call.path == RECOMMENDATIONS,
        "GET" | "HEAD" => of_user() == Some(true),
        _ => false,
    }
}

/// Whether it is a live connection, whose session asks for a token itself.
fn is_live(path: &str) -> bool {
    let stream = || path.strip_prefix("/v1/rooms/")?.strip_suffix("/stream");
    path == "/v1/ws" || stream().is_some_and(|room| !room.contains('/'))
}

/// Whether it has the form of a user's token.
fn is_token(bearer: &str) -> bool {
    bearer.split('.').count() == 3
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
    let media = media(body.content_type.unwrap_or_default());
    let plain = body.encoding.is_none_or(|encoding| encoding.eq_ignore_ascii_case("identity"));
    plain && SAFETENSORS.iter().any(|known| known.eq_ignore_ascii_case(&media))
}

/// The media type of a content type.
fn media(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn check_body(body: &Declared<'_>) -> Result<(), ApiError> {
    let found = body.content_type.unwrap_or("none");
    let media = media(found);
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
