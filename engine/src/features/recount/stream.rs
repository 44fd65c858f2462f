//! Random streams of events, out of order.

use crate::features::declare::Entity;
use crate::features::grid::DAY_MS;
use crate::features::occurrence::{NoNames, Occurrence, room_key};
use crate::{CategoryId, EventTypeId, ItemIndex, Timestamp};

pub const VISIT_GAP_MS: u64 = 30 * 60_000;
pub const TYPES: u8 = 3;

const START_MS: u64 = 1_774_659_600_000;
const ROOMS: [&str; 2] = ["lobby", "42"];

/// `SplitMix64` (Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut hash = self.0;
        hash = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ hash >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^ hash >> 31
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A length of time between a millisecond and a month, each magnitude alike.
    pub fn span(&mut self) -> u64 {
        let most = [10, 1_000, 30_000, 300_000, 3_600_000, DAY_MS, 30 * DAY_MS];
        let most = most[self.below(7) as usize];
        self.below(most)
    }

    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for place in (1..all.len()).rev() {
            all.swap(place, self.below(place as u64 + 1) as usize);
        }
    }

    fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(4) != 0).then(|| value(self))
    }
}

/// One event.
#[derive(Clone, Debug)]
pub struct Happening {
    pub event_type: u8,
    pub at: Timestamp,
    pub user: u64,
    pub item: Option<u32>,
    pub categories: Vec<CategoryId>,
    pub price: Option<f32>,
    pub value: Option<f32>,
    pub dwell_ms: Option<u32>,
    pub room: Option<usize>,
    properties: String,
}

impl Happening {
    pub fn occurrence(&self) -> Occurrence<'_> {
        Occurrence {
            event_type: EventTypeId(self.event_type),
            at: self.at,
            user_hash: self.user,
            item: self.item.map(ItemIndex),
            categories: &self.categories,
            kind: "product",
            price: self.price,
            value: self.value,
            position: None,
            room: self.room.map(|room| ROOMS[room]),
            properties: &self.properties,
            names: &NoNames,
        }
    }

    pub fn room_key(&self) -> Option<u64> {
        self.room.map(|room| room_key(ROOMS[room]))
    }
}

/// Events in the order in which they arrive.
#[derive(Clone, Debug)]
pub struct Stream {
    pub events: Vec<Happening>,
    /// Whether no event comes more than a visit's gap behind a newer one.
    pub is_gentle: bool,
}

impl Stream {
    pub fn random(random: &mut Random) -> Self {
        let is_gentle = random.below(2) == 0;
        let disorder =
            if is_gentle { VISIT_GAP_MS.min(random.span() + 1) } else { random.span() + 1 };
        let mut now = START_MS + random.below(400 * DAY_MS);
        let step = random.span() + 1;
        let events = (0..=random.below(70)).map(|_| {
            // Now and then nothing happens for long, and often several things in one millisecond.
            now += match random.below(12) {
                0 => random.span(),
                1..4 => 0,
                _ => random.below(step),
            };
            let back = if random.below(3) == 0 { random.below(disorder) } else { 0 };
            happening(random, Timestamp::from_millis(now - back))
        });
        Self { events: events.collect(), is_gentle }
    }
}

fn happening(random: &mut Random, at: Timestamp) -> Happening {
    let dwell_ms = random.maybe(|random| random.below(60_000) as u32);
    let categories = (0..5).filter(|_| random.below(3) == 0).take(4).map(CategoryId).collect();
    Happening {
        event_type: random.below(u64::from(TYPES)) as u8,
        at,
        user: random.below(3),
        item: random.maybe(|random| random.below(5) as u32),
        categories,
        price: random.maybe(|random| random.below(10_000) as f32 / 100.0),
        value: random.maybe(|random| random.below(2_000) as f32 / 7.0 - 100.0),
        dwell_ms,
        room: random.maybe(|random| random.below(2) as usize),
        properties: dwell_ms
            .map_or(String::new(), |dwell| format!("{{\"a\":[1],\"dwell_ms\":{dwell}}}")),
    }
}

/// Keys of the instances that a stream can touch.
pub fn keys_of(entity: Entity) -> Vec<u64> {
    match entity {
        Entity::Room => ROOMS.iter().map(|room| room_key(room)).collect(),
        Entity::ItemCategory => {
            (0..5).flat_map(|item| (0..5).map(move |category| item << 32 | category)).collect()
        }
        _ => (0..6).collect(),
    }
}
