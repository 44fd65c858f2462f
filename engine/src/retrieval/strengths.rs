//! What a user's last items say of every item they name, by three sources: the features that are learned from and
//! ranked by.
//!
//! By the first rule the neighbours of all of the last items speak, by the second only those of the items of the visit;
//! the third source are sessions like the present one (see [`super::similar_sessions`]). Each says of an
//! item what [`Neighbours`] says, divided by the most that it says of any item, those included that a filter
//! would leave out: so training, which filters nothing, and serving see the same number.
//!
//! **Invariant:** the same items on the same table give the same shares, bit for bit.
//!
//! Not here: candidates in order and their reasons (see [`Neighbours`]).
//!
//! [`Neighbours`]: crate::retrieval::Neighbours

use crate::ItemIndex;
use crate::activity::CovisitTable;
use crate::model::ModelUser;
use crate::model::sample::NEARS;
use crate::retrieval::power::{divide_by_powers, power};
use crate::retrieval::query::RECENT_ITEMS;

/// Choices that every item is taken to have more.
pub(crate) const SHRINKAGE: f32 = 5.0;
/// By how much an item of the history counts less than the one after it.
pub const RECENT_GAMMA: f32 = 0.8;
/// The same within a visit, where older items fade faster (measured on shop sessions).
pub const VISIT_GAMMA: f32 = 0.7;
/// How much a candidate's own popularity weighs against it within a visit (measured as well).
pub const VISIT_ALPHA: f32 = 0.2;

/// How strongly items are named by the neighbours of some last items.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NeighbourStrengths {
    /// Every item that was found, by number, with its share of the strongest by each source, 0 to 1.
    pub found: Vec<(ItemIndex, [f32; NEARS])>,
}

/// Parts of strengths as they are found, an item as often as it is named.
struct Parts {
    /// The item above, its place in `parts` below, so that sorting keeps the order of those of one item.
    keys: Vec<u64>,
    parts: Vec<[f32; 2]>,
}

impl NeighbourStrengths {
    /// The neighbours of `recent` (each once, newest first, at most 20), of which the first `visit` are those
    /// of the visit.
    #[must_use]
    pub fn of(recent: &[ItemIndex], visit: usize, table: &impl CovisitTable) -> Self {
        let alphas = [table.neighbour_alpha(), VISIT_ALPHA];
        let mut parts = parts(&recent[..recent.len().min(RECENT_ITEMS)], visit, table, alphas);
        sort_by_item(&mut parts.keys);
        let (items, [mut recent, mut visited]) = sums(&parts);
        let count = |item: &ItemIndex| table.positives(*item) + SHRINKAGE;
        let counts: Vec<f32> = items.iter().map(count).collect();
        for (strengths, alpha) in [(&mut recent, alphas[0]), (&mut visited, alphas[1])] {
            divide_by_powers(strengths, &counts, alpha);
            let highest = strengths.iter().fold(f32::MIN_POSITIVE, |most, one| most.max(*one));
            for strength in strengths.iter_mut() {
                *strength /= highest;
            }
        }
        let shares = recent.into_iter().zip(visited).map(|(recent, visit)| [recent, visit, 0.0]);
        Self { found: items.into_iter().zip(shares).collect() }
    }

    /// The same with what similar sessions say: `shares` by item number.
    #[must_use]
    pub fn with_sessions(self, shares: &[(ItemIndex, f32)]) -> Self {
        if shares.is_empty() {
            return self;
        }
        let mut found = Vec::with_capacity(self.found.len() + shares.len());
        let mut rest = shares.iter().copied().peekable();
        for (item, [recent, visit, _]) in self.found {
            while let Some((other, share)) = rest.next_if(|(other, _)| *other < item) {
                found.push((other, [0.0, 0.0, share]));
            }
            let share = rest.next_if(|(other, _)| *other == item).map_or(0.0, |(_, share)| share);
            found.push((item, [recent, visit, share]));
        }
        found.extend(rest.map(|(item, share)| (item, [0.0, 0.0, share])));
        Self { found }
    }

    /// The shares of `item` by source; 0 where none names it.
    #[must_use]
    pub fn share(&self, item: ItemIndex) -> [f32; NEARS] {
        let place = self.found.binary_search_by_key(&item, |(item, _)| *item);
        place.map_or([0.0; NEARS], |place| self.found[place].1)
    }
}

/// The last items of `user`, newest first, each once, and how many of them belong to the visit.
#[must_use]
pub fn last_items(user: &ModelUser) -> (Vec<ItemIndex>, usize) {
    let mut recent = Vec::with_capacity(RECENT_ITEMS);
    let mut visit = 0;
    for (place, past) in user.history.iter().enumerate() {
        if !recent.contains(&past.item) {
            recent.push(past.item);
            visit += usize::from(place < user.visit);
        }
    }
    (recent, visit)
}

fn parts(recent: &[ItemIndex], visit: usize, table: &impl CovisitTable, alphas: [f32; 2]) -> Parts {
    let mut found = Parts { keys: Vec::with_capacity(1_280), parts: Vec::with_capacity(1_280) };
    let mut weights = [1.0, 1.0];
    for (place, item) in recent.iter().enumerate() {
        if place == visit {
            weights[1] = 0.0;
        }
        let own = table.positives(*item) + SHRINKAGE;
        let each = [0, 1].map(|rule| weights[rule] / power(own, 1.0 - alphas[rule]));
        for near in table.covisits(*item) {
            found.keys.push(u64::from(near.item.0) << 32 | found.keys.len() as u64);
            found.parts.push([near.count * each[0], near.count * each[1]]);
        }
        weights = [weights[0] * RECENT_GAMMA, weights[1] * VISIT_GAMMA];
    }
    found
}

/// Sorts by the upper half, digit by digit from the lowest; those of one item keep their order.
fn sort_by_item(keys: &mut Vec<u64>) {
    const DIGIT: u32 = 10;
    let highest = keys.iter().fold(0, |highest, key| highest | key) >> 32;
    let mut sorted = vec![0; keys.len()];
    let mut shift = 0;
    while highest >> shift != 0 {
        let digit = |key: u64| (key >> (32 + shift)) as usize % (1 << DIGIT);
        let mut starts = [0_u32; 1 << DIGIT];
        for key in keys.iter() {
            starts[digit(*key)] += 1;
        }
        let mut start = 0;
        for count in &mut starts {
            start += std::mem::replace(count, start);
        }
        for key in keys.iter() {
            let place = &mut starts[digit(*key)];
            sorted[*place as usize] = *key;
            *place += 1;
        }
        std::mem::swap(keys, &mut sorted);
        shift += DIGIT;
    }
}

/// The items, each once, and what they come to by each rule, undivided.
fn sums(found: &Parts) -> (Vec<ItemIndex>, [Vec<f32>; 2]) {
    let room = found.keys.len();
    let mut items = Vec::<ItemIndex>::with_capacity(room);
    let mut sums = [Vec::with_capacity(room), Vec::with_capacity(room)];
    for key in &found.keys {
        let (item, part) = (ItemIndex((key >> 32) as u32), found.parts[*key as u32 as usize]);
        let last = items.len();
        if items.last() == Some(&item) {
            sums[0][last - 1] += part[0];
            sums[1][last - 1] += part[1];
        } else {
            items.push(item);
            sums[0].push(part[0]);
            sums[1].push(part[1]);
        }
    }
    (items, sums)
}

#[cfg(test)]
mod tests;
