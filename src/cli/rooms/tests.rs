use serde_json::json;

use super::*;

#[test]
fn a_room_is_a_row() {
    let room = json!({"room_id": "42", "title": "Sneakers", "host": "mei", "viewers": 1212, "is_open": true,
        "heat": {"s10": 3.125, "s30": 2.5, "m5": 1}});
    assert_eq!(row(&room), ["42", "1,212", "3.12", "2.50", "1.00", "mei", "Sneakers"]);
    let closed = json!({"room_id": "7", "is_open": false});
    assert_eq!(row(&closed), ["7", "closed", "0.00", "0.00", "0.00", "-", "-"]);
    assert!((heat(&room) - 2.5).abs() < 1e-12);
}
