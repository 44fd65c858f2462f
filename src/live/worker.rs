//! One worker's connections: who of them follows what, and delivery to them.
//!
//! Connections stay on the thread that accepted them. What is to be told to many crosses threads once, through the worker's
//! inbox; here it is written to one socket after the other, without waking their tasks.
//!
//! **Invariant:** what one channel's followers are told, each of them is told in the same order.
//!
//! Not here: what clients ask for (see `session`).

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt;
use config::SocketConfig;
use engine::UserId;
use rustc_hash::FxHashMap;

use super::audience::Leaving;
use super::connection::{Connection, End, Wire};
use super::delivery::{Batch, Form, Latest, Round, rounds};
use super::frame;
use super::hub::Hub;
use super::inbox::Inbox;
use super::member::Member;
use super::ports::{Door, Intake};
use super::protocol::{Close, Frame, Unsubscribed};
use super::subscription::{Delivered, Subscription};
use crate::clock::Stopwatch;

/// Writes between two looks at what else the worker has to do: at some 5 µs a write a third of a millisecond.
const WRITES_AT_ONCE: usize = 64;
/// How often connections are looked at that ought to have said something.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// What sessions are served with.
#[derive(Clone)]
pub struct Service {
    /// Who follows which channel.
    pub hub: Hub,
    /// Who may come in.
    pub door: Arc<dyn Door>,
    /// Where what clients say goes.
    pub intake: Arc<dyn Intake>,
    /// Bounds.
    pub config: SocketConfig,
}

/// One worker's connections.
pub struct Worker {
    pub(super) service: Service,
    number: usize,
    inbox: Arc<Inbox>,
    members: RefCell<FxHashMap<u64, Rc<Member>>>,
    followers: RefCell<FxHashMap<Arc<str>, Followers>>,
    /// Runs since the worker began.
    watch: Stopwatch,
    next: Cell<u64>,
}

/// Copied when it changes under a delivery that goes through it.
type Followers = Rc<Vec<Rc<Subscription>>>;

impl Worker {
    /// A worker on this thread; what it does runs on it as long as the thread does.
    #[must_use]
    pub fn start(service: Service) -> Rc<Self> {
        let (number, inbox) = service.hub.enter();
        let worker = Rc::new(Self {
            service,
            number,
            inbox,
            members: RefCell::default(),
            followers: RefCell::default(),
            watch: Stopwatch::start(),
            next: Cell::new(0),
        });
        rt::spawn(Rc::clone(&worker).deliver());
        rt::spawn(Rc::clone(&worker).sweep());
        worker
    }

    /// Who may come in.
    #[must_use]
    pub fn door(&self) -> &dyn Door {
        &*self.service.door
    }

    /// Whether there is no room for one more connection.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let hub = &self.service.hub;
        self.service.config.max_connections <= hub.connections() || hub.is_stopping()
    }

    /// Everybody.
    #[cfg(test)]
    pub(super) fn members(&self) -> Vec<Rc<Member>> {
        self.members.borrow().values().cloned().collect()
    }

    /// Milliseconds since the worker began.
    pub(super) fn now_ms(&self) -> u64 {
        self.watch.elapsed().as_millis() as u64
    }

    /// Lets a connection in, where there is room.
    ///
    /// # Errors
    /// [`Crowded`] where there is none, or the node stops.
    pub(super) fn enter(
        &self,
        connection: impl FnOnce(u64) -> Rc<Connection>,
    ) -> Result<Rc<Member>, Crowded> {
        let hub = &self.service.hub;
        if self.service.config.max_connections < hub.opened() || hub.is_stopping() {
            hub.closed();
            return Err(Crowded);
        }
        metrics::gauge!("freshet_ws_connections").increment(1.0);
        let number = self.next.replace(self.next.get() + 1);
        let member = Rc::new(Member::new(connection(number), self.now_ms(), &self.service.config));
        self.members.borrow_mut().insert(number, Rc::clone(&member));
        Ok(member)
    }

    /// The connection is over.
    pub(super) fn exit(&self, member: &Member, why: End) {
        if self.members.borrow_mut().remove(&member.connection.number).is_none() {
            return;
        }
        for subscription in member.take_all() {
            self.forget(&subscription, member.user(), Leaving::Lost);
        }
        metrics::gauge!("freshet_ws_connections").decrement(1.0);
        metrics::counter!("freshet_ws_disconnects_total", "code" => why.code().to_string())
            .increment(1);
        self.service.hub.closed();
    }

    /// Registers a place in a stream channel.
    pub(super) fn follow_stream(
        &self,
        member: &Member,
        user: &UserId,
        channel: &str,
        form: Form,
    ) -> Rc<Subscription> {
        let (channel, _) = self.service.hub.follow(channel, user, self.number);
        let subscription = Subscription::to_stream(Rc::clone(&member.connection), channel, form);
        self.register(&subscription);
        member.add(&subscription);
        subscription
    }

    /// Registers a place in a state channel; `begin` is called before the latest of each kind is sent.
    pub(super) fn follow_state(
        &self,
        member: &Member,
        user: &UserId,
        (channel, form): (&str, Form),
        begin: impl FnOnce(),
    ) {
        let (channel, latest) = self.service.hub.follow(channel, user, self.number);
        let subscription = Subscription::to_state(Rc::clone(&member.connection), channel, form);
        self.register(&subscription);
        member.add(&subscription);
        begin();
        for (kind, line) in latest {
            subscription.tell(Some(kind), Latest::of(line).bytes(form));
        }
    }

    /// Takes a place out again.
    pub(super) fn unfollow(&self, member: &Member, subscription: &Rc<Subscription>, how: Leaving) {
        if member.remove(subscription) {
            self.forget(subscription, member.user(), how);
        }
    }

    fn register(&self, subscription: &Rc<Subscription>) {
        let mut followers = self.followers.borrow_mut();
        let of_channel = followers.entry(Arc::clone(&subscription.channel)).or_default();
        Rc::make_mut(of_channel).push(Rc::clone(subscription));
    }

    fn forget(&self, subscription: &Rc<Subscription>, user: Option<&UserId>, how: Leaving) {
        subscription.end();
        let mut followers = self.followers.borrow_mut();
        if let Some(of_channel) = followers.get_mut(&subscription.channel) {
            let of_channel = Rc::make_mut(of_channel);
            if let Some(place) = of_channel.iter().position(|it| Rc::ptr_eq(it, subscription)) {
                of_channel.swap_remove(place);
            }
            if of_channel.is_empty() {
                followers.remove(&subscription.channel);
            }
        }
        drop(followers);
        if let Some(user) = user {
            self.service.hub.unfollow(&subscription.channel, user, self.number, how);
        }
    }

    async fn deliver(self: Rc<Self>) {
        loop {
            for round in rounds(self.inbox.take().await) {
                match round {
                    Round::Batch(batch) => self.spread(&batch).await,
                    Round::Latest { channel, kind, latest, since } => {
                        self.tell(&channel, kind, &latest).await;
                        delivered(since);
                    }
                    Round::ShutDown => {
                        rt::spawn(Rc::clone(&self).shut_down());
                    }
                }
            }
        }
    }

    fn followers(&self, channel: &Arc<str>) -> Option<Followers> {
        self.followers.borrow().get(channel).cloned()
    }

    async fn spread(&self, batch: &Batch) {
        let Some(followers) = self.followers(batch.channel()) else { return };
        for (place, subscription) in followers.iter().enumerate() {
            if subscription.take(batch) == Delivered::Gap {
                self.lost(subscription);
            }
            breathe(place).await;
        }
        delivered(batch.since());
    }

    async fn tell(&self, channel: &Arc<str>, kind: Option<&'static str>, latest: &Latest) {
        let Some(followers) = self.followers(channel) else { return };
        for (place, subscription) in followers.iter().enumerate() {
            subscription.tell(kind, latest.bytes(subscription.form));
            breathe(place).await;
        }
    }

    /// Publications are missing on the way to this place: the client is to ask again.
    pub(super) fn lost(&self, subscription: &Rc<Subscription>) {
        let number = subscription.connection.number;
        let Some(member) = self.members.borrow().get(&number).cloned() else { return };
        self.unfollow(&member, subscription, Leaving::Lost);
        if subscription.form == Form::Events {
            // It cannot be told of one channel alone: it comes back and says up to where it has it.
            member.connection.end(End::Closed(Close::InsufficientState));
            return;
        }
        let mut ended = Frame::default();
        ended.ended(&subscription.channel, Unsubscribed::InsufficientState);
        member.connection.send(frame::text([ended.as_str().as_bytes()].into_iter()));
    }

    /// Closes every connection, one after the other over the time that is set for it.
    async fn shut_down(self: Rc<Self>) {
        let members: Vec<Rc<Member>> = self.members.borrow().values().cloned().collect();
        let spread = Duration::from_millis(self.service.config.shutdown_spread_ms);
        // A few clients need no spreading: 5 ms for each, and what is set at most.
        let spread = spread.min(Duration::from_millis(5) * members.len() as u32);
        let steps = members.len().div_ceil(WRITES_AT_ONCE).max(1);
        for step in members.chunks(WRITES_AT_ONCE) {
            for member in step {
                member.connection.end(End::Closed(Close::Shutdown));
            }
            rt::time::sleep(spread / steps as u32).await;
        }
    }

    async fn sweep(self: Rc<Self>) {
        let config = &self.service.config;
        let shortest =
            config.pong_within_ms.min(config.ping_every_ms).min(config.connect_within_ms);
        let every = SWEEP_EVERY.min(Duration::from_millis(shortest / 4 + 1));
        loop {
            rt::time::sleep(every).await;
            let now = self.now_ms();
            let members: Vec<Rc<Member>> = self.members.borrow().values().cloned().collect();
            for (place, member) in members.iter().enumerate() {
                member.look_after(now, &self.service.config);
                self.give_up(member);
                breathe(place).await;
            }
        }
    }
}

impl Worker {
    /// An answer that has ended and whose client takes nothing: its place is free, what waits for it is forgotten.
    fn give_up(&self, member: &Member) {
        let connection = &member.connection;
        if let (Wire::Body, Some(why)) = (connection.wire(), connection.ended()) {
            connection.forget();
            self.exit(member, why);
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.service.hub.exit(self.number);
    }
}

/// There is no room for one more connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crowded;

/// Lets the worker do something else once in a while.
async fn breathe(place: usize) {
    if place % WRITES_AT_ONCE == WRITES_AT_ONCE - 1 {
        tokio::task::yield_now().await;
    }
}

/// From when it was told until the last of this worker's connections had it written.
fn delivered(since: Stopwatch) {
    metrics::histogram!("freshet_ws_push_delay_seconds").record(since.elapsed().as_secs_f64());
}
