//! A node in a temporary directory for the length of one benchmark.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use config::Config;
use freshet::RunningNode;
use freshet::node::Node;

use crate::http_client::{Connection, get};

/// A running node and the directory that goes with it.
pub struct BenchNode {
    node: RunningNode,
    address: SocketAddr,
    _dir: tempfile::TempDir,
}

impl BenchNode {
    /// Starts a node with the default configuration, changed by `adjust`, and waits until it is ready.
    ///
    /// # Errors
    /// Where it cannot be started or does not become ready within a minute.
    pub fn start(adjust: impl FnOnce(&mut Config)) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let mut config = Config::default();
        dir.path().clone_into(&mut config.storage.data_dir);
        adjust(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let node = freshet::start(config, listener)?;
        wait_until_ready(address)?;
        Ok(Self { node, address, _dir: dir })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The node itself, for benchmarks that leave HTTP out.
    #[must_use]
    pub fn node(&self) -> Arc<Node> {
        self.node.node()
    }

    /// A new connection to it.
    ///
    /// # Errors
    /// Whatever the socket says.
    pub fn connect(&self) -> Result<Connection> {
        Connection::open(self.address).context("cannot connect to the node")
    }

    /// Describes `items` items in ten categories and clicks by `users` users, ten each.
    ///
    /// # Errors
    /// Where the node refuses any of it.
    pub fn fill(&self, items: u32, users: u32) -> Result<()> {
        let mut connection = self.connect()?;
        for chunk in (0..items).collect::<Vec<_>>().chunks(1_000) {
            let docs: Vec<String> = chunk
                .iter()
                .map(|item| format!(r#"{{"item_id":"i{item}","categories":["c{}"]}}"#, item % 10))
                .collect();
            let body = format!("[{}]", docs.join(","));
            post(&mut connection, "/v1/items/batch", &body)?;
        }
        for chunk in (0..users).collect::<Vec<_>>().chunks(100) {
            let events: Vec<String> = chunk.iter().flat_map(|user| clicks(*user, items)).collect();
            post(&mut connection, "/v1/events", &format!("[{}]", events.join(",")))?;
        }
        Ok(())
    }

    /// Stops it in order.
    ///
    /// # Errors
    /// What made it fail.
    pub fn stop(self) -> Result<()> {
        self.node.stop()
    }
}

/// Ten clicks of one user, spread by a multiplicative hash so that popular items exist.
fn clicks(user: u32, items: u32) -> impl Iterator<Item = String> {
    (0..10u32).map(move |turn| {
        let spread = u64::from(user).wrapping_mul(2_654_435_761).wrapping_add(u64::from(turn) * 40_503);
        let unit = (spread % 10_000) as f64 / 10_000.0;
        let item = (unit * unit * f64::from(items)) as u32;
        format!(r#"{{"user_id":"u{user}","item_id":"i{item}","type":"click","event_id":"f-{user}-{turn}"}}"#)
    })
}

/// Posts and insists on a 200.
///
/// # Errors
/// Where the answer is another one.
pub fn post(connection: &mut Connection, path: &str, body: &str) -> Result<()> {
    let answer = connection.send(&crate::http_client::post_json(path, body))?;
    let text = String::from_utf8_lossy(answer.body);
    ensure!(answer.status == 200, "{path} answered {}: {text}", answer.status);
    Ok(())
}

fn wait_until_ready(address: SocketAddr) -> Result<()> {
    for _ in 0..6_000 {
        if let Ok(mut connection) = Connection::open(address)
            && connection.send(&get("/readyz")).is_ok_and(|answer| answer.status == 200)
        {
            return Ok(());
        }
        sleep(Duration::from_millis(10));
    }
    anyhow::bail!("the node at {address} is not ready after a minute")
}
