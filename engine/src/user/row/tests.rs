use super::*;
use crate::model::numeric;

fn row(lanes: usize) -> UserRow {
    let mut vector = numeric::zeros(lanes);
    for (place, number) in vector.iter_mut().flat_map(|lane| &mut lane.0).enumerate() {
        *number = place as f32 / 7.0 - 1.0;
    }
    UserRow { vector: vector.into(), squares: 0.375, era: 7 }
}

#[test]
fn numbers_come_back_bit_for_bit() {
    let mut bytes = Vec::new();
    for count in [1, 4, 8, 255] {
        assert!(encode(&row(count), &mut bytes));
        assert_eq!((bytes.len(), usize::from(lanes(&bytes))), (length(count as u8), count));
        assert_eq!(decode(&bytes), Some(row(count)));
    }
    assert_eq!(decode(&[]), None);
}

#[test]
fn what_cannot_be_kept_is_not_written() {
    let mut bytes = Vec::new();
    assert!(!encode(&row(0), &mut bytes));
    assert!(!encode(&row(256), &mut bytes));
    assert!(!encode(&UserRow { squares: f32::NAN, ..row(4) }, &mut bytes));
}
