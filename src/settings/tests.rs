//! That the engine's own examples and the configuration's defaults say the same.

use config::Config;
use engine::activity::ActivityConfig;
use engine::ranking::Scenario;

use super::{activity, scenarios};

#[test]
fn the_default_scenario_is_the_one_the_engine_is_tuned_with() {
    let config = Config::default();
    let home = scenarios(&config).expect("valid")["home"].clone();
    let engine = Scenario::default();
    assert_eq!(home.blend, engine.blend);
    assert_eq!(home.diversity, engine.diversity);
    assert_eq!(home.seen.repeats, engine.seen.repeats);
    assert_eq!(home.seen.exposures, engine.seen.exposures);
    assert_eq!(home.seen.exposure_window_ms, engine.seen.exposure_window_ms);
}

#[test]
fn the_default_activity_is_the_one_the_engine_is_tuned_with() {
    let config = Config::default();
    let types = config.event_types().expect("valid");
    let engine = ActivityConfig { types: types.clone(), ..ActivityConfig::default() };
    assert_eq!(activity(&config, &types), engine);
}
