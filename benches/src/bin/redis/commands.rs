//! What Redis does for an event so that it keeps the same features: the commands, in either of two layouts.
//!
//! [`Layout::Keys`] is how such counters are usually kept: a key for each bucket of each window, counted up and told to
//! expire. [`Layout::Packed`] takes as few commands as give the same answers: a user's counts in hashes of five minutes,
//! whose slots of five seconds the shorter windows sum up; those of all items, and of all categories, in one hash for each
//! five minutes that is told to expire once a pipeline. In both what fades is added up as weights at one instant, by which
//! a reader divides, rooms that were watched are a set for each hour, the newest 50 events are a list, and what one page
//! says of a category is added up before it is sent.
//!
//! Redis is spared what the node does besides: it looks for no repeats, does not hold a user to twenty categories, and
//! takes the newest click from the order of arrival.

use std::collections::{BTreeMap, BTreeSet};

use benches::pipeline::Request;
use benches::shop::{Act, Kind, categories, cents};

/// Width of the buckets behind the hour's windows.
pub const BUCKET_MS: u64 = 5 * 60_000;
/// Width of the slots behind the shorter windows.
pub const SLOT_MS: u64 = 5_000;
/// An hour.
pub const HOUR_MS: u64 = 3_600_000;
/// Half-life of a user's interest in a category.
const INTEREST_MS: f64 = 7.0 * 24.0 * 3_600_000.0;
/// Half-life of a room's heat.
const HEAT_MS: f64 = 30_000.0;

/// Where counts lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Under a key for each bucket of each window.
    Keys,
    /// In as few keys as can be.
    Packed,
}

/// Windows of clicks under keys of their own: name, width of a bucket, seconds until it expires.
pub const WINDOWS: [(&str, u64, &str); 3] =
    [("1m", SLOT_MS, "90"), ("5m", 30_000, "360"), ("60m", BUCKET_MS, "3900")];

/// What a pipeline is made by.
pub struct Rules<'a> {
    /// Where counts lie.
    pub layout: Layout,
    /// The instant at which what fades is weighed.
    pub since_ms: u64,
    /// Weight of each kind of event, as the node's configuration has it.
    pub weight: &'a dyn Fn(Kind) -> f64,
}

/// Commands one behind the other.
#[derive(Debug, Default)]
pub struct Pipeline {
    request: Request,
    expiring: BTreeSet<String>,
}

impl Pipeline {
    /// Adds what an act at `at_ms` makes.
    pub fn add(&mut self, act: &Act, at_ms: u64, rules: &Rules<'_>) {
        let user = act.user;
        let fading = || (rules.weight)(act.kind) * grown(at_ms, rules.since_ms, INTEREST_MS);
        match act.kind {
            Kind::Page => self.shown(act, at_ms / BUCKET_MS, rules.layout),
            Kind::Click => {
                match rules.layout {
                    Layout::Keys => self.clicked_keys(user, act.items[0], at_ms),
                    Layout::Packed => self.clicked_packed(user, act.items[0], at_ms),
                }
                self.command(&["SET", &format!("l:u{user}"), &at_ms.to_string()]);
                self.chosen(act.items[0], at_ms / BUCKET_MS, rules.layout);
                self.interest(act, fading());
            }
            Kind::View | Kind::Purchase => self.interest(act, fading()),
            Kind::Comment => self.heat(act.room, at_ms, rules),
            Kind::Heartbeat => {
                let key = format!("w:u{user}:{}", at_ms / HOUR_MS);
                self.command(&["SADD", &key, &format!("r{}", act.room)]);
                self.command(&["EXPIRE", &key, "90000"]);
            }
            Kind::Search => {}
        }
        if act.kind != Kind::Page {
            let item = act.items.first().map_or(String::new(), |item| format!("i{item}"));
            let key = format!("h:u{user}");
            self.command(&["LPUSH", &key, &format!("{}:{item}:{at_ms}", act.kind.name())]);
            self.command(&["LTRIM", &key, "0", "49"]);
        }
    }

    /// The pipeline as it is sent.
    #[must_use]
    pub fn finish(mut self) -> Request {
        for key in std::mem::take(&mut self.expiring) {
            self.command(&["EXPIRE", &key, "3900"]);
        }
        self.request
    }

    /// Adds a command.
    pub fn command(&mut self, words: &[&str]) {
        let bytes = &mut self.request.bytes;
        bytes.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
        for word in words {
            bytes.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
        }
        self.request.answers += 1;
    }

    fn clicked_keys(&mut self, user: u32, item: u32, at_ms: u64) {
        for (window, width, expiry) in WINDOWS {
            let key = format!("c:u{user}:{window}:{}", at_ms / width);
            self.command(&["INCR", &key]);
            self.command(&["EXPIRE", &key, expiry]);
        }
        let key = format!("p:u{user}:{}", at_ms / BUCKET_MS);
        self.command(&["HINCRBY", &key, "n", "1"]);
        self.command(&["HINCRBY", &key, "p", &cents(item).to_string()]);
        self.command(&["EXPIRE", &key, "3900"]);
    }

    fn clicked_packed(&mut self, user: u32, item: u32, at_ms: u64) {
        let own = format!("c:u{user}:{}", at_ms / BUCKET_MS);
        self.command(&["HINCRBY", &own, &(at_ms / SLOT_MS).to_string(), "1"]);
        self.command(&["HINCRBY", &own, "n", "1"]);
        self.command(&["HINCRBY", &own, "p", &cents(item).to_string()]);
        self.command(&["EXPIRE", &own, "3900"]);
    }

    fn shown(&mut self, act: &Act, bucket: u64, layout: Layout) {
        let mut shelves = BTreeMap::<u32, u32>::new();
        for item in &act.items {
            self.count(("i", &format!("i{item}")), bucket, ("s", 1), layout);
            for category in categories(*item) {
                *shelves.entry(category).or_default() += 1;
            }
        }
        for (category, times) in shelves {
            self.count(("g", &format!("c{category}")), bucket, ("s", times), layout);
        }
    }

    fn chosen(&mut self, item: u32, bucket: u64, layout: Layout) {
        self.count(("i", &format!("i{item}")), bucket, ("c", 1), layout);
        for category in categories(item) {
            self.count(("g", &format!("c{category}")), bucket, ("c", 1), layout);
        }
    }

    /// Counts what items and categories share.
    fn count(&mut self, of: (&str, &str), bucket: u64, (what, times): (&str, u32), layout: Layout) {
        let [key, field] = place(of, bucket, what, layout);
        self.command(&["HINCRBY", &key, &field, &times.to_string()]);
        match layout {
            Layout::Keys => self.command(&["EXPIRE", &key, "3900"]),
            Layout::Packed => {
                self.expiring.insert(key);
            }
        }
    }

    fn heat(&mut self, room: u32, at_ms: u64, rules: &Rules<'_>) {
        let hour = at_ms / HOUR_MS;
        let heat = (rules.weight)(Kind::Comment) * grown(at_ms, hour * HOUR_MS, HEAT_MS);
        let key = format!("r:r{room}:{hour}");
        self.command(&["INCRBYFLOAT", &key, &heat.to_string()]);
        match rules.layout {
            Layout::Keys => self.command(&["EXPIRE", &key, "7500"]),
            Layout::Packed => {
                self.expiring.insert(key);
            }
        }
    }

    fn interest(&mut self, act: &Act, weight: f64) {
        let key = format!("k:u{}", act.user);
        for category in categories(act.items[0]) {
            self.command(&["ZINCRBY", &key, &weight.to_string(), &format!("c{category}")]);
        }
    }
}

/// Key and field of a count that items or categories share.
#[must_use]
pub fn place((table, name): (&str, &str), bucket: u64, what: &str, layout: Layout) -> [String; 2] {
    match layout {
        Layout::Keys => [format!("{table}:{name}:{bucket}"), what.to_owned()],
        Layout::Packed => [format!("{table}:{bucket}"), format!("{name}:{what}")],
    }
}

/// What 1 at `since_ms` would have grown to by `at_ms`, if it doubled each half-life.
#[must_use]
pub fn grown(at_ms: u64, since_ms: u64, half_life_ms: f64) -> f64 {
    ((at_ms as f64 - since_ms as f64) / half_life_ms).exp2()
}

/// What is left at `at_ms` of an interest that was weighed at `since_ms`.
#[must_use]
pub fn interest_at(sum: f64, at_ms: u64, since_ms: u64) -> f64 {
    sum / grown(at_ms, since_ms, INTEREST_MS)
}

/// What is left at `at_ms` of a heat that was weighed at the start of `hour`.
#[must_use]
pub fn heat_at(sum: f64, at_ms: u64, hour: u64) -> f64 {
    sum / grown(at_ms, hour * HOUR_MS, HEAT_MS)
}
