//! Writing what a client is sent.
//!
//! A publication is written once and its bytes are shared by all who follow the channel; replies are written each for itself.
//!
//! Not here: who is sent what, and when.

use serde::Serialize;
use serde_json::value::RawValue;

use super::codes::{Refusal, Unsubscribed};

/// JSON on one line, as it goes out.
#[derive(Clone, Debug)]
pub struct Data(Box<RawValue>);

impl Data {
    /// Data of a JSON text; white space with line breaks is taken out.
    ///
    /// # Errors
    /// What the parser says of a text that is no JSON.
    pub fn of_text(text: &str) -> Result<Self, serde_json::Error> {
        if text.contains(['\n', '\r']) {
            return Self::of(&serde_json::from_str::<serde_json::Value>(text)?);
        }
        serde_json::from_str(text).map(Self)
    }

    /// Data of a value.
    ///
    /// # Errors
    /// What the writer says of a value that JSON cannot hold, such as a map with keys that are no strings.
    pub fn of(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// The data that says nothing.
    #[must_use]
    pub fn null() -> Self {
        Self(RawValue::NULL.to_owned())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

/// Lines that go out in one frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    text: String,
}

/// The answer to a connect.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ConnectReply<'a> {
    /// The connection's name.
    pub client: &'a str,
    /// Version of the node.
    pub version: &'a str,
    /// Whether the token expires.
    #[serde(skip_serializing_if = "is_false")]
    pub expires: bool,
    /// Seconds until it does.
    #[serde(skip_serializing_if = "is_zero_u32")]
    pub ttl: u32,
    /// Seconds between two pings.
    #[serde(skip_serializing_if = "is_zero_u32")]
    pub ping: u32,
    /// Whether pings are to be answered.
    #[serde(skip_serializing_if = "is_false")]
    pub pong: bool,
}

/// How a channel is followed from now on.
#[derive(Clone, Copy, Debug)]
pub enum Followed<'a> {
    /// Without offsets: what is missed is gone, and the latest comes next.
    State,
    /// With offsets.
    Stream {
        /// The life of the channel that offsets belong to.
        epoch: &'a str,
        /// The channel's newest offset.
        offset: u64,
        /// What the client missed.
        missed: Missed<'a>,
    },
}

/// What a client missed that comes back to a channel.
#[derive(Clone, Copy, Debug)]
pub enum Missed<'a> {
    /// It did not say up to where it has the channel.
    NotAsked,
    /// These, and nothing else.
    All(&'a [Published<'a>]),
    /// It cannot be told.
    Unknown,
}

/// The answer to a subscribe as it stands on the wire.
#[derive(Default, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the protocol has them")]
struct SubscribeReply<'a> {
    #[serde(skip_serializing_if = "is_false")]
    recoverable: bool,
    #[serde(skip_serializing_if = "is_false")]
    positioned: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    epoch: &'a str,
    #[serde(skip_serializing_if = "is_zero_u64")]
    offset: u64,
    #[serde(skip_serializing_if = "is_false")]
    was_recovering: bool,
    #[serde(skip_serializing_if = "is_false")]
    recovered: bool,
    #[serde(skip_serializing_if = "<[Published]>::is_empty")]
    publications: &'a [Published<'a>],
}

impl<'a> Followed<'a> {
    fn on_the_wire(self) -> SubscribeReply<'a> {
        let Self::Stream { epoch, offset, missed } = self else { return SubscribeReply::default() };
        SubscribeReply {
            recoverable: true,
            positioned: true,
            epoch,
            offset,
            was_recovering: !matches!(missed, Missed::NotAsked),
            recovered: matches!(missed, Missed::All(_)),
            publications: if let Missed::All(missed) = missed { missed } else { &[] },
        }
    }
}

/// One publication.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Published<'a> {
    /// What it says.
    data: &'a RawValue,
    /// Its place in the channel; 0 in a channel without offsets.
    #[serde(skip_serializing_if = "is_zero_u64")]
    offset: u64,
}

impl<'a> Published<'a> {
    /// A publication of `data` at `offset`, 0 in a channel without offsets.
    #[must_use]
    pub fn new(offset: u64, data: &'a Data) -> Self {
        Self { data: &data.0, offset }
    }
}

#[derive(Serialize)]
struct Reply<'a, T> {
    id: u32,
    #[serde(flatten)]
    result: Named<'a, T>,
}

/// A result under the name of its request.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Named<'a, T> {
    Connect(&'a T),
    Subscribe(&'a T),
    Unsubscribe(&'a T),
    Publish(&'a T),
    Ping(&'a T),
    Rpc(&'a T),
    Refresh(&'a T),
    Error(&'a T),
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct RpcReply<'a> {
    data: &'a RawValue,
}

#[derive(Serialize)]
struct RefreshReply<'a> {
    client: &'a str,
    version: &'a str,
    expires: bool,
    ttl: u32,
}

#[derive(Serialize)]
struct ErrorReply<'a> {
    code: u32,
    message: &'a str,
    #[serde(skip_serializing_if = "is_false")]
    temporary: bool,
}

#[derive(Serialize)]
struct Push<'a> {
    push: PushOf<'a>,
}

#[derive(Serialize)]
struct PushOf<'a> {
    channel: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#pub: Option<Published<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unsubscribe: Option<UnsubscribePush>,
}

#[derive(Serialize)]
struct UnsubscribePush {
    code: u32,
    reason: &'static str,
}

/// The line of a publication, written once for all who follow `channel`.
#[must_use]
pub fn publication(channel: &str, published: Published) -> String {
    let push = PushOf { channel, r#pub: Some(published), unsubscribe: None };
    line(&Push { push })
}

impl Frame {
    /// The text of the frame.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether nothing is to be sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// One more line that was written before: a [`publication`] or a ping.
    pub fn line(&mut self, line: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(line);
    }

    /// The connection stands.
    pub fn connected(&mut self, id: u32, reply: &ConnectReply) {
        self.reply(id, Named::Connect(reply));
    }

    /// The channel is followed.
    pub fn subscribed(&mut self, id: u32, how: &Followed) {
        self.reply(id, Named::Subscribe(&how.on_the_wire()));
    }

    /// The channel is no longer followed.
    pub fn unsubscribed(&mut self, id: u32) {
        self.reply(id, Named::Unsubscribe(&Nothing {}));
    }

    /// It was published.
    pub fn published(&mut self, id: u32) {
        self.reply(id, Named::Publish(&Nothing {}));
    }

    /// The client's own ping is answered.
    pub fn pinged(&mut self, id: u32) {
        self.reply(id, Named::Ping(&Nothing {}));
    }

    /// What a method came to.
    pub fn called(&mut self, id: u32, data: &Data) {
        self.reply(id, Named::Rpc(&RpcReply { data: &data.0 }));
    }

    /// The new token holds for `ttl_s` seconds; `None` for ever.
    pub fn refreshed(&mut self, id: u32, client: &str, version: &str, ttl_s: Option<u32>) {
        let (expires, ttl) = (ttl_s.is_some(), ttl_s.unwrap_or(0));
        let reply = RefreshReply { client, version, expires, ttl };
        self.reply(id, Named::Refresh(&reply));
    }

    /// The command is refused.
    pub fn refused(&mut self, id: u32, why: Refusal) {
        self.refused_in_words(id, (why, why.message()));
    }

    /// The command is refused, in other words than everywhere.
    pub fn refused_in_words(&mut self, id: u32, (why, message): (Refusal, &str)) {
        let error = ErrorReply { code: why.code(), message, temporary: why.is_temporary() };
        self.reply(id, Named::Error(&error));
    }

    /// A subscription is ended from here.
    pub fn ended(&mut self, channel: &str, why: Unsubscribed) {
        let unsubscribe = UnsubscribePush { code: why.code(), reason: why.reason() };
        let push = PushOf { channel, r#pub: None, unsubscribe: Some(unsubscribe) };
        self.line(&line(&Push { push }));
    }

    fn reply<T: Serialize>(&mut self, id: u32, result: Named<T>) {
        self.line(&line(&Reply { id, result }));
    }
}

/// Structures of strings, numbers and checked JSON cannot fail to be written.
fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero_u32(value: &u32) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero_u64(value: &u64) -> bool {
    *value == 0
}
