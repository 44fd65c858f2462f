//! From the configuration to what the engine, the actors and the log are told.
//!
//! One function per receiver; the only place that knows both sides.
//!
//! Not here: defaults and ranges (`config/default.toml` has them).

mod rooms;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actors::{ActorSettings, LearnerConfig};
use anyhow::{Result, anyhow};
use config::{
    Config, DeclaredFault, ExploreConfig, ExploreMethod, ImpressionsConfig, OrderConfig,
    PositionConfig, ScenarioConfig,
};
use engine::activity::ActivityConfig;
use engine::features::{Declared, FeatureSet};
use engine::model::click::{ClickConfig, ClickRates, PositionPolicy};
use engine::model::numeric::LANE;
use engine::model::versions::{GuardConfig, NoFiles};
use engine::model::{ModelConfig, Rates};
use engine::ranking::{
    BlendWeights, DiversityCap, DrawBy, ExploreRule, Filter, FinalOrder, Repeats, Scenario,
    SeenRule, SeenTypes, TagEffect, TagRule,
};
use engine::retrieval::{Source, SourceRules};
use engine::shard::{ApplyConfig, Impressions, JoinConfig, Learning, StayRules};
use engine::user::InfluenceConfig;
use engine::{EventTypes, NodeKey};

use crate::event_log::LogOptions;

const MS_PER_HOUR: u64 = 3_600_000;

pub use rooms::rooms;

/// The scenarios by name.
pub type Scenarios = BTreeMap<String, Arc<Scenario>>;

/// How the log is opened.
#[must_use]
pub fn log(config: &Config) -> LogOptions {
    LogOptions {
        shards: config.storage.shards,
        retention_ms: config.log.retention_hours * MS_PER_HOUR,
        retention_bytes: config.log.retention_bytes,
    }
}

/// How the actors are set up.
#[must_use]
pub fn actors(config: &Config) -> ActorSettings {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    ActorSettings {
        shard_threads: cores,
        cut_every: Duration::from_secs(config.checkpoint.every_s),
        cut_log_bytes: config.checkpoint.every_bytes,
        cut_deadline: Duration::from_secs(config.checkpoint.abandon_after_s),
        publish_every: Duration::from_millis(config.activity.publish_interval_ms),
        publish_model_every: Duration::from_millis(config.model.publish_interval_ms),
    }
}

/// What shards are told.
#[must_use]
pub fn apply(config: &Config, key: NodeKey, types: &EventTypes, shards: u16) -> ApplyConfig {
    ApplyConfig {
        key,
        types: types.clone(),
        features: FeatureSet::standard(types).with(declared(config, types).unwrap_or_default()),
        visit_gap_ms: config.events.visit_gap_s * 1_000,
        dedup_window_ms: config.dedup.ram_window_s * 1_000,
        served_budget_bytes: config.served.budget_bytes / usize::from(shards.max(1)),
        served_retention_ms: config.served.retention_s * 1_000,
        influence: influence(config),
        stays: StayRules { short_ms: config.rooms.short_stay_s * 1_000, ..StayRules::default() },
        learning: config.model.enabled.then(|| Learning {
            backfill_weight: config.model.backfill_weight,
            join: join(config),
        }),
    }
}

/// What operators declared.
///
/// # Errors
/// None after a load with these event types, which has tried it; else everything that is wrong with it.
pub fn declared(config: &Config, types: &EventTypes) -> Result<Declared> {
    let told = |faults: Vec<DeclaredFault>| {
        anyhow!(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    };
    let plan = config.feature_plan(types).map_err(told)?;
    let patterns = config.pattern_plan().map_err(told)?;
    Ok(Declared::of(plan, patterns, types, config.events.visit_gap_s * 1_000))
}

/// How much one user may move what everybody sees. Without a bound repeats still count less.
fn influence(config: &Config) -> InfluenceConfig {
    let bound = |events: u32| if events == 0 { u32::MAX } else { events };
    InfluenceConfig {
        user_events: bound(config.influence.user_events),
        user_impressions: bound(config.influence.user_impressions),
    }
}

/// How impressions are joined with what follows them.
fn join(config: &Config) -> JoinConfig {
    let join = &config.model.join;
    JoinConfig {
        window_ms: join.window_s * 1_000,
        impressions: match join.impressions {
            ImpressionsConfig::Reported => Impressions::Reported,
            ImpressionsConfig::Served => Impressions::Served,
        },
    }
}

/// What item activity is told.
#[must_use]
pub fn activity(config: &Config, types: &EventTypes) -> ActivityConfig {
    let activity = &config.activity;
    ActivityConfig {
        types: types.clone(),
        features: declared(config, types).unwrap_or_default(),
        neighbours: activity.neighbours,
        covisit_counters: activity.covisit_counters,
        alpha: activity.alpha,
        half_lives_events: activity.half_lives_events.map(|events| events as f32),
        origin_events: config.influence.network_events,
        ..ActivityConfig::default()
    }
}

/// What the learner is told, without files of models; `None` where there is no model.
#[must_use]
pub fn model(config: &Config, key: NodeKey) -> Option<LearnerConfig> {
    let model = &config.model;
    if !model.enabled {
        return None;
    }
    let seed = if model.seed == 0 { key.hash(&[b"model seed"]) } else { model.seed };
    let defaults = ModelConfig::default();
    let click = click(config);
    let model = ModelConfig {
        lanes: model.dimensions / LANE,
        negatives: model.negatives,
        rates: Rates { vectors: model.learning_rate, ..defaults.rates },
        decay: model.history_decay,
        user_row_after: model.user_vector_after,
        max_items: model.max_items,
        click,
        sources: sources(config).asked,
        ..defaults
    };
    let guard = guard(&config.model.guard);
    Some(LearnerConfig { seed, model, guard, files: Arc::new(NoFiles) })
}

fn guard(guard: &config::GuardConfig) -> GuardConfig {
    GuardConfig {
        enabled: guard.enabled,
        tolerance: guard.tolerance,
        every: guard.compare_every,
        snapshot_samples: guard.snapshot_samples,
        hold_samples: guard.hold_samples,
        forget: guard.forget_on_drift,
    }
}

/// What the click head is told.
#[must_use]
pub fn click(config: &Config) -> ClickConfig {
    let click = &config.model.click;
    let defaults = ClickConfig::default();
    let rates =
        ClickRates { weights: click.learning_rate, vectors: click.learning_rate, ..defaults.rates };
    ClickConfig {
        lanes: click.dimensions / LANE,
        rates,
        max_features: click.max_features,
        admit_after: click.admit_after,
        position: match click.position {
            PositionConfig::Em => PositionPolicy::Estimated,
            PositionConfig::Ips => PositionPolicy::Weighted,
            PositionConfig::Logit => PositionPolicy::Logit,
            PositionConfig::None => PositionPolicy::Ignored,
        },
        position_clip: click.position_clip,
        propensity_clip: click.propensity_clip,
        negatives_kept: click.negatives_kept,
        ready_clicks: click.ready_clicks as f32,
        // A load has tried them.
        goals: config.all_goals().unwrap_or_default(),
        ..defaults
    }
}

/// The scenarios that requests may name.
///
/// # Errors
/// None after a load, which has tried the names of event types.
pub fn scenarios(config: &Config) -> Result<Scenarios> {
    let declared = config.ranking.scenarios.iter();
    declared
        .map(|(name, one)| Ok((name.to_owned(), Arc::new(scenario(config, name, one)?))))
        .collect()
}

fn scenario(config: &Config, name: &str, declared: &ScenarioConfig) -> Result<Scenario> {
    let seen = &declared.seen;
    let repeats = if seen.repeat { Repeats::Allowed } else { Repeats::AfterDays(seen.days) };
    let blend = &declared.blend;
    Ok(Scenario {
        name: name.to_owned(),
        seen: SeenRule {
            types: SeenTypes::Listed(config.seen_types(declared)?),
            repeats,
            exposures: seen.exposures,
            exposure_window_ms: u64::from(seen.exposure_hours) * MS_PER_HOUR,
        },
        sources: sources(config),
        explore: exploration(&declared.explore),
        diversity: DiversityCap { max_share: declared.max_category_share },
        blend: BlendWeights {
            neighbours: blend.neighbours,
            session: blend.session,
            popular: blend.popularity,
            trending: blend.trending,
            fresh: blend.fresh,
            category: blend.category,
            rooms: blend.rooms,
            gamma: blend.gamma,
        },
        goal: config.goals(declared)?,
        order: match declared.order {
            OrderConfig::Score => FinalOrder::Score,
            OrderConfig::Goal => FinalOrder::Goal,
        },
        tagged: declared.tagged.iter().filter_map(tag_rule).collect(),
    })
}

/// What a tag does to candidates that share what its match had in common; `None` where that is nothing.
fn tag_rule((tag, factor): (&str, &f32)) -> Option<TagRule> {
    let effect = match *factor {
        1.0 => return None,
        factor if factor <= 0.0 => TagEffect::Exclude,
        factor => TagEffect::Boost(factor),
    };
    Some(TagRule { tag: tag.into(), filter: Filter::default(), effect })
}

/// Which sources are asked, and for how many candidates.
#[must_use]
pub fn sources(config: &Config) -> SourceRules {
    let mut rules = SourceRules::default();
    let retrieval = &config.retrieval;
    for source in Source::ALL {
        let declared = match source {
            Source::Neighbours => retrieval.neighbours,
            Source::Session => retrieval.session,
            Source::Popular => retrieval.popular,
            Source::Trending => retrieval.trending,
            Source::Fresh => retrieval.fresh,
            Source::Category => retrieval.category,
            Source::Model => retrieval.model,
            Source::SimilarSessions => retrieval.similar_sessions,
            Source::Content => retrieval.content,
            Source::Rooms => retrieval.rooms,
        };
        rules.quotas[source.place()] = declared.quota;
        if !declared.enabled {
            rules.asked = rules.asked.without(source);
        }
    }
    rules
}

fn exploration(declared: &ExploreConfig) -> ExploreRule {
    ExploreRule {
        method: match declared.method {
            ExploreMethod::Off => DrawBy::Off,
            ExploreMethod::PlackettLuce => {
                DrawBy::PlackettLuce { temperature: declared.temperature }
            }
            ExploreMethod::Epsilon => DrawBy::Epsilon { epsilon: declared.epsilon },
        },
        requests: declared.requests,
        max_share: declared.max_share,
        new_items: declared.new_items,
        new_until: declared.new_until_shown,
    }
}

#[cfg(test)]
mod tests;
