//! Frames of a WebSocket as they come in, put together into messages.
//!
//! Not here: what messages say (see `protocol`).

use std::future::poll_fn;
use std::io;

use actix_codec::Decoder;
use actix_http::ws::{Codec, Frame, Item, ProtocolError};
use actix_web::rt::net::TcpStream;
use actix_web::web::{Bytes, BytesMut};

use super::connection::{Connection, End};
use super::frame;
use super::protocol::Close;

/// Taken from the system at once.
const READ_BYTES: usize = 4_096;
/// RFC 6455: what came is no frame.
const NO_FRAME: u16 = 1002;
/// RFC 6455: messages are text.
const NO_TEXT: u16 = 1003;

/// What has come in and is no message yet.
pub(super) struct Input {
    buffer: BytesMut,
    codec: Codec,
    /// The beginning of a message that comes in several frames.
    begun: Option<BytesMut>,
    most_bytes: usize,
}

impl Input {
    /// Nothing but what came behind the request.
    pub(super) fn new(buffer: BytesMut, most_bytes: usize) -> Self {
        Self { buffer, codec: Codec::new().max_size(most_bytes), begun: None, most_bytes }
    }

    /// The next message; pings of the protocol below are answered on the way.
    pub(super) async fn next(&mut self, connection: &Connection) -> Result<String, End> {
        loop {
            while let Some(frame) = self.codec.decode(&mut self.buffer).map_err(|it| broken(&it))? {
                if let Some(message) = self.take(frame, connection)? {
                    return text(&message);
                }
            }
            if self.buffer.is_empty() {
                // An idle connection holds no buffer.
                self.buffer = BytesMut::new();
            }
            self.read(connection.socket().ok_or(End::Lost)?).await?;
        }
    }

    /// Reads and forgets until the client has closed, too.
    pub(super) async fn drain(&mut self, socket: &TcpStream) {
        while self.read(socket).await.is_ok() {
            self.buffer.clear();
        }
    }

    fn take(&mut self, frame: Frame, connection: &Connection) -> Result<Option<Bytes>, End> {
        match frame {
            Frame::Text(message) => return Ok(Some(message)),
            Frame::Binary(_) | Frame::Continuation(Item::FirstBinary(_)) => {
                return Err(End::Broken(NO_TEXT));
            }
            Frame::Continuation(Item::FirstText(part)) => {
                self.begun = Some(BytesMut::from(&part[..]));
            }
            Frame::Continuation(Item::Continue(part)) => self.go_on(&part)?,
            Frame::Continuation(Item::Last(part)) => {
                self.go_on(&part)?;
                return Ok(self.begun.take().map(BytesMut::freeze));
            }
            Frame::Ping(payload) => connection.send(frame::pong(&payload)),
            Frame::Pong(_) => {}
            Frame::Close(_) => return Err(End::Left),
        }
        Ok(None)
    }

    fn go_on(&mut self, part: &[u8]) -> Result<(), End> {
        let begun = self.begun.as_mut().ok_or(End::Broken(NO_FRAME))?;
        if self.most_bytes < begun.len() + part.len() {
            return Err(End::Closed(Close::BadRequest));
        }
        begun.extend_from_slice(part);
        Ok(())
    }

    async fn read(&mut self, socket: &TcpStream) -> Result<(), End> {
        loop {
            poll_fn(|context| socket.poll_read_ready(context)).await.map_err(|_| End::Lost)?;
            match read_some(socket, &mut self.buffer) {
                Ok(0) => return Err(End::Lost),
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Err(End::Lost),
            }
        }
    }
}

/// Outside of any future, so that none holds the room for it.
fn read_some(socket: &TcpStream, buffer: &mut BytesMut) -> io::Result<usize> {
    let mut bytes = [0; READ_BYTES];
    let read = socket.try_read(&mut bytes)?;
    buffer.extend_from_slice(&bytes[..read]);
    Ok(read)
}

fn broken(error: &ProtocolError) -> End {
    match error {
        ProtocolError::Overflow => End::Closed(Close::BadRequest),
        _ => End::Broken(NO_FRAME),
    }
}

fn text(message: &[u8]) -> Result<String, End> {
    std::str::from_utf8(message).map(ToOwned::to_owned).map_err(|_| End::Closed(Close::BadRequest))
}
