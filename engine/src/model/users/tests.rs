//! Tests of the write-back buffer.

use super::*;
use crate::model::numeric::zeros;

fn row(squares: f32) -> UserRow {
    UserRow { vector: zeros(1).into(), squares, era: 0 }
}

fn published(rows: &mut UserRows) -> Vec<u64> {
    rows.publish().1.iter().map(|(user, _)| *user).collect()
}

#[test]
fn a_row_goes_out_once_until_it_changes_again() {
    let mut rows = UserRows::default();
    rows.put(7, row(1.0));
    rows.put(5, row(1.0));
    rows.put(7, row(2.0));
    assert_eq!(published(&mut rows), [7, 5]);
    assert_eq!(published(&mut rows), [0_u64; 0]);
    rows.put(5, row(3.0));
    assert_eq!(rows.publish(), (3, vec![(5, row(3.0))]));
}

#[test]
fn a_row_leaves_only_when_its_shard_holds_its_last_publication() {
    let mut rows = UserRows::default();
    rows.put(1, row(1.0));
    rows.put(2, row(1.0));
    let _ = rows.publish();
    rows.put(2, row(2.0));
    let _ = rows.publish();
    rows.put(3, row(1.0));
    rows.release(|_| 1);
    assert_eq!((rows.get(1), rows.len()), (None, 2));
    rows.release(|user| if user == 2 { 2 } else { 9 });
    assert_eq!(rows.all(), [(3, &row(1.0))]);
}

#[test]
fn a_row_that_changed_after_it_went_out_stays() {
    let mut rows = UserRows::default();
    rows.put(1, row(1.0));
    let (number, _) = rows.publish();
    rows.put(1, row(2.0));
    rows.release(|_| number);
    assert_eq!(rows.get(1), Some(&row(2.0)));
}

#[test]
fn rows_that_a_shard_lost_go_out_again_and_no_others() {
    let mut rows = UserRows::default();
    for user in [4, 2, 3] {
        rows.put(user, row(1.0));
    }
    let _ = rows.publish();
    rows.put(2, row(5.0));
    rows.resend(|user| user != 3);
    assert_eq!(published(&mut rows), [2, 4]);
}

#[test]
fn a_row_that_left_can_come_back() {
    let mut rows = UserRows::default();
    rows.put(1, row(1.0));
    let (number, _) = rows.publish();
    rows.release(|_| number);
    rows.put(1, row(2.0));
    assert_eq!(rows.publish(), (2, vec![(1, row(2.0))]));
}
