//! What a shard says to the model, and the rows that it holds for it.
//!
//! The shard builds samples and keeps users' rows beside the state they belong to; only the learner changes
//! rows. A row that comes back is put in between two records and travels in the next samples and cuts.
//!
//! **Invariant:** a sample is what a view would have shown of the user right before the event.
//!
//! **Invariant:** records alone make all state but the rows, so that rows may come at any moment.
//!
//! Not here: learning, publications (see [`crate::model`]).

use super::ShardState;
use crate::model::{ModelUser, Sample, UserRow};
use crate::record::{Event, Mode};
use crate::user::{LEAST_INFLUENCE, User, row};
use crate::{Role, Sequence, Timestamp};

impl ShardState {
    /// Puts in the rows of the learner's publication number `publication`, by user hash.
    ///
    /// The row of a user who is not here is let go: the shard holds whoever a sample was made of.
    pub fn put_rows(&mut self, rows: &[(u64, UserRow)], publication: u64) {
        let mut bytes = Vec::new();
        for (user_hash, user_row) in rows {
            if row::encode(user_row, &mut bytes) {
                self.users.put_row(*user_hash, &bytes);
            }
        }
        self.rows_through = self.rows_through.max(publication);
    }

    /// Number of the newest publication whose rows are here; 0 at the start of a life.
    #[must_use]
    pub fn rows_through(&self) -> u64 {
        self.rows_through
    }

    pub(super) fn model_user(&self, user: &User, hash: u64, at: Timestamp) -> ModelUser {
        ModelUser { hash, ..user.model_user(at, &self.rules) }
    }

    /// What the model may learn from the event, from the user as they were before it.
    ///
    /// Nothing where it counts too little: a sample of whatever weight is an event to the model's own counts.
    pub(super) fn sample(
        &self,
        (sequence, hash): (Sequence, u64),
        event: &Event,
        influence: f32,
    ) -> Option<Sample> {
        let learning = self.config.learning?;
        let item = event.item?;
        let counts = LEAST_INFLUENCE <= influence;
        (counts && self.rules.role(event.event_type) == Role::Positive).then(|| Sample {
            sequence,
            item,
            weight: influence
                * match event.mode {
                    Mode::Live => 1.0,
                    Mode::Backfill => learning.backfill_weight,
                },
            user: self.model_user(&self.scratch, hash, event.at),
            recent: self.scratch.undrawn(event.at),
        })
    }
}

#[cfg(test)]
mod tests;
