//! How much one event of a user counts in what everybody sees: less where the user does the same again and again, or
//! more than people do in an hour.
//!
//! User state takes every event whole; only what is learned from it and what item activity makes of it is bounded.
//!
//! **Invariant:** the user as they were before the event decides, so that a replay comes to the same.
//!
//! Not here: what a network counts, which spans users (see [`crate::activity::origins`]).

use super::{Entry, HISTORY, MAX_EXPOSURES, Rules, User};
use crate::record::Event;
use crate::{Role, Timestamp};

const HOUR_MS: u64 = 3_600_000;

/// Choices of one item within the hour that count in full: a look, a second look, a purchase.
const FREE_REPEATS: usize = 2;

/// Times that an item may be shown within the hour before its impressions count less.
const FREE_SHOWS: usize = 8;

/// What counts less than this moves nothing that cannot be moved by parts, such as a count of events.
pub const LEAST_INFLUENCE: f32 = 0.25;

/// How much one user may move in an hour of event time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InfluenceConfig {
    /// Events, impressions apart, that count in full; 0 for no bound. Past it, event n counts `(bound / n)^2`, so
    /// that all of an hour together count less than twice the bound.
    pub user_events: u32,
    /// The same for impressions.
    pub user_impressions: u32,
}

impl InfluenceConfig {
    /// No bound at all, and repeats count in full.
    pub const UNBOUNDED: Self = Self { user_events: 0, user_impressions: 0 };

    /// Whether nothing is bounded.
    #[must_use]
    pub fn is_unbounded(self) -> bool {
        self == Self::UNBOUNDED
    }
}

impl User {
    /// What `event` counts, 0 to 1, of a user who is as before it.
    #[must_use]
    pub fn influence(&self, event: &Event, rules: &Rules, config: InfluenceConfig) -> f32 {
        if config.is_unbounded() {
            return 1.0;
        }
        if rules.role(event.event_type) == Role::Impression {
            let by_pace = self.influence_of_impressions(event.at, config.user_impressions);
            return by_pace * halved(shows(&self.exposures, event), FREE_SHOWS);
        }
        let by_pace = bounded(self.events_in_hour(event.at, rules), config.user_events);
        by_pace * halved(self.repeats(event, rules), FREE_REPEATS)
    }

    /// Choices of the same item within the hour before.
    fn repeats(&self, event: &Event, rules: &Rules) -> usize {
        let within = self.history.iter().filter(|entry| is_within(entry.at, event.at));
        let same = within.filter(|entry| {
            entry.item == event.item && rules.role(entry.event_type) == Role::Positive
        });
        same.count()
    }

    /// Events, impressions apart, within the hour before `at`.
    fn events_in_hour(&self, at: Timestamp, rules: &Rules) -> u32 {
        let oldest = self.history.get(HISTORY - 1);
        if oldest.is_none_or(|oldest| !is_within(oldest.at, at)) {
            return self.history.iter().filter(|entry| is_within(entry.at, at)).count() as u32;
        }
        let features = rules.features.counts().iter();
        let hour = features.zip(self.counts(at, rules)).find(|(it, _)| it.span_ms == HOUR_MS);
        hour.map_or(self.history.len() as u32, |(_, count)| count)
    }

    /// Impressions are told by their pace: the newest hundred are kept.
    fn influence_of_impressions(&self, at: Timestamp, bound: u32) -> f32 {
        let Some(oldest) = self.exposures.get(MAX_EXPOSURES - 1) else { return 1.0 };
        let took_ms = at.millis_since(oldest.at).max(1);
        let pace = (MAX_EXPOSURES as u64 * HOUR_MS / took_ms).min(u64::from(u32::MAX));
        if bound == 0 || pace <= u64::from(bound) { 1.0 } else { bound as f32 / pace as f32 }
    }
}

/// Impressions of the same item within the hour before.
fn shows(exposures: &[Entry], event: &Event) -> usize {
    let same = |entry: &&Entry| entry.item == event.item && is_within(entry.at, event.at);
    exposures.iter().filter(same).count()
}

/// Half for each repeat past those that are free.
fn halved(repeats: usize, free: usize) -> f32 {
    (-(repeats.saturating_sub(free) as f32)).exp2()
}

fn is_within(past: Timestamp, at: Timestamp) -> bool {
    past <= at && at.millis_since(past) < HOUR_MS
}

fn bounded(events: u32, bound: u32) -> f32 {
    if bound == 0 || events < bound {
        return 1.0;
    }
    let share = bound as f32 / (events + 1) as f32;
    share * share
}

#[cfg(test)]
mod tests;
