//! Where two states of one shard differ: user by user and, of a user, part by part.
//!
//! The model's rows are left out, as in [`ShardState::digest`]: when they come depends on publications, and not on
//! the log alone.
//!
//! **Invariant:** nothing is said of states with equal digests, and something of all others.
//!
//! Not here: how the states came to be.

use std::cmp::Ordering;

use super::ShardState;
use crate::UserId;
use crate::user::{PackedUser, User};

/// What two states of a shard have in common, and what not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Users that both know and that are equal, bit for bit.
    pub equal: u64,
    /// Users that both know and that differ.
    pub different: u64,
    /// Users that only the first knows.
    pub only_first: u64,
    /// Users that only the second knows.
    pub only_second: u64,
    /// The first of the users that differ or that only one knows, in order of name.
    pub users: Vec<UserDifference>,
    /// What else of a shard differs, by name, each once.
    pub others: Vec<&'static str>,
}

/// How one user differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserDifference {
    /// Which user.
    pub user: UserId,
    /// In what.
    pub how: Differing,
}

/// In what two states of a user differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Differing {
    /// Only the first state has them.
    OnlyFirst,
    /// Only the second state has them.
    OnlySecond,
    /// Both have them; these parts are not the same.
    Parts(Vec<&'static str>),
}

impl Differences {
    /// Whether there is none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.different + self.only_first + self.only_second == 0 && self.others.is_empty()
    }

    /// Adds those of another shard; of users at most `most` are named.
    pub fn add(&mut self, other: Self, most: usize) {
        self.equal += other.equal;
        self.different += other.different;
        self.only_first += other.only_first;
        self.only_second += other.only_second;
        let room = most.saturating_sub(self.users.len());
        self.users.extend(other.users.into_iter().take(room));
        for name in other.others {
            if !self.others.contains(&name) {
                self.others.push(name);
            }
        }
    }

    fn note(&mut self, user: &PackedUser, how: Differing, most: usize) {
        match how {
            Differing::OnlyFirst => self.only_first += 1,
            Differing::OnlySecond => self.only_second += 1,
            Differing::Parts(_) => self.different += 1,
        }
        if self.users.len() < most {
            self.users.push(UserDifference { user: UserId::new(user.id()), how });
        }
    }
}

impl ShardState {
    /// Where this state and `other` differ; of users at most `most` are named.
    #[must_use]
    pub fn differences(&self, other: &Self, most: usize) -> Differences {
        let mut found = Differences::default();
        let (first, second) = (self.users.sorted(), other.users.sorted());
        let (mut ours, mut theirs) = (first.into_iter().peekable(), second.into_iter().peekable());
        loop {
            let order = match (ours.peek(), theirs.peek()) {
                (Some(one), Some(two)) => one.id().cmp(two.id()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let one = if order.is_le() { ours.next() } else { None };
            let two = if order.is_ge() { theirs.next() } else { None };
            match (one, two) {
                (Some(one), Some(two)) if one.without_row() == two.without_row() => {
                    found.equal += 1;
                }
                (Some(one), Some(two)) => {
                    found.note(one, Differing::Parts(parts(one, two)), most);
                }
                (Some(one), None) => found.note(one, Differing::OnlyFirst, most),
                (None, Some(two)) => found.note(two, Differing::OnlySecond, most),
                (None, None) => break,
            }
        }
        found.others = self.other_differences(other);
        found
    }

    fn other_differences(&self, other: &Self) -> Vec<&'static str> {
        let mut others = Vec::new();
        let mut note = |name, same: bool| {
            if !same {
                others.push(name);
            }
        };
        note("last record applied", self.offset == other.offset);
        note("profiles", self.profiles == other.profiles);
        note("remembered event ids", self.recent_ids.sorted() == other.recent_ids.sorted());
        note("positions of imported files", self.sources == other.sources);
        let lists = |state: &Self| state.waiting_lists_digest();
        note("lists that wait for their clicks", lists(self) == lists(other));
        others
    }
}

/// The parts of two users that are not the same.
fn parts(one: &PackedUser, two: &PackedUser) -> Vec<&'static str> {
    let (mut a, mut b) = (User::default(), User::default());
    one.unpack(&mut a);
    two.unpack(&mut b);
    let same = [
        ("time of the newest event", a.newest == b.newest),
        ("events applied", a.events_applied == b.events_applied),
        ("last click", a.last_positive == b.last_positive),
        ("visit", a.visit == b.visit),
        ("history", a.history == b.history),
        ("impressions", a.exposures == b.exposures),
        ("scores by type", bits(&a.type_scores) == bits(&b.type_scores)),
        ("scores by category", bits(&a.category_scores) == bits(&b.category_scores)),
        ("windows", a.tiles == b.tiles),
        ("declared features", a.declared == b.declared),
        ("patterns", a.patterns == b.patterns),
        ("items met", a.seen == b.seen),
    ];
    same.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}

/// Scores that compare bit by bit.
fn bits<K: Copy>(scores: &[(K, f32)]) -> Vec<(K, u32)> {
    scores.iter().map(|(key, score)| (*key, score.to_bits())).collect()
}

#[cfg(test)]
mod tests;
