//! Who may call.

use std::io::{Read, Write};
use std::net::TcpStream;

use config::Secret;
use serde_json::json;

use crate::client::{call, get, send};
use crate::in_process::TestNode;

const JSON: (&str, &str) = ("content-type", "application/json");
const EVENT: &[u8] = br#"{"user_id":"u1","item_id":"a","type":"click"}"#;

#[test]
fn without_a_key_no_web_page_can_write_or_read() {
    let node = TestNode::start_with(|config| {
        config.server.origins = vec!["https://shop.example".to_owned()];
    });
    let post = |headers: &[(&str, &str)]| send(&node, "POST", "/v1/events", headers, EVENT);
    // What a form or a script of any page could send:
    post(&[("content-type", "text/plain")]).refused(415, "unsupported_media_type");
    post(&[("content-type", "application/x-www-form-urlencoded")])
        .refused(415, "unsupported_media_type");
    post(&[]).refused(415, "unsupported_media_type");
    post(&[JSON, ("origin", "https://evil.example")]).refused(403, "origin_refused");
    post(&[JSON, ("origin", "null")]).refused(403, "origin_refused");
    // What a name that was pointed at this machine would send:
    post(&[JSON, ("host", "evil.example")]).refused(403, "host_refused");
    send(&node, "GET", "/v1/items", &[("host", "evil.example:7070")], b"")
        .refused(403, "host_refused");

    let listed = post(&[JSON, ("origin", "https://shop.example")]);
    assert_eq!(listed.header("access-control-allow-origin"), "https://shop.example");
    listed.expect(200);
    post(&[JSON]).expect(200);
    let known = get(&node, "/v1/users/u1").expect(200);
    assert_eq!(known["events_applied"], 2, "only the two that were let in");
}

#[test]
fn with_a_key_only_who_knows_it_is_served() {
    let node = TestNode::start_with(|config| config.server.api_key = Some(Secret::new("sesame")));
    let items = |headers: &[(&str, &str)]| send(&node, "GET", "/v1/items", headers, b"");
    let refused = items(&[]);
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    refused.refused(401, "api_key_missing");
    items(&[("authorization", "Bearer wrong")]).refused(401, "api_key_wrong");
    items(&[("authorization", "Bearer sesame")]).expect(200);
    items(&[("x-api-key", "sesame"), ("host", "node.example")]).expect(200);
    get(&node, "/metrics").refused(401, "api_key_missing");
    for path in
        ["/livez", "/readyz", "/healthz", "/version", "/openapi.json", "/asyncapi.json", "/docs/"]
    {
        get(&node, path).expect(200);
    }
    get(&node, "/v1/nothing").refused(401, "api_key_missing");
}

#[test]
fn broken_bodies_are_told_apart() {
    let node = TestNode::start();
    let put =
        |headers: &[(&str, &str)], body: &[u8]| send(&node, "PUT", "/v1/items/a", headers, body);
    put(&[JSON], b"{\"title\":").refused(400, "invalid_json");
    put(&[JSON], b" ").refused(400, "empty_body");
    put(&[JSON], b"\"title\"").refused(422, "invalid_request");
    put(&[JSON], b"{\"price\":NaN}").refused(400, "invalid_json");
    put(&[JSON, ("content-encoding", "gzip")], b"{}").refused(400, "broken_body");
    put(&[JSON, ("content-encoding", "br")], b"{}").refused(415, "unsupported_encoding");
    let deep =
        format!("{{\"properties\":{}{}}}", "{\"a\":".repeat(20), "1".to_owned() + &"}".repeat(20));
    put(&[JSON], deep.as_bytes()).refused(422, "too_deep");
    let large = vec![b' '; 10 * 1024 * 1024];
    let problem = put(&[JSON], &large).refused(413, "body_too_large");
    assert!(problem["detail"].as_str().unwrap().contains("8388608"), "{problem}");
}

#[test]
fn a_head_is_answered_without_a_body() {
    let node = TestNode::start();
    let head = send(&node, "HEAD", "/livez", &[], b"");
    assert_eq!((head.status, &head.body), (200, &json!("")));
}

/// A sender that goes away in the middle of its body must not take the worker with it.
#[test]
fn a_body_that_breaks_off_harms_nobody() {
    let node = TestNode::start();
    let address = node.url().trim_start_matches("http://").to_owned();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(&address).unwrap();
        let head = format!(
            "POST /v1/events HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{{\"user"
        );
        stream.write_all(head.as_bytes()).unwrap();
        drop(stream);
    }
    call(&node, "PUT", "/v1/items/a", &json!({})).expect(200);
}

#[test]
fn what_is_no_http_is_answered_and_dropped() {
    let node = TestNode::start();
    let mut stream = TcpStream::connect(node.url().trim_start_matches("http://")).unwrap();
    stream.write_all(b"this is no request\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[test]
fn a_users_token_acts_for_its_own_user_and_needs_no_key() {
    let node = TestNode::start_with(|config| {
        config.server.api_key = Some(Secret::new("sesame"));
        config.auth.token_secret = Some(Secret::new("a secret of thirty-two bytes, or more"));
    });
    let key = ("authorization", "Bearer sesame");
    let ask = br#"{"user_id":"u1","ttl_s":60}"#;
    send(&node, "POST", "/v1/tokens", &[JSON], ask).refused(401, "api_key_missing");
    let made = send(&node, "POST", "/v1/tokens", &[JSON, key], ask).expect(200);
    let bearer = format!("Bearer {}", made["token"].as_str().unwrap());
    let own = ("authorization", bearer.as_str());
    let post = |path: &str, body: &str| send(&node, "POST", path, &[JSON, own], body.as_bytes());
    let user = |id: &str| send(&node, "GET", &format!("/v1/users/{id}"), &[key], b"");

    // An event that names nobody is the token's user's.
    post("/v1/events", r#"{"type":"click","user_id":"u1","item_id":"sku-1"}"#).expect(200);
    post("/v1/events", r#"{"type":"click","item_id":"sku-2"}"#).expect(200);
    assert_eq!(user("u1").expect(200)["events_applied"], 2);

    // Of a body that speaks for another user as well nothing is taken.
    let both = r#"[{"type":"click","user_id":"u1","item_id":"a"},{"type":"click","user_id":"u2","item_id":"a"}]"#;
    let refused = post("/v1/events", both).refused(403, "not_your_user");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("`u1`") && detail.contains("event 1"), "{detail}");
    assert_eq!(user("u1").expect(200)["events_applied"], 2);
    user("u2").refused(404, "user_not_found");

    post("/v1/recommendations", r#"{"user_id":"u1"}"#).expect(200);
    post("/v1/recommendations", r#"{"limit":3}"#).expect(200);
    post("/v1/recommendations", r#"{"user_id":"u2"}"#).refused(403, "not_your_user");
    let list =
        |id: &str| send(&node, "GET", &format!("/v1/users/{id}/recommendations"), &[own], b"");
    list("u1").expect(200);
    list("u2").refused(403, "not_your_user");
    send(&node, "GET", "/v1/users/u1", &[own], b"").refused(403, "api_key_needed");
    let stale = ("authorization", "Bearer a.b.c");
    let refused = send(&node, "POST", "/v1/events", &[JSON, stale], EVENT);
    assert_eq!(refused.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    refused.refused(401, "token_refused");
}

#[test]
fn a_token_of_some_rooms_takes_events_in_those_alone() {
    let node = TestNode::start_with(|config| {
        config.server.api_key = Some(Secret::new("sesame"));
        config.auth.token_secret = Some(Secret::new("a secret of thirty-two bytes, or more"));
    });
    let key = ("authorization", "Bearer sesame");
    let ask = br#"{"user_id":"u1","rooms":["42"]}"#;
    let made = send(&node, "POST", "/v1/tokens", &[JSON, key], ask).expect(200);
    let bearer = format!("Bearer {}", made["token"].as_str().unwrap());
    let own = ("authorization", bearer.as_str());
    let post = |body: &str| send(&node, "POST", "/v1/events", &[JSON, own], body.as_bytes());
    let event = |room: &str| format!(r#"{{"type":"live_comment","room_id":"{room}"}}"#);
    post(&event("42")).expect(200);
    post(r#"{"type":"click","item_id":"sku-1"}"#).expect(200);
    // Of a body that is in another room as well nothing is taken.
    let both = format!("[{},{}]", event("42"), event("43"));
    let refused = post(&both).refused(403, "room_not_allowed");
    assert!(refused["detail"].as_str().unwrap().contains("`43`"), "{refused}");
    let user = send(&node, "GET", "/v1/users/u1", &[key], b"").expect(200);
    assert_eq!(user["events_applied"], 2);
    send(&node, "GET", "/v1/rooms/43", &[key], b"").refused(404, "room_not_found");
}

#[test]
fn no_picture_and_no_link_enters_a_room() {
    let node = TestNode::start();
    for mode in ["no-cors", "navigate"] {
        let headers = [("sec-fetch-mode", mode)];
        let path = "/v1/rooms/42/stream?user_id=u1";
        send(&node, "GET", path, &headers, b"").refused(403, "origin_refused");
    }
    send(&node, "GET", "/v1/users/u1", &[], b"").refused(404, "user_not_found");
}

#[test]
fn a_node_without_a_key_for_tokens_says_how_to_get_one() {
    let node = TestNode::start();
    let refused = send(&node, "POST", "/v1/tokens", &[JSON], br#"{"user_id":"u1"}"#);
    let refused = refused.refused(409, "tokens_not_configured");
    assert!(refused["detail"].as_str().unwrap().contains("auth.token_secret_file"));
}

#[test]
fn a_page_that_goes_away_may_send_events_as_plain_text() {
    let node = TestNode::start_with(|config| {
        config.server.origins = vec!["https://shop.example".to_owned()];
    });
    let beacon = |origin: &str| {
        let headers = [("content-type", "text/plain;charset=UTF-8"), ("origin", origin)];
        send(&node, "POST", "/v1/events", &headers, EVENT)
    };
    beacon("https://shop.example").expect(200);
    beacon(node.url()).expect(200);
    beacon("https://evil.example").refused(403, "origin_refused");
    assert_eq!(get(&node, "/v1/users/u1").expect(200)["events_applied"], 2);
}
