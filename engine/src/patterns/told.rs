//! A match as it is told: whose it is, by which record it was noticed, in which room it came true.
//!
//! Not here: who is told.

use super::{Match, Pattern, Same};
use crate::{Sequence, UserId};

/// A pattern that came true for a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternMatch {
    /// The record by which it was noticed.
    pub sequence: Sequence,
    /// Whose it is.
    pub user: UserId,
    /// The pattern's name.
    pub name: Box<str>,
    /// Which, and when.
    pub matched: Match,
    /// In which room.
    pub room: RoomOf,
}

/// In which room a pattern came true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomOf {
    /// That of the event that completed it, where it has one.
    Event,
    /// The one that its events share, by its key: nothing happened there, which whatever came next brought to light.
    Shared(u64),
    /// None: by absence, and its events share no room.
    Nowhere,
}

impl RoomOf {
    /// Where `matched` is of, by its pattern.
    pub(crate) fn of(pattern: Option<&Pattern>, matched: &Match) -> Self {
        match pattern {
            Some(Pattern { absence: Some(_), same: Same::Room, .. }) => {
                Self::Shared(matched.binding)
            }
            Some(Pattern { absence: Some(_), .. }) | None => Self::Nowhere,
            Some(_) => Self::Event,
        }
    }
}
