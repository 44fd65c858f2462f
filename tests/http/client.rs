//! Requests with any method and any header, and answers with their headers.

use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Request};

use crate::in_process::TestNode;

/// Longest wait for something that comes with the next publications of item activity.
const SOON: Duration = Duration::from_secs(20);

/// One answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Reply {
    /// A header's text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap_or_default())
    }

    /// Insists on a status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// Insists on a problem document with status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("x-request-id"), self.body["request_id"].as_str().unwrap_or("none"));
        assert_eq!(self.body["code"], code, "{}", self.body);
        assert_eq!(self.body["status"], status);
        self.body
    }
}

/// Sends `body` as it is.
pub fn send(
    node: &TestNode,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Reply {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_mins(1)))
        .build();
    let agent = ureq::Agent::new_with_config(config);
    let request = Request::builder().method(method).uri(format!("{}{path}", node.url()));
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let bodiless = body.is_empty() && !["POST", "PUT", "PATCH"].contains(&method);
    let answer = if bodiless {
        agent.run(request.body(()).expect("a request"))
    } else {
        agent.run(request.body(body.to_vec()).expect("a request"))
    };
    let mut answer = answer.expect("the node answers");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let bytes = answer.body_mut().read_to_vec().expect("a body");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Reply { status, headers, body }
}

/// Sends JSON, or nothing where `body` is null.
pub fn call(node: &TestNode, method: &str, path: &str, body: &Value) -> Reply {
    if body.is_null() {
        return send(node, method, path, &[], b"");
    }
    let headers = [("content-type", "application/json")];
    send(node, method, path, &headers, body.to_string().as_bytes())
}

/// A GET.
pub fn get(node: &TestNode, path: &str) -> Reply {
    call(node, "GET", path, &Value::Null)
}

/// Asks again until `good` holds: for what comes with the next publication of item activity.
#[track_caller]
pub fn soon(ask: impl Fn() -> Value, good: impl Fn(&Value) -> bool) -> Value {
    let steps = SOON.as_millis() / 20;
    for _ in 0..steps {
        let answer = ask();
        if good(&answer) {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("not within {SOON:?}: {}", ask());
}
