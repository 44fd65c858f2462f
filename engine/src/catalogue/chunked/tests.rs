use proptest::prelude::*;

use super::*;

#[test]
fn a_clone_keeps_what_it_saw() {
    let mut rows = Chunked::<u32>::default();
    *rows.row_mut(5000) = 7;
    let before = rows.clone();
    *rows.row_mut(5000) = 8;
    *rows.row_mut(9000) = 9;
    assert_eq!((before.get(5000), before.get(9000), before.len()), (Some(&7), None, 5001));
    assert_eq!((rows.get(5000), rows.get(9000), rows.len()), (Some(&8), Some(&9), 9001));
}

#[test]
fn only_the_first_write_into_a_shared_chunk_copies_it() {
    let mut rows = Chunked::<u64>::default();
    *rows.row_mut(100_000) = 1;
    let held = rows.clone();
    let before = rows.copied_bytes();
    for row in 0..16 {
        *rows.row_mut(row) = 1;
    }
    assert_eq!(rows.copied_bytes() - before, 8 * 16);
    assert_eq!(held.get(3), Some(&0));
}

proptest! {
    #[test]
    fn it_holds_what_a_plain_vector_holds(writes in prop::collection::vec((0usize..10_000, any::<u32>()), 1..200)) {
        let (mut rows, mut plain) = (Chunked::<u32>::default(), Vec::new());
        let mut clones = Vec::new();
        for (place, (index, value)) in writes.into_iter().enumerate() {
            *rows.row_mut(index) = value;
            plain.resize(plain.len().max(index + 1), 0);
            plain[index] = value;
            if place % 37 == 0 {
                clones.push((rows.clone(), plain.clone()));
            }
        }
        clones.push((rows, plain));
        for (rows, plain) in clones {
            prop_assert_eq!(rows.iter().map(|(_, value)| *value).collect::<Vec<_>>(), plain);
        }
    }
}
