//! Features of items, categories, rooms and the whole node: aggregated inside each shard first, then over all of them.
//!
//! A shard turns the events of a commit into [`Partials`]: filters are judged and numbers read there, and instances with
//! many events are added up. [`SharedFeatures::merge`] adds what shards say.
//!
//! **Invariant:** totals are exact, and the state follows from the set of events: however they were split over
//! shards and commits, in whatever order partials come, the bytes are the same.
//!
//! **Invariant:** instances past a bound give way when time is told (a record of the log), never in between.
//!
//! Not here: events that are filled in later, which move no trend.

use rustc_hash::{FxHashMap, FxHashSet};

use super::active::Change;
use super::carry::Carrier;
use super::family::{FINGERPRINT, HEAD_BYTES, events_of, key_of, newest_of, tag_of};
use super::occurrence::Occurrence;
use super::parts::{Contribution, Landed};
use super::plan::FeaturePlan;
use super::published::SharedView;
use super::section::Tally;
use super::squeeze::{loosened, squeezed};
use crate::Timestamp;
use crate::codec::CodecError;

/// Version byte of a block in storage.
pub const BLOCK_VERSION: u8 = 1;

/// From so many events of a commit on one instance they are added up inside the shard.
const ADD_UP: usize = 6;

/// Memory of an instance beside its block: entry of the table, header of the allocation.
const OVERHEAD_BYTES: usize = 48;

const DAMAGED: CodecError = CodecError::Damaged("a block of features");

/// One event of one instance.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Single {
    family: u16,
    things: u16,
    key: u64,
    at: Timestamp,
    number: i64,
    first_thing: u32,
}

/// What one shard says of a commit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Partials {
    /// Fingerprint of the plan whose families are meant.
    plan: u64,
    singles: Vec<Single>,
    things: Vec<u64>,
    blocks: Vec<(u16, Box<[u8]>)>,
    late: u64,
}

impl Partials {
    /// Takes an event in.
    pub fn add(&mut self, plan: &FeaturePlan, event: &Occurrence<'_>) {
        debug_assert!(self.is_empty() || self.plan == plan.fingerprint(), "one plan a commit");
        self.plan = plan.fingerprint();
        for place in plan.of_all(event.event_type.0) {
            let family = &plan.families()[*place];
            if !family.takes(event) {
                continue;
            }
            let Some((number, things)) = family.number(event) else { continue };
            for key in family.keys(event).as_slice() {
                self.singles.push(Single {
                    family: *place as u16,
                    things: things.as_slice().len() as u16,
                    key: *key,
                    at: event.at,
                    number,
                    first_thing: self.things.len() as u32,
                });
            }
            self.things.extend_from_slice(things.as_slice());
        }
    }

    /// Adds up instances with many events; done once, when the shard is through with the commit.
    pub fn add_up(&mut self, plan: &FeaturePlan) {
        if self.singles.len() < ADD_UP {
            return;
        }
        self.singles.sort_by_key(|single| (single.family, single.key));
        let singles = std::mem::take(&mut self.singles);
        for group in singles.chunk_by(|a, b| (a.family, a.key) == (b.family, b.key)) {
            let family = plan.families().get(usize::from(group[0].family));
            let Some(family) = family.filter(|_| ADD_UP <= group.len()) else {
                self.singles.extend_from_slice(group);
                continue;
            };
            let mut block = vec![0; family.bytes()].into_boxed_slice();
            family.begin(&mut block, group[0].key);
            for single in group {
                let landed = family.add(&mut block, &self.contribution(single));
                self.late += u64::from(landed == Landed::Late);
            }
            self.blocks.push((group[0].family, block));
        }
    }

    /// How much was taken in, as long as nothing was added up.
    #[must_use]
    pub fn length(&self) -> Length {
        Length { singles: self.singles.len(), things: self.things.len() }
    }

    /// Lets go of what was taken in since it was this long.
    pub fn truncate(&mut self, length: Length) {
        self.singles.truncate(length.singles);
        self.things.truncate(length.things);
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.singles.is_empty() && self.blocks.is_empty()
    }

    fn contribution(&self, single: &Single) -> Contribution<'_> {
        let from = single.first_thing as usize;
        let things = self.things.get(from..from + usize::from(single.things));
        Contribution {
            at: single.at,
            number: single.number,
            things: things.unwrap_or_default(),
            categories: &[],
        }
    }
}

/// How much partials hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Length {
    singles: usize,
    things: usize,
}

/// The instances of a family.
#[derive(Debug, Default)]
struct Table {
    blocks: FxHashMap<u64, Box<[u8]>>,
    /// Since the last cut.
    changed: FxHashSet<u64>,
    /// Since the last publication.
    touched: FxHashSet<u64>,
}

/// One changed block for storage: its key, and its bytes where it is not gone.
pub type Row = ([u8; 16], Option<Vec<u8>>);

/// All shared features.
#[derive(Debug, Default)]
pub struct SharedFeatures {
    tables: Vec<Table>,
}

impl SharedFeatures {
    /// No instances.
    #[must_use]
    pub fn new(plan: &FeaturePlan) -> Self {
        Self { tables: plan.families().iter().map(|_| Table::default()).collect() }
    }

    /// Adds what a shard says. What it says of another plan is not understood, and counted.
    pub fn merge(&mut self, plan: &FeaturePlan, partials: &Partials) -> Tally {
        if !partials.is_empty() && partials.plan != plan.fingerprint() {
            let unknown = (partials.singles.len() + partials.blocks.len()) as u64;
            return Tally { unknown, ..Tally::default() };
        }
        let mut tally = Tally { late: partials.late, ..Tally::default() };
        for single in &partials.singles {
            let place = usize::from(single.family);
            let Some((family, table)) = plan.families().get(place).zip(self.tables.get_mut(place))
            else {
                continue;
            };
            let block = table.changing(single.key, family);
            let landed = family.add(block, &partials.contribution(single));
            tally.updates += u64::from(family.features);
            tally.late += u64::from(landed == Landed::Late);
        }
        for (place, theirs) in &partials.blocks {
            let place = usize::from(*place);
            let Some((family, table)) = plan.families().get(place).zip(self.tables.get_mut(place))
            else {
                continue;
            };
            let block = table.changing(key_of(theirs), family);
            let landed = family.merge(block, theirs);
            tally.updates += u64::from(family.features) * u64::from(events_of(theirs));
            tally.late += u64::from(landed == Landed::Late);
        }
        tally
    }

    /// Whether there are instances past a bound.
    #[must_use]
    pub fn is_over(&self, plan: &FeaturePlan) -> bool {
        let tables = plan.families().iter().zip(&self.tables);
        tables.into_iter().any(|(family, table)| {
            family.max_instances.is_some_and(|most| (most as usize) < table.blocks.len())
        })
    }

    /// Lets go of the instances past a bound whose newest event is oldest; how many there were.
    pub fn told_time(&mut self, plan: &FeaturePlan) -> u64 {
        let mut gone = 0;
        for (family, table) in plan.families().iter().zip(&mut self.tables) {
            let most = family.max_instances.map_or(usize::MAX, |most| most as usize);
            let Some(over) = table.blocks.len().checked_sub(most).filter(|over| 0 < *over) else {
                continue;
            };
            let mut ages: Vec<_> =
                table.blocks.iter().map(|(key, block)| (newest_of(block), *key)).collect();
            ages.select_nth_unstable(over - 1);
            for (_, key) in &ages[..over] {
                table.blocks.remove(key);
                table.changed.insert(*key);
                table.touched.insert(*key);
            }
            gone += over as u64;
        }
        gone
    }

    /// The block of an instance.
    #[must_use]
    pub fn block(&self, plan: &FeaturePlan, tag: u64, key: u64) -> Option<&[u8]> {
        let place = plan.place_of(tag)?;
        self.tables.get(place)?.blocks.get(&key).map(AsRef::as_ref)
    }

    /// How many instances there are.
    #[must_use]
    pub fn instances(&self) -> usize {
        self.tables.iter().map(|table| table.blocks.len()).sum()
    }

    /// Memory of all instances.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let blocks = self.tables.iter().flat_map(|table| table.blocks.values());
        blocks.map(|block| block.len() + OVERHEAD_BYTES).sum()
    }

    /// Puts what changed since the last publication into `view`.
    pub fn publish(&mut self, view: &mut SharedView) {
        for (family, table) in self.tables.iter_mut().enumerate() {
            for key in table.touched.drain() {
                view.put(family, key, table.blocks.get(&key).map(AsRef::as_ref));
            }
        }
    }

    /// What changed since this was last asked, in order.
    pub fn take_changed(&mut self, plan: &FeaturePlan) -> Vec<Row> {
        let mut rows = Vec::new();
        for (family, table) in plan.families().iter().zip(&mut self.tables) {
            let mut changed: Vec<u64> = table.changed.drain().collect();
            changed.sort_unstable();
            for key in changed {
                let bytes = table.blocks.get(&key).map(|block| {
                    let mut bytes = vec![BLOCK_VERSION];
                    bytes.extend(squeezed(&block[8..]));
                    bytes
                });
                rows.push((row_name(family.tag, key), bytes));
            }
        }
        rows
    }

    /// Puts in a block of storage, written by this plan, or else by the one that `carrier` comes from, if this plan has
    /// anything of the kind; whether it goes by this name from now on.
    ///
    /// # Errors
    /// [`CodecError`] where it is damaged or of a version not known.
    pub fn restore(
        &mut self,
        plan: &FeaturePlan,
        carrier: Option<&Carrier>,
        name: &[u8],
        value: &[u8],
    ) -> Result<bool, CodecError> {
        let block = read_row(name, value)?;
        let was = tag_of(&block);
        // Where a way is given, blocks of one tag may still be of another meaning: half filled ones.
        let block = match carrier {
            Some(carrier) => carrier.carried(plan, &block),
            None => Some(block),
        };
        let Some(block) = block else { return Ok(false) };
        let Some(table) = self.table_of(plan, tag_of(&block)) else { return Ok(false) };
        table.touched.insert(key_of(&block));
        if carrier.is_some() {
            table.changed.insert(key_of(&block));
        }
        let stays = was == tag_of(&block);
        table.blocks.insert(key_of(&block), block.into());
        Ok(stays)
    }

    /// Goes on under `plan`, where state lay by `old`; the names in storage that nothing goes by any more.
    pub fn change(
        &mut self,
        (old, plan): (&FeaturePlan, &FeaturePlan),
        Change { carrier, sweeps }: &Change,
    ) -> Vec<[u8; 16]> {
        let mut stale = Vec::new();
        let before = std::mem::replace(self, Self::new(plan));
        for (family, table) in old.families().iter().zip(before.tables) {
            stale.extend(
                table
                    .changed
                    .iter()
                    .filter(|key| !table.blocks.contains_key(key))
                    .map(|key| row_name(family.tag, *key)),
            );
            let place = plan.place_of(family.tag).filter(|_| !sweeps);
            if let Some(now) = place.and_then(|place| self.tables.get_mut(place)) {
                *now = table;
                continue;
            }
            for (key, block) in table.blocks {
                let carried = carrier.carried(plan, &block);
                if carried.as_ref().map(|block| tag_of(block)) != Some(family.tag) {
                    stale.push(row_name(family.tag, key));
                }
                let table = carried.as_ref().and_then(|it| self.table_of(plan, tag_of(it)));
                if let (Some(table), Some(block)) = (table, carried) {
                    table.touched.insert(key);
                    table.changed.insert(key);
                    table.blocks.insert(key, block.into());
                }
            }
        }
        stale
    }

    /// Adds what was filled apart for features that came new.
    pub fn fill(&mut self, plan: &FeaturePlan, carrier: &Carrier, apart: &Self) {
        for filled in apart.tables.iter().flat_map(|table| table.blocks.values()) {
            let Some(tag) = carrier.tag_for(plan, tag_of(filled)) else { continue };
            let Some(table) = self.table_of(plan, tag) else { continue };
            table.changed.insert(key_of(filled));
            table.touched.insert(key_of(filled));
            if let Some(block) = table.blocks.get_mut(&key_of(filled)) {
                carrier.fill(plan, block, filled);
            } else if let Some(block) = carrier.filled(plan, filled) {
                table.blocks.insert(key_of(filled), block.into());
            }
        }
    }

    fn table_of(&mut self, plan: &FeaturePlan, tag: u64) -> Option<&mut Table> {
        let place = plan.place_of(tag)?;
        let is_shared = !plan.families().get(place)?.entity.is_of_users();
        self.tables.get_mut(place).filter(|_| is_shared)
    }

    /// Everything in one order, so that equal states, and only they, are equal bytes.
    #[must_use]
    pub fn digest(&self) -> Vec<u8> {
        let mut blocks: Vec<&[u8]> =
            self.tables.iter().flat_map(|table| table.blocks.values().map(AsRef::as_ref)).collect();
        blocks.sort_by_key(|block| (tag_of(block) & FINGERPRINT, key_of(block)));
        blocks.concat()
    }
}

/// What a block goes by in storage.
fn row_name(tag: u64, key: u64) -> [u8; 16] {
    (u128::from(tag) << 64 | u128::from(key)).to_be_bytes()
}

/// The block behind a row of storage.
fn read_row(name: &[u8], value: &[u8]) -> Result<Vec<u8>, CodecError> {
    let name: &[u8; 16] = name.try_into().map_err(|_| DAMAGED)?;
    let tag = u64::from_be_bytes(*name.first_chunk().ok_or(DAMAGED)?);
    let key = u64::from_be_bytes(*name.last_chunk().ok_or(DAMAGED)?);
    let (&found, body) = value.split_first().ok_or(CodecError::Empty)?;
    if found != BLOCK_VERSION {
        return Err(CodecError::Version { found, newest: BLOCK_VERSION });
    }
    let length = (tag >> 48) as usize;
    let body = loosened(body, length).ok_or(DAMAGED)?;
    let block = [&tag.to_le_bytes(), body.as_slice()].concat();
    let is_sound = block.len() == length && HEAD_BYTES <= length && key_of(&block) == key;
    if is_sound { Ok(block) } else { Err(DAMAGED) }
}

impl Table {
    fn changing(&mut self, key: u64, family: &super::family::Family) -> &mut [u8] {
        self.changed.insert(key);
        self.touched.insert(key);
        self.blocks.entry(key).or_insert_with(|| {
            let mut block = vec![0; family.bytes()].into_boxed_slice();
            family.begin(&mut block, key);
            block
        })
    }
}
