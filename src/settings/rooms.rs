//! What live rooms are told: rules, bounds, word lists.
//!
//! Not here: defaults and ranges (`config/default.toml` has them).

use std::sync::Arc;

use actors::RoomsConfig;
use anyhow::{Context, Result};
use config::Config;
use engine::rooms::words::Words;
use engine::rooms::{
    Bounds, HEAT_KINDS, HeatConfig, HeatKind, HighlightConfig, LiveBounds, Relay, RoomConfig,
    RoomRules, ShelfConfig,
};

/// The embedded lists: English, Chinese, and what people type in live rooms.
const EMBEDDED: [&str; 3] = [
    include_str!("../../config/words/english.txt"),
    include_str!("../../config/words/chinese.txt"),
    include_str!("../../config/words/live.txt"),
];

const MS_PER_S: u64 = 1_000;

/// What live rooms go by.
///
/// # Errors
/// Where a word list cannot be read.
pub fn rooms(config: &Config) -> Result<RoomsConfig> {
    let rooms = &config.rooms;
    let rules = RoomRules { config: rules(rooms), relay: relay(rooms), words: words(rooms)? };
    let history = Bounds {
        publications: rooms.history.publications,
        bytes: rooms.history.bytes,
        age_ms: rooms.history.age_s * MS_PER_S,
    };
    let bounds = LiveBounds {
        most_rooms: rooms.most_rooms,
        forget_after_ms: rooms.forget_after_s * MS_PER_S,
        history,
        history_bytes: rooms.history.total_bytes,
    };
    Ok(RoomsConfig { rules: Arc::new(rules), bounds })
}

fn relay(rooms: &config::RoomsConfig) -> Relay {
    Relay {
        comments_per_second: rooms.comments_per_second,
        patterns: rooms.patterns.iter().map(|name| name.as_str().into()).collect(),
    }
}

fn words(rooms: &config::RoomsConfig) -> Result<Words> {
    if rooms.words.is_empty() {
        return Words::parse(&EMBEDDED).context("the embedded word lists");
    }
    let read = |path: &String| {
        let text = std::fs::read_to_string(path);
        text.with_context(|| format!("rooms.words: cannot read \"{path}\""))
    };
    let lists = rooms.words.iter().map(read).collect::<Result<Vec<String>>>()?;
    // One by one first, so that an error names its file.
    for (path, list) in rooms.words.iter().zip(&lists) {
        Words::parse(&[list]).with_context(|| format!("rooms.words: \"{path}\""))?;
    }
    let lists: Vec<&str> = lists.iter().map(String::as_str).collect();
    Words::parse(&lists).context("rooms.words")
}

fn rules(rooms: &config::RoomsConfig) -> RoomConfig {
    let (highlight, shelf) = (&rooms.highlight, &rooms.shelf);
    RoomConfig {
        grace_ms: rooms.grace_s * MS_PER_S,
        silent_ms: rooms.silent_s * MS_PER_S,
        viewers_exact: rooms.viewers_exact,
        audience_exact: rooms.audience_exact,
        lateness_ms: rooms.lateness_s * MS_PER_S,
        short_stay_ms: rooms.short_stay_s * MS_PER_S,
        heat: heat(&rooms.heat),
        highlight: HighlightConfig {
            threshold: highlight.threshold,
            calm: highlight.calm,
            least: highlight.least,
            past_half_life_ms: highlight.past_half_life_s * MS_PER_S,
            warm_up_s: highlight.warm_up_s,
            settle_ms: highlight.settle_ms,
            longest_ms: highlight.longest_s * MS_PER_S,
            cooldown_ms: highlight.cooldown_s * MS_PER_S,
        },
        shelf: ShelfConfig {
            most: shelf.most,
            half_life_ms: shelf.half_life_s * MS_PER_S,
            add_weight: shelf.add_weight,
            prior: shelf.prior,
            margin: shelf.margin,
            least_moved: shelf.least_moved,
            every_ms: shelf.every_ms,
        },
        stats_every_ms: rooms.stats_every_ms,
        talk_half_life_ms: rooms.talk_half_life_s * MS_PER_S,
    }
}

fn heat(heat: &config::RoomHeatConfig) -> HeatConfig {
    let mut points = [0.0; HEAT_KINDS];
    points[HeatKind::Join as usize] = heat.join;
    points[HeatKind::Comment as usize] = heat.comment;
    points[HeatKind::Like as usize] = heat.like;
    points[HeatKind::Gift as usize] = heat.gift;
    points[HeatKind::Click as usize] = heat.click;
    points[HeatKind::Add as usize] = heat.add;
    HeatConfig {
        half_lives_ms: heat.half_lives_s.map(|seconds| seconds * MS_PER_S),
        points,
        points_per_value: heat.per_value,
        most_per_event: heat.most_per_event,
        most_per_viewer: heat.most_per_viewer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_of_the_manual_are_those_of_the_engine() {
        let found = rooms(&Config::default()).unwrap();
        assert_eq!(found.rules.config, RoomConfig::default());
        assert_eq!(found.rules.relay, Relay::default());
        assert_eq!(found.bounds, LiveBounds::default());
        assert!(20_000 < found.rules.words.len());
    }

    #[test]
    fn a_word_list_that_cannot_be_read_is_named_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mine.txt");
        std::fs::write(&path, "[feeling 2]\nsuper\n[nonsense]\n").unwrap();
        let mut config = Config::default();
        config.rooms.words = vec![path.display().to_string()];
        let told = format!("{:#}", rooms(&config).unwrap_err());
        assert!(told.contains("mine.txt") && told.contains("line 3"), "{told}");
    }
}
