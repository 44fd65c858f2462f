//! Faults that need no rounds: a flipped byte, a full disk, a second process, a record that kills.

use std::thread;

use freshet::clock::wall_now;
use tempfile::TempDir;

use crate::check::{self, Tally};
use crate::damage;
use crate::ledger::{Fate, Ledger};
use crate::support::process::{Launch, Process};

/// A full user with every event acknowledged.
fn send_user(node: &Process, user: &str) -> Ledger {
    let mut ledger = Ledger::new(user.to_owned(), wall_now().as_millis() - 60_000);
    let client = node.client();
    while !ledger.is_full() {
        ledger.fates.push(Fate::InDoubt);
        let n = ledger.fates.len() - 1;
        let answer = client.post("/v1/events", &ledger.event(n)).expect("a running node");
        assert_eq!(answer.status, 200, "{answer:?}");
        ledger.fates[n] = Fate::Acknowledged;
    }
    ledger
}

fn assert_all_there(node: &Process, ledgers: &mut [Ledger]) {
    let mut tally = Tally::default();
    check::check(node, ledgers, &mut tally);
    assert_eq!((tally.lost, tally.doubled), (0, 0), "{tally:?}");
}

#[test]
fn a_flipped_byte_in_mid_log_refuses_to_start_and_names_the_file() {
    let folder = TempDir::new().expect("a temporary directory");
    let data = folder.path().join("data");
    let node = Launch::on(&data).start().expect("a node");
    for user in 0..10 {
        send_user(&node, &format!("user-{user}"));
    }
    node.kill();

    let file = damage::flip_a_byte(&data);
    let refused = Launch::on(&data).start().expect_err("a damaged log must not be opened");
    assert!(refused.status.is_some_and(|status| !status.success()), "{refused:?}");
    assert!(refused.said.contains(&file), "{file} is not named: {refused:?}");
}

#[test]
fn a_second_process_on_the_same_directory_is_refused_and_the_first_goes_on() {
    let folder = TempDir::new().expect("a temporary directory");
    let data = folder.path().join("data");
    let first = Launch::on(&data).start().expect("a node");
    let before = send_user(&first, "before");

    let refused = Launch::on(&data).start().expect_err("two nodes on one directory");
    assert!(refused.status.is_some_and(|status| !status.success()), "{refused:?}");
    assert!(refused.said.contains("in use"), "the reason is not told: {refused:?}");

    let after = send_user(&first, "after");
    assert_all_there(&first, &mut [before, after]);
}

#[test]
fn a_full_disk_stops_acknowledgements_but_not_recommendations() {
    let folder = TempDir::new().expect("a temporary directory");
    let data = folder.path().join("data");
    let node = Launch::on(&data).file_limit_kib(1024).start().expect("a node");
    let mut ledgers = fill_the_disk(&node);
    assert!(1 < ledgers.len(), "hardly an event went in before the disk was full");

    let client = node.client();
    let user = &ledgers[0].user;
    let list =
        client.get(&format!("/v1/users/{user}/recommendations?limit=5")).expect("a running node");
    assert_eq!(list.status, 200, "{list:?}");
    let event = serde_json::json!({"user_id": "late", "item_id": "item-1", "event": "click"});
    let refused = client.post("/v1/events", &event).expect("a running node");
    assert_eq!(refused.status, 503, "{refused:?}");
    let readiness = client.get("/readyz").expect("a running node");
    assert_eq!(readiness.status, 503, "{readiness:?}");
    node.kill();

    // With room on the disk the node comes back with everything it had acknowledged.
    let node = Launch::on(&data).start().expect("the node comes back");
    assert_all_there(&node, &mut ledgers);
}

#[test]
fn a_record_that_kills_twice_is_set_aside_and_nothing_else_is() {
    let folder = TempDir::new().expect("a temporary directory");
    let data = folder.path().join("data");
    let deadly = Launch::on(&data).env("FAILPOINTS", "shard-apply=return(poison)");
    let node = deadly.start().expect("a node");
    let poison = serde_json::json!({"user_id": "poison", "item_id": "item-0", "event": "click"});
    let answer = node.client().post("/v1/events", &poison).expect("a running node");
    assert_eq!((answer.status, &answer.body["set_aside"]), (202, &true.into()), "{answer:?}");
    let mut ledgers: Vec<Ledger> =
        (0..20).map(|n| send_user(&node, &format!("user-{n}"))).collect();
    assert_all_there(&node, &mut ledgers);
    node.kill();

    // It does not kill the recovery either, and once it would do no harm it stays aside.
    let node = deadly.start().expect("the node comes back");
    assert_all_there(&node, &mut ledgers);
    node.kill();
    let node = Launch::on(&data).start().expect("the node comes back");
    assert_all_there(&node, &mut ledgers);
    let user = node.client().get("/v1/users/poison").expect("a running node");
    assert_eq!(user.number("events_applied"), 0, "{user:?}");
    let listed = node.client().get("/v1/log/set-aside").expect("a running node");
    assert_eq!(listed.body["records"].as_array().map(Vec::len), Some(1), "{listed:?}");
}

/// Sends users until the node refuses; every event is in the ledgers with its fate.
fn fill_the_disk(node: &Process) -> Vec<Ledger> {
    let clients: Vec<_> = (0..4)
        .map(|client| {
            let http = node.client();
            thread::spawn(move || fill_with(&http, client))
        })
        .collect();
    clients.into_iter().flat_map(|client| client.join().expect("a client thread")).collect()
}

fn fill_with(client: &crate::support::client::Client, number: u64) -> Vec<Ledger> {
    let mut ledgers = Vec::new();
    // Far more than the limit lets in; without an end a node that never refuses would hang the test.
    for user in 0..5_000 {
        let mut ledger =
            Ledger::new(format!("full-{number}-{user}"), wall_now().as_millis() - 60_000);
        ledger.fates = vec![Fate::InDoubt; crate::ledger::USER_EVENTS];
        let answer = client.post("/v1/events", &ledger.events()).expect("a running node");
        let taken = answer.status == 200 || answer.status == 202;
        if taken {
            ledger.fates.fill(Fate::Acknowledged);
        }
        ledgers.push(ledger);
        if !taken {
            assert_eq!(answer.status, 503, "{answer:?}");
            return ledgers;
        }
    }
    panic!("the node took {} users of 40 events with a file limit of 1 MiB", ledgers.len());
}
