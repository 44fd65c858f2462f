//! A worker with real sockets, rooms that are a list in memory, and a client that speaks the protocol.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_http::ws::{OpCode, Parser};
use actix_web::rt::net::{TcpListener, TcpStream};
use actix_web::web::BytesMut;
use config::{Config, SocketConfig};
use engine::UserId;
use futures_util::future::BoxFuture;
use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::protocol::Data;
use super::{
    Denied, Door, FollowError, Hub, Intake, Pass, Published, RoomSource, Service, Sign, Since,
    Speaker, Standing, Taken, Turned, Worker, accept,
};

/// Longer than anything takes; what does not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(20);

/// Rooms as a list in memory, each with the last of its publications.
#[derive(Clone)]
pub(super) struct Rooms {
    hub: Hub,
    kept: usize,
    all: Arc<Mutex<FxHashMap<String, Room>>>,
    /// What was asked for besides.
    pub asked: Arc<Mutex<Vec<String>>>,
}

struct Room {
    epoch: Arc<str>,
    offset: u64,
    history: VecDeque<Published>,
}

impl Rooms {
    pub(super) fn new(hub: &Hub, kept: usize) -> Self {
        let rooms = Self { hub: hub.clone(), kept, all: Arc::default(), asked: Arc::default() };
        hub.serve_from(Arc::new(rooms.clone()));
        rooms
    }

    /// Publishes `{"n": offset}`; the offset.
    pub(super) fn publish(&self, room: &str) -> u64 {
        self.publish_padded(room, 0)
    }

    /// The same with so many bytes more.
    pub(super) fn publish_padded(&self, room: &str, bytes: usize) -> u64 {
        let mut rooms = self.all.lock().unwrap();
        let of = rooms.entry(room.to_owned()).or_insert_with(|| Room::new(0));
        let published = of.next(bytes, self.kept);
        self.hub.publish(room, published);
        of.offset
    }

    /// A publication that nobody is told of: it is lost on the way.
    pub(super) fn lose(&self, room: &str) {
        let mut rooms = self.all.lock().unwrap();
        let of = rooms.entry(room.to_owned()).or_insert_with(|| Room::new(0));
        of.next(0, self.kept);
    }

    /// The room begins anew.
    pub(super) fn begin_anew(&self, room: &str) {
        let mut rooms = self.all.lock().unwrap();
        let lives = rooms.get(room).map_or(0, |of| of.epoch[1..].parse::<u64>().unwrap() + 1);
        rooms.insert(room.to_owned(), Room::new(lives));
    }

    fn stand(&self, room: &str, since: Option<Since>) -> Standing {
        let mut rooms = self.all.lock().unwrap();
        let of = rooms.entry(room.to_owned()).or_insert_with(|| Room::new(0));
        let reaches = |since: &Since| {
            let oldest = of.history.front().map_or(of.offset + 1, |it| it.offset);
            *since.epoch == *of.epoch && oldest <= since.offset + 1 && since.offset <= of.offset
        };
        let missed = since.filter(reaches).map(|since| {
            of.history.iter().filter(|it| since.offset < it.offset).cloned().collect()
        });
        Standing { epoch: Arc::clone(&of.epoch), offset: of.offset, missed }
    }
}

impl Room {
    fn new(life: u64) -> Self {
        Self { epoch: format!("e{life}").into(), offset: 0, history: VecDeque::new() }
    }

    fn next(&mut self, bytes: usize, kept: usize) -> Published {
        self.offset += 1;
        let data = json!({"n": self.offset, "pad": "x".repeat(bytes)}).to_string().into();
        let published = Published { epoch: Arc::clone(&self.epoch), offset: self.offset, data };
        self.history.push_back(published.clone());
        while kept < self.history.len() {
            self.history.pop_front();
        }
        published
    }
}

impl RoomSource for Rooms {
    fn follow(
        &self,
        room: &str,
        since: Option<Since>,
    ) -> BoxFuture<'static, Result<Standing, FollowError>> {
        let (rooms, room) = (self.clone(), room.to_owned());
        Box::pin(async move {
            if room == "gone" {
                return Err(FollowError::UnknownRoom);
            }
            // The answer is on its way for a while, and rooms go on.
            tokio::task::yield_now().await;
            let standing = rooms.stand(&room, since);
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            Ok(standing)
        })
    }

    fn watch(&self, room: &str) {
        self.asked.lock().unwrap().push(format!("watch {room}"));
    }

    fn unwatch(&self, room: &str) {
        self.asked.lock().unwrap().push(format!("unwatch {room}"));
    }

    fn watch_user(&self, user: &UserId) {
        self.asked.lock().unwrap().push(format!("watch user {user}"));
    }

    fn unwatch_user(&self, user: &UserId) {
        self.asked.lock().unwrap().push(format!("unwatch user {user}"));
    }
}

/// Lets everybody in whose token is their name; `old:…` has expired, `soon:…` expires at once, `only-1:…` may enter room 1.
struct Names;

impl Door for Names {
    fn admit(&self, token: &str, said: Option<&str>) -> Result<Pass, Denied> {
        let name = if token.is_empty() { said.ok_or(Denied::Invalid)? } else { token };
        let (kind, name) = name.split_once(':').unwrap_or(("", name));
        let rooms = (kind == "only-1").then(|| vec!["1".into()]);
        let expires_in_ms = (kind == "soon").then_some(1);
        if kind == "old" {
            return Err(Denied::Expired);
        }
        Ok(Pass { user: UserId::new(name), rooms, expires_in_ms })
    }
}

/// Keeps what is said.
#[derive(Default)]
pub(super) struct Kept {
    pub events: Mutex<Vec<(String, String)>>,
}

impl Intake for Kept {
    fn event(&self, speaker: Speaker, data: String) -> BoxFuture<'static, Result<Taken, Turned>> {
        let room =
            serde_json::from_str::<Value>(&data).unwrap()["room_id"].as_str().map(Into::into);
        self.events.lock().unwrap().push((speaker.user.to_string(), data));
        let answer = Data::of(&json!({"accepted": 1})).unwrap();
        Box::pin(async { Ok(Taken { answer, room }) })
    }

    fn signs(&self, _: Vec<Sign>) -> BoxFuture<'static, bool> {
        Box::pin(async { true })
    }
}

/// Two workers on this thread, and a port that gives connections to them in turn.
pub(super) struct Rig {
    pub hub: Hub,
    pub rooms: Rooms,
    pub said: Arc<Kept>,
    pub workers: [Rc<Worker>; 2],
    address: std::net::SocketAddr,
}

/// The shipped bounds, with changes.
pub(super) fn bounds(adjust: impl FnOnce(&mut SocketConfig)) -> SocketConfig {
    let mut config = Config::default().socket;
    adjust(&mut config);
    config
}

impl Rig {
    pub(super) async fn start(kept: usize, config: SocketConfig) -> Self {
        let hub = Hub::default();
        let rooms = Rooms::new(&hub, kept);
        let said = Arc::new(Kept::default());
        let intake = Arc::clone(&said) as _;
        let service = Service { hub: hub.clone(), door: Arc::new(Names), intake, config };
        let workers = [Worker::start(service.clone()), Worker::start(service)];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = workers.clone();
        actix_web::rt::spawn(async move {
            for turn in 0.. {
                let Ok((socket, _)) = listener.accept().await else { return };
                // One that is let in no more is dropped.
                let _ = accept(&serving[turn % 2], socket, BytesMut::new(), 0);
            }
        });
        Self { hub, rooms, said, workers, address }
    }

    /// A socket that has said nothing yet.
    pub(super) async fn dial(&self) -> Client {
        let socket = TcpStream::connect(self.address).await.unwrap();
        Client { socket, read: BytesMut::new(), lines: VecDeque::new(), next: 1 }
    }

    /// A client that is connected as `user`.
    pub(super) async fn connect(&self, user: &str) -> Client {
        let mut client = self.dial().await;
        let reply = client.ask(json!({"connect": {"token": user}})).await;
        assert!(reply["connect"]["client"].is_string(), "{reply}");
        client
    }
}

/// A client that speaks the protocol.
pub(super) struct Client {
    pub socket: TcpStream,
    read: BytesMut,
    lines: VecDeque<Value>,
    next: u64,
}

/// What a client reads.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Read {
    Line(Value),
    /// Closed with this code; 0 where the connection is gone without one.
    Closed(u16),
}

impl Client {
    /// Sends a command; its id.
    pub(super) async fn send(&mut self, mut command: Value) -> u64 {
        let id = self.next;
        self.next += 1;
        command["id"] = id.into();
        self.send_text(&command.to_string()).await;
        id
    }

    pub(super) async fn send_text(&mut self, text: &str) {
        self.send_frame(text.as_bytes(), OpCode::Text, true).await;
    }

    pub(super) async fn send_frame(&mut self, payload: &[u8], opcode: OpCode, finished: bool) {
        let mut frame = BytesMut::new();
        Parser::write_message(&mut frame, payload, opcode, finished, true);
        let mut sent = 0;
        while sent < frame.len() {
            self.socket.writable().await.unwrap();
            match self.socket.try_write(&frame[sent..]) {
                Ok(written) => sent += written,
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock),
            }
        }
    }

    /// Sends a command and waits for its answer; pushes that come before it are kept.
    pub(super) async fn ask(&mut self, command: Value) -> Value {
        let id = self.send(command).await;
        let mut before = VecDeque::new();
        loop {
            match self.next().await {
                Read::Line(line) if line["id"] == id => {
                    before.append(&mut self.lines);
                    self.lines = before;
                    return line;
                }
                Read::Line(line) => before.push_back(line),
                closed @ Read::Closed(_) => panic!("{closed:?} instead of an answer"),
            }
        }
    }

    pub(super) async fn subscribe(&mut self, channel: &str) -> Value {
        let reply = self.ask(json!({"subscribe": {"channel": channel}})).await;
        assert!(reply["subscribe"].is_object(), "{reply}");
        reply["subscribe"].clone()
    }

    /// The next line or the end.
    pub(super) async fn next(&mut self) -> Read {
        tokio::time::timeout(PATIENCE, self.read()).await.expect("something comes")
    }

    /// The next line, where it is there already or on its way by now.
    pub(super) async fn next_within(&mut self, wait: Duration) -> Option<Read> {
        tokio::time::timeout(wait, self.read()).await.ok()
    }

    async fn read(&mut self) -> Read {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return Read::Line(line);
            }
            if let Some((finished, opcode, payload)) =
                Parser::parse(&mut self.read, false, 1 << 24).unwrap()
            {
                assert!(finished);
                let payload = payload.unwrap_or_default();
                match opcode {
                    OpCode::Close => {
                        return Read::Closed(u16::from_be_bytes([payload[0], payload[1]]));
                    }
                    OpCode::Text => {
                        let text = std::str::from_utf8(&payload).unwrap();
                        self.lines.extend(
                            text.lines().map(|it| serde_json::from_str::<Value>(it).unwrap()),
                        );
                    }
                    other => self.lines.push_back(json!({"opcode": format!("{other:?}")})),
                }
                continue;
            }
            self.socket.readable().await.unwrap();
            let mut bytes = vec![0; 65_536];
            match self.socket.try_read(&mut bytes) {
                Ok(0) => return Read::Closed(0),
                Ok(read) => self.read.extend_from_slice(&bytes[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => return Read::Closed(0),
            }
        }
    }
}
