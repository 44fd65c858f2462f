//! Requests one behind the other on kept connections, some of them under way at a time: the load generator for rates.
//!
//! What is sent is made ready before the clock runs, but for the times in it, which are put in as it is sent.
//!
//! Not here: what answers mean.

use std::io::{self, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use freshet::clock::{thread_time, wall_now};

use crate::figures::timed;

/// Digits of a time in milliseconds.
const DIGITS: usize = 13;

/// One request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where times stand in it, how many milliseconds ago they were, and of which act they are.
    pub stamps: Vec<Stamp>,
    /// Answers that it brings.
    pub answers: usize,
}

/// A time in a request.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Where its digits begin.
    pub place: usize,
    /// How many milliseconds before it is sent it was.
    pub lag_ms: u64,
    /// Which act it is of.
    pub act: usize,
}

/// What was sent when.
#[derive(Debug)]
pub struct Sent {
    /// From the first byte to the last answer, of all connections.
    pub took: Duration,
    /// Act and time, for each stamp.
    pub times: Vec<(usize, u64)>,
    /// Processor time of the sending itself, which is not the other side's.
    pub own_cpu: Duration,
}

/// Reads one answer.
pub type ReadAnswer = fn(&mut BufReader<TcpStream>) -> io::Result<()>;

/// Sends the requests of each lane on a connection of its own, `under_way` of them at a time.
///
/// # Errors
/// Whatever a socket or `read` says.
pub fn send(
    address: SocketAddr,
    lanes: &mut [Vec<Request>],
    under_way: usize,
    read: ReadAnswer,
) -> io::Result<Sent> {
    let (all, took) = timed(|| {
        std::thread::scope(|scope| {
            let lanes: Vec<_> = lanes
                .iter_mut()
                .map(|lane| scope.spawn(move || one(address, lane, under_way, read)))
                .collect();
            let ended = |_| io::Error::other("a lane ended early");
            lanes
                .into_iter()
                .map(|lane| lane.join().map_err(ended)?)
                .collect::<io::Result<Vec<_>>>()
        })
    });
    let (times, spent): (Vec<_>, Vec<_>) = all?.into_iter().unzip();
    Ok(Sent { took, times: times.concat(), own_cpu: spent.into_iter().sum() })
}

fn one(
    address: SocketAddr,
    requests: &mut [Request],
    under_way: usize,
    read: ReadAnswer,
) -> io::Result<(Vec<(usize, u64)>, Duration)> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut stream = BufReader::with_capacity(1 << 16, stream);
    let mut times = Vec::new();
    for place in 0..requests.len() + under_way {
        if let Some(behind) = place.checked_sub(under_way).and_then(|place| requests.get(place)) {
            for _ in 0..behind.answers {
                read(&mut stream)?;
            }
        }
        if let Some(request) = requests.get_mut(place) {
            let now = wall_now().as_millis();
            for stamp in &request.stamps {
                let at = now.saturating_sub(stamp.lag_ms);
                let digits = format!("{at:0DIGITS$}");
                request.bytes[stamp.place..stamp.place + DIGITS].copy_from_slice(digits.as_bytes());
                times.push((stamp.act, at));
            }
            stream.get_mut().write_all(&request.bytes)?;
        }
    }
    Ok((times, thread_time().unwrap_or_default()))
}
