//! Segment: `track` calls, alone, in an array, or in a `batch`.
//!
//! `anonymousId` is the session, so that a visitor without `userId` is told apart by it. Where Segment
//! has stamped `receivedAt`, it has corrected `timestamp` already, and `sentAt` is left alone.
//!
//! The `writeKey` is a credential and is the one field that is not kept.

use super::{Parsed, map, nest};
use crate::ingest::fault::{Fault, Flaw};
use crate::ingest::field::{Field, Fields, Slot, text};
use crate::ingest::object::Object;

const CALL: [(&str, Slot); 7] = [
    ("messageId", Slot::EventId),
    ("event", Slot::Type),
    ("userId", Slot::User),
    ("anonymousId", Slot::Session),
    ("timestamp", Slot::Time),
    ("originalTimestamp", Slot::Time),
    ("sentAt", Slot::SentAt),
];

const PROPERTIES: [(&str, Slot); 18] = [
    ("item_id", Slot::Item),
    ("product_id", Slot::Item),
    ("sku", Slot::Item),
    ("content_asset_id", Slot::Item),
    ("asset_id", Slot::Item),
    ("products", Slot::Items),
    ("items", Slot::Items),
    ("value", Slot::Value),
    ("total", Slot::Value),
    ("revenue", Slot::Value),
    ("rating", Slot::Value),
    ("price", Slot::Price),
    ("quantity", Slot::Quantity),
    ("currency", Slot::Currency),
    ("recommendation_id", Slot::Recommendation),
    ("room_id", Slot::Room),
    ("portion", Slot::Portion),
    ("dwell_ms", Slot::Dwell),
];

pub fn read<'a>(event: &Object<'a>, envelope: &Object<'a>) -> Result<Parsed<'a>, Flaw> {
    check_call(event)?;
    let mut fields = Fields::default();
    let mut around = Fields::default();
    for object in [event, envelope] {
        map(object, "", &CALL, &mut around)?;
    }
    let corrected = event.get("receivedAt").is_some() && event.get("timestamp").is_some();
    for (_, slot) in CALL.iter().filter(|(name, _)| !(corrected && *name == "sentAt")) {
        if let Some(field) = around.get(*slot) {
            let _ = fields.put_if_empty(*slot, field);
        }
    }
    if let Some(raw) = event.get("properties").filter(|raw| *raw != "null") {
        let own = Object::parse_text(raw, "/properties")?;
        if !is_video(event)
            && let Some(raw) = own.get("position")
        {
            let position = Field { base: "/properties", name: "position", raw };
            let _ = fields.put_if_empty(Slot::Position, position);
        }
        map(&own, "/properties", &PROPERTIES, &mut fields)?;
        if fields.get(Slot::Position).is_some() {
            fields.extras.retain(|(name, _)| name != "position");
        }
    }
    around.extras.retain(|(name, _)| !matches!(&**name, "type" | "properties" | "writeKey"));
    nest("segment", &around, &mut fields);
    Ok(Parsed { fields, id_scope: "".into() })
}

fn check_call(event: &Object<'_>) -> Result<(), Flaw> {
    match event.get("type").map(text).transpose().map_err(|fault| fault.at("/type"))? {
        None => Ok(()),
        Some(kind) if kind == "track" => Ok(()),
        Some(_) => {
            let what = "only Segment's track calls are behaviour events; leave out identify, page, screen, group and alias";
            Err(Fault::Unsupported { what }.at("/type"))
        }
    }
}

/// In video calls `position` is a second of the film and no place in a list.
fn is_video(event: &Object<'_>) -> bool {
    event.get("event").is_some_and(|raw| raw.to_ascii_lowercase().starts_with("\"video"))
}
