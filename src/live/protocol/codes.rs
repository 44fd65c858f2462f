//! The codes of the protocol: why a command is refused, a connection closed, a subscription ended.
//!
//! **Invariant:** a code says what the client does next. It reconnects after 3000 to 3499 and stays away after 3500 to 3999; it tries
//! a refused command again where the refusal is temporary; it subscribes again after 2500 and more.

/// Why a command is refused; the connection stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Something failed here.
    Internal,
    /// Nobody has said who is asking.
    Unauthorized,
    /// There is no such channel.
    UnknownChannel,
    /// Not for this user.
    PermissionDenied,
    /// There is no such rpc method.
    MethodNotFound,
    /// The channel is subscribed to already.
    AlreadySubscribed,
    /// Too many channels.
    LimitExceeded,
    /// The command makes no sense.
    BadRequest,
    /// The protocol has it, this node does not.
    NotAvailable,
    /// The token has expired: the client gets another and tries again.
    TokenExpired,
    /// Too many commands for now.
    TooManyRequests,
    /// History does not reach back so far.
    UnrecoverablePosition,
}

impl Refusal {
    /// Its number.
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::Internal => 100,
            Self::Unauthorized => 101,
            Self::UnknownChannel => 102,
            Self::PermissionDenied => 103,
            Self::MethodNotFound => 104,
            Self::AlreadySubscribed => 105,
            Self::LimitExceeded => 106,
            Self::BadRequest => 107,
            Self::NotAvailable => 108,
            Self::TokenExpired => 109,
            Self::TooManyRequests => 111,
            Self::UnrecoverablePosition => 112,
        }
    }

    /// The text that stands beside the number everywhere.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Internal => "internal server error",
            Self::Unauthorized => "unauthorized",
            Self::UnknownChannel => "unknown channel",
            Self::PermissionDenied => "permission denied",
            Self::MethodNotFound => "method not found",
            Self::AlreadySubscribed => "already subscribed",
            Self::LimitExceeded => "limit exceeded",
            Self::BadRequest => "bad request",
            Self::NotAvailable => "not available",
            Self::TokenExpired => "token expired",
            Self::TooManyRequests => "too many requests",
            Self::UnrecoverablePosition => "unrecoverable position",
        }
    }

    /// Whether the same command may succeed later.
    #[must_use]
    pub const fn is_temporary(self) -> bool {
        matches!(self, Self::Internal | Self::TooManyRequests)
    }
}

/// Why a connection is closed; the text goes into the close frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// The node stops.
    Shutdown,
    /// Something failed here.
    Internal,
    /// The connection's token has expired.
    Expired,
    /// The client reads too slowly.
    Slow,
    /// The connection has lost publications that it should have.
    InsufficientState,
    /// The client did not answer a ping.
    NoPong,
    /// The token is not one of ours.
    InvalidToken,
    /// What came is no command, or not in its place.
    BadRequest,
    /// Nobody said who they are in time.
    Stale,
    /// The user has too many connections.
    ConnectionLimit,
    /// The connection has too many channels.
    ChannelLimit,
    /// The client goes on with what is refused.
    TooManyErrors,
}

impl Close {
    /// The code of the close frame.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Shutdown => 3001,
            Self::Internal => 3004,
            Self::Expired => 3005,
            Self::Slow => 3008,
            Self::InsufficientState => 3010,
            Self::NoPong => 3012,
            Self::InvalidToken => 3500,
            Self::BadRequest => 3501,
            Self::Stale => 3502,
            Self::ConnectionLimit => 3504,
            Self::ChannelLimit => 3505,
            Self::TooManyErrors => 3509,
        }
    }

    /// The text of the close frame.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Shutdown => "shutdown",
            Self::Internal => "internal server error",
            Self::Expired => "connection expired",
            Self::Slow => "slow",
            Self::InsufficientState => "insufficient state",
            Self::NoPong => "no pong",
            Self::InvalidToken => "invalid token",
            Self::BadRequest => "bad request",
            Self::Stale => "stale",
            Self::ConnectionLimit => "connection limit",
            Self::ChannelLimit => "channel limit",
            Self::TooManyErrors => "too many errors",
        }
    }

    /// Whether the client comes back by itself.
    #[must_use]
    pub const fn reconnects(self) -> bool {
        self.code() < 3500
    }
}

/// Why a subscription is ended from here; the connection stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsubscribed {
    /// For good: the room is gone, or no longer for this user.
    Server,
    /// Publications were lost on the way: the client subscribes again and recovers.
    InsufficientState,
}

impl Unsubscribed {
    /// Its number.
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::Server => 2000,
            Self::InsufficientState => 2500,
        }
    }

    /// The text beside it.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Server => "server unsubscribe",
            Self::InsufficientState => "insufficient state",
        }
    }
}
