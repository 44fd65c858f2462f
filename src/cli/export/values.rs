//! Values of declared features as cells: the type of a column follows from the declaration alone.
//!
//! **Invariant:** a feature has one type, whatever its values are; nothing is missing or expired but null.
//!
//! Not here: reading values (see [`super::walk`]).

use engine::features::declare::{Aggregate, Declaration, Source, Window};
use engine::features::read::{Reading, Value};
use engine::{CategoryId, EventTypes, ItemIndex};
use parquet::data_type::ByteArray;
use serde_json::json;

use super::columns::{Cell, Kind};
use crate::catalogue::Catalogue;

/// The type of a feature's column.
pub(super) fn kind(one: &Declaration) -> Kind {
    let is_number = one.of.as_ref().is_none_or(Source::is_number);
    match one.aggregate {
        Aggregate::Count if matches!(one.window, Window::HalfLife { .. }) => Kind::Double,
        Aggregate::Count | Aggregate::Distinct { .. } => Kind::Long,
        Aggregate::Sum
        | Aggregate::Mean
        | Aggregate::Min
        | Aggregate::Max
        | Aggregate::Rate { .. } => Kind::Double,
        Aggregate::LastTime => Kind::Time,
        Aggregate::LastValue if is_number => Kind::Double,
        Aggregate::LastValue => Kind::Text,
        Aggregate::Sequence if is_number => Kind::Doubles,
        Aggregate::Sequence => Kind::Texts,
        Aggregate::TopCategories { .. } => Kind::Sums,
    }
}

/// A reading of `one` as a cell.
pub(super) fn cell(one: &Declaration, reading: Reading, names: &Catalogue) -> Cell {
    let Some(value) = reading.value else { return Cell::Nothing };
    let thing = |number: u64| thing(one.of.as_ref(), number, names);
    match value {
        Value::Count(count) => Cell::count(count),
        Value::Number(number) => Cell::Double(number),
        Value::Time(at) => Cell::Time(at),
        Value::Thing(number) => thing(number).map_or(Cell::Nothing, Cell::Text),
        Value::Numbers(numbers) => Cell::Doubles(numbers),
        Value::Things(numbers) => Cell::Texts(numbers.into_iter().map(thing).collect()),
        Value::Categories(sums) => {
            let row = |(category, sum)| (category_name(category, names), sum);
            Cell::Sums(sums.into_iter().map(row).collect())
        }
    }
}

/// A thing by its name; rooms and users are known by their hashes only, as REST tells them.
fn thing(source: Option<&Source>, number: u64, names: &Catalogue) -> Option<ByteArray> {
    match source {
        Some(Source::Item) => item_name(ItemIndex(number as u32), names),
        Some(Source::Category) => category_name(CategoryId(number as u32), names),
        _ => Some(format!("{number:016x}").into_bytes().into()),
    }
}

/// An item's name, where the log tells it.
pub(super) fn item_name(item: ItemIndex, names: &Catalogue) -> Option<ByteArray> {
    names.name(item).map(|name| ByteArray::from(&*name))
}

/// A category's name, where the log tells it.
pub(super) fn category_name(category: CategoryId, names: &Catalogue) -> Option<ByteArray> {
    names.category_name(category).map(|name| ByteArray::from(&*name))
}

/// A feature's definition, as it stands in the file's metadata.
pub(super) fn definition(one: &Declaration, column: &str, types: &EventTypes) -> serde_json::Value {
    let named = |mask: &engine::features::TypeMask| -> Vec<String> {
        mask.iter().filter_map(|id| types.get(id)).map(|spec| spec.name.clone()).collect()
    };
    let (per, smoothing) = match &one.aggregate {
        Aggregate::Rate { per, prior } => (Some(named(per)), Some(*prior)),
        _ => (None, None),
    };
    let top = match one.aggregate {
        Aggregate::TopCategories { number } => Some(number),
        _ => None,
    };
    json!({
        "column": column,
        "type": kind(one).name(),
        "feature": one.name,
        "entity": one.entity.name(),
        "events": named(&one.events),
        "where": one.filter.as_ref().map(ToString::to_string),
        "window": one.window.to_string(),
        "aggregate": one.aggregate.name(),
        "of": one.of.as_ref().map(Source::name),
        "per": per,
        "smoothing": smoothing,
        "top": top,
        "ttl_ms": one.ttl_ms,
        "rank": one.rank.as_ref().map(ToString::to_string),
    })
}
