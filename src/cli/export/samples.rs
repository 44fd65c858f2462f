//! `freshet export samples`: what users were shown, with what the served list's record says of it, and what became of it.
//!
//! **Invariant:** a row is what the click head was told when the impression was settled; what it says of list and item
//! stands in the list's record, nothing is computed again.
//!
//! Not here: when an impression is settled (see `engine::shard`, the sample join), bytes (see [`super::file`]).

use std::collections::BTreeMap;

use engine::features::Declared;
use engine::model::ClickSample;
use engine::model::click::{ClickOutcome, fields};
use engine::ranking::ScoreParts;
use engine::record::{Exploration, ItemKind, PARTS, Served};
use engine::{
    CategoryId, EventTypeId, EventTypes, ItemIndex, RecommendationId, Record, RecordBody, Rung,
    Shown, Timestamp,
};
use parquet::data_type::ByteArray;

use super::columns::{Cell, Column, Kind};
use super::file::TableFile;
use super::values::{category_name, item_name};
use super::walk::Walk;
use crate::catalogue::Catalogue;
use crate::cli::failure::Failure;
use crate::cli::replay::bounds::Bounds;

/// What every row says, before the parts of the score and the declared context.
const OF_SAMPLE: [(&str, Kind); 37] = [
    ("shown_at", Kind::Time),
    ("served_at", Kind::Time),
    ("settled_at", Kind::Time),
    ("log_position", Kind::Long),
    ("recommendation_id", Kind::Text),
    ("user_id", Kind::Text),
    ("item_id", Kind::Text),
    ("place", Kind::Long),
    ("position", Kind::Long),
    ("propensity", Kind::Double),
    ("due_item_id", Kind::Text),
    ("clicked", Kind::Long),
    ("outcome", Kind::Text),
    ("event_type", Kind::Text),
    ("value", Kind::Double),
    ("weight", Kind::Double),
    ("scenario", Kind::Text),
    ("rung", Kind::Text),
    ("exploration", Kind::Text),
    ("candidates_given", Kind::Long),
    ("model_version", Kind::Long),
    ("model_revision", Kind::Long),
    ("activity_revision", Kind::Long),
    ("hour", Kind::Long),
    ("weekday", Kind::Long),
    ("user_group", Kind::Long),
    ("last_item_id", Kind::Text),
    ("liked_category", Kind::Text),
    ("category", Kind::Text),
    ("second_category", Kind::Text),
    ("kind", Kind::Text),
    ("price_class", Kind::Long),
    ("age_class", Kind::Long),
    ("click_rate_class", Kind::Long),
    ("score", Kind::Double),
    ("other_classes", Kind::Classes),
    ("tags", Kind::Texts),
];

/// Lists more than after the last look from which on those that the shards let go are let go here, too.
const LOOK_AFTER: usize = 4_096;

/// Which impressions get a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub bounds: Bounds,
    /// Whether further events of what was clicked get rows of their own.
    pub goals: bool,
}

/// The lists that the shards hold, and some that they let go of late.
///
/// A shard lets a list go in the same record that settles the last of it, so that it cannot be asked for it then.
#[derive(Debug, Default)]
pub(super) struct Lists {
    by_id: BTreeMap<RecommendationId, Box<Served>>,
    kept: usize,
}

impl Lists {
    fn insert(&mut self, served: &Served) {
        self.by_id.insert(served.id, Box::new(served.clone()));
    }

    /// Lets go what the shards did, once there are twice as many as then.
    fn let_go(&mut self, walk: &Walk) {
        if self.by_id.len() < 2 * self.kept + LOOK_AFTER {
            return;
        }
        self.by_id.retain(|id, _| walk.shard(id.shard).served(*id).is_some());
        self.kept = self.by_id.len();
    }
}

/// The columns.
pub(super) fn columns(table: &Table<'_>) -> Vec<Column> {
    let fixed = OF_SAMPLE.into_iter().map(|(name, kind)| Column::new(name, kind));
    let parts = ScoreParts::default().named();
    let parts = parts.iter().take(PARTS);
    let parts = parts.map(|(name, _)| Column::new(format!("part_{name}"), Kind::Double));
    let keys = table.context.iter().take(fields::CONTEXT_KEYS);
    let keys = keys.map(|key| Column::new(format!("context_{key}"), Kind::Long));
    let inputs = table.inputs.iter();
    let inputs = inputs.map(|(_, name)| Column::new(format!("class_{name}"), Kind::Long));
    fixed.chain(parts).chain(keys).chain(inputs).collect()
}

/// Applies a record, and writes a row for each impression that it settles.
pub(super) fn take(
    (walk, lists): (&mut Walk, &mut Lists),
    record: &Record,
    asked: Asked,
    (table, file): (&Table<'_>, &mut TableFile),
) -> Result<(), Failure> {
    if let RecordBody::Served { served, .. } = &record.body {
        lists.insert(served);
    }
    let applied = walk.apply(record);
    for (click, shown) in applied.clicks.iter().zip(&applied.shown) {
        let Some(served) = lists.by_id.get(&shown.list) else { continue };
        let is_goal = matches!(click.outcome, ClickOutcome::Goal { .. });
        if asked.bounds.hold(record.sequence, shown.at) && (asked.goals || !is_goal) {
            file.push(table.row(&walk.catalogue, record, (click, shown), served))?;
        }
    }
    lists.let_go(walk);
    Ok(())
}

/// What rows are read by.
pub(super) struct Table<'a> {
    pub types: &'a EventTypes,
    /// Declared keys of requests.
    pub context: &'a [String],
    /// Features that take part in ranking: fingerprint and name.
    inputs: Vec<(u32, String)>,
    /// Tags by fingerprint of the pattern that sets them.
    tags: BTreeMap<u32, String>,
}

impl<'a> Table<'a> {
    pub fn new(types: &'a EventTypes, context: &'a [String], declared: &Declared) -> Self {
        let plan = &declared.plan;
        let inputs = plan
            .inputs()
            .iter()
            .filter_map(|input| Some((input.fingerprint, plan.get(input.feature)?.name.clone())));
        let tags = declared.patterns.iter().filter_map(|(id, pattern)| {
            Some((declared.patterns.fingerprint_of(id)?, pattern.tag.clone()))
        });
        Self { types, context, inputs: inputs.collect(), tags: tags.collect() }
    }

    fn row(
        &self,
        names: &Catalogue,
        record: &Record,
        (click, shown): (&ClickSample, &Shown),
        served: &Served,
    ) -> Vec<Cell> {
        let Some(item) = served.items.get(shown.place) else { return Vec::new() };
        let text = |text: &str| Cell::text(text);
        let number = |number: u8| Cell::Long(i64::from(number));
        let item_of = |item: ItemIndex| named(item_name(item, names));
        let category_of = |category| named(category_name(category, names));
        let field = |wanted: u8| field(&served.fields, wanted);
        let class = |wanted: u8| Cell::long_of(field(wanted));
        let place = shown.place as u64 + 1;
        let due = served.explored.iter().find(|(at, _)| u64::from(*at) == place);
        let (label, outcome, by) = outcome(click.outcome);
        let (by, value) = by.map_or((None, None), |(by, value)| (Some(by), Some(value)));
        let [first, second] = item.features.categories();
        let category = |found: Option<CategoryId>| found.map_or(Cell::Nothing, category_of);
        let rung = Rung::of_number(served.rung).map(Rung::name);
        let exploration = Exploration::of_number(served.exploration).map(Exploration::name);
        let mut row = vec![
            Cell::Time(shown.at),
            Cell::Time(served.at),
            settled_at(record).map_or(Cell::Nothing, Cell::Time),
            Cell::count(record.sequence.0),
            text(&served.id.to_string()),
            text(served.user.as_str()),
            item_of(item.item),
            Cell::count(place),
            Cell::Long(i64::from(click.position)),
            Cell::Double(f64::from(item.propensity)),
            due.map_or(Cell::Nothing, |(_, due)| item_of(*due)),
            Cell::Long(label),
            text(outcome),
            Cell::text_of(by.and_then(|by| self.type_name(by))),
            Cell::double_of(value),
            Cell::Double(f64::from(click.weight)),
            text(&served.scenario),
            Cell::text_of(rung),
            Cell::text_of(exploration),
            Cell::Long(i64::from(served.given)),
            Cell::Long(i64::from(served.version)),
            Cell::count(served.model_revision),
            Cell::count(served.revision),
            class(fields::HOUR),
            class(fields::WEEKDAY),
            class(fields::GROUP),
            field(fields::LAST_ITEM).map_or(Cell::Nothing, |last| item_of(ItemIndex(last))),
            category(field(fields::LIKED_CATEGORY).map(CategoryId)),
            category(first),
            category(second),
            Cell::text_of(kind_name(item.features.kind())),
            number(item.features.price()),
            number(item.features.age()),
            number(item.features.click_rate()),
            Cell::Double(f64::from(item.score)),
            self.others(served, shown.place),
            self.tags(served),
        ];
        row.extend(item.features.parts().map(|part| Cell::Double(f64::from(part))));
        let keys = (fields::CONTEXT..).zip(self.context).take(fields::CONTEXT_KEYS);
        row.extend(keys.map(|(number, _)| class(number)));
        row.extend(self.inputs.iter().map(|(input, _)| {
            let on_record = said(served, shown.place).find(|(other, _)| other == input);
            Cell::long_of(on_record.map(|(_, class)| class))
        }));
        row
    }

    /// What features said that are declared otherwise by now, by the fingerprints of the declarations; null where none took
    /// part.
    fn others(&self, served: &Served, place: usize) -> Cell {
        if served.declared.is_none() {
            return Cell::Nothing;
        }
        let is_other = |input: &u32| self.inputs.iter().all(|(known, _)| known != input);
        let others = said(served, place).filter(|(input, _)| is_other(input));
        Cell::Classes(others.map(|(input, class)| (fingerprint(input), class)).collect())
    }

    /// The tags that the user had; of a pattern that is declared otherwise by now its fingerprint.
    fn tags(&self, served: &Served) -> Cell {
        let Some(all) = &served.declared else { return Cell::Nothing };
        let name = |pattern| match self.tags.get(&pattern) {
            Some(tag) => ByteArray::from(tag.as_str()),
            None => fingerprint(pattern),
        };
        Cell::Texts(all.tags.iter().map(|tag| Some(name(tag.pattern))).collect())
    }

    fn type_name(&self, id: EventTypeId) -> Option<&str> {
        self.types.get(id).map(|spec| spec.name.as_str())
    }
}

fn named(name: Option<ByteArray>) -> Cell {
    name.map_or(Cell::Nothing, Cell::Text)
}

/// The kind of an item by its number in a record.
fn kind_name(number: u8) -> Option<&'static str> {
    ItemKind::ALL.get(usize::from(number)).map(|kind| kind.name())
}

/// What is the same for the list: the first value of a field.
fn field(all: &[(u8, u32)], wanted: u8) -> Option<u32> {
    all.iter().find(|(field, _)| *field == wanted).map(|(_, value)| *value)
}

/// What declared features said of list and item: fingerprint and class.
fn said(served: &Served, place: usize) -> impl Iterator<Item = (u32, u8)> + '_ {
    let all = served.declared.as_ref();
    let of_list = all.into_iter().flat_map(|all| all.of_list.iter().copied());
    of_list.chain(all.into_iter().flat_map(move |all| all.of_item(place)))
}

fn fingerprint(number: u32) -> ByteArray {
    format!("{number:08x}").into_bytes().into()
}

/// Label, name, and the event behind it with its value.
fn outcome(outcome: ClickOutcome) -> (i64, &'static str, Option<(EventTypeId, f32)>) {
    match outcome {
        ClickOutcome::Clicked { by, value } => (1, "clicked", Some((by, value))),
        ClickOutcome::Unclicked => (0, "unclicked", None),
        ClickOutcome::Skipped => (0, "skipped", None),
        ClickOutcome::Late { by, value } => (1, "late", Some((by, value))),
        ClickOutcome::Goal { by, value } => (1, "goal", Some((by, value))),
    }
}

/// Time of the record that settled it.
fn settled_at(record: &Record) -> Option<Timestamp> {
    match &record.body {
        RecordBody::Tick { time } => Some(*time),
        RecordBody::Event { event, .. } => Some(event.at),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
