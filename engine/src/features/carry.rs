//! From one plan to the next: what stays the same is carried over, what is new begins empty.
//!
//! A [`Layout`] says where the parts of each family lie; it is stored with the state that a plan made. Where the
//! declarations have changed since, a part that takes the same events and means the same is found again by its hash,
//! however its block has changed around it.
//!
//! What is new is filled from the log beside the running state, by a plan of the missing features alone, up to the record
//! at which the new plan began; then it is added part by part to what came meanwhile ([`Carrier::fill`]).
//!
//! **Invariant:** no byte is read as what it was not written as.

use bincode::{Decode, Encode};
use rustc_hash::FxHashMap;

use super::bytes::{get_u32, get_u64, put_u32, put_u64};
use super::family::{Family, HEAD_BYTES, key_of, tag_of};
use super::parts::Part;
use super::plan::{FeaturePlan, identity};
use super::{FeatureId, PUBLIC_KEY};

/// Where everything lies in the blocks of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Layout {
    families: Vec<Place>,
}

/// Where the parts of a family lie.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Place {
    tag: u64,
    /// Hash of the events it takes.
    identity: u64,
    parts: Vec<Span>,
}

/// Where a part lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
struct Span {
    /// Hash of what it keeps.
    meaning: u64,
    at: u32,
    bytes: u32,
}

/// The way of blocks from one layout into another plan.
#[derive(Clone, Debug, Default)]
pub struct Carrier {
    moves: Vec<Move>,
}

#[derive(Clone, Debug)]
struct Move {
    from: u64,
    /// Place of the family in the new plan.
    family: usize,
    /// Whether there was nothing of the family before the new plan.
    is_new: bool,
    /// Where from, where to, how many bytes.
    parts: Vec<(usize, usize, usize)>,
}

impl Layout {
    /// Where everything lies in the blocks of `plan`.
    #[must_use]
    pub fn of(plan: &FeaturePlan) -> Self {
        Self { families: plan.families().iter().map(Place::of).collect() }
    }

    /// Where everything of users lies, in an order of its own.
    #[must_use]
    pub fn of_users(plan: &FeaturePlan) -> Self {
        let of_users = plan.families().iter().filter(|family| family.entity.is_of_users());
        let mut families: Vec<Place> = of_users.map(Place::of).collect();
        families.sort_by_key(|place| place.tag);
        Self { families }
    }

    /// Of what this layout holds, that which `plan` has as well, as it lies there.
    #[must_use]
    pub fn kept(&self, plan: &FeaturePlan) -> Self {
        let kept = |family: &Family| {
            let new = Place::of(family);
            let old = self.families.iter().find(|old| old.identity == new.identity)?;
            let parts = new.parts.iter().filter(|part| old.find(**part).is_some());
            Some(Place { parts: parts.copied().collect(), ..new })
        };
        Self { families: plan.families().iter().filter_map(kept).collect() }
    }

    /// The features that have to be filled, since some part of them is not in state of this layout, and can be.
    ///
    /// Visits and top categories go by the order of their events, so they begin with their declaration.
    #[must_use]
    pub fn missing(&self, plan: &FeaturePlan) -> Vec<FeatureId> {
        self.lacking(plan, Part::adds_up)
    }

    /// The features some part of which is not in state of this layout, of those parts that `counts` speaks of.
    pub(super) fn lacking(
        &self,
        plan: &FeaturePlan,
        counts: impl Fn(&Part) -> bool,
    ) -> Vec<FeatureId> {
        let holds = |family: &Family, needed: &[usize]| {
            let (identity, place) = (identity(family), Place::of(family));
            let old = self.families.iter().find(|old| old.identity == identity);
            let is_there =
                |part: &usize| old.is_some_and(|old| old.find(place.parts[*part]).is_some());
            let is_left_out = |part: &usize| !counts(&family.parts[*part].1);
            needed.iter().all(|part| is_there(part) || is_left_out(part))
                && (old.is_some() || !needed.is_empty())
        };
        let is_whole = |feature: FeatureId| {
            let Some((_, view)) = plan.view(feature) else { return false };
            let per = view.per.as_ref().map(|(per, parts)| (*per, parts));
            let both = std::iter::once((view.family, &view.parts)).chain(per);
            both.into_iter().all(|(family, parts)| holds(&plan.families()[family], parts))
        };
        plan.iter().map(|(feature, _)| feature).filter(|it| !is_whole(*it)).collect()
    }
}

impl Place {
    fn of(family: &Family) -> Self {
        let span = |(at, part): &(usize, Part)| {
            let mut description = Vec::new();
            part.describe(&mut description);
            let meaning = PUBLIC_KEY.hash(&[&description]);
            Span { meaning, at: *at as u32, bytes: part.bytes() as u32 }
        };
        let parts = family.parts.iter().map(span).collect();
        Self { tag: family.tag, identity: identity(family), parts }
    }

    fn find(&self, part: Span) -> Option<Span> {
        let is_it = |old: &&Span| (old.meaning, old.bytes) == (part.meaning, part.bytes);
        self.parts.iter().find(is_it).copied()
    }
}

impl Carrier {
    /// The way from state of a layout into `plan`.
    #[must_use]
    pub fn between(layout: &Layout, plan: &FeaturePlan) -> Self {
        let mut moves = Vec::new();
        for (place, family) in plan.families().iter().enumerate() {
            let new = Place::of(family);
            let Some(old) = layout.families.iter().find(|old| old.identity == new.identity) else {
                continue;
            };
            let parts = new.parts.iter().filter_map(|part| {
                let found = old.find(*part)?;
                Some((found.at as usize, part.at as usize, part.bytes as usize))
            });
            let parts = parts.collect();
            moves.push(Move { from: old.tag, family: place, is_new: false, parts });
        }
        Self { moves }
    }

    /// The way from state of a layout that was filled apart into `plan`, which came behind a plan of the layout `before`.
    #[must_use]
    pub fn filling(apart: &Layout, before: &Layout, plan: &FeaturePlan) -> Self {
        let mut carrier = Self::between(apart, plan);
        for way in &mut carrier.moves {
            let Some(family) = plan.families().get(way.family).map(Place::of) else { continue };
            let old = before.families.iter().find(|old| old.identity == family.identity);
            way.is_new = old.is_none();
            // What was there before is whole already, though a feature that came new may read it as well.
            let is_there = |at: usize| {
                let part = family.parts.iter().find(|part| part.at as usize == at);
                old.zip(part).is_some_and(|(old, part)| old.find(*part).is_some())
            };
            let adds_up = |at: usize| {
                let parts = plan.families().get(way.family).map(|family| family.parts.as_slice());
                parts.unwrap_or_default().iter().any(|(it, part)| *it == at && part.adds_up())
            };
            way.parts.retain(|(_, at, _)| !is_there(*at) && adds_up(*at));
        }
        carrier.moves.retain(|way| way.is_new || !way.parts.is_empty());
        carrier
    }

    /// The block as the new plan has it; `None` where that has nothing of the kind.
    #[must_use]
    pub fn carried(&self, plan: &FeaturePlan, block: &[u8]) -> Option<Vec<u8>> {
        let way = self.moves.iter().find(|way| way.from == tag_of(block))?;
        let family = plan.families().get(way.family)?;
        let mut carried = vec![0; family.bytes()];
        family.begin(&mut carried, key_of(block));
        put_u64(&mut carried, 16, get_u64(block, 16));
        put_u32(&mut carried, 24, get_u32(block, 24));
        debug_assert_eq!(HEAD_BYTES, 28, "tag, key, newest, events");
        for (from, to, bytes) in &way.parts {
            let (Some(old), Some(new)) =
                (block.get(*from..from + bytes), carried.get_mut(*to..to + bytes))
            else {
                continue;
            };
            new.copy_from_slice(old);
        }
        Some(carried)
    }

    /// The blocks that `feature` reads, by their tags in the new plan, made of those that `old` finds by tag.
    pub fn blocks<'a>(
        &self,
        plan: &FeaturePlan,
        feature: FeatureId,
        old: impl Fn(u64) -> Option<&'a [u8]>,
    ) -> FxHashMap<u64, Vec<u8>> {
        let families = plan.families_of(feature);
        let carried = families.filter_map(|family| {
            let block = old(self.tag_from(plan, family.tag)?)?;
            Some((family.tag, self.carried(plan, block)?))
        });
        carried.collect()
    }

    /// Adds the parts of `side`, a block of the layout that was filled apart, to the block of the same instance.
    pub fn fill(&self, plan: &FeaturePlan, block: &mut [u8], side: &[u8]) {
        let Some(way) = self.moves.iter().find(|way| way.from == tag_of(side)) else { return };
        let Some(family) = plan.families().get(way.family) else { return };
        if family.tag != tag_of(block) || key_of(side) != key_of(block) {
            return;
        }
        for (from, to, bytes) in &way.parts {
            let part = family.parts.iter().find(|(at, _)| at == to).map(|(_, part)| *part);
            let theirs = side.get(*from..from + bytes);
            let (Some(part), Some(theirs)) = (part, theirs) else { continue };
            let mine = block.get_mut(*to..to + bytes).unwrap_or_default();
            if mine.iter().all(|byte| *byte == 0) {
                mine.copy_from_slice(theirs);
            } else {
                let _ = part.merge(mine, theirs);
            }
        }
        put_u64(block, 16, get_u64(block, 16).max(get_u64(side, 16)));
        if way.is_new {
            put_u32(block, 24, get_u32(block, 24).saturating_add(get_u32(side, 24)));
        }
    }

    /// The block of an instance of which nothing has come meanwhile. Where there was something of its family before, it
    /// had to give way, and `None` is right.
    #[must_use]
    pub fn filled(&self, plan: &FeaturePlan, side: &[u8]) -> Option<Vec<u8>> {
        let way = self.moves.iter().find(|way| way.from == tag_of(side))?;
        if way.is_new { self.carried(plan, side) } else { None }
    }

    /// The tag that blocks of `tag` get, where the new plan has something of the kind.
    #[must_use]
    pub fn tag_for(&self, plan: &FeaturePlan, tag: u64) -> Option<u64> {
        let way = self.moves.iter().find(|way| way.from == tag)?;
        plan.families().get(way.family).map(|family| family.tag)
    }

    /// The tag of the blocks that become those of `tag` in the new plan.
    #[must_use]
    pub fn tag_from(&self, plan: &FeaturePlan, tag: u64) -> Option<u64> {
        let place = plan.place_of(tag)?;
        self.moves.iter().find(|way| way.family == place).map(|way| way.from)
    }
}
