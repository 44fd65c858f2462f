//! What a worker knows of one connection: who it is, what it follows, what it owes.
//!
//! Not here: what is sent and read (see `connection`, `session`).

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use config::SocketConfig;
use engine::UserId;

use super::connection::{Connection, End, Wire};
use super::pace::Pace;
use super::protocol::{Close, PING};
use super::subscription::Subscription;
use super::{frame, sse};
use actix_web::web::Bytes;

/// One connection, and what is known of it.
pub(super) struct Member {
    /// The connection.
    pub connection: Rc<Connection>,
    /// How fast commands may come.
    pub pace: RefCell<Pace>,
    user: OnceCell<UserId>,
    subscriptions: RefCell<Vec<Rc<Subscription>>>,
    /// When it came, or was pinged last.
    pinged_ms: Cell<u64>,
    /// Whether the last ping is not answered.
    owes_pong: Cell<bool>,
    /// When its token ends; `None` for never.
    expires_ms: Cell<Option<u64>>,
}

impl Member {
    /// A connection of which nothing is known.
    pub(super) fn new(connection: Rc<Connection>, now_ms: u64, config: &SocketConfig) -> Self {
        Self {
            connection,
            pace: RefCell::new(Pace::new(config.commands_per_s, config.commands_at_once, now_ms)),
            user: OnceCell::new(),
            subscriptions: RefCell::default(),
            pinged_ms: Cell::new(now_ms),
            owes_pong: Cell::new(false),
            expires_ms: Cell::new(None),
        }
    }

    /// Who it is, once that is known.
    pub(super) fn user(&self) -> Option<&UserId> {
        self.user.get()
    }

    /// It is known who it is, and until when.
    pub(super) fn is(&self, user: UserId, expires_ms: Option<u64>) {
        // The first word counts: a second connect closes the connection.
        let _ = self.user.set(user);
        self.expires_ms.set(expires_ms);
    }

    /// It answered a ping.
    pub(super) fn ponged(&self) {
        self.owes_pong.set(false);
    }

    /// Its place in a channel.
    pub(super) fn place_in(&self, channel: &str) -> Option<Rc<Subscription>> {
        self.subscriptions.borrow().iter().find(|it| *it.channel == *channel).cloned()
    }

    /// Channels that it follows and that `counts` counts.
    pub(super) fn follows(&self, counts: impl Fn(&str) -> bool) -> usize {
        self.subscriptions.borrow().iter().filter(|it| counts(&it.channel)).count()
    }

    /// One more place.
    pub(super) fn add(&self, subscription: &Rc<Subscription>) {
        self.subscriptions.borrow_mut().push(Rc::clone(subscription));
    }

    /// One place less; whether it was there.
    pub(super) fn remove(&self, subscription: &Rc<Subscription>) -> bool {
        let mut subscriptions = self.subscriptions.borrow_mut();
        let place = subscriptions.iter().position(|it| Rc::ptr_eq(it, subscription));
        place.map(|place| subscriptions.swap_remove(place)).is_some()
    }

    /// All places, which are its no more.
    pub(super) fn take_all(&self) -> Vec<Rc<Subscription>> {
        std::mem::take(&mut *self.subscriptions.borrow_mut())
    }

    /// Pings it where it is time, and ends it where it owes too much.
    pub(super) fn look_after(&self, now_ms: u64, config: &SocketConfig) {
        let since = now_ms.saturating_sub(self.pinged_ms.get());
        if self.user.get().is_none() {
            if config.connect_within_ms < since {
                self.connection.end(End::Closed(Close::Stale));
            }
            return;
        }
        // The next token may be on its way, for as long as a pong may.
        if self.expires_ms.get().is_some_and(|at| at + config.pong_within_ms <= now_ms) {
            self.connection.end(End::Closed(Close::Expired));
        } else if self.owes_pong.get() && config.pong_within_ms < since {
            self.connection.end(End::Closed(Close::NoPong));
        } else if !self.owes_pong.get() && config.ping_every_ms <= since {
            self.ping(now_ms);
        }
    }

    fn ping(&self, now_ms: u64) {
        self.pinged_ms.set(now_ms);
        match self.connection.wire() {
            Wire::Socket(_) => {
                self.owes_pong.set(true);
                self.connection.send(frame::text([PING.as_bytes()].into_iter()));
            }
            Wire::Body => self.connection.send(Bytes::from_static(sse::COMMENT)),
        }
    }
}
