//! A blocking WebSocket client that speaks lines of JSON, and one of server-sent events: plain sockets, no library.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

/// Longer than anything takes; only a hang runs into it.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a request was answered with: status and head.
pub struct Opened {
    pub status: u16,
    pub head: String,
    pub socket: BufReader<TcpStream>,
}

/// Sends a GET of `path` to the node at `url` with these headers.
pub fn open(url: &str, path: &str, headers: &[(&str, &str)]) -> Opened {
    let host = url.trim_start_matches("http://");
    let mut socket = TcpStream::connect(host).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let own = headers.iter().any(|(name, _)| *name == "host");
    let lines: String = (!own)
        .then_some(("host", host))
        .iter()
        .chain(headers)
        .flat_map(|(name, value)| [name, ": ", value, "\r\n"])
        .collect();
    let request = format!("GET {path} HTTP/1.1\r\n{lines}");
    socket.write_all(format!("{request}\r\n").as_bytes()).unwrap();
    let mut socket = BufReader::new(socket);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(socket.read_line(&mut head).unwrap(), 0, "no answer: {head}");
    }
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Opened { status, head, socket }
}

/// The headers of a handshake.
pub const HANDSHAKE: [(&str, &str); 4] = [
    ("connection", "Upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// A WebSocket.
pub struct WebSocket {
    socket: BufReader<TcpStream>,
    lines: Vec<Value>,
    next: u64,
}

impl WebSocket {
    /// Opens one and does not say who it is yet.
    pub fn dial(url: &str) -> Self {
        let opened = open(url, "/v1/ws", &HANDSHAKE);
        assert_eq!(opened.status, 101, "{}", opened.head);
        let accept = "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
        assert!(opened.head.to_lowercase().contains(&accept.to_lowercase()), "{}", opened.head);
        Self { socket: opened.socket, lines: Vec::new(), next: 1 }
    }

    /// Opens one as `user`, by a token or where none is needed.
    pub fn connect(url: &str, who: &Value) -> Self {
        let mut socket = Self::dial(url);
        let reply = socket.ask(json!({"connect": who}));
        assert!(reply["connect"].is_object(), "{reply}");
        socket
    }

    pub fn send(&mut self, mut command: Value) -> u64 {
        let id = self.next;
        self.next += 1;
        command["id"] = id.into();
        let text = command.to_string();
        // Masked by zeros: allowed, and easy to read in a trace.
        let mut frame = vec![0x81, 0xfe];
        frame.extend_from_slice(&(text.len() as u16).to_be_bytes());
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(text.as_bytes());
        self.socket.get_mut().write_all(&frame).unwrap();
        id
    }

    /// Sends a command and waits for its answer; what comes before it is kept.
    pub fn ask(&mut self, command: Value) -> Value {
        let id = self.send(command);
        let mut before = Vec::new();
        loop {
            let line = self.next().unwrap_or_else(|code| panic!("closed with {code}"));
            if line["id"] == id {
                before.append(&mut self.lines);
                self.lines = before;
                return line;
            }
            before.push(line);
        }
    }

    pub fn subscribe(&mut self, subscribe: &Value) -> Value {
        let reply = self.ask(json!({"subscribe": subscribe}));
        assert!(reply["subscribe"].is_object(), "{reply}");
        reply["subscribe"].clone()
    }

    /// The next publication in `channel`.
    pub fn publication(&mut self, channel: &str) -> Value {
        loop {
            let line = self.next().unwrap_or_else(|code| panic!("closed with {code}"));
            if line["push"]["channel"] == channel && line["push"].get("pub").is_some() {
                return line["push"]["pub"].clone();
            }
        }
    }

    /// The next line, or the code that it was closed with.
    pub fn next(&mut self) -> Result<Value, u16> {
        while self.lines.is_empty() {
            let mut head = [0; 2];
            if self.socket.read_exact(&mut head).is_err() {
                return Err(0);
            }
            let length = match head[1] {
                126 => u64::from(
                    self.read::<2>().iter().fold(0u16, |sum, byte| sum << 8 | u16::from(*byte)),
                ),
                127 => u64::from_be_bytes(self.read::<8>()),
                short => u64::from(short),
            };
            let mut payload = vec![0; usize::try_from(length).unwrap()];
            self.socket.read_exact(&mut payload).unwrap();
            if head[0] == 0x88 {
                return Err(u16::from_be_bytes([payload[0], payload[1]]));
            }
            let text = String::from_utf8(payload).unwrap();
            self.lines
                .extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
        }
        Ok(self.lines.remove(0))
    }

    fn read<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.socket.read_exact(&mut bytes).unwrap();
        bytes
    }
}

/// Server-sent events.
pub struct EventSource {
    socket: BufReader<TcpStream>,
    /// The id of the last event that had one.
    pub last_id: Option<String>,
}

impl EventSource {
    pub fn open(url: &str, path: &str, last_id: Option<&str>) -> Self {
        let mut headers = vec![("accept", "text/event-stream")];
        headers.extend(last_id.map(|id| ("last-event-id", id)));
        let opened = open(url, path, &headers);
        assert_eq!(opened.status, 200, "{}", opened.head);
        assert!(opened.head.contains("content-type: text/event-stream"), "{}", opened.head);
        Self { socket: opened.socket, last_id: None }
    }

    /// The data of the next event.
    pub fn next(&mut self) -> Value {
        let mut data = None;
        loop {
            let mut line = String::new();
            assert_ne!(self.socket.read_line(&mut line).unwrap(), 0, "the answer ended");
            let line = line.trim_end();
            if let Some(id) = line.strip_prefix("id: ") {
                self.last_id = Some(id.to_owned());
            } else if let Some(text) = line.strip_prefix("data: ") {
                data = Some(serde_json::from_str(text).unwrap());
            } else if let ("", Some(data)) = (line, data.take()) {
                return data;
            }
            // Sizes of chunks, comments and the time to wait are passed over.
        }
    }

    /// The next event of this kind.
    pub fn of_kind(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next();
            if event["kind"] == kind {
                return event;
            }
        }
    }
}
