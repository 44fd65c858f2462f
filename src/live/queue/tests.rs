use std::convert::Infallible;

use proptest::prelude::*;

use super::*;

fn channel(name: &str) -> Arc<str> {
    Arc::from(name)
}

/// What a client has read once `most` bytes are taken.
fn take(queue: &mut Queue, most: usize) -> Vec<u8> {
    let mut read = Vec::new();
    let took = queue.write_with(|parts| {
        let all = parts.iter().flat_map(|part| part.to_vec());
        read = all.take(most).collect();
        Ok::<_, Infallible>(read.len())
    });
    assert!(took.is_ok());
    read
}

#[test]
fn of_a_kind_only_the_newest_goes_out_and_nothing_else_is_left_out() {
    let mut queue = Queue::new(100);
    let (one, other) = (channel("room:1:state"), channel("room:2:state"));
    queue.push_state(&one, "feed", Bytes::from_static(b"a1")).unwrap();
    queue.push(Bytes::from_static(b"p1")).unwrap();
    queue.push_state(&one, "stats", Bytes::from_static(b"b1")).unwrap();
    queue.push_state(&other, "feed", Bytes::from_static(b"c1")).unwrap();
    queue.push_state(&one, "feed", Bytes::from_static(b"a22")).unwrap();
    queue.push(Bytes::from_static(b"p2")).unwrap();
    assert_eq!(queue.bytes(), 11);
    assert_eq!(take(&mut queue, 100), b"a22p1b1c1p2");
    assert!(queue.is_empty() && queue.bytes() == 0);
}

#[test]
fn what_has_begun_to_go_out_goes_out_whole() {
    let mut queue = Queue::new(100);
    let channel = channel("user:a");
    queue.push_state(&channel, "feed", Bytes::from_static(b"old")).unwrap();
    assert_eq!(take(&mut queue, 1), b"o");
    queue.push_state(&channel, "feed", Bytes::from_static(b"new")).unwrap();
    queue.push(Bytes::from_static(b"lost")).unwrap();
    queue.end_with(Bytes::from_static(b"bye"));
    assert_eq!(queue.bytes(), 5);
    assert_eq!(take(&mut queue, 100), b"ldbye");
}

#[test]
fn past_the_bound_nothing_more_is_taken() {
    let mut queue = Queue::new(4);
    queue.push(Bytes::from_static(b"abc")).unwrap();
    assert_eq!(queue.push(Bytes::from_static(b"de")), Err(Full));
    queue.push(Bytes::from_static(b"d")).unwrap();
    assert_eq!(take(&mut queue, 3), b"abc");
    queue.push(Bytes::from_static(b"efg")).unwrap();
    assert_eq!(take(&mut queue, 9), b"defg");
}

proptest! {
    #[test]
    fn bytes_are_counted_and_streams_go_out_in_order(
        steps in proptest::collection::vec((0u8..3, 1usize..9), 1..80),
    ) {
        let mut queue = Queue::new(40);
        let state = channel("room:1:state");
        let (mut pushed, mut read) = (Vec::new(), Vec::new());
        for (place, (step, size)) in steps.into_iter().enumerate() {
            match step {
                0 => {
                    let part = vec![b'0' + (place % 10) as u8; size];
                    if queue.push(Bytes::from(part.clone())).is_ok() {
                        pushed.extend(part);
                    }
                }
                1 => { let _ = queue.push_state(&state, "feed", Bytes::from(vec![b's'; size])); }
                _ => read.extend(take(&mut queue, size)),
            }
            prop_assert!(queue.bytes() <= 40);
        }
        while !queue.is_empty() {
            read.extend(take(&mut queue, 7));
        }
        prop_assert_eq!(queue.bytes(), 0);
        read.retain(|byte| *byte != b's');
        prop_assert_eq!(read, pushed);
    }
}
