//! Bytes of rows: a version byte, then numbers of fixed width, little endian.
//!
//! | entry | after the version |
//! |---|---|
//! | target | bias, its squares, the vector's squares, three counts, touched (u32), standing (u32), the vector |
//! | last, user | the vector's squares, the vector |
//! | block | items (u32) |
//!
//! Not here: keys.

use crate::ItemIndex;
use crate::codec::CodecError;
use crate::model::checkpoint::{VERSION, vector_bytes};
use crate::model::chunk::{Gate, Head};
use crate::model::config::HALF_LIVES;
use crate::model::items::{Items, RETIRED, Table, split};
use crate::model::numeric::{Lane, zeros};
use crate::model::sample::UserRow;

/// The row of `item` in `table`; `None` where it has none.
pub fn of(items: &Items, table: Table, item: ItemIndex) -> Option<Vec<u8>> {
    let (place, within) = split(item);
    let own = &items.slot(place)?.own;
    let vector = items.vector(table, item)?;
    let mut bytes = vec![VERSION];
    if table == Table::Item {
        let head = items.head(item)?;
        let kept = |sum| items.squares.kept(sum);
        put_floats(&[head.bias, kept(own.bias_squares[within])], &mut bytes);
        put_floats(&[kept(own.squares[0][within])], &mut bytes);
        put_floats(&head.counts, &mut bytes);
        bytes.extend(head.touched.to_le_bytes());
        bytes.extend(own.place[within].to_le_bytes());
    } else {
        put_floats(&[items.squares.kept(own.squares[1][within])], &mut bytes);
    }
    put_vector(vector, &mut bytes);
    Some(bytes)
}

/// Lays a row over the one that `item`, which has one, starts with; where it stands, if it is known.
pub fn put(
    items: &mut Items,
    table: Table,
    item: ItemIndex,
    bytes: &[u8],
) -> Result<Option<(u32, ItemIndex)>, CodecError> {
    let mut reader = Reader::new(bytes)?;
    let lanes = items.lanes();
    if table == Table::Last {
        let numbers = reader.floats::<1>()?;
        if let Some((vector, squares)) = items.last_mut(item) {
            *squares = numbers[0];
            reader.vector(vector)?;
        }
        return reader.end(None);
    }
    let [bias, bias_squares, squares] = reader.floats()?;
    let counts: [f32; HALF_LIVES] = reader.floats()?;
    let (touched, standing) = (reader.word()?, reader.word()?);
    items.set_head(item, &Head { bias, counts, touched });
    if let Some(row) = items.target_mut(item) {
        debug_assert_eq!(row.vector.len(), lanes);
        (*row.squares, *row.bias_squares) = (squares, bias_squares);
        reader.vector(row.vector)?;
    }
    let known = standing < RETIRED;
    items.stand(item, standing, if known { Gate::Known } else { Gate::Unknown });
    reader.end(known.then_some((standing, item)))
}

/// A user's row.
pub fn user(row: &UserRow) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(5 + vector_bytes(row.vector.len()));
    bytes.push(VERSION);
    put_floats(&[row.squares], &mut bytes);
    put_vector(&row.vector, &mut bytes);
    bytes
}

/// A user's row of `lanes` from its bytes.
pub fn user_row(bytes: &[u8], lanes: usize) -> Result<UserRow, CodecError> {
    let mut reader = Reader::new(bytes)?;
    let [squares] = reader.floats()?;
    let mut vector = zeros(lanes);
    reader.vector(&mut vector)?;
    reader.end(UserRow { vector: vector.into(), squares, era: 0 })
}

/// Some of the last positives.
pub fn block(items: &[ItemIndex]) -> Vec<u8> {
    let words = items.iter().flat_map(|item| item.0.to_le_bytes());
    std::iter::once(VERSION).chain(words).collect()
}

/// Last positives from their bytes.
pub fn items(bytes: &[u8]) -> Result<Vec<ItemIndex>, CodecError> {
    let mut reader = Reader::new(bytes)?;
    let mut items = Vec::new();
    while !reader.0.is_empty() {
        items.push(ItemIndex(reader.word()?));
    }
    Ok(items)
}

/// Appends numbers.
pub fn put_floats(floats: &[f32], into: &mut Vec<u8>) {
    into.extend(floats.iter().flat_map(|float| float.to_le_bytes()));
}

/// Appends a vector.
pub fn put_vector(vector: &[Lane], into: &mut Vec<u8>) {
    for lane in vector {
        put_floats(&lane.0, into);
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, CodecError> {
        match bytes.split_first() {
            None => Err(CodecError::Empty),
            Some((&VERSION, rest)) => Ok(Self(rest)),
            Some((&found, _)) => Err(CodecError::Version { found, newest: VERSION }),
        }
    }

    fn bytes(&mut self) -> Result<[u8; 4], CodecError> {
        let short = CodecError::Damaged("a row of the model is too short");
        let (bytes, rest) = self.0.split_first_chunk().ok_or(short)?;
        self.0 = rest;
        Ok(*bytes)
    }

    fn word(&mut self) -> Result<u32, CodecError> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn floats<const N: usize>(&mut self) -> Result<[f32; N], CodecError> {
        let mut floats = [0.0; N];
        for float in &mut floats {
            *float = f32::from_le_bytes(self.bytes()?);
        }
        Ok(floats)
    }

    fn vector(&mut self, into: &mut [Lane]) -> Result<(), CodecError> {
        for lane in into {
            lane.0 = self.floats()?;
        }
        Ok(())
    }

    fn end<T>(&self, value: T) -> Result<T, CodecError> {
        if self.0.is_empty() { Ok(value) } else { Err(CodecError::Trailing(self.0.len())) }
    }
}
