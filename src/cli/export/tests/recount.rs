//! What features should say right before each event, from the plain list of events.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::fixture::{Happened, KINDS, Shop};

/// Columns that are counted.
pub const COLUMNS: [&str; 12] = [
    "clicks",
    "recent",
    "last_any",
    "last_item",
    "feature_price",
    "of_pair",
    "of_category",
    "item_clicks",
    "item_rate",
    "category_price",
    "node_clicks",
    "old",
];

/// For each event what its row should say.
pub fn rows(shop: &Shop) -> Vec<BTreeMap<&'static str, Value>> {
    (0..shop.events.len()).map(|place| row(&shop.events[..place], &shop.events[place])).collect()
}

fn row(past: &[Happened], now: &Happened) -> BTreeMap<&'static str, Value> {
    let is_click = |it: &&Happened| KINDS[it.kind] == "click";
    let own: Vec<&Happened> = past.iter().filter(|it| it.user == now.user).collect();
    let clicks: Vec<&Happened> = own.iter().copied().filter(is_click).collect();
    let newest = clicks.last().map(|it| it.at_s);
    let item: Vec<&Happened> = past.iter().filter(|it| it.item == now.item).collect();
    let item_clicks = item.iter().copied().filter(is_click).count();
    let shown = item.iter().filter(|it| KINDS[it.kind] == "impression").count();
    let category: Vec<&Happened> =
        past.iter().filter(|it| it.category() == now.category()).collect();
    let mean = category.iter().map(|it| it.price()).sum::<f64>() / category.len() as f64;
    let with = |all: &[&Happened], is_meant: &dyn Fn(&Happened) -> bool| {
        all.iter().filter(|it| is_meant(it)).count()
    };
    // Tiles of 30 seconds, ten of them to the one that is under way.
    let first_tile = now.at_s / 30 - 9;
    let recent = with(&clicks, &|it| first_tile <= it.at_s / 30);
    let is_old = newest.is_none_or(|newest| 120 <= now.at_s - newest);
    let rate = (item_clicks as f64 + 1.0) / (shown as f64 + 20.0);
    let greatest = clicks.iter().map(|it| it.price()).fold(f64::MIN, f64::max);
    let time = |at_s: u64| json!(at_s * 1_000);
    let unless = |is_none: bool, value: Value| if is_none { Value::Null } else { value };
    let long = |count: usize| unless(count == 0, json!(count));
    let no_clicks = clicks.is_empty();
    BTreeMap::from([
        ("event_timestamp", time(now.at_s)),
        ("event_type", json!(["select_item", "view_item_list", "purchase"][now.kind])),
        ("user_id", json!(&format!("u{}", now.user))),
        ("item_id", json!(&format!("i{}", now.item))),
        ("category", json!(&now.category())),
        ("clicks", long(clicks.len())),
        ("recent", unless(no_clicks, json!(recent))),
        ("last_any", own.last().map_or(Value::Null, |it| time(it.at_s))),
        ("last_items", items(clicks.iter().rev().take(3))),
        ("last_item", clicks.last().map_or(Value::Null, |it| json!(&format!("i{}", it.item)))),
        ("tops", tops(&clicks)),
        ("feature_price", unless(no_clicks, json!(greatest))),
        ("of_pair", long(with(&own, &|it| it.item == now.item))),
        ("of_category", long(with(&clicks, &|it| it.category() == now.category()))),
        ("item_clicks", long(item_clicks)),
        ("item_rate", unless(item_clicks + shown == 0, json!(rate))),
        ("category_price", unless(category.is_empty(), json!(mean))),
        ("node_clicks", long(past.iter().filter(is_click).count())),
        ("old", unless(is_old, json!(clicks.len()))),
    ])
}

fn items<'a>(of: impl Iterator<Item = &'a &'a Happened>) -> Value {
    let names: Vec<Value> = of.map(|it| json!(format!("i{}", it.item))).collect();
    if names.is_empty() { Value::Null } else { Value::Array(names) }
}

/// Categories by number of clicks, most first; of equal ones that with the lower number.
fn tops(clicks: &[&Happened]) -> Value {
    let names: BTreeSet<String> = clicks.iter().map(|it| it.category()).collect();
    let count = |name: &String| clicks.iter().filter(|it| it.category() == *name).count();
    let mut sums: Vec<(String, usize)> = names.iter().map(|it| (it.clone(), count(it))).collect();
    sums.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let row = |(name, count): &(String, usize)| json!({"category": name, "value": *count as f64});
    let all: Vec<Value> = sums.iter().map(row).collect();
    if all.is_empty() { Value::Null } else { Value::Array(all) }
}
