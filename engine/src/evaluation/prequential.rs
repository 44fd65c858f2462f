//! The protocol: ask, then tell.
//!
//! Not here: how lists are made (see [`super::rankers`]) and counted (see [`super::tally`]).

use rustc_hash::FxHashMap;

use crate::evaluation::rankers::{Ask, Rankers};
use crate::evaluation::reactivity::Probe;
use crate::evaluation::{
    Listing, Meter, Method, MethodOutcome, NoMeter, Outcome, Part, Protocol, Reaction, Stand,
    Tally, bootstrap,
};
use crate::record::{Event, Mode};
use crate::{ItemIndex, Record, RecordBody, Role, ShardId};

/// Choices of an item before which it is a new one.
const EARLY: u32 = 3;

/// A replay under way.
#[derive(Debug)]
pub struct Prequential<M> {
    protocol: Protocol,
    stand: Stand,
    rankers: Rankers,
    meter: M,
    tallies: Vec<Tally>,
    reactions: Vec<Reaction>,
    users: FxHashMap<u64, usize>,
    events: u64,
    scored: u64,
    unknown: u64,
    /// Number of the interval between publications that the newest event lies in.
    interval: u64,
}

/// Lists made before the event, and where they go.
struct Before {
    item: ItemIndex,
    lists: Vec<Listing>,
    /// The same asked again, where the event is a probe.
    again: Option<Vec<Listing>>,
}

impl<M: Meter> Prequential<M> {
    /// A replay onto `stand`.
    #[must_use]
    pub fn new(protocol: Protocol, stand: Stand, meter: M) -> Self {
        let each = protocol.methods.len();
        Self {
            rankers: Rankers::new(&protocol),
            tallies: vec![Tally::new(&protocol.lengths); each],
            reactions: vec![Reaction::default(); each],
            users: FxHashMap::default(),
            events: 0,
            scored: 0,
            unknown: 0,
            interval: 0,
            protocol,
            stand,
            meter,
        }
    }

    /// Takes the next record of the stream.
    pub fn take(&mut self, record: &Record) {
        self.meter.lap(Part::Other);
        let RecordBody::Event { shard, event } = &record.body else {
            self.stand.apply(record);
            self.stand.pass_on(record, &mut self.meter);
            return;
        };
        let item = self.item_to_rank(event);
        self.publish_before(event, item.is_some());
        let before = item.map(|item| self.rank(*shard, event, item));
        self.stand.apply(record);
        self.meter.lap(Part::State);
        for sample in self.stand.samples() {
            self.rankers.teach((sample.user.hash, sample.item), event.at, &mut self.meter);
        }
        if let Some(before) = before {
            self.probe(*shard, event, &before);
        }
        self.stand.pass_on(record, &mut self.meter);
        self.events += 1;
    }

    /// The node's state.
    #[must_use]
    pub fn stand(&self) -> &Stand {
        &self.stand
    }

    /// Events taken.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// What was found, and the meter.
    #[must_use]
    pub fn finish(self) -> (Outcome, M) {
        let methods = &self.protocol.methods;
        let reference = methods.iter().position(|method| *method == self.protocol.reference);
        let reference = reference.unwrap_or(methods.len().saturating_sub(1));
        let items = self.stand.items();
        let outcome = |place: usize| {
            let tally: &Tally = &self.tallies[place];
            let behind = (place != reference).then(|| {
                let best = self.tallies[reference].users();
                bootstrap::difference(best, tally.users(), self.protocol.seed)
            });
            MethodOutcome {
                method: methods[place],
                figures: tally.figures(),
                coverage: tally.shown() as f64 / items.max(1) as f64,
                reaction: self.reactions[place].means(),
                behind,
                users: tally.users().to_vec(),
                early: tally.early().to_vec(),
            }
        };
        let outcome = Outcome {
            events: self.events,
            scored: self.scored,
            unknown: self.unknown,
            users: self.users.len(),
            items,
            reference: methods.get(reference).copied().unwrap_or(Method::Learned),
            caveats: self.rankers.caveats(),
            methods: (0..methods.len()).map(outcome).collect(),
        };
        (outcome, self.meter)
    }

    /// The event's item, where the event is to be ranked.
    fn item_to_rank(&self, event: &Event) -> Option<ItemIndex> {
        let types = &self.stand.config().activity.types;
        let role = types.get(event.event_type).map(|spec| spec.role);
        let ranked = role == Some(Role::Positive) && event.mode == Mode::Live;
        let asked =
            self.protocol.unscored <= self.events && self.scored < self.protocol.most_scored;
        event.item.filter(|_| ranked && asked)
    }

    /// Publishes what the node would have published by now.
    fn publish_before(&mut self, event: &Event, asked: bool) {
        let every = self.protocol.publish_every_ms;
        let interval = event.at.as_millis().checked_div(every).unwrap_or(0);
        if self.interval < interval || (every == 0 && asked) {
            self.interval = interval;
            self.stand.publish();
            self.meter.lap(Part::Publishing);
        }
    }

    fn rank(&mut self, shard: ShardId, event: &Event, item: ItemIndex) -> Before {
        let user = self.stand.user(shard, &event.user, event.at);
        self.meter.lap(Part::State);
        let ask = Ask { user: &user, at: event.at, target: Some(item) };
        let lists = self.rankers.listings(&self.stand, &ask, &mut self.meter);
        let next = self.users.len();
        let number = *self.users.entry(user.user_hash).or_insert(next);
        let early = self.stand.choices(item) < EARLY;
        for (tally, list) in self.tallies.iter_mut().zip(&lists) {
            tally.add((number, early), list);
        }
        self.scored += 1;
        self.unknown += u64::from(!self.stand.was_chosen(item));
        self.meter.lap(Part::Other);
        let probe = self.is_probe().then(|| {
            let lists = self.rankers.listings(&self.stand, &ask, &mut NoMeter);
            self.meter.lap(Part::Other);
            lists
        });
        Before { item, lists, again: probe }
    }

    fn is_probe(&self) -> bool {
        let Protocol { probe_every, most_probes, .. } = self.protocol;
        let made = self.reactions.first().map_or(0, |reaction| reaction.probes);
        0 < probe_every && self.scored.is_multiple_of(probe_every) && made < most_probes
    }

    /// Asks again now that the user's state holds the event, from what was published before it.
    fn probe(&mut self, shard: ShardId, event: &Event, before: &Before) {
        let Some(again) = &before.again else { return };
        let user = self.stand.user(shard, &event.user, event.at);
        let ask = Ask { user: &user, at: event.at, target: None };
        let after = self.rankers.listings(&self.stand, &ask, &mut NoMeter);
        let lists = before.lists.iter().zip(again).zip(&after);
        for (reaction, ((before_list, again), after)) in self.reactions.iter_mut().zip(lists) {
            let probe = Probe {
                clicked: before.item,
                before: &before_list.top,
                again: &again.top,
                after: &after.top,
            };
            reaction.add(&probe, self.stand.activity());
        }
        self.meter.lap(Part::Other);
    }
}
