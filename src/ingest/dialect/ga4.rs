//! Google Analytics 4, Measurement Protocol: `{client_id, user_id, timestamp_micros, events}`.
//!
//! The client is the session, so that a visitor without `user_id` is told apart by it; the `session_id`
//! that GA4 has among an event's parameters stays a property.

use super::{Parsed, map, nest};
use crate::ingest::fault::Flaw;
use crate::ingest::field::{Fields, Slot};
use crate::ingest::object::Object;

const EVENT: [(&str, Slot); 2] = [("name", Slot::Type), ("timestamp_micros", Slot::Time)];

const ENVELOPE: [(&str, Slot); 4] = [
    ("user_id", Slot::User),
    ("client_id", Slot::Session),
    ("app_instance_id", Slot::Session),
    ("timestamp_micros", Slot::Time),
];

const PARAMS: [(&str, Slot); 9] = [
    ("item_id", Slot::Item),
    ("items", Slot::Items),
    ("value", Slot::Value),
    ("price", Slot::Price),
    ("quantity", Slot::Quantity),
    ("currency", Slot::Currency),
    ("recommendation_id", Slot::Recommendation),
    ("room_id", Slot::Room),
    ("event_id", Slot::EventId),
];

pub fn read<'a>(event: &Object<'a>, envelope: &Object<'a>) -> Result<Parsed<'a>, Flaw> {
    let mut fields = Fields::default();
    map(event, "", &EVENT, &mut fields)?;
    fields.extras.retain(|(name, _)| name != "params");
    if let Some(raw) = event.get("params").filter(|raw| *raw != "null") {
        map(&Object::parse_text(raw, "/params")?, "/params", &PARAMS, &mut fields)?;
    }
    let mut around = Fields::default();
    map(envelope, "", &ENVELOPE, &mut around)?;
    for (_, slot) in ENVELOPE {
        if let Some(field) = around.get(slot) {
            let _ = fields.put_if_empty(slot, field);
        }
    }
    nest("ga4", &around, &mut fields);
    Ok(Parsed { fields, id_scope: "".into() })
}
