//! A user's features: blocks one behind the other, in order of tag and key, in one byte string.
//!
//! **Invariant:** the same events in the same order give the same bytes.
//!
//! **Invariant:** a block whose tag the plan does not know is never read. It stays until the user's next event, which
//! drops it.

use super::carry::Carrier;
use super::family::{FINGERPRINT, Family, events_of, key_of, newest_of, tag_of};
use super::occurrence::Occurrence;
use super::parts::{Contribution, Landed};
use super::plan::FeaturePlan;
use super::squeeze::{loosened, squeezed};
use crate::Timestamp;
use crate::codec::CodecError;

/// Version byte of a section in storage.
pub const SECTION_VERSION: u8 = 1;

/// The most bytes of a section; a damaged one must not ask for the memory of the machine.
const MAX_BYTES: usize = 8 << 20;

const DAMAGED: CodecError = CodecError::Damaged("features of a user");

/// What became of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Feature instances that were changed: features times events.
    pub updates: u64,
    /// Blocks for which some window had closed before. Of shared features those count too whose window another event
    /// of the same commit closed, which no order within it says.
    pub late: u64,
    /// Instances that gave way to newer ones.
    pub evicted: u64,
    /// Events that belong to an instance older than all that are kept.
    pub refused: u64,
    /// Blocks and events of other declarations that were dropped.
    pub unknown: u64,
}

impl Tally {
    /// Adds another's numbers.
    pub fn add(&mut self, other: Self) {
        self.updates += other.updates;
        self.late += other.late;
        self.evicted += other.evicted;
        self.refused += other.refused;
        self.unknown += other.unknown;
    }
}

/// A user's blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section(Vec<u8>);

impl Section {
    /// Takes an event in.
    pub fn apply(&mut self, plan: &FeaturePlan, event: &Occurrence<'_>) -> Tally {
        let mut tally = Tally::default();
        let (taking, hearing) = plan.of_users(event.event_type.0);
        for place in taking {
            let family = &plan.families()[*place];
            if family.takes(event) {
                self.take(family, event, &mut tally);
            } else if family.has_visits() {
                self.pass(family, event);
            }
        }
        for place in hearing.iter().filter(|place| !taking.contains(place)) {
            self.pass(&plan.families()[*place], event);
        }
        tally
    }

    /// The block of an instance.
    #[must_use]
    pub fn block(&self, tag: u64, key: u64) -> Option<&[u8]> {
        let place = self.find(tag, key).ok()?;
        self.0.get(place..place + length_of(tag))
    }

    /// The instances of a family, in order of key.
    pub fn blocks(&self, tag: u64) -> impl Iterator<Item = (u64, &[u8])> {
        self.iter().filter(move |block| tag_of(block) == tag).map(|block| (key_of(block), block))
    }

    /// Every block.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let (block, behind) = rest.split_at_checked(length_of(tag_of(rest)))?;
            rest = behind;
            (!block.is_empty()).then_some(block)
        })
    }

    /// Lets go of blocks that the plan does not know; how many there were.
    pub fn drop_unknown(&mut self, plan: &FeaturePlan) -> u64 {
        let known = |block: &[u8]| {
            plan.families().iter().any(|it| it.tag == tag_of(block) && it.entity.is_of_users())
        };
        let unknown = self.iter().filter(|block| !known(block)).count() as u64;
        if 0 < unknown {
            self.0 = self.iter().filter(|block| known(block)).collect::<Vec<_>>().concat();
        }
        unknown
    }

    /// Brings the blocks of an older plan into the form of `plan`; how many it has nothing for.
    pub fn carry(&mut self, carrier: &Carrier, plan: &FeaturePlan) -> u64 {
        let before = self.iter().count();
        let mut blocks: Vec<Vec<u8>> =
            self.iter().filter_map(|block| carrier.carried(plan, block)).collect();
        blocks.sort_by_key(|block| order_of(block));
        self.0 = blocks.concat();
        (before - blocks.len()) as u64
    }

    /// Adds what was filled apart for features that came new. An instance of which nothing came meanwhile is taken
    /// over; past a bound those whose newest event is oldest go.
    pub fn fill(&mut self, carrier: &Carrier, plan: &FeaturePlan, side: &Self) {
        for filled in side.iter() {
            let Some(tag) = carrier.tag_for(plan, tag_of(filled)) else { continue };
            match self.find(tag, key_of(filled)) {
                Ok(place) => {
                    let block = self.0.get_mut(place..place + length_of(tag)).unwrap_or_default();
                    carrier.fill(plan, block, filled);
                }
                Err(gap) => {
                    let block = carrier.filled(plan, filled).unwrap_or_default();
                    self.0.splice(gap..gap, block);
                }
            }
        }
        for family in plan.families().iter().filter(|family| family.entity.is_of_users()) {
            let most = family.max_instances.unwrap_or(u32::MAX);
            while let (instances, Some((_, place))) = self.instances_of(family)
                && most < instances
            {
                self.0.drain(place..place + family.bytes());
            }
        }
    }

    /// Bytes in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.len()
    }

    /// Empties it and keeps the buffer.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Bytes for storage.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let mut bytes = vec![SECTION_VERSION];
        bytes.extend(squeezed(&self.0));
        bytes
    }

    /// The section behind bytes of storage.
    ///
    /// # Errors
    /// [`CodecError`] where they are damaged or of a version not known. Blocks that no plan knows are none of that.
    pub fn unpack(bytes: &[u8]) -> Result<Self, CodecError> {
        let (&found, body) = bytes.split_first().ok_or(CodecError::Empty)?;
        if found != SECTION_VERSION {
            return Err(CodecError::Version { found, newest: SECTION_VERSION });
        }
        let section = Self(loosened(body, MAX_BYTES).ok_or(DAMAGED)?);
        let read: usize = section.iter().map(<[u8]>::len).sum();
        let sorted = section.iter().map(order_of).is_sorted_by(|a, b| a < b);
        let headed = section.iter().all(|block| super::family::HEAD_BYTES <= block.len());
        if read == section.0.len() && sorted && headed { Ok(section) } else { Err(DAMAGED) }
    }

    fn take(&mut self, family: &Family, event: &Occurrence<'_>, tally: &mut Tally) {
        let Some((number, things)) = family.number(event) else {
            if family.has_visits() {
                self.pass(family, event);
            }
            return;
        };
        let (at, categories, things) = (event.at, event.categories, things.as_slice());
        let contribution = Contribution { at, number, things, categories };
        for key in family.keys(event).as_slice() {
            let Some(block) = self.place_for(family, *key, event, tally) else {
                tally.refused += 1;
                continue;
            };
            tally.updates += u64::from(family.features);
            tally.late += u64::from(family.add(block, &contribution) == Landed::Late);
        }
    }

    fn pass(&mut self, family: &Family, event: &Occurrence<'_>) {
        if let Some(block) = self.place_for(family, 0, event, &mut Tally::default()) {
            family.pass(block, event.at);
        }
    }

    /// The block of an instance, made where there is none; `None` where older ones than all may not be added.
    fn place_for(
        &mut self,
        family: &Family,
        key: u64,
        event: &Occurrence<'_>,
        tally: &mut Tally,
    ) -> Option<&mut [u8]> {
        let place = if let Ok(place) = self.find(family.tag, key) {
            place
        } else {
            self.make_room(family, event, tally)?;
            let gap = self.find(family.tag, key).unwrap_or_else(|gap| gap);
            self.0.splice(gap..gap, std::iter::repeat_n(0, family.bytes()));
            family.begin(&mut self.0[gap..], key);
            gap
        };
        self.0.get_mut(place..place + family.bytes())
    }

    /// Lets the instance with the oldest newest event go, where there are as many as there may be.
    fn make_room(
        &mut self,
        family: &Family,
        event: &Occurrence<'_>,
        tally: &mut Tally,
    ) -> Option<()> {
        let Some(most) = family.max_instances else { return Some(()) };
        // More than one goes only where the bound was lowered since they came.
        loop {
            let (instances, oldest) = self.instances_of(family);
            let Some((newest, place)) = oldest.filter(|_| most <= instances) else {
                return Some(());
            };
            if instances == most && Some(event.at) < newest {
                return None;
            }
            tally.evicted += 1;
            self.0.drain(place..place + family.bytes());
        }
    }

    /// How many instances of a family there are; of the one that would give way, its newest event and its place.
    fn instances_of(&self, family: &Family) -> (u32, Option<(Option<Timestamp>, usize)>) {
        let mut oldest = None;
        let mut instances = 0;
        let mut place = 0;
        for block in self.iter() {
            if tag_of(block) == family.tag {
                instances += 1;
                let age = (newest_of(block), key_of(block), place);
                oldest = Some(oldest.map_or(age, |found| age.min(found)));
            }
            place += block.len();
        }
        (instances, oldest.map(|(newest, _, place)| (newest, place)))
    }

    /// Where the block is, or where it would be.
    fn find(&self, tag: u64, key: u64) -> Result<usize, usize> {
        let wanted = (tag & FINGERPRINT, tag, key);
        let mut place = 0;
        for block in self.iter() {
            match order_of(block).cmp(&wanted) {
                std::cmp::Ordering::Less => place += block.len(),
                std::cmp::Ordering::Equal => return Ok(place),
                std::cmp::Ordering::Greater => break,
            }
        }
        Err(place)
    }
}

fn order_of(block: &[u8]) -> (u64, u64, u64) {
    (tag_of(block) & FINGERPRINT, tag_of(block), key_of(block))
}

fn length_of(tag: u64) -> usize {
    (tag >> 48) as usize
}

/// Events of all instances, for those who look on.
#[must_use]
pub fn events_in(section: &Section, tag: u64) -> u64 {
    section.blocks(tag).map(|(_, block)| u64::from(events_of(block))).sum()
}
