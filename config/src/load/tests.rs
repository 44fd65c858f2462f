//! What loads, what is refused, and with which words.

use std::fs;

use engine::Role;
use engine::model::click::GoalCounts;
use engine::ranking::GoalWeights;

use super::*;
use crate::{ClockKind, starter_file};

/// Loads a file of this text.
fn load_text(text: &str) -> Result<Loaded, ConfigError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("freshet.toml");
    fs::write(&path, text).unwrap();
    load(&Sources { file: Some(path), ..Sources::default() })
}

/// The refusal of a file of this text, without the directory.
fn refusal(text: &str) -> String {
    let told = load_text(text).unwrap_err().to_string();
    told.lines()
        .map(|line| line.rsplit_once("/freshet").map_or(line, |(_, rest)| rest))
        .collect::<Vec<_>>()
        .join("\n")
}

fn with_environment(name: &str, value: &str) -> Result<Loaded, ConfigError> {
    let environment = vec![(name.to_owned(), value.to_owned())];
    load(&Sources { environment, ..Sources::default() })
}

#[test]
fn the_defaults_load() {
    let config = Config::default();
    assert_eq!(config.server.bind.to_string(), "127.0.0.1:7070");
    assert_eq!(config.clock, ClockKind::System);
    assert_eq!(config.storage.shards, 256);
    assert!(config.server.api_key.is_none());
}

#[test]
fn every_default_key_has_a_comment_and_every_number_a_range() {
    let manual = Manual::embedded();
    let mut merged = Merged::default();
    merged.defaults().unwrap();
    assert!(100 < merged.origins.len());
    for key in merged.origins.keys() {
        let path: Vec<String> = key.split('.').map(str::to_owned).collect();
        assert!(!manual.doc(&path).is_empty(), "{key} has no comment");
        let mut value = Value::Table(merged.tree.clone());
        for name in &path {
            value = value[name.as_str()].clone();
        }
        if value.is_integer() || value.is_float() {
            assert!(manual.rule(&path).is_some(), "{key} has no range");
        }
    }
}

#[test]
fn every_event_type_has_a_line_of_its_own_in_the_manual() {
    for name in Config::default().events.types.names() {
        let path = ["events", "types", name].map(str::to_owned);
        assert!(!Manual::embedded().doc(&path).is_empty(), "{name} has no comment");
    }
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_and_its_line() {
    assert_eq!(
        refusal("[server]\n\nbnd = \"127.0.0.1:1\"\n"),
        ".toml:3: server.bnd: unknown key, did you mean \"server.bind\"?"
    );
}

#[test]
fn a_key_in_the_wrong_table_is_pointed_to_the_right_one() {
    assert_eq!(
        refusal("[server]\ndata_dir = \"x\"\n"),
        ".toml:2: server.data_dir: unknown key, did you mean \"storage.data_dir\"?"
    );
}

#[test]
fn a_misspelled_table_is_pointed_to_the_right_one() {
    assert!(refusal("[sever]\nbind = \"x\"\n").contains("did you mean \"server.bind\"?"));
}

#[test]
fn a_wrong_type_says_what_was_expected() {
    assert_eq!(
        refusal("[storage]\nshards = \"many\"\n"),
        ".toml:2: storage.shards: expected a whole number, found the text \"many\""
    );
    assert!(refusal("[server]\norigins = [1]\n").contains("expected a list of texts"));
}

#[test]
fn a_number_out_of_range_says_the_range() {
    assert_eq!(
        refusal("[storage]\nshards = 0\n"),
        ".toml:2: storage.shards: 0 is out of range, expected 1 to 4096"
    );
}

#[test]
fn a_word_that_is_not_allowed_lists_the_allowed() {
    assert_eq!(
        refusal("clock = \"evnt\"\n"),
        ".toml:1: clock: \"evnt\" is not one of system, event, did you mean \"event\"?"
    );
}

#[test]
fn all_problems_are_told_at_once() {
    let told = refusal("clok = \"event\"\n[storage]\nshards = 0\n");
    assert_eq!(told.lines().count(), 2, "{told}");
}

#[test]
fn an_address_that_is_none_is_refused_with_an_example() {
    let told = refusal("[server]\nbind = \"nowhere\"\n");
    assert!(told.contains("nowhere") && told.contains("127.0.0.1:7070"), "{told}");
}

#[test]
fn flag_wins_over_environment_over_file_over_default() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f.toml");
    fs::write(&path, "[server]\nbind = \"127.0.0.1:1\"\nkeep_alive_s = 1\nworkers = 1\n").unwrap();
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let environment = vec![
        variable("FRESHET__SERVER__BIND", "127.0.0.1:2"),
        variable("FRESHET__SERVER__WORKERS", "2"),
    ];
    let flags = vec![Flag { flag: "--bind", key: "server.bind", value: "127.0.0.1:3".to_owned() }];
    let loaded = load(&Sources { file: Some(path), environment, flags }).unwrap();
    let server = &loaded.config.server;
    assert_eq!((server.bind.port(), server.workers, server.keep_alive_s), (3, 2, 1));
    assert_eq!(loaded.origins["server.bind"].to_string(), "flag --bind");
    assert_eq!(
        loaded.origins["server.workers"].to_string(),
        "environment FRESHET__SERVER__WORKERS"
    );
}

#[test]
fn the_environment_gives_lists_and_is_checked_like_a_file() {
    let loaded = with_environment("FRESHET__CONTEXT__KEYS", "device, store").unwrap();
    assert_eq!(loaded.config.context.keys, ["device", "store"]);
    let told = with_environment("FRESHET__SERVER__BIMD", "x").unwrap_err().to_string();
    assert_eq!(
        told,
        "environment FRESHET__SERVER__BIMD: server.bimd: unknown key, did you mean \"server.bind\"?"
    );
}

#[test]
fn a_secret_comes_from_its_file_and_is_never_shown() {
    let dir = tempfile::tempdir().unwrap();
    let key_file = dir.path().join("key");
    fs::write(&key_file, "s3cret\n").unwrap();
    let loaded =
        with_environment("FRESHET__SERVER__API_KEY_FILE", key_file.to_str().unwrap()).unwrap();
    assert_eq!(loaded.config.server.api_key.as_ref().unwrap().expose(), "s3cret");
    assert!(!loaded.show().contains("s3cret"));
    assert!(!format!("{:?}", loaded.config).contains("s3cret"));
    let loaded = with_environment("FRESHET__SERVER__API_KEY", "s3cret").unwrap();
    assert!(!loaded.show_with_origins().contains("s3cret"));
}

#[test]
fn a_secret_file_that_is_missing_or_empty_is_refused() {
    let told = with_environment("FRESHET__SERVER__API_KEY_FILE", "/nonexistent/key").unwrap_err();
    assert!(told.to_string().contains("cannot read /nonexistent/key"), "{told}");
}

#[test]
fn listening_beyond_loopback_needs_a_key_or_insecure() {
    assert!(refusal("[server]\nbind = \"0.0.0.0:7070\"\n").contains("--insecure"));
    load_text("[server]\nbind = \"0.0.0.0:7070\"\ninsecure = true\n").unwrap();
    load_text("[server]\nbind = \"0.0.0.0:7070\"\napi_key = \"k\"\n").unwrap();
}

#[test]
fn embedded_types_keep_their_places_and_declared_ones_follow_in_file_order() {
    let text = "[events.types.zeta]\nrole = \"positive\"\nweight = 1\n\
                [events.types.purchase]\nweight = 9\n\
                [events.types.alpha]\nrole = \"neutral\"\nweight = 0.0\naliases = [\"a\"]\n";
    let defaults = Config::default().event_types().unwrap();
    let changed = load_text(text).unwrap().config.event_types().unwrap();
    let names = |types: &engine::EventTypes| -> Vec<String> {
        types.iter().map(|(_, spec)| spec.name.clone()).collect()
    };
    let (before, after) = (names(&defaults), names(&changed));
    assert_eq!(after[..before.len()], before);
    assert_eq!(after[before.len()..], ["zeta", "alpha"]);
    let weight = |name: &str| changed.iter().find(|(_, s)| s.name == name).unwrap().1.weight;
    assert!((weight("purchase") - 9.0).abs() < f32::EPSILON);
    let zeta = changed.iter().find(|(_, s)| s.name == "zeta").unwrap().1;
    assert_eq!((zeta.role, zeta.half_life_ms), (Role::Positive, 168 * 3_600_000));
}

#[test]
fn the_places_of_the_embedded_types_never_change() {
    let types = Config::default().event_types().unwrap();
    let names: Vec<_> = types.iter().map(|(_, spec)| spec.name.clone()).collect();
    let expected = "view_item_list select_item view_item search add_to_wishlist add_to_cart \
        remove_from_cart begin_checkout purchase refund video_start video_progress video_complete \
        like dislike share follow rate not_interested comment live_join live_heartbeat live_comment \
        live_like live_gift live_product_click live_leave";
    assert_eq!(names.join(" "), expected);
}

#[test]
fn a_type_that_lacks_its_role_or_takes_anothers_name_is_refused() {
    assert_eq!(
        refusal("[events.types.mine]\nweight = 1\n"),
        ".toml:2: events.types.mine.role: has to be given"
    );
    let told =
        refusal("[events.types.mine]\nrole = \"neutral\"\nweight = 0\naliases = [\"CLICK\"]\n");
    assert!(told.contains("\"CLICK\" stands for two event types"), "{told}");
    let told = refusal("[events.types.mine]\nrole = \"positiv\"\nweight = 1\n");
    assert!(told.contains("did you mean \"positive\"?"), "{told}");
    let told = refusal("[events.types.mine]\nrole = \"neutral\"\nweight = 101\n");
    assert!(told.contains("expected -100 to 100"), "{told}");
}

#[test]
fn a_scenario_takes_what_it_leaves_out_from_home() {
    let loaded = load_text("[ranking.scenarios.basket.seen]\nrepeat = true\n").unwrap();
    let scenarios = &loaded.config.ranking.scenarios;
    let (home, basket) = (scenarios.get("home").unwrap(), scenarios.get("basket").unwrap());
    assert!(basket.seen.repeat && !home.seen.repeat);
    assert_eq!(basket.blend, home.blend);
    assert!(refusal("[ranking.scenarios.x.blend]\nfresh = 1000\n").contains("0.0 to 100.0"));
    assert!(
        refusal("[ranking.scenarios.x.seen]\nevents = [\"purchas\"]\n").contains("\"purchase\"")
    );
}

#[test]
fn goals_are_event_types_with_weights() {
    let text = "[ranking.scenarios.shop.goal]\nadd_to_cart = 4\nbuy = 10.5\n\
                [ranking.scenarios.feed]\norder = \"goal\"\ngoal = { click = 0, share = 2 }\n\
                [ranking.scenarios.feed.goal_values]\nvideo_progress = 0.01\n";
    let config = load_text(text).unwrap().config;
    let goals = |name: &str| config.goals(config.ranking.scenarios.get(name).unwrap()).unwrap();
    let (home, shop, feed) = (goals("home"), goals("shop"), goals("feed"));
    assert!((home.click - 1.0).abs() < 1e-6 && home.others.is_empty());
    let weights = |goals: &GoalWeights| goals.others.iter().map(|(_, it)| *it).collect::<Vec<_>>();
    assert_eq!((shop.click, weights(&shop)), (1.0, vec![4.0, 10.5]));
    assert_eq!((feed.click, weights(&feed)), (0.0, vec![0.01, 2.0]));
    let counts: Vec<_> = feed.others.iter().map(|(goal, _)| goal.counts).collect();
    assert_eq!(counts, [GoalCounts::Values, GoalCounts::Events]);
    assert_eq!(config.all_goals().unwrap().len(), 4);
    assert_eq!(load_text(&load_text(text).unwrap().show()).unwrap().config, config);
}

#[test]
fn goals_that_cannot_be_are_refused_with_what_is_wrong() {
    let goal = |line: &str| refusal(&format!("[ranking.scenarios.shop.goal]\n{line}\n"));
    assert!(goal("purchas = 1").contains("did you mean \"purchase\"?"));
    assert!(goal("impression = 1").contains("showing an item is no goal"));
    assert!(goal("purchase = 1e9").contains("no weight for \"purchase\""));
    assert!(goal("click = 0").contains("no goal is worth anything"));
    assert!(goal("purchase = \"much\"").contains("a number"));
    let many = ["search", "view_item", "add_to_wishlist", "add_to_cart", "begin_checkout"];
    let more = ["purchase", "video_start", "video_complete", "like"];
    let all = many.iter().chain(&more).map(|name| format!("{name} = 1")).collect::<Vec<_>>();
    assert!(goal(&all.join("\n")).contains("9 goals besides the click, and 8 are the most"));
}

#[test]
fn what_impressions_cannot_do_is_refused() {
    let seen = |line: &str| refusal(&format!("[ranking.scenarios.home.seen]\n{line}\n"));
    for name in ["impression", "view_item_list"] {
        let told = seen(&format!("events = [\"{name}\"]"));
        assert!(told.contains("`exposures`") && told.contains("seen.events"), "{told}");
    }
    assert!(seen("exposure_hours = 25").contains("1 to 24"));
    assert!(seen("exposures = 101").contains("0 to 100"));
}

#[test]
fn what_is_shown_loads_to_the_same_configuration() {
    let text = "clock = \"event\"\n[events.types.mine]\nrole = \"neutral\"\nweight = 0\n\
                [ranking.scenarios.basket.seen]\nrepeat = true\n";
    let first = load_text(text).unwrap();
    assert_eq!(load_text(&first.show()).unwrap().config, first.config);
    assert_eq!(load_text(&first.show_with_origins()).unwrap().config, first.config);
}

#[test]
fn the_starter_file_changes_nothing() {
    assert_eq!(load_text(&starter_file()).unwrap().config, Config::default());
}

#[test]
fn a_source_that_there_is_not_is_refused_with_all_that_there_are() {
    let told = refusal("[retrieval.machine]\nenabled = false\n");
    let known = "neighbours, session, similar_sessions, model, content, rooms, popular, trending, fresh, category";
    assert!(told.contains("retrieval.machine.enabled: is none of "), "{told}");
    assert!(told.contains(known), "{told}");
    let told = refusal("[retrieval.contents]\nquota = 5\n");
    assert!(told.contains("did you mean \"content\"?"), "{told}");
    let told = refusal("[retrieval.content]\nenable = false\n");
    assert!(told.contains("unknown key, did you mean \"retrieval.content.enabled\"?"), "{told}");
    let told = refusal("[retrieval.content]\nquota = 1001\n");
    assert!(told.contains("1001 is out of range"), "{told}");
}

#[test]
fn a_source_is_switched_off_by_file_and_by_environment() {
    let config = load_text("[retrieval.content]\nenabled = false\n").unwrap().config;
    assert!(!config.retrieval.content.enabled && config.retrieval.model.enabled);
    let config = with_environment("FRESHET__RETRIEVAL__SESSION__ENABLED", "false").unwrap().config;
    assert!(!config.retrieval.session.enabled);
}

#[test]
fn keys_of_tokens_come_from_files_whole_or_by_their_first_line_and_are_never_shown() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("key");
    let secret = "0123456789abcdef0123456789abcdef";
    fs::write(&file, format!("{secret}\n")).unwrap();
    let name = file.to_str().unwrap();
    let loaded = with_environment("FRESHET__AUTH__TOKEN_SECRET_FILE", name).unwrap();
    assert_eq!(loaded.config.auth.token_secret.as_ref().unwrap().expose(), secret);
    let loaded = with_environment("FRESHET__AUTH__TOKEN_SECRET", secret).unwrap();
    assert!(!loaded.show().contains(secret) && !loaded.show_with_origins().contains(secret));
    fs::write(&file, "-----BEGIN\nabc\n-----END\n").unwrap();
    let loaded = with_environment("FRESHET__AUTH__TOKEN_PRIVATE_KEY_FILE", name).unwrap();
    let private = loaded.config.auth.token_private_key.unwrap();
    assert_eq!(private.expose(), "-----BEGIN\nabc\n-----END");
}

#[test]
fn a_token_secret_that_can_be_guessed_is_refused_with_the_reason() {
    let short = refusal("[auth]\ntoken_secret = \"0123456789abcdef0123456789abcde\"\n");
    assert!(short.contains("has 31 bytes") && short.contains("at least 32"), "{short}");
    assert!(!short.contains("0123456789"), "{short}");
    load_text("[auth]\ntoken_secret = \"0123456789abcdef0123456789abcdef\"\n").unwrap();
}

#[test]
fn tokens_have_one_kind_of_key() {
    let both =
        "[auth]\ntoken_secret = \"0123456789abcdef0123456789abcdef\"\ntoken_public_key = \"k\"\n";
    assert!(refusal(both).contains("only one kind"));
    assert!(
        refusal("[auth]\ntoken_ttl_s = 60\ntoken_max_ttl_s = 59\n")
            .contains("auth.token_max_ttl_s")
    );
}
