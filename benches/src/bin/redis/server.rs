//! A Redis of our own: started on a free port in a temporary directory, asked, and ended.
//!
//! Not here: Redis as a service of the system, which is neither used nor touched.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use benches::process::process_time;

/// When Redis syncs its append-only file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fsync {
    /// Before it answers.
    Always,
    /// Once a second.
    EverySecond,
}

/// A running Redis.
pub struct Redis {
    child: Child,
    address: SocketAddr,
    _dir: tempfile::TempDir,
}

/// An answer of Redis.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A number.
    Number(i64),
    /// A text, or nothing.
    Text(Option<String>),
    /// Several.
    Many(Vec<Reply>),
}

impl Redis {
    /// Starts one that appends each command to a file and syncs it as said.
    ///
    /// # Errors
    /// Where there is no `redis-server`, or it does not come up.
    pub fn start(fsync: Fsync) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let fsync = match fsync {
            Fsync::Always => "always",
            Fsync::EverySecond => "everysec",
        };
        let port_text = port.to_string();
        // It neither rewrites its file nor takes snapshots meanwhile, which would cost it time.
        let settings = [
            ["--port", &port_text],
            ["--bind", "127.0.0.1"],
            ["--appendonly", "yes"],
            ["--appendfsync", fsync],
            ["--auto-aof-rewrite-percentage", "0"],
            ["--save", ""],
        ];
        let child = Command::new("redis-server")
            .args(settings.as_flattened())
            .current_dir(dir.path())
            .stdout(Stdio::null())
            .spawn()
            .context("redis-server cannot be started; `make compare` installs it")?;
        let redis =
            Self { child, address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), _dir: dir };
        for _ in 0..1_000 {
            if TcpStream::connect(redis.address).is_ok() {
                return Ok(redis);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        anyhow::bail!("redis-server does not answer after ten seconds")
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Processor time that it took so far.
    #[must_use]
    pub fn cpu_time(&self) -> Duration {
        process_time(self.child.id())
    }

    /// Answers to commands, in their order.
    ///
    /// # Errors
    /// Whatever the socket says, or Redis where it refuses one.
    pub fn ask(&self, request: &[u8], answers: usize) -> Result<Vec<Reply>> {
        let mut stream = BufReader::new(TcpStream::connect(self.address)?);
        // What is asked here is small, and its answers fit the buffers of the socket.
        stream.get_mut().write_all(request)?;
        (0..answers).map(|_| Ok(reply(&mut stream)?)).collect()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may have ended by itself; its directory goes either way.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads an answer and lets it go.
///
/// # Errors
/// Whatever the socket says, or Redis where it refused.
pub fn pass(stream: &mut BufReader<TcpStream>) -> io::Result<()> {
    let mut line = [0u8; 128];
    let length = read_line(stream, &mut line)?;
    let text = std::str::from_utf8(&line[1.min(length)..length]).unwrap_or_default();
    match line[0] {
        b':' | b'+' => Ok(()),
        // One line more, which holds no end of line.
        b'$' if text != "-1" => read_line(stream, &mut line).map(|_| ()),
        _ => Err(io::Error::other(format!("redis says {text}"))),
    }
}

fn reply(stream: &mut BufReader<TcpStream>) -> io::Result<Reply> {
    let mut line = [0u8; 128];
    let length = read_line(stream, &mut line)?;
    let text = std::str::from_utf8(&line[1.min(length)..length]).unwrap_or_default();
    let number = || text.parse::<i64>().map_err(|_| io::Error::from(io::ErrorKind::InvalidData));
    match line[0] {
        b':' => Ok(Reply::Number(number()?)),
        b'+' => Ok(Reply::Text(Some(text.to_owned()))),
        b'$' => bulk(stream, number()?).map(Reply::Text),
        b'*' => (0..number()?).map(|_| reply(stream)).collect::<io::Result<_>>().map(Reply::Many),
        _ => Err(io::Error::other(format!("redis says {text}"))),
    }
}

fn bulk(stream: &mut BufReader<TcpStream>, length: i64) -> io::Result<Option<String>> {
    let Ok(length) = usize::try_from(length) else { return Ok(None) };
    let mut bytes = vec![0; length + 2];
    stream.read_exact(&mut bytes)?;
    bytes.truncate(length);
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Reads a line without its end; how long it is.
fn read_line(stream: &mut BufReader<TcpStream>, into: &mut [u8; 128]) -> io::Result<usize> {
    let mut filled = 0;
    loop {
        let available = stream.fill_buf()?;
        if available.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let taken = end.unwrap_or(available.len());
        let room = taken.min(into.len() - filled);
        into[filled..filled + room].copy_from_slice(&available[..room]);
        filled += room;
        stream.consume(taken + usize::from(end.is_some()));
        if end.is_some() {
            return Ok(filled - usize::from(0 < filled && into[filled - 1] == b'\r'));
        }
    }
}
