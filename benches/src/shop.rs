//! A made-up shop with live rooms: what its visitors do, for benchmarks that send it to a node or to others.
//!
//! Users and items are drawn alike, or one item takes a given share. Of a hundred things that happen to items and rooms
//! sixty are impressions, which come in pages of ten. Impressions are what comes late: clients send them in bundles.
//!
//! Not here: what is made of it.

/// Users.
pub const USERS: u32 = 50_000;
/// Items, in two categories each.
pub const ITEMS: u32 = 30_000;
/// Live rooms.
pub const ROOMS: u32 = 50;
/// Items of a page.
pub const PAGE: usize = 10;
/// How often each of them comes, of 46; a page counts once.
const MIX: [(Kind, u32); 7] = [
    (Kind::Page, 6),
    (Kind::Click, 20),
    (Kind::View, 8),
    (Kind::Search, 4),
    (Kind::Comment, 4),
    (Kind::Heartbeat, 3),
    (Kind::Purchase, 1),
];

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Was shown a page of items.
    Page,
    /// Clicked an item.
    Click,
    /// Looked at an item.
    View,
    /// Searched.
    Search,
    /// Wrote in a live room.
    Comment,
    /// Stayed in a live room for half a minute.
    Heartbeat,
    /// Bought an item.
    Purchase,
}

impl Kind {
    /// The event type's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "view_item_list",
            Self::Click => "select_item",
            Self::View => "view_item",
            Self::Search => "search",
            Self::Comment => "live_comment",
            Self::Heartbeat => "live_heartbeat",
            Self::Purchase => "purchase",
        }
    }
}

/// One thing that somebody did.
#[derive(Clone, Debug)]
pub struct Act {
    /// Of which kind.
    pub kind: Kind,
    /// Who.
    pub user: u32,
    /// On which items: a page's, one, or none.
    pub items: Vec<u32>,
    /// In which room, where it is about one.
    pub room: u32,
    /// How many milliseconds before it is sent it happened.
    pub lag_ms: u64,
}

impl Act {
    /// How many events it is once its items are told apart.
    #[must_use]
    pub fn events(&self) -> usize {
        self.items.len().max(1)
    }

    /// It as JSON, with `id` and a time of thirteen digits, which stands where the returned offset says.
    #[must_use]
    pub fn json(&self, id: usize, at_ms: u64) -> (String, usize) {
        let (user, kind, room) = (self.user, self.kind.name(), self.room);
        let head = format!(
            r#"{{"event_id":"e{id}","type":"{kind}","user_id":"u{user}","timestamp":{at_ms:013}"#
        );
        let rest = match self.kind {
            Kind::Page => {
                let items: Vec<String> =
                    self.items.iter().map(|item| format!(r#"{{"item_id":"i{item}"}}"#)).collect();
                format!(r#","items":[{}]}}"#, items.join(","))
            }
            Kind::Click | Kind::View | Kind::Purchase => {
                let item = self.items[0];
                format!(r#","item_id":"i{item}","price":{}}}"#, f64::from(cents(item)) / 100.0)
            }
            Kind::Search => r#","properties":{"query":"red shoes"}}"#.to_owned(),
            Kind::Comment => format!(r#","room_id":"r{room}"}}"#),
            Kind::Heartbeat => format!(r#","room_id":"r{room}","dwell_ms":31000}}"#),
        };
        let stamp = head.len() - 13;
        (head + &rest, stamp)
    }
}

/// The two categories of an item.
#[must_use]
pub fn categories(item: u32) -> [u32; 2] {
    [item % 40, 40 + item % 7]
}

/// What an item costs, in quarters, which binary fractions hold exactly.
#[must_use]
pub fn cents(item: u32) -> u32 {
    25 * (item % 4_000)
}

/// So many acts, `hot_share` of a hundred on item 1.
#[must_use]
pub fn acts(number: usize, hot_share: u32, seed: u64) -> Vec<Act> {
    let mut random = Random(seed);
    (0..number).map(|_| act(&mut random, hot_share)).collect()
}

fn act(random: &mut Random, hot_share: u32) -> Act {
    let mut draw = random.below(MIX.iter().map(|(_, share)| share).sum());
    let found = MIX.iter().find(|(_, share)| {
        let is_it = draw < *share;
        draw = draw.saturating_sub(*share);
        is_it
    });
    let kind = found.map_or(Kind::Search, |(kind, _)| *kind);
    let number = match kind {
        Kind::Page => PAGE,
        Kind::Click | Kind::View | Kind::Purchase => 1,
        Kind::Search | Kind::Comment | Kind::Heartbeat => 0,
    };
    let items = (0..number)
        .map(|_| if random.below(100) < hot_share { 1 } else { random.below(ITEMS) })
        .collect();
    let is_late = kind == Kind::Page && random.below(10) == 0;
    let lag_ms = if is_late { u64::from(random.below(5_000)) } else { 0 };
    Act { kind, user: random.below(USERS), items, room: random.below(ROOMS), lag_ms }
}

/// Marsaglia's xorshift, so that every run asks the same.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// A number below `bound`.
    pub fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % u64::from(bound.max(1))) as u32
    }
}
