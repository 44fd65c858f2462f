//! The node's side: what it says of features and lists, over HTTP.

use anyhow::{Context, Result, ensure};
use benches::feed::{self, Fed, Way};
use benches::http_client::{Connection, get, post_json};
use benches::shop::Act;
use freshet::ingest::moment;
use serde_json::{Value, json};

use super::answers::{Answer, Sample};

/// What came of a run.
pub struct Run {
    /// The sending.
    pub fed: Fed,
    /// What the node says of the sample.
    pub answers: Vec<Answer>,
}

/// Sends the acts to a node of their own and reads the sample.
///
/// # Errors
/// Where the node refuses any of it.
pub fn run(acts: &[Act], way: Way, sample: &Sample) -> Result<Run> {
    let bench = feed::shop()?;
    let fed = feed::feed(&bench, acts, way)?;
    let answers = read(&mut bench.connect()?, sample)?;
    bench.stop()?;
    Ok(Run { fed, answers })
}

fn read(connection: &mut Connection, sample: &Sample) -> Result<Vec<Answer>> {
    let users = || json!(sample.users.iter().map(|user| format!("u{user}")).collect::<Vec<_>>());
    let named = |letter: &str, numbers: &[u32]| {
        json!(numbers.iter().map(|number| format!("{letter}{number}")).collect::<Vec<_>>())
    };
    let of_users = [
        "clicks_1m",
        "clicks_5m",
        "clicks_60m",
        "last_click",
        "mean_price_60m",
        "channels_watched",
    ];
    let (pairs_users, pairs_categories): (Vec<u32>, Vec<u32>) =
        sample.interests.iter().copied().unzip();
    let asks = [
        (json!(of_users), json!({"user_id": users()})),
        (
            json!(["category_interest"]),
            json!({"user_id": named("u", &pairs_users), "category": named("c", &pairs_categories)}),
        ),
        (json!(["item_ctr"]), json!({"item_id": named("i", &sample.items)})),
        (json!(["category_ctr"]), json!({"category": named("c", &sample.categories)})),
        (json!(["room_heat"]), json!({"room_id": named("r", &sample.rooms)})),
    ];
    let mut answers = Vec::new();
    for (features, entities) in asks {
        let body = json!({"features": features, "entities": entities}).to_string();
        let answer = ask(connection, &post_json("/v1/features/online", &body))?;
        let at = time(&answer["metadata"]["as_of"])?;
        for (place, feature) in features.as_array().into_iter().flatten().enumerate() {
            let values = answer["results"][place]["values"].as_array().cloned().unwrap_or_default();
            for (row, value) in values.iter().enumerate() {
                let value =
                    if value.is_string() { Some(time(value)? as f64) } else { value.as_f64() };
                let feature = feature.as_str().unwrap_or_default().to_owned();
                answers.push(Answer { feature, row, at, value, list: Vec::new() });
            }
        }
    }
    for (row, user) in sample.users.iter().enumerate() {
        let answer = ask(connection, &get(&format!("/v1/users/u{user}/events?limit=50")))?;
        let mut list = Vec::new();
        for event in answer["events"].as_array().into_iter().flatten() {
            let kind = event["type"].as_str().unwrap_or_default();
            if kind != "view_item_list" {
                let item = event["item_id"].as_str().unwrap_or_default();
                list.push(format!("{kind}:{item}:{}", time(&event["timestamp"])?));
            }
        }
        answers.push(Answer { feature: "events".to_owned(), row, at: 0, value: None, list });
    }
    Ok(answers)
}

fn ask(connection: &mut Connection, request: &[u8]) -> Result<Value> {
    let answer = connection.send(request)?;
    let text = String::from_utf8_lossy(answer.body).into_owned();
    ensure!(answer.status == 200, "the node answered {}: {text}", answer.status);
    serde_json::from_str(&text).context("an answer is not JSON")
}

fn time(value: &Value) -> Result<u64> {
    let found = moment::read(&value.to_string());
    Ok(found.ok().with_context(|| format!("{value} is no time"))?.as_millis())
}
