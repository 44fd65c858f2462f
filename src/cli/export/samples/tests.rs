//! Rows of impressions: labels, what is on record, and lists that go in the record that settles them.

use std::sync::Arc;

use config::Config;
use engine::features::Declared;
use engine::record::{
    DeclaredValues, Event, FeatureParts, ItemFeatures, ItemKind, ServedItem, ServedTag,
};
use engine::{NodeKey, Sequence, ShardId, UserId};
use serde_json::{Value, json};

use super::*;
use crate::cli::export::tests::fixture::{KEY, Row, config_of, read};
use crate::settings;

const SHARDS: u16 = 2;
/// A Saturday, 10:00.
const NOW: u64 = 1_763_805_600_000;
const CONFIG: &str = r#"
[context]
keys = ["device"]
[served]
retention_s = 60
[features]
clicks = { entity = "user", events = ["click"], window = "ever", aggregate = "count", rank = "log2" }
of_item = { entity = "item", events = ["click"], window = "ever", aggregate = "count", rank = "log2" }
unseen = { entity = "item", events = ["purchase"], window = "ever", aggregate = "count", rank = "log2" }
[patterns]
keen = { steps = ["2 x click"], within = "5m", tag = "eager", ttl = "30m", max_open = 1 }
"#;

/// A log, told in seconds behind [`NOW`].
struct Story {
    records: Vec<Record>,
    config: Config,
    types: EventTypes,
    declared: Declared,
}

impl Story {
    /// Six items, and nothing that happened.
    fn new() -> Self {
        let config = config_of(CONFIG);
        let types = config.event_types().unwrap();
        let declared = settings::declared(&config, &types).unwrap();
        let mut story = Self { records: Vec::new(), config, types, declared };
        story.items();
        story
    }

    /// Fingerprint of a declared feature's input.
    fn input(&self, name: &str) -> u32 {
        self.declared.plan.find(name).unwrap().1.input().unwrap()
    }

    /// Fingerprint of the pattern.
    fn pattern(&self) -> u32 {
        let patterns = &self.declared.patterns;
        patterns.fingerprint_of(patterns.find("keen").unwrap()).unwrap()
    }

    fn add(&mut self, body: RecordBody) {
        let sequence = Sequence(10 + 2 * self.records.len() as u64);
        self.records.push(Record { sequence, body });
    }

    fn items(&mut self) {
        for item in 0..6 {
            let item_id = format!("i{item}").into();
            self.add(RecordBody::ItemRegistered { item: ItemIndex(item), item_id, at: at(0) });
        }
    }

    /// List `number` of three items, from `first` on, with another item than was due at the second place.
    fn serve(&mut self, (user, number): (&str, u64), first: u32, s: u64) {
        let (user, shard) = (UserId::new(user), shard_of(user));
        let items = (first..first + 3).map(|item| ServedItem {
            propensity: if item == first + 1 { 0.25 } else { 1.0 },
            features: features(),
            ..ServedItem::bare(ItemIndex(item), 0.5)
        });
        let list = Served::new(id(number, shard), user, "home", at(s));
        let served = Served {
            items: items.collect(),
            rung: Rung::Session.number(),
            exploration: Exploration::Epsilon.number(),
            explored: vec![(2, ItemIndex(5))],
            fields: vec![(fields::HOUR, 10), (fields::LAST_ITEM, 4), (fields::CONTEXT, 99)],
            version: 3,
            model_revision: 17,
            declared: Some(Box::new(DeclaredValues {
                of_list: vec![(0xab, 7), (self.input("clicks"), 130)],
                of_items: vec![self.input("of_item")],
                classes: vec![1, 2, 3],
                tags: [self.pattern(), 0xef]
                    .map(|pattern| ServedTag { pattern, binding: 0, ranked: true })
                    .into(),
            })),
            ..list
        };
        self.add(RecordBody::Served { shard, served });
    }

    fn does(&mut self, kind: &str, (user, number): (&str, u64), item: u32, s: u64) {
        let (event_type, _) = self.types.iter().find(|(_, spec)| spec.name == kind).unwrap();
        let (user, shard) = (UserId::new(user), shard_of(user));
        let event = Event::new(user, event_type, at(s));
        let recommendation = Some(id(number, shard));
        let event = Event { item: Some(ItemIndex(item)), recommendation, ..event };
        self.add(RecordBody::Event { shard, event });
    }

    fn tick(&mut self, s: u64) {
        self.add(RecordBody::Tick { time: at(s) });
    }

    fn rows(&self, goals: bool) -> Vec<Row> {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("rows.parquet");
        let Self { records, config, types, .. } = self;
        let apply = Arc::new(settings::apply(config, KEY, types, SHARDS));
        let (mut walk, mut lists) = (Walk::new(apply, SHARDS), Lists::default());
        let table = Table::new(types, &config.context.keys, walk.declared());
        let mut file = TableFile::create(&out, columns(&table), Vec::new()).unwrap();
        let asked = Asked { bounds: Bounds::default(), goals };
        for record in records {
            take((&mut walk, &mut lists), record, asked, (&table, &mut file)).unwrap();
        }
        file.finish().unwrap();
        read(&out).rows
    }
}

fn at(s: u64) -> Timestamp {
    Timestamp::from_millis(NOW + 1_000 * s)
}

fn shard_of(user: &str) -> ShardId {
    NodeKey::shard_of(&KEY, &UserId::new(user), SHARDS)
}

fn id(number: u64, shard: ShardId) -> RecommendationId {
    RecommendationId { shard, number }
}

fn features() -> ItemFeatures {
    let mut parts = [0.0; PARTS];
    parts[2] = 1.0;
    ItemFeatures::pack(&FeatureParts {
        kind: ItemKind::Product,
        price: Some(3.0),
        parts,
        ..FeatureParts::default()
    })
}

fn labels(rows: &[Row]) -> Vec<(Value, Value, Value)> {
    let label =
        |row: &Row| (row["item_id"].clone(), row["clicked"].clone(), row["outcome"].clone());
    rows.iter().map(label).collect()
}

#[test]
fn each_impression_is_a_row_with_its_label_once_its_window_closed() {
    let mut story = Story::new();
    story.serve(("u1", 1), 0, 10);
    for item in 0..3 {
        story.does("view_item_list", ("u1", 1), item, 11);
    }
    story.does("select_item", ("u1", 1), 1, 20);
    story.does("dislike", ("u1", 1), 2, 21);
    story.does("purchase", ("u1", 1), 1, 30);
    assert_eq!(story.rows(true), [], "their windows are open");
    story.tick(71);
    let expected = [("i0", 0, "unclicked"), ("i1", 1, "clicked"), ("i2", 0, "skipped")];
    let expected = expected.map(|(item, label, how)| (json!(item), json!(label), json!(how)));
    assert_eq!(labels(&story.rows(false)), expected);
    let with_goals = story.rows(true);
    assert_eq!(with_goals.len(), 4);
    let goal = with_goals.iter().find(|row| row["outcome"] == "goal").unwrap();
    assert_eq!((&goal["item_id"], &goal["event_type"]), (&json!("i1"), &json!("purchase")));
}

#[test]
fn a_row_says_what_the_record_of_the_list_says() {
    let mut story = Story::new();
    story.serve(("u1", 1), 0, 10);
    story.does("view_item_list", ("u1", 1), 1, 12);
    story.does("select_item", ("u1", 1), 1, 20);
    story.tick(90);
    let rows = story.rows(false);
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    let said = [
        ("shown_at", json!(NOW + 12_000)),
        ("served_at", json!(NOW + 10_000)),
        ("settled_at", json!(NOW + 90_000)),
        ("log_position", json!(story.records.last().unwrap().sequence.0)),
        ("recommendation_id", json!(id(1, shard_of("u1")).to_string())),
        ("user_id", json!("u1")),
        ("place", json!(2)),
        ("position", json!(2)),
        ("propensity", json!(0.25)),
        ("due_item_id", json!("i5")),
        ("event_type", json!("select_item")),
        ("weight", json!(1.0)),
        ("scenario", json!("home")),
        ("rung", json!("session")),
        ("exploration", json!("epsilon")),
        ("candidates_given", json!(0)),
        ("model_version", json!(3)),
        ("model_revision", json!(17)),
        ("hour", json!(10)),
        ("weekday", Value::Null),
        ("last_item_id", json!("i4")),
        ("category", Value::Null),
        ("kind", json!("product")),
        ("price_class", json!(features().price())),
        ("score", json!(0.5)),
        ("part_popular", json!(f64::from(features().parts()[2]))),
        ("part_fresh", json!(0.0)),
        ("context_device", json!(99)),
        ("class_clicks", json!(130)),
        ("class_of_item", json!(2)),
        ("class_unseen", Value::Null),
        ("other_classes", json!([{"input": "000000ab", "class": 7}])),
        ("tags", json!(["eager", "000000ef"])),
    ];
    for (column, value) in said {
        assert_eq!(row[column], value, "{column}");
    }
}

#[test]
fn a_click_behind_the_window_is_a_row_of_its_own_while_the_list_is_kept() {
    let mut story = Story::new();
    story.serve(("u1", 1), 0, 0);
    story.does("view_item_list", ("u1", 1), 0, 1);
    story.does("view_item_list", ("u1", 1), 1, 58);
    story.tick(61);
    story.does("select_item", ("u1", 1), 0, 63);
    let rows = story.rows(false);
    assert_eq!(
        labels(&rows),
        [(json!("i0"), json!(0), json!("unclicked")), (json!("i0"), json!(1), json!("late"))]
    );
    assert_eq!(rows[0]["recommendation_id"], rows[1]["recommendation_id"]);
    assert_eq!(rows[1]["settled_at"], NOW + 63_000);
}

#[test]
fn lists_that_go_in_the_record_that_settles_them_have_their_rows_and_are_let_go() {
    let mut story = Story::new();
    let lists = 2 * LOOK_AFTER as u64 + 10;
    for number in 1..=lists {
        let user = format!("u{}", number % 50);
        story.serve((&user, number), 0, 100 * number);
        story.does("view_item_list", (&user, number), 0, 100 * number + 1);
        story.tick(100 * number + 99);
    }
    let Story { records, config, types, .. } = &story;
    let apply = Arc::new(settings::apply(config, KEY, types, SHARDS));
    let (mut walk, mut kept) = (Walk::new(apply, SHARDS), Lists::default());
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("rows.parquet");
    let table = Table::new(types, &[], walk.declared());
    let mut file = TableFile::create(&out, columns(&table), Vec::new()).unwrap();
    let asked = Asked { bounds: Bounds::default(), goals: false };
    let mut most = 0;
    for record in records {
        take((&mut walk, &mut kept), record, asked, (&table, &mut file)).unwrap();
        most = most.max(kept.by_id.len());
    }
    assert_eq!(file.finish().unwrap().rows, lists);
    assert!(most <= LOOK_AFTER + 2, "{most} lists are held at once");
}
