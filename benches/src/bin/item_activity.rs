//! What item activity costs: events a second, bytes an item, a publication, a cut, a recommendation.
//!
//! `cargo run --release -p benches --bin item_activity`
//!
//! Choices follow a Zipf-like law over the catalogue; each fact names the user's last items, as the shard
//! would. Publications are made at the pace of 1,000 events a second and one each 200 ms. Each size runs in a
//! process of its own, so that resident memory is its own. Times are processor time of this process where Linux tells it, so that a busy machine does
//! not count, and wall time elsewhere; memory bandwidth taken by others still does.
//!
//! Not here: how good the lists are (see `freshet evaluate`), the log, actors, HTTP.

use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use benches::event_types::clicks;
use benches::process::{cpu_time, resident_bytes};
use engine::activity::{ActivityConfig, CovisitTable, ItemActivity};
use engine::outcome::ActivityFact;
use engine::ranking::{
    CandidatePool, Filter, RankRequest, Scenario, SeenPolicy, popular, recommend,
};
use engine::record::{ItemDoc, ItemKind, Mode};
use engine::retrieval::NeighbourStrengths;
use engine::user::{HistoryEntry, SeenItem, SeenItems, UserView};
use engine::{
    ActivityView, CategoryId, EventTypeId, ItemIndex, Record, RecordBody, Sequence, Timestamp,
};

const START_MS: u64 = 1_767_600_000_000;
const USERS: usize = 20_000;
const CATEGORIES: u64 = 200;
const CLICK: EventTypeId = EventTypeId(0);
/// Events between two publications: 1,000 a second, every 200 ms.
const PUBLISH_EVERY: usize = 200;
/// Events between two cuts: 1,000 a second, every 10 s.
const CUT_EVERY: usize = 10_000;

fn main() {
    if let Some(items) = std::env::args().nth(1).and_then(|text| text.parse().ok()) {
        measure(items);
        return;
    }
    for items in ["10000", "100000", "1000000"] {
        let child = std::env::current_exe().and_then(|me| Command::new(me).arg(items).status());
        if !child.is_ok_and(|status| status.success()) {
            println!("{items} items: could not be measured in a process of its own");
        }
    }
}

fn measure(items: u64) {
    println!("{items} items, {CATEGORIES} categories:");
    let mut bench = Bench::new(items);
    let empty = resident_bytes();
    bench.register();
    println!("  registered and described: {} bytes an item", (resident_bytes() - empty) / items);
    bench.apply(300_000);
    bench.publish_and_cut();
    let touched = bench.touched();
    let grown = resident_bytes() - empty;
    println!(
        "  after {} events: {} bytes an item, {touched} items chosen",
        bench.sequence,
        grown / items
    );
    bench.neighbours();
    bench.recommend();
}

struct Bench {
    items: u64,
    activity: ItemActivity,
    random: Random,
    sequence: u64,
    chosen: Vec<Vec<ItemIndex>>,
}

impl Bench {
    fn new(items: u64) -> Self {
        let activity = ItemActivity::new(Arc::new(config()));
        let chosen = vec![Vec::new(); USERS];
        Self { items, activity, random: Random(7), sequence: 0, chosen }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(START_MS + self.sequence)
    }

    fn register(&mut self) {
        for item in 0..self.items {
            let category = item % CATEGORIES;
            let doc = ItemDoc {
                item_id: format!("sku-{item}").into(),
                categories: vec![(CategoryId(category as u32), format!("c{category}").into())],
                title: Some("A thing of twenty-four".into()),
                price: Some(9.5),
                available: true,
                ..ItemDoc::default()
            };
            let item = ItemIndex(item as u32);
            let body = RecordBody::ItemPut { item, doc, at: self.now() };
            self.activity.apply_record(&Record { sequence: Sequence(0), body });
        }
        self.activity.cut();
    }

    /// The next facts, made ready before the clock runs.
    fn facts(&mut self, count: usize) -> Vec<ActivityFact> {
        (0..count).map(|_| self.fact()).collect()
    }

    fn fact(&mut self) -> ActivityFact {
        self.sequence += 1;
        let user = self.random.below(USERS as u64);
        let item = ItemIndex(self.random.zipf(self.items) as u32);
        let chosen = &mut self.chosen[user as usize];
        let recent =
            chosen.iter().rev().filter(|other| **other != item).take(20).copied().collect();
        chosen.retain(|other| *other != item);
        chosen.push(item);
        if 20 < chosen.len() {
            chosen.remove(0);
        }
        ActivityFact {
            sequence: Sequence(self.sequence),
            user_hash: user.wrapping_mul(0x9E37_79B9_7F4A_7C15),
            item,
            event_type: CLICK,
            at: Timestamp::from_millis(START_MS + self.sequence),
            mode: Mode::Live,
            categories: vec![CategoryId(item.0 % CATEGORIES as u32)],
            kind: ItemKind::Item,
            recent,
            origin: 0,
            influence: 1.0,
        }
    }

    fn apply(&mut self, events: usize) {
        let mut took = Duration::ZERO;
        for _ in 0..events / CUT_EVERY {
            let facts = self.facts(CUT_EVERY);
            let start = cpu_time();
            for fact in &facts {
                self.activity.apply_fact(fact);
            }
            took += cpu_time().saturating_sub(start);
        }
        let each = took.as_secs_f64() / events as f64;
        println!("  apply: {:.0} events/s a core, {:.2} us each", 1.0 / each, each * 1e6);
    }

    fn publish_and_cut(&mut self) {
        let mut view = self.activity.publish();
        let (mut publishing, mut applying) = (Duration::ZERO, Duration::ZERO);
        let bytes = self.activity.published_bytes();
        self.activity.cut();
        for _ in 0..CUT_EVERY / PUBLISH_EVERY {
            let facts = self.facts(PUBLISH_EVERY);
            let start = cpu_time();
            for fact in &facts {
                self.activity.apply_fact(fact);
            }
            let applied = cpu_time();
            applying += applied.saturating_sub(start);
            view = self.activity.publish();
            publishing += cpu_time().saturating_sub(applied);
        }
        let times = CUT_EVERY / PUBLISH_EVERY;
        let bytes = (self.activity.published_bytes() - bytes) / times as u64;
        let publish = publishing.as_secs_f64() / times as f64 * 1e3;
        let each = applying.as_secs_f64() / CUT_EVERY as f64 * 1e6;
        println!("  publish every {PUBLISH_EVERY} events: {publish:.2} ms, {bytes} bytes copied");
        println!(
            "  apply between publications: {each:.2} us each, chunks that a view holds are copied"
        );
        let start = cpu_time();
        let part = self.activity.cut();
        let took = cpu_time().saturating_sub(start).as_secs_f64() * 1e3;
        let sizes = part.entries.iter().map(|entry| entry.value.as_ref().map_or(0, Vec::len));
        let kib = sizes.sum::<usize>() / 1024;
        println!(
            "  cut after {CUT_EVERY} events: {took:.1} ms, {} entries, {kib} KiB",
            part.entries.len()
        );
        drop(view);
    }

    fn touched(&mut self) -> usize {
        let view = self.activity.publish();
        let items = (0..self.items as u32).map(ItemIndex);
        items.filter(|item| 0.0 < view.popularity(*item, engine::activity::HalfLife::Long)).count()
    }

    fn recommend(&mut self) {
        let activity = self.activity.publish();
        let users: Vec<UserView> = (0..2_000).map(|user| self.view(user)).collect();
        for (name, rank) in
            [("recommend", recommend as fn(&RankRequest) -> engine::Ranked), ("popular", popular)]
        {
            let start = cpu_time();
            let listed: usize = users
                .iter()
                .map(|user| rank(&request(user, &activity, self.now())).items.len())
                .sum();
            let each = cpu_time().saturating_sub(start).as_secs_f64() / users.len() as f64 * 1e6;
            println!("  {name}: {each:.1} us a list of {}", listed / users.len());
        }
    }

    /// Both rules at 20 items of 64 neighbours each, on the view and on the state behind it.
    fn neighbours(&mut self) {
        let view = self.activity.publish();
        let full = |item: &ItemIndex| view.covisits(*item).count() == 64;
        let full: Vec<_> = (0..self.items as u32).map(ItemIndex).filter(full).take(2_000).collect();
        let recents: Vec<_> = full.chunks_exact(20).collect();
        if recents.is_empty() {
            return;
        }
        let ((shown, found), (live, _)) =
            (neighbour_ns(&recents, &*view), neighbour_ns(&recents, &self.activity));
        println!(
            "  neighbours of 20 items, 5 of the visit: {shown:.0} ns from the view, {live:.0} ns from the state, {found} found"
        );
    }

    fn view(&self, user: usize) -> UserView {
        let chosen = self.chosen[user].iter().rev();
        let history = chosen.map(|item| HistoryEntry {
            item: Some(*item),
            event_type: CLICK,
            at: self.now(),
        });
        let history: Vec<_> = history.collect();
        let seen = history.iter().filter_map(|entry| {
            Some(SeenItem { item: entry.item?, event_type: CLICK, at: entry.at })
        });
        let liked = history.iter().filter_map(|entry| entry.item).take(8);
        UserView {
            known: true,
            seen: SeenItems::new(seen.collect()),
            category_scores: liked
                .map(|item| (CategoryId(item.0 % CATEGORIES as u32), 1.0))
                .collect(),
            history,
            ..UserView::default()
        }
    }
}

/// Nanoseconds a call, and items found.
fn neighbour_ns(recents: &[&[ItemIndex]], table: &impl CovisitTable) -> (f64, usize) {
    let start = cpu_time();
    let mut found = 0;
    for recent in recents.iter().cycle().take(2_000) {
        found += NeighbourStrengths::of(recent, 5, table).found.len();
    }
    let took = cpu_time().saturating_sub(start).as_secs_f64();
    (took / 2_000.0 * 1e9, found / 2_000)
}

fn request<'a>(user: &'a UserView, activity: &'a ActivityView, at: Timestamp) -> RankRequest<'a> {
    static EVERYTHING: Filter = Filter { must: Vec::new(), must_not: Vec::new() };
    static HOME: OnceLock<Scenario> = OnceLock::new();
    RankRequest {
        user,
        rooms: None,
        activity,
        model: None,
        at,
        limit: 20,
        scenario: HOME.get_or_init(Scenario::default),
        filter: &EVERYTHING,
        exclude: &[],
        exclude_seen: SeenPolicy::AsDeclared,
        also_seen: &[],
        context: &[],
        pool: CandidatePool::Retrieve,
        explore: None,
    }
}

fn config() -> ActivityConfig {
    ActivityConfig { types: clicks(), ..ActivityConfig::default() }
}

/// Xorshift64*; the same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 33) % limit
    }

    /// A rank below `limit` with probability about one over the rank: uniform in its logarithm.
    fn zipf(&mut self, limit: u64) -> u64 {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((limit as f64).powf(uniform) as u64).saturating_sub(1).min(limit - 1)
    }
}
