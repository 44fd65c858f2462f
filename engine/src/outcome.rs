//! What a shard says after it applied a batch: the only way in which anything leaves a shard.

use crate::features::said::{self, Said};
use crate::model::{ClickSample, Sample};
use crate::patterns::PatternMatch;
use crate::record::{ItemKind, Mode};
use crate::rooms::RoomFact;
use crate::shard::JoinCounts;
use crate::{CategoryId, EventTypeId, ItemIndex, RecommendationId, Sequence, Timestamp};

/// What became of one record.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It changed the user's state.
    Applied,
    /// It changed the user's state, but some window had closed before it arrived.
    Late,
    /// It was there already and changed nothing.
    Duplicate,
}

/// An applied event as item activity needs it: state from BEFORE the event, and the event.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivityFact {
    /// The event's place in the log.
    pub sequence: Sequence,
    /// Keyed hash of the user, so that one visitor's influence can be bounded.
    pub user_hash: u64,
    /// On which item.
    pub item: ItemIndex,
    /// Type of the event.
    pub event_type: EventTypeId,
    /// Event time.
    pub at: Timestamp,
    /// Whether it moves trends.
    pub mode: Mode,
    /// The item's categories at receipt.
    pub categories: Vec<CategoryId>,
    /// The item's kind at receipt.
    pub kind: ItemKind,
    /// Items of the user's positive events before this one, newest first, each once, without the
    /// item itself, at most 20. Empty where the event is no positive one.
    pub recent: Vec<ItemIndex>,
    /// Keyed hash of the network that sent it, 0 where it is not known.
    pub origin: u32,
    /// How much it counts, 0 to 1, by what its user did of late; see [`crate::user::influence`].
    pub influence: f32,
}

/// Where an impression stood that was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The served list.
    pub list: RecommendationId,
    /// Its place there, from 0.
    pub place: usize,
    /// When it was shown.
    pub at: Timestamp,
}

/// All that a shard has to say after a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    /// What became of each record of the batch that belongs to a user, in log order.
    pub outcomes: Vec<(Sequence, Outcome)>,
    /// What item activity should know, in log order.
    pub facts: Vec<ActivityFact>,
    /// What the model may learn from, in log order: positive events on items, each with its user as they were
    /// before it.
    pub samples: Vec<Sample>,
    /// What the click head may learn from, in log order: impressions, settled.
    pub clicks: Vec<ClickSample>,
    /// Where each of them stood, in the same order.
    pub shown: Vec<Shown>,
    /// What declared features came to.
    pub features: Said,
    /// Patterns that came true, in log order.
    pub matches: Vec<PatternMatch>,
    /// What was done in live rooms, in log order.
    pub rooms: Vec<RoomFact>,
    /// How often each thing happened to impressions.
    pub joins: JoinCounts,
    /// Bytes of the served lists that the shard keeps, with what became of their items.
    pub waiting_bytes: usize,
    /// Whether timers wait, so that time has to be written into the log.
    pub timers_pending: bool,
}

/// How much had been said at some point.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    facts: usize,
    samples: usize,
    clicks: usize,
    matches: usize,
    rooms: usize,
    features: said::Mark,
}

impl Applied {
    /// How much of what is passed on has been said.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark {
            facts: self.facts.len(),
            samples: self.samples.len(),
            clicks: self.clicks.len(),
            matches: self.matches.len(),
            rooms: self.rooms.len(),
            features: self.features.mark(),
        }
    }

    /// Takes back what was said to be passed on since: the record that said it is tried again.
    pub fn take_back(&mut self, mark: Mark) {
        self.facts.truncate(mark.facts);
        self.samples.truncate(mark.samples);
        self.clicks.truncate(mark.clicks);
        self.shown.truncate(mark.clicks);
        self.matches.truncate(mark.matches);
        self.rooms.truncate(mark.rooms);
        self.features.take_back(mark.features);
    }
}
