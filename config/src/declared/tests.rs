//! The embedded features and patterns, and what is refused with its line.

use std::fs;

use engine::features::plan::FeaturePlan;

use super::*;
use crate::{Loaded, Sources, load};

fn load_text(text: &str) -> Result<Loaded, crate::ConfigError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f.toml");
    fs::write(&path, text).unwrap();
    load(&Sources { file: Some(path), ..Sources::default() })
}

fn refusal(text: &str) -> String {
    let told = load_text(text).unwrap_err().to_string();
    let lines = told.lines().map(|line| line.rsplit_once("/f.toml").map_or(line, |(_, rest)| rest));
    lines.collect::<Vec<_>>().join("\n")
}

fn plan(config: &Config) -> FeaturePlan {
    config.feature_plan(&config.event_types().unwrap()).unwrap()
}

#[test]
fn the_embedded_features_are_those_that_the_manual_names() {
    let config = Config::default();
    let plan = plan(&config);
    let names: Vec<&str> = plan.iter().map(|(_, one)| one.name.as_str()).collect();
    assert_eq!(
        names.join(" "),
        "clicks_1m clicks_5m clicks_60m last_click mean_price_60m channels_watched category_interest \
         item_ctr category_ctr room_heat"
    );
    // Four features of clicks are one family, and each rate is two.
    assert_eq!(plan.families().len(), 9);
    assert_eq!(config.pattern_plan().unwrap().iter().count(), 3);
}

#[test]
fn an_instance_of_the_embedded_features_takes_so_many_bytes() {
    let plan = plan(&Config::default());
    let bytes = |entity| plan.instance_bytes(entity);
    assert_eq!((bytes(Entity::User), bytes(Entity::UserCategory)), (496, 80));
    assert_eq!((bytes(Entity::Item), bytes(Entity::Category), bytes(Entity::Room)), (160, 160, 80));
}

#[test]
fn a_file_adds_changes_and_drops_features_and_patterns() {
    let text = "[features.my_views]\nentity = \"item\"\nevents = [\"view\", \"refund\"]\n\
                window = \"tumbling 1d Asia/Shanghai\"\naggregate = \"max\"\nof = \"properties.pric\"\nttl = \"2d\"\n\
                [features.clicks_1m]\nwindow = \"2m/10s\"\n\
                [features]\nroom_heat = { enabled = false }\n\
                [patterns.pair]\nsteps = [\"view where price > 10\", \"2 x buy, cart\"]\nwithin = \"1h\"\nttl = \"1d\"\n\
                tag = \"buyer\"\nmax_open = 1\n";
    let config = load_text(text).unwrap().config;
    let plan = plan(&config);
    let names: Vec<&str> = plan.iter().map(|(_, one)| one.name.as_str()).collect();
    assert!(!names.contains(&"room_heat") && names.last() == Some(&"my_views"), "{names:?}");
    assert_eq!(plan.find("clicks_1m").unwrap().1.window.to_string(), "2m/10s");
    let mine = plan.find("my_views").unwrap().1;
    assert_eq!(mine.ttl_ms, Some(2 * 86_400_000));
    assert_eq!(mine.events.iter().count(), 2);
    let patterns = config.pattern_plan().unwrap();
    let (_, pair) = patterns.iter().find(|(_, it)| it.name == "pair").unwrap();
    assert_eq!((pair.steps[1].1, pair.tag.as_str()), (2, "buyer"));
    assert!(pair.steps[0].0.filter.is_some());
    let shown = load_text(&load_text(text).unwrap().show()).unwrap().config;
    assert_eq!(shown, config);
}

/// A feature in lines 1 to 5, of which some are replaced.
fn feature(lines: &[(usize, &str)]) -> String {
    let mut all = vec![
        "[features.mine]",
        "entity = \"user\"",
        "events = [\"select_item\"]",
        "window = \"5m/30s\"",
        "aggregate = \"count\"",
    ];
    for (line, text) in lines {
        if *line <= all.len() { all[*line - 1] = text } else { all.push(text) }
    }
    all.join("\n")
}

fn refused(lines: &[(usize, &str)], expected: &str) {
    let told = refusal(&feature(lines));
    assert!(told.contains(expected), "{told}\nexpected {expected}");
}

#[test]
fn what_cannot_enter_ranking_is_refused_with_the_line_and_what_was_expected() {
    refused(
        &[(6, "rank = \"log10\"")],
        ":6: features.mine.rank: \"log10\" is no way to rank: expected \"log2\", \"width 0.1\" or \"bounds 1 5 20\"",
    );
    refused(
        &[(6, "rank = \"bounds 5 1\"")],
        ":6: features.mine.rank: bounds have to grow, and 1 follows 5",
    );
    refused(
        &[
            (4, "window = \"ever\""),
            (5, "aggregate = \"top_categories\""),
            (6, "top = 3"),
            (7, "rank = \"log2\""),
        ],
        ":7: features.mine.rank: top_categories is no number, and ranking takes numbers: leave `rank` out",
    );
    refused(&[(6, "rank = 3")], ":6: features.mine.rank: ");
}

#[test]
fn bad_features_are_refused_with_the_line_and_what_was_expected() {
    refused(
        &[(3, "events = [\"selct_item\"]")],
        ":3: features.mine.events: \"selct_item\" is neither an event type nor a role, did you mean \"select_item\"?",
    );
    refused(
        &[(5, "aggregate = \"cuont\"")],
        ":5: features.mine.aggregate: \"cuont\" is not one of count, sum, mean, min, max, distinct, rate, \
         last_time, last_value, sequence, top_categories, did you mean \"count\"?",
    );
    refused(
        &[(2, "entity = \"usr\"")],
        ":2: features.mine.entity: \"usr\" is not one of user, item",
    );
    refused(
        &[(4, "window = \"0s\"")],
        ":4: features.mine.window: a window of no length holds nothing",
    );
    refused(
        &[(4, "window = \"30s/5m\"")],
        ":4: features.mine.window: the slide 5m is longer than the window 30s",
    );
    refused(&[(4, "window = \"5m/40s\"")], "does not divide the window 5m");
    refused(
        &[(2, "entity = \"user_item\"")],
        "features.mine.max_instances: there may be any number of user_item: say how many",
    );
    refused(&[(5, "aggregate = \"mean\"")], "features.mine.of: mean is made of numbers");
    refused(
        &[(6, "of = \"pric\"")],
        ":6: features.mine.of: \"pric\" is a property, or did you mean \"price\"?",
    );
    refused(
        &[(6, "where = \"dwell_ms => 3\"")],
        ":6: features.mine.where: at character 11: expected a number",
    );
    refused(
        &[(6, "wndow = \"5m\"")],
        ":6: features.mine.wndow: unknown key, did you mean \"features.mine.window\"?",
    );
    refused(&[(3, "")], ":2: features.mine.events: has to be given");
    refused(
        &[(5, "aggregate = \"rate\""), (6, "per = [\"view\"]")],
        "smoothing: needs two numbers",
    );
    refused(&[(5, "aggregate = \"distinct\""), (6, "of = \"item\"")], "most: 0 is out of range");
    refused(&[(6, "ttl = \"soon\"")], ":6: features.mine.ttl: \"soon\" is no length of time");
    refused(&[(1, "[features.Mine]")], ":2: features.Mine: a name is 1 to 64 of a-z");
    refused(&[(6, "[features.mine]")], "duplicate key");
}

#[test]
fn a_scenario_goes_by_tags_that_patterns_set_and_items_can_share() {
    let rule = |line: &str| format!("[ranking.scenarios.home.tagged]\n{line}\n");
    let told = refusal(&rule("keen_on_categori = 2.0"));
    assert!(
        told.contains(":2: ranking.scenarios.home.tagged.keen_on_categori: no pattern in [patterns] sets the tag")
            && told.contains("did you mean \"keen_on_category\"?"),
        "{told}"
    );
    let told = refusal(&rule("search_in_vain = 2.0"));
    assert!(told.contains("have nothing but the user in common, so no item shares it"), "{told}");
    assert!(refusal(&rule("keen_on_category = -1.0")).contains("0.0 to 1_000.0"));
    let config = load_text(&rule("room_shopper = 2.5")).unwrap().config;
    let rules: Vec<_> = config.ranking.scenarios.get("home").unwrap().tagged.iter().collect();
    assert_eq!(rules, [("keen_on_category", &1.0), ("room_shopper", &2.5)]);
}

#[test]
fn all_bad_declarations_are_told_at_once() {
    let told = refusal(&format!(
        "{}\n[features.other]\nentity = \"item\"\nevents = [\"any\"]\nwindow = \"visit\"\naggregate = \"count\"\n\
         [patterns.p]\nsteps = [\"x x search\"]\nwithin = \"1m\"\nttl = \"1m\"\nmax_open = 1\n",
        feature(&[(4, "window = \"5\"")])
    ));
    assert_eq!(told.lines().count(), 3, "{told}");
    assert!(
        told.contains(":4: features.mine.window") && told.contains(":9: features.other.window"),
        "{told}"
    );
    assert!(told.contains(":12: patterns.p.steps: \"x\" is no number of times"), "{told}");
}

#[test]
fn bad_patterns_are_refused_with_the_line_and_what_was_expected() {
    let refused = |line: usize, text: &str, expected: &str| {
        let mut all = vec![
            "[patterns.p]",
            "steps = [\"2 x click\"]",
            "within = \"1m\"",
            "ttl = \"1m\"",
            "max_open = 1",
        ];
        if line <= all.len() {
            all[line - 1] = text;
        } else {
            all.push(text);
        }
        let told = refusal(&all.join("\n"));
        assert!(told.contains(expected), "{told}\nexpected {expected}");
    };
    refused(
        2,
        "steps = [\"clik\"]",
        ":2: patterns.p.steps: \"clik\" is neither an event type nor a role",
    );
    refused(
        2,
        "steps = [\"click\"]",
        ":2: patterns.p.steps: one step that happens once is an event",
    );
    refused(2, "steps = []", ":2: patterns.p.steps: 0 steps");
    refused(2, "steps = [\"2 x click where price\"]", ":2: patterns.p.steps: at character 6");
    refused(
        3,
        "within = \"0s\"",
        ":3: patterns.p.within: 0 ms are out of range, expected 1s to 31d",
    );
    refused(6, "then_no = \"click\"", "patterns.p.for: \"\" is no length of time");
    refused(6, "for = \"5s\"", ":6: patterns.p.for: needs `then_no`");
    refused(
        6,
        "same = \"rom\"",
        ":6: patterns.p.same: \"rom\" is not one of user, item, category, room, did you mean \"room\"?",
    );
    refused(5, "max_open = 100", ":5: patterns.p.max_open: 100 is out of range, expected 1 to 64");
    refused(4, "", ":2: patterns.p.ttl: has to be given");
}
