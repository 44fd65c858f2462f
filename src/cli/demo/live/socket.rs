//! A WebSocket to the demo's own node: as much of RFC 6455 as a client of it needs.
//!
//! Not here: TLS, compression, fragments; the node sends whole text frames.

use std::io::{BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::Duration;

/// No frame of a room is larger; a length past it is a broken stream.
const MOST_BYTES: u64 = 4 * 1_024 * 1_024;

/// An open connection.
pub struct Socket {
    stream: BufReader<TcpStream>,
}

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub enum Came {
    /// Text.
    Text(String),
    /// Nothing in time.
    Nothing,
    /// The end, with its code.
    Closed(u16),
}

impl Socket {
    /// Connects to `path` of the node at `authority`; a read that takes longer than `patience` gives [`Came::Nothing`].
    ///
    /// # Errors
    /// Where no node answers, or it does not speak WebSocket there.
    pub fn open(authority: &str, path: &str, patience: Duration) -> Result<Self> {
        let mut stream = TcpStream::connect(authority)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ZnJlc2hldC1kZW1vLXBybw==\r\n\r\n"
        );
        stream.write_all(head.as_bytes())?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            answer.push(byte[0]);
        }
        if !answer.starts_with(b"HTTP/1.1 101") {
            let line =
                String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned();
            return Err(Error::new(ErrorKind::ConnectionRefused, line));
        }
        stream.set_read_timeout(Some(patience))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends a text.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub fn send(&mut self, text: &str) -> Result<()> {
        let frame = frame(1, text.as_bytes());
        self.stream.get_mut().write_all(&frame)
    }

    /// What comes next.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub fn next(&mut self) -> Result<Came> {
        let mut head = [0; 2];
        match self.stream.read_exact(&mut head[..1]) {
            Ok(()) => {}
            Err(fault) if matches!(fault.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Ok(Came::Nothing);
            }
            Err(fault) => return Err(fault),
        }
        // Of a frame that has begun the rest is there or on its way.
        self.stream.read_exact(&mut head[1..])?;
        let length = self.length(head[1] & 0x7f)?;
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload)?;
        match head[0] & 0x0f {
            1 => Ok(Came::Text(String::from_utf8_lossy(&payload).into_owned())),
            8 => Ok(Came::Closed(
                payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code)),
            )),
            9 => {
                let pong = frame(10, &payload);
                self.stream.get_mut().write_all(&pong)?;
                Ok(Came::Nothing)
            }
            _ => Ok(Came::Nothing),
        }
    }

    fn length(&mut self, short: u8) -> Result<usize> {
        let length = match short {
            126 => {
                let mut bytes = [0; 2];
                self.stream.read_exact(&mut bytes)?;
                u64::from(u16::from_be_bytes(bytes))
            }
            127 => {
                let mut bytes = [0; 8];
                self.stream.read_exact(&mut bytes)?;
                u64::from_be_bytes(bytes)
            }
            short => u64::from(short),
        };
        if MOST_BYTES < length {
            return Err(Error::new(ErrorKind::InvalidData, format!("a frame of {length} bytes")));
        }
        Ok(length as usize)
    }
}

/// A whole frame, masked as a client's must be. The mask hides nothing from the node that it is sent to; any will do.
fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        short @ 0..126 => frame.push(0x80 | short as u8),
        middle @ 126..=0xffff => {
            frame.push(0xfe);
            frame.extend((middle as u16).to_be_bytes());
        }
        long => {
            frame.push(0xff);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_masked_and_say_their_length() {
        // The example of RFC 6455, 5.7: "Hello", masked.
        let hello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        assert_eq!(frame(1, b"Hello"), hello);
        assert_eq!(frame(1, &[0; 126])[1..4], [0xfe, 0, 126]);
        assert_eq!(frame(1, &vec![0; 70_000])[1..10], [0xff, 0, 0, 0, 0, 0, 1, 0x11, 0x70]);
    }
}
