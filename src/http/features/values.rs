//! One value as JSON, with names for numbers.
//!
//! Not here: reading it.

use engine::features::declare::{Declaration, Entity, Source};
use engine::features::read::{Reading, Status, Value as Said};
use engine::{CategoryId, ItemIndex};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::http::times::rfc3339;
use crate::node::Node;

/// What a feature says of one entity.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FeatureValue {
    /// Number, text or list, as the feature's aggregate has it; none where there is nothing to say.
    #[schema(value_type = Value)]
    pub value: Option<Value>,
    /// `PRESENT`; `NOT_FOUND`: no event ever entered it; `OUTSIDE_MAX_AGE`: what there was is too old; `FILLING`: it came
    /// new and is being filled from the log, the value is of what came since.
    pub status: &'static str,
    /// Event time of the newest event behind it.
    #[schema(format = DateTime)]
    pub event_timestamp: Option<String>,
    /// How many milliseconds ago that was.
    pub age_ms: Option<u64>,
    /// Events behind the value.
    pub events: u64,
}

impl FeatureValue {
    /// What is told of a reading of `one`.
    /// `is_filling` is as of before the reading, so that nothing half filled passes for whole.
    pub fn of(node: &Node, one: &Declaration, (reading, is_filling): (Reading, bool)) -> Self {
        let reading = if is_filling { reading.while_filling() } else { reading };
        Self {
            value: reading.value.map(|said| told(node, one, said)),
            status: match reading.status {
                Status::Present => "PRESENT",
                Status::Missing => "NOT_FOUND",
                Status::Expired => "OUTSIDE_MAX_AGE",
                Status::Filling => "FILLING",
            },
            event_timestamp: reading.event_at.map(rfc3339),
            age_ms: reading.age_ms,
            events: reading.events,
        }
    }
}

fn told(node: &Node, one: &Declaration, said: Said) -> Value {
    let thing = |number: u64| thing(node, one.of.as_ref(), number);
    match said {
        Said::Count(count) => json!(count),
        Said::Number(number) => json!(number),
        Said::Time(at) => json!(rfc3339(at)),
        Said::Thing(number) => thing(number),
        Said::Numbers(numbers) => json!(numbers),
        Said::Things(numbers) => numbers.into_iter().map(thing).collect(),
        Said::Categories(sums) => {
            let row = |(category, sum): (CategoryId, f64)| json!({"category": category_name(node, category), "value": sum});
            sums.into_iter().map(row).collect()
        }
    }
}

/// A thing by its name; rooms and users are known by their hashes only.
fn thing(node: &Node, source: Option<&Source>, number: u64) -> Value {
    match source {
        Some(Source::Item) => json!(item_name(node, number)),
        Some(Source::Category) => json!(category_name(node, CategoryId(number as u32))),
        _ => json!(format!("{number:016x}")),
    }
}

fn item_name(node: &Node, number: u64) -> Option<String> {
    node.catalogue.name(ItemIndex(number as u32)).map(|name| name.to_string())
}

fn category_name(node: &Node, category: CategoryId) -> Option<String> {
    node.catalogue.category_name(category).map(|name| name.to_string())
}

/// The item, category or both of an instance, under the names of the entity columns.
pub(super) fn instance(node: &Node, entity: Entity, key: u64) -> Map<String, Value> {
    let item = |number| ("item_id".to_owned(), json!(item_name(node, number)));
    let category = |number: u64| {
        ("category".to_owned(), json!(category_name(node, CategoryId(number as u32))))
    };
    match entity {
        Entity::User | Entity::Global => Map::new(),
        Entity::UserItem | Entity::Item => Map::from_iter([item(key)]),
        Entity::UserCategory | Entity::Category => Map::from_iter([category(key)]),
        Entity::ItemCategory => Map::from_iter([item(key >> 32), category(key & 0xffff_ffff)]),
        Entity::Room => Map::from_iter([("room".to_owned(), json!(format!("{key:016x}")))]),
    }
}
