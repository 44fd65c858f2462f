use super::*;

#[test]
fn the_data_is_read_out_of_the_line_again() {
    for channel in ["room:42", "room:\"pub\":{\"data\":1", "room:\\", "room:é\n"] {
        for data in ["{\"kind\":\"notice\",\"text\":\"\\\"pub\\\":{}\"}", "7", "null"] {
            let line = Line::of(channel, 3, data);
            assert_eq!(line.data(), data.as_bytes(), "{channel}");
            let whole: serde_json::Value = serde_json::from_slice(line.as_frame_line()).unwrap();
            assert_eq!(whole["push"]["channel"], channel);
            assert_eq!(whole["push"]["pub"]["offset"], 3);
        }
    }
}

#[test]
fn what_is_no_json_goes_out_as_nothing() {
    assert_eq!(Line::of("room:42", 3, "{\"kind").data(), b"null");
    let line = Line::of("room:42", 3, "{\n\"a\": 1\r\n}");
    assert_eq!(line.data(), b"{\"a\":1}");
}
