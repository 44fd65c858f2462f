//! What a score is made of and what moved an item, in the words of the wire.
//!
//! Not here: finding it (see [`engine::ranking::explain`]).

use std::collections::BTreeSet;

use engine::ranking::{Explanation, Feature, FeatureKind, ScoredItem, Standing};
use serde::Serialize;
use utoipa::ToSchema;

use crate::node::Node;

/// One thing that a score is made of.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"part": "model", "feature": "history_item", "value": 0.31, "item_id": "sku-7",
                          "age_s": 42, "weight": 0.8}))]
pub struct FeatureTold {
    /// The part of the score that it belongs to.
    #[schema(value_type = String)]
    pub part: &'static str,
    /// `bias` (the item's own), `popularity`, `kindred_popularity`, `own_taste`, `last_item`, `history_item`,
    /// `chosen_with`, `category`, or `rest`: a part that is one number, or what is left of one.
    #[schema(value_type = String)]
    pub feature: &'static str,
    /// What it adds to the score.
    pub value: f32,
    /// The item of the user's that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_id: Option<String>,
    /// How many seconds ago that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_s: Option<u32>,
    /// How much that counts in the history, by its place and its time gap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f32>,
    /// After how many events of the node half of that popularity is forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_life_events: Option<f32>,
    /// The category that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
}

/// A step on the way to an item's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"step": "diversity", "place": 5, "detail": "passed over: the list has its share of shoes"}))]
pub struct StepTold {
    /// `retrieval`, `filters`, `score`, `goal` or `diversity`, in the order in which they are taken.
    #[schema(value_type = String)]
    pub step: &'static str,
    /// Its place behind the step, from 1; null where it has none.
    pub place: Option<usize>,
    /// What the step did.
    pub detail: String,
}

/// The features of a score, the strongest first.
#[must_use]
pub fn features(node: &Node, features: &[Feature]) -> Vec<FeatureTold> {
    let mut told: Vec<_> = features.iter().map(|feature| feature_told(node, feature)).collect();
    told.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
    told
}

fn feature_told(node: &Node, feature: &Feature) -> FeatureTold {
    let mut told = FeatureTold {
        part: feature.part,
        feature: feature.kind.name(),
        value: feature.value,
        item_id: None,
        age_s: None,
        weight: None,
        half_life_events: None,
        category: None,
    };
    let name = |item| node.catalogue.name(item).map(|name| name.to_string());
    match feature.kind {
        FeatureKind::Popularity { half_life_events } => {
            told.half_life_events = Some(half_life_events);
        }
        FeatureKind::LastItem(item) | FeatureKind::ChosenWith(item) => told.item_id = name(item),
        FeatureKind::HistoryItem { item, age_s, weight } => {
            (told.item_id, told.age_s, told.weight) = (name(item), Some(age_s), Some(weight));
        }
        FeatureKind::Category(category) => {
            let name = node.catalogue.category_name(category);
            told.category = name.map(|name| name.to_string());
        }
        FeatureKind::Bias
        | FeatureKind::Kindred
        | FeatureKind::OwnTaste
        | FeatureKind::LikeCategories
        | FeatureKind::LikeWords
        | FeatureKind::Room(_)
        | FeatureKind::Rest => {}
    }
    told
}

/// The steps on the way to the item's place.
#[must_use]
pub fn steps(node: &Node, explained: &Explanation) -> Vec<StepTold> {
    let named_by: BTreeSet<&str> = explained.named_by.iter().map(|source| source.name()).collect();
    let named_by: Vec<&str> = named_by.into_iter().collect();
    let mut steps = vec![step(
        "retrieval",
        None,
        match (&explained.standing, named_by.as_slice()) {
            (Standing::NotNamed, _) => "no source named it".to_owned(),
            (_, []) => "named because places were left".to_owned(),
            (_, names) => format!("named by {}", names.join(", ")),
        },
    )];
    match explained.standing {
        Standing::LeftOut(obstacle) => {
            steps.push(step("filters", None, format!("left out: {}", obstacle.name())));
        }
        _ => steps.push(step("filters", None, "passed".to_owned())),
    }
    if let Some(scored) = &explained.scored {
        ranked(node, explained, scored, &mut steps);
    }
    steps
}

fn ranked(node: &Node, explained: &Explanation, scored: &ScoredItem, steps: &mut Vec<StepTold>) {
    let moved = scored.steps;
    let detail = format!("by score, of {} candidates", explained.candidates);
    steps.push(step("score", Some(moved.by_blend), detail));
    if moved.by_goal != moved.by_blend {
        let detail = "by what showing it may be expected to bring".to_owned();
        steps.push(step("goal", Some(moved.by_goal), detail));
    }
    let rank = match explained.standing {
        Standing::Listed { rank } => Some(rank),
        _ => None,
    };
    let detail = match moved.full {
        Some(category) => {
            let name = node.catalogue.category_name(category).unwrap_or_default();
            format!("passed over: the list has its share of {name}")
        }
        None if 0 < moved.passed_over_above => {
            format!("{} above it passed over for their categories", moved.passed_over_above)
        }
        None => "nothing moved".to_owned(),
    };
    steps.push(step("diversity", rank, detail));
}

fn step(step: &'static str, place: Option<usize>, detail: String) -> StepTold {
    StepTold { step, place, detail }
}
