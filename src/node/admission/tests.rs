//! What the budget promises.

use super::Admission;

#[test]
fn what_is_taken_comes_back_when_the_permit_goes() {
    let admission = Admission::new(10, 1_000);
    let permit = admission.try_take(7, 500).expect("fits");
    assert_eq!(admission.events_in_flight(), 7);
    assert!(admission.try_take(4, 1).is_none(), "only 3 events are left");
    assert!(admission.try_take(1, 501).is_none(), "only 500 bytes are left");
    drop(permit);
    assert_eq!(admission.events_in_flight(), 0);
    assert!(admission.try_take(4, 501).is_some());
}

#[test]
fn a_refusal_for_bytes_gives_the_events_back() {
    let admission = Admission::new(10, 100);
    let _half = admission.try_take(1, 80).expect("fits");
    assert!(admission.try_take(5, 50).is_none());
    assert_eq!(admission.events_in_flight(), 1);
}

#[test]
fn a_body_larger_than_the_budget_passes_an_idle_node_and_waits_for_a_busy_one() {
    let admission = Admission::new(10, 100);
    let whole = admission.try_take(50, 5_000).expect("idle");
    assert!(admission.try_take(1, 1).is_none());
    drop(whole);
}
