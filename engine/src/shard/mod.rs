//! One shard's state: its users, what it has applied, and the lists that wait for their click.
//!
//! [`ShardState::apply`] takes records in log order and says in its reply all that others need to know.
//! What changed since the last cut leaves through [`ShardState::cut`], and a shard restored from all
//! entries of a cut that applies the rest of the log again is equal to one that never stopped.
//!
//! **Invariant:** a record is applied at most once: state and offset travel together, and a sequence at
//! or below the offset is ignored.
//!
//! **Invariant:** the same records in the same order give the same state, bit for bit, whatever batches
//! they came in.
//!
//! Not here: actors, storage, the order between shards.

mod cut;
mod declared;
mod dedup;
pub mod differences;
mod filling;
mod inputs;
mod join;
mod learning;
mod noticing;
mod served;
mod stays;
mod table;

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::features::active::{Active, Keeper};
use crate::features::carry::Carrier;
use crate::features::plan::FeaturePlan;
use crate::features::{Declared, FeatureSet};
use crate::record::{Event, Identity, Mode, RecordBody, Served};
use crate::rooms::{Act, RoomFact};
use crate::user::{InfluenceConfig, Rules, User};
use crate::{
    ActivityFact, Applied, EventTypes, NodeKey, Outcome, RecommendationId, Record, Role, Sequence,
    ShardId, Timestamp, UserId,
};

use dedup::RecentIds;
use noticing::Due;
use served::{Spans, WaitingLists};
use stays::Telling;
use table::UserTable;

pub use crate::user::{HistoryEntry, UserView};
pub use declared::{UserAsk, UserDeclared, UserTag};
pub use filling::{Filled, Filler};
pub use join::{Impressions, JoinConfig, JoinCounts};
pub use stays::StayRules;

/// The most items that [`ActivityFact::recent`] names.
pub const MAX_RECENT: usize = 20;

/// What apply reads beside the record and its own state.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplyConfig {
    /// The data directory's key.
    pub key: NodeKey,
    /// The table of event types.
    pub types: EventTypes,
    /// The features that are kept.
    pub features: FeatureSet,
    /// Longest gap, in event time, inside a visit.
    pub visit_gap_ms: u64,
    /// For how long, by receipt, an event id is remembered in memory.
    pub dedup_window_ms: u64,
    /// Bytes of served lists that one shard holds.
    pub served_budget_bytes: usize,
    /// For how long a served list waits.
    pub served_retention_ms: u64,
    /// How much one user may move what everybody sees.
    pub influence: InfluenceConfig,
    /// What stays in live rooms teach.
    pub stays: StayRules,
    /// What is said for the model; `None` where there is no model.
    pub learning: Option<Learning>,
}

/// What shards say for the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learning {
    /// How much an event counts that is filled in; one that is happening now counts 1.
    pub backfill_weight: f32,
    /// How impressions are joined with what follows them.
    pub join: JoinConfig,
}

impl Default for Learning {
    fn default() -> Self {
        Self { backfill_weight: 0.5, join: JoinConfig::default() }
    }
}

impl Learning {
    fn fingerprint(self) -> u64 {
        let Self { backfill_weight, join } = self;
        let of_join = [join.window_ms.to_le_bytes(), (join.impressions as u64).to_le_bytes()];
        let weight = backfill_weight.to_bits().to_le_bytes();
        NodeKey([0; 16]).hash(&[&weight, &of_join[0], &of_join[1]]) | 1
    }
}

/// One shard's state.
#[derive(Debug)]
pub struct ShardState {
    shard: ShardId,
    config: Arc<ApplyConfig>,
    rules: Rules,
    offset: Sequence,
    users: UserTable,
    profiles: FxHashMap<UserId, Box<str>>,
    recent_ids: RecentIds,
    sources: FxHashMap<u64, u64>,
    waiting: WaitingLists,
    /// Follows from the users.
    due: Due,
    /// What operators declared, and what of it waits to be filled.
    active: Active,
    /// What each type of event is in a live room.
    room_acts: Vec<Option<Act>>,
    /// The way from what the checkpoint was made under, where that is another one; of use while it is read.
    carrier: Option<Carrier>,
    changed_profiles: BTreeSet<UserId>,
    changed_sources: BTreeSet<u64>,
    /// Number of the newest publication whose rows were put in this life.
    rows_through: u64,
    /// The user that is being changed; its buffers are used again for the next.
    scratch: User,
}

impl ApplyConfig {
    /// Hash of everything here that changes what apply does, the key apart.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut bytes = Vec::new();
        for (id, spec) in self.types.iter() {
            bytes.extend_from_slice(&[id.0, spec.role as u8]);
            bytes.extend_from_slice(&spec.weight.to_le_bytes());
            bytes.extend_from_slice(&spec.half_life_ms.to_le_bytes());
        }
        for number in self.stays.numbers() {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        for number in [
            self.features.fingerprint(),
            self.visit_gap_ms,
            self.dedup_window_ms,
            self.served_budget_bytes as u64,
            self.served_retention_ms,
            self.learning.map_or(0, Learning::fingerprint),
            u64::from(self.influence.user_events) << 32
                | u64::from(self.influence.user_impressions),
        ] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        NodeKey([0; 16]).hash(&[b"apply", &bytes])
    }

    fn spans(&self) -> Spans {
        let window_ms = self.learning.map_or(0, |learning| learning.join.window_ms);
        Spans { retention_ms: self.served_retention_ms, window_ms }
    }

    fn rules(&self) -> Rules {
        Rules::new(&self.types, self.features.clone(), self.visit_gap_ms)
    }
}

impl ShardState {
    /// A shard that has applied nothing.
    #[must_use]
    pub fn new(shard: ShardId, config: Arc<ApplyConfig>) -> Self {
        Self {
            shard,
            rules: config.rules(),
            offset: Sequence::default(),
            users: UserTable::new(config.key),
            profiles: FxHashMap::default(),
            recent_ids: RecentIds::new(config.dedup_window_ms),
            sources: FxHashMap::default(),
            waiting: WaitingLists::new(config.served_budget_bytes, config.spans()),
            due: Due::new(),
            active: Active::new(Keeper::Users, config.features.declared().clone()),
            room_acts: Act::table(&config.types),
            carrier: None,
            changed_profiles: BTreeSet::new(),
            changed_sources: BTreeSet::new(),
            rows_through: 0,
            scratch: User::default(),
            config,
        }
    }

    /// Sequence of the last record applied.
    #[must_use]
    pub fn offset(&self) -> Sequence {
        self.offset
    }

    /// What operators declared.
    #[must_use]
    pub fn plan(&self) -> &FeaturePlan {
        &self.declared().plan
    }

    /// What operators declared.
    #[must_use]
    pub fn declared(&self) -> &Declared {
        self.active.declared()
    }

    /// Applies one record and adds to `out` what the shard has to say about it.
    ///
    /// A record of another shard, or of a kind that says nothing to shards, only moves the offset.
    pub fn apply(&mut self, record: &Record, out: &mut Applied) {
        if record.sequence <= self.offset {
            return;
        }
        self.offset = record.sequence;
        if record.shard().is_none_or(|shard| shard == self.shard) {
            let outcome = self.apply_body(record.sequence, &record.body, out);
            out.outcomes.extend(outcome.map(|outcome| (record.sequence, outcome)));
        }
        out.timers_pending = !self.waiting.is_empty() || !self.due.is_empty();
        out.waiting_bytes = self.waiting.bytes();
    }

    /// The user as ranking sees them at `at`; expiry is judged there and nothing changes.
    #[must_use]
    pub fn view(&self, user: &UserId, at: Timestamp) -> UserView {
        let user_hash = self.config.key.user_hash(user);
        let found = if self.has_inputs() {
            self.unpacked(user_hash, user)
        } else {
            self.unpacked_for_ranking(user_hash, user)
        };
        let found = found.unwrap_or_default();
        let inputs = self.inputs_of(&found, at);
        let model = self.config.learning.map(|_| self.model_user(&found, user_hash, at));
        let (model, offset) = (model.unwrap_or_default(), self.offset);
        UserView { user_hash, model, inputs, offset, ..found.view(at, &self.rules) }
    }

    /// The user's kept events, newest first: impressions of the last day and up to 50 others.
    #[must_use]
    pub fn history(&self, user: &UserId, limit: usize) -> Vec<HistoryEntry> {
        let found = self.unpacked_for_ranking(self.config.key.user_hash(user), user);
        found.map(|found| found.events(limit)).unwrap_or_default()
    }

    /// The user's profile as canonical JSON text.
    #[must_use]
    pub fn profile(&self, user: &UserId) -> Option<Box<str>> {
        self.profiles.get(user).cloned()
    }

    /// A served list that still waits.
    #[must_use]
    pub fn served(&self, id: RecommendationId) -> Option<&Served> {
        self.waiting.get(id).map(|list| &list.served)
    }

    /// Highest position applied of a source; 0 where there was none.
    #[must_use]
    pub fn source_position(&self, source: u64) -> u64 {
        self.sources.get(&source).copied().unwrap_or(0)
    }

    /// How many users the shard holds.
    #[must_use]
    pub fn users(&self) -> usize {
        self.users.len()
    }

    /// Memory of users, profiles, remembered ids and waiting lists, allocator overhead included.
    #[must_use]
    pub fn resident_bytes(&self) -> usize {
        let profiles: usize =
            self.profiles.iter().map(|(id, text)| 64 + id.as_str().len() + text.len()).sum();
        self.users.bytes() + profiles + self.recent_ids.bytes() + self.waiting.bytes()
    }

    fn unpacked(&self, user_hash: u64, user: &UserId) -> Option<User> {
        let mut unpacked = User::default();
        self.users.get(user_hash, user.as_str())?.unpack(&mut unpacked);
        Some(unpacked)
    }

    fn unpacked_for_ranking(&self, user_hash: u64, user: &UserId) -> Option<User> {
        let mut unpacked = User::default();
        self.users.get(user_hash, user.as_str())?.unpack_for_ranking(&mut unpacked);
        Some(unpacked)
    }

    fn apply_body(
        &mut self,
        sequence: Sequence,
        body: &RecordBody,
        out: &mut Applied,
    ) -> Option<Outcome> {
        match body {
            RecordBody::Event { event, .. } => Some(self.apply_event(sequence, event, out)),
            RecordBody::Served { served, .. } => {
                self.serve(served, out);
                Some(Outcome::Applied)
            }
            RecordBody::UserPut { user, profile, .. } => {
                self.profiles.insert(user.clone(), profile.clone());
                self.changed_profiles.insert(user.clone());
                Some(Outcome::Applied)
            }
            RecordBody::Tick { time } => {
                self.close(sequence, *time, out);
                self.notice_absences(sequence, *time, out);
                out.features.cut();
                None
            }
            RecordBody::ConfigActivated { declared: Some(said), .. } => {
                self.activate(sequence, said);
                None
            }
            _ => None,
        }
    }

    fn apply_event(&mut self, sequence: Sequence, event: &Event, out: &mut Applied) -> Outcome {
        let user_hash = self.config.key.user_hash(&event.user);
        if self.is_duplicate(user_hash, event) {
            return Outcome::Duplicate;
        }
        self.users.load(user_hash, event.user.as_str(), &mut self.scratch);
        let influence = self.scratch.influence(event, &self.rules, self.config.influence);
        let who = (sequence, user_hash);
        out.rooms.extend(RoomFact::of(who, event, &self.room_acts));
        if self.follow_stays(who, event, out) == Telling::AsItIs {
            out.facts.extend(self.fact(who, event, influence));
            out.samples.extend(self.sample(who, event, influence));
            self.join(who, event, influence, out);
        }
        let outcome = self.scratch.apply(event, &self.rules);
        self.observe(who, event, out);
        self.notice(who, event, out);
        self.users.store(user_hash, &event.user, &self.scratch);
        outcome
    }

    /// Takes the event into what operators declared.
    fn observe(
        &mut self,
        (sequence, user_hash): (Sequence, u64),
        event: &Event,
        out: &mut Applied,
    ) {
        let declared = self.active.declared();
        let of_user = &mut self.scratch.declared;
        if declared.plan.is_empty() {
            return;
        }
        let occurrence = declared.occurrence(user_hash, event);
        out.features.tally.add(of_user.apply(&declared.plan, &occurrence));
        // What is filled in moves no trend, and what everybody sees is one.
        if event.mode == Mode::Live {
            out.features.add(&declared.plan, &occurrence, sequence);
        }
    }

    /// Whether the event was there before; remembers it.
    fn is_duplicate(&mut self, user_hash: u64, event: &Event) -> bool {
        let seen = (&mut self.recent_ids, &mut self.sources);
        let is_duplicate = dedup::is_duplicate(seen, user_hash, event);
        if let (Identity::Source { source, .. }, false) = (event.identity, is_duplicate) {
            self.changed_sources.insert(source);
        }
        is_duplicate
    }

    /// What item activity should know, from the user as they were before the event.
    fn fact(
        &self,
        (sequence, user_hash): (Sequence, u64),
        event: &Event,
        influence: f32,
    ) -> Option<ActivityFact> {
        let item = event.item?;
        let recent = if self.rules.role(event.event_type) == Role::Positive {
            self.scratch.recent_positives((item, event.at), MAX_RECENT, &self.rules)
        } else {
            Vec::new()
        };
        Some(ActivityFact {
            sequence,
            user_hash,
            item,
            event_type: event.event_type,
            at: event.at,
            mode: event.mode,
            categories: event.categories.clone(),
            kind: event.kind,
            recent,
            origin: event.origin,
            influence,
        })
    }
}

#[cfg(test)]
mod tests;
