//! A real node inside the test's process, on a free loopback port, and a client that speaks JSON to it.

#![allow(dead_code, reason = "every suite uses its part of these helpers")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use config::Config;
use freshet::RunningNode;
use freshet::node::Node;
use serde_json::Value;
use tempfile::TempDir;

/// Longest wait for a node to take traffic; generous, because a shared machine may stall.
const READY_WITHIN_MS: u64 = 120_000;

/// A node and the directory it keeps its data in.
pub struct TestNode {
    node: Option<RunningNode>,
    url: String,
    dir: TempDir,
}

/// One answer of the node.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl TestNode {
    /// Starts a node on an empty directory.
    pub fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// Starts a node on an empty directory with a configuration changed by `adjust`.
    pub fn start_with(adjust: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (node, url) = launch(dir.path(), adjust);
        Self { node: Some(node), url, dir }
    }

    /// Stops it in order and starts it again on the same directory.
    pub fn restart(&mut self) {
        self.restart_with(|_| {});
    }

    /// The same with a configuration changed by `adjust`.
    pub fn restart_with(&mut self, adjust: impl FnOnce(&mut Config)) {
        self.stop();
        let (node, url) = launch(self.dir.path(), adjust);
        self.node = Some(node);
        self.url = url;
    }

    /// The node itself, past its HTTP side.
    pub fn inner(&self) -> Arc<Node> {
        self.node.as_ref().expect("it runs").node()
    }

    /// Stops it in order.
    pub fn stop(&mut self) {
        if let Some(node) = self.node.take() {
            node.stop().expect("the node stops without an error");
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn data_dir(&self) -> &Path {
        self.dir.path()
    }

    /// A client with connections of its own.
    pub fn client(&self) -> Client {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_mins(1)))
            .build();
        Client { agent: ureq::Agent::new_with_config(config), url: self.url.clone() }
    }
}

impl Drop for TestNode {
    fn drop(&mut self) {
        if let Some(node) = self.node.take() {
            let _ = node.stop();
        }
    }
}

fn launch(dir: &Path, adjust: impl FnOnce(&mut Config)) -> (RunningNode, String) {
    let mut config = Config::default();
    dir.clone_into(&mut config.storage.data_dir);
    adjust(&mut config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let node = freshet::start(config, listener).expect("the node starts");
    let url = node.url();
    wait_until_ready(&url);
    (node, url)
}

fn wait_until_ready(url: &str) {
    for _ in 0..READY_WITHIN_MS / 20 {
        if ureq::get(format!("{url}/readyz")).call().is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the node at {url} is not ready after {READY_WITHIN_MS} ms");
}

/// Sends requests and reads JSON.
pub struct Client {
    agent: ureq::Agent,
    url: String,
}

impl Client {
    pub fn get(&self, path: &str) -> Answer {
        read(self.agent.get(format!("{}{path}", self.url)).call())
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        read(self.agent.post(format!("{}{path}", self.url)).send_json(body))
    }

    pub fn put(&self, path: &str, body: &Value) -> Answer {
        read(self.agent.put(format!("{}{path}", self.url)).send_json(body))
    }

    /// Posts bytes as they are.
    pub fn post_raw(&self, path: &str, content_type: &str, body: &[u8]) -> Answer {
        let request = self.agent.post(format!("{}{path}", self.url));
        read(request.header("content-type", content_type).send(body))
    }

    /// Posts bytes with the headers given.
    pub fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let request = self.agent.post(format!("{}{path}", self.url));
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        read(request.send(body))
    }

    /// Posts events and insists that they were applied.
    pub fn events(&self, body: &Value) -> Value {
        let answer = self.post("/v1/events", body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.body["applied"], true, "{}", answer.body);
        answer.body
    }

    /// Item ids of a list for `user`.
    pub fn recommended(&self, user: &str, limit: usize) -> Vec<String> {
        let answer =
            self.get(&format!("/v1/users/{user}/recommendations?limit={limit}&explore=false"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        item_ids(&answer.body)
    }
}

/// Runs the `freshet` binary in `folder`, without anything of the caller's environment that it would read.
pub fn freshet_in(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_freshet"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FRESHET")) {
        command.env_remove(name);
    }
    let environment = environment.iter().copied();
    command.current_dir(folder).args(args).envs(environment).stdin(Stdio::null());
    command.output().expect("the binary runs")
}

/// A file of the data folder (`FRESHET_DATA`, or the one beside the checkout); says so where it is not there.
pub fn data_file(name: &str) -> Option<PathBuf> {
    let beside = PathBuf::from("../shared/data");
    let path = std::env::var_os("FRESHET_DATA").map_or(beside, PathBuf::from).join(name);
    if !path.is_file() {
        println!("skipped: {} is not there (set FRESHET_DATA)", path.display());
        return None;
    }
    // Some commands run in a folder of their own.
    path.canonicalize().ok()
}

/// The item ids of an answer that has `items`.
pub fn item_ids(body: &Value) -> Vec<String> {
    let items = body["items"].as_array().expect("a list of items");
    items.iter().filter_map(|item| item["item_id"].as_str()).map(ToOwned::to_owned).collect()
}

fn read(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response = result.expect("the node answers");
    let status = response.status().as_u16();
    let text = response.body_mut().read_to_string().expect("a body of text");
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer { status, body }
}
