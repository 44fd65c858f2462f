//! What is known of the places of one served list: whether they were shown, and what became of that.
//!
//! Eight bytes a place, and nothing for a list that nobody spoke of.
//!
//! **Invariant:** a place moves only forward: from not shown over waiting to settled.

use bincode::{Decode, Encode};

use crate::record::Served;
use crate::{EventTypeId, Timestamp};

/// How far a place has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(in crate::shard) enum Stage {
    /// Nobody said that it was shown.
    #[default]
    Unshown,
    /// It waits for its click.
    Waiting,
    /// It was clicked, and that was told.
    Clicked,
    /// Its window closed without a click, and that was told.
    Unclicked,
    /// It was turned down, and that was told.
    Skipped,
}

/// One place of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(in crate::shard) struct Mark {
    pub stage: Stage,
    /// Place that the caller reported, from 1; 0 where none was.
    pub position: u16,
    /// How often what the impression counts is halved, where its user is shown more than people look at.
    pub halvings: u8,
    /// When it was shown: milliseconds after the list was served.
    pub after_ms: u32,
}

/// The places of one list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(in crate::shard) struct Marks {
    places: Box<[Mark]>,
    /// Types of events that were told of a place that was clicked.
    told: Vec<(u16, EventTypeId)>,
}

impl Marks {
    /// Marks of `places` places of which nothing is known.
    pub fn new(places: usize) -> Self {
        Self { places: vec![Mark::default(); places].into(), told: Vec::new() }
    }

    /// Marks of a list of which every place was shown when it was served.
    pub fn all_shown(places: usize) -> Self {
        let waits = Mark { stage: Stage::Waiting, ..Mark::default() };
        Self { places: vec![waits; places].into(), told: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn get(&self, place: usize) -> Mark {
        self.places.get(place).copied().unwrap_or_default()
    }

    pub fn set(&mut self, place: usize, mark: Mark) {
        if let Some(slot) = self.places.get_mut(place) {
            *slot = mark;
        }
    }

    /// Notes that events of a type were told of a place; whether none were before.
    pub fn tell(&mut self, place: usize, event_type: EventTypeId) -> bool {
        let told = (u16::try_from(place).unwrap_or(u16::MAX), event_type);
        let is_new = !self.told.contains(&told);
        if is_new {
            self.told.push(told);
        }
        is_new
    }

    /// Places that wait, with when each was shown.
    pub fn waiting(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        let waits = |(_, mark): &(usize, &Mark)| mark.stage == Stage::Waiting;
        self.places.iter().enumerate().filter(waits).map(|(place, mark)| (place, mark.after_ms))
    }

    /// What they are charged beside the list: follows from what they hold, so that a restored shard has the same room.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.places.len() * size_of::<Mark>() + self.told.len() * 4
    }
}

impl Mark {
    /// When a place of `served` with this mark was shown.
    pub fn shown_at(self, served: &Served) -> Timestamp {
        served.at.plus_millis(u64::from(self.after_ms))
    }
}

/// An influence as marks hold it: to the next power of two below.
pub(in crate::shard) fn halvings(influence: f32) -> u8 {
    if influence < 1.0 { (-influence.log2()).ceil().clamp(0.0, 30.0) as u8 } else { 0 }
}

/// How long after `served` something happened, as marks hold it.
pub(in crate::shard) fn after(served: &Served, at: Timestamp) -> u32 {
    u32::try_from(at.millis_since(served.at)).unwrap_or(u32::MAX)
}
