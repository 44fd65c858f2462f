//! The features' table: it grows by splitting full chunks, and is bounded.
//!
//! Extendible hashing (Fagin et al., 1979): a directory of `2^bits` entries, read by the last bits of a feature's keyed
//! hash, names chunks of sixteen. A full chunk first drops features unseen for long, then splits by one more bit; at the
//! bound it gives its longest unseen feature up instead. So nothing is ever moved but one chunk's rows, and a reader's
//! clone shares what did not change.
//!
//! **Invariant:** two features never share a row.
//!
//! **Invariant:** what a chunk does depends on the features it was asked for and on their order alone.
//!
//! Not here: what rows mean (see `forward`, `step`).

use super::chunk::{Chunk, Feature, ROWS};
use super::config::ClickConfig;
use super::slot::{Marks, Slot, Uncut};
use super::tables::{FeatureTables, Features, hash};
use crate::model::numeric::{self, Lane, mix, normal};
use crate::model::pages::Pages;

/// The most bits of a directory: past that a full chunk does not split.
const MOST_BITS: u32 = 26;
/// What keeps the draws of starting vectors apart from hashes.
const START: u64 = 0x5374_6172_7420_6f66;

/// A feature's chunk and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of the chunk.
    pub chunk: u32,
    /// Its place in it.
    pub within: usize,
}

/// The table that training writes.
#[derive(Clone, Debug)]
pub struct FeatureTable {
    seed: u64,
    columns: usize,
    lanes: usize,
    bits: u32,
    directory: Pages<u32>,
    slots: Vec<Slot>,
    /// Features held.
    held: usize,
    unpublished: Vec<u32>,
    uncut: Vec<u32>,
    gone: Vec<Feature>,
    /// As last published.
    tables: FeatureTables,
    limits: Limits,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    chunks: usize,
    admit_after: u32,
    expire_after: u32,
    start: f32,
    deviation: f32,
}

impl FeatureTable {
    /// A table without features.
    #[must_use]
    pub fn new(seed: u64, config: &ClickConfig) -> Self {
        let columns = 1 + config.goals.len();
        let mut table = Self {
            seed,
            columns,
            lanes: config.lanes,
            bits: 0,
            directory: Pages::default(),
            slots: Vec::new(),
            held: 0,
            unpublished: Vec::new(),
            uncut: Vec::new(),
            gone: Vec::new(),
            tables: FeatureTables {
                seed,
                columns,
                lanes: config.lanes,
                ..FeatureTables::default()
            },
            limits: Limits {
                chunks: (config.max_features / ROWS).max(1),
                admit_after: config.admit_after,
                expire_after: config.expire_after,
                start: config.rates.start,
                deviation: config.start_deviation,
            },
        };
        table.add_slot(0, 0);
        table.directory.set(0, Some(0));
        table
    }

    /// Features held, admitted or not.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held
    }

    /// Bytes of all chunks and their sums of squares.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let slot = |slot: &Slot| slot.chunk.bytes() + size_of_val(&*slot.squares) as u64;
        self.slots.iter().map(|it| slot(it) + size_of::<Slot>() as u64).sum()
    }

    /// Notes a sighting of `feature`, where it has an admitted row, as sample number `now`; the row's place.
    pub fn see_known(&mut self, feature: Feature, now: u32) -> Option<Place> {
        let place = self.place(feature)?;
        self.sighted(place, now);
        Some(place)
    }

    /// Notes a sighting of `feature` as sample number `now`, and makes it a row where it has none. Whether it had
    /// counted before.
    pub fn see(&mut self, feature: Feature, now: u32) -> bool {
        let (number, found) = self.locate(feature);
        let slot = &mut self.slots[number as usize];
        let within = found.or_else(|| slot.chunk.find_waiting(feature));
        let Some(within) = within else {
            if let Some(place) = self.insert(feature, now) {
                self.sighted(place, now);
            }
            return false;
        };
        self.sighted(Place { chunk: number, within }, now);
        found.is_some()
    }

    /// Where `feature` is, admitted.
    #[must_use]
    pub fn place(&self, feature: Feature) -> Option<Place> {
        let (chunk, within) = self.locate(feature);
        Some(Place { chunk, within: within? })
    }

    /// Weights of a feature.
    #[must_use]
    pub fn column_count(&self) -> usize {
        self.columns
    }

    pub(super) fn slot(&self, chunk: u32) -> &Slot {
        &self.slots[chunk as usize]
    }

    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// A row's chunk, to be written, marked as such.
    #[inline]
    pub(super) fn write(&mut self, place: Place) -> &mut Slot {
        let slot = &mut self.slots[place.chunk as usize];
        slot.marks.rows |= 1 << place.within;
        if !slot.marks.published {
            slot.marks.published = true;
            self.unpublished.push(place.chunk);
        }
        if !slot.marks.listed {
            slot.marks.listed = true;
            self.uncut.push(place.chunk);
        }
        slot
    }

    /// The tables for readers, and bytes of what changed since the last call.
    pub fn publish(&mut self) -> (FeatureTables, u64) {
        let mut bytes = 0;
        for number in std::mem::take(&mut self.unpublished) {
            let slot = &mut self.slots[number as usize];
            slot.marks.published = false;
            bytes += slot.chunk.bytes();
            self.tables.chunks.set(number as usize, Some(slot.chunk.clone()));
        }
        self.tables.bits = self.bits;
        self.tables.directory = self.directory.clone();
        (self.tables.clone(), bytes)
    }

    /// What changed since the last call, by chunk, and features that are no more.
    pub(super) fn take_uncut(&mut self) -> (Vec<Uncut>, Vec<Feature>) {
        let mut numbers = std::mem::take(&mut self.uncut);
        numbers.sort_unstable();
        let mut gone = std::mem::take(&mut self.gone);
        gone.sort_unstable();
        gone.dedup();
        gone.retain(|feature| !self.holds(*feature));
        let take = |chunk: u32| {
            let marks = &mut self.slots[chunk as usize].marks;
            let uncut = Uncut { chunk, names: marks.names, rows: marks.rows };
            (marks.names, marks.rows, marks.listed) = (false, 0, false);
            uncut
        };
        (numbers.into_iter().map(take).collect(), gone)
    }

    /// Visits every sum of squares.
    pub(super) fn each_sum(&mut self, visit: impl Fn(&mut f32)) {
        let lanes = self.slots.iter_mut().flat_map(|slot| &mut slot.squares);
        lanes.flat_map(|lane| &mut lane.0).for_each(visit);
    }

    /// Has everything written with the next cut.
    pub(super) fn recut(&mut self) {
        for (number, slot) in (0_u32..).zip(&mut self.slots) {
            let taken = (0..ROWS).filter(|within| slot.chunk.feature(*within).is_some());
            slot.marks.rows = taken.fold(0, |rows, within| rows | 1 << within);
            slot.marks.names = true;
            if !std::mem::replace(&mut slot.marks.listed, true) {
                self.uncut.push(number);
            }
        }
    }

    /// Takes the one empty chunk away that a table starts with, so that a checkpoint's can be laid.
    pub(super) fn bare(&mut self) {
        self.slots.clear();
        self.unpublished.clear();
        self.uncut.clear();
    }

    /// Lays the next chunk of a checkpoint: its bits.
    pub(super) fn lay(&mut self, prefix: u32, depth: u32) -> u32 {
        self.add_slot(prefix, depth)
    }

    /// Puts `feature` at a place of a checkpoint's chunk.
    pub(super) fn lay_feature(&mut self, place: Place, feature: Feature) {
        self.put(place, feature);
    }

    /// Where a feature of a checkpoint was put, once the directory is made.
    pub(super) fn laid(&self, feature: Feature) -> Option<Place> {
        let (chunk, found) = self.locate(feature);
        let within = found.or_else(|| self.slots[chunk as usize].chunk.find_waiting(feature))?;
        Some(Place { chunk, within })
    }

    /// Makes the directory from the chunks' bits. Whether they fit together.
    pub(super) fn settle(&mut self) -> bool {
        self.bits = self.slots.iter().map(|slot| slot.depth).max().unwrap_or(0);
        if MOST_BITS < self.bits {
            return false;
        }
        let mut directory = vec![None; 1 << self.bits];
        for (number, slot) in self.slots.iter().enumerate() {
            for entry in (slot.prefix as usize..1 << self.bits).step_by(1 << slot.depth) {
                if directory[entry].replace(number as u32).is_some() {
                    return false;
                }
            }
        }
        let whole = directory.iter().all(Option::is_some);
        for (entry, number) in directory.into_iter().enumerate() {
            self.directory.set(entry, number);
        }
        whole
    }

    /// Forgets what a restore marked.
    pub(super) fn forget_uncut(&mut self) {
        let _ = self.take_uncut();
    }

    /// The vector that `feature` starts from.
    pub(super) fn start(&self, feature: Feature) -> Box<[Lane]> {
        let seed = mix(self.seed ^ START, feature.number());
        let mut vector = numeric::zeros(self.lanes);
        for (lane, first) in vector.iter_mut().zip((0..).step_by(ROWS / 2)) {
            let (plus, minus) = lane.0.split_at_mut(ROWS / 2);
            for ((plus, minus), place) in plus.iter_mut().zip(minus).zip(first..) {
                *plus = self.limits.deviation * normal(seed, place);
                *minus = *plus;
            }
        }
        vector
    }

    fn holds(&self, feature: Feature) -> bool {
        let (number, found) = self.locate(feature);
        found.is_some() || self.slots[number as usize].chunk.find_waiting(feature).is_some()
    }

    #[inline]
    fn locate(&self, feature: Feature) -> (u32, Option<usize>) {
        let hash = hash(self.seed, feature) & ((1 << self.bits) - 1);
        let number = self.directory.get(hash as usize).copied().unwrap_or(0);
        (number, self.slots[number as usize].chunk.find(feature))
    }

    fn sighted(&mut self, place: Place, now: u32) {
        let admit_after = self.limits.admit_after;
        let slot = self.write(place);
        slot.touched[place.within] = now;
        let seen = &mut slot.seen[place.within];
        *seen = seen.saturating_add(1);
        if *seen == admit_after {
            slot.chunk.admit(place.within);
        }
    }

    /// Makes room for `feature` and puts it there; `None` where the sample's own features fill its chunk.
    fn insert(&mut self, feature: Feature, now: u32) -> Option<Place> {
        loop {
            let (chunk, _) = self.locate(feature);
            let free = self.slots[chunk as usize].chunk.free();
            if let Some(within) = free.or_else(|| self.expired(chunk, now)) {
                let place = Place { chunk, within };
                self.put(place, feature);
                return Some(place);
            }
            let depth = self.slots[chunk as usize].depth;
            if self.slots.len() < self.limits.chunks && depth < MOST_BITS {
                self.split(chunk);
            } else {
                let within = self.slots[chunk as usize].weakest(now)?;
                self.remove(Place { chunk, within });
            }
        }
    }

    /// A place freed of a feature that was unseen for long.
    fn expired(&mut self, chunk: u32, now: u32) -> Option<usize> {
        let slot = &self.slots[chunk as usize];
        let age = |within: &usize| now.wrapping_sub(slot.touched[*within]);
        let within = (0..ROWS).find(|within| self.limits.expire_after < age(within))?;
        self.remove(Place { chunk, within });
        Some(within)
    }

    fn put(&mut self, place: Place, feature: Feature) {
        let vector = self.start(feature);
        let (start, columns, lanes) = (self.limits.start, self.columns, self.lanes);
        self.held += 1;
        let slot = self.write(place);
        slot.marks.names = true;
        slot.chunk.put(place.within, feature, &vector);
        (slot.touched[place.within], slot.seen[place.within]) = (0, 0);
        for column in &mut slot.squares[..columns] {
            column.0[place.within] = start;
        }
        slot.squares[columns + place.within * lanes..][..lanes].fill(Lane([start; ROWS]));
    }

    fn remove(&mut self, place: Place) {
        self.held -= 1;
        let slot = self.write(place);
        slot.marks.names = true;
        slot.marks.rows &= !(1 << place.within);
        let feature = slot.chunk.feature(place.within);
        slot.chunk.clear(place.within);
        self.gone.extend(feature);
    }

    /// Splits a chunk by one more bit of its features' hashes.
    fn split(&mut self, number: u32) {
        let (prefix, depth) = {
            let slot = &self.slots[number as usize];
            (slot.prefix, slot.depth)
        };
        if depth == self.bits {
            for entry in 0..1_usize << self.bits {
                let same = self.directory.get(entry).copied();
                self.directory.set(entry + (1 << self.bits), same);
            }
            self.bits += 1;
        }
        let other = self.add_slot(prefix | 1 << depth, depth + 1);
        self.slots[number as usize].depth = depth + 1;
        let entries = (prefix as usize | 1 << depth)..1 << self.bits;
        for entry in entries.step_by(1 << (depth + 1)) {
            self.directory.set(entry, Some(other));
        }
        self.part(number, other, depth);
    }

    /// Moves the features of chunk `number` whose hash has bit `bit` set to chunk `other`.
    fn part(&mut self, number: u32, other: u32, bit: u32) {
        for within in 0..ROWS {
            let from = Place { chunk: number, within };
            let Some(feature) = self.slots[number as usize].chunk.feature(within) else { continue };
            if hash(self.seed, feature) >> bit & 1 == 0 {
                continue;
            }
            let uncut = self.slots[number as usize].marks.rows & 1 << within;
            let row = self.slots[number as usize].take(within, self.columns, self.lanes);
            let slot = self.write(Place { chunk: other, within });
            slot.marks.names = true;
            slot.give(within, feature, row);
            slot.marks.rows &= !(1 << within) | uncut;
            let slot = self.write(from);
            slot.marks.names = true;
            slot.marks.rows &= !(1 << within);
        }
        // The number of bits changed in both, whatever moved.
        for number in [number, other] {
            let kept = self.slots[number as usize].marks.rows;
            let slot = self.write(Place { chunk: number, within: 0 });
            slot.marks.names = true;
            slot.marks.rows = kept;
        }
    }

    fn add_slot(&mut self, prefix: u32, depth: u32) -> u32 {
        let squares = vec![Lane::default(); self.columns + ROWS * self.lanes];
        self.slots.push(Slot {
            chunk: Chunk::empty(self.columns, self.lanes),
            touched: [0; ROWS],
            seen: [0; ROWS],
            squares: squares.into(),
            prefix,
            depth,
            marks: Marks::default(),
        });
        let number = (self.slots.len() - 1) as u32;
        let slot = self.write(Place { chunk: number, within: 0 });
        slot.marks.rows = 0;
        slot.marks.names = true;
        number
    }
}

impl Features for FeatureTable {
    #[inline]
    fn find(&self, feature: Feature) -> Option<(&Chunk, usize)> {
        let (number, within) = self.locate(feature);
        Some((&self.slots[number as usize].chunk, within?))
    }

    fn lanes(&self) -> usize {
        self.lanes
    }

    fn columns(&self) -> usize {
        self.columns
    }
}

#[cfg(test)]
mod tests;
