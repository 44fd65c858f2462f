use super::*;

fn one(text: &str) -> Command<'_> {
    let mut all = commands(text, &Limits::default()).unwrap();
    assert_eq!(all.len(), 1, "{text}");
    all.pop().unwrap()
}

fn refused(text: &str, why: Refusal) {
    let command = one(text);
    assert!(matches!(command.request, Request::Refused(found) if found == why), "{command:?}");
}

#[test]
fn a_client_connects_and_subscribes_in_one_frame() {
    // As version 5.8 of the npm client sends it.
    let frame = "{\"connect\":{\"token\":\"t\",\"name\":\"js\"},\"id\":1}\n\
        {\"subscribe\":{\"channel\":\"room:42\",\"recoverable\":true,\"flag\":1},\"id\":2}";
    let all = commands(frame, &Limits::default()).unwrap();
    let [first, second] = &all[..] else { panic!("{all:?}") };
    let Request::Connect(connect) = &first.request else { panic!("{first:?}") };
    assert_eq!((first.id, &*connect.token, &*connect.name), (1, "t", "js"));
    let Request::Subscribe(subscribe) = &second.request else { panic!("{second:?}") };
    assert_eq!((second.id, &*subscribe.channel, &subscribe.recover), (2, "room:42", &None));
}

#[test]
fn a_client_that_comes_back_says_up_to_where_it_has_the_channel() {
    let command = one(
        r#"{"id":5,"subscribe":{"channel":"room:42","recover":true,"epoch":"k3Qa","offset":42}}"#,
    );
    let Request::Subscribe(subscribe) = command.request else { panic!("no subscribe") };
    assert_eq!(subscribe.recover, Some(Recover { epoch: "k3Qa".into(), offset: 42 }));
    // From the start of a channel that had nothing: zeros are left out on the wire.
    let command = one(r#"{"id":5,"subscribe":{"channel":"c","recover":true,"epoch":"e"}}"#);
    let Request::Subscribe(subscribe) = command.request else { panic!("no subscribe") };
    assert_eq!(subscribe.recover, Some(Recover { epoch: "e".into(), offset: 0 }));
}

#[test]
fn data_is_passed_on_as_it_came() {
    let command = one(r#"{"id":3,"rpc":{"method":"event","data":{"type": "live_like"}}}"#);
    let Request::Rpc { method, data: Some(data) } = command.request else { panic!("no rpc") };
    assert_eq!((&*method, data.get()), ("event", r#"{"type": "live_like"}"#));
    let command = one(r#"{"id":4,"publish":{"channel":"room:1","data":[1]}}"#);
    let Request::Publish { channel, data } = command.request else { panic!("no publish") };
    assert_eq!((&*channel, data.get()), ("room:1", "[1]"));
    assert!(matches!(one(r#"{"id":4,"rpc":{}}"#).request, Request::Rpc { data: None, .. }));
    assert!(matches!(one(r#"{"send":{"data":1}}"#).request, Request::Send { .. }));
}

#[test]
fn how_deep_data_goes_is_for_whoever_reads_it() {
    let data = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let text = format!(r#"{{"id":1,"rpc":{{"method":"event","data":{data}}}}}"#);
    let Request::Rpc { data: Some(found), .. } = one(&text).request else { panic!("no rpc") };
    assert_eq!(found.get(), data);
}

#[test]
fn escaped_names_are_read() {
    let command = one(r#"{"id":1,"unsubscribe":{"channel":"room:\u00e9\"\n"}}"#);
    let Request::Unsubscribe { channel } = command.request else { panic!("no unsubscribe") };
    assert_eq!(channel, "room:é\"\n");
}

#[test]
fn an_empty_object_is_the_pong_and_empty_lines_are_nothing() {
    assert!(matches!(one("\n{}\n \n").request, Request::Pong));
    assert!(matches!(one(r#"{"id":7,"ping":{}}"#).request, Request::Ping));
    assert!(commands("", &Limits::default()).unwrap().is_empty());
}

#[test]
fn what_is_not_served_is_refused_and_the_connection_stays() {
    for name in ["presence", "presence_stats", "history", "sub_refresh"] {
        refused(&format!(r#"{{"id":1,"{name}":{{"channel":"c"}}}}"#), Refusal::NotAvailable);
    }
    refused(r#"{"id":1,"subscribe":{"channel":"c","type":4}}"#, Refusal::NotAvailable);
    refused(r#"{"id":1,"dance":{}}"#, Refusal::MethodNotFound);
    refused(r#"{"id":1,"subscribe":{}}"#, Refusal::BadRequest);
    refused(r#"{"id":1,"publish":{"channel":"c"}}"#, Refusal::BadRequest);
    let long = "c".repeat(256);
    refused(&format!(r#"{{"id":1,"subscribe":{{"channel":"{long}"}}}}"#), Refusal::BadRequest);
    let data = "1".repeat(16_385);
    refused(&format!(r#"{{"id":1,"rpc":{{"data":"{data}"}}}}"#), Refusal::LimitExceeded);
}

#[test]
fn what_is_no_frame_closes_the_connection() {
    let fails = |text: &str| commands(text, &Limits::default()).unwrap_err();
    assert!(matches!(fails("{}\n[1]"), FrameError::Json { line: 2, .. }));
    assert!(matches!(fails("{\"id\":-1}"), FrameError::Json { line: 1, .. }));
    assert!(matches!(fails("{\"id\":1,\"connect\":7}"), FrameError::Json { .. }));
    assert!(matches!(fails("{\"id\":1"), FrameError::Json { .. }));
    assert_eq!(fails(r#"{"rpc":{"method":"event"}}"#), FrameError::NoId(1));
    assert_eq!(fails(&"{}\n".repeat(65)), FrameError::Commands(64));
    let most = Limits::default().frame_bytes;
    assert_eq!(fails(&" ".repeat(most + 1)), FrameError::Bytes { found: most + 1, most });
}

/// One line as it goes out.
fn writes(write: impl FnOnce(&mut Frame), expected: &str) {
    let mut frame = Frame::default();
    write(&mut frame);
    assert_eq!(frame.as_str(), expected);
}

#[test]
fn replies_are_what_clients_expect() {
    let connected = ConnectReply {
        client: "c-7f",
        version: "0.1.0",
        ping: 25,
        pong: true,
        ..ConnectReply::default()
    };
    writes(
        |frame| frame.connected(1, &connected),
        r#"{"id":1,"connect":{"client":"c-7f","version":"0.1.0","ping":25,"pong":true}}"#,
    );
    let data = Data::of_text(r#"{"kind":"notice"}"#).unwrap();
    let missed = [Published::new(43, &data)];
    let stream = |missed| Followed::Stream { epoch: "k3Qa", offset: 43, missed };
    writes(
        |frame| frame.subscribed(5, &stream(Missed::All(&missed))),
        r#"{"id":5,"subscribe":{"recoverable":true,"positioned":true,"epoch":"k3Qa","offset":43,"was_recovering":true,"recovered":true,"publications":[{"data":{"kind":"notice"},"offset":43}]}}"#,
    );
    writes(
        |frame| frame.subscribed(5, &stream(Missed::Unknown)),
        r#"{"id":5,"subscribe":{"recoverable":true,"positioned":true,"epoch":"k3Qa","offset":43,"was_recovering":true}}"#,
    );
    writes(
        |frame| frame.subscribed(5, &stream(Missed::NotAsked)),
        r#"{"id":5,"subscribe":{"recoverable":true,"positioned":true,"epoch":"k3Qa","offset":43}}"#,
    );
    writes(|frame| frame.subscribed(6, &Followed::State), r#"{"id":6,"subscribe":{}}"#);
    writes(|frame| frame.unsubscribed(7), r#"{"id":7,"unsubscribe":{}}"#);
    writes(|frame| frame.published(8), r#"{"id":8,"publish":{}}"#);
    writes(|frame| frame.pinged(9), r#"{"id":9,"ping":{}}"#);
    writes(
        |frame| frame.called(3, &Data::of(&serde_json::json!({"accepted": 1})).unwrap()),
        r#"{"id":3,"rpc":{"data":{"accepted":1}}}"#,
    );
    writes(
        |frame| frame.refreshed(4, "c-7f", "0.1.0", Some(600)),
        r#"{"id":4,"refresh":{"client":"c-7f","version":"0.1.0","expires":true,"ttl":600}}"#,
    );
}

#[test]
fn refusals_say_whether_to_try_again() {
    writes(
        |frame| frame.refused(6, Refusal::TooManyRequests),
        r#"{"id":6,"error":{"code":111,"message":"too many requests","temporary":true}}"#,
    );
    writes(
        |frame| frame.refused(6, Refusal::PermissionDenied),
        r#"{"id":6,"error":{"code":103,"message":"permission denied"}}"#,
    );
}

#[test]
fn pushes_name_their_channel() {
    let data = Data::of_text("{\n  \"kind\": \"feed\"\r\n}").unwrap();
    assert_eq!(
        publication("room:42", Published::new(42, &data)),
        r#"{"push":{"channel":"room:42","pub":{"data":{"kind":"feed"},"offset":42}}}"#,
    );
    assert_eq!(
        publication("room:42:state", Published::new(0, &data)),
        r#"{"push":{"channel":"room:42:state","pub":{"data":{"kind":"feed"}}}}"#,
    );
    writes(
        |frame| frame.ended("room:42", Unsubscribed::InsufficientState),
        r#"{"push":{"channel":"room:42","unsubscribe":{"code":2500,"reason":"insufficient state"}}}"#,
    );
}

#[test]
fn lines_are_joined_and_never_broken() {
    let data = Data::of(&serde_json::json!({"text": "two\nlines"})).unwrap();
    let mut frame = Frame::default();
    frame.line(PING);
    frame.line(&publication("a\nb", Published::new(1, &data)));
    frame.published(2);
    assert_eq!(frame.as_str().split('\n').count(), 3, "{}", frame.as_str());
    assert!(Data::of_text("{").is_err() && Data::of_text("1 2").is_err());
}

#[test]
fn close_codes_tell_the_client_whether_to_come_back() {
    for (close, comes_back) in [
        (Close::Shutdown, true),
        (Close::Slow, true),
        (Close::NoPong, true),
        (Close::InsufficientState, true),
        (Close::InvalidToken, false),
        (Close::BadRequest, false),
        (Close::ChannelLimit, false),
    ] {
        assert_eq!(close.reconnects(), comes_back, "{close:?}");
        assert!(close.reason().len() <= 123, "a close frame holds no more");
    }
}

proptest::proptest! {
    #[test]
    fn nothing_that_is_sent_brings_it_down(text in ".{0,200}", cut in 0usize..120, byte in 0u8..127) {
        let _ = commands(&text, &Limits::default());
        let sound = r#"{"id":5,"subscribe":{"channel":"room:42","recover":true,"epoch":"k3Qa","offset":42}}"#;
        let mut bytes = sound.as_bytes().to_vec();
        let place = cut % bytes.len();
        bytes[place] = byte;
        let _ = commands(std::str::from_utf8(&bytes).unwrap(), &Limits::default());
        let _ = commands(&sound[..place], &Limits::default());
    }

    #[test]
    fn names_and_data_of_any_kind_arrive_as_they_left(channel in ".{1,60}", said in ".{0,200}") {
        let frame = serde_json::json!({"id": 9, "publish": {"channel": channel, "data": said}});
        let frame = frame.to_string();
        let Request::Publish { channel: found, data } = one(&frame).request else { panic!("{frame}") };
        proptest::prop_assert_eq!(&*found, &channel);
        let line = publication(&found, Published::new(1, &Data::of_text(data.get()).unwrap()));
        let back: serde_json::Value = serde_json::from_str(&line).unwrap();
        proptest::prop_assert_eq!(&back["push"]["channel"], &channel);
        proptest::prop_assert_eq!(&back["push"]["pub"]["data"], &said);
        proptest::prop_assert!(!line.contains('\n'));
    }
}
