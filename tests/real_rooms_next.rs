//! Which room a viewer goes to next among those that are open, on real evenings, asked before it is told.
//!
//! An entry is a viewer's first sign in a room after signs elsewhere, or after half an hour without any. At each entry while two
//! or more rooms are open all open rooms are ranked for the viewer, as the node would rank them: by `recommend` with a filter for
//! live rooms. Beside it stand three plain rules: the most viewers now, the room that the viewer was in last, the room that they
//! entered most often (both then by viewers). What is printed is hit rate at 1 and mean reciprocal rank with 95 % intervals over
//! viewers, and the difference to the best plain rule, paired by viewer.
//!
//! The files tell no joins (Twitch) or not all (Bilibili) and no leaves: an entry is told as a join, whatever else a row says as
//! what it is. So nothing is measured here of short stays and of leaves.
//!
//! Skipped, with a printed reason, where the data are not there. `FRESHET_ROOMS_VARIANTS=1` plays the evenings under other
//! label rules as well.

#![allow(clippy::expect_used, reason = "a test says what it expects by failing")]

mod evening;
mod in_process;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use config::Config;
use engine::evaluation::{NoMeter, OnDrift, Stand, StandConfig};
use engine::event_types::Role;
use engine::ranking::{
    CandidatePool, Condition, Filter, RankRequest, Scenario, SeenPolicy, recommend,
};
use engine::record::{Event, ItemKind};
use engine::rooms::{
    About, Act, Room, RoomNow, RoomRules, RoomSaid, RoomTold, RoomsView, item_of_room,
};
use engine::shard::StayRules;
use engine::{
    ApplyConfig, EventTypeId, EventTypes, ItemIndex, NodeKey, Record, RecordBody, Sequence,
    Timestamp, UserId,
};
use evening::{Row, bilibili, twitch};
use freshet::settings;

/// Without a sign for so long, a viewer who comes to any room enters it.
const AWAY_MS: u64 = 30 * 60_000;
const KEY: NodeKey = NodeKey([9; 16]);
/// Part of the entries, from the first, that are not counted.
const WARM_UP: f64 = 0.2;

/// What ranks.
const METHODS: [&str; 5] =
    ["ranked", "ranked, no model", "viewers now", "last room", "most visited"];

/// One evening: rows by room as the catalogue knows it, and when each room is open.
struct Evening {
    rows: Vec<Row>,
    /// Room, from, to.
    open: Vec<(String, u64, u64)>,
}

fn of_bilibili() -> Option<Evening> {
    let rows = bilibili()?;
    let mut open: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for row in &rows {
        open.entry(row.room.clone()).or_insert((row.at, row.at)).1 = row.at;
    }
    let open = open.into_iter().map(|(room, (from, to))| (room, from, to)).collect();
    Some(Evening { rows, open })
}

/// A channel is a room, open while it broadcasts.
fn of_twitch() -> Option<Evening> {
    let mut rows = twitch()?;
    for row in &mut rows {
        row.room.truncate(row.room.find(' ').expect("channel and broadcast"));
    }
    let path = in_process::data_file("twitch-chat/streams.tsv")?;
    let text = std::fs::read_to_string(path).expect("a readable file");
    let of_line = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        (columns[1].to_owned(), evening::millis(columns[2]), evening::millis(columns[3]))
    };
    Some(Evening { rows, open: text.lines().skip(1).map(of_line).collect() })
}

/// Ranks that the room entered had, by method; by viewer.
type Ranks = BTreeMap<u64, Vec<[f64; METHODS.len()]>>;

/// What a viewer did so far, as plain rules see it.
#[derive(Default)]
struct Seen {
    last: Option<(usize, u64)>,
    entries: BTreeMap<usize, u32>,
}

/// An evening on its way.
struct Play<'a> {
    evening: &'a Evening,
    types: EventTypes,
    rooms: Vec<String>,
    live: Vec<Room>,
    stand: Stand,
    scenario: Scenario,
    filter: Filter,
    seen: HashMap<u64, Seen>,
    sequence: u64,
}

impl<'a> Play<'a> {
    fn new(evening: &'a Evening, variant: &Variant) -> Self {
        let mut config = Config::default();
        config.influence.network_events = 0;
        let types = types_of(&config, variant);
        let names: BTreeSet<&String> = evening.open.iter().map(|(room, ..)| room).collect();
        let rooms: Vec<String> = names.into_iter().cloned().collect();
        let rules = Arc::new(RoomRules::default());
        let live = rooms.iter().map(|name| described(name, &rules)).collect();
        let learner = settings::model(&config, KEY).expect("the model is on");
        let stand = Stand::new(StandConfig {
            apply: Arc::new(ApplyConfig {
                stays: variant.stays,
                ..settings::apply(&config, KEY, &types, 1)
            }),
            shards: 1,
            activity: Arc::new(settings::activity(&config, &types)),
            model: learner.model,
            seed: 7,
            on_drift: OnDrift::GoOn,
        });
        let must = vec![Condition::Kinds(vec![ItemKind::LiveRoom])];
        let filter = Filter { must, must_not: Vec::new() };
        let scenario = Scenario::default();
        let mut play = Self {
            evening,
            types,
            rooms,
            live,
            stand,
            scenario,
            filter,
            seen: HashMap::new(),
            sequence: 0,
        };
        for room in 0..play.rooms.len() {
            let item_id = item_of_room(&play.rooms[room]).into();
            let at = Timestamp::from_millis(evening.rows[0].at);
            play.tell(RecordBody::ItemRegistered { item: ItemIndex(room as u32), item_id, at });
        }
        play
    }

    fn tell(&mut self, body: RecordBody) {
        self.sequence += 1;
        let record = Record { sequence: Sequence(self.sequence), body };
        self.stand.apply(&record);
        self.stand.pass_on(&record, &mut NoMeter);
    }

    fn event(&mut self, row: &Row, room: usize, name: &str) {
        let event_type = self.type_of(name);
        let user = UserId::new(&format!("viewer {}", row.viewer));
        let at = Timestamp::from_millis(row.at);
        let event = Event {
            item: Some(ItemIndex(room as u32)),
            kind: ItemKind::LiveRoom,
            room_id: Some(row.room.as_str().into()),
            ..Event::new(user, event_type, at)
        };
        self.tell(RecordBody::Event { shard: KEY.shard_of(&event.user, 1), event });
    }

    fn type_of(&self, name: &str) -> EventTypeId {
        self.types.iter().find(|(_, spec)| spec.name == name).expect("a type").0
    }

    /// All rows; the ranks of the rooms that were entered.
    fn all(mut self) -> Ranks {
        let entries = self.evening.rows.len();
        let warm_up = self.evening.rows[(entries as f64 * WARM_UP) as usize].at;
        let mut ranks = Ranks::new();
        let evening = self.evening;
        for row in &evening.rows {
            let room = self.rooms.binary_search(&row.room).expect("a known room");
            let before = self.seen.entry(row.viewer).or_default().last;
            let enters = before
                .is_none_or(|(last, at)| last != room || AWAY_MS <= row.at.saturating_sub(at));
            if enters {
                let found = self.ask(row, room).filter(|_| warm_up <= row.at);
                if let Some(found) = found {
                    ranks.entry(row.viewer).or_default().push(found);
                }
                self.event(row, room, "live_join");
                *self.seen.entry(row.viewer).or_default().entries.entry(room).or_default() += 1;
            }
            match row.act {
                Act::Comment => self.event(row, room, "live_comment"),
                Act::Gift => self.event(row, room, "live_gift"),
                _ => {}
            }
            self.live[room].apply(&row.event(), &mut RoomSaid::default());
            self.seen.entry(row.viewer).or_default().last = Some((room, row.at));
        }
        ranks
    }

    /// The place of `entered` among the open rooms, by method; `None` where there is no choice.
    fn ask(&mut self, row: &Row, entered: usize) -> Option<[f64; METHODS.len()]> {
        let at = Timestamp::from_millis(row.at);
        let is_open = |room: usize| {
            let name = &self.rooms[room];
            let mut spans = self.evening.open.iter().filter(|(of, ..)| of == name);
            spans.any(|(_, from, to)| (*from..=*to).contains(&row.at))
        };
        let open: Vec<usize> = (0..self.rooms.len()).filter(|room| is_open(*room)).collect();
        if open.len() < 2 || !open.contains(&entered) {
            return None;
        }
        for room in &open {
            self.live[*room].told_time(at, &mut RoomSaid::default());
        }
        let viewers = |room: usize| self.live[room].stats(at).viewers as f64;
        let seen = &self.seen[&row.viewer];
        let last = |room: usize| f64::from(u8::from(seen.last.is_some_and(|it| it.0 == room)));
        let visits = |room: usize| f64::from(seen.entries.get(&room).copied().unwrap_or(0));
        let plain = |score: &dyn Fn(usize) -> f64| {
            let score = |room: usize| 1e9 * score(room) + viewers(room);
            let own = score(entered);
            let better = open.iter().filter(|room| own < score(**room)).count();
            let equal = open
                .iter()
                .filter(|room| **room != entered && own.total_cmp(&score(**room)).is_eq());
            1.0 + better as f64 + equal.count() as f64 / 2.0
        };
        let plain = [plain(&|_| 0.0), plain(&last), plain(&visits)];
        self.stand.publish();
        let view = RoomsView::new(open.iter().filter_map(|room| {
            let now = RoomNow::of(&self.live[*room], Vec::new(), at)?;
            Some((ItemIndex(*room as u32), Arc::new(now)))
        }));
        let [learned, fixed] =
            [true, false].map(|learned| self.ranked(row, &view, learned, entered));
        Some([learned, fixed, plain[0], plain[1], plain[2]])
    }

    fn ranked(&self, row: &Row, view: &RoomsView, learned: bool, entered: usize) -> f64 {
        let at = Timestamp::from_millis(row.at);
        let user = UserId::new(&format!("viewer {}", row.viewer));
        let seen = self.stand.user(KEY.shard_of(&user, 1), &user, at);
        let ranked = recommend(&RankRequest {
            user: &seen,
            activity: self.stand.activity(),
            rooms: Some(view),
            model: learned.then(|| self.stand.model()),
            at,
            limit: self.rooms.len(),
            scenario: &self.scenario,
            filter: &self.filter,
            exclude: &[],
            exclude_seen: SeenPolicy::Ignored,
            also_seen: &[],
            context: &[],
            pool: CandidatePool::Retrieve,
            explore: None,
        });
        let item = ItemIndex(entered as u32);
        let place = ranked.items.iter().position(|ranked| ranked.item == item);
        place.map_or(view.len() as f64, |place| place as f64 + 1.0)
    }
}

/// A room that its host has described, so that it is open while nobody is there.
fn described(name: &str, rules: &Arc<RoomRules>) -> Room {
    let mut room = Room::new(Arc::clone(rules));
    let about = About { host: Some(name.into()), ..About::default() };
    room.told(&RoomTold::About { about }, Timestamp::EPOCH, &mut RoomSaid::default());
    room
}

/// How the evening's events are labelled.
struct Variant {
    name: &'static str,
    stays: StayRules,
    comments: Role,
}

fn types_of(config: &Config, variant: &Variant) -> EventTypes {
    let types = config.event_types().expect("the usual types");
    let specs = types.iter().map(|(_, spec)| {
        let mut spec = spec.clone();
        if spec.name == "live_comment" {
            spec.role = variant.comments;
        }
        spec
    });
    EventTypes::new(specs.collect()).expect("the same names")
}

const NEVER: [u64; 2] = [u64::MAX; 2];

fn variants() -> Vec<Variant> {
    let usual = StayRules::default();
    let at_once = StayRules { short_ms: 0, ..usual };
    let variant = |name, stays, comments| Variant { name, stays, comments };
    let mut all = vec![variant("as shipped", usual, Role::Positive)];
    if std::env::var_os("FRESHET_ROOMS_VARIANTS").is_some() {
        let plain = StayRules { long_ms: NEVER, ..at_once };
        all.push(variant("joins at once, no lengths", plain, Role::Positive));
        let short = StayRules { long_ms: NEVER, ..usual };
        all.push(variant("no lengths", short, Role::Positive));
        all.push(variant("comments neutral", usual, Role::Neutral));
        all.push(variant("comments neutral, no lengths", short, Role::Neutral));
    }
    all
}

/// A figure over all entries, with what 19 of 20 draws of viewers lie between.
fn figure(ranks: &Ranks, of: impl Fn(&[f64; METHODS.len()]) -> f64) -> (f64, f64, f64) {
    let sums: Vec<(f64, f64)> = ranks
        .values()
        .map(|of_viewer| (of_viewer.iter().map(&of).sum(), of_viewer.len() as f64))
        .collect();
    let mean = |sums: &mut dyn Iterator<Item = (f64, f64)>| {
        let (sum, count) = sums.fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
        sum / count
    };
    let mut state = 88_172_645_463_325_252_u64;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        sums[(state % sums.len() as u64) as usize]
    };
    let mut draws: Vec<f64> =
        (0..400).map(|_| mean(&mut (0..sums.len()).map(|_| draw()))).collect();
    draws.sort_by(f64::total_cmp);
    (mean(&mut sums.iter().copied()), draws[10], draws[389])
}

fn hit(rank: f64) -> f64 {
    f64::from(u8::from(rank < 1.25)) + 0.5 * f64::from(u8::from((1.25..1.75).contains(&rank)))
}

fn print_evening(what: &str, evening: &Evening) {
    for variant in variants() {
        let ranks = Play::new(evening, &variant).all();
        let entries: usize = ranks.values().map(Vec::len).sum();
        println!("{what}, {}: {entries} entries of {} viewers", variant.name, ranks.len());
        for (place, method) in METHODS.iter().enumerate() {
            let (hits, low, high) = figure(&ranks, |ranks| hit(ranks[place]));
            let (mrr, mrr_low, mrr_high) = figure(&ranks, |ranks| 1.0 / ranks[place]);
            println!(
                "  {method:<17} hit@1 {hits:.3} [{low:.3}, {high:.3}]  MRR {mrr:.3} [{mrr_low:.3}, {mrr_high:.3}]"
            );
        }
        for (place, method) in METHODS.iter().enumerate().skip(2) {
            let (gain, low, high) = figure(&ranks, |ranks| 1.0 / ranks[0] - 1.0 / ranks[place]);
            println!("  MRR ranked less {method}: {gain:+.3} [{low:+.3}, {high:+.3}]");
        }
        if variant.name == "as shipped" {
            let (gain, ..) = figure(&ranks, |ranks| 1.0 / ranks[0] - 1.0 / ranks[2]);
            assert!(0.0 < gain, "no better than the most viewers: {gain}");
        }
    }
}

#[test]
fn the_next_room_of_a_bilibili_evening() {
    let Some(evening) = of_bilibili() else { return };
    print_evening("bilibili", &evening);
}

#[test]
fn the_next_room_of_two_months_of_twitch() {
    let Some(evening) = of_twitch() else { return };
    print_evening("twitch", &evening);
}
