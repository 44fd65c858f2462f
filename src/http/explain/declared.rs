//! What declared features and tags said, in the words of the wire: now, or on record with a list.
//!
//! A record holds classes, not values: told is from where to where a class reaches, as long as the feature is declared that
//! way.
//!
//! Not here: reading them (see [`engine::ranking::inputs`]).

use engine::ItemIndex;
use engine::features::plan::FeaturePlan;
use engine::patterns::PatternPlan;
use engine::ranking::room_inputs::RoomInput;
use engine::ranking::{RankRequest, TagEffect, Tagged, inputs};
use engine::record::{DeclaredValues, NO_CLASS};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::times::rfc3339;

/// What a declared feature says to the click head.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"feature": "clicks_5m", "entity": "user", "class": 130, "value": 5.0, "from": 4.0, "to": 8.0}))]
pub struct InputTold {
    /// The feature; null where no feature is declared that way any more.
    pub feature: Option<String>,
    /// Whose it is; null where the feature is.
    #[schema(value_type = Option<String>)]
    pub entity: Option<&'static str>,
    /// The class that its value fell in, which is what the head learns from; 0 where it had none.
    pub class: u8,
    /// The value; left out where it is not on record, null where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Option<f64>>,
    /// From where on values are of that class; null where it has no lower end.
    pub from: Option<f64>,
    /// Up to where they are; null where it has no upper end.
    pub to: Option<f64>,
}

/// A tag of the user's, and what it does to the item.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"tag": "keen_on_category", "until": "2026-10-01T09:30:00.000Z", "ranked": false, "boost": 2.0}))]
pub struct TagTold {
    /// The tag; null where no pattern is declared that way any more.
    pub tag: Option<String>,
    /// From when on it is gone; left out where it is not on record.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub until: Option<String>,
    /// Whether the click head is told of it.
    pub ranked: bool,
    /// What it multiplies the item's odds by; left out where it does nothing to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boost: Option<f32>,
    /// Whether it leaves the item out; left out where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<bool>,
}

/// What declared features say to the click head of `item` now.
#[must_use]
pub fn inputs_now(request: &RankRequest, item: ItemIndex) -> Vec<InputTold> {
    let mut said = inputs::of_list(request);
    inputs::of_item(request, item, &mut said);
    let plan = request.activity.features().plan();
    said.into_iter()
        .map(|said| InputTold { value: Some(said.value), ..told(plan, (said.input, said.class)) })
        .collect()
}

/// The user's tags now, and what they do to `item`.
#[must_use]
pub fn tags_now(request: &RankRequest, item: ItemIndex) -> Vec<TagTold> {
    let tagged = Tagged::new(request);
    let tags = request.user.inputs.tags.iter().map(|tag| {
        let mut told = TagTold {
            tag: Some(tag.tag.to_string()),
            until: Some(rfc3339(tag.until)),
            ranked: tag.ranked,
            boost: None,
            excluded: None,
        };
        for (_, effect) in tagged.on(item).filter(|(other, _)| *other == tag) {
            match effect {
                TagEffect::Boost(boost) => told.boost = Some(told.boost.unwrap_or(1.0) * boost),
                TagEffect::Exclude => told.excluded = Some(true),
            }
        }
        told
    });
    tags.collect()
}

/// What is on record of a whole list.
#[must_use]
pub fn inputs_of_list(plan: &FeaturePlan, declared: Option<&DeclaredValues>) -> Vec<InputTold> {
    let said = declared.into_iter().flat_map(|declared| declared.of_list.iter().copied());
    said.map(|said| told(plan, said)).collect()
}

/// What is on record of the item at `place` of a list.
#[must_use]
pub fn inputs_of_item(
    plan: &FeaturePlan,
    declared: Option<&DeclaredValues>,
    place: usize,
) -> Vec<InputTold> {
    let said = declared.into_iter().flat_map(|declared| declared.of_item(place));
    said.map(|said| told(plan, said)).collect()
}

/// The tags on record of a list.
#[must_use]
pub fn tags_of_list(patterns: &PatternPlan, declared: Option<&DeclaredValues>) -> Vec<TagTold> {
    let tags = declared.into_iter().flat_map(|declared| &declared.tags);
    tags.map(|served| {
        let is_it = |id| patterns.fingerprint_of(id) == Some(served.pattern);
        let pattern = patterns.iter().find(|(id, _)| is_it(*id));
        TagTold {
            tag: pattern.map(|(_, pattern)| pattern.tag.clone()),
            until: None,
            ranked: served.ranked,
            boost: None,
            excluded: None,
        }
    })
    .collect()
}

fn told(plan: &FeaturePlan, (fingerprint, class): (u32, u8)) -> InputTold {
    let input = plan.inputs().iter().find(|input| input.fingerprint == fingerprint);
    let one = input.and_then(|input| plan.get(input.feature));
    let range = input.filter(|_| class != NO_CLASS).map(|input| input.classes.range(class));
    let (from, to) = range.unwrap_or_default();
    let of_room = RoomInput::of_fingerprint(fingerprint).filter(|_| one.is_none());
    InputTold {
        feature: one.map(|one| one.name.clone()).or_else(|| Some(of_room?.name().to_owned())),
        entity: one.map(|one| one.entity.name()).or(of_room.map(|_| "room")),
        class,
        value: None,
        from,
        to,
    }
}
