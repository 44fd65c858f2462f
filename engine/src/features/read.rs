//! What a feature says at an instant: its value, and how far it can be trusted.
//!
//! A window ends at the asked instant, or at the instance's newest event where that is later. Reading changes nothing,
//! and its work is bounded by the size of the block, whatever the traffic was.

use super::declare::{Aggregate, Declaration, Source, Window};
use super::family::{Family, events_of, newest_of};
use super::fixed::units;
use super::grid::Grid;
use super::parts::Part;
use super::parts::cell::{Gathered, Shape};
use super::plan::FeaturePlan;
use super::{FeatureId, family};
use crate::{CategoryId, Timestamp};

/// Whether there is a value, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// There is.
    Present,
    /// No event ever entered it.
    Missing,
    /// There were events, but they are too old: none is in the window, or its time to live is over.
    Expired,
    /// It is being filled from the log; the value is of what came since it was declared.
    Filling,
}

/// A feature's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// How many.
    Count(u64),
    /// A number.
    Number(f64),
    /// A time.
    Time(Timestamp),
    /// A thing, by the number or the hash that the source gives it.
    Thing(u64),
    /// Numbers, newest first.
    Numbers(Vec<f64>),
    /// Things, newest first.
    Things(Vec<u64>),
    /// Categories with their sums, greatest first.
    Categories(Vec<(CategoryId, f64)>),
}

/// What a feature says.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The value, where there is one.
    pub value: Option<Value>,
    /// Whether there is.
    pub status: Status,
    /// Time of the newest event behind it.
    pub event_at: Option<Timestamp>,
    /// How long ago that was.
    pub age_ms: Option<u64>,
    /// Events behind it: those in the window where they are counted by tiles, else all that ever entered.
    pub events: u64,
}

impl Reading {
    /// What is said of an instance of which there is nothing.
    pub const MISSING: Self =
        Self { value: None, status: Status::Missing, event_at: None, age_ms: None, events: 0 };

    /// The same, of a feature that is still being filled.
    #[must_use]
    pub fn while_filling(self) -> Self {
        Self { status: Status::Filling, ..self }
    }
}

/// A family's block with the instant at which its windows end.
struct Instance<'a> {
    family: &'a Family,
    parts: &'a [usize],
    block: &'a [u8],
    end: Timestamp,
}

impl FeaturePlan {
    /// What the feature says at `at`, of the instance whose blocks `blocks` finds by tag.
    #[must_use]
    pub fn read<'a>(
        &self,
        feature: FeatureId,
        blocks: impl Fn(u64) -> Option<&'a [u8]>,
        at: Timestamp,
    ) -> Reading {
        let Some((one, view)) = self.view(feature) else { return Reading::MISSING };
        let own = &self.families()[view.family];
        let per = view.per.as_ref().map(|(per, parts)| (&self.families()[*per], parts));
        let block = blocks(own.tag).filter(|block| own.holds_any(&view.parts, block));
        let per_block = per
            .and_then(|(per, parts)| blocks(per.tag).filter(|block| per.holds_any(parts, block)));
        let newest = block.and_then(newest_of).max(per_block.and_then(newest_of));
        let Some(newest) = newest else { return Reading::MISSING };
        let end = at.max(newest);
        let instance = |family, parts, block| Instance { family, parts, block, end };
        let own = block.map(|block| instance(own, &view.parts, block));
        let per = per.zip(per_block).map(|((per, parts), block)| instance(per, parts, block));
        let (value, events) = match one.aggregate {
            Aggregate::Rate { prior, .. } => rate(one, own.as_ref(), per.as_ref(), prior),
            _ => own.map_or((None, 0), |own| own.read(one)),
        };
        let expired = one.ttl_ms.is_some_and(|ttl| ttl <= at.millis_since(newest));
        let value = value.filter(|_| !expired);
        let status = if value.is_some() { Status::Present } else { Status::Expired };
        let age_ms = Some(at.millis_since(newest));
        Reading { value, status, event_at: Some(newest), age_ms, events }
    }
}

fn rate(
    one: &Declaration,
    own: Option<&Instance<'_>>,
    per: Option<&Instance<'_>>,
    [events, others]: [f64; 2],
) -> (Option<Value>, u64) {
    let counted = |it: Option<&Instance<'_>>| it.map_or(0.0, |it| it.weight(one));
    let (own_count, per_count) = (counted(own), counted(per));
    let rate = (own_count + events) / (per_count + others);
    let behind = [own, per].into_iter().flatten().map(|it| it.events(one)).sum();
    // With nothing in the window it would say the prior and nothing else.
    let seen = behind != 0;
    (seen.then_some(Value::Number(rate)), behind)
}

impl Instance<'_> {
    fn read(&self, one: &Declaration) -> (Option<Value>, u64) {
        let events = self.events(one);
        let number = |sum: Option<i64>| sum.map(|it| Value::Number(units(i128::from(it))));
        let value = match one.aggregate {
            Aggregate::Count => Some(match one.window {
                Window::HalfLife { .. } => Value::Number(self.weight(one)),
                _ => Value::Count(events),
            }),
            Aggregate::Sum => Some(Value::Number(self.sum(one))),
            Aggregate::Mean => self.mean(one).map(Value::Number),
            Aggregate::Min => number(self.gathered(one).least),
            Aggregate::Max => number(self.gathered(one).greatest),
            Aggregate::Distinct { .. } => self.distinct(one).map(Value::Count),
            Aggregate::LastTime => self.newest_within(one).map(|(at, _)| Value::Time(at)),
            Aggregate::LastValue => {
                self.newest_within(one).map(|(_, number)| shown(self.family, number))
            }
            Aggregate::Sequence => self.sequence(one),
            Aggregate::TopCategories { number } => self.top(number as usize),
            Aggregate::Rate { .. } => None,
        };
        (value, events)
    }

    /// Description and bytes of the part at a place among those that are read.
    fn part(&self, place: usize) -> Option<(&Part, &[u8])> {
        let (at, part) = self.family.parts.get(*self.parts.get(place)?)?;
        Some((part, self.block.get(*at..at + part.bytes())?))
    }

    /// What is in the window, where whole events are counted.
    fn gathered(&self, one: &Declaration) -> Gathered {
        let ever = || Gathered { count: u64::from(events_of(self.block)), ..Gathered::default() };
        let Some((part, bytes)) = self.part(0) else { return ever() };
        match part {
            Part::Ring(ring) => {
                let (first, last) = tiles(one.window, ring.grid, self.end);
                ring.gather(bytes, first, last)
            }
            Part::Visits(visits) => {
                let newest = visits.newest(bytes);
                let under = newest.filter(|it| self.end.millis_since(it.last_at) <= visits.gap_ms);
                under.map(|under| under.gathered).unwrap_or_default()
            }
            Part::Ever(shape) => {
                let mut gathered = Gathered::default();
                shape.gather(bytes, &mut gathered);
                gathered
            }
            Part::Last(last) => gathered_of(last.entries(bytes).take(limit(one))),
            _ => ever(),
        }
    }

    fn events(&self, one: &Declaration) -> u64 {
        self.gathered(one).count
    }

    /// Decayed or whole events in the window.
    fn weight(&self, one: &Declaration) -> f64 {
        match self.part(0) {
            Some((Part::Fading(fading), bytes)) => fading.count(bytes, self.end),
            _ => self.events(one) as f64,
        }
    }

    fn sum(&self, one: &Declaration) -> f64 {
        match self.part(0) {
            Some((Part::Fading(fading), bytes)) => fading.sum(bytes, self.end) / 1e6,
            _ => units(self.gathered(one).sum),
        }
    }

    /// The mean, in which all numbers fade alike, so that it does not.
    fn mean(&self, one: &Declaration) -> Option<f64> {
        let end = newest_of(self.block)?;
        let (sum, weight) = match self.part(0) {
            Some((Part::Fading(fading), bytes)) => {
                (fading.sum(bytes, end) / 1e6, fading.count(bytes, end))
            }
            _ => (self.sum(one), self.events(one) as f64),
        };
        (0.0 < weight).then(|| sum / weight)
    }

    fn distinct(&self, one: &Declaration) -> Option<u64> {
        let found = match self.part(0)? {
            (Part::Stamps(stamps), bytes) => {
                let (first, last) = tiles(one.window, stamps.grid, self.end);
                stamps.estimate(bytes, first, last)
            }
            (Part::Visits(visits), bytes) => {
                let under = visits.newest(bytes)?;
                let open = self.end.millis_since(under.last_at) <= visits.gap_ms;
                if open { under.things } else { 0 }
            }
            (Part::EverThings(bits), bytes) => bits.estimate(bytes),
            (Part::Last(last), bytes) => {
                let entries = last.entries(bytes).take(limit(one));
                let mut things: Vec<i64> = entries.map(|(_, number)| number).collect();
                things.sort_unstable();
                things.dedup();
                things.len() as u64
            }
            _ => return None,
        };
        Some(found)
    }

    /// Time and number of the newest event, where the window holds it.
    fn newest_within(&self, one: &Declaration) -> Option<(Timestamp, i64)> {
        let (newest, number) = self.newest(one)?;
        let is_within = match one.window {
            Window::Tumbling(grid) => grid.tile(newest) == grid.tile(self.end),
            Window::Sliding { slide_ms, .. } => {
                let grid = Grid::even(slide_ms);
                tiles(one.window, grid, self.end).0 <= grid.tile(newest)
            }
            Window::Visit => self.part(0).is_some_and(|(part, bytes)| match part {
                Part::Visits(visits) => visits.newest(bytes).is_some_and(|under| {
                    let open = self.end.millis_since(under.last_at) <= visits.gap_ms;
                    open && under.started_at <= newest
                }),
                _ => false,
            }),
            _ => true,
        };
        is_within.then_some((newest, number))
    }

    fn newest(&self, one: &Declaration) -> Option<(Timestamp, i64)> {
        if one.aggregate == Aggregate::LastTime {
            return newest_of(self.block).map(|newest| (newest, 0));
        }
        (0..self.parts.len()).filter_map(|place| self.part(place)).find_map(|(part, bytes)| {
            let found = match part {
                Part::Newest => super::parts::newest(bytes),
                Part::Last(last) => {
                    let (at, number) = last.entries(bytes).next()?;
                    (at.as_millis(), number)
                }
                _ => return None,
            };
            (found.0 != 0).then_some((Timestamp::from_millis(found.0), found.1))
        })
    }

    fn sequence(&self, one: &Declaration) -> Option<Value> {
        let Some((Part::Last(last), bytes)) = self.part(0) else { return None };
        let numbers = last.entries(bytes).take(limit(one)).map(|(_, number)| number);
        let is_number = self.family.source.as_ref().is_some_and(Source::is_number);
        Some(if is_number {
            Value::Numbers(numbers.map(|number| units(i128::from(number))).collect())
        } else {
            Value::Things(numbers.map(i64::cast_unsigned).collect())
        })
    }

    fn top(&self, number: usize) -> Option<Value> {
        let Some((Part::Top(top), bytes)) = self.part(0) else { return None };
        let mut held = top.read(bytes, self.end);
        held.truncate(number);
        Some(Value::Categories(held.into_iter().map(|(id, sum)| (id, sum / 1e6)).collect()))
    }
}

/// A number, or a thing, as the family's source has it.
fn shown(family: &family::Family, number: i64) -> Value {
    if family.source.as_ref().is_some_and(Source::is_number) {
        Value::Number(units(i128::from(number)))
    } else {
        Value::Thing(number.cast_unsigned())
    }
}

/// How many of the newest events a window holds.
fn limit(one: &Declaration) -> usize {
    match one.window {
        Window::Last { events } => events as usize,
        _ => usize::MAX,
    }
}

fn gathered_of(entries: impl Iterator<Item = (Timestamp, i64)>) -> Gathered {
    let shape = Shape { sum: true, least: true, greatest: true };
    let mut cell = vec![0; shape.bytes()];
    entries.for_each(|(_, number)| shape.add(&mut cell, number));
    let mut gathered = Gathered::default();
    shape.gather(&cell, &mut gathered);
    gathered
}

/// The tiles of `grid`, as fine as the window's or finer, that the window holds when it ends at `end`.
fn tiles(window: Window, grid: Grid, end: Timestamp) -> (u32, u32) {
    let last = grid.tile(end);
    let (coarse, tiles) = match window {
        Window::Sliding { span_ms, slide_ms } => (Grid::even(slide_ms), span_ms / slide_ms),
        Window::Tumbling(own) => (own, 1),
        _ => return (last, last),
    };
    let factor = (coarse.width_ms / grid.width_ms.max(1)).max(1);
    let first = (u64::from(coarse.tile(end)) + 1).saturating_sub(tiles).saturating_mul(factor);
    (u32::try_from(first).unwrap_or(u32::MAX), last)
}
