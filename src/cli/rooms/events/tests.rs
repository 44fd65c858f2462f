use super::*;

fn all(text: &str) -> (Vec<(String, String)>, Option<String>, Option<u64>) {
    let mut events = Events::new(text.as_bytes(), Some("before".to_owned()));
    let mut found = Vec::new();
    while let Some(event) = events.next().unwrap() {
        found.push((event.kind, event.data));
    }
    (found, events.last_id, events.retry_ms)
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(kind, data)| ((*kind).to_owned(), (*data).to_owned())).collect()
}

#[test]
fn events_have_a_kind_an_id_and_data_over_several_lines() {
    let text = ": hello\n\nretry: 500\nid: k3Qa:7\nevent: comment\ndata: {\"a\":1}\n\ndata: one\ndata:two\n\n";
    let (found, id, retry) = all(text);
    assert_eq!(found, pairs(&[("comment", "{\"a\":1}"), ("message", "one\ntwo")]));
    assert_eq!((id.as_deref(), retry), (Some("k3Qa:7"), Some(500)));
}

#[test]
fn an_event_that_broke_off_is_not_given_and_its_id_does_not_count() {
    let (found, id, _) = all("id: 1\ndata: x\n\nid: 2\ndata: half\n");
    assert_eq!(found, pairs(&[("message", "x")]));
    assert_eq!(id.as_deref(), Some("1"));
    assert_eq!(all("data: cut").0, pairs(&[]));
}

#[test]
fn lines_may_end_as_windows_ends_them_and_unknown_fields_are_passed_over() {
    let (found, id, _) = all("event: feed\r\nwhat: ever\r\ndata:  x\r\n\r\n:\r\n\r\n");
    assert_eq!(found, pairs(&[("feed", " x")]));
    assert_eq!(id.as_deref(), Some("before"));
}
