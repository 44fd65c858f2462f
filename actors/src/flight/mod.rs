//! One commit between durable and passed on: which shard has which records, who waits, what came back.
//!
//! Pure: it says what is to be sent and what is complete; the dispatcher sends.
//!
//! **Invariant:** the records stay until the commit is passed on, so that a dead shard's share can be sent
//! again, and an ack is answered once, when the last of its records is settled.
//!
//! **Invariant:** outputs leave in the order (sequence, shard, order within the shard), whatever order the
//! replies came in. Recovery uses the same order.
//!
//! Not here: order between commits.

use std::ops::Range;
use std::sync::Arc;

use engine::features::said::Stretch;
use engine::model::{ClickSample, Sample, Task};
use engine::patterns::PatternMatch;
use engine::rooms::RoomFact;
use engine::{ActivityFact, Applied, Record, Sequence, ShardId};

use crate::commit::{Ack, Commit, PendingAck, RecordOutcome};
use crate::set_aside::SetAsideList;

/// The records that one commit holds for one shard: places in a shared list, nothing is copied.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    records: Arc<Vec<Record>>,
    picks: Arc<[u32]>,
    range: Range<usize>,
}

impl Batch {
    /// The records, in log order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Record> {
        self.picks[self.range.clone()].iter().map(|&place| &self.records[place as usize])
    }
}

/// What a commit has to say to those on the right of the shards.
#[derive(Clone, Debug)]
pub(crate) struct Outputs {
    pub(crate) records: Arc<Vec<Record>>,
    /// In the order (sequence, shard, order within the shard).
    pub(crate) facts: Vec<ActivityFact>,
    /// In the same order.
    pub(crate) samples: Vec<Sample>,
    /// In the same order.
    pub(crate) clicks: Vec<ClickSample>,
    /// In the same order, each at its last event.
    pub(crate) features: Vec<Stretch>,
    /// What was done in live rooms.
    pub(crate) rooms: RoomNews,
}

/// The same, with what is to be made of each sample.
#[derive(Clone, Debug)]
pub(crate) struct Assigned {
    pub(crate) records: Arc<Vec<Record>>,
    pub(crate) facts: Vec<ActivityFact>,
    pub(crate) features: Vec<Stretch>,
    pub(crate) tasks: Vec<Task>,
}

/// What a commit has to say to live rooms, beside its records; in the order (sequence, shard, order within the shard).
#[derive(Clone, Debug, Default)]
pub(crate) struct RoomNews {
    pub(crate) facts: Vec<RoomFact>,
    pub(crate) matches: Vec<PatternMatch>,
}

impl RoomNews {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.matches.is_empty()
    }
}

impl Assigned {
    /// A commit without facts weighs too: its records are kept until it is absorbed. Tasks come with facts, but for
    /// those of impressions.
    pub(crate) fn weight(&self) -> usize {
        self.records.len() + self.facts.len().max(self.tasks.len())
    }
}

impl Outputs {
    /// Brings what shards said, shard by shard, into order.
    pub(crate) fn join(records: Arc<Vec<Record>>, said: impl Iterator<Item = Said>) -> Self {
        let (mut facts, mut samples, mut clicks) = (Vec::new(), Vec::new(), Vec::new());
        let (mut features, mut rooms) = (Vec::new(), RoomNews::default());
        for one in said {
            facts.extend(one.facts);
            samples.extend(one.samples);
            clicks.extend(one.clicks);
            features.extend(one.features);
            rooms.facts.extend(one.rooms.facts);
            rooms.matches.extend(one.rooms.matches);
        }
        facts.sort_by_key(|fact| fact.sequence); // stable: shards stay in order within a sequence
        samples.sort_by_key(|sample| sample.sequence);
        clicks.sort_by_key(|click| click.sequence);
        features.sort_by_key(|stretch: &Stretch| stretch.last);
        rooms.facts.sort_by_key(|fact| fact.sequence);
        rooms.matches.sort_by_key(|matched| matched.sequence);
        Self { records, facts, samples, clicks, features, rooms }
    }

    /// Has it said of each sample what is to be made of it, if anything.
    pub(crate) fn assign(self, assign: impl FnMut(Teachable) -> Option<Task>) -> Assigned {
        let samples = self.samples.into_iter().map(Teachable::Choice);
        let clicks = self.clicks.into_iter().map(Teachable::Impression);
        let tasks = samples.chain(clicks).filter_map(assign).collect();
        Assigned { records: self.records, facts: self.facts, features: self.features, tasks }
    }

    /// Has all of it learned in full.
    pub(crate) fn assign_all(self) -> Assigned {
        self.assign(|it| Some(it.full()))
    }
}

/// What the learner may learn from.
#[derive(Clone, Debug)]
pub(crate) enum Teachable {
    /// A positive event on an item.
    Choice(Sample),
    /// A settled impression.
    Impression(ClickSample),
}

impl Teachable {
    /// All that can be made of it.
    pub(crate) fn full(self) -> Task {
        match self {
            Self::Choice(sample) => Task::full(sample),
            Self::Impression(click) => Task::Click(Box::new(click)),
        }
    }
}

/// What one shard said of a commit, for those on the right.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub(crate) facts: Vec<ActivityFact>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) clicks: Vec<ClickSample>,
    pub(crate) features: Vec<Stretch>,
    pub(crate) rooms: RoomNews,
}

impl From<Applied> for Said {
    fn from(applied: Applied) -> Self {
        let Applied { facts, samples, clicks, features, rooms, matches, .. } = applied;
        let rooms = RoomNews { facts: rooms, matches };
        Self { facts, samples, clicks, features: features.stretches, rooms }
    }
}

/// One commit on its way.
#[derive(Debug)]
pub(crate) struct Flight {
    last: Sequence,
    records: Arc<Vec<Record>>,
    picks: Arc<[u32]>,
    /// One per shard touched, ascending.
    shares: Vec<Share>,
    /// Shares without a reply.
    waiting: usize,
    outcomes: Vec<RecordOutcome>,
    /// For each record its place in `acks`, or `NOBODY`.
    ack_of: Vec<u32>,
    acks: Vec<WaitingAck>,
}

const NOBODY: u32 = u32::MAX;

#[derive(Debug)]
struct Share {
    shard: ShardId,
    range: Range<usize>,
    said: Option<Said>,
}

#[derive(Debug)]
struct WaitingAck {
    pending: Option<PendingAck>,
    /// Records of the range that a shard has not settled yet.
    unsettled: usize,
}

impl Flight {
    /// Deals a commit out to `shards` shards and answers whoever waits for no shard's word.
    pub(crate) fn new(commit: Commit, shards: u16) -> Self {
        let Commit { last, records, acks } = commit;
        let (picks, dealt) = deal(&records, shards);
        let mut flight = Self {
            last,
            waiting: dealt.len(),
            outcomes: vec![RecordOutcome::Applied; records.len()],
            ack_of: vec![NOBODY; records.len()],
            acks: Vec::with_capacity(acks.len()),
            records: Arc::new(records),
            picks,
            shares: dealt,
        };
        for pending in acks {
            flight.expect(pending, shards);
        }
        flight
    }

    /// Sequence of the commit's last record.
    pub(crate) fn last(&self) -> Sequence {
        self.last
    }

    /// The shards it touches, ascending.
    pub(crate) fn shards(&self) -> impl Iterator<Item = ShardId> {
        self.shares.iter().map(|share| share.shard)
    }

    /// Whether `shard` has not replied yet.
    pub(crate) fn waits_for(&self, shard: ShardId) -> bool {
        self.share(shard).is_some_and(|place| self.shares[place].said.is_none())
    }

    /// Sequence of the first record for `shard`.
    pub(crate) fn first_of(&self, shard: ShardId) -> Option<Sequence> {
        let dealt = &self.shares[self.share(shard)?];
        let place = *self.picks.get(dealt.range.start)?;
        Some(self.records[place as usize].sequence)
    }

    /// What `shard` has to apply.
    pub(crate) fn batch(&self, shard: ShardId) -> Option<Batch> {
        let range = self.shares[self.share(shard)?].range.clone();
        Some(Batch { records: Arc::clone(&self.records), picks: Arc::clone(&self.picks), range })
    }

    /// What `shard` has to apply when it is sent again: without what is set aside.
    pub(crate) fn batch_again(&mut self, shard: ShardId, skip: &SetAsideList) -> Option<Batch> {
        let range = self.shares[self.share(shard)?].range.clone();
        let mut picks = Vec::with_capacity(range.len());
        for &place in &self.picks[range] {
            if skip.contains(self.records[place as usize].sequence) {
                self.outcomes[place as usize] = RecordOutcome::SetAside;
            } else {
                picks.push(place);
            }
        }
        let range = 0..picks.len();
        Some(Batch { records: Arc::clone(&self.records), picks: picks.into(), range })
    }

    /// Takes a shard's reply and answers whom it completes.
    pub(crate) fn replied(&mut self, shard: ShardId, applied: Applied) {
        let Some(place) = self.share(shard) else { return };
        let mut applied = applied;
        let outcomes = std::mem::take(&mut applied.outcomes);
        if self.shares[place].said.replace(applied.into()).is_some() {
            return;
        }
        self.waiting -= 1;
        let mut outcomes = outcomes.into_iter().peekable();
        let picks = Arc::clone(&self.picks);
        for &record in &picks[self.shares[place].range.clone()] {
            let sequence = self.records[record as usize].sequence;
            while outcomes.next_if(|(earlier, _)| *earlier < sequence).is_some() {}
            if let Some((_, outcome)) = outcomes.next_if(|(same, _)| *same == sequence) {
                self.outcomes[record as usize] = outcome.into();
            }
            self.settle(record as usize);
        }
    }

    /// Whether every shard has replied.
    pub(crate) fn is_complete(&self) -> bool {
        self.waiting == 0
    }

    /// What it has to say, once it is complete.
    pub(crate) fn into_outputs(self) -> Outputs {
        Outputs::join(self.records, self.shares.into_iter().filter_map(|share| share.said))
    }

    fn share(&self, shard: ShardId) -> Option<usize> {
        self.shares.binary_search_by_key(&shard, |share| share.shard).ok()
    }

    fn expect(&mut self, pending: PendingAck, shards: u16) {
        let place = self.acks.len() as u32;
        let range = pending.records.start..pending.records.end.min(self.records.len());
        self.ack_of[range.clone()].fill(place);
        let of_a_shard = |record: &&Record| record.shard().is_some_and(|shard| shard.0 < shards);
        let unsettled = self.records[range].iter().filter(of_a_shard).count();
        self.acks.push(WaitingAck { pending: Some(pending), unsettled });
        if unsettled == 0 {
            self.answer(place as usize);
        }
    }

    /// One record of a shard is done; a tick, which every shard has, is nobody's to wait for.
    fn settle(&mut self, record: usize) {
        let place = self.ack_of[record] as usize;
        if self.records[record].shard().is_none() || place == NOBODY as usize {
            return;
        }
        self.acks[place].unsettled -= 1;
        if self.acks[place].unsettled == 0 {
            self.answer(place);
        }
    }

    fn answer(&mut self, place: usize) {
        let Some(pending) = self.acks[place].pending.take() else { return };
        let range = pending.records.start..pending.records.end.min(self.records.len());
        let ack = Ack { outcomes: self.outcomes[range].to_vec(), position: self.last };
        // Whoever stopped waiting has dropped the other end; the record is applied all the same.
        drop(pending.done.send(ack));
    }
}

/// Sorts the places of records by shard; some go to every shard.
fn deal(records: &[Record], shards: u16) -> (Arc<[u32]>, Vec<Share>) {
    let mut dealt: Vec<(u16, u32)> = Vec::with_capacity(records.len());
    for (place, record) in (0u32..).zip(records) {
        match record.shard() {
            Some(shard) if shard.0 < shards => dealt.push((shard.0, place)),
            None if record.is_for_every_shard() => {
                dealt.extend((0..shards).map(|shard| (shard, place)));
            }
            _ => {}
        }
    }
    dealt.sort_unstable();
    let mut result = Vec::new();
    let mut start = 0;
    for same in dealt.chunk_by(|a, b| a.0 == b.0) {
        let range = start..start + same.len();
        start = range.end;
        result.push(Share { shard: ShardId(same[0].0), range, said: None });
    }
    (dealt.into_iter().map(|(_, place)| place).collect(), result)
}

#[cfg(test)]
mod tests;
