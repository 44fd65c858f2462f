//! Reading what a client sends.
//!
//! Not here: whether a command is allowed, and what it does.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::codes::Refusal;

/// What a frame may be at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a frame.
    pub frame_bytes: usize,
    /// Commands of a frame: a client sends its connect and all its subscriptions in one.
    pub commands: usize,
    /// Bytes of a channel's name.
    pub channel_bytes: usize,
    /// Bytes of the data of one command.
    pub data_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { frame_bytes: 65_536, commands: 64, channel_bytes: 255, data_bytes: 16_384 }
    }
}

/// Why a frame is none; the connection is closed with [`super::Close::BadRequest`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It is longer than allowed.
    #[error("a frame of {found} bytes, {most} at most")]
    Bytes {
        /// Its length.
        found: usize,
        /// What is allowed.
        most: usize,
    },
    /// It holds more commands than allowed.
    #[error("more than {0} commands in a frame")]
    Commands(usize),
    /// A line is no JSON object, or a field of it is of another type.
    #[error("line {line}: {problem}")]
    Json {
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        problem: String,
    },
    /// A command that must be answered has no id.
    #[error("line {0}: a command without an id")]
    NoId(usize),
}

/// One command of a client.
#[derive(Debug)]
pub struct Command<'a> {
    /// What the reply is told by; 0 for what is not replied to.
    pub id: u32,
    /// What is asked for.
    pub request: Request<'a>,
}

/// What is asked for.
#[derive(Debug)]
pub enum Request<'a> {
    /// Who is there; must come first.
    Connect(Connect<'a>),
    /// A channel is to be followed.
    Subscribe(Subscribe<'a>),
    /// A channel is no longer to be followed.
    Unsubscribe {
        /// Which.
        channel: Cow<'a, str>,
    },
    /// Something is to be published.
    Publish {
        /// Where.
        channel: Cow<'a, str>,
        /// What.
        data: &'a RawValue,
    },
    /// A method is called.
    Rpc {
        /// Which.
        method: Cow<'a, str>,
        /// With what; `None` for nothing.
        data: Option<&'a RawValue>,
    },
    /// A new token for the same user.
    Refresh {
        /// The token.
        token: Cow<'a, str>,
    },
    /// A ping of the client's own, to be replied to.
    Ping,
    /// The answer to a ping.
    Pong,
    /// Something to be taken without a reply.
    Send {
        /// What.
        data: &'a RawValue,
    },
    /// A command that is refused as it stands.
    Refused(Refusal),
}

/// Who is there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Connect<'a> {
    /// Proof of it; empty for none.
    #[serde(borrow)]
    pub token: Cow<'a, str>,
    /// Name of the client library.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// Version that the caller gives.
    #[serde(borrow)]
    pub version: Cow<'a, str>,
    /// What the caller says besides.
    #[serde(borrow)]
    pub data: Option<&'a RawValue>,
}

/// A channel to be followed.
#[derive(Debug, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// Which.
    pub channel: Cow<'a, str>,
    /// Proof that this user may; empty for none.
    pub token: Cow<'a, str>,
    /// Up to where the client has the channel already, where it does.
    pub recover: Option<Recover<'a>>,
}

/// Up to where a client has a channel.
#[derive(Debug, PartialEq, Eq)]
pub struct Recover<'a> {
    /// In which life of the channel.
    pub epoch: Cow<'a, str>,
    /// The last offset it has.
    pub offset: u64,
}

/// A command as it stands on the wire; of several requests the first one counts.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire<'a> {
    id: u32,
    #[serde(borrow)]
    connect: Option<Connect<'a>>,
    #[serde(borrow)]
    subscribe: Option<WireSubscribe<'a>>,
    #[serde(borrow)]
    unsubscribe: Option<WireChannel<'a>>,
    #[serde(borrow)]
    publish: Option<WireChannel<'a>>,
    presence: Option<Present>,
    presence_stats: Option<Present>,
    history: Option<Present>,
    ping: Option<Present>,
    #[serde(borrow)]
    send: Option<WireChannel<'a>>,
    #[serde(borrow)]
    rpc: Option<WireRpc<'a>>,
    #[serde(borrow)]
    refresh: Option<WireToken<'a>>,
    sub_refresh: Option<Present>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireSubscribe<'a> {
    #[serde(borrow)]
    channel: Cow<'a, str>,
    #[serde(borrow)]
    token: Cow<'a, str>,
    recover: bool,
    #[serde(borrow)]
    epoch: Cow<'a, str>,
    offset: u64,
    /// Kinds of subscription beside the stream: maps and polls.
    r#type: u32,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireChannel<'a> {
    #[serde(borrow)]
    channel: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireRpc<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireToken<'a> {
    #[serde(borrow)]
    token: Cow<'a, str>,
}

/// A request of which only the name matters.
#[derive(Deserialize)]
struct Present {}

/// The commands of a frame, in order.
///
/// # Errors
/// [`FrameError`] where it is not one; what came before in it is not to be done either.
pub fn commands<'a>(frame: &'a str, limits: &Limits) -> Result<Vec<Command<'a>>, FrameError> {
    if limits.frame_bytes < frame.len() {
        return Err(FrameError::Bytes { found: frame.len(), most: limits.frame_bytes });
    }
    let mut commands = Vec::new();
    for (at, line) in frame.split('\n').enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        if limits.commands <= commands.len() {
            return Err(FrameError::Commands(limits.commands));
        }
        let fail = |problem| FrameError::Json { line: at + 1, problem };
        // A structure may be read from an array, too; a command may not.
        if !line.trim_start().starts_with('{') {
            return Err(fail("not an object".to_owned()));
        }
        let wire: Wire = serde_json::from_str(line).map_err(|error| fail(error.to_string()))?;
        let command = wire.read(limits);
        let needs_id = !matches!(command.request, Request::Pong | Request::Send { .. });
        if needs_id && command.id == 0 {
            return Err(FrameError::NoId(at + 1));
        }
        commands.push(command);
    }
    Ok(commands)
}

impl<'a> Wire<'a> {
    fn read(self, limits: &Limits) -> Command<'a> {
        Command { id: self.id, request: self.request(limits) }
    }

    fn request(self, limits: &Limits) -> Request<'a> {
        if let Some(connect) = self.connect {
            return Request::Connect(connect);
        }
        if let Some(subscribe) = self.subscribe {
            return subscribe.read(limits);
        }
        if let Some(WireChannel { channel, .. }) = self.unsubscribe {
            return Request::Unsubscribe { channel };
        }
        if let Some(publish) = self.publish {
            return publish.read(limits);
        }
        if let Some(WireRpc { method, data }) = self.rpc {
            return bounded(data, limits, |data| Request::Rpc { method, data });
        }
        if let Some(WireToken { token }) = self.refresh {
            return Request::Refresh { token };
        }
        if let Some(WireChannel { data, .. }) = self.send {
            let send = |data: Option<&'a RawValue>| match data {
                Some(data) => Request::Send { data },
                None => Request::Refused(Refusal::BadRequest),
            };
            return bounded(data, limits, send);
        }
        if self.ping.is_some() {
            return Request::Ping;
        }
        let others = [self.presence, self.presence_stats, self.history, self.sub_refresh];
        if others.iter().any(Option::is_some) {
            return Request::Refused(Refusal::NotAvailable);
        }
        // An id with a request that nobody knows; without one it is the pong.
        if self.id == 0 { Request::Pong } else { Request::Refused(Refusal::MethodNotFound) }
    }
}

impl<'a> WireSubscribe<'a> {
    fn read(self, limits: &Limits) -> Request<'a> {
        if self.r#type != 0 {
            return Request::Refused(Refusal::NotAvailable);
        }
        if !is_channel(&self.channel, limits) {
            return Request::Refused(Refusal::BadRequest);
        }
        let recover = Recover { epoch: self.epoch, offset: self.offset };
        let recover = self.recover.then_some(recover);
        Request::Subscribe(Subscribe { channel: self.channel, token: self.token, recover })
    }
}

impl<'a> WireChannel<'a> {
    fn read(self, limits: &Limits) -> Request<'a> {
        let Self { channel, data } = self;
        if !is_channel(&channel, limits) {
            return Request::Refused(Refusal::BadRequest);
        }
        bounded(data, limits, |data| match data {
            Some(data) => Request::Publish { channel, data },
            None => Request::Refused(Refusal::BadRequest),
        })
    }
}

fn is_channel(channel: &str, limits: &Limits) -> bool {
    !channel.is_empty() && channel.len() <= limits.channel_bytes
}

fn bounded<'a>(
    data: Option<&'a RawValue>,
    limits: &Limits,
    request: impl FnOnce(Option<&'a RawValue>) -> Request<'a>,
) -> Request<'a> {
    if data.is_some_and(|data| limits.data_bytes < data.get().len()) {
        return Request::Refused(Refusal::LimitExceeded);
    }
    request(data)
}
