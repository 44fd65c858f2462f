//! Tests of the bound between dispatcher and those behind it.

use super::*;

#[test]
fn commits_gather_while_two_messages_are_under_way_and_then_leave_together() {
    let mut outbox = Outbox::default();
    let mut sent = Vec::new();
    for _ in 0..5 {
        outbox.push((), 1);
        sent.extend(outbox.next());
    }
    assert_eq!(sent.iter().map(|(absorb, _)| absorb.len()).collect::<Vec<_>>(), [1, 1]);
    outbox.absorbed(sent[0].1);
    let (gathered, weight) = outbox.next().unwrap();
    assert_eq!((gathered.len(), weight), (3, 3));
    assert!(outbox.rest().is_none());
}

#[test]
fn what_activity_has_not_absorbed_is_bounded() {
    let mut outbox = Outbox::default();
    let mut commits = 0;
    let mut sent = Vec::new();
    while outbox.has_room() {
        outbox.push((), 512);
        sent.extend(outbox.next());
        commits += 1;
    }
    assert_eq!(commits, WEIGHT / 512);
    outbox.absorbed(sent[0].1);
    assert!(outbox.has_room(), "room comes back with each message that is absorbed");
}

#[test]
fn a_question_at_a_cut_goes_behind_all_that_waits() {
    let mut outbox = Outbox::default();
    for _ in 0..4 {
        outbox.push((), 1);
        drop(outbox.next());
    }
    let (rest, _) = outbox.rest().unwrap();
    assert_eq!(rest.len(), 2, "though two messages are under way");
    assert!(outbox.rest().is_none());
}
