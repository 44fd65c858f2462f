//! VMIS-kNN, streaming: what users chose whose last choices are like this user's.
//!
//! Each item knows the users who chose it last. Of those found through the asking user's last items, the `recent`
//! who were active last are compared: shared items count by how recently the asking user chose them, falling linearly. The
//! `neighbours` most alike give each of their items their likeness, times how recent the last shared item is
//! (`1 - 0.1 (place - 1)`), times the item's rarity `ln(users / users of it)`. Kersbergen, Sprangers and Schelter
//! ("Serenade", 2022). What a user chose so far is one session, and it is in the index as soon as it grows.
//!
//! Settings: best of 16 (last 5–50, recent 500–5,000, neighbours 50–1,000, items 20–1,000, rarity 0, root, whole); short
//! lists of items (20–100) cost half the hit rate on films, the rest ±.01.

use std::collections::VecDeque;

use crate::evaluation::rivals::past::last_items;
use crate::evaluation::rivals::{Asked, Choice, Past, Rival, Stream};
use crate::model::numeric::ln;

/// How many are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VmisSettings {
    /// Last items of the asking user.
    pub last: usize,
    /// Users compared, those active last.
    pub recent: usize,
    /// The most alike of them.
    pub neighbours: usize,
    /// Last items of each of these.
    pub items: usize,
    /// How much rarity counts.
    pub rarity: Rarity,
}

/// How an item's rarity weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rarity {
    /// As published.
    Whole,
    /// By its root: better on films.
    Root,
}

impl From<Stream> for VmisSettings {
    fn from(stream: Stream) -> Self {
        let rarity = match stream {
            Stream::Once => Rarity::Root,
            Stream::Visits => Rarity::Whole,
        };
        Self { last: 10, recent: 500, neighbours: 100, items: 1_000, rarity }
    }
}

/// Who chose each item last.
#[derive(Clone, Debug)]
pub struct VmisKnn {
    settings: VmisSettings,
    /// By item: users who chose it, the last at the back, each once.
    holders: Vec<VecDeque<u32>>,
    /// By item: how many users chose it.
    users_of: Vec<u32>,
    /// By user: number of their last choice.
    active: Vec<u64>,
    recent: Vec<u32>,
    users_met: Marks,
    items_met: Marks,
}

/// Numbers met in this round, and the place where each was put.
#[derive(Clone, Debug, Default)]
struct Marks {
    round: u32,
    marks: Vec<(u32, u32)>,
}

impl Marks {
    fn clear(&mut self) {
        self.round += 1;
    }

    /// The place of `number`, which is `next` where it is met for the first time.
    fn place(&mut self, number: u32, next: usize) -> usize {
        let number = number as usize;
        if self.marks.len() <= number {
            self.marks.resize(number + 1, (0, 0));
        }
        let mark = &mut self.marks[number];
        if mark.0 != self.round {
            *mark = (self.round, next as u32);
        }
        mark.1 as usize
    }
}

/// A user found through shared items.
#[derive(Clone, Copy, Debug)]
struct Found {
    user: u32,
    likeness: f32,
    /// Place of the last shared item in the asking user's history, from 0.
    place: usize,
}

impl VmisKnn {
    /// An empty index.
    #[must_use]
    pub fn new(settings: VmisSettings) -> Self {
        Self {
            settings,
            holders: Vec::new(),
            users_of: Vec::new(),
            active: Vec::new(),
            recent: Vec::new(),
            users_met: Marks::default(),
            items_met: Marks::default(),
        }
    }

    fn neighbours(&mut self, own: Option<usize>) -> Vec<Found> {
        self.users_met.clear();
        let mut found: Vec<Found> = Vec::new();
        let length = self.recent.len() as f32;
        for (place, item) in self.recent.iter().enumerate() {
            let likeness = 1.0 - place as f32 / length;
            let Some(holders) = self.holders.get(*item as usize) else { continue };
            for user in holders.iter().filter(|user| Some(**user as usize) != own) {
                let next = found.len();
                let at = self.users_met.place(*user, next);
                if at == next {
                    found.push(Found { user: *user, likeness: 0.0, place });
                }
                found[at].likeness += likeness;
            }
        }
        let active = |one: &Found| std::cmp::Reverse(self.active[one.user as usize]);
        keep(&mut found, self.settings.recent, |a, b| active(a).cmp(&active(b)));
        keep(&mut found, self.settings.neighbours, |a, b| {
            b.likeness.total_cmp(&a.likeness).then_with(|| active(a).cmp(&active(b)))
        });
        found
    }
}

/// Keeps the first `most` by `order`, in that order.
fn keep(found: &mut Vec<Found>, most: usize, order: impl Fn(&Found, &Found) -> std::cmp::Ordering) {
    if most < found.len() {
        found.select_nth_unstable_by(most, &order);
        found.truncate(most);
    }
    found.sort_unstable_by(order);
}

impl Rival for VmisKnn {
    fn score(&mut self, asked: &Asked, past: &Past, scores: &mut [f32]) {
        last_items(asked.history, self.settings.last, &mut self.recent);
        for one in self.neighbours(asked.user) {
            let recency = (1.0 - 0.1 * one.place as f32).max(0.0);
            let weight = one.likeness * recency;
            self.items_met.clear();
            let theirs = past.history(one.user as usize).iter().rev().take(self.settings.items);
            for (place, chosen) in theirs.enumerate() {
                if self.items_met.place(chosen.item, place) == place {
                    scores[chosen.item as usize] += weight;
                }
            }
        }
        let users = past.users() as f32;
        for (score, users_of) in scores.iter_mut().zip(&self.users_of) {
            if 0.0 < *score {
                let rarity = ln((users / *users_of as f32).max(1.0)) + 0.05;
                *score *= match self.settings.rarity {
                    Rarity::Whole => rarity,
                    Rarity::Root => rarity.sqrt(),
                };
            }
        }
    }

    fn learn(&mut self, choice: &Choice, past: &Past) {
        let (user, item) = (choice.user, choice.item);
        if self.active.len() <= user {
            self.active.resize(user + 1, 0);
        }
        self.active[user] = choice.number;
        if self.holders.len() <= item {
            self.holders.resize_with(item + 1, VecDeque::new);
            self.users_of.resize(item + 1, 0);
        }
        let before = past.history(user).iter().any(|chosen| chosen.item as usize == item);
        self.users_of[item] += u32::from(!before);
        let holders = &mut self.holders[item];
        if before {
            holders.retain(|holder| *holder as usize != user);
        }
        holders.push_back(user as u32);
        if self.settings.recent < holders.len() {
            holders.pop_front();
        }
    }
}
