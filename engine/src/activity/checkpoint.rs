//! Item activity as entries of a checkpoint part: what changed, everything, and back.
//!
//! A key is a letter and a number in big endian: `d` an item's name and document, `i` its counts,
//! windows and trend, `v` its co-visit counters, `o` its networks, `c` a category, `s` recent sessions by slot, `n`
//! networks in all, `F` how declared features lie, `f` one of them by its family's tag and its key, `g` the rest. A value is one version of its
//! form behind [`crate::codec`]'s version byte; the newest is written, all are read:
//!
//! - `d` 1: [`DocRow`] without an embedding
//! - `d` 2: [`DocRow`]
//! - `i` 1: [`ItemCounts`], [`Trend`], [`Tiles`]; the last two 0 where the item was never chosen
//! - `i` 2: [`Regulars`] behind these two
//! - `v` 1: [`Covisits`]
//! - `c` 1: [`Tiles`], members of the pool
//! - `c` 2: its name behind these
//! - `s` 1: a slot's session
//! - `o` 1: [`Regulars`] of the networks that chose an item
//! - `n` 1: 64 slots of [`crate::activity::origins`]
//! - `f`: see [`crate::features::shared`]
//! - `F`: what is declared, and how `f` holds it, in front of which it comes (see [`crate::features::active`])
//! - `g` 1: the stream clock, members of the pool, revision
//!
//! **Invariant:** what is restored and what was cut publish the same views and have the same digest.
//!
//! Not here: where parts are kept.

use std::hash::Hasher;
use std::sync::Arc;

use bincode::Encode;
use siphasher::sip::SipHasher13;

use crate::activity::config::ActivityConfig;
use crate::activity::counts::ItemCounts;
use crate::activity::covisit::Covisits;
use crate::activity::origins::Slot;
use crate::activity::pool::ActivePool;
use crate::activity::regulars::Regulars;
use crate::activity::state::{ItemActivity, StreamClock};
use crate::activity::tiles::Tiles;
use crate::activity::trend::Trend;
use crate::catalogue::{DocRow, DocRowV1};
use crate::codec::{self, CodecError};
use crate::part::{Part, PartEntry, PartOwner};
use crate::{CategoryId, ItemIndex};

const DOC: u8 = b'd';
const ITEM: u8 = b'i';
const COVISITS: u8 = b'v';
const CATEGORY: u8 = b'c';
const SESSION: u8 = b's';
const NETWORKS: u8 = b'o';
const ORIGINS: u8 = b'n';
const FEATURE: u8 = b'f';
const ACTIVE: u8 = b'F';
const REST: u8 = b'g';

/// All kinds but the last, in the order in which they are written.
const KINDS: [u8; 7] = [CATEGORY, DOC, ITEM, COVISITS, SESSION, NETWORKS, ORIGINS];

impl ItemActivity {
    /// What changed since the last cut.
    pub fn cut(&mut self) -> Part {
        let mut entries = Vec::new();
        for kind in KINDS {
            let mut changed = self.changed(kind);
            changed.sort_unstable();
            entries.extend(changed.into_iter().filter_map(|number| self.entry(kind, number)));
        }
        entries.extend(self.changed_features());
        entries.push(entry(REST, 0, &(self.clock, self.pool.members(), self.published.revision)));
        Part { owner: PartOwner::Activity, entries }
    }

    /// Item activity as its parts hold it.
    ///
    /// # Errors
    /// [`CodecError`] where an entry is damaged or of a version not known.
    pub fn restore(
        config: Arc<ActivityConfig>,
        entries: impl Iterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Result<Self, CodecError> {
        let mut activity = Self::new(config);
        for (key, value) in entries {
            activity.take_in(&key, &value)?;
        }
        activity.active.restored(activity.clock.offset);
        activity.derive();
        Ok(activity)
    }

    /// Hash of everything a full cut would hold, in a canonical order, but for the revision: how often
    /// views were published is not part of what the log says.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut hasher = SipHasher13::new();
        let mut take = |entry: PartEntry| {
            hasher.write(&entry.key);
            hasher.write(&entry.value.unwrap_or_default());
        };
        for kind in KINDS {
            (0..self.numbers(kind))
                .filter_map(|number| self.entry(kind, number))
                .for_each(&mut take);
        }
        take(entry(REST, 0, &(self.clock, self.pool.members())));
        hasher.write(&self.features.digest());
        hasher.finish()
    }

    fn changed_features(&mut self) -> Vec<PartEntry> {
        let row = |(name, value): ([u8; 16], Option<Vec<u8>>)| PartEntry {
            key: [&[FEATURE], &name[..]].concat(),
            value,
        };
        let active = self.active.take_row();
        let active = active.map(|row| PartEntry { key: key(ACTIVE, 0), value: Some(row) });
        let stale = std::mem::take(&mut self.stale_features);
        let changed = self.features.take_changed(&self.active.declared().plan);
        let rows = stale.into_iter().map(|name| (name, None)).chain(changed).map(row);
        active.into_iter().chain(rows).collect()
    }

    fn take_in_feature(&mut self, name: &[u8], value: &[u8]) -> Result<(), CodecError> {
        let plan = &self.active.declared().plan;
        let stays = self.features.restore(plan, self.carrier.as_ref(), name, value)?;
        if let (false, Ok(name)) = (stays, name.try_into()) {
            self.stale_features.push(name);
        }
        Ok(())
    }

    fn changed(&mut self, kind: u8) -> Vec<u32> {
        let marks = match kind {
            CATEGORY => &mut self.dirty.categories,
            DOC => &mut self.dirty.docs,
            ITEM => &mut self.dirty.items,
            SESSION => &mut self.sessions.dirty,
            NETWORKS => &mut self.dirty.networks,
            ORIGINS => return self.origins.take_changed(),
            _ => &mut self.dirty.covisits,
        };
        marks.take()
    }

    fn numbers(&self, kind: u8) -> u32 {
        let numbers = match kind {
            CATEGORY => self.categories.len(),
            SESSION => self.sessions.slots() as usize,
            ORIGINS => self.origins.chunks() as usize,
            _ => self.columns.len().max(self.counts.len()).max(self.rows.len()),
        };
        numbers as u32
    }

    fn entry(&self, kind: u8, number: u32) -> Option<PartEntry> {
        let place = number as usize;
        let row = || self.rows.get(place)?.as_deref();
        match kind {
            CATEGORY => {
                let row = self.categories.get(place)?.as_deref()?;
                Some(entry(kind, number, &(&row.tiles, row.pool.members(), &row.name)))
            }
            SESSION => self.sessions.slot(number).map(|session| entry(kind, number, session)),
            DOC => self.docs.get(ItemIndex(number)).map(|row| entry(kind, number, row)),
            ITEM => {
                let row = row().map(|row| (&row.trend, &row.tiles, &row.regulars));
                let counts =
                    self.counts.get(place).filter(|counts| **counts != ItemCounts::default());
                counts.map(|counts| entry(kind, number, &(counts, row)))
            }
            NETWORKS => Some(entry(kind, number, row()?.networks.as_ref()?)),
            ORIGINS => Some(entry(kind, number, &self.origins.chunk(number)?)),
            _ => {
                let covisits = &row()?.covisits;
                (!covisits.is_empty()).then(|| entry(kind, number, covisits))
            }
        }
    }

    fn take_in(&mut self, key: &[u8], value: &[u8]) -> Result<(), CodecError> {
        let (&kind, number) = key.split_first().ok_or(CodecError::Empty)?;
        if kind == FEATURE {
            return self.take_in_feature(number, value);
        }
        let number = number.try_into().map(u32::from_be_bytes).map_err(|_| CodecError::Empty)?;
        match kind {
            ACTIVE => self.take_in_active(value)?,
            CATEGORY => {
                let (tiles, members, name): (Tiles, Vec<ItemIndex>, Option<Box<str>>) =
                    if is_v1(value) {
                        let (tiles, members) = decode(1, value)?;
                        (tiles, members, None)
                    } else {
                        decode(version(kind), value)?
                    };
                let row = self.category_mut(CategoryId(number));
                row.tiles = tiles;
                row.pool = ActivePool::of(members);
                row.name = name;
            }
            DOC => {
                let row = if is_v1(value) {
                    decode::<DocRowV1>(1, value)?.into()
                } else {
                    decode::<DocRow>(version(kind), value)?
                };
                self.docs.set(ItemIndex(number), row);
            }
            ITEM => self.take_in_item(ItemIndex(number), value)?,
            COVISITS => {
                let bounds = self.bounds();
                let covisits: Covisits = decode(version(kind), value)?;
                self.row_mut(ItemIndex(number)).covisits = covisits.fitted(bounds);
                self.published.neighbours_of.mark(number);
            }
            SESSION => self.sessions.lay(decode(version(kind), value)?),
            NETWORKS => {
                let networks: Regulars = decode(version(kind), value)?;
                self.row_mut(ItemIndex(number)).networks = Some(Box::new(networks));
            }
            ORIGINS => {
                let slots: Vec<Slot> = decode(version(kind), value)?;
                if !self.origins.restore(number, &slots) {
                    return Err(CodecError::Damaged("networks"));
                }
            }
            REST => {
                let (clock, members, revision): (StreamClock, Vec<ItemIndex>, u64) =
                    decode(version(kind), value)?;
                self.clock = clock;
                self.pool = ActivePool::of(members);
                self.published.revision = revision;
            }
            unknown => return Err(CodecError::Version { found: unknown, newest: COVISITS }),
        }
        Ok(())
    }

    fn take_in_item(&mut self, item: ItemIndex, value: &[u8]) -> Result<(), CodecError> {
        let (counts, row): (ItemCounts, Option<(Trend, Tiles, Regulars)>) = if is_v1(value) {
            let (counts, row): (_, Option<(Trend, Tiles)>) = decode(1, value)?;
            (counts, row.map(|(trend, tiles)| (trend, tiles, Regulars::default())))
        } else {
            decode(version(ITEM), value)?
        };
        *self.counts.row_mut(item.as_usize()) = counts;
        if let Some((trend, tiles, regulars)) = row {
            let row = self.row_mut(item);
            row.trend = trend;
            row.tiles = tiles;
            row.regulars = regulars;
            let empty_from = row.tiles.empty_from();
            self.drained_from = self.drained_from.max(empty_from);
        }
        Ok(())
    }

    /// Rebuilds what follows from the rows: columns, the order by age, lists to publish.
    fn derive(&mut self) {
        self.sessions.derive();
        let described = 0..self.docs.len() as u32;
        described.for_each(|item| self.derive_item(ItemIndex(item)));
        for (number, row) in (0u32..).zip(&self.categories) {
            if row.is_some() {
                self.published.mark_category(CategoryId(number));
            }
        }
    }
}

/// The version that is written.
const fn version(kind: u8) -> u8 {
    match kind {
        DOC | ITEM | CATEGORY => 2,
        _ => 1,
    }
}

fn is_v1(value: &[u8]) -> bool {
    value.first() == Some(&1)
}

fn key(kind: u8, number: u32) -> Vec<u8> {
    [&[kind], &number.to_be_bytes()[..]].concat()
}

#[expect(clippy::expect_used, reason = "memory takes any bytes; only reading can fail")]
fn entry(kind: u8, number: u32, value: &impl Encode) -> PartEntry {
    let key = key(kind, number);
    let value = codec::encode(version(kind), value).expect("a value encodes into memory");
    PartEntry { key, value: Some(value) }
}

fn decode<T: bincode::Decode<()>>(version: u8, value: &[u8]) -> Result<T, CodecError> {
    codec::decode(version, value)
}

#[cfg(test)]
mod tests;
