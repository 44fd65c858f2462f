//! WebSocket frames as they go out, made once and shared: those of a server are not masked.
//!
//! Not here: frames that come in (see `input`).

use actix_web::web::Bytes;

use super::protocol::Close;

/// A whole text message.
const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PONG: u8 = 0x8a;
/// A control frame holds no more.
const CONTROL_BYTES: usize = 125;
/// The longest head: opcode, 127, eight bytes of length.
const HEAD_BYTES: usize = 10;

/// The frame of one message of `lines`.
pub(super) fn text<'a>(lines: impl Iterator<Item = &'a [u8]> + Clone) -> Bytes {
    let joined = lines.clone().map(|line| line.len() + 1).sum::<usize>().saturating_sub(1);
    let mut frame = Vec::with_capacity(HEAD_BYTES + joined);
    head(&mut frame, TEXT, joined);
    for (place, line) in lines.enumerate() {
        if 0 < place {
            frame.push(b'\n');
        }
        frame.extend_from_slice(line);
    }
    Bytes::from(frame)
}

/// The frame that closes a connection.
pub(super) fn close(why: Close) -> Bytes {
    control(CLOSE, &[&why.code().to_be_bytes(), why.reason().as_bytes()])
}

/// The frame that answers a close with a code of the protocol below (RFC 6455).
pub(super) fn close_with(code: u16) -> Bytes {
    control(CLOSE, &[&code.to_be_bytes()])
}

/// The answer to a ping of the protocol below.
pub(super) fn pong(payload: &[u8]) -> Bytes {
    control(PONG, &[payload])
}

fn control(opcode: u8, parts: &[&[u8]]) -> Bytes {
    let mut payload = parts.concat();
    payload.truncate(CONTROL_BYTES);
    let mut frame = Vec::with_capacity(HEAD_BYTES + payload.len());
    head(&mut frame, opcode, payload.len());
    frame.extend_from_slice(&payload);
    Bytes::from(frame)
}

fn head(frame: &mut Vec<u8>, opcode: u8, length: usize) {
    frame.push(opcode);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..=125), _) => frame.push(short),
        (_, Ok(middle)) => {
            frame.push(126);
            frame.extend_from_slice(&middle.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests;
