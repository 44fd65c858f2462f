//! What a served list says of its items and of itself: the features that samples are made of later.
//!
//! **Invariant:** a list is noted from what it was ranked by, the same publication and the same view.
//!
//! Not here: what a click head makes of it (see [`crate::model`]).

use super::{RankRequest, RankedItem, Rung, ScoreParts};
use crate::model::click::fields;
use crate::record::{FeatureParts, ItemFeatures, PARTS, ServedItem};
use crate::{ActivityView, ItemIndex, NodeKey, Timestamp};

const HOUR_MS: u64 = 3_600_000;

/// An item as it is at `at`, with the parts of its score.
#[must_use]
pub fn item_features(
    activity: &ActivityView,
    at: Timestamp,
    item: ItemIndex,
    score: &ScoreParts,
) -> ItemFeatures {
    let through = activity.click_through(item);
    let click_rate = (0 < through.impressions).then_some(through.rate);
    let mut parts = [0.0; PARTS];
    for (part, (_, value)) in parts.iter_mut().zip(score.named()) {
        *part = value;
    }
    let Some(columns) = activity.columns(item) else {
        let none = FeatureParts { at, click_rate, parts, ..FeatureParts::default() };
        return ItemFeatures::pack(&none);
    };
    let categories = [0, 1].map(|place| columns.categories().get(place).copied());
    ItemFeatures::pack(&FeatureParts {
        categories,
        kind: columns.kind,
        price: columns.price,
        new_since: Some(columns.new_since()).filter(|since| *since != Timestamp::EPOCH),
        at,
        click_rate,
        parts,
    })
}

/// A ranked item as the list's record holds it.
#[must_use]
pub fn served_item(request: &RankRequest, ranked: &RankedItem) -> ServedItem {
    let features = item_features(request.activity, request.at, ranked.item, &ranked.parts);
    ServedItem { item: ranked.item, score: ranked.score, propensity: ranked.propensity, features }
}

/// What is the same for all of a list that `rung` made; `context` is what the request declared.
#[must_use]
pub fn list_fields(request: &RankRequest, rung: Rung, context: &[(u8, u32)]) -> Vec<(u8, u32)> {
    let hours = request.at.as_millis() / HOUR_MS;
    let user = request.user;
    let mut found = vec![
        (fields::USER, user.user_hash as u32),
        (fields::SCENARIO, hashed(&[request.scenario.name.as_bytes()])),
        (fields::HOUR, (hours % 24) as u32),
        (fields::WEEKDAY, (hours / 24 % 7) as u32),
        (fields::GROUP, user.model.group() as u32),
        (fields::RUNG, u32::from(rung.number())),
    ];
    found.extend(user.model.history.first().map(|past| (fields::LAST_ITEM, past.item.0)));
    let liked = user.category_scores.first();
    found.extend(liked.map(|(category, _)| (fields::LIKED_CATEGORY, category.0)));
    found.extend_from_slice(context);
    found.sort_unstable();
    found
}

/// The field of the declared context key at `place`, where the request said `value` for it.
///
/// `None` past the keys that have a field.
#[must_use]
pub fn context_field(place: usize, key: &str, value: &str) -> Option<(u8, u32)> {
    let place = u8::try_from(place).ok().filter(|place| usize::from(*place) < fields::CONTEXT_KEYS);
    Some((fields::CONTEXT + place?, hashed(&[key.as_bytes(), value.as_bytes()])))
}

/// A hash that is the same on every node, so that models can move between them.
fn hashed(parts: &[&[u8]]) -> u32 {
    (NodeKey([0; 16]).hash(parts) >> 32) as u32
}

#[cfg(test)]
mod tests;
