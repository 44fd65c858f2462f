//! A small shop's events, and exports of them read back.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use clap::Parser as _;
use config::{Config, Sources};
use engine::log::{LogError, LogReader};
use engine::{NodeKey, Record, RecordBody, Sequence, ShardId, Timestamp};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Value, json};

use crate::catalogue::Catalogue;
use crate::cli::Cli;
use crate::cli::export::features::{self, Asked};
use crate::cli::export::file::TableFile;
use crate::cli::export::walk::Walk;
use crate::cli::replay::bounds::Bounds;
use crate::event_log::{Draft, Resolver};
use crate::settings;

pub const KEY: NodeKey = NodeKey([7; 16]);

/// Declarations whose values are easily counted by hand, of every sort of column.
pub const FEATURES: &str = r#"
[features]
clicks = { entity = "user", events = ["click"], window = "ever", aggregate = "count" }
recent = { entity = "user", events = ["click"], window = "5m/30s", aggregate = "count" }
last_any = { entity = "user", events = ["any"], window = "ever", aggregate = "last_time" }
last_items = { entity = "user", events = ["click"], window = "last 3", aggregate = "sequence", of = "item" }
last_item = { entity = "user", events = ["click"], window = "ever", aggregate = "last_value", of = "item" }
paid = { entity = "user", events = ["purchase"], window = "last 4", aggregate = "sequence", of = "price" }
tops = { entity = "user", events = ["click"], window = "ever", aggregate = "top_categories", top = 2 }
price = { entity = "user", events = ["click"], window = "ever", aggregate = "max", of = "price" }
of_pair = { entity = "user_item", events = ["any"], window = "ever", aggregate = "count", max_instances = 50 }
of_category = { entity = "user_category", events = ["click"], window = "ever", aggregate = "count", max_instances = 50 }
item_clicks = { entity = "item", events = ["click"], window = "ever", aggregate = "count" }
item_rate = { entity = "item", events = ["click"], per = ["impression"], window = "ever", aggregate = "rate", smoothing = [1.0, 20.0] }
category_price = { entity = "category", events = ["any"], window = "ever", aggregate = "mean", of = "price" }
node_clicks = { entity = "global", events = ["click"], window = "ever", aggregate = "count" }
old = { entity = "user", events = ["click"], window = "ever", aggregate = "count", ttl = "2m" }
"#;

/// The event types of [`Happened::kind`], as they are sent.
pub const KINDS: [&str; 3] = ["click", "impression", "purchase"];
pub const CLICK: usize = 0;

#[derive(Clone, Debug)]
pub struct Happened {
    pub at_s: u64,
    pub user: u64,
    pub item: u64,
    pub kind: usize,
}

impl Happened {
    pub fn price(&self) -> f64 {
        self.item as f64 + 0.5
    }

    /// Two categories by item.
    pub fn category(&self) -> String {
        format!("c{}", self.item % 2)
    }
}

/// Events in order of time, each at an instant of its own.
#[derive(Clone, Debug)]
pub struct Shop {
    pub events: Vec<Happened>,
}

impl Shop {
    pub fn new(seed: u8, events: u64) -> Self {
        let (mut drawn, mut at_s) = (0_u64, 1_700_000_000);
        let mut draw = |most: u64| {
            drawn += 1;
            KEY.hash(&[&[seed], &drawn.to_le_bytes()]) % most
        };
        let events = (0..events).map(|_| {
            at_s += 1 + draw(60);
            Happened { at_s, user: draw(7), item: draw(9), kind: draw(3) as usize }
        });
        Self { events: events.collect() }
    }

    /// As a file of events; items' categories are in [`Self::movies`].
    pub fn jsonl(&self) -> String {
        let mut text = String::new();
        for event in &self.events {
            let Happened { at_s, user, item, kind } = event;
            let (kind, price) = (KINDS[*kind], event.price());
            let _ = writeln!(
                text,
                r#"{{"type":"{kind}","user_id":"u{user}","item_id":"i{item}","price":{price},"timestamp":{at_s}}}"#
            );
        }
        text
    }

    fn movies() -> String {
        let rows = (0..9).map(|item| format!("i{item},Item {item},c{}\n", item % 2));
        std::iter::once("movieId,title,genres\n".to_owned()).chain(rows).collect()
    }
}

/// A row by its columns.
pub type Row = BTreeMap<String, Value>;

/// A file, read back.
pub struct Exported {
    pub rows: Vec<Row>,
    pub notes: BTreeMap<String, String>,
    /// Physical types of leaves by name of their column.
    pub schema: BTreeMap<String, String>,
}

/// A field as JSON; times as milliseconds.
pub fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Long(number) | Field::TimestampMillis(number) => json!(number),
        Field::Double(number) => json!(number),
        Field::Str(text) => json!(text),
        Field::ListInternal(list) => list.elements().iter().map(value).collect(),
        Field::Group(row) => {
            let members = row.get_column_iter();
            members.map(|(name, field)| (name.clone(), value(field))).collect()
        }
        other => panic!("no column holds {other:?}"),
    }
}

/// Runs `freshet export features` on the shop's events.
pub fn export(shop: &Shop, args: &[&str]) -> Exported {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("events.jsonl"), shop.jsonl()).unwrap();
    std::fs::write(path("movies.csv"), Shop::movies()).unwrap();
    std::fs::write(path("f.toml"), FEATURES).unwrap();
    let (source, items) = (path("events.jsonl"), path("movies.csv"));
    let (config, out) = (path("f.toml"), path("rows.parquet"));
    let fixed = ["features", &source, "--items", &items, "--config", &config, "-f", &out];
    run(&[&fixed, args].concat()).unwrap();
    read(Path::new(&out))
}

/// What `freshet export` with these arguments says is wrong.
pub fn failed(args: &[&str]) -> String {
    run(args).unwrap_err().to_string()
}

fn run(args: &[&str]) -> Result<(), crate::cli::failure::Failure> {
    let cli = Cli::try_parse_from([&["freshet", "export"], args, &["-q"]].concat()).unwrap();
    cli.command.run(&cli.global)
}

/// The rows of these records, without a file of events in front.
pub fn export_of(records: &[Record], config: &Config) -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("rows.parquet");
    let types = config.event_types().unwrap();
    let mut walk = Walk::new(Arc::new(settings::apply(config, KEY, &types, 4)), 4);
    let file = TableFile::create(&out, features::columns(&walk), Vec::new()).unwrap();
    let mut file = file.in_groups_of(7);
    let asked = Asked { types: None, bounds: Bounds::default() };
    for record in records {
        features::take(&mut walk, record, &asked, (&types, &mut file)).unwrap();
    }
    file.finish().unwrap();
    read(&out).rows
}

/// The file, read by another program than wrote it: the crate's reader.
pub fn read(path: &Path) -> Exported {
    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let file = reader.metadata().file_metadata();
    let notes = file.key_value_metadata().into_iter().flatten();
    let notes = notes.map(|note| (note.key.clone(), note.value.clone().unwrap_or_default()));
    let leaves = file.schema_descr().columns().iter();
    let schema =
        leaves.map(|leaf| (leaf.path().parts()[0].clone(), leaf.physical_type().to_string()));
    let row = |row: parquet::record::Row| {
        row.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect()
    };
    Exported {
        notes: notes.collect(),
        schema: schema.collect(),
        rows: reader.get_row_iter(None).unwrap().map(|it| row(it.unwrap())).collect(),
    }
}

/// The node's defaults, and these declarations.
pub fn config_of(text: &str) -> Config {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.toml");
    std::fs::write(&path, text).unwrap();
    let sources = Sources { file: Some(path), environment: Vec::new(), flags: Vec::new() };
    config::load(&sources).unwrap().config
}

/// The shop's events as records of a log of four shards, with a tick behind every tenth.
pub fn records_of(shop: &Shop, config: &Config) -> Vec<Record> {
    let types = config.event_types().unwrap();
    let names = crate::ingest::names::TypeNames::new(&types);
    let (catalogue, mut records) = (Catalogue::default(), Vec::<Record>::new());
    for (place, one) in shop.events.iter().enumerate() {
        let at = Timestamp::from_millis(one.at_s * 1_000);
        let user = engine::UserId::new(&format!("u{}", one.user));
        let event_type = names.resolve(KINDS[one.kind]).unwrap();
        let shard = KEY.shard_of(&user, 4);
        let mut event = engine::Event::new(user, event_type, at);
        event.price = Some(one.price() as f32);
        let item_id = format!("i{}", one.item).into();
        let mut drafts = vec![Draft::Event { shard, event, unknown_item: Some(item_id) }];
        if place % 10 == 9 {
            drafts.push(Draft::Ready(RecordBody::Tick { time: at }));
        }
        let next = records.last().map_or(1, |record| record.sequence.0 + 1);
        let mut resolver = Resolver::new(&catalogue, Sequence(next));
        resolver.add(drafts);
        for record in resolver.into_records() {
            catalogue.apply(&record.body);
            records.push(record);
        }
    }
    assert!(records.iter().any(|record| matches!(record.body, RecordBody::Tick { .. })));
    records
}

/// Records as a log.
pub struct Log(pub Vec<Record>);

impl LogReader for Log {
    fn scan(
        &self,
        after: Sequence,
        up_to: Sequence,
        shard: Option<ShardId>,
        visit: &mut dyn FnMut(Record),
    ) -> Result<(), LogError> {
        let all = self.0.iter().filter(|it| after < it.sequence && it.sequence <= up_to);
        all.filter(|it| it.concerns(shard)).for_each(|it| visit(it.clone()));
        Ok(())
    }
}
