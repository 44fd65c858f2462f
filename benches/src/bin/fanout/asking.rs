//! Starts the processes, orders messages and prints what came of them.

use std::time::Duration;

use anyhow::Result;
use benches::sockets::processes::Process;

use crate::measures::{Took, median};

/// Bytes of a message.
const BYTES: usize = 200;
const ROUNDS: usize = 25;
const BURST: usize = 50;
const PACED: usize = 60;
/// Between messages that come one by one, for each thousand sockets: some three times what a delivery takes.
const PACE_A_THOUSAND: Duration = Duration::from_millis(30);
/// Of the sockets, which share nobody reads where some are stalled.
const STALLED_OF: usize = 20;
/// Messages by which stalled sockets are filled before anything is measured.
const FILLING: (usize, usize) = (60, 8_000);

/// A server and a reader that are connected.
struct Pair {
    server: Process,
    reader: Process,
}

impl Pair {
    fn start(kind: &str, sockets: usize, stalled: usize) -> Result<(Self, u64)> {
        let mut server = Process::start(&[kind])?;
        let address = server.hear()?;
        let before = server.memory()?;
        let (sockets, stalled) = (sockets.to_string(), stalled.to_string());
        let mut reader = Process::start(&["--read", &address, &sockets, &stalled])?;
        reader.hear()?;
        let grown = server.memory()?.saturating_sub(before);
        Ok((Self { server, reader }, grown))
    }

    /// Sends so many messages of so many bytes and waits until every socket that is read has them.
    fn send(&mut self, count: usize, bytes: usize) -> Result<Took> {
        self.reader.tell(&count.to_string())?;
        self.server.tell(&format!("{count} {bytes}"))?;
        Took::parse(&self.reader.hear()?)
    }
}

/// Compares both ways with so many sockets.
pub fn compare(sockets: usize) -> Result<()> {
    println!(
        "{sockets} sockets in one room, messages of {BYTES} bytes; server, reader and this share the machine"
    );
    let plain = measure("plain actix-ws", "--plain", sockets)?;
    let ours = measure("freshet", "--ours", sockets)?;
    println!(
        "freshet beside plain: one message {:.2} of its deliveries/s, {BURST} at once {:.2}, memory {:.2}",
        ours.one / plain.one,
        ours.burst / plain.burst,
        ours.memory / plain.memory
    );
    let stalled = sockets / STALLED_OF;
    let pace = PACE_A_THOUSAND * (sockets as u32).div_ceil(1_000);
    let good = paced(sockets, 0, pace)?;
    let beside = paced(sockets, stalled, pace)?;
    println!(
        "p99 of those who read, a message every {} ms: {:.1} ms with none stalled, {:.1} ms beside {stalled} that are: {:.2}",
        pace.as_millis(),
        good / 1e3,
        beside / 1e3,
        beside / good
    );
    Ok(())
}

struct Measured {
    /// Deliveries a second of one message.
    one: f64,
    /// Of many at once.
    burst: f64,
    /// Bytes a socket.
    memory: f64,
}

fn measure(name: &str, kind: &str, sockets: usize) -> Result<Measured> {
    let (mut pair, grown) = Pair::start(kind, sockets, 0)?;
    pair.send(3, BYTES)?;
    let mut all = Vec::new();
    for _ in 0..ROUNDS {
        all.push(pair.send(1, BYTES)?.all_us);
    }
    let one_us = median(&mut all);
    let mut bursts = Vec::new();
    for _ in 0..3 {
        bursts.push(pair.send(BURST, BYTES)?.all_us);
    }
    let burst_us = median(&mut bursts);
    let after = pair.server.memory()?;
    let measured = Measured {
        one: sockets as f64 / one_us * 1e6,
        burst: (sockets * BURST) as f64 / burst_us * 1e6,
        memory: grown as f64 / sockets as f64,
    };
    println!(
        "{name}: all have one message after {:.1} ms ({:.0} deliveries/s), {BURST} at once after {:.1} ms ({:.0}/s); {:.1} KB a \
         socket ({} MB in all after the bursts)",
        one_us / 1e3,
        measured.one,
        burst_us / 1e3,
        measured.burst,
        measured.memory / 1024.0,
        after >> 20,
    );
    Ok(measured)
}

/// The 99th percentile over messages that come one by one, in microseconds.
fn paced(sockets: usize, stalled: usize, pace: Duration) -> Result<f64> {
    let (mut pair, _) = Pair::start("--ours", sockets, stalled)?;
    pair.send(FILLING.0, FILLING.1)?;
    let mut p99 = Vec::new();
    for _ in 0..PACED {
        p99.push(pair.send(1, BYTES)?.p99_us);
        std::thread::sleep(pace);
    }
    Ok(median(&mut p99))
}
