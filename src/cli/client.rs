//! The HTTP client of the command line: blocking, one connection, JSON both ways.

use std::time::Duration;

use serde_json::Value;
use ureq::typestate::WithBody;
use ureq::{Agent, RequestBuilder};

use super::failure::Failure;
use super::global::Global;

/// The bytes of an answer, as they come.
pub type Stream = ureq::BodyReader<'static>;

/// Time in which a stream's connection must stand.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Talks to one node.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Agent,
    base: String,
    key: Option<String>,
    /// How many more details are written to standard error.
    verbose: u8,
}

/// What a node answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body; `null` where it is no JSON.
    pub body: Value,
    /// How long the node asks to wait.
    pub retry_after: Option<Duration>,
}

impl Client {
    /// A client of the node that the options name.
    ///
    /// # Errors
    /// [`Failure`] where the address or the key cannot be used.
    pub fn new(global: &Global) -> Result<Self, Failure> {
        let base = global.url.trim_end_matches('/').to_owned();
        if !base.starts_with("http://") {
            let told = format!("{base}: the address must begin with http:// (TLS ends at a proxy)");
            return Err(Failure::Usage(told));
        }
        let settings = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(global.timeout)))
            .user_agent(concat!("freshet-cli/", env!("CARGO_PKG_VERSION")));
        let key = read_key(global)?;
        Ok(Self { agent: settings.build().into(), base, key, verbose: global.verbose })
    }

    /// The base address.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Asks for `path`.
    ///
    /// # Errors
    /// [`Failure`] where no node answers, or it refuses.
    pub fn get(&self, path: &str) -> Result<Value, Failure> {
        self.try_get(path)?.accepted()
    }

    /// Asks for `path` and gives whatever is answered.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] where no node answers.
    pub fn try_get(&self, path: &str) -> Result<Answer, Failure> {
        let mut request = self.agent.get(self.address("GET", path));
        if let Some(key) = &self.key {
            request = request.header("authorization", key);
        }
        self.read(request.call())
    }

    /// Sends a JSON value to `path`.
    ///
    /// # Errors
    /// [`Failure`] where no node answers, or it refuses.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.try_post(path, "application/json", body.to_string().as_bytes())?.accepted()
    }

    /// The same, however long the answer takes.
    ///
    /// # Errors
    /// [`Failure`] where no node answers, or it refuses.
    pub fn post_patiently(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = self.posting(path, "application/json").config().timeout_global(None).build();
        self.read(request.send(body.to_string().as_bytes()))?.accepted()
    }

    /// Sends a JSON value to `path`, to stand there.
    ///
    /// # Errors
    /// [`Failure`] where no node answers, or it refuses.
    pub fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = self.agent.put(self.address("PUT", path));
        let mut request = request.header("content-type", "application/json");
        if let Some(key) = &self.key {
            request = request.header("authorization", key);
        }
        self.read(request.send(body.to_string().as_bytes()))?.accepted()
    }

    /// Has what is at `path` removed.
    ///
    /// # Errors
    /// [`Failure`] where no node answers, or it refuses.
    pub fn delete(&self, path: &str) -> Result<Value, Failure> {
        let mut request = self.agent.delete(self.address("DELETE", path));
        if let Some(key) = &self.key {
            request = request.header("authorization", key);
        }
        self.read(request.call())?.accepted()
    }

    /// Sends bytes to `path` and gives whatever is answered.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] where no node answers.
    pub fn try_post(&self, path: &str, content_type: &str, body: &[u8]) -> Result<Answer, Failure> {
        self.read(self.posting(path, content_type).send(body))
    }

    /// Writes what is at `path` to `into`, however long that takes; its bytes.
    ///
    /// # Errors
    /// [`Failure`] where no node answers, or it refuses, or `into` cannot be written.
    pub fn download(&self, path: &str, into: &mut impl std::io::Write) -> Result<u64, Failure> {
        let mut request = self.agent.get(self.address("GET", path));
        if let Some(key) = &self.key {
            request = request.header("authorization", key);
        }
        let sent = request.config().timeout_global(None).build().call();
        match sent {
            Ok(mut answer) if answer.status().as_u16() < 400 => {
                std::io::copy(&mut answer.body_mut().as_reader(), into)
                    .map_err(|fault| Failure::Other(format!("the file broke off: {fault}")))
            }
            sent => {
                self.read(sent)?.accepted()?;
                Ok(0)
            }
        }
    }

    /// Whether it sends an API key.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Opens `path` as a stream of events that goes on behind the one called `last_id`, however long it lasts. Streams ask for a
    /// user's token, not for the API key.
    ///
    /// # Errors
    /// [`Failure`] where no node answers, or it refuses.
    pub fn stream(
        &self,
        path: &str,
        token: Option<&str>,
        last_id: Option<&str>,
    ) -> Result<Stream, Failure> {
        let request = self.agent.get(self.address("GET", path));
        let mut request = request.header("accept", "text/event-stream");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        let request = request.config().timeout_global(None).timeout_connect(Some(CONNECT_WITHIN));
        match request.build().call() {
            Ok(answer) if answer.status().as_u16() < 400 => Ok(answer.into_body().into_reader()),
            sent => {
                let told = self.read(sent)?;
                Err(Failure::of_status(told.status, told.told()))
            }
        }
    }

    /// Sends a file to `path` as it is read, however long that takes.
    ///
    /// # Errors
    /// [`Failure`] where no node answers, or it refuses.
    pub fn upload(&self, path: &str, file: &std::fs::File) -> Result<Value, Failure> {
        let sent = self
            .posting(path, "application/octet-stream")
            .config()
            .timeout_global(None)
            .build()
            .send(file);
        self.read(sent)?.accepted()
    }

    fn posting(&self, path: &str, content_type: &str) -> RequestBuilder<WithBody> {
        let request = self.agent.post(self.address("POST", path));
        let request = request.header("content-type", content_type);
        match &self.key {
            Some(key) => request.header("authorization", key),
            None => request,
        }
    }

    fn address(&self, verb: &str, path: &str) -> String {
        let address = format!("{}{path}", self.base);
        if self.verbose > 0 {
            eprintln!("> {verb} {address}");
        }
        address
    }

    fn read(
        &self,
        sent: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Answer, Failure> {
        let mut answer = sent.map_err(|fault| self.unreachable(&fault))?;
        let status = answer.status().as_u16();
        let seconds = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let retry_after = seconds.and_then(|text| text.parse().ok()).map(Duration::from_secs);
        let text = answer.body_mut().read_to_string().map_err(|fault| self.unreachable(&fault))?;
        if self.verbose > 0 {
            eprintln!("< {status}");
        }
        if self.verbose > 1 {
            eprintln!("{text}");
        }
        Ok(Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::Null), retry_after })
    }

    fn unreachable(&self, fault: &ureq::Error) -> Failure {
        let told = format!(
            "no answer from {}: {fault}; is a node running there? Start one with `freshet serve`, or name another with --url",
            self.base
        );
        Failure::Unavailable(told)
    }
}

impl Answer {
    /// The body of an answer that says yes.
    ///
    /// # Errors
    /// [`Failure`] with what the node says where it does not.
    pub fn accepted(self) -> Result<Value, Failure> {
        if self.status < 400 {
            return Ok(self.body);
        }
        let told = self.told();
        Err(Failure::of_status(self.status, told))
    }

    /// What a problem document says, on one line.
    #[must_use]
    pub fn told(&self) -> String {
        let text = |name: &str| self.body[name].as_str().filter(|text| !text.is_empty());
        let told = text("detail").or_else(|| text("title"));
        let code = text("code").map_or_else(String::new, |code| format!(" {code}"));
        format!("the node says {}{code}: {}", self.status, told.unwrap_or("nothing more"))
    }
}

fn read_key(global: &Global) -> Result<Option<String>, Failure> {
    let from_environment = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let file = global.api_key_file.clone();
    let file = file.or_else(|| from_environment("FRESHET_API_KEY_FILE").map(Into::into));
    let key = match file {
        Some(path) => {
            let text = std::fs::read_to_string(&path).map_err(|fault| {
                Failure::Usage(format!("cannot read {}: {fault}", path.display()))
            })?;
            Some(text.lines().next().unwrap_or_default().trim().to_owned())
        }
        None => from_environment("FRESHET_API_KEY"),
    };
    Ok(key.map(|key| format!("Bearer {key}")))
}
