//! What of a live room's rules an operator may set, with the values that are in force where nothing is set.
//!
//! Not here: the word lists (see `words`), reading a file.

use super::event::{HEAT_KINDS, HeatKind};

/// The rules of all rooms of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomConfig {
    /// Milliseconds after which a viewer who left or was lost is gone; back before, it is the same stay.
    pub grace_ms: u64,
    /// Milliseconds without a sign of life after which a viewer counts as gone.
    pub silent_ms: u64,
    /// Viewers known one by one at a time; past it their number is estimated.
    pub viewers_exact: usize,
    /// Viewers ever that are known one by one; past it their number is estimated.
    pub audience_exact: usize,
    /// Milliseconds that a minute stays open after its end.
    pub lateness_ms: u64,
    /// Stays shorter than this, in milliseconds, without any reaction say no to the room.
    pub short_stay_ms: u64,
    /// What heats a room, and how fast it cools.
    pub heat: HeatConfig,
    /// When a jump in heat is a moment.
    pub highlight: HighlightConfig,
    /// How the shelf follows the audience.
    pub shelf: ShelfConfig,
    /// Milliseconds between two statements of a room's numbers.
    pub stats_every_ms: u64,
    /// Half-life of mood and of questions, in milliseconds.
    pub talk_half_life_ms: u64,
}

impl Default for RoomConfig {
    fn default() -> Self {
        Self {
            grace_ms: 15_000,
            silent_ms: 300_000,
            viewers_exact: 50_000,
            audience_exact: 4_096,
            lateness_ms: 20_000,
            short_stay_ms: 3_000,
            heat: HeatConfig::default(),
            highlight: HighlightConfig::default(),
            shelf: ShelfConfig::default(),
            stats_every_ms: 1_000,
            talk_half_life_ms: 30_000,
        }
    }
}

/// What heats a room, and how fast it cools.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatConfig {
    /// Half-lives in milliseconds: short, middle, long. Moments are looked for in the short one.
    pub half_lives_ms: [u64; 3],
    /// Points of one event, by [`HeatKind`].
    pub points: [f32; HEAT_KINDS],
    /// Points of each unit of a gift's value, beside the gift's own.
    pub points_per_value: f32,
    /// The most points of one event.
    pub most_per_event: f32,
    /// The most points that one viewer adds within about ten seconds, so that nobody heats a room alone.
    pub most_per_viewer: f32,
}

impl Default for HeatConfig {
    fn default() -> Self {
        let mut points = [1.0; HEAT_KINDS];
        points[HeatKind::Like as usize] = 0.5;
        points[HeatKind::Gift as usize] = 2.0;
        points[HeatKind::Click as usize] = 2.0;
        points[HeatKind::Add as usize] = 4.0;
        Self {
            half_lives_ms: [10_000, 30_000, 300_000],
            points,
            points_per_value: 0.1,
            most_per_event: 12.0,
            most_per_viewer: 12.0,
        }
    }
}

/// When a jump in heat is a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct HighlightConfig {
    /// Mean absolute deviations above the room's own past at which a moment begins.
    pub threshold: f64,
    /// Mean absolute deviations above the past under which it is over.
    pub calm: f64,
    /// The least heat, in points a second, that may be a moment.
    pub least: f64,
    /// Half-life of the past, in milliseconds.
    pub past_half_life_ms: u64,
    /// Seconds of past that are needed before the first moment.
    pub warm_up_s: u64,
    /// Milliseconds for which a moment's peak is looked for before it is told; under five seconds.
    pub settle_ms: u64,
    /// Milliseconds after which a moment is over in any case: the room has a new level.
    pub longest_ms: u64,
    /// Milliseconds from the end of a moment to the earliest start of the next.
    pub cooldown_ms: u64,
}

impl Default for HighlightConfig {
    fn default() -> Self {
        Self {
            threshold: 6.0,
            calm: 2.0,
            least: 0.5,
            past_half_life_ms: 300_000,
            warm_up_s: 60,
            settle_ms: 2_000,
            longest_ms: 120_000,
            cooldown_ms: 30_000,
        }
    }
}

/// How the shelf follows the audience.
#[derive(Clone, Debug, PartialEq)]
pub struct ShelfConfig {
    /// Products at most; further ones are not taken.
    pub most: usize,
    /// Half-life of clicks and adds, in milliseconds.
    pub half_life_ms: u64,
    /// What one add to the cart counts, where a click counts 1.
    pub add_weight: f64,
    /// What every product is given beforehand, so that a first click does not turn the shelf over.
    pub prior: f64,
    /// How much more a product needs, as a share, to pass the one before it.
    pub margin: f64,
    /// The share of attention that must see another product before an order is told; see [`super::Feed::moved`].
    pub least_moved: f64,
    /// Milliseconds between two orders told.
    pub every_ms: u64,
}

impl Default for ShelfConfig {
    fn default() -> Self {
        Self {
            most: 200,
            half_life_ms: 60_000,
            add_weight: 3.0,
            prior: 1.0,
            margin: 0.2,
            least_moved: 0.1,
            every_ms: 250,
        }
    }
}
