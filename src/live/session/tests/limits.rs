//! What ends a connection, and what does not.

use std::time::Duration;

use actix_http::ws::OpCode;
use serde_json::json;

use crate::live::testing::{Client, Read, Rig, bounds};

async fn closes(rig: &Rig, code: u16, what: impl AsyncFnOnce(&mut Client)) {
    let mut client = rig.connect("a").await;
    what(&mut client).await;
    assert_eq!(client.next().await, Read::Closed(code));
}

#[actix_web::test]
async fn what_is_no_command_closes_the_connection() {
    let rig = Rig::start(10, bounds(|config| config.max_frame_bytes = 2_000)).await;
    closes(&rig, 3501, async |client| client.send_text("{\"id\":").await).await;
    closes(&rig, 3501, async |client| client.send_text(&" ".repeat(2_001)).await).await;
    closes(&rig, 3501, async |client| {
        client.send_frame(&[b' '; 1_500], OpCode::Text, false).await;
        client.send_frame(&[b' '; 1_500], OpCode::Continue, true).await;
    })
    .await;
    closes(&rig, 3501, async |client| client.send_frame(&[0xff], OpCode::Text, true).await).await;
    closes(&rig, 1003, async |client| client.send_frame(b"{}", OpCode::Binary, true).await).await;
    closes(&rig, 1002, async |client| client.send_frame(b"x", OpCode::Continue, true).await).await;
}

#[actix_web::test]
async fn too_many_commands_are_refused_and_whoever_goes_on_is_closed() {
    let adjust = |config: &mut config::SocketConfig| {
        config.commands_per_s = 1;
        config.commands_at_once = 4;
    };
    let rig = Rig::start(10, bounds(adjust)).await;
    let mut client = rig.connect("a").await;
    let mut codes = Vec::new();
    for _ in 0..6 {
        codes.push(client.ask(json!({"ping": {}})).await["error"]["code"].clone());
    }
    assert_eq!(codes[..3], [json!(null), json!(null), json!(null)]);
    assert_eq!(codes[5], 111);
    for _ in 0..20 {
        client.send(json!({"ping": {}})).await;
    }
    loop {
        match client.next().await {
            Read::Closed(code) => break assert_eq!(code, 3509),
            Read::Line(line) => assert_eq!(line["error"]["temporary"], true, "{line}"),
        }
    }
}

#[actix_web::test]
async fn whoever_does_not_answer_a_ping_is_closed_and_whoever_does_stays() {
    let adjust = |config: &mut config::SocketConfig| {
        config.ping_every_ms = 100;
        config.pong_within_ms = 2_500;
    };
    let rig = Rig::start(10, bounds(adjust)).await;
    let (mut silent, mut awake) = (rig.connect("a").await, rig.connect("b").await);
    assert_eq!(silent.next().await, Read::Line(json!({})));
    let answering = async {
        loop {
            match awake.next().await {
                Read::Line(line) if line == json!({}) => awake.send_text("{}").await,
                other => break other,
            }
        }
    };
    tokio::select! {
        other = answering => panic!("{other:?}"),
        end = silent.next() => assert_eq!(end, Read::Closed(3012)),
    }
}

#[actix_web::test]
async fn whoever_says_nothing_is_closed_and_so_is_a_connection_past_its_token() {
    let adjust = |config: &mut config::SocketConfig| {
        config.connect_within_ms = 1_000;
        config.pong_within_ms = 1_000;
    };
    let rig = Rig::start(10, bounds(adjust)).await;
    assert_eq!(rig.dial().await.next().await, Read::Closed(3502));
    let mut soon = rig.dial().await;
    let reply = soon.ask(json!({"connect": {"token": "soon:a"}})).await;
    assert_eq!((&reply["connect"]["expires"], &reply["connect"]["ttl"]), (&json!(true), &json!(1)));
    let reply = soon.ask(json!({"refresh": {"token": "old:a"}})).await;
    assert_eq!(reply["error"]["code"], 109);
    let reply = soon.ask(json!({"refresh": {"token": "soon:a"}})).await;
    assert_eq!(reply["refresh"]["ttl"], 1);
    assert_eq!(soon.next().await, Read::Closed(3005));
    closes(&rig, 3500, async |client| {
        client.send(json!({"refresh": {"token": "b"}})).await;
    })
    .await;
}

#[actix_web::test]
async fn a_client_that_does_not_read_is_closed_and_the_others_get_everything() {
    let adjust = |config: &mut config::SocketConfig| {
        config.queue_bytes = 65_536;
        config.send_buffer_bytes = 4_096;
    };
    let rig = Rig::start(10, bounds(adjust)).await;
    let (mut stalled, mut good) = (rig.connect("a").await, rig.connect("b").await);
    socket2::SockRef::from(&stalled.socket).set_recv_buffer_size(4_096).unwrap();
    stalled.subscribe("room:1").await;
    good.subscribe("room:1").await;
    let mut last = 0;
    while rig.hub.connections() == 2 {
        last += 1;
        let n = rig.rooms.publish_padded("1", 10_000);
        let Read::Line(line) = good.next().await else { panic!("closed at {n}") };
        assert_eq!(line["push"]["pub"]["offset"], n);
    }
    // It reads now: what had gone out, in order, and then the end.
    let mut next = 1;
    loop {
        match stalled.next().await {
            Read::Line(line) => assert_eq!(line["push"]["pub"]["offset"], next),
            Read::Closed(code) => break assert_eq!(code, 3008),
        }
        next += 1;
    }
    assert!(next < last, "{next} of {last}");
}

#[actix_web::test]
async fn a_node_that_stops_closes_everybody_and_lets_nobody_in() {
    let rig = Rig::start(10, bounds(|config| config.shutdown_spread_ms = 100)).await;
    let mut clients = Vec::new();
    for n in 0..10 {
        let mut client = rig.connect(&format!("u{n}")).await;
        client.subscribe("room:1").await;
        clients.push(client);
    }
    assert_eq!(rig.hub.connections(), 10);
    rig.rooms.publish("1");
    rig.hub.shut_down();
    for client in &mut clients {
        assert!(matches!(client.next().await, Read::Line(_)), "what was published before comes");
        assert_eq!(client.next().await, Read::Closed(3001));
    }
    rig.hub.emptied(Duration::from_secs(20)).await;
    assert_eq!(rig.hub.connections(), 0);
    assert_eq!(rig.dial().await.next().await, Read::Closed(0));
    let signs = rig.hub.signs().take(100).await;
    assert!(signs.iter().all(|sign| matches!(sign, crate::live::Sign::Joined { .. })), "{signs:?}");
}

#[actix_web::test]
async fn past_its_most_connections_a_node_lets_nobody_in() {
    let rig = Rig::start(10, bounds(|config| config.max_connections = 1)).await;
    let first = rig.connect("a").await;
    assert_eq!(rig.dial().await.next().await, Read::Closed(0));
    drop(first);
    while 0 < rig.hub.connections() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    rig.connect("b").await;
}

#[actix_web::test]
async fn a_frame_never_waits_for_the_receipt_of_the_one_before_it() {
    let rig = Rig::start(10, bounds(|config| config.send_buffer_bytes = 10_000)).await;
    let _clients = [rig.connect("a").await, rig.connect("b").await];
    let members: Vec<_> = rig.workers.iter().flat_map(|worker| worker.members()).collect();
    assert_eq!(members.len(), 2);
    for member in members {
        let socket = member.connection.socket().unwrap();
        assert!(socket.nodelay().unwrap());
        // The system keeps twice what it is told, for its own account.
        let kept = socket2::SockRef::from(socket).send_buffer_size().unwrap();
        assert!(kept <= 20_000, "{kept}");
    }
}

#[actix_web::test]
async fn what_is_told_of_a_state_does_not_pile_up_for_whoever_does_not_read() {
    let adjust = |config: &mut config::SocketConfig| {
        config.queue_bytes = 65_536;
        config.send_buffer_bytes = 4_096;
    };
    let rig = Rig::start(10, bounds(adjust)).await;
    let mut client = rig.connect("a").await;
    socket2::SockRef::from(&client.socket).set_recv_buffer_size(4_096).unwrap();
    client.subscribe("room:1:state").await;
    let pad = "x".repeat(10_000);
    for n in 1..=600 {
        rig.hub.tell("room:1:state", "feed", format!(r#"{{"n":{n},"pad":"{pad}"}}"#).into());
        tokio::task::yield_now().await;
    }
    let mut newest = 0;
    while newest < 600 {
        let Read::Line(line) = client.next().await else { panic!("closed at {newest}") };
        let n = line["push"]["pub"]["data"]["n"].as_u64().unwrap();
        assert!(newest < n, "{n} after {newest}");
        newest = n;
    }
}
