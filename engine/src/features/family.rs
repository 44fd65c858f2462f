//! Families: features that look at the same events of the same entity share one block of bytes an instance.
//!
//! | bytes of a block | what |
//! |---|---|
//! | 8 | tag: 48 bits of fingerprint, above them the block's length |
//! | 8 | key of the instance |
//! | 8 | time of its newest event, at least 1; 0 for none |
//! | 4 | events |
//! | parts | see [`super::parts`] |
//!
//! The tag follows from everything that gives the bytes their meaning, so that a block is never read as what it is not.

use super::bytes::{get_u32, get_u64, put_u32, put_u64};
use super::declare::{Entity, Source};
use super::filter::Filter;
use super::fixed;
use super::mask::TypeMask;
use super::occurrence::Occurrence;
use super::parts::{Contribution, Landed, Part};
use crate::Timestamp;

/// Bytes of a block before its parts.
pub const HEAD_BYTES: usize = 28;
/// The most bytes of a block, which its tag has to hold.
pub const MAX_BLOCK_BYTES: usize = u16::MAX as usize;

/// The fingerprint in a tag.
pub const FINGERPRINT: u64 = (1 << 48) - 1;

/// Number of an event that names none.
const ONE: i64 = 1_000_000;

/// Keys and things of one event; an item has at most four categories here.
const MOST: usize = 4;

/// Features over the same events.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Names the block.
    pub tag: u64,
    /// Whose.
    pub entity: Entity,
    /// Which types of events.
    pub events: TypeMask,
    /// Which of those.
    pub filter: Option<Filter>,
    /// What of them.
    pub source: Option<Source>,
    /// The most instances, where there may be any number.
    pub max_instances: Option<u32>,
    /// The parts, and where each starts in the block.
    pub parts: Vec<(usize, Part)>,
    /// Millionths that an event of each type weighs, where that is the source.
    pub weights: Vec<i64>,
    /// Features that are read from it.
    pub features: u32,
}

/// Up to four numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Few {
    numbers: [u64; MOST],
    length: usize,
}

impl Few {
    /// These, of which the first four are kept.
    pub fn of(numbers: impl IntoIterator<Item = u64>) -> Self {
        let mut few = Self::default();
        for number in numbers.into_iter().take(MOST) {
            few.numbers[few.length] = number;
            few.length += 1;
        }
        few
    }

    /// The numbers.
    #[must_use]
    pub fn as_slice(&self) -> &[u64] {
        &self.numbers[..self.length]
    }
}

impl Family {
    /// Bytes of a block.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        (self.tag >> 48) as usize
    }

    /// Whether the event enters.
    #[inline]
    #[must_use]
    pub fn takes(&self, event: &Occurrence<'_>) -> bool {
        self.events.contains(event.event_type)
            && self.filter.as_ref().is_none_or(|filter| filter.holds(event))
    }

    /// Whether the family has to know of every event of a user.
    #[must_use]
    pub fn has_visits(&self) -> bool {
        self.parts.iter().any(|(_, part)| matches!(part, Part::Visits(_)))
    }

    /// The instances that an event belongs to.
    #[must_use]
    pub fn keys(&self, event: &Occurrence<'_>) -> Few {
        let item = event.item.map(|item| u64::from(item.0));
        let categories = event.categories.iter().map(|category| u64::from(category.0));
        match self.entity {
            Entity::User | Entity::Global => Few::of([0]),
            Entity::Item | Entity::UserItem => Few::of(item),
            Entity::Category | Entity::UserCategory => Few::of(categories),
            Entity::Room => Few::of(event.room_key()),
            Entity::ItemCategory => match item {
                Some(item) => Few::of(categories.map(|category| item << 32 | category)),
                None => Few::default(),
            },
        }
    }

    /// The number of an event and the things it names; `None` where it has not what the family is about.
    #[must_use]
    pub fn number(&self, event: &Occurrence<'_>) -> Option<(i64, Few)> {
        let number = |found: Option<f64>| Some((fixed::micros(found?)?, Few::default()));
        let thing = |found: Option<u64>| Some((found?.cast_signed(), Few::of(found)));
        let Some(source) = &self.source else { return Some((ONE, Few::default())) };
        match source {
            Source::Value => number(event.value.map(f64::from)),
            Source::Price => number(event.price.map(f64::from)),
            Source::Position => number(event.position.map(f64::from)),
            Source::Property(name) => match super::filter::json::member(event.properties, name)? {
                super::filter::json::Scalar::Number(found) => number(Some(found)),
                _ => None,
            },
            Source::Weight => {
                let weight = self.weights.get(usize::from(event.event_type.0));
                Some((weight.copied().unwrap_or(0), Few::default()))
            }
            Source::Item => thing(event.item.map(|item| u64::from(item.0))),
            Source::Room => thing(event.room_key()),
            Source::User => thing(Some(event.user_hash)),
            Source::Category => {
                let all = Few::of(event.categories.iter().map(|category| u64::from(category.0)));
                all.as_slice().first().map(|first| (first.cast_signed(), all))
            }
        }
    }

    /// Whether anything ever entered one of these parts. A part that came new to a block that was carried over holds
    /// nothing, whatever the block has seen; of parts that may hold nothing after an event this cannot be told.
    #[must_use]
    pub fn holds_any(&self, parts: &[usize], block: &[u8]) -> bool {
        let holds = |(at, part): &(usize, Part)| {
            let tells = matches!(
                part,
                Part::Ring(_) | Part::Fading(_) | Part::Stamps(_) | Part::Visits(_) | Part::Last(_)
            );
            let bytes = block.get(*at..at + part.bytes());
            !tells || bytes.is_some_and(|bytes| bytes.iter().any(|byte| *byte != 0))
        };
        parts.is_empty() || parts.iter().filter_map(|part| self.parts.get(*part)).any(holds)
    }

    /// Makes `block`, of zeros, the instance of `key`.
    pub fn begin(&self, block: &mut [u8], key: u64) {
        put_u64(block, 0, self.tag);
        put_u64(block, 8, key);
    }

    /// Counts an event.
    #[inline]
    pub fn add(&self, block: &mut [u8], event: &Contribution<'_>) -> Landed {
        let newest = get_u64(block, 16);
        let mut landed = Landed::Counted;
        for (at, part) in &self.parts {
            let bytes = block.get_mut(*at..at + part.bytes()).unwrap_or_default();
            landed = landed.and(part.add(bytes, event));
        }
        put_u64(block, 16, newest.max(event.at.as_millis()).max(1));
        put_u32(block, 24, events_of(block).saturating_add(1));
        landed
    }

    /// Notes that the user did something that the family does not take.
    pub fn pass(&self, block: &mut [u8], at: Timestamp) {
        for (from, part) in &self.parts {
            if let Part::Visits(visits) = part {
                let bytes = block.get_mut(*from..from + visits.bytes()).unwrap_or_default();
                let _ = visits.add(bytes, at, None);
            }
        }
    }

    /// Adds the events of another block of the same family.
    pub fn merge(&self, block: &mut [u8], other: &[u8]) -> Landed {
        let newest = (get_u64(block, 16), get_u64(other, 16));
        let mut landed = Landed::Counted;
        for (at, part) in &self.parts {
            let Some(theirs) = other.get(*at..at + part.bytes()) else { continue };
            let bytes = block.get_mut(*at..at + part.bytes()).unwrap_or_default();
            landed = landed.and(part.merge(bytes, theirs));
        }
        put_u64(block, 16, newest.0.max(newest.1));
        put_u32(block, 24, events_of(block).saturating_add(events_of(other)));
        landed
    }
}

/// Tag of a block.
#[inline]
#[must_use]
pub fn tag_of(block: &[u8]) -> u64 {
    get_u64(block, 0)
}

/// Key of a block's instance.
#[inline]
#[must_use]
pub fn key_of(block: &[u8]) -> u64 {
    get_u64(block, 8)
}

/// Time of a block's newest event.
#[must_use]
pub fn newest_of(block: &[u8]) -> Option<Timestamp> {
    let newest = get_u64(block, 16);
    (newest != 0).then_some(Timestamp::from_millis(newest))
}

/// Events of a block.
#[must_use]
pub fn events_of(block: &[u8]) -> u32 {
    get_u32(block, 24)
}
