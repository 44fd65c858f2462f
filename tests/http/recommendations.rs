//! `/v1/recommendations`, its GET twin, and `/v1/rank`.

use serde_json::{Value, json};

use crate::client::{call, get, send, soon};
use crate::in_process::{TestNode, item_ids};

/// A node on which twelve visitors have chosen `a` and `b` together, and six `x` and `y`.
pub fn shop() -> TestNode {
    let node = TestNode::start();
    let item = |id: &str, category: &str, price: f32| json!({"item_id": id, "categories": [category], "price": price});
    let items = json!([
        item("a", "shoes", 50.0),
        item("b", "shoes", 60.0),
        item("c", "hats", 5.0),
        item("x", "hats", 15.0),
        item("y", "hats", 25.0),
        item("z", "bags", 90.0),
    ]);
    call(&node, "POST", "/v1/items/batch", &items).expect(200);
    let mut events = Vec::new();
    for visitor in 0..12 {
        for id in ["a", "b"] {
            events.push(json!({"user_id": format!("v{visitor}"), "item_id": id, "type": "click"}));
        }
    }
    for visitor in 0..6 {
        for id in ["x", "y"] {
            events.push(json!({"user_id": format!("w{visitor}"), "item_id": id, "type": "click"}));
        }
    }
    node.client().events(&json!(events));
    soon(|| get(&node, "/v1/items/a/similar").expect(200), |answer| !item_ids(answer).is_empty());
    node
}

/// The list as it is due: nothing is drawn unless the body says so.
pub fn recommend(node: &TestNode, body: &Value) -> Value {
    let mut body = body.clone();
    let members = body.as_object_mut().unwrap();
    members.entry("explore").or_insert(json!(false));
    call(node, "POST", "/v1/recommendations", &body).expect(200)
}

#[test]
fn a_click_changes_the_very_next_answer_and_says_why() {
    let node = shop();
    let ask = json!({"user_id": "u1", "explain": "reasons", "limit": 5});
    let before = recommend(&node, &ask);
    assert_eq!(
        (&before["source"], &before["freshness"]["stale"]),
        (&json!("popular"), &json!(false))
    );
    assert_eq!(before["freshness"]["user_events_applied"], 0);
    assert_eq!(before["freshness"]["last_event_age_ms"], Value::Null);

    node.client().events(&json!({"user_id": "u1", "item_id": "a", "type": "click"}));
    let after = recommend(&node, &ask);
    assert_eq!(
        (&after["source"], &after["freshness"]["stale"]),
        (&json!("personalized"), &json!(false))
    );
    assert_eq!(after["freshness"]["user_events_applied"], 1);
    assert!(after["freshness"]["last_event_age_ms"].is_u64(), "{after}");
    assert!(after["freshness"]["features_age_ms"].is_u64(), "{after}");
    assert!(!item_ids(&after).contains(&"a".to_owned()), "seen: {after}");
    let first = &after["items"][0];
    assert_eq!((&first["item_id"], &first["rank"]), (&json!("b"), &json!(1)));
    let reasons: Vec<_> = first["reasons"].as_array().unwrap().iter().collect();
    assert!(
        reasons.contains(&&json!("co_view:a")) && reasons.contains(&&json!("fresh_click")),
        "{after}"
    );
    assert_ne!(before["recommendation_id"], after["recommendation_id"]);
    let learned = soon(|| recommend(&node, &ask), |answer| answer.get("model").is_some());
    assert_eq!(learned["model"]["alias"], "champion", "{learned}");
    assert!(learned["model"]["revision"].is_u64() && learned["freshness"]["model_age_ms"].is_u64());
    assert!(first.get("parts").is_none());
    assert!(recommend(&node, &json!({"user_id": "u1"}))["items"][0].get("reasons").is_none());
}

#[test]
fn both_forms_give_the_same_list() {
    let node = shop();
    node.client().events(&json!({"user_id": "u1", "item_id": "x", "type": "click"}));
    let posted = recommend(
        &node,
        &json!({"user_id": "u1", "limit": 3, "exclude": ["b"], "exclude_seen": false,
        "filter": {"must": [{"key": "categories", "match": {"any": ["hats", "shoes"]}}]}}),
    );
    let path = "/v1/users/u1/recommendations?limit=3&exclude=b&exclude_seen=false&explore=false&categories=hats,shoes";
    let got = get(&node, path).expect(200);
    assert_eq!(item_ids(&posted), item_ids(&got));
    assert_eq!(item_ids(&got).len(), 3);
}

#[test]
fn filters_hold() {
    let node = shop();
    let list = |filter: Value| {
        let answer = recommend(&node, &json!({"user_id": "new", "limit": 20, "filter": filter}));
        let mut ids = item_ids(&answer);
        ids.sort();
        ids
    };
    let categories = |names: Value| json!({"key": "categories", "match": {"any": names}});
    assert_eq!(list(json!({"must": [categories(json!(["hats"]))]})), ["c", "x", "y"]);
    assert_eq!(list(json!({"must_not": [categories(json!(["hats", "shoes"]))]})), ["z"]);
    assert_eq!(
        list(json!({"must": [{"key": "price", "range": {"gte": 15, "lte": 60}}]})),
        ["a", "b", "x", "y"]
    );
    assert_eq!(
        list(json!({"must": [{"key": "item_id", "match": {"any": ["c", "ghost"]}}]})),
        ["c"]
    );
    assert_eq!(list(json!({"must": [{"key": "kind", "match": {"value": "video"}}]})), [""; 0]);
    assert_eq!(list(json!({"must": [categories(json!(["unheard-of"]))]})), [""; 0]);
}

#[test]
fn a_session_without_a_user_is_somebody() {
    let node = shop();
    node.client().events(&json!({"session_id": "s9", "item_id": "a", "type": "click"}));
    let answer = recommend(&node, &json!({"session_id": "s9"}));
    assert_eq!(
        (&answer["source"], &answer["freshness"]["user_events_applied"]),
        (&json!("personalized"), &json!(1))
    );
}

#[test]
fn past_the_deadline_a_lower_rung_answers_and_says_that_it_is_stale() {
    let node = shop();
    node.client().events(&json!({"user_id": "u1", "item_id": "a", "type": "click"}));
    let never = [("x-freshet-min-position", "p1-999999999"), ("x-deadline-ms", "60")];
    let answer = send(&node, "GET", "/v1/users/u1/recommendations", &never, b"").expect(200);
    assert_eq!(
        (&answer["source"], &answer["freshness"]["stale"]),
        (&json!("popular"), &json!(true))
    );
    assert_eq!(answer["freshness"]["user_events_applied"], Value::Null);
    assert!(60.0 <= answer["took_ms"].as_f64().unwrap(), "{answer}");
    assert!(!item_ids(&answer).is_empty());
    // Even this rung knows what was acknowledged a moment ago.
    assert!(!item_ids(&answer).contains(&"a".to_owned()), "{answer}");
    send(&node, "GET", "/v1/users/u1", &never, b"").refused(503, "position_not_reached");
}

#[test]
fn headers_that_cannot_be_used_are_refused_by_name() {
    let node = TestNode::start();
    for (name, value) in
        [("x-deadline-ms", "soon"), ("x-deadline-ms", "0"), ("x-freshet-min-position", "42")]
    {
        let path = "/v1/users/u1/recommendations";
        let problem =
            send(&node, "GET", path, &[(name, value)], b"").refused(400, "invalid_header");
        assert!(problem["detail"].as_str().unwrap().contains(name), "{problem}");
    }
}

#[test]
fn a_wrong_request_is_refused_by_place() {
    let node = TestNode::start();
    for (body, pointer, about) in [
        (json!({"user": "u1"}), "/user", "`user_id`"),
        (json!({"user_id": "u1", "context": {"devise": "ios"}}), "/context/devise", "`device`"),
        (json!({"user_id": "u1", "scenario": "hone"}), "/scenario", "`home`"),
        (json!({"user_id": "u1", "explore": "yes"}), "/explore", "true or false"),
        (json!({"user_id": "u1", "limit": 5_000}), "/limit", "500"),
    ] {
        let problem =
            call(&node, "POST", "/v1/recommendations", &body).refused(422, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert!(problem["errors"][0]["detail"].as_str().unwrap().contains(about), "{problem}");
    }
    get(&node, "/v1/users/u1/recommendations?limt=5").refused(422, "invalid_request");
    get(&node, "/v1/users/u1/recommendations?limit=five").refused(422, "invalid_request");
    get(&node, "/v1/users/u1/recommendations?user_id=u2").refused(422, "invalid_request");
}

#[test]
fn the_callers_own_candidates_are_all_accounted_for() {
    let node = shop();
    node.client().events(&json!({"user_id": "u1", "item_id": "a", "type": "click"}));
    call(&node, "PATCH", "/v1/items/z", &json!({"available": false})).expect(200);
    let ask =
        json!({"user_id": "u1", "items": ["z", "y", "b", "ghost", "a", "b"], "explain": "reasons"});
    let ranked = || call(&node, "POST", "/v1/rank", &ask).expect(200);
    let answer = soon(ranked, |answer| answer["filtered"]["unavailable"] == 1);
    assert_eq!(item_ids(&answer)[0], "b", "{answer}");
    assert_eq!(item_ids(&answer).len(), 3, "what was seen stays in: {answer}");
    assert_eq!(answer["unknown"], json!(["ghost"]));
    assert_eq!(answer["source"], "personalized");
    assert!(answer["items"][0]["reasons"].is_array());

    let unseen = json!({"user_id": "u1", "items": ["b", "a"], "exclude_seen": true});
    let answer = call(&node, "POST", "/v1/rank", &unseen).expect(200);
    assert_eq!((item_ids(&answer), &answer["filtered"]["seen"]), (vec!["b".to_owned()], &json!(1)));
    call(&node, "POST", "/v1/rank", &json!({"user_id": "u1"})).refused(422, "invalid_request");
    call(&node, "POST", "/v1/rank", &json!({"user_id": "u1", "items": []}))
        .refused(422, "invalid_request");
    let many: Vec<_> = (0..1_001).map(|item| format!("i{item}")).collect();
    call(&node, "POST", "/v1/rank", &json!({"user_id": "u1", "items": many}))
        .refused(422, "invalid_request");
}

#[test]
fn an_event_may_answer_a_list_by_its_id() {
    let node = shop();
    let list = recommend(&node, &json!({"user_id": "u1"}));
    let event = json!({"user_id": "u1", "item_id": "b", "type": "click", "position": 1,
        "recommendation_id": list["recommendation_id"]});
    assert_eq!(node.client().events(&event)["warnings"], json!([]));
}

/// Many lists of one user, with what is on record of them.
#[test]
fn some_places_are_drawn_with_a_probability_that_is_on_record() {
    let node = shop();
    let ask = |explore: bool, number: u64| json!({"user_id": format!("u{number}"), "limit": 4, "explore": explore, "explain": "reasons"});
    let drawn = |list: &Value| {
        let items = list["items"].as_array().unwrap().iter();
        items.filter(|item| item["reasons"][0] == "explored").count()
    };
    // The model may yet learn of the visitors: what is due stays the same from before the lists to after them.
    let all = || {
        let due = || item_ids(&recommend(&node, &ask(false, 0)));
        let before = due();
        let lists: Vec<Value> =
            (0..60).map(|number| recommend(&node, &ask(true, number))).collect();
        json!({"before": before, "lists": lists, "after": due()})
    };
    let all = soon(all, |all| all["before"] == all["after"]);
    let (due, lists) = (all["before"].as_array().unwrap(), all["lists"].as_array().unwrap());
    let explored: usize = lists.iter().map(drawn).sum();
    assert!(0 < explored, "no list of {} differs", lists.len());
    for list in lists {
        let others = item_ids(list).into_iter().filter(|item| !due.contains(&json!(item))).count();
        assert!(others <= drawn(list) && drawn(list) <= 1, "one place of four: {list}");
    }
    let unasked = call(&node, "POST", "/v1/recommendations", &json!({"user_id": "u1"})).expect(200);
    assert_eq!(item_ids(&unasked).len(), 6);

    let propensities = |list: &Value| {
        let id = list["recommendation_id"].as_str().unwrap();
        let on_record = |item: String| {
            let path = format!("/v1/recommendations/{id}/explanations/{item}");
            let told = soon(|| get(&node, &path).body, |told| told["rank"].is_u64());
            told["propensity"].as_f64().unwrap()
        };
        item_ids(list).into_iter().map(on_record).collect::<Vec<f64>>()
    };
    let differs = lists.iter().find(|list| drawn(list) == 1).unwrap();
    for (item, propensity) in differs["items"].as_array().unwrap().iter().zip(propensities(differs))
    {
        assert_eq!(item["reasons"][0] == "explored", propensity < 1.0, "{differs} {propensity}");
    }
    let undrawn = recommend(&node, &ask(false, 7));
    assert!(propensities(&undrawn).iter().all(|propensity| 1.0 <= *propensity));
}

#[test]
fn the_callers_own_candidates_stay_in_order_unless_exploration_is_asked_for() {
    let node = shop();
    let items = json!(["a", "b", "c", "x", "y", "z"]);
    let rank = |explore: Value| {
        let body =
            json!({"user_id": "u1", "items": items, "explore": explore, "explain": "reasons"});
        call(&node, "POST", "/v1/rank", &body).expect(200)
    };
    let orders = |explore: Value| {
        let lists = (0..60).map(|_| item_ids(&rank(explore.clone())));
        lists.collect::<std::collections::BTreeSet<_>>()
    };
    // The model may yet learn of the visitors: once it has, sixty answers and sixty more are one order.
    let plain = || json!([orders(Value::Null), orders(json!(false))]);
    soon(plain, |told| told[0] == told[1] && told[0].as_array().is_some_and(|all| all.len() == 1));
    assert!(1 < orders(json!(true)).len());
}
