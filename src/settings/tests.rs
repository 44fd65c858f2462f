//! That the engine's own examples and the configuration's defaults say the same.

use config::Config;
use engine::NodeKey;
use engine::activity::ActivityConfig;
use engine::model::ModelConfig;
use engine::ranking::Scenario;

use super::{activity, model, scenarios};

#[test]
fn the_default_scenario_is_the_one_the_engine_is_tuned_with() {
    let config = Config::default();
    let home = scenarios(&config).expect("valid")["home"].clone();
    let engine = Scenario::default();
    assert_eq!(home.blend, engine.blend);
    assert_eq!(home.diversity, engine.diversity);
    assert_eq!(home.explore, engine.explore);
    assert_eq!(home.sources, engine.sources);
    assert_eq!(home.seen.repeats, engine.seen.repeats);
    assert_eq!(home.seen.exposures, engine.seen.exposures);
    assert_eq!(home.seen.exposure_window_ms, engine.seen.exposure_window_ms);
}

#[test]
fn the_default_activity_is_the_one_the_engine_is_tuned_with() {
    let config = Config::default();
    let types = config.event_types().expect("valid");
    let features = super::declared(&config, &types).expect("valid");
    let engine = ActivityConfig { types: types.clone(), features, ..ActivityConfig::default() };
    assert_eq!(activity(&config, &types), engine);
}

#[test]
fn the_default_model_is_the_one_that_was_measured_and_each_data_directory_has_its_own_seed() {
    let config = Config::default();
    let of = |key| model(&config, NodeKey([key; 16])).expect("enabled");
    assert_eq!(of(1).model, ModelConfig::default());
    assert_eq!(of(1).seed, of(1).seed);
    assert_ne!(of(1).seed, of(2).seed);
}

#[test]
fn a_model_that_is_switched_off_is_off_for_shards_and_learner() {
    let mut config = Config::default();
    config.model.enabled = false;
    let types = config.event_types().expect("valid");
    assert!(model(&config, NodeKey([1; 16])).is_none());
    assert!(super::apply(&config, NodeKey([1; 16]), &types, 4).learning.is_none());
}
