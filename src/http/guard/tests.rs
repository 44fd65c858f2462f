use config::Config;

use super::*;

fn rules(key: &str, origins: &[&str]) -> Rules {
    let mut server = Config::default().server;
    server.api_key = (!key.is_empty()).then(|| Secret::new(key));
    server.origins = origins.iter().map(ToString::to_string).collect();
    let mut config = Config { server, ..Config::default() };
    config.auth.token_secret = Some(Secret::new(TOKENS));
    Rules::new(&config.server, Arc::new(Tokens::of(&config).unwrap()))
}

const TOKENS: &str = "a secret of thirty-two bytes, or more";
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn claims(exp_s: u64) -> Claims {
    let exp = Some(Timestamp::from_millis(exp_s * 1_000));
    Claims { sub: engine::UserId::new("u1"), exp, rooms: None }
}

/// A call as a program on this machine would make it.
fn local() -> Call<'static> {
    Call { path: "/v1/items/a", host: Some("127.0.0.1:7070"), ..Call::default() }
}

fn code(judged: Result<Caller, ApiError>) -> &'static str {
    judged.map_or_else(|error| error.meaning().code, |_| "")
}

#[test]
fn without_a_key_only_hosts_that_no_name_server_can_forge_are_answered() {
    let rules = rules("", &["https://shop.example"]);
    for (host, expected) in [
        ("127.0.0.1:7070", ""),
        ("localhost", ""),
        ("LOCALHOST:80", ""),
        ("[::1]:7070", ""),
        ("10.0.0.7", ""),
        ("shop.example:7070", ""),
        ("evil.example:7070", "host_refused"),
        ("localhost.evil.example", "host_refused"),
        ("", "host_refused"),
    ] {
        assert_eq!(
            code(rules.judge(&Call { host: Some(host), ..local() }, NOW)),
            expected,
            "{host}"
        );
    }
    assert_eq!(code(rules.judge(&Call { host: None, ..local() }, NOW)), "host_refused");
}

#[test]
fn without_a_key_only_listed_origins_and_the_nodes_own_pages_may_call() {
    let rules = rules("", &["https://shop.example/"]);
    for (origin, expected) in [
        ("https://shop.example", ""),
        ("http://127.0.0.1:7070", ""),
        ("http://127.0.0.1:8080", "origin_refused"),
        ("http://shop.example", "origin_refused"),
        ("https://evil.example", "origin_refused"),
        ("null", "origin_refused"),
    ] {
        assert_eq!(
            code(rules.judge(&Call { origin: Some(origin), ..local() }, NOW)),
            expected,
            "{origin}"
        );
    }
}

#[test]
fn with_a_key_the_key_decides() {
    let rules = rules("sesame", &[]);
    let named = Call { host: Some("node.example"), origin: Some("https://any.example"), ..local() };
    assert_eq!(code(rules.judge(&named, NOW)), "api_key_missing");
    for (authorization, api_key, expected) in [
        (Some("Bearer sesame"), None, ""),
        (Some("bearer  sesame"), None, ""),
        (None, Some("sesame"), ""),
        (Some("Basic eDp5"), Some("sesame"), ""),
        (Some("Basic eDp5"), None, "api_key_missing"),
        (Some("Bearer sesam"), None, "api_key_wrong"),
        (Some("Bearer sesamesesame"), None, "api_key_wrong"),
        (Some("Bearer "), None, "api_key_wrong"),
        (None, Some("SESAME"), "api_key_wrong"),
    ] {
        let call = Call { authorization, api_key, ..named };
        assert_eq!(code(rules.judge(&call, NOW)), expected, "{authorization:?} {api_key:?}");
    }
}

#[test]
fn probes_and_pages_need_no_key_but_metrics_do() {
    let rules = rules("sesame", &[]);
    for path in [
        "/livez",
        "/readyz",
        "/healthz",
        "/version",
        "/openapi.json",
        "/asyncapi.json",
        "/docs",
        "/docs/index.css",
        "/demo/live",
        "/demo/freshet.js",
    ] {
        assert_eq!(code(rules.judge(&Call { path, ..local() }, NOW)), "", "{path}");
    }
    for path in ["/metrics", "/v1/items", "/docsx", "/nothing"] {
        assert_eq!(code(rules.judge(&Call { path, ..local() }, NOW)), "api_key_missing", "{path}");
    }
}

#[test]
fn a_body_must_say_that_it_is_json() {
    let rules = rules("", &[]);
    for (content_type, expected) in [
        (Some("application/json"), ""),
        (Some("Application/JSON; charset=utf-8"), ""),
        (Some("application/cloudevents+json"), ""),
        (Some("application/x-ndjson"), ""),
        (Some("text/plain"), "unsupported_media_type"),
        (Some("application/x-www-form-urlencoded"), "unsupported_media_type"),
        (Some("text/plain;application/json"), "unsupported_media_type"),
        (None, "unsupported_media_type"),
    ] {
        let body = Some(Declared { content_type, encoding: None });
        assert_eq!(code(rules.judge(&Call { body, ..local() }, NOW)), expected, "{content_type:?}");
    }
}

#[test]
fn a_body_may_be_packed_by_gzip_but_not_by_what_is_not_understood() {
    let rules = rules("", &[]);
    for (encoding, expected) in [("gzip", ""), ("identity", ""), ("br", "unsupported_encoding")] {
        let body = Declared { content_type: Some("application/json"), encoding: Some(encoding) };
        let call = Call { body: Some(body), ..local() };
        assert_eq!(code(rules.judge(&call, NOW)), expected, "{encoding}");
    }
}

#[test]
fn a_users_token_opens_events_and_recommendations_and_nothing_else() {
    let rules = rules("sesame", &[]);
    let token = rules.tokens.mint(&claims(1_700_000_060)).unwrap();
    let bearer = format!("Bearer {token}");
    let call = |method, path| Call { method, path, authorization: Some(&bearer), ..local() };
    for (method, path) in [
        ("POST", "/v1/events"),
        ("POST", "/v1/recommendations"),
        ("GET", "/v1/users/u1/recommendations"),
    ] {
        let judged = rules.judge(&call(method, path), NOW);
        assert_eq!(judged, Ok(Caller::Own(claims(1_700_000_060))), "{method} {path}");
    }
    for (method, path) in [
        ("GET", "/v1/users/u1"),
        ("GET", "/v1/users/u1/recommendations/x"),
        ("GET", "/v1/users/u1/x/recommendations"),
        ("DELETE", "/v1/events"),
        ("POST", "/v1/import"),
        ("POST", "/v1/tokens"),
        ("PUT", "/v1/items/a"),
        ("GET", "/metrics"),
    ] {
        assert_eq!(
            code(rules.judge(&call(method, path), NOW)),
            "api_key_needed",
            "{method} {path}"
        );
    }
    let as_key = Call { api_key: Some(&token), ..call("POST", "/v1/events") };
    let as_key = Call { authorization: None, ..as_key };
    assert_eq!(code(rules.judge(&as_key, NOW)), "api_key_wrong");
}

#[test]
fn a_token_that_is_not_good_opens_nothing() {
    let rules = rules("sesame", &[]);
    let over = format!("Bearer {}", rules.tokens.mint(&claims(1_600_000_000)).unwrap());
    for (authorization, expected) in [
        (over.as_str(), "token_expired"),
        ("Bearer a.b.c", "token_refused"),
        ("Bearer a.b", "api_key_wrong"),
    ] {
        let call = Call {
            method: "POST",
            path: "/v1/events",
            authorization: Some(authorization),
            ..local()
        };
        assert_eq!(code(rules.judge(&call, NOW)), expected, "{authorization}");
    }
}

#[test]
fn without_a_key_a_token_is_not_asked_for() {
    let call = Call { path: "/v1/items", authorization: Some("Bearer a.b.c"), ..local() };
    assert_eq!(rules("", &[]).judge(&call, NOW), Ok(Caller::Any));
}

#[test]
fn live_connections_need_no_key_here_but_a_known_origin() {
    let rules = rules("sesame", &["https://shop.example"]);
    for (path, origin, expected) in [
        ("/v1/ws", None, ""),
        ("/v1/ws", Some("https://shop.example"), ""),
        ("/v1/ws", Some("http://127.0.0.1:7070"), ""),
        ("/v1/ws", Some("https://evil.example"), "origin_refused"),
        ("/v1/rooms/42/stream", None, ""),
        ("/v1/rooms/42/stream", Some("https://evil.example"), "origin_refused"),
        ("/v1/rooms/42/state", None, "api_key_missing"),
        ("/v1/rooms/4/2/stream", None, "api_key_missing"),
    ] {
        let call = Call { path, origin, ..local() };
        assert_eq!(code(rules.judge(&call, NOW)), expected, "{path} {origin:?}");
    }
}

#[test]
fn a_page_that_goes_away_may_send_plain_text_where_its_origin_may_call() {
    let rules = rules("", &["https://shop.example"]);
    let body = Some(Declared { content_type: Some("text/plain;charset=UTF-8"), encoding: None });
    for (path, origin, expected) in [
        ("/v1/events", Some("https://shop.example"), ""),
        ("/v1/events", Some("http://127.0.0.1:7070"), ""),
        ("/v1/events", Some("https://evil.example"), "origin_refused"),
        ("/v1/events", None, "unsupported_media_type"),
        ("/v1/items/a", Some("https://shop.example"), "unsupported_media_type"),
    ] {
        let call = Call { path, origin, body, ..local() };
        assert_eq!(code(rules.judge(&call, NOW)), expected, "{path} {origin:?}");
    }
}
