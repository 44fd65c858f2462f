//! The same answers: what features and lists of a sample are by the node, read from Redis as of the same instants.

use std::collections::HashMap;

use anyhow::{Result, ensure};
use benches::shop::{Act, ITEMS, Kind, ROOMS, Random, USERS, categories};

use super::commands::{self, BUCKET_MS, HOUR_MS, Layout, Pipeline, SLOT_MS, WINDOWS};
use super::server::{Redis, Reply};

/// Whom and what is asked about.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Users with no more events than the node's list of them shows.
    pub users: Vec<u32>,
    /// A user and a category each.
    pub interests: Vec<(u32, u32)>,
    /// Items.
    pub items: Vec<u32>,
    /// All categories.
    pub categories: Vec<u32>,
    /// All rooms.
    pub rooms: Vec<u32>,
}

/// What the node says of one feature of one of them.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Which feature; `events` is the list of a user's newest.
    pub feature: String,
    /// Which of the sample.
    pub row: usize,
    /// As of when.
    pub at: u64,
    /// Its value.
    pub value: Option<f64>,
    /// The list.
    pub list: Vec<String>,
}

impl Sample {
    /// Two hundred users and items.
    #[must_use]
    pub fn draw(acts: &[Act]) -> Self {
        let mut events: HashMap<u32, usize> = HashMap::new();
        let mut interests: HashMap<u32, u32> = HashMap::new();
        for act in acts {
            *events.entry(act.user).or_default() += act.events();
            if matches!(act.kind, Kind::Click | Kind::View | Kind::Purchase) {
                interests.insert(act.user, act.items[0]);
            }
        }
        let mut random = Random(99);
        let mut users: Vec<u32> = (0..2_000).map(|_| random.below(USERS)).collect();
        users.retain(|user| events.get(user).is_some_and(|events| *events <= 50));
        users.truncate(200);
        let interests = users.iter().filter_map(|user| Some((*user, *interests.get(user)?)));
        let interests = interests.flat_map(|(user, item)| categories(item).map(|it| (user, it)));
        Self {
            interests: interests.collect(),
            items: (0..200).map(|_| random.below(ITEMS)).chain([1]).collect(),
            categories: (0..47).collect(),
            rooms: (0..ROOMS).collect(),
            users,
        }
    }
}

/// Holds the node's answers to those of Redis; how many were compared.
///
/// # Errors
/// The first that differs.
pub fn compare(
    redis: &Redis,
    sample: &Sample,
    answers: &[Answer],
    (since, layout): (u64, Layout),
) -> Result<usize> {
    let reader = Reader { redis, sample, since, layout };
    let mut wrong = Vec::new();
    for answer in answers {
        if answer.feature == "events" {
            let user = sample.users[answer.row];
            let list = reader.texts(&["LRANGE", &format!("h:u{user}"), "0", "49"])?;
            ensure!(list == answer.list, "events of u{user}: {:?}, redis {list:?}", answer.list);
            continue;
        }
        let theirs = reader.value(answer)?;
        // A feature whose window is empty says nothing, or nought where it counts.
        let (ours, theirs) = (answer.value.unwrap_or(0.0), theirs.unwrap_or(0.0));
        let near = (ours - theirs).abs() <= 1e-5 * ours.abs().max(theirs.abs()) + 1e-9;
        if !near {
            wrong.push(format!("{} of row {}: {ours}, redis {theirs}", answer.feature, answer.row));
        }
    }
    ensure!(wrong.is_empty(), "{} answers differ: {wrong:?}", wrong.len());
    Ok(answers.len())
}

struct Reader<'a> {
    redis: &'a Redis,
    sample: &'a Sample,
    since: u64,
    layout: Layout,
}

impl Reader<'_> {
    fn value(&self, answer: &Answer) -> Result<Option<f64>> {
        let (at, row) = (answer.at, answer.row);
        match answer.feature.as_str() {
            "category_interest" => self.interest(row, at),
            "item_ctr" => self.rate("i", &format!("i{}", self.sample.items[row]), at),
            "category_ctr" => self.rate("g", &format!("c{}", self.sample.categories[row]), at),
            "room_heat" => self.heat(self.sample.rooms[row], at),
            feature => self.of_user(feature, self.sample.users[row], at),
        }
    }

    fn of_user(&self, feature: &str, user: u32, at: u64) -> Result<Option<f64>> {
        if feature == "last_click" {
            return self.number(&["GET", &format!("l:u{user}")]);
        }
        if feature == "channels_watched" {
            let hours = (at / HOUR_MS - 23..=at / HOUR_MS).map(|hour| format!("w:u{user}:{hour}"));
            let keys: Vec<String> = hours.collect();
            let mut words = vec!["SUNION"];
            words.extend(keys.iter().map(String::as_str));
            return Ok(Some(self.texts(&words)?.len() as f64));
        }
        if self.layout == Layout::Keys {
            return self.of_keys(feature, user, at);
        }
        let slots = self.slots(user, at)?;
        let within = |width: u64, tiles: u64| -> f64 {
            let first = (at / width + 1 - tiles) * (width / SLOT_MS);
            let numbered =
                slots.iter().filter_map(|(name, n)| Some((name.parse::<u64>().ok()?, n)));
            numbered.filter(|(slot, _)| first <= *slot).map(|(_, n)| n).sum()
        };
        let sum = |of: &str| -> f64 {
            slots.iter().filter(|(name, _)| name == of).map(|(_, number)| number).sum()
        };
        Ok(match feature {
            "clicks_1m" => Some(within(5_000, 12)),
            "clicks_5m" => Some(within(30_000, 10)),
            "clicks_60m" => Some(sum("n")),
            "mean_price_60m" => (0.0 < sum("n")).then(|| sum("p") / 100.0 / sum("n")),
            _ => None,
        })
    }

    fn of_keys(&self, feature: &str, user: u32, at: u64) -> Result<Option<f64>> {
        if feature == "mean_price_60m" {
            let mut sums = [0.0; 2];
            for bucket in at / BUCKET_MS - 11..=at / BUCKET_MS {
                let key = format!("p:u{user}:{bucket}");
                for (sum, what) in sums.iter_mut().zip(["n", "p"]) {
                    *sum += self.number(&["HGET", &key, what])?.unwrap_or(0.0);
                }
            }
            let [number, cents] = sums;
            return Ok((0.0 < number).then(|| cents / 100.0 / number));
        }
        let found = WINDOWS.iter().find(|(window, ..)| feature == format!("clicks_{window}"));
        let Some((window, width, _)) = found else { return Ok(None) };
        let tiles = if *window == "5m" { 10 } else { 12 };
        let mut sum = 0.0;
        for bucket in at / width + 1 - tiles..=at / width {
            sum += self.number(&["GET", &format!("c:u{user}:{window}:{bucket}")])?.unwrap_or(0.0);
        }
        Ok(Some(sum))
    }

    /// All slots of the hour's buckets of a user, with their numbers.
    fn slots(&self, user: u32, at: u64) -> Result<Vec<(String, f64)>> {
        let mut slots = Vec::new();
        for bucket in at / BUCKET_MS - 11..=at / BUCKET_MS {
            let found = self.texts(&["HGETALL", &format!("c:u{user}:{bucket}")])?;
            let pairs = found.chunks_exact(2);
            slots.extend(pairs.map(|pair| (pair[0].clone(), pair[1].parse().unwrap_or(f64::NAN))));
        }
        Ok(slots)
    }

    fn interest(&self, row: usize, at: u64) -> Result<Option<f64>> {
        let (user, category) = self.sample.interests[row];
        let sum = self.number(&["ZSCORE", &format!("k:u{user}"), &format!("c{category}")])?;
        Ok(sum.map(|sum| commands::interest_at(sum, at, self.since)))
    }

    fn rate(&self, table: &str, name: &str, at: u64) -> Result<Option<f64>> {
        let mut counts = [0.0; 2];
        for bucket in at / BUCKET_MS - 11..=at / BUCKET_MS {
            for (count, what) in counts.iter_mut().zip(["c", "s"]) {
                let [key, field] = commands::place((table, name), bucket, what, self.layout);
                *count += self.number(&["HGET", &key, &field])?.unwrap_or(0.0);
            }
        }
        let [clicks, shown] = counts;
        Ok((0.0 < clicks + shown).then(|| (clicks + 1.0) / (shown + 20.0)))
    }

    fn heat(&self, room: u32, at: u64) -> Result<Option<f64>> {
        let mut sum = None;
        for hour in at / HOUR_MS - 1..=at / HOUR_MS {
            if let Some(found) = self.number(&["GET", &format!("r:r{room}:{hour}")])? {
                sum = Some(sum.unwrap_or(0.0) + commands::heat_at(found, at, hour));
            }
        }
        Ok(sum)
    }

    /// The number that a command answers.
    fn number(&self, words: &[&str]) -> Result<Option<f64>> {
        Ok(self.texts(words)?.first().and_then(|text| text.parse().ok()))
    }

    /// The texts that a command answers.
    fn texts(&self, words: &[&str]) -> Result<Vec<String>> {
        let mut pipeline = Pipeline::default();
        pipeline.command(words);
        let request = pipeline.finish();
        let mut texts = Vec::new();
        for reply in self.redis.ask(&request.bytes, request.answers)? {
            flatten(reply, &mut texts);
        }
        Ok(texts)
    }
}

fn flatten(reply: Reply, into: &mut Vec<String>) {
    match reply {
        Reply::Number(number) => into.push(number.to_string()),
        Reply::Text(text) => into.extend(text),
        Reply::Many(replies) => replies.into_iter().for_each(|reply| flatten(reply, into)),
    }
}
