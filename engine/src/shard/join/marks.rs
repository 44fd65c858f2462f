//! What is known of the places of one served list: whether they were shown, and what became of that.
//!
//! Eight bytes a place, and nothing for a list that nobody spoke of.
//!
//! What it came to is held beside until its window closes.
//!
//! **Invariant:** a place moves only forward: from not shown over waiting and decided to told.

use bincode::{Decode, Encode};

use crate::model::click::ClickOutcome;
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
    /// It was clicked or turned down, and its window is still open.
    Decided,
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
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub(in crate::shard) struct Marks {
    places: Box<[Mark]>,
    /// Types of events that were told of a place that was clicked.
    told: Vec<(u16, EventTypeId)>,
    /// What places came to whose windows are open, in the order in which it happened.
    held: Vec<Held>,
}

/// As version 1 of a checkpoint has them, when clicks were told at once.
#[derive(Debug, Decode)]
pub(in crate::shard) struct MarksV1 {
    places: Box<[Mark]>,
    told: Vec<(u16, EventTypeId)>,
}

/// What a place came to, to be told when its window closes.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub(in crate::shard) struct Held {
    pub place: u16,
    pub told: Told,
    /// Type and value of the event; of no meaning where it was turned down.
    pub by: EventTypeId,
    pub value: f32,
    /// How much it counts.
    pub weight: f32,
}

/// Kinds of what is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(in crate::shard) enum Told {
    Clicked,
    Skipped,
    Goal,
}

impl From<MarksV1> for Marks {
    fn from(MarksV1 { places, told }: MarksV1) -> Self {
        Self { places, told, held: Vec::new() }
    }
}

impl Held {
    pub fn new(place: usize, told: Told, (by, value): (EventTypeId, f32)) -> Self {
        Self { place: number(place), told, by, value, weight: 1.0 }
    }

    pub fn skipped(place: usize) -> Self {
        Self::new(place, Told::Skipped, (EventTypeId(0), 0.0))
    }

    pub fn outcome(self) -> ClickOutcome {
        let Self { by, value, .. } = self;
        match self.told {
            Told::Clicked => ClickOutcome::Clicked { by, value },
            Told::Skipped => ClickOutcome::Skipped,
            Told::Goal => ClickOutcome::Goal { by, value },
        }
    }
}

fn number(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}

impl Marks {
    /// Marks of `places` places of which nothing is known.
    pub fn new(places: usize) -> Self {
        Self { places: vec![Mark::default(); places].into(), ..Self::default() }
    }

    /// Marks of a list of which every place was shown when it was served.
    pub fn all_shown(places: usize) -> Self {
        let waits = Mark { stage: Stage::Waiting, ..Mark::default() };
        Self { places: vec![waits; places].into(), ..Self::default() }
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
        let told = (number(place), event_type);
        let is_new = !self.told.contains(&told);
        if is_new {
            self.told.push(told);
        }
        is_new
    }

    /// Keeps what is told when the window of its place closes.
    pub fn hold(&mut self, held: Held) {
        self.held.push(held);
    }

    /// Whether a place was turned down and its window is open.
    pub fn is_refused(&self, place: usize) -> bool {
        let refused = |held: &Held| held.place == number(place) && held.told == Told::Skipped;
        self.held.iter().any(refused)
    }

    /// The window of a place that is decided closes: what is told of it, first that it was clicked or turned down.
    pub fn close(&mut self, place: usize) -> Vec<Held> {
        let of_it = |held: &mut Held| held.place == number(place);
        let held: Vec<Held> = self.held.extract_if(.., of_it).collect();
        let skipped = held.first().is_some_and(|first| first.told == Told::Skipped);
        let stage = if skipped { Stage::Skipped } else { Stage::Clicked };
        self.set(place, Mark { stage, ..self.get(place) });
        held
    }

    /// Places whose windows are open, with when each was shown.
    pub fn waiting(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        let waits =
            |(_, mark): &(usize, &Mark)| matches!(mark.stage, Stage::Waiting | Stage::Decided);
        self.places.iter().enumerate().filter(waits).map(|(place, mark)| (place, mark.after_ms))
    }

    /// What they are charged beside the list: follows from what they hold, so that a restored shard has the same room.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.places.len() * size_of::<Mark>()
            + self.told.len() * 4
            + self.held.len() * size_of::<Held>()
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
