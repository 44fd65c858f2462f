//! Served lists that wait for the impressions and clicks that answer them, with what is known of their places.
//!
//! A list goes when its time is up and none of its places waits any more, which a tick says, or when the budget in
//! bytes asks for room; then those that are due first go first.
//!
//! **Invariant:** timers fire in the order of (due, user, list, place), whatever order the lists came in.
//!
//! **Invariant:** when a list is due follows from the list and its marks alone, so that a restored shard lets the
//! same lists go as one that never stopped.
//!
//! Not here: what an event makes of a place (see [`super::join`]).

use std::collections::{BTreeMap, BTreeSet};

use super::join::marks::{Mark, Marks};
use crate::codec::CodecError;
use crate::record::{Served, ServedItem};
use crate::{RecommendationId, Timestamp, UserId};

/// A list and what is known of its places; `None` while nobody spoke of it.
#[derive(Debug)]
pub(super) struct WaitingList {
    pub served: Served,
    pub marks: Option<Marks>,
}

/// How long things wait, in milliseconds of event time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spans {
    /// A list, from when it was served.
    pub retention_ms: u64,
    /// A place for its click, from when it was shown.
    pub window_ms: u64,
}

/// Waiting lists of one shard.
#[derive(Debug)]
pub(super) struct WaitingLists {
    budget_bytes: usize,
    spans: Spans,
    lists: BTreeMap<u64, WaitingList>,
    of_users: BTreeSet<(UserId, u64)>,
    /// When each list goes.
    timers: BTreeSet<(Timestamp, UserId, u64)>,
    /// When the first place of each list that has one waiting has waited long enough.
    windows: BTreeSet<(Timestamp, UserId, u64)>,
    bytes: usize,
    /// Numbers of lists that came or went since the last cut, and of those whose marks did.
    changed: BTreeSet<u64>,
    changed_marks: BTreeSet<u64>,
    /// Marks out of a checkpoint whose lists are not here yet.
    early: BTreeMap<u64, Marks>,
}

/// What changed of a list since the last cut: `None` inside for what is gone.
pub(super) type Changes<'a, T> = Vec<(u64, Option<&'a T>)>;

impl WaitingLists {
    pub fn new(budget_bytes: usize, spans: Spans) -> Self {
        Self {
            budget_bytes,
            spans,
            lists: BTreeMap::new(),
            of_users: BTreeSet::new(),
            timers: BTreeSet::new(),
            windows: BTreeSet::new(),
            bytes: 0,
            changed: BTreeSet::new(),
            changed_marks: BTreeSet::new(),
            early: BTreeMap::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn get(&self, id: RecommendationId) -> Option<&WaitingList> {
        self.lists.get(&id.number).filter(|list| list.served.id == id)
    }

    pub fn list(&self, number: u64) -> Option<&WaitingList> {
        self.lists.get(&number)
    }

    /// The lists of a user, newest first.
    pub fn of_user(&self, user: &UserId) -> impl Iterator<Item = &WaitingList> {
        let all = (user.clone(), 0)..=(user.clone(), u64::MAX);
        self.of_users.range(all).rev().filter_map(|(_, number)| self.lists.get(number))
    }

    /// Lets a list wait, and lets the first due go until all fit the budget; how many places were still waiting
    /// for their click in what went.
    #[must_use]
    pub fn insert(&mut self, served: Served, marks: Option<Marks>) -> usize {
        let number = served.id.number;
        self.remove(number);
        self.changed.insert(number);
        if marks.is_some() {
            self.changed_marks.insert(number);
        }
        self.put(WaitingList { served, marks });
        let mut lost = 0;
        while self.budget_bytes < self.bytes {
            let Some((_, _, number)) = self.timers.first().cloned() else { break };
            lost += self.remove(number);
        }
        lost
    }

    /// Lets `change` change the marks of a list that is here.
    pub fn mark(&mut self, number: u64, change: impl FnOnce(&mut Marks)) {
        let Some(list) = self.lists.get_mut(&number) else { return };
        let before = (self.spans.due(list), self.spans.first_closing(list));
        self.bytes -= size(list);
        let places = list.served.items.len();
        change(list.marks.get_or_insert_with(|| Marks::new(places)));
        self.bytes += size(list);
        let after = (self.spans.due(list), self.spans.first_closing(list));
        if before != after {
            let user = list.served.user.clone();
            self.timers.remove(&(before.0, user.clone(), number));
            self.timers.insert((after.0, user.clone(), number));
            if let Some(due) = before.1 {
                self.windows.remove(&(due, user.clone(), number));
            }
            self.windows.extend(after.1.map(|due| (due, user, number)));
        }
        self.changed_marks.insert(number);
    }

    /// Puts in a list out of a checkpoint.
    ///
    /// # Errors
    /// [`CodecError::Damaged`] where its marks are of another list.
    pub fn restore(&mut self, served: Served) -> Result<(), CodecError> {
        let number = served.id.number;
        drop(self.take(number));
        self.put(WaitingList { served, marks: None });
        match self.early.remove(&number) {
            Some(marks) => self.restore_marks(number, marks),
            None => Ok(()),
        }
    }

    /// Puts in marks out of a checkpoint, before their list or behind it.
    ///
    /// # Errors
    /// [`CodecError::Damaged`] where they are another list's.
    pub fn restore_marks(&mut self, number: u64, marks: Marks) -> Result<(), CodecError> {
        let Some(list) = self.take(number) else {
            self.early.insert(number, marks);
            return Ok(());
        };
        if marks.len() != list.served.items.len() {
            return Err(CodecError::Damaged("marks of another list"));
        }
        self.put(WaitingList { marks: Some(marks), ..list });
        Ok(())
    }

    /// The first place that has waited long enough by `time`, of which list, and since when it waited.
    pub fn first_closed(&self, time: Timestamp) -> Option<(&Served, usize, Mark)> {
        let (due, _, number) = self.windows.first()?;
        let list = self.lists.get(number).filter(|_| *due <= time)?;
        let marks = list.marks.as_ref()?;
        let closes = |(_, after): &(usize, u32)| self.spans.closing(&list.served, *after) == *due;
        let (place, _) = marks.waiting().find(closes)?;
        Some((&list.served, place, marks.get(place)))
    }

    /// Lets go of the lists that are due by `time`.
    pub fn expire(&mut self, time: Timestamp) {
        while let Some((due, _, number)) = self.timers.first().cloned() {
            if time < due {
                break;
            }
            self.remove(number);
        }
    }

    /// Lists that came (with the list) or went (without) since this was last asked, and the same of their marks.
    pub fn take_changed(&mut self) -> (Changes<'_, Served>, Changes<'_, Marks>) {
        let changed = std::mem::take(&mut self.changed);
        let changed_marks = std::mem::take(&mut self.changed_marks);
        let served = |number| self.lists.get(&number).map(|list| &list.served);
        let marks = |number| self.lists.get(&number).and_then(|list| list.marks.as_ref());
        (
            changed.into_iter().map(|number| (number, served(number))).collect(),
            changed_marks.into_iter().map(|number| (number, marks(number))).collect(),
        )
    }

    /// Every list, by number.
    pub fn iter(&self) -> impl Iterator<Item = &WaitingList> {
        self.lists.values()
    }

    fn put(&mut self, list: WaitingList) {
        let (number, user) = (list.served.id.number, &list.served.user);
        self.bytes += size(&list);
        self.of_users.insert((user.clone(), number));
        self.timers.insert((self.spans.due(&list), user.clone(), number));
        if let Some(first) = self.spans.first_closing(&list) {
            self.windows.insert((first, user.clone(), number));
        }
        self.lists.insert(number, list);
    }

    fn take(&mut self, number: u64) -> Option<WaitingList> {
        let list = self.lists.remove(&number)?;
        let (due, first) = (self.spans.due(&list), self.spans.first_closing(&list));
        let user = &list.served.user;
        self.bytes -= size(&list);
        self.of_users.remove(&(user.clone(), number));
        self.timers.remove(&(due, user.clone(), number));
        if let Some(first) = first {
            self.windows.remove(&(first, user.clone(), number));
        }
        Some(list)
    }

    /// Lets a list go; how many of its places were still waiting.
    fn remove(&mut self, number: u64) -> usize {
        let Some(list) = self.take(number) else { return 0 };
        self.changed.insert(number);
        let Some(marks) = list.marks else { return 0 };
        self.changed_marks.insert(number);
        marks.waiting().count()
    }
}

impl Spans {
    /// When a place has waited long enough that was shown so long after its list was served.
    pub fn closing(&self, served: &Served, after_ms: u32) -> Timestamp {
        served.at.plus_millis(u64::from(after_ms)).plus_millis(self.window_ms)
    }

    /// When the list goes: not before its last place has waited long enough.
    fn due(&self, list: &WaitingList) -> Timestamp {
        let closed = self.closings(list).max().unwrap_or_default();
        list.served.at.plus_millis(self.retention_ms).max(closed)
    }

    fn first_closing(&self, list: &WaitingList) -> Option<Timestamp> {
        self.closings(list).min()
    }

    fn closings(&self, list: &WaitingList) -> impl Iterator<Item = Timestamp> {
        let waiting = list.marks.iter().flat_map(Marks::waiting);
        waiting.map(|(_, after_ms)| self.closing(&list.served, after_ms))
    }
}

/// Bytes that a list is charged: itself, its texts and items, its marks, its timers and its places in trees.
fn size(list: &WaitingList) -> usize {
    let served = &list.served;
    let texts = served.user.as_str().len() + served.scenario.len();
    let fields = served.fields.len() * size_of::<(u8, u32)>();
    let marks = list.marks.as_ref().map_or(0, |marks| marks.bytes() + 48);
    let items = served.items.len() * size_of::<ServedItem>();
    let declared = served.declared.as_ref().map_or(0, |values| values.bytes());
    size_of::<WaitingList>() + texts + fields + items + declared + marks + 144
}

#[cfg(test)]
mod tests;
