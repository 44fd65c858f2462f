//! The other end of all sockets: one thread that reads whatever is there, and some sockets that nobody reads.

use std::io::{ErrorKind, Read, Write, stdin};
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Socket, Type};

use super::messages::{now, times};

const EVENTS: usize = 1_024;
const READ_BYTES: usize = 1 << 16;
/// What a socket that nobody reads holds before the sender notices.
const STALLED_BYTES: usize = 4_096;
/// Sockets are opened by so many threads.
const OPENING: usize = 8;
/// The masked answer to a ping.
const PONG: [u8; 8] = [0x81, 0x82, 0, 0, 0, 0, b'{', b'}'];

struct End {
    socket: TcpStream,
    /// The beginning of a frame.
    rest: Vec<u8>,
}

/// One message: when it was made, and microseconds until it was read.
type Came = (Duration, u64);

/// Opens the sockets, says how many milliseconds that took, and then does what each line of the input says: `COUNT` waits for so
/// many messages on every socket that is read, `for MILLISECONDS` reads as long. What came is told by a line: median, 99th
/// percentile and longest in microseconds, microseconds since the first was made, and how many there were.
///
/// # Errors
/// Where a socket cannot be opened, or one that is read is closed.
pub fn read(address: &str, sockets: usize, stalled: usize) -> Result<()> {
    let began = now();
    let mut poll = Poll::new()?;
    let mut ends = Vec::with_capacity(sockets);
    for (number, stream) in open_all(address.parse()?, sockets, stalled)?.into_iter().enumerate() {
        let mut socket = TcpStream::from_std(stream);
        if stalled <= number {
            poll.registry().register(&mut socket, Token(number), Interest::READABLE)?;
        }
        ends.push(End { socket, rest: Vec::new() });
    }
    println!("{}", now().saturating_sub(began).as_millis());
    let orders = orders();
    let mut early = Vec::new();
    while let Ok(order) = orders.recv() {
        let until = match order {
            Order::Count(count) => (count * (sockets - stalled), None),
            Order::For(time) => (usize::MAX, Some(now() + time)),
        };
        println!("{}", summary(collect(&mut poll, &mut ends, (until, &mut early))?));
    }
    Ok(())
}

enum Order {
    Count(usize),
    For(Duration),
}

fn orders() -> Receiver<Order> {
    let order = |line: &str| match line.trim().strip_prefix("for ") {
        Some(time) => time.parse().ok().map(|ms| Order::For(Duration::from_millis(ms))),
        None => line.trim().parse().ok().map(Order::Count),
    };
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for line in stdin().lines() {
            let Some(order) = line.ok().as_deref().and_then(order) else { return };
            let _ = tell.send(order);
        }
    });
    told
}

fn summary(came: Vec<Came>) -> String {
    let began = came.iter().map(|(at, _)| *at).min().unwrap_or_default();
    let mut took: Vec<u64> = came.into_iter().map(|(_, took)| took).collect();
    took.sort_unstable();
    let last = took.len().saturating_sub(1);
    let at = |share: f64| took.get((last as f64 * share) as usize).copied().unwrap_or_default();
    let all = now().saturating_sub(began).as_micros();
    format!("{} {} {} {all} {}", at(0.5), at(0.99), at(1.0), took.len())
}

fn open_all(
    address: SocketAddr,
    sockets: usize,
    stalled: usize,
) -> Result<Vec<std::net::TcpStream>> {
    let share = sockets.div_ceil(OPENING);
    thread::scope(|scope| {
        let opening: Vec<_> = (0..OPENING)
            .map(|part| {
                let numbers = part * share..sockets.min((part + 1) * share);
                scope.spawn(move || -> Result<Vec<_>> {
                    numbers.map(|number| open(address, number, stalled <= number)).collect()
                })
            })
            .collect();
        let opened = opening
            .into_iter()
            .map(|part| part.join().map_err(|_| anyhow!("a thread that opens sockets failed"))?);
        Ok(opened.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    })
}

fn open(address: SocketAddr, number: usize, is_read: bool) -> Result<std::net::TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    if !is_read {
        socket.set_recv_buffer_size(STALLED_BYTES)?;
    }
    socket.connect(&address.into()).with_context(|| format!("socket {number}"))?;
    let mut stream: std::net::TcpStream = socket.into();
    stream.set_nodelay(true)?;
    stream.write_all(
        b"GET /v1/ws HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
          sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    )?;
    let mut read = Vec::new();
    until(&mut stream, &mut read, b"\r\n\r\n")?;
    let commands = format!(
        "{{\"id\":1,\"connect\":{{\"data\":{{\"user_id\":\"u{number}\"}}}}}}\n\
         {{\"id\":2,\"subscribe\":{{\"channel\":\"room:1\"}}}}"
    );
    let mut frame = vec![0x81, 0xfe];
    frame.extend_from_slice(&(commands.len() as u16).to_be_bytes());
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(commands.as_bytes());
    stream.write_all(&frame)?;
    until(&mut stream, &mut read, b"\"subscribe\":{")?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}

fn until(stream: &mut std::net::TcpStream, read: &mut Vec<u8>, end: &[u8]) -> Result<()> {
    let mut bytes = [0; 1_024];
    while !read.windows(end.len()).any(|it| it == end) {
        match stream.read(&mut bytes)? {
            0 => bail!("closed: {}", String::from_utf8_lossy(read)),
            count => read.extend_from_slice(&bytes[..count]),
        }
    }
    Ok(())
}

/// Reads so many messages, or as long as is said.
fn collect(
    poll: &mut Poll,
    ends: &mut [End],
    ((wanted, end), early): ((usize, Option<Duration>), &mut Vec<Came>),
) -> Result<Vec<Came>> {
    let mut events = Events::with_capacity(EVENTS);
    let mut bytes = vec![0; READ_BYTES];
    while early.len() < wanted {
        let left = end.map(|end| end.saturating_sub(now()));
        if left.is_some_and(|left| left.is_zero()) {
            break;
        }
        poll.poll(&mut events, left)?;
        for event in &events {
            drain(&mut ends[event.token().0], &mut bytes, early)?;
        }
    }
    let later = early.split_off(wanted.min(early.len()));
    Ok(std::mem::replace(early, later))
}

fn drain(end: &mut End, bytes: &mut [u8], came: &mut Vec<Came>) -> Result<()> {
    loop {
        match end.socket.read(bytes) {
            Ok(0) => bail!("a socket that is read was closed"),
            Ok(count) => take(end, &bytes[..count], came)?,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Cuts what came into frames; pings are answered.
fn take(end: &mut End, came: &[u8], all: &mut Vec<Came>) -> Result<()> {
    let at = now();
    let joined;
    let mut left = came;
    if !end.rest.is_empty() {
        end.rest.extend_from_slice(came);
        joined = std::mem::take(&mut end.rest);
        left = &joined;
    }
    while let Some((begin, end_of_frame)) = frame(left) {
        let payload = &left[begin..end_of_frame];
        if left[0] == 0x88 {
            bail!("closed: {}", String::from_utf8_lossy(payload));
        }
        if payload == b"{}" {
            end.socket.write_all(&PONG)?;
        }
        all.extend(times(payload).map(|made| (made, at.saturating_sub(made).as_micros() as u64)));
        left = &left[end_of_frame..];
    }
    end.rest.extend_from_slice(left);
    Ok(())
}

/// Where the payload of the first frame begins and ends, where it is whole.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let (begin, length) = match *bytes.get(1)? {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?) as usize),
        short => (2, usize::from(short)),
    };
    (begin + length <= bytes.len()).then_some((begin, begin + length))
}
