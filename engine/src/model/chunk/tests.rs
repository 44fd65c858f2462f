//! Tests of chunks.

use super::*;

fn chunk() -> Chunk {
    let lanes: Vec<Lane> = (0..2 * ROWS).map(|lane| Lane([lane as f32; LANE])).collect();
    Chunk::new(&lanes)
}

#[test]
fn a_row_and_its_head_are_written_where_they_are_read() {
    let mut chunk = chunk();
    let head = Head { bias: 0.5, counts: [1.0, 2.0, 3.0], touched: u32::MAX - 3 };
    chunk.own().set_head(3, &head);
    chunk.own().set_known(3, Gate::Known);
    let (vector, bias) = chunk.own().row(3);
    vector[1].0[7] = -1.0;
    *bias += 1.0;
    assert_eq!(chunk.head(3), Head { bias: 1.5, ..head });
    assert_eq!((chunk.vector(3)[0].0[0], chunk.vector(3)[1].0[7]), (6.0, -1.0));
    assert_eq!(chunk.vector(4)[0], Lane([8.0; LANE]));
    assert_eq!((0..ROWS).filter(|row| chunk.is_known(*row)).collect::<Vec<_>>(), [3]);
    assert_eq!((chunk.bias()[3], chunk.counts(2)[3], chunk.touched()[3]), (1.5, 3.0, u32::MAX - 3));
}

#[test]
fn a_clone_keeps_what_it_had_when_the_chunk_is_written() {
    let mut chunk = chunk();
    let clone = chunk.clone();
    chunk.own().row(0).0[0].0[0] = 9.0;
    chunk.own().set_known(0, Gate::Known);
    assert_eq!(clone.vector(0)[0], Lane::default());
    assert!(!clone.is_known(0) && chunk.is_known(0));
}
