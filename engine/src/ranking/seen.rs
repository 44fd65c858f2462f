//! Which items the user has seen, as the scenario declares it.
//!
//! Not here: remembering (the user's state does), the other filters (see `gate`).

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ranking::request::{RankRequest, Repeats, SeenPolicy, SeenRule, SeenTypes};
use crate::user::SeenItem;
use crate::{EventTypes, ItemIndex, Role, Timestamp};

const DAY_MS: u64 = 86_400_000;

/// The items that a request must not show again.
#[must_use]
pub(crate) fn seen_items(request: &RankRequest) -> FxHashSet<ItemIndex> {
    if request.exclude_seen == SeenPolicy::Ignored {
        return FxHashSet::default();
    }
    let rule = &request.scenario.seen;
    let types = request.activity.types();
    let mut seen = exposed(request, rule, types);
    let chosen = request.user.seen.iter().filter(|entry| {
        counts(rule, types, *entry) && rests(rule.repeats, types, *entry, request.at)
    });
    seen.extend(chosen.map(|entry| entry.item));
    if rule.repeats != Repeats::Allowed {
        seen.extend(request.also_seen.iter().map(|done| done.item));
    }
    seen
}

/// The items that the user turned down, by the newest of what is known; few lists have live rooms, and only they ask.
#[must_use]
pub(crate) fn turned_down(request: &RankRequest) -> FxHashSet<ItemIndex> {
    if !request.wants_rooms() {
        return FxHashSet::default();
    }
    let types = request.activity.types();
    let is_no = |id| types.get(id).is_some_and(|spec| spec.role == Role::Negative);
    let declined = request.user.seen.iter().filter(|entry| is_no(entry.event_type));
    declined.map(|entry| entry.item).collect()
}

/// Items shown often enough of late, and left alone each time.
fn exposed(request: &RankRequest, rule: &SeenRule, types: &EventTypes) -> FxHashSet<ItemIndex> {
    let mut exposures = FxHashMap::<ItemIndex, u32>::default();
    let mut reacted: FxHashSet<ItemIndex> =
        request.also_seen.iter().map(|done| done.item).collect();
    if rule.exposures == 0 {
        return FxHashSet::default();
    }
    let window = |at| request.at.millis_since(at) < rule.exposure_window_ms;
    for entry in request.user.seen.iter().filter(|entry| window(entry.at)) {
        match types.get(entry.event_type).map(|spec| spec.role) {
            Some(Role::Impression) => *exposures.entry(entry.item).or_default() += 1,
            Some(Role::Positive) => _ = reacted.insert(entry.item),
            _ => {}
        }
    }
    let enough = exposures.into_iter().filter(|(_, shown)| rule.exposures <= *shown);
    enough.map(|(item, _)| item).filter(|item| !reacted.contains(item)).collect()
}

fn counts(rule: &SeenRule, types: &EventTypes, entry: SeenItem) -> bool {
    match &rule.types {
        SeenTypes::Listed(listed) => listed.contains(&entry.event_type),
        SeenTypes::Interacted => types
            .get(entry.event_type)
            .is_some_and(|spec| matches!(spec.role, Role::Positive | Role::Negative)),
    }
}

fn rests(repeats: Repeats, types: &EventTypes, entry: SeenItem, now: Timestamp) -> bool {
    match repeats {
        Repeats::Allowed => {
            types.get(entry.event_type).is_some_and(|spec| spec.role == Role::Negative)
        }
        Repeats::AfterDays(days) => now.millis_since(entry.at) < u64::from(days) * DAY_MS,
        Repeats::Never => true,
    }
}

#[cfg(test)]
mod tests;
