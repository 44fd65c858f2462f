use clap::Parser;
use serde_json::json;

use super::*;
use crate::cli::global::Global;

#[derive(Parser)]
struct Options {
    #[command(flatten)]
    global: Global,
}

fn told(kind: &str, said: &Value) -> String {
    let global = Options::parse_from(["freshet", "--no-color"]).global;
    line(&Printer::new(&global), kind, said)
}

#[test]
fn each_kind_has_a_line_of_its_own() {
    let at = "2026-10-01T19:05:07.25Z";
    for (kind, said, expected) in [
        ("comment", json!({"at": at, "user_id": "u1", "text": "hi"}), "19:05:07 u1: hi"),
        (
            "comment",
            json!({"at": at, "user_id": "u1", "name": "梅", "text": "好"}),
            "19:05:07 梅: 好",
        ),
        ("notice", json!({"at": at, "text": "Two for one"}), "19:05:07 * Two for one"),
        ("notice", json!({"at": at, "data": {"a": 1}}), "19:05:07 * {\"a\":1}"),
        ("showing", json!({"at": at, "item_id": "sku-9"}), "19:05:07 now on show: sku-9"),
        ("showing", json!({"at": at, "item_id": null}), "19:05:07 nothing on show"),
        ("subscribed", json!({"epoch": "e", "offset": 3}), "         following"),
        (
            "subscribed",
            json!({"offset": 3, "recovered": false}),
            "         some of what was missed is gone",
        ),
        ("ended", json!({"at": at}), "19:05:07 the room has ended"),
        (
            "highlight",
            json!({"told_at": at, "phase": "noticed", "peak": 6.24, "past": 1.1, "made_of": {"like": 1, "gift": 2.5, "join": 0}}),
            "19:05:07 moment: heat 6.2, usually 1.1, by gift and like",
        ),
        (
            "feed",
            json!({"at": at, "items": [{"item_id": "a", "pull": 4.25}, {"item_id": "b", "pull": 1}]}),
            "19:05:07 shelf: a 4.2, b 1.0",
        ),
        ("later", json!({"x": 1}), "         later {\"x\":1}"),
    ] {
        assert_eq!(told(kind, &said), expected);
    }
}

#[test]
fn numbers_of_a_room_are_on_one_line() {
    let said = json!({"at": "2026-10-01T19:05:07Z", "viewers": 1212, "heat": {"s10": 3.12, "s30": 2, "m5": 1},
        "acts": {"comment": 5, "like": 6, "gift": 7, "click": 8}, "mood": -0.254});
    let expected = "19:05:07 1,212 viewers · heat 3.1 / 2.0 / 1.0 · 5 comments · 6 likes · 7 gifts · 8 clicks · mood -0.25";
    assert_eq!(told("room_stats", &said), expected);
}

#[test]
fn what_strangers_type_does_not_move_the_terminal() {
    let said = json!({"user_id": "u\u{1b}[2J", "text": "a\nb\u{7}"});
    assert_eq!(told("comment", &said), "         u [2J: a b ");
}
