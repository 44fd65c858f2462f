//! `POST /v1/explain`, and what is on record of lists that were served.

use serde_json::{Value, json};

use crate::client::{call, get, send, soon};
use crate::in_process::{TestNode, item_ids};
use crate::recommendations::{recommend, shop};

fn explain(node: &TestNode, body: &Value) -> Value {
    call(node, "POST", "/v1/explain", body).expect(200)
}

/// A shop whose model has learned, with one visitor who has just clicked `a`.
fn visited() -> TestNode {
    let node = shop();
    soon(|| recommend(&node, &json!({"user_id": "new"})), |answer| answer.get("model").is_some());
    node.client().events(&json!({"user_id": "u1", "item_id": "a", "type": "click"}));
    node
}

/// Asks for a list and for explanations until all were made from the same revision of the model, and from the same
/// publication of what rises.
fn list_and_explanations(node: &TestNode, ask: &Value) -> (Value, Vec<Value>) {
    let both = || {
        let list = recommend(node, ask);
        let mut question = ask.clone();
        let explained = item_ids(&list).into_iter().map(|item| {
            question["item_id"] = json!(item);
            explain(node, &question)
        });
        let explained: Vec<Value> = explained.collect();
        json!({"list": list, "explained": explained})
    };
    let same = |told: &Value| {
        let explained = told["explained"].as_array().unwrap().iter();
        let rises = |one: &Value| one["parts"]["trending"].as_f64();
        explained.zip(told["list"]["items"].as_array().unwrap()).all(|(one, item)| {
            let rises = rises(one).zip(rises(item)).is_none_or(|(a, b)| (a - b).abs() < 1e-4);
            one["model"] == told["list"]["model"] && rises
        })
    };
    let told = soon(both, same);
    (told["list"].clone(), told["explained"].as_array().unwrap().clone())
}

#[test]
fn every_item_of_a_list_is_explained_at_its_place_with_its_score_and_its_parts() {
    let node = visited();
    let ask = json!({"user_id": "u1", "limit": 4, "explain": "parts"});
    let (list, explained) = list_and_explanations(&node, &ask);
    assert_eq!(explained.len(), 4, "{list}");
    for (item, told) in list["items"].as_array().unwrap().iter().zip(&explained) {
        assert_eq!((&told["standing"], &told["rank"]), (&json!("listed"), &item["rank"]), "{told}");
        assert_eq!(told["source"], "personalized");
        for member in ["reasons", "item_id"] {
            assert_eq!(told[member], item[member]);
        }
        // What rises and what is new fade with the clock between the two requests.
        let near = |one: &Value, other: &Value| {
            (one.as_f64().unwrap() - other.as_f64().unwrap()).abs() < 1e-3
        };
        assert!(near(&told["score"], &item["score"]), "{told}\n{item}");
        let features = told["features"].as_array().unwrap();
        let all: f64 = features.iter().filter_map(|one| one["value"].as_f64()).sum();
        assert!(near(&json!(all), &item["score"]), "{told}");
        let step = |name: &str| {
            let steps = told["steps"].as_array().unwrap();
            steps.iter().find(|one| one["step"] == name).expect("the step").clone()
        };
        assert_eq!(step("score")["place"], told["place_by_score"], "{told}");
        assert_eq!(
            (&step("diversity")["place"], &step("filters")["detail"]),
            (&item["rank"], &json!("passed"))
        );
        let parts = item["parts"].as_object().unwrap();
        assert_eq!(parts.len(), 10, "{item}");
        let sum: f64 = parts.values().filter_map(Value::as_f64).sum();
        assert!(near(&json!(sum), &item["score"]), "{item}");
        assert!(parts.iter().all(|(name, part)| near(part, &told["parts"][name])));
    }
    let model = |item: &Value| item["parts"]["model"].as_f64().unwrap();
    assert!(list["items"].as_array().unwrap().iter().any(|item| model(item) != 0.0), "{list}");
}

#[test]
fn what_keeps_an_item_out_is_told_by_name_and_in_words() {
    let node = visited();
    call(&node, "PATCH", "/v1/items/z", &json!({"available": false})).expect(200);
    let ask = |item: &str| {
        explain(
            &node,
            &json!({"user_id": "u1", "item_id": item, "exclude": ["x"],
            "filter": {"must_not": [{"key": "price", "range": {"lte": 10}}]}}),
        )
    };
    for (item, by) in [("a", "seen"), ("x", "excluded"), ("c", "unmatched"), ("z", "unavailable")] {
        let told = soon(|| ask(item), |told| told["left_out_by"] == by);
        assert_eq!((&told["standing"], &told["rank"]), (&json!("left_out"), &Value::Null));
        assert_eq!((&told["score"], &told["parts"]), (&Value::Null, &Value::Null));
        assert!(10 < told["detail"].as_str().unwrap().len(), "{told}");
    }
    let told = explain(&node, &json!({"user_id": "u1", "item_id": "c", "limit": 1}));
    assert_eq!(told["standing"], "too_low", "{told}");
    assert!(1 < told["place_by_score"].as_u64().unwrap() && told["score"].is_number(), "{told}");
}

#[test]
fn a_question_that_cannot_be_answered_says_why() {
    let node = TestNode::start();
    call(&node, "POST", "/v1/explain", &json!({"user_id": "u1", "item_id": "ghost"}))
        .refused(404, "item_not_found");
    for (body, pointer) in [
        (json!({"user_id": "u1"}), "/item_id"),
        (json!({"item_id": "a"}), "/user_id"),
        (json!({"user_id": "u1", "item_id": "a", "itm": 1}), "/itm"),
        (json!({"user_id": "u1", "item_id": 7}), "/item_id"),
        (json!({"user_id": "u1", "item_id": "a", "scenario": "hone"}), "/scenario"),
    ] {
        let problem = call(&node, "POST", "/v1/explain", &body).refused(422, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
}

#[test]
fn past_the_deadline_the_rung_that_would_answer_is_explained() {
    let node = visited();
    let never = [
        ("x-freshet-min-position", "p1-999999999"),
        ("x-deadline-ms", "60"),
        ("content-type", "application/json"),
    ];
    let body = json!({"user_id": "u1", "item_id": "b"}).to_string();
    let told = send(&node, "POST", "/v1/explain", &never, body.as_bytes()).expect(200);
    assert_eq!((&told["source"], &told["freshness"]["stale"]), (&json!("popular"), &json!(true)));
    assert_eq!(told["standing"], "listed", "{told}");
}

#[test]
fn a_list_that_was_served_is_on_record() {
    let node = visited();
    let list = recommend(&node, &json!({"user_id": "u1", "limit": 3}));
    let id = list["recommendation_id"].as_str().unwrap();
    let path = |list: &str, item: &str| format!("/v1/recommendations/{list}/explanations/{item}");
    let second = &list["items"][1];
    let item = second["item_id"].as_str().unwrap();
    // The list reaches the log a moment after its answer.
    let told = soon(|| get(&node, &path(id, item)).body, |told| told["rank"].is_u64());
    assert_eq!(told["recommendation_id"], id);
    assert_eq!(
        (&told["rank"], &told["of"], &told["score"]),
        (&json!(2), &json!(3), &second["score"])
    );
    assert_eq!(
        (&told["user_id"], &told["scenario"], &told["source"]),
        (&json!("u1"), &json!("home"), &json!("personalized"))
    );
    assert!(told["served_at"].is_string());
    let problem = get(&node, &path(id, "a")).refused(404, "item_not_in_list");
    assert!(problem["detail"].as_str().unwrap().contains("/v1/explain"), "{problem}");
    for unknown in ["r_00000000000000000000", "nonsense"] {
        let problem = get(&node, &path(unknown, "a")).refused(404, "recommendation_not_found");
        assert!(problem["detail"].as_str().unwrap().contains(unknown), "{problem}");
    }
}

#[test]
fn a_served_list_can_be_had_again_and_says_what_has_changed() {
    let node = visited();
    let list = recommend(&node, &json!({"user_id": "u1", "limit": 4, "explain": "parts"}));
    let id = list["recommendation_id"].as_str().unwrap();
    let path = format!("/v1/recommendations/{id}");
    let told = soon(|| get(&node, &path).body, |told| told["items"].is_array());
    for (member, value) in
        [("recommendation_id", json!(id)), ("user_id", json!("u1")), ("scenario", json!("home"))]
    {
        assert_eq!(told[member], value, "{told}");
    }
    let both = list["items"].as_array().unwrap().iter().zip(told["items"].as_array().unwrap());
    for (served, again) in both {
        for member in ["item_id", "rank", "score"] {
            assert_eq!(served[member], again[member], "{told}\n{list}");
        }
        // Nine parts are on record, to a few per cent; what the others added is told in one sum.
        let (mut rest, mut slack) = (0.0, 0.0);
        for (part, value) in served["parts"].as_object().unwrap() {
            let value = value.as_f64().unwrap();
            if ["content", "tagged", "rooms"].contains(&part.as_str()) {
                rest += value;
                continue;
            }
            let (noted, near) =
                (again["parts"][part].as_f64().unwrap_or(0.0), 0.01 + 0.05 * value.abs());
            assert!((value - noted).abs() <= near, "{part}: {told}\n{list}");
            slack += near;
        }
        assert!((again["rest"].as_f64().unwrap() - rest).abs() <= slack, "{told}\n{list}");
        let drawn = again["propensity"].as_f64().unwrap() < 1.0;
        assert_eq!(again["drawn"], json!(drawn));
    }
    assert_eq!(told["state"]["model_revision"], list["model"]["revision"]);

    // Nothing happens, so the list made again is the same, draws and all.
    let settled = soon(
        || {
            let list = recommend(&node, &json!({"user_id": "u1", "limit": 4}));
            let id = list["recommendation_id"].as_str().unwrap().to_owned();
            soon(
                || get(&node, &format!("/v1/recommendations/{id}")).body,
                |told| told["items"].is_array(),
            )
        },
        |told| told["now"]["same_state"] == true,
    );
    assert_eq!(
        (&settled["now"]["same_list"], &settled["now"]["differs"]),
        (&json!(true), &json!([]))
    );
    for item in settled["items"].as_array().unwrap() {
        assert_eq!(item["rank"], item["rank_now"], "{settled}");
    }

    // The user takes the first item: the list on record stays, a list made now differs and says why.
    let first = told["items"][0]["item_id"].clone();
    node.client().events(&json!({"user_id": "u1", "item_id": first, "type": "click"}));
    let later = soon(|| get(&node, &path).body, |told| told["now"]["same_list"] == false);
    assert_eq!(
        (&later["items"][0]["item_id"], &later["items"][0]["rank_now"]),
        (&first, &Value::Null)
    );
    assert!(!later["now"]["differs"].as_array().unwrap().is_empty(), "{later}");
    get(&node, "/v1/recommendations/r_00000000000000000000")
        .refused(404, "recommendation_not_found");
}
