//! What an open live room says of itself to the click head: three inputs in classes, on record with the list like declared ones.
//!
//! **Invariant:** a fingerprint follows from the input's name, and classes are never cut anew under an old name.
//!
//! Not here: what the fixed blend makes of a room (see [`crate::retrieval::rooms`]).

use crate::NodeKey;
use crate::rooms::RoomNow;

/// Steps a class, for numbers that are told by their logarithm.
const STEPS: f64 = 4.0;
/// Classes of a share.
const SHARES: f64 = 20.0;

/// One input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomInput {
    /// Points a second over the middle half-life.
    Heat,
    /// Viewers.
    Audience,
    /// Share of stays past the first minute.
    Retention,
}

impl RoomInput {
    /// Every input, in the order in which they stand.
    pub const ALL: [Self; 3] = [Self::Heat, Self::Audience, Self::Retention];

    /// Its name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Heat => "room_heat",
            Self::Audience => "room_audience",
            Self::Retention => "room_retention",
        }
    }

    /// The input that a record names by `fingerprint`.
    #[must_use]
    pub fn of_fingerprint(fingerprint: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|input| input.fingerprint() == fingerprint)
    }

    /// What a record names it by.
    #[must_use]
    pub fn fingerprint(self) -> u32 {
        let name: &[u8] = match self {
            Self::Heat => b"heat",
            Self::Audience => b"audience",
            Self::Retention => b"retention",
        };
        (NodeKey([0; 16]).hash(&[b"room input", name]) >> 32) as u32
    }

    /// The value of `room`, and its class, from 1.
    #[must_use]
    pub fn read(self, room: &RoomNow) -> (f64, u8) {
        let value = match self {
            Self::Heat => room.heat[1],
            Self::Audience => room.viewers as f64,
            Self::Retention => f64::from(room.retention),
        };
        let value = if value.is_finite() { value } else { 0.0 };
        let step = match self {
            Self::Heat | Self::Audience => STEPS * value.max(0.0).ln_1p(),
            Self::Retention => SHARES * value.clamp(0.0, 1.0),
        };
        (value, (1.0 + step.min(254.0)) as u8)
    }
}

#[cfg(test)]
mod tests;
