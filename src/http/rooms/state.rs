//! How rooms stand: a line in a list, and everything of one.

use actix_web::web;
use engine::Timestamp;
use engine::rooms::{HeatKind, LiveRoom, Minute, ProductNow};
use serde::Serialize;
use utoipa::ToSchema;

use super::{find, named};
use crate::http::Shared;
use crate::http::error::{ApiError, Problem};
use crate::rooms::payload::{self, Heat, Stats};

/// A room in a list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RoomSummary {
    /// Its id.
    pub room_id: String,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Who hosts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// What it is about.
    pub categories: Vec<String>,
    /// Whether it is open: recommended, and entered.
    pub is_open: bool,
    /// Viewers now.
    pub viewers: u64,
    /// Points a second.
    pub heat: Heat,
}

impl RoomSummary {
    /// A room as it stands at `now`.
    #[must_use]
    pub fn of(name: &str, live: &LiveRoom, now: Timestamp) -> Self {
        let (about, stats) = (live.room.about(), live.room.stats(now));
        let text = |text: &Option<Box<str>>| text.as_deref().map(ToOwned::to_owned);
        Self {
            room_id: name.to_owned(),
            title: text(&about.title),
            host: text(&about.host),
            categories: about.categories.iter().map(ToString::to_string).collect(),
            is_open: live.room.is_on(now),
            viewers: stats.viewers,
            heat: Heat::of(stats.heat),
        }
    }
}

/// Everything of a room.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RoomState {
    /// Its numbers, as `room_stats` tells them.
    #[schema(value_type = Object)]
    pub stats: serde_json::Value,
    /// Share of stays that last past 1, 2, … minutes, as far as any stay tells.
    pub retention: Vec<f32>,
    /// The last minutes, oldest first.
    pub minutes: Vec<MinuteBody>,
    /// The shelf in the host's order.
    pub shelf: Vec<ShelfItem>,
    /// The item on show.
    pub showing: Option<String>,
    /// Where its stream stands.
    pub stream: StreamPosition,
}

/// One minute of a room.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct MinuteBody {
    /// Its number since 1970.
    pub minute: u64,
    /// Stays that began.
    pub joins: u64,
    /// Stays that ended.
    pub leaves: u64,
    /// Comments.
    pub comments: u64,
    /// Likes.
    pub likes: u64,
    /// Gifts.
    pub gifts: u64,
    /// Product clicks.
    pub clicks: u64,
    /// Products put into the cart or bought.
    pub adds: u64,
    /// Value of the gifts.
    pub gift_value: f64,
    /// The most viewers at once.
    pub most_viewers: u64,
}

impl MinuteBody {
    fn of(minute: &Minute) -> Self {
        let acts = |kind: HeatKind| minute.acts[kind as usize];
        Self {
            minute: minute.number,
            joins: minute.joins,
            leaves: minute.leaves,
            comments: acts(HeatKind::Comment),
            likes: acts(HeatKind::Like),
            gifts: acts(HeatKind::Gift),
            clicks: acts(HeatKind::Click),
            adds: acts(HeatKind::Add),
            gift_value: minute.gift_value,
            most_viewers: minute.most_viewers,
        }
    }
}

/// A product on the shelf.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ShelfItem {
    /// Which.
    pub item_id: String,
    /// Clicks and weighted adds of late.
    pub pull: f64,
    /// Clicks ever.
    pub clicks: u64,
    /// Adds ever.
    pub adds: u64,
}

/// Where a stream channel stands.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct StreamPosition {
    /// The life that the offset belongs to.
    pub epoch: String,
    /// The newest offset.
    pub offset: u64,
}

/// How a room stands.
#[utoipa::path(
    get, path = "/v1/rooms/{id}/state", operation_id = "get_room_state", tag = "rooms",
    params(("id" = String, Path, description = "The room")),
    responses(
        (status = 200, description = "Numbers, retention, minutes, shelf", body = RoomState),
        (status = 404, description = "No such room", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    shared: web::Data<Shared>,
    path: web::Path<String>,
) -> Result<web::Json<RoomState>, ApiError> {
    let room = named(path)?;
    let (name, now) = (room.clone(), shared.node.now());
    let read = move |live: &LiveRoom| snapshot(&name, live, now);
    let found = find(&shared.node, &room, read).await?;
    let Snapshot { stats, retention, minutes, shelf, showing, stream } = found;
    let catalogue = &shared.node.catalogue;
    let shelf = shelf.into_iter().map(|product| ShelfItem {
        item_id: payload::name(catalogue, product.item),
        pull: product.pull,
        clicks: product.clicks,
        adds: product.adds,
    });
    let showing = showing.map(|item| payload::name(catalogue, item));
    let shelf = shelf.collect();
    Ok(web::Json(RoomState { stats, retention, minutes, shelf, showing, stream }))
}

/// What is read on the rooms' thread.
struct Snapshot {
    stats: serde_json::Value,
    retention: Vec<f32>,
    minutes: Vec<MinuteBody>,
    shelf: Vec<ProductNow>,
    showing: Option<engine::ItemIndex>,
    stream: StreamPosition,
}

fn snapshot(name: &str, live: &LiveRoom, now: Timestamp) -> Snapshot {
    let stats = Stats::of(name, &live.room.stats(now));
    let epoch = live.channel.epoch().as_str().to_owned();
    Snapshot {
        stats: serde_json::to_value(stats).unwrap_or_default(),
        retention: live.room.retention(),
        minutes: live.room.minutes().map(MinuteBody::of).collect(),
        shelf: live.room.shelf(now),
        showing: live.room.shown(),
        stream: StreamPosition { epoch, offset: live.channel.offset() },
    }
}
