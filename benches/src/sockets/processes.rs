//! This program again, in processes of their own: servers and readers that share nothing but the machine.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};
use rustix::process::{Resource, getrlimit, setrlimit};

/// Descriptors that a process needs besides its sockets.
const SPARE: u64 = 100;

/// A process that does what it is told by lines.
pub struct Process {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts this program with other arguments.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn start(arguments: &[&str]) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().context("no input")?;
        let output = BufReader::new(child.stdout.take().context("no output")?).lines();
        Ok(Self { child, input, output })
    }

    /// Tells it a line.
    ///
    /// # Errors
    /// Where it is gone.
    pub fn tell(&mut self, line: &str) -> Result<()> {
        writeln!(self.input, "{line}")?;
        Ok(self.input.flush()?)
    }

    /// Waits for its next line.
    ///
    /// # Errors
    /// Where it is gone.
    pub fn hear(&mut self) -> Result<String> {
        Ok(self.output.next().context("a process ended")??)
    }

    /// Memory that is in use, in bytes.
    ///
    /// # Errors
    /// Where Linux does not tell.
    pub fn memory(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kilobytes.context("no VmRSS")?.parse::<u64>()? * 1_024)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Takes as many descriptors as may be had; how many that is.
#[must_use]
pub fn raise_limit() -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// So many sockets, or as many as descriptors allow; says so where that is less.
#[must_use]
pub fn fitting(wanted: usize, allowed: u64) -> usize {
    let most = usize::try_from(allowed.saturating_sub(SPARE)).unwrap_or(usize::MAX);
    if most < wanted {
        println!(
            "{allowed} descriptors are allowed (ulimit -n): {most} sockets in place of {wanted}"
        );
    }
    wanted.min(most)
}
