//! The rooms actor: takes in what commits said of live rooms, in commit order, and tells its listener what rooms say.
//!
//! All rooms live in one actor: an event costs a room 0.4 µs and a message across threads 50 µs, so that a commit's share in one
//! message serves a thousand rooms sooner than a thousand mailboxes would. It has a thread of its own and blocks nobody.
//!
//! **Invariant:** live and in recovery the same walk ([`RoomShare::tell`]) is taken over the same outputs in the same order, so
//! both come to the same rooms and the same publications, bit for bit.
//!
//! **Invariant:** a publication is told once, in the order of its channel, after its record is durable and applied.
//!
//! Not here: what a room is (engine), who listens and how it looks on the wire (the listener's side).

mod reader;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use actix::dev::channel::AddressSender;
use actix::prelude::*;
use engine::part::{Part, PartOwner};
use engine::patterns::PatternMatch;
use engine::rooms::{
    Announced, Announcer, ChannelEpoch, LiveRoom, LiveRooms, LiveSaid, Publication, RoomOutcome,
    RoomShare, StayVerdict,
};
use engine::{Record, Sequence, Timestamp};
use tokio::sync::watch;

use crate::flight::{Outputs, RoomNews};
use crate::mailbox;

pub use reader::{ReadRoom, RoomsReader};

/// Messages that may wait: two from the outbox, one more and a question at a cut, the readers', and margin.
const MAILBOX_CAPACITY: usize = 8 + reader::READS_IN_FLIGHT;

/// How often rooms are asked for news that time alone brings, and ranking is told of rooms that changed: the shortest
/// stretch between two feeds of a room, and below it.
const MOMENT: Duration = Duration::from_millis(100);

/// After so many moments every open room is told to ranking: heat fades where nothing happens.
const ALL_AFTER: u32 = 10;

/// Who is told what rooms say; called on the rooms' thread, and must return at once.
pub trait RoomListener: Send + Sync {
    /// The instant by which heat and orders are judged.
    fn now(&self) -> Timestamp;
    /// Something was published in a room's stream channel.
    fn published(&self, room: &str, epoch: &ChannelEpoch, publication: &Publication);
    /// A room that is watched has other numbers or another order.
    fn announced(&self, room: &str, announced: &Announced);
    /// Whether anybody looks at this room's numbers.
    fn is_watched(&self, room: &str) -> bool;
    /// Patterns came true for these users, in log order.
    fn matched(&self, matches: &[PatternMatch]);
    /// What ranking is to know of rooms that changed since the last time; `None` for one that is gone.
    fn changed(&self, rooms: &mut dyn Iterator<Item = (&str, Option<&LiveRoom>)>);
}

/// A listener for those who have none: nothing is told, and the clock stands still.
#[derive(Clone, Copy, Debug, Default)]
pub struct NobodyListens;

impl RoomListener for NobodyListens {
    fn now(&self) -> Timestamp {
        Timestamp::EPOCH
    }

    fn published(&self, _: &str, _: &ChannelEpoch, _: &Publication) {}

    fn announced(&self, _: &str, _: &Announced) {}

    fn is_watched(&self, _: &str) -> bool {
        false
    }

    fn matched(&self, _: &[PatternMatch]) {}

    fn changed(&self, _: &mut dyn Iterator<Item = (&str, Option<&LiveRoom>)>) {}
}

/// What one commit says of rooms.
#[derive(Clone, Debug)]
pub(crate) struct RoomBatch {
    records: Arc<Vec<Record>>,
    news: RoomNews,
}

impl RoomBatch {
    /// The part of a commit's outputs that rooms need; `None` where it says nothing to them.
    pub(crate) fn of(outputs: &mut Outputs) -> Option<Self> {
        let news = std::mem::take(&mut outputs.rooms);
        let is_news = !news.is_empty() || outputs.records.iter().any(Record::is_for_rooms);
        is_news.then(|| Self { records: Arc::clone(&outputs.records), news })
    }

    /// Its last record.
    pub(crate) fn last(&self) -> Sequence {
        self.records.last().map_or(Sequence(0), |record| record.sequence)
    }

    /// How much it holds in memory.
    pub(crate) fn weight(&self) -> usize {
        self.records.len() + self.news.facts.len()
    }

    /// Tells `rooms` all of it.
    ///
    /// A panic costs the one record that caused it, is counted and told; the same record fails the same way in every replay.
    pub(crate) fn tell(&self, rooms: &mut LiveRooms, out: &mut LiveSaid) {
        let RoomNews { facts, matches } = &self.news;
        for record in self.records.iter() {
            let share = RoomShare { records: std::slice::from_ref(record), facts, matches };
            // Unwind safe in the sense argued above: safe code, and deterministic.
            if catch_unwind(AssertUnwindSafe(|| share.tell(rooms, out))).is_err() {
                tracing::error!(record = record.sequence.0, "rooms panicked and go on without it");
                metrics::counter!("freshet_rooms_faults_total").increment(1);
            }
        }
    }
}

/// Take in what commits said, in commit order.
#[derive(Debug, Message)]
#[rtype(result = "RoomsWait")]
pub(crate) struct AbsorbRooms(pub(crate) Vec<RoomBatch>);

/// Whether time has to be written into the log on behalf of rooms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RoomsWait {
    /// Somebody may leave by it, or a moment end.
    ForTime,
    /// Nothing waits.
    #[default]
    ForNothing,
}

/// Hand over what changed since the last cut.
#[derive(Debug, Message)]
#[rtype(result = "Part")]
pub(crate) struct TakeCut;

/// Takes in, tells, gives its part at a cut.
pub(crate) struct RoomsActor {
    rooms: LiveRooms,
    listener: Arc<dyn RoomListener>,
    /// Rooms that somebody looks at, with what they were told last.
    watched: BTreeMap<Box<str>, Announcer>,
    /// Rooms that ranking has not heard of since they changed.
    unheard: BTreeSet<Box<str>>,
    moments: u32,
    /// The last record taken in.
    taken_in: watch::Sender<Sequence>,
}

impl RoomsActor {
    /// Starts it on `arbiter`.
    pub(crate) fn start(
        arbiter: &ArbiterHandle,
        rooms: LiveRooms,
        listener: Arc<dyn RoomListener>,
        taken_in: watch::Sender<Sequence>,
    ) -> AddressSender<Self> {
        let unheard = rooms.iter().map(|(name, _)| name.into()).collect();
        let watched = BTreeMap::new();
        mailbox::open(arbiter, MAILBOX_CAPACITY, move |_| Self {
            rooms,
            listener,
            watched,
            unheard,
            moments: 0,
            taken_in,
        })
    }

    fn absorb(&mut self, batches: &[RoomBatch]) {
        let mut said = LiveSaid::default();
        for batch in batches {
            batch.tell(&mut self.rooms, &mut said);
            if !batch.news.matches.is_empty() {
                self.listener.matched(&batch.news.matches);
            }
        }
        for (name, epoch, publication) in &said.published {
            self.listener.published(name, epoch, publication);
        }
        count(&said);
        self.taken_in.send_replace(self.rooms.offset());
        self.announce(said.changed.iter());
        self.unheard.extend(said.changed);
        let is_urgent = !said.told.is_empty();
        self.unheard.extend(said.told);
        if is_urgent {
            // What opens or ends does so in lists at once.
            self.tell_ranking();
        }
    }

    /// Asks the announcers of those rooms that are watched.
    fn announce<'a>(&mut self, names: impl Iterator<Item = &'a Box<str>>) {
        let now = self.listener.now();
        for name in names {
            let Some(announcer) = self.watched.get_mut(name) else { continue };
            let Some(live) = self.rooms.get(name) else { continue };
            let news = announcer.ask(&live.room, self.rooms.rules(), now);
            if news.stats.is_some() || news.feed.is_some() {
                self.listener.announced(name, &news);
            }
        }
    }

    fn tell_ranking(&mut self) {
        let names = std::mem::take(&mut self.unheard);
        let rooms = &self.rooms;
        self.listener.changed(&mut names.iter().map(|name| (&**name, rooms.get(name))));
    }

    fn every_moment(&mut self, _: &mut Context<Self>) {
        let watched: Vec<Box<str>> = self.watched.keys().cloned().collect();
        self.announce(watched.iter());
        self.moments += 1;
        if self.moments.is_multiple_of(ALL_AFTER) {
            self.unheard.extend(self.rooms.iter().map(|(name, _)| Box::from(name)));
            metrics::gauge!("freshet_rooms").set(self.rooms.len() as f64);
        }
        if self.moments.is_multiple_of(2) && !self.unheard.is_empty() {
            self.tell_ranking();
        }
    }
}

/// Counts what stays came to.
fn count(said: &LiveSaid) {
    for (_, outcome) in &said.outcomes {
        let what = match outcome {
            RoomOutcome::Stayed { verdict: StayVerdict::Short, .. } => "short",
            RoomOutcome::Stayed { verdict: StayVerdict::Stayed, .. } => "stayed",
            RoomOutcome::Stayed { verdict: StayVerdict::Ended, .. } => "ended",
            RoomOutcome::LeftOn { .. } => "left_on_product",
            RoomOutcome::Reacted { .. } => "reacted",
        };
        metrics::counter!("freshet_room_outcomes_total", "outcome" => what).increment(1);
    }
}

impl Actor for RoomsActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        self.tell_ranking();
        context.run_interval(MOMENT, Self::every_moment);
    }
}

impl Handler<AbsorbRooms> for RoomsActor {
    type Result = MessageResult<AbsorbRooms>;

    fn handle(&mut self, AbsorbRooms(batches): AbsorbRooms, _: &mut Self::Context) -> Self::Result {
        self.absorb(&batches);
        let waits = self.rooms.waits_for_time();
        MessageResult(if waits { RoomsWait::ForTime } else { RoomsWait::ForNothing })
    }
}

impl Handler<TakeCut> for RoomsActor {
    type Result = MessageResult<TakeCut>;

    fn handle(&mut self, _: TakeCut, _: &mut Self::Context) -> Self::Result {
        MessageResult(Part { owner: PartOwner::Rooms, entries: self.rooms.cut() })
    }
}

#[cfg(test)]
mod tests;
