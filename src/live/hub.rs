//! Who follows which channel, over all workers; the way in for what is to be sent to them.
//!
//! Rooms talk to a [`Hub`] and know no connection; workers take from their inboxes and know no room. The hub says which
//! workers have somebody who follows a channel, and remembers the latest of each kind of a state channel for whoever comes.
//!
//! **Invariant:** a connection that is registered here before it asks where a stream channel stands misses nothing: whatever
//! is published afterwards reaches its worker's inbox.
//!
//! **Invariant:** the first and the last connection of a user in a room are told apart under one lock, so that what is said of
//! a user's presence is in order over all workers.
//!
//! Not here: connections (see `connection`), delivery (see `worker`).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use engine::UserId;
use tokio::sync::Notify;

use super::audience::{Audience, Leaving};
use super::channel::Channel;
use super::inbox::{Inbox, Publication, Told};
use super::line::Line;
use super::presence::{Sign, Signs};
use super::source::{Published, RoomSource};
use crate::clock::Stopwatch;

/// Who follows which channel; cheap to clone.
#[derive(Clone, Default)]
pub struct Hub {
    shared: Arc<Shared>,
}

struct Shared {
    channels: DashMap<Arc<str>, Audience>,
    inboxes: RwLock<Vec<Option<Arc<Inbox>>>>,
    source: OnceLock<Arc<dyn RoomSource>>,
    signs: Signs,
    /// Runs since the hub was made: what silence is measured by.
    watch: Stopwatch,
    connections: AtomicUsize,
    emptied: Notify,
    stopping: OnceLock<()>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            channels: DashMap::new(),
            inboxes: RwLock::default(),
            source: OnceLock::new(),
            signs: Signs::default(),
            watch: Stopwatch::start(),
            connections: AtomicUsize::new(0),
            emptied: Notify::new(),
            stopping: OnceLock::new(),
        }
    }
}

/// What rooms call.
impl Hub {
    /// Connections are served from `source` from now on; the first call counts.
    pub fn serve_from(&self, source: Arc<dyn RoomSource>) {
        let _ = self.shared.source.set(source);
    }

    /// Sends a publication to all who follow `room:{room}`. Called in the order of offsets; returns at once.
    pub fn publish(&self, room: &str, published: Published) {
        let Some(audience) = self.shared.channels.get(format!("room:{room}").as_str()) else {
            return;
        };
        let channel = Arc::clone(audience.key());
        let Published { epoch, offset, data } = published;
        let line = Line::of(&channel, offset, &data);
        let since = Stopwatch::start();
        let publication = Arc::new(Publication { channel, epoch, offset, line, since });
        // Under the entry's lock: offsets reach every inbox in order, whoever calls.
        self.put(&audience, &Told::Published(publication));
    }

    /// Sends the newest of a `kind` to all who follow the state channel (`room:{id}:state` or `user:{id}`), and keeps it for
    /// whoever comes while somebody follows. Returns at once.
    #[expect(clippy::needless_pass_by_value, reason = "whoever tells is done with it")]
    pub fn tell(&self, channel: &str, kind: &'static str, data: Arc<str>) {
        let Some(mut audience) = self.shared.channels.get_mut(channel) else { return };
        let channel = Arc::clone(audience.key());
        let line = Line::of(&channel, 0, &data);
        audience.remember(kind, line.clone());
        let told = Told::State { channel, kind: Some(kind), line, since: Stopwatch::start() };
        self.put(&audience, &told);
    }

    /// Sends something that happened to all who follow a state channel now: every one of them, unlike what [`Self::tell`]
    /// sends, and to nobody who comes later. Returns at once.
    #[expect(clippy::needless_pass_by_value, reason = "whoever tells is done with it")]
    pub fn say_once(&self, channel: &str, data: Arc<str>) {
        let Some(audience) = self.shared.channels.get(channel) else { return };
        let channel = Arc::clone(audience.key());
        let line = Line::of(&channel, 0, &data);
        self.put(&audience, &Told::State { channel, kind: None, line, since: Stopwatch::start() });
    }

    /// Whether anybody follows `channel`.
    #[must_use]
    pub fn is_followed(&self, channel: &str) -> bool {
        self.shared.channels.contains_key(channel)
    }

    /// Who follows `channel`, each user once.
    #[must_use]
    pub fn followers_of(&self, channel: &str) -> Vec<UserId> {
        let audience = self.shared.channels.get(channel);
        audience.map_or_else(Vec::new, |audience| audience.users().cloned().collect())
    }

    /// Closes every connection and lets no new one in; clients come back by themselves, not all at once.
    pub fn shut_down(&self) {
        if self.shared.stopping.set(()).is_err() {
            return;
        }
        for inbox in self.inboxes().iter().flatten() {
            inbox.put(Told::ShutDown);
        }
    }

    /// Waits until no connection is open, but not longer than `within`.
    pub async fn emptied(&self, within: Duration) {
        let emptied = async {
            while 0 < self.connections() {
                self.shared.emptied.notified().await;
            }
        };
        let _ = tokio::time::timeout(within, emptied).await;
    }

    /// Connections that are open.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Acquire)
    }

    fn put(&self, audience: &Audience, told: &Told) {
        let inboxes = self.inboxes();
        for worker in audience.workers() {
            if let Some(Some(inbox)) = inboxes.get(worker) {
                inbox.put(told.clone());
            }
        }
    }

    fn inboxes(&self) -> std::sync::RwLockReadGuard<'_, Vec<Option<Arc<Inbox>>>> {
        self.shared.inboxes.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What workers and connections call.
impl Hub {
    pub(super) fn source(&self) -> Option<&Arc<dyn RoomSource>> {
        self.shared.source.get()
    }

    pub(super) fn signs(&self) -> &Signs {
        &self.shared.signs
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.shared.stopping.get().is_some()
    }

    /// A new worker's number and inbox.
    pub(super) fn enter(&self) -> (usize, Arc<Inbox>) {
        let inbox = Arc::new(Inbox::default());
        let mut inboxes = self.shared.inboxes.write().unwrap_or_else(PoisonError::into_inner);
        inboxes.push(Some(Arc::clone(&inbox)));
        (inboxes.len() - 1, inbox)
    }

    /// The worker is gone.
    pub(super) fn exit(&self, worker: usize) {
        let mut inboxes = self.shared.inboxes.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(inbox) = inboxes.get_mut(worker) {
            *inbox = None;
        }
    }

    /// Counts a connection in; how many there are now.
    pub(super) fn opened(&self) -> usize {
        self.shared.connections.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Counts a connection out.
    pub(super) fn closed(&self) {
        if self.shared.connections.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared.emptied.notify_one();
        }
    }

    /// Registers a connection of `user` on `worker`; the channel's one name, and the latest of each kind.
    pub(super) fn follow(
        &self,
        channel: &str,
        user: &UserId,
        worker: usize,
    ) -> (Arc<str>, Vec<(&'static str, Line)>) {
        let mut audience = match self.shared.channels.entry(Arc::from(channel)) {
            Entry::Occupied(there) => there.into_ref(),
            Entry::Vacant(free) => free.insert(Audience::default()),
        };
        let is_first = audience.is_empty();
        if audience.join(user, worker, self.now_ms()) {
            self.say(channel, |room| Sign::Joined { room, user: user.clone() });
        }
        if is_first && let Some(source) = self.source() {
            match Channel::parse(channel) {
                Some(Channel::RoomState(room)) => source.watch(room),
                Some(Channel::User(_)) => source.watch_user(user),
                _ => {}
            }
        }
        (Arc::clone(audience.key()), audience.latest())
    }

    /// Takes a connection of `user` on `worker` out again.
    pub(super) fn unfollow(&self, channel: &str, user: &UserId, worker: usize, how: Leaving) {
        let Entry::Occupied(mut there) = self.shared.channels.entry(Arc::from(channel)) else {
            return;
        };
        // The next start says of everybody who was in a room that they are lost.
        if there.get_mut().leave(user, worker) && !self.is_stopping() {
            self.say(channel, |room| Sign::Left { room, user: user.clone(), how });
        }
        if !there.get().is_empty() {
            return;
        }
        if let Some(source) = self.source() {
            match Channel::parse(channel) {
                Some(Channel::RoomState(room)) => source.unwatch(room),
                Some(Channel::User(_)) => source.unwatch_user(user),
                _ => {}
            }
        }
        there.remove();
    }

    /// An event of `user` in `room` was taken: they are not silent.
    pub(super) fn heard(&self, room: &str, user: &UserId) {
        if let Some(mut audience) = self.shared.channels.get_mut(format!("room:{room}").as_str()) {
            let now = self.now_ms();
            audience.heard(user, now);
        }
    }

    /// Says of those in rooms who were silent for `silent` that they are there.
    pub(super) fn speak_for_the_silent(&self, silent: Duration) {
        let now = self.now_ms();
        for mut audience in self.shared.channels.iter_mut() {
            let channel = Arc::clone(audience.key());
            if !matches!(Channel::parse(&channel), Some(Channel::Room(_))) {
                continue;
            }
            for user in audience.silent(now, silent.as_millis() as u64) {
                self.say(&channel, |room| Sign::Still { room, user });
            }
        }
    }

    fn say(&self, channel: &str, sign: impl FnOnce(Box<str>) -> Sign) {
        if let Some(Channel::Room(room)) = Channel::parse(channel) {
            self.shared.signs.put(sign(room.into()));
        }
    }

    fn now_ms(&self) -> u64 {
        self.shared.watch.elapsed().as_millis() as u64
    }
}

#[cfg(test)]
mod tests;
