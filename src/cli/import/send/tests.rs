//! How rows become lines and answers become figures.

use serde_json::json;

use super::*;

fn row(json: &str) -> Row {
    Row { at_ms: None, json: json.to_owned() }
}

#[test]
fn a_line_is_the_row_with_its_position_in_front() {
    let mut batch = Batch::default();
    batch.add(41, &row("{\"user_id\":\"u\"}"));
    batch.add(42, &row("{\"user_id\":\"v\"}"));
    let lines: Vec<Value> =
        batch.lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], json!({"source_position": 41, "user_id": "u"}));
    assert_eq!(lines[1]["source_position"], 42);
    assert_eq!((batch.first, batch.rows), (41, 2));
}

#[test]
fn a_refused_row_is_named_by_its_place_in_the_source() {
    let answer = json!({"accepted": 1, "duplicates": 1, "rejected": 1,
        "errors": [{"index": 2, "pointer": "/type", "code": "unknown_type", "detail": "no such type"}]});
    let mut tally = Tally::default();
    tally.add(2_001, &answer);
    assert_eq!((tally.accepted, tally.duplicates, tally.rejected), (1, 1, 1));
    assert_eq!(tally.first_rejected, ["row 2003: no such type"]);
}

#[test]
fn what_is_too_much_at_once_is_sent_part_by_part_and_none_twice() {
    let mut batch = Batch::default();
    for position in 1..=5 {
        batch.add(position, &row("{\"user_id\":\"u\"}"));
    }
    batch.most = 2;
    let mut sent = Vec::new();
    while 0 < batch.rows {
        let (rows, lines) = batch.head();
        sent.push((batch.first, rows, lines.lines().count()));
        batch.remove(rows);
    }
    assert_eq!(sent, [(1, 2, 2), (3, 2, 2), (5, 1, 1)]);
    assert!(batch.lines.is_empty());
}
