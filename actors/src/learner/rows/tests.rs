//! Tests of the way of rows to shards.

use engine::model::numeric;

use super::*;

const SHARDS: usize = 4;

/// A user of a shard of four, told by its top bits.
fn user(shard: u16, number: u64) -> u64 {
    u64::from(shard) << 62 | number
}

fn row(first: f32) -> UserRow {
    let mut vector = numeric::zeros(1);
    vector[0].0[0] = first;
    UserRow { vector: vector.into(), squares: 0.0, era: 0 }
}

fn firsts(message: &PutRows) -> Vec<(u64, f32)> {
    message.rows.iter().map(|(user, row)| (*user, row.vector[0].0[0])).collect()
}

#[test]
fn rows_go_to_the_shard_of_their_user() {
    let mut rows = Rows::new(SHARDS);
    rows.add(vec![(user(3, 1), row(1.0)), (user(0, 2), row(2.0)), (user(3, 0), row(3.0))], 5);
    let ready = rows.take_ready();
    let shards: Vec<_> = ready.iter().map(|(ticket, _)| ticket.shard.0).collect();
    assert_eq!(shards, [0, 3]);
    assert_eq!(firsts(&ready[1].1), [(user(3, 0), 3.0), (user(3, 1), 1.0)]);
    assert_eq!(ready[1].1.publication, 5);
}

#[test]
fn one_message_a_shard_is_out_and_the_newest_rows_wait_for_the_next() {
    let mut rows = Rows::new(SHARDS);
    rows.add(vec![(user(1, 1), row(1.0))], 1);
    let first = rows.take_ready();
    rows.add(vec![(user(1, 1), row(2.0)), (user(1, 2), row(2.5))], 2);
    rows.add(vec![(user(1, 1), row(3.0)), (user(2, 9), row(9.0))], 3);
    let other: Vec<_> = rows.take_ready().iter().map(|(ticket, _)| ticket.shard.0).collect();
    assert_eq!(other, [2]);
    rows.done(first[0].0);
    let second = rows.take_ready();
    assert_eq!(firsts(&second[0].1), [(user(1, 1), 3.0), (user(1, 2), 2.5)]);
    assert_eq!(second[0].1.publication, 3);
    assert!(rows.take_ready().is_empty());
}

#[test]
fn a_resumed_shard_is_sent_nothing_of_its_former_life() {
    let mut rows = Rows::new(SHARDS);
    rows.add(vec![(user(1, 1), row(1.0))], 1);
    let lost = rows.take_ready()[0].0;
    rows.add(vec![(user(1, 2), row(2.0))], 2);
    rows.forget(ShardId(1));
    assert!(rows.take_ready().is_empty());
    rows.add(vec![(user(1, 1), row(1.0)), (user(1, 2), row(2.0))], 3);
    let again = rows.take_ready();
    assert_eq!((again.len(), again[0].1.publication), (1, 3));
    rows.done(lost); // its end says nothing of the new message
    rows.add(vec![(user(1, 1), row(4.0))], 4);
    assert!(rows.take_ready().is_empty());
    rows.done(again[0].0);
    assert_eq!(rows.take_ready().len(), 1);
}
