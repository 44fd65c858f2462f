//! Patterns in what the shard's users do, noticed as events and ticks are applied.
//!
//! **Invariant:** an absence comes true at the first event of its user or the first tick past its end, whichever is
//! first in the log; ticks find those that are due by time and name, without looking at all users.
//!
//! Not here: what a pattern is (see [`crate::patterns`]).

use std::collections::BTreeSet;

use super::ShardState;
use crate::features::Declared;
use crate::patterns::{Match, Noticed, PatternMatch, PatternPlan, RoomOf};
use crate::record::{Event, Mode};
use crate::user::User;
use crate::{Applied, Sequence, Timestamp, UserId};

/// The most users for whom one tick looks for absences in a shard; the rest waits for the next.
const MOST_DUE: usize = 2_048;

/// When an absence of a user is over.
pub(super) type Due = BTreeSet<(Timestamp, UserId)>;

impl ShardState {
    /// Offers an event of the user in the scratch to the patterns.
    pub(super) fn notice(
        &mut self,
        (sequence, user_hash): (Sequence, u64),
        event: &Event,
        out: &mut Applied,
    ) {
        let Declared { patterns, .. } = self.active.declared();
        if patterns.is_empty() || event.mode == Mode::Backfill {
            return;
        }
        let before = self.scratch.patterns.next_due(patterns);
        let occurrence = self.active.declared().occurrence(user_hash, event);
        let noticed = self.scratch.patterns.apply(patterns, &occurrence);
        let after = self.scratch.patterns.next_due(patterns);
        self.reschedule(&event.user, before, after);
        tell(out, (sequence, &event.user), noticed, &self.active.declared().patterns);
    }

    /// Notices the absences that are over at `time`.
    pub(super) fn notice_absences(
        &mut self,
        sequence: Sequence,
        time: Timestamp,
        out: &mut Applied,
    ) {
        for _ in 0..MOST_DUE {
            let Some((due, _)) = self.due.first() else { return };
            if time < *due {
                return;
            }
            let Some((due, user)) = self.due.pop_first() else { return };
            let user_hash = self.config.key.user_hash(&user);
            self.users.load(user_hash, user.as_str(), &mut self.scratch);
            let patterns = &self.active.declared().patterns;
            let noticed = self.scratch.patterns.told_time(patterns, time);
            let after = self.scratch.patterns.next_due(patterns);
            self.users.store(user_hash, &user, &self.scratch);
            self.reschedule(&user, Some(due), after);
            tell(out, (sequence, &user), noticed, &self.active.declared().patterns);
        }
    }

    /// Finds the absences of a user out of a checkpoint.
    pub(super) fn schedule(&mut self, id: &str, user: &User) {
        let due = user.patterns.next_due(&self.declared().patterns);
        self.due.extend(due.map(|due| (due, UserId::new(id))));
    }

    fn reschedule(&mut self, user: &UserId, before: Option<Timestamp>, after: Option<Timestamp>) {
        if before == after {
            self.due.extend(after.map(|due| (due, user.clone())));
            return;
        }
        if let Some(before) = before {
            self.due.remove(&(before, user.clone()));
        }
        self.due.extend(after.map(|due| (due, user.clone())));
    }
}

fn tell(
    out: &mut Applied,
    (sequence, user): (Sequence, &UserId),
    noticed: Noticed,
    patterns: &PatternPlan,
) {
    out.features.tally.late += u64::from(noticed.late);
    let told = |matched: Match| {
        let name = patterns.name(matched.pattern).into();
        let room = RoomOf::of(patterns.pattern(matched.pattern), &matched);
        PatternMatch { sequence, user: user.clone(), name, matched, room }
    };
    out.matches.extend(noticed.matches.into_iter().map(told));
}

#[cfg(test)]
mod tests;
