//! A blocking HTTP client that hands back status and JSON; no status is an error.

use std::time::Duration;

use serde_json::Value;

/// Longer than any answer may take; only a hang runs into it.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a node answered.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body; null where it is not JSON.
    pub body: Value,
}

impl Answer {
    /// A whole number in the body; 0 where there is none.
    pub fn number(&self, field: &str) -> u64 {
        self.body.get(field).and_then(Value::as_u64).unwrap_or(0)
    }
}

/// One client with its own connections.
#[derive(Clone, Debug)]
pub struct Client {
    base: String,
    agent: ureq::Agent,
}

impl Client {
    /// A client of the node at `base`, such as `http://127.0.0.1:7070`.
    pub fn new(base: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build();
        Self { base: base.to_owned(), agent: config.new_agent() }
    }

    /// GET `path`.
    pub fn get(&self, path: &str) -> Result<Answer, ureq::Error> {
        answer(self.agent.get(format!("{}{path}", self.base)).call()?)
    }

    /// The text that GET `path` answers with.
    pub fn text(&self, path: &str) -> Result<String, ureq::Error> {
        self.agent.get(format!("{}{path}", self.base)).call()?.body_mut().read_to_string()
    }

    /// The bytes that GET `path` answers with.
    #[allow(dead_code, reason = "every suite uses its part of these helpers")]
    pub fn bytes(&self, path: &str) -> Result<Vec<u8>, ureq::Error> {
        self.agent.get(format!("{}{path}", self.base)).call()?.body_mut().read_to_vec()
    }

    /// POST `bytes` as they are to `path`.
    #[allow(dead_code, reason = "every suite uses its part of these helpers")]
    pub fn post_bytes(&self, path: &str, bytes: &[u8]) -> Result<Answer, ureq::Error> {
        let request = self.agent.post(format!("{}{path}", self.base));
        answer(request.header("content-type", "application/octet-stream").send(bytes)?)
    }

    /// PUT `body` as JSON to `path`.
    #[allow(dead_code, reason = "every suite uses its part of these helpers")]
    pub fn put(&self, path: &str, body: &Value) -> Result<Answer, ureq::Error> {
        answer(self.agent.put(format!("{}{path}", self.base)).send_json(body)?)
    }

    /// POST `body` as JSON to `path`.
    pub fn post(&self, path: &str, body: &Value) -> Result<Answer, ureq::Error> {
        answer(self.agent.post(format!("{}{path}", self.base)).send_json(body)?)
    }
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let status = response.status().as_u16();
    let text = response.body_mut().read_to_string()?;
    Ok(Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::Null) })
}
