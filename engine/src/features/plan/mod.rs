//! Checked declarations, laid out for apply and for reading.
//!
//! Features over the same events of the same entity become one [`Family`], whose block every one of them reads. An
//! event is offered to the families of its type alone.
//!
//! **Invariant:** a plan follows from declarations, the table of event types and the visit's gap. The same ones give the
//! same tags on every machine, and other meanings of bytes give other tags.

mod check;
mod layout;

use super::declare::{Aggregate, Declaration, DeclarationError, Entity, Fault, Source, Window};
use super::family::{FINGERPRINT, Family, HEAD_BYTES, MAX_BLOCK_BYTES};
use super::fixed;
use super::grid::Grid;
use super::input::Input;
use super::mask::TypeMask;
use super::parts::Part;
use super::parts::cell::Shape;
use super::parts::fading::Fading;
use super::parts::last::Last;
use super::parts::ring::Ring;
use super::parts::sketch::{Bits, levels_for};
use super::parts::stamps::Stamps;
use super::parts::top::Top;
use super::parts::visits::Visits;
use super::rank::MAX_RANKED;
use super::{FeatureId, PUBLIC_KEY};
use crate::EventTypes;

/// The most bytes of a user's features, which every event of theirs may touch.
pub const MAX_USER_BYTES: usize = 1 << 20;

/// The most features of a node.
pub const MAX_FEATURES: usize = 256;

/// Where a feature is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    /// Its family.
    pub family: usize,
    /// The parts it reads, in the order of its needs.
    pub parts: Vec<usize>,
    /// Family and parts that a rate is divided by.
    pub per: Option<(usize, Vec<usize>)>,
}

/// What the node keeps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeaturePlan {
    declarations: Vec<Declaration>,
    views: Vec<View>,
    families: Vec<Family>,
    /// Families of users, and the others, by type of event.
    of_users: Vec<Vec<usize>>,
    of_all: Vec<Vec<usize>>,
    with_visits: Vec<usize>,
    inputs: Vec<Input>,
    fingerprint: u64,
}

impl FeaturePlan {
    /// Checks declarations and lays them out.
    ///
    /// # Errors
    /// The first one that cannot be kept, with the key that is wrong.
    pub fn new(
        declarations: Vec<Declaration>,
        types: &EventTypes,
        visit_gap_ms: u64,
    ) -> Result<Self, DeclarationError> {
        let mut drafts: Vec<Draft> = Vec::new();
        let mut asks = Vec::new();
        for (place, one) in declarations.iter().enumerate() {
            check::check(one)?;
            let wrong =
                |fault| Err(DeclarationError { name: one.name.clone(), key: "name", fault });
            if declarations[..place].iter().any(|other| other.name == one.name) {
                return wrong(Fault::Twice);
            }
            if place == MAX_FEATURES {
                return wrong(Fault::TooMany(MAX_FEATURES));
            }
            let is_ranked = |one: &&Declaration| one.rank.is_some();
            if declarations[..=place].iter().filter(is_ranked).count() > MAX_RANKED {
                let fault = Fault::TooManyRanked(MAX_RANKED);
                return Err(DeclarationError { name: one.name.clone(), key: "rank", fault });
            }
            let needs = needs(one, visit_gap_ms);
            let family = ask(&mut drafts, Draft::of(one, one.events), &needs);
            let per = match one.aggregate {
                Aggregate::Rate { per, .. } => Some(ask(&mut drafts, Draft::of(one, per), &needs)),
                _ => None,
            };
            asks.push((family, per, needs));
        }
        let weights = weights(types);
        let mut families: Vec<Family> =
            drafts.iter().map(|draft| draft.laid_out(&weights)).collect();
        for (family, per, _) in &asks {
            families[*family].features += 1;
            if let Some(per) = per.filter(|per| per != family) {
                families[per].features += 1;
            }
        }
        let find = |family: usize, needs: &[Part]| -> Vec<usize> {
            let parts: Vec<Part> = families[family].parts.iter().map(|(_, part)| *part).collect();
            needs.iter().filter_map(|need| layout::serving(&parts, need)).collect()
        };
        let views = asks
            .iter()
            .map(|(family, per, needs)| View {
                family: *family,
                parts: find(*family, needs),
                per: per.map(|per| (per, find(per, needs))),
            })
            .collect();
        let mut plan = Self { declarations, views, families, ..Self::default() }.routed();
        plan.fit()?;
        let inputs: Vec<Input> = plan.iter().filter_map(|(id, one)| Input::of(id, one)).collect();
        for input in inputs {
            if plan.inputs.iter().all(|other| other.fingerprint != input.fingerprint) {
                plan.inputs.push(input);
            }
        }
        Ok(plan)
    }

    /// Every feature, in declared order.
    pub fn iter(&self) -> impl Iterator<Item = (FeatureId, &Declaration)> {
        (0u16..).map(FeatureId).zip(&self.declarations)
    }

    /// The feature of a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<(FeatureId, &Declaration)> {
        self.iter().find(|(_, one)| one.name == name)
    }

    /// A feature's declaration.
    #[must_use]
    pub fn get(&self, feature: FeatureId) -> Option<&Declaration> {
        self.declarations.get(usize::from(feature.0))
    }

    /// The features that take part in ranking, each meaning once, in declared order.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Whether nothing is declared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.declarations.is_empty()
    }

    /// The families.
    #[must_use]
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// Place of the family whose blocks carry `tag`.
    #[must_use]
    pub fn place_of(&self, tag: u64) -> Option<usize> {
        self.families.iter().position(|family| family.tag == tag)
    }

    /// The families that a feature reads: its own, and the one it is divided by.
    pub fn families_of(&self, feature: FeatureId) -> impl Iterator<Item = &Family> {
        let view = self.views.get(usize::from(feature.0));
        let own = view.map(|view| view.family);
        let per = view.and_then(|view| view.per.as_ref()).map(|(per, _)| *per);
        own.into_iter().chain(per).filter_map(|family| self.families.get(family))
    }

    /// Bytes of one instance of all features of an entity together.
    #[must_use]
    pub fn instance_bytes(&self, entity: Entity) -> usize {
        self.families.iter().filter(|family| family.entity == entity).map(Family::bytes).sum()
    }

    /// Hash of what the state means, in order.
    #[must_use]
    pub const fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    pub(super) fn view(&self, feature: FeatureId) -> Option<(&Declaration, &View)> {
        let place = usize::from(feature.0);
        Some((self.declarations.get(place)?, self.views.get(place)?))
    }

    /// The families of users that take events of a type, and those that want to hear of every event.
    pub(super) fn of_users(&self, event_type: u8) -> (&[usize], &[usize]) {
        let taken = self.of_users.get(usize::from(event_type)).map_or(&[][..], Vec::as_slice);
        (taken, &self.with_visits)
    }

    /// The other families that take events of a type.
    pub(super) fn of_all(&self, event_type: u8) -> &[usize] {
        self.of_all.get(usize::from(event_type)).map_or(&[], Vec::as_slice)
    }

    fn routed(mut self) -> Self {
        self.of_users = vec![Vec::new(); 256];
        self.of_all = vec![Vec::new(); 256];
        for (place, family) in self.families.iter().enumerate() {
            let routes =
                if family.entity.is_of_users() { &mut self.of_users } else { &mut self.of_all };
            for id in family.events.iter() {
                routes[usize::from(id.0)].push(place);
            }
            if family.has_visits() {
                self.with_visits.push(place);
            }
        }
        let tags: Vec<u8> = self.families.iter().flat_map(|it| it.tag.to_le_bytes()).collect();
        self.fingerprint = PUBLIC_KEY.hash(&[b"plan", &tags]);
        self
    }

    /// Whether every block fits its tag.
    fn fit(&self) -> Result<(), DeclarationError> {
        for (one, view) in self.declarations.iter().zip(&self.views) {
            let per = view.per.as_ref().map(|(per, _)| *per);
            for family in std::iter::once(view.family).chain(per) {
                let parts = &self.families[family].parts;
                let bytes = parts.last().map_or(HEAD_BYTES, |(at, part)| at + part.bytes());
                if MAX_BLOCK_BYTES < bytes {
                    let fault = Fault::TooLarge { bytes, most: MAX_BLOCK_BYTES };
                    return Err(DeclarationError { name: one.name.clone(), key: "window", fault });
                }
            }
            let bytes = self.user_bytes();
            if MAX_USER_BYTES < bytes {
                let fault = Fault::UserTooLarge { bytes, most: MAX_USER_BYTES };
                return Err(DeclarationError {
                    name: one.name.clone(),
                    key: "max_instances",
                    fault,
                });
            }
        }
        Ok(())
    }

    /// The most bytes that all features of one user take together.
    #[must_use]
    pub fn user_bytes(&self) -> usize {
        let of_users = self.families.iter().filter(|family| family.entity.is_of_users());
        let bytes = of_users.map(|it| it.bytes() * it.max_instances.unwrap_or(1) as usize);
        bytes.fold(0, usize::saturating_add)
    }
}

/// A family before it is laid out.
struct Draft {
    entity: Entity,
    events: TypeMask,
    filter: Option<super::filter::Filter>,
    source: Option<Source>,
    max_instances: Option<u32>,
    needs: Vec<Part>,
}

impl Draft {
    fn of(one: &Declaration, events: TypeMask) -> Self {
        Self {
            entity: one.entity,
            events,
            filter: one.filter.clone(),
            source: one.of.clone(),
            max_instances: one.max_instances,
            needs: Vec::new(),
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        self.entity == other.entity
            && self.events == other.events
            && self.filter == other.filter
            && self.source == other.source
    }

    fn laid_out(&self, weights: &[i64]) -> Family {
        let mut at = HEAD_BYTES;
        let mut parts = Vec::new();
        for part in layout::parts_for(&self.needs) {
            parts.push((at, part));
            at += part.bytes();
        }
        let weights =
            if self.source == Some(Source::Weight) { weights.to_vec() } else { Vec::new() };
        let mut family = Family {
            tag: 0,
            entity: self.entity,
            events: self.events,
            filter: self.filter.clone(),
            source: self.source.clone(),
            max_instances: self.max_instances,
            parts,
            weights,
            features: 0,
        };
        family.tag = tag(&family, at);
        family
    }
}

/// Finds the family, or makes it, and adds the needs.
fn ask(drafts: &mut Vec<Draft>, draft: Draft, needs: &[Part]) -> usize {
    let most = draft.max_instances;
    let found = drafts.iter().position(|other| other.is_same(&draft));
    let place = found.unwrap_or_else(|| {
        drafts.push(draft);
        drafts.len() - 1
    });
    // Of two bounds the greater one serves both.
    let family = &mut drafts[place];
    family.max_instances = family.max_instances.max(most);
    family.needs.extend_from_slice(needs);
    place
}

/// Hash of everything that gives a block its meaning, and its length.
fn tag(family: &Family, bytes: usize) -> u64 {
    let mut parts = Vec::new();
    for (_, part) in &family.parts {
        part.describe(&mut parts);
    }
    let hash = PUBLIC_KEY.hash(&[&identity(family).to_le_bytes(), &parts]);
    (bytes.min(MAX_BLOCK_BYTES) as u64) << 48 | hash & FINGERPRINT
}

/// Hash of which events of what a family takes, whatever it makes of them.
pub(super) fn identity(family: &Family) -> u64 {
    let filter = family.filter.as_ref().map(ToString::to_string).unwrap_or_default();
    let source = family.source.as_ref().map_or("", Source::name);
    let is_property = [u8::from(matches!(family.source, Some(Source::Property(_))))];
    let of_types = family.events.iter().filter_map(|id| family.weights.get(usize::from(id.0)));
    let weights: Vec<u8> = of_types.flat_map(|weight| weight.to_le_bytes()).collect();
    PUBLIC_KEY.hash(&[
        family.entity.name().as_bytes(),
        &family.events.to_bytes(),
        filter.as_bytes(),
        source.as_bytes(),
        &is_property,
        &weights,
    ])
}

fn weights(types: &EventTypes) -> Vec<i64> {
    types.iter().map(|(_, spec)| fixed::micros(f64::from(spec.weight)).unwrap_or(0)).collect()
}

/// The smallest parts that a feature can be read from.
fn needs(one: &Declaration, visit_gap_ms: u64) -> Vec<Part> {
    let shape = shape_of(&one.aggregate);
    let levels = match one.aggregate {
        Aggregate::Distinct { most } => levels_for(most),
        _ => 0,
    };
    let top = |number: u32, half_life_ms| vec![Part::Top(Top { slots: number * 2, half_life_ms })];
    let tiled = |grid: Grid, tiles: u32| match one.aggregate {
        Aggregate::LastTime => Vec::new(),
        Aggregate::LastValue => vec![Part::Newest],
        Aggregate::Distinct { .. } => vec![Part::Stamps(Stamps { grid, tiles, levels })],
        _ => vec![Part::Ring(Ring { grid, tiles, shape })],
    };
    match (one.window, one.aggregate) {
        (Window::Tumbling(grid), _) => tiled(grid, 1),
        (Window::Sliding { span_ms, slide_ms }, _) => {
            tiled(Grid::even(slide_ms), (span_ms / slide_ms) as u32)
        }
        (Window::HalfLife { half_life_ms }, Aggregate::TopCategories { number }) => {
            top(number, Some(half_life_ms))
        }
        (Window::HalfLife { half_life_ms }, _) => {
            vec![Part::Fading(Fading { half_life_ms, sums: shape.sum })]
        }
        (Window::Last { events }, _) => vec![Part::Last(Last { events })],
        (Window::Visit, aggregate) => {
            let visits = Visits { gap_ms: visit_gap_ms, shape, things: Bits { levels } };
            let newest = (aggregate == Aggregate::LastValue).then_some(Part::Newest);
            std::iter::once(Part::Visits(visits)).chain(newest).collect()
        }
        (Window::Ever, Aggregate::TopCategories { number }) => top(number, None),
        (Window::Ever, Aggregate::Distinct { .. }) => vec![Part::EverThings(Bits { levels })],
        (Window::Ever, Aggregate::LastValue) => vec![Part::Newest],
        (Window::Ever, _) if shape == Shape::default() => Vec::new(),
        (Window::Ever, _) => vec![Part::Ever(shape)],
    }
}

fn shape_of(aggregate: &Aggregate) -> Shape {
    Shape {
        sum: matches!(aggregate, Aggregate::Sum | Aggregate::Mean),
        least: matches!(aggregate, Aggregate::Min),
        greatest: matches!(aggregate, Aggregate::Max),
    }
}

#[cfg(test)]
mod tests;
