use std::collections::BTreeSet;
use std::sync::Arc;

use engine::patterns::PatternMatch;
use engine::rooms::{
    Content, Feed, HEAT_KINDS, Highlight, Phase, ProductNow, Publication, Room, RoomRules,
};
use engine::{ItemIndex, Timestamp, UserId};
use serde_json::{Value, json};

use super::*;
use crate::http::testing::{put_item, shared};
use crate::rooms::payload;

fn described() -> Value {
    serde_json::from_str(text()).unwrap()
}

/// Every object and array of the document with its pointer.
fn walk<'v>(value: &'v Value, place: &str, visit: &mut impl FnMut(&str, &'v Value)) {
    visit(place, value);
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                walk(member, &format!("{place}/{name}"), visit);
            }
        }
        Value::Array(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                walk(entry, &format!("{place}/{index}"), visit);
            }
        }
        _ => {}
    }
}

fn resolved<'v>(document: &'v Value, value: &'v Value) -> &'v Value {
    match value["$ref"].as_str() {
        Some(reference) => {
            let target = document.pointer(reference.trim_start_matches('#'));
            resolved(document, target.unwrap_or_else(|| panic!("{reference} leads nowhere")))
        }
        None => value,
    }
}

/// What is wrong with `value` by `schema`: the parts of JSON Schema that the document uses.
fn fault(document: &Value, schema: &Value, value: &Value) -> Option<String> {
    let schema = resolved(document, schema);
    if let Some(choices) = schema["oneOf"].as_array() {
        let faults: Vec<Option<String>> =
            choices.iter().map(|choice| fault(document, choice, value)).collect();
        let fitting = faults.iter().filter(|fault| fault.is_none()).count();
        return (fitting != 1).then(|| format!("{fitting} of the choices fit {value}: {faults:?}"));
    }
    if !schema["const"].is_null() && schema["const"] != *value {
        return Some(format!("{value} is not {}", schema["const"]));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return Some(format!("{value} is none of {words:?}"));
    }
    typed(&schema["type"], value).or_else(|| match value {
        Value::Object(_) => members(document, schema, value),
        Value::Array(entries) => {
            entries.iter().find_map(|entry| fault(document, &schema["items"], entry))
        }
        _ => None,
    })
}

fn typed(expected: &Value, value: &Value) -> Option<String> {
    let one = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("type {other} is not used elsewhere"),
    };
    let fits = match expected {
        Value::String(name) => one(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(one),
        _ => true,
    };
    (!fits).then(|| format!("{value} is no {expected}"))
}

fn members(document: &Value, schema: &Value, value: &Value) -> Option<String> {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    for name in required {
        if value.get(name).is_none() {
            return Some(format!("`{name}` is missing in {value}"));
        }
    }
    value.as_object().into_iter().flatten().find_map(|(name, member)| {
        match schema["properties"].get(name) {
            Some(known) => fault(document, known, member).map(|fault| format!("{name}: {fault}")),
            None if schema["additionalProperties"] == false => {
                Some(format!("`{name}` is not described"))
            }
            None => None,
        }
    })
}

#[test]
fn it_is_asyncapi_3_and_every_reference_leads_somewhere() {
    let document = described();
    assert_eq!(document["asyncapi"], "3.0.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let mut references = 0;
    walk(&document, "", &mut |place, value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            references += 1;
            let target = document.pointer(reference.trim_start_matches('#'));
            assert!(target.is_some(), "{place}: {reference} leads nowhere");
        }
    });
    assert!(50 < references, "{references}");
}

#[test]
fn messages_of_operations_are_those_of_their_channels() {
    let document = described();
    for (name, operation) in document["operations"].as_object().unwrap() {
        let channel = operation["channel"]["$ref"].as_str().unwrap();
        let action = operation["action"].as_str().unwrap();
        assert!(["send", "receive"].contains(&action), "{name}: {action}");
        assert!(operation["summary"].is_string(), "{name}");
        let reply = operation["reply"]["messages"].as_array();
        for message in operation["messages"].as_array().into_iter().chain(reply).flatten() {
            let reference = message["$ref"].as_str().unwrap();
            assert!(reference.starts_with(&format!("{channel}/messages/")), "{name}: {reference}");
        }
    }
    // And no message of a channel is without an operation.
    let text = serde_json::to_string(&document["operations"]).unwrap();
    for (name, channel) in document["channels"].as_object().unwrap() {
        for message in channel["messages"].as_object().unwrap().keys() {
            assert!(text.contains(&format!("#/channels/{name}/messages/{message}\"")), "{message}");
        }
    }
}

#[test]
fn the_examples_are_what_the_schemas_say() {
    let document = described();
    let mut examples = 0;
    for channel in document["channels"].as_object().unwrap().values() {
        for (name, message) in channel["messages"].as_object().unwrap() {
            let message = resolved(&document, message);
            assert!(message["summary"].is_string(), "{name}");
            for example in message["examples"].as_array().unwrap() {
                examples += 1;
                let fault = fault(&document, &message["payload"], &example["payload"]);
                assert_eq!(fault, None, "{name}");
            }
        }
    }
    assert!(20 < examples, "{examples}");
}

#[test]
fn what_is_not_described_is_found() {
    let document = described();
    let schema = &document["components"]["schemas"]["Comment"];
    let example = &document["components"]["messages"]["comment"]["examples"][0]["payload"];
    let comment = &example["push"]["pub"]["data"];
    assert_eq!(fault(&document, schema, comment), None);
    for (member, value) in [("at", 7.into()), ("more", "x".into()), ("kind", "notice".into())] {
        let mut changed = comment.clone();
        changed[member] = value;
        assert!(fault(&document, schema, &changed).is_some(), "{changed}");
    }
    let mut short = comment.clone();
    short.as_object_mut().unwrap().remove("text");
    assert!(fault(&document, schema, &short).is_some());
}

/// One of everything that a room publishes.
fn contents() -> Vec<Content> {
    let at = Timestamp::from_millis(1_790_000_000_000);
    let user = || UserId::new("u1");
    let moment = |phase| Highlight {
        phase,
        start: at,
        crossed_at: at,
        peak_at: at,
        peak: 6.2,
        made_of: [0.5; HEAT_KINDS],
        past: 1.1,
        deviation: 0.4,
        told_at: at,
    };
    vec![
        Content::Notice { data: r#"{"text":"hi","data":{"a":1}}"#.into() },
        Content::Comment { user: user(), name: Some("Mei".into()), text: "好".into() },
        Content::Comment { user: user(), name: None, text: "hi".into() },
        Content::Moment(moment(Phase::Noticed)),
        Content::Moment(moment(Phase::Over)),
        Content::Showing { item: Some(ItemIndex(1)) },
        Content::Showing { item: None },
        Content::Ended,
        Content::Match {
            user: user(),
            pattern: "keen".into(),
            item: Some(ItemIndex(1)),
            started_at: at,
        },
        Content::Match { user: user(), pattern: "keen".into(), item: None, started_at: at },
    ]
}

#[test]
fn what_rooms_send_is_described_as_it_is_sent() {
    let document = described();
    let shared = shared();
    put_item(&shared, 1, "sku-9", (1, "shoes"));
    let at = Timestamp::from_millis(1_790_000_000_000);
    let publications = contents().into_iter().map(|content| Publication { offset: 7, at, content });
    let mut lines: Vec<String> =
        publications.map(|publication| payload::publication(&shared.node, &publication)).collect();
    let products = vec![ProductNow { item: ItemIndex(1), pull: 2.5, clicks: 3, adds: 1 }];
    lines.push(payload::feed(&shared.node, "42", &Feed { at, products, moved: 0.5 }));
    let room = Room::new(Arc::new(RoomRules::default()));
    lines.push(payload::stats("42", &room.stats(at)));
    let mut sent = BTreeSet::from(["next".to_owned(), payload_of_a_match(&document)]);
    for line in lines {
        let said: Value = serde_json::from_str(&line).unwrap();
        let kind = said["kind"].as_str().unwrap().to_owned();
        let message = &document["components"]["messages"][&kind];
        let pushed = json!({"push": {"channel": "room:42", "pub": {"data": said, "offset": 7}}});
        let state = ["room_stats", "feed"].contains(&kind.as_str());
        let pushed = if state {
            json!({"push": {"channel": "room:42:state", "pub": {"data": said}}})
        } else {
            pushed
        };
        assert_eq!(fault(&document, &message["payload"], &pushed), None, "{kind}");
        sent.insert(kind);
    }
    assert_eq!(sent, payload::KINDS.iter().map(ToString::to_string).collect());
}

/// What a user is told of their own matches; its kind.
fn payload_of_a_match(document: &Value) -> String {
    let none: [&PatternMatch; 0] = [];
    let said: Value = serde_json::from_str(&payload::matches(none.into_iter())).unwrap();
    assert_eq!(fault(document, &document["components"]["schemas"]["Matches"], &said), None);
    said["kind"].as_str().unwrap().to_owned()
}
