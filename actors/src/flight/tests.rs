//! Tests of one commit in flight.

use engine::record::{ItemKind, Mode};
use engine::{EventTypeId, ItemIndex, Outcome, RecordBody, Timestamp};
use tokio::sync::oneshot;

use super::*;
use crate::testing::{NOON, click, numbered, put, shard_of, tick};

const SHARDS: u16 = 4;

/// One user for each of the shards, in the order of the shards.
fn users() -> Vec<String> {
    let of = |shard| {
        let mut names = (0..).map(|number| format!("u{number}"));
        names.find(|name| shard_of(name, SHARDS) == ShardId(shard)).unwrap()
    };
    (0..SHARDS).map(of).collect()
}

fn commit(
    bodies: Vec<RecordBody>,
    ranges: &[Range<usize>],
) -> (Commit, Vec<oneshot::Receiver<Ack>>) {
    let records = numbered(&[bodies]).remove(0);
    let pending = |range: &Range<usize>| {
        let (done, ack) = oneshot::channel();
        (PendingAck { records: range.clone(), done }, ack)
    };
    let (acks, waiting) = ranges.iter().map(pending).unzip();
    (Commit { last: records.last().unwrap().sequence, records, acks }, waiting)
}

fn fact(sequence: Sequence, item: u32) -> ActivityFact {
    ActivityFact {
        sequence,
        user_hash: 0,
        item: ItemIndex(item),
        event_type: EventTypeId(1),
        at: Timestamp::EPOCH,
        mode: Mode::Live,
        categories: Vec::new(),
        kind: ItemKind::Item,
        recent: Vec::new(),
        origin: 0,
        influence: 1.0,
    }
}

fn sequences(batch: &Batch) -> Vec<u64> {
    batch.iter().map(|record| record.sequence.0).collect()
}

fn sample(sequence: Sequence, item: u32) -> Sample {
    let user = engine::model::ModelUser::default();
    Sample { sequence, item: engine::ItemIndex(item), weight: 1.0, user, recent: Vec::new() }
}

#[test]
fn a_commit_is_dealt_in_log_order_and_a_tick_goes_to_every_shard() {
    let names = users();
    let bodies = vec![
        click(&names[2], SHARDS, 1, NOON),
        click(&names[0], SHARDS, 2, NOON),
        tick(NOON),
        click(&names[2], SHARDS, 3, NOON),
        put(1, "nobody's"),
    ];
    let (commit, _) = commit(bodies, &[]);
    let numbers: Vec<u64> = commit.records.iter().map(|record| record.sequence.0).collect();
    let flight = Flight::new(commit, SHARDS);
    let dealt: Vec<_> =
        flight.shards().map(|shard| sequences(&flight.batch(shard).unwrap())).collect();
    let expected = [
        vec![numbers[1], numbers[2]],
        vec![numbers[2]],
        vec![numbers[0], numbers[2], numbers[3]],
        vec![numbers[2]],
    ];
    assert_eq!(dealt, expected);
}

#[test]
fn each_waits_for_the_shards_of_its_own_records_only() {
    let names = users();
    let bodies = vec![
        click(&names[0], SHARDS, 1, NOON),
        click(&names[1], SHARDS, 2, NOON),
        click(&names[1], SHARDS, 2, NOON),
        put(3, "of no shard"),
    ];
    let (commit, mut acks) = commit(bodies, &[0..1, 1..3, 3..4]);
    let (last, second) = (commit.last, commit.records[1].sequence);
    let third = commit.records[2].sequence;
    let mut flight = Flight::new(commit, SHARDS);
    let of_no_shard = acks[2].try_recv().unwrap();
    assert_eq!(of_no_shard, Ack { outcomes: vec![RecordOutcome::Applied], position: last });

    let outcomes = vec![(second, Outcome::Late), (third, Outcome::Duplicate)];
    flight.replied(ShardId(1), Applied { outcomes, ..Applied::default() });
    let outcomes = vec![RecordOutcome::Late, RecordOutcome::Duplicate];
    assert_eq!(acks[1].try_recv().unwrap(), Ack { outcomes, position: last });
    assert!(acks[0].try_recv().is_err(), "its shard has not replied");
    assert!(!flight.is_complete());
    flight.replied(ShardId(0), Applied::default());
    assert!(acks[0].try_recv().is_ok());
    assert!(flight.is_complete());
}

#[test]
fn facts_and_samples_leave_by_sequence_then_shard_whatever_order_the_replies_came_in() {
    let names = users();
    let bodies = vec![
        click(&names[3], SHARDS, 1, NOON),
        click(&names[1], SHARDS, 2, NOON),
        tick(NOON),
        click(&names[3], SHARDS, 3, NOON),
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let (commit, _) = commit(bodies.clone(), &[]);
        let at: Vec<Sequence> = commit.records.iter().map(|record| record.sequence).collect();
        let mut flight = Flight::new(commit, SHARDS);
        for shard in order {
            // The last digit tells the shard; a timer fires at the tick in each.
            let facts = match shard {
                1 => vec![fact(at[1], 21), fact(at[2], 31)],
                3 => vec![fact(at[0], 13), fact(at[2], 33), fact(at[3], 43)],
                other => vec![fact(at[2], 30 + u32::from(other))],
            };
            let samples = facts.iter().map(|fact| sample(fact.sequence, fact.item.0)).collect();
            let applied = Applied { facts, samples, ..Applied::default() };
            flight.replied(ShardId(shard), applied);
        }
        let outputs = flight.into_outputs();
        let facts: Vec<u32> = outputs.facts.iter().map(|fact| fact.item.0).collect();
        let samples: Vec<u32> = outputs.samples.iter().map(|sample| sample.item.0).collect();
        assert_eq!(samples, facts);
        assert_eq!(facts, [13, 21, 30, 31, 32, 33, 43], "replies in the order {order:?}");
    }
}

#[test]
fn what_is_set_aside_is_left_out_when_sent_again_and_its_client_is_told() {
    let names = users();
    let bodies = vec![click(&names[1], SHARDS, 1, NOON), click(&names[1], SHARDS, 2, NOON)];
    let all = 0..2;
    let (commit, mut acks) = commit(bodies, std::slice::from_ref(&all));
    let (poison, good) = (commit.records[0].sequence, commit.records[1].sequence);
    let mut flight = Flight::new(commit, SHARDS);
    let again = flight.batch_again(ShardId(1), &SetAsideList::new([poison])).unwrap();
    assert_eq!(sequences(&again), [good.0]);
    let outcomes = vec![(good, Outcome::Applied)];
    flight.replied(ShardId(1), Applied { outcomes, ..Applied::default() });
    let ack = acks[0].try_recv().unwrap();
    assert_eq!(ack.outcomes, [RecordOutcome::SetAside, RecordOutcome::Applied]);
}
