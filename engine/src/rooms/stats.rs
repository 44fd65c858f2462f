//! A room's numbers at one instant: what `room_stats` tells.
//!
//! Not here: their names in JSON; see the edge.

use super::Room;
use super::event::HEAT_KINDS;
use super::words::INTENTS;
use crate::Timestamp;

/// A room's numbers at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomStats {
    /// The instant, by the room's clock.
    pub at: Timestamp,
    /// Whether the room is on.
    pub is_open: bool,
    /// Viewers now.
    pub viewers: u64,
    /// Whether `viewers` was counted rather than estimated.
    pub viewers_exact: bool,
    /// Different viewers ever.
    pub audience: u64,
    /// Whether `audience` was counted rather than estimated.
    pub audience_exact: bool,
    /// Stays that began.
    pub joins: u64,
    /// Stays that ended for good.
    pub leaves: u64,
    /// Median of the ended stays, within a sixteenth.
    pub median_stay_ms: Option<u64>,
    /// Points a second over the short, the middle and the long half-life.
    pub heat: [f64; 3],
    /// The short one by [`super::HeatKind`].
    pub heat_made_of: [f64; HEAT_KINDS],
    /// Acts ever by [`super::HeatKind`].
    pub acts: [u64; HEAT_KINDS],
    /// Value of all gifts.
    pub gift_value: f64,
    /// Mean feeling of recent comments, -1 to 1.
    pub mood: f64,
    /// Recent questions by [`super::words::Intent`], fading.
    pub asks: [f64; INTENTS],
    /// Questions ever.
    pub asked_ever: [u64; INTENTS],
    /// Events that came after their minute was closed.
    pub late: u64,
    /// Leaves that said nothing, because newer signs or no stay were known.
    pub stale: u64,
    /// Clicks and adds on products that are not on the shelf.
    pub off_shelf: u64,
}

impl RoomStats {
    /// Whether it says the same but for the instant and for what fades.
    #[must_use]
    pub fn counts_like(&self, other: &Self) -> bool {
        let still = Self {
            at: other.at,
            heat: other.heat,
            heat_made_of: other.heat_made_of,
            mood: other.mood,
            asks: other.asks,
            ..self.clone()
        };
        still == *other
    }
}

impl Room {
    /// The room's numbers at `at`, or at its clock where that is later.
    #[must_use]
    pub fn stats(&self, at: Timestamp) -> RoomStats {
        let (config, state) = (&self.rules.config, &self.state);
        let at = at.max(state.clock);
        let (viewers, viewers_exact) = state.presence.present();
        let (audience, audience_exact) = state.audience.count();
        RoomStats {
            at,
            is_open: self.is_open(),
            viewers,
            viewers_exact,
            audience,
            audience_exact,
            joins: state.presence.begun,
            leaves: state.presence.ended,
            median_stay_ms: state.lengths.median_ms(),
            heat: state.heat.rates(at, &config.heat),
            heat_made_of: state.heat.by_kind(0, at, &config.heat),
            acts: state.totals.acts,
            gift_value: state.totals.gift_value,
            mood: state.talk.mood(at, config.talk_half_life_ms),
            asks: state.talk.asked(at, config.talk_half_life_ms),
            asked_ever: state.talk.asked_ever,
            late: state.totals.late,
            stale: state.totals.stale,
            off_shelf: state.shelf.elsewhere,
        }
    }
}
