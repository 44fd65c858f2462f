//! Recent sessions, by what was chosen in them: what sessions like the present one went on to (VMIS-kNN as a stream).
//!
//! After Serenade (Kersbergen et al., 2022), which builds its index over night: here each choice adds itself. The items of
//! the present session, newest first, vote for the newest sessions that hold them, each vote by `fade`
//! less than the one before. A session's similarity is its votes over the root of its length. The most similar sessions
//! vote for all their items with the square of that, less the further back the newest item lies that they share, and
//! an item's votes weigh more the rarer it is.
//!
//! **Invariant:** a choice costs work bounded by the configuration, and so does a question.
//!
//! **Invariant:** the lists by item follow from the sessions: an item's list holds the newest sessions with it, in their
//! order. So only sessions are kept in a checkpoint.
//!
//! Not here: which of a user's items make the present session (see [`crate::retrieval::similar_sessions`]).

use bincode::{Decode, Encode};
use rustc_hash::FxHashMap;

use crate::activity::dirty::Marks;
use crate::catalogue::Chunked;
use crate::{ItemIndex, Timestamp};

/// Items of a session; what comes after them begins the next.
pub const SESSION_ITEMS: usize = 32;

/// How many sessions are kept, and when one ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionBounds {
    /// Sessions kept, the newest; 200 bytes each.
    pub sessions: u32,
    /// Sessions that an item names.
    pub per_item: usize,
    /// Longest gap, in event time, inside a session.
    pub gap_ms: u64,
}

/// One session.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Session {
    /// Which it is; grows by 1. Sessions of one number do not exist before the first, which is 1.
    number: u32,
    user_hash: u64,
    last_at: Timestamp,
    length: u8,
    items: [u32; SESSION_ITEMS],
}

impl Default for Session {
    fn default() -> Self {
        Self {
            number: 0,
            user_hash: 0,
            last_at: Timestamp::EPOCH,
            length: 0,
            items: [0; SESSION_ITEMS],
        }
    }
}

/// Sessions as read: by training from the state, by ranking from a view.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    bounds: Option<SessionBounds>,
    /// By number, over and over.
    slots: Chunked<Session>,
    /// Numbers of the newest sessions with an item, growing.
    of_item: Chunked<Vec<u32>, 4>,
    /// Number of the newest session.
    newest: u32,
}

/// Sessions and what is needed to add to them.
#[derive(Debug, Default)]
pub struct SessionIndex {
    sessions: Sessions,
    /// Number of the newest session of a user, of those that are kept.
    of_user: FxHashMap<u64, u32>,
    /// Slots written since the last cut.
    pub(super) dirty: Marks,
}

impl Session {
    /// Its items, the first chosen first.
    pub fn items(&self) -> impl Iterator<Item = ItemIndex> + '_ {
        self.items[..usize::from(self.length)].iter().map(|item| ItemIndex(*item))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.length)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whose it is.
    #[must_use]
    pub fn user_hash(&self) -> u64 {
        self.user_hash
    }

    fn holds(&self, item: ItemIndex) -> bool {
        self.items().any(|other| other == item)
    }

    fn is_sound(&self) -> bool {
        0 < self.number && self.len() <= SESSION_ITEMS
    }
}

impl Sessions {
    /// The newest sessions with `item`, the oldest of them first.
    pub fn of(&self, item: ItemIndex) -> impl Iterator<Item = u32> + '_ {
        let list = self.of_item.get(item.as_usize()).into_iter().flatten();
        list.copied().filter(|number| self.is_kept(*number))
    }

    /// Session number `number`, where it is kept.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&Session> {
        let slot = number % self.bounds?.sessions;
        self.slots.get(slot as usize).filter(|session| session.number == number && 0 < number)
    }

    /// Bytes copied because a view still held them.
    #[must_use]
    pub fn copied_bytes(&self) -> u64 {
        self.slots.copied_bytes() + self.of_item.copied_bytes()
    }

    fn is_kept(&self, number: u32) -> bool {
        self.bounds.is_some_and(|bounds| self.newest - number.min(self.newest) < bounds.sessions)
    }
}

impl SessionIndex {
    /// An index without a session; one that stays so where there are no bounds.
    #[must_use]
    pub fn new(bounds: Option<SessionBounds>) -> Self {
        let bounds = bounds.filter(|bounds| 0 < bounds.sessions && 0 < bounds.per_item);
        Self { sessions: Sessions { bounds, ..Sessions::default() }, ..Self::default() }
    }

    /// To read.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Adds a choice to its user's session, or begins one with it.
    pub fn add(&mut self, user_hash: u64, item: ItemIndex, at: Timestamp) {
        let Some(bounds) = self.sessions.bounds else { return };
        let number = self.present(user_hash, at, bounds);
        let slot = number % bounds.sessions;
        self.dirty.mark(slot);
        let session = self.sessions.slots.row_mut(slot as usize);
        session.last_at = session.last_at.max(at);
        if session.holds(item) {
            return;
        }
        session.items[session.len()] = item.0;
        session.length += 1;
        self.list(item, number, bounds);
    }

    /// Sessions in the slots that `slots` names, for a cut.
    pub(super) fn slot(&self, slot: u32) -> Option<&Session> {
        self.sessions.slots.get(slot as usize).filter(|session| 0 < session.number)
    }

    /// Slots that there are.
    pub(super) fn slots(&self) -> u32 {
        self.sessions.slots.len() as u32
    }

    /// Lays a session of a cut in; [`Self::derive`] follows when all are. What other bounds have no room for is let go.
    pub(super) fn lay(&mut self, session: Session) {
        let Some(bounds) = self.sessions.bounds else { return };
        if !session.is_sound() {
            return;
        }
        self.sessions.newest = self.sessions.newest.max(session.number);
        let slot = (session.number % bounds.sessions) as usize;
        let row = self.sessions.slots.row_mut(slot);
        if row.number < session.number {
            *row = session;
        }
    }

    /// Makes what follows from the sessions.
    pub(super) fn derive(&mut self) {
        let Some(bounds) = self.sessions.bounds else { return };
        let rows = self.sessions.slots.iter();
        let mut kept: Vec<(u32, usize)> = rows.map(|(slot, row)| (row.number, slot)).collect();
        kept.retain(|(number, _)| 0 < *number && self.sessions.is_kept(*number));
        kept.sort_unstable();
        for (number, slot) in kept {
            let Some(session) = self.sessions.slots.get(slot).cloned() else { continue };
            self.of_user.insert(session.user_hash, number);
            for item in session.items() {
                self.list(item, number, bounds);
            }
        }
    }

    /// Number of the session that a choice of now belongs to.
    fn present(&mut self, user_hash: u64, at: Timestamp, bounds: SessionBounds) -> u32 {
        let held = self.of_user.get(&user_hash).and_then(|number| self.sessions.get(*number));
        if let Some(session) = held {
            let open = at.millis_since(session.last_at) <= bounds.gap_ms;
            if open && session.len() < SESSION_ITEMS {
                return session.number;
            }
        }
        self.sessions.newest += 1;
        let number = self.sessions.newest;
        let row = self.sessions.slots.row_mut((number % bounds.sessions) as usize);
        let gone = std::mem::replace(
            row,
            Session { number, user_hash, last_at: at, ..Session::default() },
        );
        if self.of_user.get(&gone.user_hash) == Some(&gone.number) {
            self.of_user.remove(&gone.user_hash);
        }
        self.of_user.insert(user_hash, number);
        number
    }

    /// Puts a session into an item's list, in its order; the oldest gives way.
    fn list(&mut self, item: ItemIndex, number: u32, bounds: SessionBounds) {
        let list = self.sessions.of_item.row_mut(item.as_usize());
        let place = list.partition_point(|other| *other < number);
        if list.len() < bounds.per_item {
            list.insert(place, number);
        } else if 0 < place {
            list.copy_within(1..place, 0);
            list[place - 1] = number;
        }
    }
}

#[cfg(test)]
mod tests;
