//! What goes out of rooms, as one line of JSON each: `kind` says what it is.
//!
//! **Invariant:** the same publication always gives the same line, when it is sent and when it is recovered.
//!
//! Not here: frames (see `live`), what the numbers mean (see `engine::rooms`).

use engine::patterns::PatternMatch;
use engine::rooms::words::INTENTS;
use engine::rooms::{
    Content, Feed, HEAT_KINDS, Highlight, Phase, ProductNow, Publication, RoomStats,
};
use engine::{ItemIndex, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::catalogue::Catalogue;
use crate::http::times;
use crate::node::Node;

/// Every kind that goes out, of stream and of state channels.
pub const KINDS: [&str; 10] = [
    "comment",
    "notice",
    "highlight",
    "showing",
    "ended",
    "match",
    "room_stats",
    "feed",
    "next",
    "matches",
];

/// Numbers by the parts of heat.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ByAct<N> {
    /// Somebody came in.
    pub join: N,
    /// Said something.
    pub comment: N,
    /// Liked.
    pub like: N,
    /// Gave.
    pub gift: N,
    /// Clicked a product.
    pub click: N,
    /// Put it into the cart, or bought it.
    pub add: N,
}

impl<N: Copy> ByAct<N> {
    fn of([join, comment, like, gift, click, add]: [N; HEAT_KINDS]) -> Self {
        Self { join, comment, like, gift, click, add }
    }
}

/// Numbers by what comments ask for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ByIntent<N> {
    /// What it costs.
    pub price: N,
    /// Where to get it.
    pub link: N,
    /// Whether it fits.
    pub size: N,
}

impl<N: Copy> ByIntent<N> {
    fn of([price, link, size]: [N; INTENTS]) -> Self {
        Self { price, link, size }
    }
}

/// Heat over three half-lives, in points a second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Heat {
    /// Short: 10 seconds as a rule.
    pub s10: f64,
    /// Middle: 30 seconds.
    pub s30: f64,
    /// Long: 5 minutes.
    pub m5: f64,
}

impl Heat {
    /// Heat as the engine tells it.
    #[must_use]
    pub fn of(heat: [f64; 3]) -> Self {
        let [s10, s30, m5] = heat.map(rounded);
        Self { s10, s30, m5 }
    }
}

/// A room's numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stats<'a> {
    kind: &'static str,
    room_id: &'a str,
    at: String,
    is_open: bool,
    viewers: u64,
    viewers_exact: bool,
    audience: u64,
    audience_exact: bool,
    joins: u64,
    leaves: u64,
    median_stay_ms: Option<u64>,
    heat: Heat,
    made_of: ByAct<f64>,
    acts: ByAct<u64>,
    gift_value: f64,
    mood: f64,
    asks: ByIntent<f64>,
    asked_ever: ByIntent<u64>,
}

impl<'a> Stats<'a> {
    /// The numbers of `room`.
    #[must_use]
    pub fn of(room_id: &'a str, stats: &RoomStats) -> Self {
        Self {
            kind: "room_stats",
            room_id,
            at: times::rfc3339(stats.at),
            is_open: stats.is_open,
            viewers: stats.viewers,
            viewers_exact: stats.viewers_exact,
            audience: stats.audience,
            audience_exact: stats.audience_exact,
            joins: stats.joins,
            leaves: stats.leaves,
            median_stay_ms: stats.median_stay_ms,
            heat: Heat::of(stats.heat),
            made_of: ByAct::of(stats.heat_made_of.map(rounded)),
            acts: ByAct::of(stats.acts),
            gift_value: rounded(stats.gift_value),
            mood: rounded(stats.mood),
            asks: ByIntent::of(stats.asks.map(rounded)),
            asked_ever: ByIntent::of(stats.asked_ever),
        }
    }
}

/// A room's numbers as they go out.
#[must_use]
pub fn stats(room: &str, stats: &RoomStats) -> String {
    text(&Stats::of(room, stats))
}

#[derive(Serialize)]
struct FeedItem {
    item_id: String,
    rank: usize,
    pull: f64,
}

/// The shelf in the order that the audience wants it in.
#[must_use]
pub fn feed(node: &Node, room: &str, feed: &Feed) -> String {
    #[derive(Serialize)]
    struct Out<'a> {
        kind: &'static str,
        room_id: &'a str,
        at: String,
        moved: f64,
        items: Vec<FeedItem>,
    }
    let item = |(place, product): (usize, &ProductNow)| FeedItem {
        item_id: name(&node.catalogue, product.item),
        rank: place + 1,
        pull: rounded(product.pull),
    };
    text(&Out {
        kind: "feed",
        room_id: room,
        at: times::rfc3339(feed.at),
        moved: rounded(feed.moved),
        items: feed.products.iter().enumerate().map(item).collect(),
    })
}

/// A publication of a stream channel.
#[must_use]
pub fn publication(node: &Node, publication: &Publication) -> String {
    let at = publication.at;
    match &publication.content {
        Content::Notice { data } => notice(data, at),
        Content::Comment { user, name, text: said } => text(&Comment {
            kind: "comment",
            at: times::rfc3339(at),
            user_id: user.as_str(),
            name: name.as_deref(),
            text: said,
        }),
        Content::Moment(moment) => text(&highlight(moment)),
        Content::Showing { item } => text(&Showing {
            kind: "showing",
            at: times::rfc3339(at),
            item_id: item.map(|item| self::name(&node.catalogue, item)),
        }),
        Content::Ended => text(&Ended { kind: "ended", at: times::rfc3339(at) }),
        Content::Match { user, pattern, item, started_at } => text(&Match {
            kind: "match",
            at: times::rfc3339(at),
            started_at: times::rfc3339(*started_at),
            user_id: user.as_str(),
            pattern,
            item_id: item.map(|item| self::name(&node.catalogue, item)),
        }),
    }
}

#[derive(Serialize)]
struct Comment<'a> {
    kind: &'static str,
    at: String,
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    text: &'a str,
}

#[derive(Serialize)]
struct Showing {
    kind: &'static str,
    at: String,
    item_id: Option<String>,
}

#[derive(Serialize)]
struct Ended {
    kind: &'static str,
    at: String,
}

#[derive(Serialize)]
struct Match<'a> {
    kind: &'static str,
    at: String,
    started_at: String,
    user_id: &'a str,
    pattern: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_id: Option<String>,
}

#[derive(Serialize)]
struct Moment {
    kind: &'static str,
    phase: &'static str,
    start: String,
    crossed_at: String,
    peak_at: String,
    told_at: String,
    peak: f64,
    made_of: ByAct<f64>,
    past: f64,
    deviation: f64,
}

fn highlight(moment: &Highlight) -> Moment {
    Moment {
        kind: "highlight",
        phase: match moment.phase {
            Phase::Noticed => "noticed",
            Phase::Over => "over",
        },
        start: times::rfc3339(moment.start),
        crossed_at: times::rfc3339(moment.crossed_at),
        peak_at: times::rfc3339(moment.peak_at),
        told_at: times::rfc3339(moment.told_at),
        peak: rounded(moment.peak),
        made_of: ByAct::of(moment.made_of.map(rounded)),
        past: rounded(moment.past),
        deviation: rounded(moment.deviation),
    }
}

/// Patterns that came true for one user.
#[must_use]
pub fn matches<'a>(matches: impl Iterator<Item = &'a PatternMatch>) -> String {
    #[derive(Serialize)]
    struct One<'a> {
        pattern: &'a str,
        started_at: String,
        at: String,
    }
    #[derive(Serialize)]
    struct Out<'a> {
        kind: &'static str,
        matches: Vec<One<'a>>,
    }
    let one = |it: &'a PatternMatch| One {
        pattern: &it.name,
        started_at: times::rfc3339(it.matched.started_at),
        at: times::rfc3339(it.matched.at),
    };
    text(&Out { kind: "matches", matches: matches.map(one).collect() })
}

/// What the host says: their object with `kind` and `at` before it.
fn notice(data: &str, at: Timestamp) -> String {
    let rest = data.strip_prefix('{').unwrap_or("}");
    let comma = if rest.trim_start().starts_with('}') { "" } else { "," };
    format!("{{\"kind\":\"notice\",\"at\":\"{}\"{comma}{rest}", times::rfc3339(at))
}

/// The item's name; empty for one that the catalogue does not know, which no log makes.
pub(crate) fn name(catalogue: &Catalogue, item: ItemIndex) -> String {
    catalogue.name(item).map_or_else(String::new, |name| name.to_string())
}

/// Four digits behind the point: what goes to thousands of browsers should be short.
fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

/// Structures of numbers and texts always become JSON.
pub(super) fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}
