//! Users' own vectors on their way back to the shards that hold them.
//!
//! A sample carries the row that its shard held; a row that the learner has changed since lies here and counts
//! instead. It leaves when a committed cut holds it in its shard's part.
//!
//! **Invariant:** training sees the newest row of a user, whenever rows were published or let go.
//!
//! Not here: sending rows (the learner's owner), who holds them (see `user`).

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::sample::{ModelUser, UserRow};

/// The write-back buffer.
#[derive(Clone, Debug, Default)]
pub struct UserRows {
    rows: FxHashMap<u64, Buffered>,
    changed: Vec<u64>,
    /// Put or let go since the last cut.
    uncut: FxHashSet<u64>,
    published: u64,
    era: u32,
}

/// A changed row.
#[derive(Clone, Debug)]
struct Buffered {
    row: UserRow,
    state: Sent,
}

/// How far a row has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    /// It changed since the last publication.
    NotYet,
    /// It went out with the publication of this number.
    With(u64),
}

impl UserRows {
    /// No rows, of `era`.
    #[must_use]
    pub fn of_era(era: u32) -> Self {
        Self { era, ..Self::default() }
    }

    /// The row of `user`, if it is here.
    #[must_use]
    pub fn get(&self, user: u64) -> Option<&UserRow> {
        Some(&self.rows.get(&user)?.row)
    }

    /// The newest row of `user`: the one here, else the one that they carry, if it is a sound one of `lanes`.
    #[must_use]
    pub fn newest<'a>(&'a self, user: &'a ModelUser, lanes: usize) -> Option<&'a UserRow> {
        self.get(user.hash).or_else(|| user.row.as_ref().filter(|row| row.fits(lanes, self.era)))
    }

    /// The era of the rows here: rows of another are not read.
    #[must_use]
    pub fn era(&self) -> u32 {
        self.era
    }

    /// Puts a changed row in, which is of this era now.
    pub fn put(&mut self, user: u64, mut row: UserRow) {
        row.era = self.era;
        let buffered = Buffered { row, state: Sent::NotYet };
        self.uncut.insert(user);
        let before = self.rows.insert(user, buffered);
        if before.is_none_or(|before| before.state != Sent::NotYet) {
            self.changed.push(user);
        }
    }

    /// The rows changed since the last publication, in the order of their first change, and the number of this one.
    pub fn publish(&mut self) -> (u64, Vec<(u64, UserRow)>) {
        self.published += 1;
        let mut rows = Vec::with_capacity(self.changed.len());
        for user in std::mem::take(&mut self.changed) {
            if let Some(buffered) = self.rows.get_mut(&user) {
                buffered.state = Sent::With(self.published);
                rows.push((user, buffered.row.clone()));
            }
        }
        (self.published, rows)
    }

    /// Lets go of rows that have not changed since publication `through(user)`: a committed cut holds them.
    pub fn release(&mut self, through: impl Fn(u64) -> u64) {
        let uncut = &mut self.uncut;
        self.rows.retain(|user, buffered| {
            let stays = match buffered.state {
                Sent::NotYet => true,
                Sent::With(number) => through(*user) < number,
            };
            if !stays {
                uncut.insert(*user);
            }
            stays
        });
    }

    /// Has the rows of users that `of` names go out with the next publication, changed or not.
    pub fn resend(&mut self, of: impl Fn(u64) -> bool) {
        let mut again = Vec::new();
        for (user, buffered) in &mut self.rows {
            if buffered.state != Sent::NotYet && of(*user) {
                buffered.state = Sent::NotYet;
                again.push(*user);
            }
        }
        again.sort_unstable();
        self.changed.extend(again);
    }

    /// Puts a row in that a cut held; it goes out with the next publication.
    pub fn lay(&mut self, user: u64, row: UserRow) {
        self.put(user, row);
        self.uncut.remove(&user);
    }

    /// Users whose rows were put or let go since the last call, in order.
    pub fn take_uncut(&mut self) -> Vec<u64> {
        let mut users: Vec<u64> = self.uncut.drain().collect();
        users.sort_unstable();
        users
    }

    /// Has every row here written with the next cut.
    pub fn recut(&mut self) {
        self.uncut.extend(self.rows.keys());
    }

    /// Lets all rows go and reads only those of `era` from here on.
    pub fn begin_era(&mut self, era: u32) {
        self.uncut.extend(self.rows.keys());
        self.rows.clear();
        self.changed.clear();
        self.era = era;
    }

    /// Takes the rows here for those of `era`, after a restore.
    pub fn set_era(&mut self, era: u32) {
        self.era = era;
        for buffered in self.rows.values_mut() {
            buffered.row.era = era;
        }
    }

    /// How many publications there were.
    #[must_use]
    pub fn published(&self) -> u64 {
        self.published
    }

    /// Counts publications on from `published`.
    pub fn go_on_from(&mut self, published: u64) {
        self.published = published;
    }

    /// Every row here, by user.
    #[must_use]
    pub fn all(&self) -> Vec<(u64, &UserRow)> {
        let mut rows: Vec<_> = self.rows.iter().map(|(user, held)| (*user, &held.row)).collect();
        rows.sort_unstable_by_key(|(user, _)| *user);
        rows
    }

    /// How many rows are here.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

#[cfg(test)]
mod tests;
