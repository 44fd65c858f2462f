//! `[rooms]`: live rooms.

use serde::Deserialize;

/// Live rooms.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomsConfig {
    /// Seconds within which whoever comes back goes on with the same stay.
    pub grace_s: u64,
    /// Seconds of silence after which a viewer counts as gone.
    pub silent_s: u64,
    /// Length under which a stay says no.
    pub short_stay_s: u64,
    /// How long a minute stays open.
    pub lateness_s: u64,
    /// Viewers known one by one.
    pub viewers_exact: usize,
    /// Viewers ever that are known one by one.
    pub audience_exact: usize,
    /// Rooms at most.
    pub most_rooms: usize,
    /// When a quiet room is forgotten.
    pub forget_after_s: u64,
    /// Time between two statements of a room's numbers.
    pub stats_every_ms: u64,
    /// Half-life of mood and questions.
    pub talk_half_life_s: u64,
    /// Comments relayed in a second.
    pub comments_per_second: u32,
    /// Patterns told to the room.
    pub patterns: Vec<String>,
    /// Word lists.
    pub words: Vec<String>,
    /// What is kept for those who come back.
    pub history: RoomHistoryConfig,
    /// What heats a room.
    pub heat: RoomHeatConfig,
    /// When a jump is a moment.
    pub highlight: RoomHighlightConfig,
    /// How the shelf follows the audience.
    pub shelf: RoomShelfConfig,
    /// Lists of users that follow their own channel.
    pub user_feed: UserFeedConfig,
}

/// When a user's own list is sent.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserFeedConfig {
    /// Items of a list.
    pub limit: usize,
    /// The share of attention that must see another item.
    pub least_moved: f64,
    /// Time between two lists.
    pub every_ms: u64,
}

/// What is kept of a stream channel.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomHistoryConfig {
    /// Publications.
    pub publications: usize,
    /// Bytes.
    pub bytes: usize,
    /// Age.
    pub age_s: u64,
    /// Bytes of all channels together.
    pub total_bytes: u64,
}

/// What heats a room, and how fast it cools.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomHeatConfig {
    /// Short, middle and long half-life.
    pub half_lives_s: [u64; 3],
    /// Points of a join.
    pub join: f32,
    /// Points of a comment.
    pub comment: f32,
    /// Points of a like.
    pub like: f32,
    /// Points of a gift.
    pub gift: f32,
    /// Points of a product click.
    pub click: f32,
    /// Points of a product put into the cart or bought.
    pub add: f32,
    /// Points of each unit of a gift's value.
    pub per_value: f32,
    /// The most points of one event.
    pub most_per_event: f32,
    /// The most points of one viewer within about ten seconds.
    pub most_per_viewer: f32,
}

/// When a jump in heat is a moment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomHighlightConfig {
    /// Deviations above the past at which a moment begins.
    pub threshold: f64,
    /// Deviations above the past under which it is over.
    pub calm: f64,
    /// The least heat.
    pub least: f64,
    /// Half-life of the past.
    pub past_half_life_s: u64,
    /// Seconds of past that are needed.
    pub warm_up_s: u64,
    /// How long a peak is looked for.
    pub settle_ms: u64,
    /// The longest moment.
    pub longest_s: u64,
    /// Least time between two.
    pub cooldown_s: u64,
}

/// How the shelf follows the audience.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomShelfConfig {
    /// Products at most.
    pub most: usize,
    /// Half-life of clicks and adds.
    pub half_life_s: u64,
    /// What one add counts.
    pub add_weight: f64,
    /// What every product is given beforehand.
    pub prior: f64,
    /// How much more a product needs to pass another.
    pub margin: f64,
    /// The share of attention that must see another product.
    pub least_moved: f64,
    /// Time between two orders.
    pub every_ms: u64,
}
