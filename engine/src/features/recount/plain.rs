//! The plain recount: all events, sorted, and the definition of each feature word by word.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::weight;
use super::stream::Happening;
use crate::features::declare::{Aggregate, Declaration, Entity, Source, Window};
use crate::features::mask::TypeMask;
use crate::features::parts::sketch;
use crate::features::read::{Reading, Status, Value};
use crate::{CategoryId, Timestamp};

/// Events, and what of them is asked.
pub struct History<'a> {
    pub events: &'a [Happening],
    pub user: Option<u64>,
    pub one: &'a Declaration,
}

/// An event as the feature sees it.
#[derive(Clone, Debug)]
struct Seen {
    at: Timestamp,
    number: i64,
    things: Vec<u64>,
    categories: Vec<CategoryId>,
}

impl History<'_> {
    /// What the feature says of the instance at `at`.
    pub fn recount(&self, key: u64, at: Timestamp, gap_ms: u64) -> Reading {
        let own = self.seen(key, self.one.events);
        let per = match self.one.aggregate {
            Aggregate::Rate { per, .. } => self.seen(key, per),
            _ => Vec::new(),
        };
        let newest_of = |seen: &[Seen]| seen.iter().map(|it| it.at).max();
        let Some(newest) = newest_of(&own).max(newest_of(&per)) else { return Reading::MISSING };
        let end = at.max(newest);
        let visit_from = self.visit_start(end, gap_ms);
        let all = (own.len() + per.len()) as u64;
        let within = |seen: Vec<Seen>| self.within(seen, end, visit_from);
        let (own, per) = (within(own), within(per));
        let value = self.value(&own, &per, end);
        let by_tiles = !matches!(
            self.one.aggregate,
            Aggregate::Distinct { .. } | Aggregate::LastTime | Aggregate::LastValue
        );
        let events = match self.one.window {
            Window::HalfLife { .. } | Window::Ever => all,
            Window::Tumbling(_) | Window::Sliding { .. } if !by_tiles => all,
            _ => (own.len() + per.len()) as u64,
        };
        let expired = self.one.ttl_ms.is_some_and(|ttl| ttl <= at.millis_since(newest));
        let value = value.filter(|_| !expired);
        Reading {
            status: if value.is_some() { Status::Present } else { Status::Expired },
            value,
            event_at: Some(newest),
            age_ms: Some(at.millis_since(newest)),
            events,
        }
    }

    fn seen(&self, key: u64, events: TypeMask) -> Vec<Seen> {
        let mine = self.events.iter().filter(|event| {
            self.user.is_none_or(|user| user == event.user)
                && events.contains(crate::EventTypeId(event.event_type))
                && self.one.filter.as_ref().is_none_or(|filter| filter.holds(&event.occurrence()))
                && keys(self.one.entity, event).contains(&key)
        });
        let mut seen: Vec<Seen> = mine.filter_map(|event| self.as_seen(event)).collect();
        seen.sort_by_key(|it| (it.at, it.number));
        seen
    }

    fn as_seen(&self, event: &Happening) -> Option<Seen> {
        let micros = |number: f64| (number * 1e6).round() as i64;
        let category = event.categories.iter().map(|it| u64::from(it.0));
        let (number, things) = match self.one.of.as_ref() {
            None => (1_000_000, vec![]),
            Some(Source::Value) => (micros(event.value?.into()), vec![]),
            Some(Source::Price) => (micros(event.price?.into()), vec![]),
            Some(Source::Weight) => (micros(weight(event.event_type)), vec![]),
            Some(Source::Property(_)) => (micros(event.dwell_ms?.into()), vec![]),
            Some(Source::Item) => (i64::from(event.item?), vec![u64::from(event.item?)]),
            Some(Source::User) => (event.user.cast_signed(), vec![event.user]),
            Some(Source::Room) => (event.room_key()?.cast_signed(), vec![event.room_key()?]),
            Some(Source::Category) => (category.clone().next()?.cast_signed(), category.collect()),
            Some(Source::Position) => return None,
        };
        Some(Seen { at: event.at, number, things, categories: event.categories.clone() })
    }

    /// Start of the user's visit that is under way at `end`.
    fn visit_start(&self, end: Timestamp, gap_ms: u64) -> Option<Timestamp> {
        let mine = self.events.iter().filter(|it| self.user.is_none_or(|user| user == it.user));
        let mut times: Vec<Timestamp> = mine.map(|it| it.at).collect();
        times.sort_unstable();
        let newest = times.pop()?;
        let end = end.max(newest);
        if gap_ms < end.millis_since(newest) {
            return None;
        }
        let mut start = newest;
        while let Some(before) = times.pop() {
            if gap_ms < start.millis_since(before) {
                break;
            }
            start = before;
        }
        Some(start)
    }

    fn within(&self, seen: Vec<Seen>, end: Timestamp, visit_from: Option<Timestamp>) -> Vec<Seen> {
        let ms = Timestamp::as_millis;
        let skipped = match self.one.window {
            Window::Last { events } => seen.len().saturating_sub(events as usize),
            _ => 0,
        };
        let holds = |it: &Seen| match self.one.window {
            Window::Tumbling(grid) => grid.tile(it.at) == grid.tile(end),
            // The window ends with the slide that is under way.
            Window::Sliding { span_ms, slide_ms } => {
                let until = (ms(end) / slide_ms + 1) * slide_ms;
                until - span_ms <= ms(it.at) && ms(it.at) < until
            }
            Window::Visit => visit_from.is_some_and(|from| from <= it.at),
            Window::HalfLife { .. } | Window::Last { .. } | Window::Ever => true,
        };
        seen.into_iter().skip(skipped).filter(holds).collect()
    }

    fn value(&self, own: &[Seen], per: &[Seen], end: Timestamp) -> Option<Value> {
        let half_life = match self.one.window {
            Window::HalfLife { half_life_ms } => Some(half_life_ms as f64),
            _ => None,
        };
        let left = |it: &Seen| {
            half_life.map_or(1.0, |life| (-(end.millis_since(it.at) as f64) / life).exp2())
        };
        let weight = |seen: &[Seen]| seen.iter().map(left).sum::<f64>();
        let sum = || match half_life {
            Some(_) => own.iter().map(|it| it.number as f64 * left(it)).sum::<f64>() / 1e6,
            None => own.iter().map(|it| i128::from(it.number)).sum::<i128>() as f64 / 1e6,
        };
        let shown = |number: i64| {
            if self.one.of.as_ref().is_some_and(Source::is_number) {
                Value::Number(number as f64 / 1e6)
            } else {
                Value::Thing(number.cast_unsigned())
            }
        };
        let number = |number: Option<i64>| number.map(|it| Value::Number(it as f64 / 1e6));
        match self.one.aggregate {
            Aggregate::Count if half_life.is_some() => Some(Value::Number(weight(own))),
            Aggregate::Count => Some(Value::Count(own.len() as u64)),
            Aggregate::Sum => Some(Value::Number(sum())),
            Aggregate::Mean if own.is_empty() => None,
            Aggregate::Mean if half_life.is_none() => Some(Value::Number(sum() / own.len() as f64)),
            Aggregate::Mean => {
                // Of the newest's time, where none has faded to nothing.
                let newest = own.last()?.at.as_millis() as f64;
                let mut totals = [0.0; 2];
                for it in own {
                    let age = newest - it.at.as_millis() as f64;
                    let left = (-age / half_life?).exp2();
                    totals = [totals[0] + it.number as f64 / 1e6 * left, totals[1] + left];
                }
                Some(Value::Number(totals[0] / totals[1]))
            }
            Aggregate::Min => number(own.iter().map(|it| it.number).min()),
            Aggregate::Max => number(own.iter().map(|it| it.number).max()),
            Aggregate::Distinct { most } => Some(Value::Count(self.distinct(own, most))),
            Aggregate::Rate { prior: [events, others], .. } => {
                let rate = (weight(own) + events) / (weight(per) + others);
                (!own.is_empty() || !per.is_empty()).then_some(Value::Number(rate))
            }
            Aggregate::LastTime => own.last().map(|it| Value::Time(it.at)),
            Aggregate::LastValue => own.last().map(|it| shown(it.number)),
            Aggregate::Sequence if self.one.of.as_ref().is_some_and(Source::is_number) => {
                let numbers = own.iter().rev().map(|it| it.number as f64 / 1e6);
                Some(Value::Numbers(numbers.collect()))
            }
            Aggregate::Sequence => {
                let things = own.iter().rev().map(|it| it.number.cast_unsigned());
                Some(Value::Things(things.collect()))
            }
            Aggregate::TopCategories { number } => {
                let mut sums: BTreeMap<CategoryId, f64> = BTreeMap::new();
                for it in own {
                    for category in &it.categories {
                        *sums.entry(*category).or_default() += it.number as f64 / 1e6 * left(it);
                    }
                }
                let mut sums: Vec<_> = sums.into_iter().collect();
                sums.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                sums.truncate(number as usize);
                Some(Value::Categories(sums))
            }
        }
    }

    /// The estimate from sets of buckets; the newest events one by one are counted as they are.
    fn distinct(&self, own: &[Seen], most: u32) -> u64 {
        if let Window::Last { .. } = self.one.window {
            return own.iter().map(|it| it.number).collect::<BTreeSet<_>>().len() as u64;
        }
        let levels = sketch::levels_for(most);
        let things = own.iter().flat_map(|it| it.things.iter());
        let buckets: BTreeSet<_> = things.map(|thing| sketch::bucket(*thing, levels)).collect();
        sketch::estimate(levels, |level| buckets.iter().filter(|it| it.0 == level).count() as u32)
    }
}

fn keys(entity: Entity, event: &Happening) -> Vec<u64> {
    let item = event.item.map(u64::from);
    let categories = event.categories.iter().map(|it| u64::from(it.0));
    match entity {
        Entity::User | Entity::Global => vec![0],
        Entity::Item | Entity::UserItem => item.into_iter().collect(),
        Entity::Category | Entity::UserCategory => categories.collect(),
        Entity::ItemCategory => item
            .into_iter()
            .flat_map(|item| categories.clone().map(move |it| item << 32 | it))
            .collect(),
        Entity::Room => event.room_key().into_iter().collect(),
    }
}

/// Whether two readings are equal: to the bit, but for what fades, which is told to a few hundred-thousandths.
pub fn agree(found: &Reading, expected: &Reading) -> bool {
    let near =
        |a: f64, b: f64| a.to_bits() == b.to_bits() || (a - b).abs() <= 1e-2 + b.abs() * 1e-4;
    let values = match (&found.value, &expected.value) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => near(*a, *b),
        (Some(Value::Categories(a)), Some(Value::Categories(b))) => {
            // Those that fade to nothing are nearly equal, and their order is then anybody's.
            let far = |all: &[(CategoryId, f64)]| all.iter().map(|it| it.1).collect::<Vec<_>>();
            far(a).len() == far(b).len() && far(a).iter().zip(far(b)).all(|(a, b)| near(*a, b))
        }
        (a, b) => a == b,
    };
    values
        && (found.status, found.event_at, found.age_ms, found.events)
            == (expected.status, expected.event_at, expected.age_ms, expected.events)
}
