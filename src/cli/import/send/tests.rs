//! How rows become lines and answers become figures.

use serde_json::json;

use super::*;

fn row(line: u64, json: &str) -> Row {
    Row { line, at_ms: None, json: json.to_owned() }
}

#[test]
fn a_line_is_the_row_with_its_position_in_front() {
    let mut batch = Batch::default();
    batch.add(41, &row(7, "{\"user_id\":\"u\"}"));
    batch.add(42, &row(9, "{\"user_id\":\"v\"}"));
    let lines: Vec<Value> =
        batch.lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], json!({"source_position": 41, "user_id": "u"}));
    assert_eq!(lines[1]["source_position"], 42);
    assert_eq!((batch.places, batch.rows), ([7, 9].into(), 2));
}

#[test]
fn a_refused_row_is_named_by_its_line_of_the_file() {
    let answer = json!({"accepted": 1, "duplicates": 1, "rejected": 1,
        "errors": [{"index": 2, "pointer": "/type", "code": "unknown_type", "detail": "no such type"}]});
    let mut tally = Tally::default();
    tally.add(&[2, 9, 4].into(), &answer);
    assert_eq!((tally.accepted, tally.duplicates, tally.rejected), (1, 1, 1));
    assert_eq!(tally.first_rejected, ["line 4: no such type"]);
    tally.reject(&[12].into(), "the body is larger than 9 bytes");
    assert_eq!(
        (tally.rejected, &*tally.first_rejected[1]),
        (2, "line 12: the body is larger than 9 bytes")
    );
}

#[test]
fn what_is_too_much_at_once_is_sent_part_by_part_and_none_twice() {
    let mut batch = Batch::default();
    for position in 1..=5 {
        batch.add(position, &row(position + 1, "{\"user_id\":\"u\"}"));
    }
    batch.most = 2;
    let mut sent = Vec::new();
    while 0 < batch.rows {
        let (rows, lines) = batch.head();
        sent.push((batch.places[0], rows, lines.lines().count()));
        batch.remove(rows);
    }
    assert_eq!(sent, [(2, 2, 2), (4, 2, 2), (6, 1, 1)]);
    assert!(batch.lines.is_empty());
}

#[test]
fn a_refused_item_is_named_by_its_id() {
    let batch = [json!({"item_id": "a"}), json!({"item_id": "b"})];
    let answer = json!({"accepted": 1, "rejected": [{"index": 1, "detail": "no such kind"}]});
    let mut tally = Tally::default();
    tally.add_items(&batch, &answer);
    assert_eq!(
        (tally.items, tally.first_rejected),
        (1, vec!["item \"b\": no such kind".to_owned()])
    );
}
