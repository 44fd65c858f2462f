//! `GET /v1/events/schema`: what an event may say, by this node's configuration.

use actix_web::{HttpResponse, web};
use engine::EventTypes;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::error::ApiError;
use super::intake;
use crate::ingest::field::NATIVE;
use crate::ingest::limits::{ID_BYTES, Limits};
use crate::node::Node;

const MS_PER_HOUR: f64 = 3_600_000.0;

/// An event as it is sent. `type` and one of `user_id` and `session_id` are needed.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(example = json!({"user_id": "u123", "item_id": "v456", "event": "click", "ts": 1_700_000_000}))]
pub struct EventBody {
    /// Makes a resent event the same event; derived from all fields where it is left out.
    #[schema(min_length = 1, max_length = 256)]
    pub event_id: Option<String>,
    /// Name or alias of a declared type.
    #[serde(rename = "type")]
    #[schema(example = "select_item")]
    pub kind: Option<String>,
    /// Another name of `type`.
    pub event: Option<String>,
    /// Who; without a login `session_id` is enough.
    #[schema(min_length = 1, max_length = 256)]
    pub user_id: Option<String>,
    /// Behaviour session; the user where no `user_id` is sent.
    #[schema(min_length = 1, max_length = 256)]
    pub session_id: Option<String>,
    /// On which item.
    #[schema(min_length = 1, max_length = 256)]
    pub item_id: Option<String>,
    /// On which items, instead of `item_id`: a list shown, a basket.
    pub items: Option<Vec<ItemBody>>,
    /// Event time: RFC 3339 with its offset, or Unix seconds or milliseconds by size.
    #[schema(value_type = Option<Value>)]
    pub timestamp: Option<Value>,
    /// Another name of `timestamp`.
    #[schema(value_type = Option<Value>)]
    pub ts: Option<Value>,
    /// When it was sent, by the same clock: corrects a wrong one, and the answer warns where that is by more
    /// than half an hour. Not used in imports and under `clock = "event"`.
    #[schema(value_type = Option<Value>)]
    pub sent_at: Option<Value>,
    /// The served list that it answers. Impressions and clicks that carry it teach the node what is clicked where it is
    /// shown.
    pub recommendation_id: Option<String>,
    /// Place in that list, from 1.
    #[schema(minimum = 1, maximum = 65535)]
    pub position: Option<u16>,
    /// Rating, amount. Kept with the event; ranking counts a rating by its type alone so far, a low one like a
    /// high one.
    pub value: Option<f32>,
    /// Price of one.
    #[schema(minimum = 0)]
    pub price: Option<f32>,
    /// How many.
    #[schema(minimum = 0)]
    pub quantity: Option<f32>,
    /// Currency of price and value.
    pub currency: Option<String>,
    /// Share of a video that was watched; the value where none is sent. Kept, not weighed so far.
    #[schema(minimum = 0, maximum = 1)]
    pub portion: Option<f32>,
    /// Milliseconds for which it was looked at.
    pub dwell_ms: Option<u32>,
    /// Live room.
    #[schema(min_length = 1, max_length = 256)]
    pub room_id: Option<String>,
    /// Whatever else is to be kept.
    #[schema(value_type = Option<Object>)]
    pub properties: Option<Value>,
}

/// One of several items of an event.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ItemBody {
    /// Which item.
    #[schema(min_length = 1, max_length = 256)]
    pub item_id: String,
    /// Place in the list that was shown, from 1.
    #[schema(minimum = 1, maximum = 65535)]
    pub position: Option<u16>,
    /// Price of one.
    #[schema(minimum = 0)]
    pub price: Option<f32>,
    /// How many.
    #[schema(minimum = 0)]
    pub quantity: Option<f32>,
}

/// What an event may say.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct EventSchema {
    /// The declared types.
    pub types: Vec<TypeSchema>,
    /// Fields of an event; any other is refused, except inside `properties`.
    #[schema(value_type = Vec<String>)]
    pub fields: Vec<&'static str>,
    /// Foreign bodies that `?format=` names.
    #[schema(value_type = Vec<String>)]
    pub formats: [&'static str; 3],
    /// Limits of a body.
    pub limits: LimitsSchema,
}

/// One event type.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TypeSchema {
    /// Canonical name.
    pub name: String,
    /// Other names, whatever their case.
    pub aliases: Vec<String>,
    /// What it says about liking: impression, positive, negative or neutral.
    #[schema(value_type = String)]
    pub role: &'static str,
    /// What one such event adds to a decayed score.
    pub weight: f32,
    /// Hours after which half of that is left.
    pub half_life_hours: f64,
}

/// Limits of a body; past one of them the answer names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LimitsSchema {
    /// Bytes of a body, unpacked.
    pub body_bytes: usize,
    /// Events of a body, entries of `items` counted one by one.
    pub body_events: usize,
    /// Bytes of one event.
    pub event_bytes: usize,
    /// Levels of nesting of one event.
    pub depth: usize,
    /// Bytes of an id.
    pub id_bytes: usize,
}

/// Lists event types, fields and limits.
///
/// # Errors
/// None.
#[utoipa::path(
    get,
    path = "/v1/events/schema",
    tag = "events",
    responses((status = 200, description = "Types, fields and limits", body = EventSchema))
)]
pub async fn get_schema(node: web::Data<Node>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(schema(&node.types, intake::limits(&node))))
}

fn schema(types: &EventTypes, limits: Limits) -> EventSchema {
    EventSchema {
        types: types
            .iter()
            .map(|(_, spec)| TypeSchema {
                name: spec.name.clone(),
                aliases: spec.aliases.clone(),
                role: spec.role.name(),
                weight: spec.weight,
                half_life_hours: spec.half_life_ms as f64 / MS_PER_HOUR,
            })
            .collect(),
        fields: NATIVE.iter().map(|(name, _)| *name).collect(),
        formats: ["segment", "ga4", "cloudevents"],
        limits: LimitsSchema {
            body_bytes: limits.body_bytes,
            body_events: limits.body_events,
            event_bytes: limits.event_bytes,
            depth: limits.depth,
            id_bytes: ID_BYTES,
        },
    }
}

#[cfg(test)]
mod tests;
