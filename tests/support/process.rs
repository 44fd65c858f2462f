//! A real `freshet serve` in a process of its own, on a free port and a given data directory.
//!
//! **Invariant:** the process is gone when its [`Process`] is dropped, whatever the test did.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use freshet::clock::Stopwatch;

use super::client::Client;

/// How long a start or a stop may take; only a hang runs into it.
const PATIENCE: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(5);

/// How to start a node.
#[derive(Clone, Debug)]
pub struct Launch {
    data_dir: PathBuf,
    env: Vec<(String, String)>,
    /// Largest file that the node may write, in KiB.
    file_limit_kib: Option<u64>,
}

/// A node that did not come up: how it ended and what it said.
#[derive(Debug)]
pub struct Refused {
    /// Exit status; `None` where it hung and was killed.
    pub status: Option<ExitStatus>,
    /// Standard output and error.
    pub said: String,
}

/// A running node.
#[derive(Debug)]
pub struct Process {
    child: Child,
    base: String,
    said: PathBuf,
}

impl Launch {
    /// A node on `data_dir` with the defaults.
    pub fn on(data_dir: &Path) -> Self {
        Self { data_dir: data_dir.to_owned(), env: Vec::new(), file_limit_kib: None }
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// Lets no file grow past this size, as on a full disk.
    pub fn file_limit_kib(mut self, kib: u64) -> Self {
        self.file_limit_kib = Some(kib);
        self
    }

    /// Starts the node and waits until it is ready.
    pub fn start(&self) -> Result<Process, Refused> {
        // A port that was free a moment ago may be taken by now.
        for _ in 0..5 {
            match self.attempt() {
                Err(refused) if refused.said.to_lowercase().contains("address already in use") => {}
                outcome => return outcome,
            }
        }
        self.attempt()
    }

    fn attempt(&self) -> Result<Process, Refused> {
        let port = free_port();
        let said = self.data_dir.with_extension(format!("{port}.out"));
        let output = File::create(&said).expect("a writable temporary directory");
        let child = self
            .command(port)
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a second handle"))
            .stderr(output)
            .spawn()
            .expect("the freshet binary starts");
        let process = Process { child, base: format!("http://127.0.0.1:{port}"), said };
        process.until_ready()
    }

    fn command(&self, port: u16) -> Command {
        let node = env!("CARGO_BIN_EXE_freshet");
        let mut command = match self.file_limit_kib {
            None => Command::new(node),
            Some(kib) => {
                // Ignoring the signal turns a write past the limit into an error, as a full disk would.
                let mut shell = Command::new("bash");
                let script = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\"");
                shell.args(["-c", &script, node]);
                shell
            }
        };
        command.arg("serve").args(["--bind", &format!("127.0.0.1:{port}")]);
        command.arg("--data-dir").arg(&self.data_dir);
        // A slow machine must not turn a 200 into a 202: only a hang runs into this deadline.
        command.env("FRESHET__EVENTS__APPLY_DEADLINE_MS", "60000");
        command.env_remove("FAILPOINTS").envs(self.env.iter().cloned());
        command
    }
}

impl Process {
    /// Where it listens, as a base address for requests.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A new client with connections of its own.
    pub fn client(&self) -> Client {
        Client::new(&self.base)
    }

    /// kill -9.
    pub fn kill(mut self) -> String {
        self.child.kill().expect("a live child");
        self.child.wait().expect("a killed child");
        self.said()
    }

    /// SIGTERM, then waits for the end; gives how it exited and what it said.
    pub fn terminate(mut self) -> (ExitStatus, String) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(sent.success(), "the node was gone before SIGTERM: {}", self.said());
        let since = Stopwatch::start();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child to wait for") {
                return (status, self.said());
            }
            assert!(since.elapsed() < PATIENCE, "SIGTERM did not stop the node: {}", self.said());
            thread::sleep(POLL);
        }
    }

    /// What the node has said so far.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.said).unwrap_or_default()).into_owned()
    }

    fn until_ready(mut self) -> Result<Self, Refused> {
        let client = self.client();
        let since = Stopwatch::start();
        while since.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().expect("a child to wait for") {
                return Err(Refused { status: Some(status), said: self.said() });
            }
            if client.get("/readyz").is_ok_and(|answer| answer.status == 200) {
                return Ok(self);
            }
            thread::sleep(POLL);
        }
        Err(Refused { status: None, said: self.said() })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Already gone after `kill` and `terminate`.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let probe = TcpListener::bind("127.0.0.1:0").expect("a free port");
    probe.local_addr().expect("a bound address").port()
}
