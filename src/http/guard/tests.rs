use config::Config;

use super::*;

fn rules(key: &str, origins: &[&str]) -> Rules {
    let mut server = Config::default().server;
    server.api_key = (!key.is_empty()).then(|| Secret::new(key));
    server.origins = origins.iter().map(ToString::to_string).collect();
    Rules::new(&server)
}

/// A call as a program on this machine would make it.
fn local() -> Call<'static> {
    Call { path: "/v1/items/a", host: Some("127.0.0.1:7070"), ..Call::default() }
}

fn code(judged: Result<(), ApiError>) -> &'static str {
    judged.map_or_else(|error| error.meaning().code, |()| "")
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
        assert_eq!(code(rules.judge(&Call { host: Some(host), ..local() })), expected, "{host}");
    }
    assert_eq!(code(rules.judge(&Call { host: None, ..local() })), "host_refused");
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
            code(rules.judge(&Call { origin: Some(origin), ..local() })),
            expected,
            "{origin}"
        );
    }
}

#[test]
fn with_a_key_the_key_decides() {
    let rules = rules("sesame", &[]);
    let named = Call { host: Some("node.example"), origin: Some("https://any.example"), ..local() };
    assert_eq!(code(rules.judge(&named)), "api_key_missing");
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
        assert_eq!(code(rules.judge(&call)), expected, "{authorization:?} {api_key:?}");
    }
}

#[test]
fn probes_and_pages_need_no_key_but_metrics_do() {
    let rules = rules("sesame", &[]);
    for path in
        ["/livez", "/readyz", "/healthz", "/version", "/openapi.json", "/docs", "/docs/index.css"]
    {
        assert_eq!(code(rules.judge(&Call { path, ..local() })), "", "{path}");
    }
    for path in ["/metrics", "/v1/items", "/docsx", "/nothing"] {
        assert_eq!(code(rules.judge(&Call { path, ..local() })), "api_key_missing", "{path}");
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
        assert_eq!(code(rules.judge(&Call { body, ..local() })), expected, "{content_type:?}");
    }
}

#[test]
fn a_body_may_be_packed_by_gzip_but_not_by_what_is_not_understood() {
    let rules = rules("", &[]);
    for (encoding, expected) in [("gzip", ""), ("identity", ""), ("br", "unsupported_encoding")] {
        let body = Declared { content_type: Some("application/json"), encoding: Some(encoding) };
        let call = Call { body: Some(body), ..local() };
        assert_eq!(code(rules.judge(&call)), expected, "{encoding}");
    }
}
