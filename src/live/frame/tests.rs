use actix_http::ws::Parser;
use actix_web::web::BytesMut;

use super::*;

/// A frame as a client reads it: payload and opcode.
fn read(frame: &Bytes) -> (Vec<u8>, actix_http::ws::OpCode) {
    let mut bytes = BytesMut::from(&frame[..]);
    let (finished, opcode, payload) = Parser::parse(&mut bytes, false, 1 << 20).unwrap().unwrap();
    assert!(finished && bytes.is_empty());
    (payload.map(|payload| payload.to_vec()).unwrap_or_default(), opcode)
}

#[test]
fn frames_of_any_length_are_read_back() {
    for length in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
        let line = vec![b'x'; length];
        let (payload, opcode) = read(&text([line.as_slice()].into_iter()));
        assert_eq!((payload.len(), opcode), (length, actix_http::ws::OpCode::Text));
    }
    let lines: [&[u8]; 3] = [b"{}", b"{\"a\":1}", b"{}"];
    assert_eq!(read(&text(lines.into_iter())).0, b"{}\n{\"a\":1}\n{}");
}

#[test]
fn a_close_says_code_and_reason() {
    let (payload, opcode) = read(&close(Close::Shutdown));
    assert_eq!(opcode, actix_http::ws::OpCode::Close);
    let reason = Parser::try_parse_close_payload(&payload).unwrap().unwrap();
    assert_eq!(u16::from(reason.code), 3001);
    assert_eq!(reason.description.as_deref(), Some("shutdown"));
    assert_eq!(read(&pong(b"hi")), (b"hi".to_vec(), actix_http::ws::OpCode::Pong));
}
