//! New items by what they are made of, sources that are switched off, and what one click of a stranger does.

use serde_json::{Value, json};

use crate::client::{call, get, soon};
use crate::in_process::{TestNode, item_ids};
use crate::recommendations::{recommend, shop};

const HATS: [f32; 3] = [0.0, 1.0, 0.1];
const SHOES: [f32; 3] = [1.0, 0.0, 0.1];

/// A node where even visitors choose shoes and odd ones hats, ten of each; nobody has chosen `new-shoe` and `new-hat`.
fn two_tastes(adjust: impl FnOnce(&mut config::Config)) -> TestNode {
    let node = TestNode::start_with(adjust);
    let item = |id: &str, is_shoe: bool| {
        let (category, tag, embedding) =
            if is_shoe { ("shoes", "running", SHOES) } else { ("hats", "sun", HATS) };
        json!({"item_id": id, "categories": [category], "tags": [tag], "title": format!("A {tag} thing"),
            "embedding": embedding})
    };
    let side = |is_shoe: bool| if is_shoe { "shoe" } else { "hat" };
    let mut items = Vec::new();
    for number in 0..10 {
        items.extend(
            [true, false].map(|is_shoe| item(&format!("{}{number}", side(is_shoe)), is_shoe)),
        );
    }
    call(&node, "POST", "/v1/items/batch", &json!(items)).expect(200);
    let mut events = Vec::new();
    for turn in 0..600_usize {
        let (visitor, is_shoe) = (turn % 100, turn % 2 == 0);
        let id = format!("{}{}", side(is_shoe), (turn / 100 + turn / 2 * 7) % 10);
        events.push(json!({"user_id": format!("v{visitor}"), "item_id": id, "type": "click"}));
    }
    for events in events.chunks(200) {
        node.client().events(&json!(events));
    }
    let new = json!([item("new-shoe", true), item("new-hat", false)]);
    call(&node, "POST", "/v1/items/batch", &new).expect(200);
    for (user, item) in
        [("runner", "shoe1"), ("runner", "shoe2"), ("sunny", "hat1"), ("sunny", "hat2")]
    {
        node.client().events(&json!({"user_id": user, "item_id": item, "type": "click"}));
    }
    let versions = || get(&node, "/v1/models/main/versions").expect(200);
    soon(versions, |model| model["versions"][0]["trained"] == 604);
    node
}

/// The home scenario with some keys set.
fn ranking(keys: &[(&str, &str)]) -> config::RankingConfig {
    let key = |name: &str| format!("FRESHET__RANKING__SCENARIOS__HOME__{name}");
    let environment = keys.iter().map(|(name, value)| (key(name), (*value).to_owned())).collect();
    let sources = config::Sources { environment, ..config::Sources::default() };
    config::load(&sources).expect("valid").config.ranking
}

fn explain(node: &TestNode, user: &str, item: &str) -> Value {
    call(node, "POST", "/v1/explain", &json!({"user_id": user, "item_id": item})).expect(200)
}

fn named_by(told: &Value) -> String {
    let step = told["steps"].as_array().unwrap().iter().find(|step| step["step"] == "retrieval");
    step.expect("the step")["detail"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_new_item_is_placed_by_what_it_is_made_of_before_anybody_chose_it() {
    let node = two_tastes(|_| {});
    let told = |user: &str, item: &str| {
        soon(|| explain(&node, user, item), |told| named_by(told).contains("content"))
    };
    for (user, own, other) in [("runner", "new-shoe", "new-hat"), ("sunny", "new-hat", "new-shoe")]
    {
        let (own, other) = (told(user, own), explain(&node, user, other));
        let of_content = |told: &Value| told["parts"]["content"].as_f64().unwrap();
        assert!(of_content(&other).max(0.0) < of_content(&own), "{user}: {own}\n{other}");
        let features = own["features"].as_array().unwrap();
        let like = features.iter().filter(|one| one["part"] == "content");
        assert!(
            like.clone().count() > 0 && like.clone().all(|one| one["feature"] != "rest"),
            "{own}"
        );
        let sum: f64 = like.map(|one| one["value"].as_f64().unwrap()).sum();
        assert!((sum - own["parts"]["content"].as_f64().unwrap()).abs() < 1e-4, "{own}");
    }
}

#[test]
fn a_source_that_is_switched_off_is_in_no_list_and_in_no_score() {
    let node = two_tastes(|config| {
        config.retrieval.content.enabled = false;
        config.retrieval.popular.enabled = false;
        config.retrieval.neighbours.quota = 1;
    });
    soon(
        || recommend(&node, &json!({"user_id": "runner"})),
        |answer| answer.get("model").is_some(),
    );
    for item in ["new-shoe", "shoe3", "hat4"] {
        let told = explain(&node, "runner", item);
        for source in ["content", "popular"] {
            assert!(!named_by(&told).split([' ', ',']).any(|word| word == source), "{told}");
            assert_eq!(told["parts"][source], 0.0, "{told}");
        }
        assert_ne!(told["parts"]["model"], 0.0, "{told}");
    }
    let answer = recommend(&node, &json!({"user_id": "runner", "limit": 20, "explain": "parts"}));
    let parts = |name: &str| {
        let items = answer["items"].as_array().unwrap().iter();
        items.map(|item| item["parts"][name].as_f64().unwrap().abs()).sum::<f64>()
    };
    assert_eq!((parts("content"), parts("popular")), (0.0, 0.0), "{answer}");
    assert!(0.0 < parts("neighbours"), "{answer}");
}

#[test]
fn one_acknowledged_click_of_a_stranger_leans_the_very_first_answer_to_its_neighbours() {
    let node = two_tastes(|config| config.ranking = ranking(&[("MAX_CATEGORY_SHARE", "1.0")]));
    let ask = |user: &str| {
        let answer = recommend(&node, &json!({"user_id": user, "limit": 6}));
        item_ids(&answer).iter().filter(|id| id.contains("hat")).count()
    };
    for turn in 0..5 {
        let (with, without) = (format!("stranger-{turn}"), format!("nobody-{turn}"));
        node.client()
            .events(&json!({"user_id": with, "item_id": format!("hat{turn}"), "type": "click"}));
        let (leaning, plain) = (ask(&with), ask(&without));
        assert!(
            plain < leaning && 4 <= leaning,
            "{turn}: {plain} of 6 hats before, {leaning} after"
        );
    }
}

#[test]
fn a_new_item_gets_its_share_of_exploration() {
    let node = two_tastes(|config| {
        let explore = [("EXPLORE__NEW_ITEMS", "20"), ("EXPLORE__NEW_UNTIL_SHOWN", "5")];
        config.ranking = ranking(&explore);
        // No source names what nobody chose: what is left is exploration.
        let retrieval = &mut config.retrieval;
        for source in [&mut retrieval.content, &mut retrieval.fresh, &mut retrieval.category] {
            source.enabled = false;
        }
    });
    let new = |explore: bool| {
        let in_list = |turn: u32| {
            let body = json!({"user_id": format!("v{turn}"), "limit": 10, "explore": explore});
            let answer = call(&node, "POST", "/v1/recommendations", &body).expect(200);
            item_ids(&answer).iter().filter(|id| id.starts_with("new-")).count()
        };
        (0..60).map(in_list).sum::<usize>()
    };
    let (explored, due) = (new(true), new(false));
    // Two new items for sixty lists; a fifth of the places would be twice sixty.
    assert!(due == 0 && 40 < explored, "{due} are due, {explored} were explored");
}

#[test]
fn an_embedding_of_another_length_is_refused_and_says_which_is_right() {
    let node = shop();
    let put = |id: &str, embedding: Value| {
        call(&node, "PUT", &format!("/v1/items/{id}"), &json!({"embedding": embedding}))
    };
    put("a", json!([1.0, 2.0, 3.0])).expect(200);
    assert_eq!(get(&node, "/v1/items/a").expect(200)["embedding"], json!([1.0, 2.0, 3.0]));
    let problem = put("b", json!([1.0, 2.0])).refused(422, "invalid_request");
    let error = &problem["errors"][0];
    assert_eq!(
        (&error["pointer"], &error["code"]),
        (&json!("/embedding"), &json!("wrong_dimension"))
    );
    assert!(error["detail"].as_str().unwrap().contains("must have 3 numbers"), "{problem}");
    put("b", json!([1.0, 1e39, 0.0])).refused(422, "invalid_request");
    let patched = call(&node, "PATCH", "/v1/items/c", &json!({"embedding": [0.0, 0.0]}));
    patched.refused(422, "invalid_request");
    call(&node, "PATCH", "/v1/items/a", &json!({"embedding": null})).expect(200);
    assert!(get(&node, "/v1/items/a").expect(200).get("embedding").is_none());
    put("b", json!([1.0, 2.0])).expect(200);
}
