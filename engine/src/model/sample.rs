//! A training example: one positive event, and its user's state from BEFORE it.
//!
//! Shards build samples in apply order and the learner takes them in log order.
//!
//! Not here: what counts as a positive (see [`crate::EventTypes`]), learning.

use std::sync::Arc;

use crate::model::numeric::{Lane, squared};
use crate::{ItemIndex, Sequence};

/// Items of the history that make up a user's vector.
pub const HISTORY_ITEMS: usize = 20;
/// Sources that name items: neighbours of the last items, those of the items of the visit, sessions like the present one.
pub const NEARS: usize = 3;
/// Items that are not drawn as negatives.
pub const UNDRAWN_ITEMS: usize = 512;
/// Classes of time gaps, by powers of two of seconds.
pub const GAPS: usize = 32;
/// Groups of users by the length of their history.
pub const GROUPS: usize = 5;
/// Classes of an item's last place in a user's own history.
pub const REPEATS: usize = 4;

/// A positive event with its user's state before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The event's place in the log; negatives are drawn from its hash.
    pub sequence: Sequence,
    /// Which item was chosen.
    pub item: ItemIndex,
    /// How much it counts; 1 as a rule.
    pub weight: f32,
    /// The user as the model sees them.
    pub user: ModelUser,
    /// Items not to draw as negatives, at most [`UNDRAWN_ITEMS`]: those the user met, the last ones
    /// first.
    pub recent: Vec<ItemIndex>,
}

/// What the model needs to know of a user, in training and in serving alike.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelUser {
    /// Keyed hash of the user.
    pub hash: u64,
    /// Their positive events so far.
    pub events: u32,
    /// Their last items, newest first, at most [`HISTORY_ITEMS`].
    pub history: Vec<Past>,
    /// How many of the newest of these belong to the visit that they are on.
    pub visit: usize,
    /// Their own vector, where they have one.
    pub row: Option<UserRow>,
}

/// One item of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past {
    /// Which item.
    pub item: ItemIndex,
    /// How many seconds ago.
    pub age_s: u32,
}

/// A user's vector and its sum of squares.
#[derive(Clone, Debug, PartialEq)]
pub struct UserRow {
    /// The vector; shared until it is written.
    pub vector: Arc<[Lane]>,
    /// Sum of the mean squares of its gradients.
    pub squares: f32,
    /// The era it was learned in: only the model of the same era can read it (see [`crate::model::versions`]).
    pub era: u32,
}

impl UserRow {
    /// Whether it is a row of `lanes` that the learner of `era` could have made.
    #[must_use]
    pub fn fits(&self, lanes: usize, era: u32) -> bool {
        let size = squared(&self.vector);
        self.era == era
            && self.vector.len() == lanes
            && (0.0..1e6).contains(&size)
            && (1e-9..1e30).contains(&self.squares)
    }
}

impl ModelUser {
    /// The group of users that share popularity weights and blend: by 0, 1, 2–4, 5–19, 20 events or more.
    #[must_use]
    pub fn group(&self) -> usize {
        match self.events {
            0 => 0,
            1 => 1,
            2..=4 => 2,
            5..=19 => 3,
            _ => 4,
        }
    }

    /// In which class of places `item` last stands in the history: second, third or fourth, up to ninth, further
    /// back; `None` where it does not, or is the newest.
    #[must_use]
    pub fn repeat(&self, item: ItemIndex) -> Option<usize> {
        let place = self.history.iter().position(|past| past.item == item)?;
        match place {
            0 => None,
            1 => Some(0),
            2..=3 => Some(1),
            4..=8 => Some(2),
            _ => Some(3),
        }
    }
}

/// Which items may be among a few, by the last eight bits of their numbers: most that are not are told apart at once.
#[derive(Clone, Copy, Debug)]
pub struct ItemMask([u64; 4]);

impl ItemMask {
    /// That of `items`.
    pub fn of(items: impl Iterator<Item = ItemIndex>) -> Self {
        let mut words = [0; 4];
        for item in items {
            words[Self::word(item)] |= 1 << (item.0 % 64);
        }
        Self(words)
    }

    /// Whether `item` may be one of them.
    #[must_use]
    #[inline]
    pub fn may_hold(&self, item: ItemIndex) -> bool {
        self.0[Self::word(item)] & 1 << (item.0 % 64) != 0
    }

    fn word(item: ItemIndex) -> usize {
        (item.0 / 64 % 4) as usize
    }
}

impl Past {
    /// The class of its time gap: the whole part of `log2(1 + age)`.
    #[must_use]
    pub fn gap(&self) -> usize {
        ((u64::from(self.age_s) + 1).ilog2() as usize).min(GAPS - 1)
    }
}
