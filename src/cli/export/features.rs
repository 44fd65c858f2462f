//! `freshet export features`: what declared features said right before each event.
//!
//! **Invariant:** a row holds nothing of its own event but what the event says itself, and nothing of what stands behind
//! it in the log.
//!
//! Not here: state (see [`super::walk`]), bytes (see [`super::file`]).

use engine::features::TypeMask;
use engine::record::{Event, Mode};
use engine::{EventTypes, Outcome, Record, RecordBody, ShardId};

use super::columns::{Cell, Column, Kind};
use super::file::TableFile;
use super::values;
use super::walk::Walk;
use crate::cli::failure::Failure;
use crate::cli::replay::bounds::Bounds;

/// What every row says of its event.
const OF_EVENT: [(&str, Kind); 15] = [
    ("event_timestamp", Kind::Time),
    ("received_at", Kind::Time),
    ("log_position", Kind::Long),
    ("event_type", Kind::Text),
    ("role", Kind::Text),
    ("mode", Kind::Text),
    ("user_id", Kind::Text),
    ("item_id", Kind::Text),
    ("category", Kind::Text),
    ("room_id", Kind::Text),
    ("session_id", Kind::Text),
    ("recommendation_id", Kind::Text),
    ("position", Kind::Long),
    ("value", Kind::Double),
    ("price", Kind::Double),
];

/// Which events get a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// Of these types; of all that name an item where `None`.
    pub types: Option<TypeMask>,
    pub bounds: Bounds,
}

impl Asked {
    fn takes(&self, record: &Record, event: &Event) -> bool {
        let is_meant = match &self.types {
            Some(types) => types.contains(event.event_type),
            None => event.item.is_some(),
        };
        is_meant && self.bounds.hold(record.sequence, event.at)
    }
}

/// The columns: those of the event, then one for each declared feature, in declared order.
pub(super) fn columns(walk: &Walk) -> Vec<Column> {
    let of_event = OF_EVENT.into_iter().map(|(name, kind)| Column::new(name, kind));
    let declared = walk.plan().iter();
    let of_features =
        declared.map(|(_, one)| Column::new(column_name(&one.name), values::kind(one)));
    of_event.chain(of_features).collect()
}

/// The feature's own name, unless the event has a column of that.
fn column_name(feature: &str) -> String {
    let is_taken = OF_EVENT.iter().any(|(name, _)| *name == feature);
    if is_taken { format!("feature_{feature}") } else { feature.to_owned() }
}

/// Definitions of all features, as JSON.
pub(super) fn definitions(walk: &Walk, types: &EventTypes) -> String {
    let all = walk.plan().iter();
    let told = all.map(|(_, one)| values::definition(one, &column_name(&one.name), types));
    serde_json::Value::Array(told.collect()).to_string()
}

/// Applies a record, and writes a row of it where one is asked for and it is no repeat.
pub(super) fn take(
    walk: &mut Walk,
    record: &Record,
    asked: &Asked,
    (types, file): (&EventTypes, &mut TableFile),
) -> Result<(), Failure> {
    let wanted = match &record.body {
        RecordBody::Event { shard, event } if asked.takes(record, event) => Some((*shard, event)),
        _ => None,
    };
    let Some((shard, event)) = wanted else {
        walk.apply(record);
        return Ok(());
    };
    let row = row(walk, record, (shard, event), types);
    let applied = walk.apply(record);
    let is_new = applied.outcomes.iter().any(|(_, outcome)| *outcome != Outcome::Duplicate);
    if is_new { file.push(row) } else { Ok(()) }
}

fn row(
    walk: &Walk,
    record: &Record,
    (shard, event): (ShardId, &Event),
    types: &EventTypes,
) -> Vec<Cell> {
    let mut row = of_event(walk, record, event, types);
    let readings = walk.before(shard, event);
    let declared = walk.plan().iter().zip(readings);
    row.extend(declared.map(|((_, one), reading)| values::cell(one, reading, &walk.catalogue)));
    row
}

fn of_event(walk: &Walk, record: &Record, event: &Event, types: &EventTypes) -> Vec<Cell> {
    let text = Cell::text_of;
    let spec = types.get(event.event_type);
    let name = |found: Option<_>| found.map_or(Cell::Nothing, Cell::Text);
    let names = &walk.catalogue;
    let item = event.item.and_then(|item| values::item_name(item, names));
    let category = event.categories.first();
    let list = event.recommendation.map(|id| id.to_string());
    vec![
        Cell::Time(event.at),
        Cell::Time(event.received_at),
        Cell::count(record.sequence.0),
        text(spec.map(|spec| spec.name.as_str())),
        text(spec.map(|spec| spec.role.name())),
        text(Some(if event.mode == Mode::Live { "live" } else { "backfill" })),
        text(Some(event.user.as_str())),
        name(item),
        name(category.and_then(|category| values::category_name(*category, names))),
        text(event.room_id.as_deref()),
        text(event.session_id.as_deref()),
        text(list.as_deref()),
        Cell::long_of(event.position),
        Cell::double_of(event.value),
        Cell::double_of(event.price),
    ]
}
