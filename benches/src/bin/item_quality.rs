//! How good the fixed blend is: prequential HR@20 on real streams, against each of its sources alone.
//!
//! Every event in time order (ties in a drawn order): rank with the state before it, see whether the item is
//! among the first 20, then learn. The first fifth is not scored; an unknown item is a miss. `FRESHET_DATA`
//! names the folder of data sets (`../shared/data` by default); without it this prints why it does nothing.
//! Arguments: every how many events to publish (1), data sets (all).
//!
//! Not here: speed (see `item_activity`).

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::activity::{ActivityConfig, ItemActivity};
use engine::outcome::ActivityFact;
use engine::ranking::{
    BlendWeights, CandidatePool, Filter, RankRequest, Repeats, Scenario, SeenPolicy, SeenRule,
    recommend,
};
use engine::record::{ItemKind, Mode};
use engine::user::{HistoryEntry, SeenItem, SeenItems, UserView, Visit};
use engine::{
    EventTypeId, EventTypeSpec, EventTypes, ItemIndex, Record, RecordBody, Role, Sequence,
    Timestamp,
};

const CLICK: EventTypeId = EventTypeId(0);
const VISIT_GAP_MS: u64 = 30 * 60_000;
const AT: usize = 20;

/// One event of a data set.
struct Row {
    user: u64,
    item: u32,
    at: Timestamp,
}

/// A data set, and whether an item may come again.
struct Stream {
    name: &'static str,
    repeats: Repeats,
    rows: Vec<Row>,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let every = arguments.next().and_then(|every| every.parse().ok()).unwrap_or(1);
    let wanted: Vec<String> = arguments.collect();
    let folder = std::env::var_os("FRESHET_DATA").map_or("../shared/data".into(), PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no data sets in {} (set FRESHET_DATA)", folder.display());
        return;
    }
    println!("HR@20/MRR, publishing every {every} events");
    for stream in streams(&folder) {
        if wanted.is_empty() || wanted.iter().any(|name| name == stream.name) {
            report(&stream, every);
        }
    }
}

fn report(stream: &Stream, every: usize) {
    let none = BlendWeights {
        neighbours: 0.0,
        session: 0.0,
        popular: 0.0,
        trending: 0.0,
        fresh: 0.0,
        category: 0.0,
        ..BlendWeights::default()
    };
    let blends = [
        ("popular", BlendWeights { popular: 1.0, ..none }),
        ("neighbours", BlendWeights { neighbours: 1.0, ..none }),
        ("session", BlendWeights { session: 1.0, ..none }),
        ("default", BlendWeights::default()),
    ];
    let names = blends.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    let results = run(stream, &tuned(&blends), every);
    for (name, (hits, reciprocal, scored)) in names.iter().zip(results) {
        let (hits, reciprocal) = (hits / scored, reciprocal / scored);
        println!("{:16} {name:12} {hits:.4} / {reciprocal:.4}", stream.name);
    }
}

fn tuned(blends: &[(&str, BlendWeights)]) -> Vec<Scenario> {
    blends.iter().map(|(_, blend)| Scenario { blend: *blend, ..Scenario::default() }).collect()
}

/// Hits, reciprocal ranks and scored events for each scenario.
fn run(stream: &Stream, scenarios: &[Scenario], every: usize) -> Vec<(f64, f64, f64)> {
    let mut activity = ItemActivity::new(Arc::new(config()));
    let mut users = HashMap::<u64, Vec<HistoryEntry>>::new();
    let mut results = vec![(0.0, 0.0, 0.0); scenarios.len()];
    let mut view = activity.publish();
    let mut known = 0;
    for (place, row) in stream.rows.iter().enumerate() {
        let history = users.entry(row.user).or_default();
        if stream.rows.len() / 5 <= place {
            let user = view_of(row, history);
            for (scenario, result) in scenarios.iter().zip(&mut results) {
                let seen = SeenRule { repeats: stream.repeats, ..SeenRule::default() };
                let scenario = Scenario { seen, ..scenario.clone() };
                score(&request(&user, &view, row, &scenario), row, result);
            }
        }
        if known <= row.item {
            known = row.item + 1;
            activity.apply_record(&registered(place, row));
        }
        activity.apply_fact(&fact(place, row, history));
        history.push(HistoryEntry {
            item: Some(ItemIndex(row.item)),
            event_type: CLICK,
            at: row.at,
        });
        if place % every == 0 {
            view = activity.publish();
        }
    }
    results
}

fn score(request: &RankRequest, row: &Row, result: &mut (f64, f64, f64)) {
    let ranked = recommend(request);
    result.2 += 1.0;
    if let Some(rank) = ranked.items.iter().position(|ranked| ranked.item.0 == row.item) {
        result.0 += 1.0;
        result.1 += 1.0 / (rank + 1) as f64;
    }
}

fn request<'a>(
    user: &'a UserView,
    activity: &'a engine::ActivityView,
    row: &Row,
    scenario: &'a Scenario,
) -> RankRequest<'a> {
    static EVERYTHING: Filter = Filter { must: Vec::new(), must_not: Vec::new() };
    RankRequest {
        user,
        activity,
        model: None,
        at: row.at,
        limit: AT,
        scenario,
        filter: &EVERYTHING,
        exclude: user
            .history
            .first()
            .and_then(|entry| entry.item.as_ref())
            .map_or(&[], std::slice::from_ref),
        exclude_seen: SeenPolicy::AsDeclared,
        also_seen: &[],
        pool: CandidatePool::Retrieve,
    }
}

/// The user as the shard would show them just before `row`.
fn view_of(row: &Row, history: &[HistoryEntry]) -> UserView {
    let seen = history.iter().filter_map(|entry| {
        Some(SeenItem { item: entry.item?, event_type: entry.event_type, at: entry.at })
    });
    let mut visit: Option<Visit> = None;
    let mut newer = row.at;
    for entry in history.iter().rev() {
        if VISIT_GAP_MS < newer.millis_since(entry.at) {
            break;
        }
        newer = entry.at;
        let (last_at, events) = visit.map_or((entry.at, 1), |v| (v.last_at, v.events + 1));
        visit = Some(Visit { started_at: entry.at, last_at, events });
    }
    UserView {
        user_hash: row.user,
        known: !history.is_empty(),
        history: history.iter().rev().take(50).copied().collect(),
        seen: SeenItems::new(seen.collect()),
        visit,
        ..UserView::default()
    }
}

fn fact(place: usize, row: &Row, history: &[HistoryEntry]) -> ActivityFact {
    let mut recent = Vec::new();
    for item in history.iter().rev().filter_map(|entry| entry.item) {
        if item.0 != row.item && !recent.contains(&item) && recent.len() < 20 {
            recent.push(item);
        }
    }
    ActivityFact {
        sequence: Sequence(2 * place as u64 + 1),
        user_hash: row.user.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        item: ItemIndex(row.item),
        event_type: CLICK,
        at: row.at,
        mode: Mode::Live,
        categories: Vec::new(),
        kind: ItemKind::Item,
        recent,
    }
}

fn registered(place: usize, row: &Row) -> Record {
    let item_id = row.item.to_string().into();
    let body = RecordBody::ItemRegistered { item: ItemIndex(row.item), item_id, at: row.at };
    Record { sequence: Sequence(2 * place as u64), body }
}

fn config() -> ActivityConfig {
    let click = EventTypeSpec {
        name: "select_item".to_owned(),
        aliases: Vec::new(),
        role: Role::Positive,
        weight: 1.0,
        half_life_ms: 86_400_000,
    };
    let types = EventTypes::new(vec![click]).unwrap_or_default();
    ActivityConfig { types, ..ActivityConfig::default() }
}

fn streams(folder: &Path) -> Vec<Stream> {
    let movietweetings = read(&folder.join("movietweetings-100k/ratings.dat.gz"));
    let movielens = read(&folder.join("ml-100k/u.data"));
    let serenade = read(&folder.join("serenade-clicks/train.txt.gz"));
    let serenade = serenade + &read(&folder.join("serenade-clicks/test.txt"));
    let all = [
        ("movietweetings", Repeats::Never, rows(&movietweetings, "::", [0, 1, 3])),
        ("ml-100k", Repeats::Never, rows(&movielens, "\t", [0, 1, 3])),
        ("serenade", Repeats::Allowed, rows(&serenade, "\t", [0, 1, 2])),
    ];
    all.into_iter().map(|(name, repeats, rows)| Stream { name, repeats, rows }).collect()
}

fn read(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_default();
    let mut text = String::new();
    let unpacked = flate2::read::GzDecoder::new(&*bytes).read_to_string(&mut text);
    unpacked.map_or_else(|_| String::from_utf8_lossy(&bytes).into_owned(), |_| text)
}

/// Rows in time order; equal times in an order drawn from their fields, never the file's.
fn rows(text: &str, separator: &str, columns: [usize; 3]) -> Vec<Row> {
    let parse = |line: &str| {
        let fields: Vec<&str> = line.split(separator).collect();
        let seconds: f64 = fields.get(columns[2])?.parse().ok()?;
        let user: u64 = fields.get(columns[0])?.parse().ok()?;
        let item: u64 = fields.get(columns[1])?.parse().ok()?;
        Some((Timestamp::from_millis((seconds * 1_000.0) as u64), user, item))
    };
    let mut parsed: Vec<_> = text.lines().filter_map(parse).collect();
    let mixed = |user: u64, item: u64| {
        let mixed = (user << 32 | item).wrapping_add(7).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed ^ (mixed >> 29)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 7
    };
    parsed.sort_by_key(|(at, user, item)| (*at, mixed(*user, *item)));
    let mut numbers = HashMap::new();
    let mut number = |item| {
        let next = numbers.len() as u32;
        *numbers.entry(item).or_insert(next)
    };
    parsed.into_iter().map(|(at, user, item)| Row { user, item: number(item), at }).collect()
}
