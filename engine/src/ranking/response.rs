//! A list as ranked: items, why they are there, what was left out, which rung answered.
//!
//! Not here: the wire form.

use super::clicks::Foretold;
use crate::record::Exploration;
use crate::{CategoryId, ItemIndex};

/// A ranked list.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// Which rung answered.
    pub source: Rung,
    /// The items, best first but for what was drawn.
    pub items: Vec<RankedItem>,
    /// Whether places were drawn, and how.
    pub exploration: Exploration,
    /// The places, from 1, at which a draw put another item than the one due, and that one; ascending.
    pub explored: Vec<(u16, ItemIndex)>,
    /// What was left out, and why.
    pub filtered: FilterCounts,
}

/// One item of a ranked list.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedItem {
    /// Which item.
    pub item: ItemIndex,
    /// What it was ranked by, before diversity.
    pub score: f32,
    /// Why it is there, strongest first.
    pub reasons: Vec<Reason>,
    /// What the score is the sum of.
    pub parts: ScoreParts,
    /// Probability with which it was put at this place, given what stands before it; at least
    /// [`FLOOR`](crate::ranking::explore::FLOOR). 1 where nothing was drawn, less where something was.
    pub propensity: f32,
    /// What the click head says of it, where that is ready.
    pub foretold: Option<Foretold>,
}

impl RankedItem {
    /// Whether a draw put it there in place of another.
    #[must_use]
    pub fn is_explored(&self) -> bool {
        self.reasons.contains(&Reason::Explored)
    }
}

/// One step of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// From the user's own history.
    Personalized,
    /// From the items of the visit alone.
    Session,
    /// The same for everyone, without what the user just did.
    Popular,
    /// Anything that may be shown, newest first.
    Fallback,
}

impl Rung {
    /// The number that a `Served` record carries.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Personalized => 0,
            Self::Session => 1,
            Self::Popular => 2,
            Self::Fallback => 3,
        }
    }

    /// The rung that a `Served` record's number stands for.
    #[must_use]
    pub const fn of_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Personalized),
            1 => Some(Self::Session),
            2 => Some(Self::Popular),
            3 => Some(Self::Fallback),
            _ => None,
        }
    }

    /// The word in an answer.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Personalized => "personalized",
            Self::Session => "session",
            Self::Popular => "popular",
            Self::Fallback => "fallback",
        }
    }
}

/// Why an item is in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Chosen by those who chose this item of the user's history.
    CoView(ItemIndex),
    /// Its neighbour is the item that the user's very last event chose.
    FreshClick(ItemIndex),
    /// Chosen together with the items of this visit.
    SessionNeighbour,
    /// Popular now.
    Popular,
    /// Rising now.
    Trending,
    /// New.
    Fresh,
    /// Made of what the user's last items are made of.
    Content,
    /// Of a category that the user likes.
    Category(CategoryId),
    /// A live room in which much goes on now.
    LiveNow,
    /// A live room that the user was in, or whose host they chose before.
    Host,
    /// What the model learned of the user's taste lifts it more than all else does.
    Taste,
    /// A draw put it there, in place of the one that was due.
    Explored,
}

/// What a score is the sum of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ScoreParts {
    /// From the neighbours of the user's last items.
    pub neighbours: f32,
    /// From the neighbours of the items of the visit.
    pub session: f32,
    /// From decayed popularity.
    pub popular: f32,
    /// From its trend.
    pub trending: f32,
    /// From its being new.
    pub fresh: f32,
    /// From the user's liking for its categories.
    pub category: f32,
    /// From the model.
    pub model: f32,
    /// From the item's own place in the user's history, as the model learned to take it.
    pub repeat: f32,
    /// From sessions like the present one.
    pub similar_sessions: f32,
    /// From its categories, tags, title words and embedding being like those of the user's last items.
    pub content: f32,
    /// From tags of the user's, as the scenario or the request says.
    pub tagged: f32,
    /// From what goes on in it, where it is an open live room, and from what the user did with its host.
    pub rooms: f32,
}

impl ScoreParts {
    /// The score.
    #[must_use]
    pub fn sum(&self) -> f32 {
        let near = self.neighbours + self.session + self.similar_sessions + self.popular;
        let near = near + self.trending + self.fresh + self.category + self.content;
        near + self.model + self.repeat + self.tagged + self.rooms
    }

    /// The parts with their names.
    #[must_use]
    pub fn named(&self) -> [(&'static str, f32); 12] {
        [
            ("neighbours", self.neighbours),
            ("session", self.session),
            ("popular", self.popular),
            ("trending", self.trending),
            ("fresh", self.fresh),
            ("category", self.category),
            ("model", self.model),
            ("repeat", self.repeat),
            ("similar_sessions", self.similar_sessions),
            ("content", self.content),
            ("tagged", self.tagged),
            ("rooms", self.rooms),
        ]
    }
}

/// What keeps an item out of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Seen, as the scenario declares it.
    Seen,
    /// Excluded by the caller.
    Excluded,
    /// Unknown, withdrawn or not available.
    Unavailable,
    /// Past its expiry.
    Expired,
    /// Not published yet.
    Unpublished,
    /// A live room, where none was asked for.
    LiveRoom,
    /// A live room that is not open.
    Closed,
    /// Against the caller's filter.
    Unmatched,
    /// Left out for a tag of the user's.
    Tagged,
}

impl Obstacle {
    /// Its name, that of its count.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Excluded => "excluded",
            Self::Unavailable => "unavailable",
            Self::Expired => "expired",
            Self::Unpublished => "unpublished",
            Self::LiveRoom => "live_room",
            Self::Closed => "closed",
            Self::Unmatched => "unmatched",
            Self::Tagged => "tagged",
        }
    }
}

/// Candidates left out, by the first reason that held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilterCounts {
    /// Seen, as the scenario declares it.
    pub seen: u32,
    /// Excluded by the caller.
    pub excluded: u32,
    /// Unknown, withdrawn or not available.
    pub unavailable: u32,
    /// Past their expiry.
    pub expired: u32,
    /// Not published yet.
    pub unpublished: u32,
    /// Live rooms, where none were asked for.
    pub live_room: u32,
    /// Live rooms that are not open.
    pub closed: u32,
    /// Against the caller's filter.
    pub unmatched: u32,
    /// Left out for a tag of the user's.
    pub tagged: u32,
}

impl FilterCounts {
    /// Counts an item that `obstacle` keeps out.
    pub fn count(&mut self, obstacle: Obstacle) {
        *match obstacle {
            Obstacle::Seen => &mut self.seen,
            Obstacle::Excluded => &mut self.excluded,
            Obstacle::Unavailable => &mut self.unavailable,
            Obstacle::Expired => &mut self.expired,
            Obstacle::Unpublished => &mut self.unpublished,
            Obstacle::LiveRoom => &mut self.live_room,
            Obstacle::Closed => &mut self.closed,
            Obstacle::Unmatched => &mut self.unmatched,
            Obstacle::Tagged => &mut self.tagged,
        } += 1;
    }
}
