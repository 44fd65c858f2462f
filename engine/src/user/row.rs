//! The model's row of a user, as the bytes that lie in a packed user.
//!
//! An event carries the bytes through untouched; numbers are made of them only for a sample or a view. The
//! shard never computes with them: the learner alone changes parameters.
//!
//! ```text
//! lanes × 16 × f32 | sum of squares f32 | era u32
//! ```

use crate::model::UserRow;
use crate::model::numeric::{LANE, Lane};

const LANE_BYTES: usize = 4 * LANE;
/// Bytes of the era.
pub(super) const ERA_BYTES: usize = 4;

/// Bytes of a row of so many lanes; a row of none has none.
#[must_use]
pub(super) fn length(lanes: u8) -> usize {
    if lanes == 0 { 0 } else { usize::from(lanes) * LANE_BYTES + 4 + ERA_BYTES }
}

/// How many lanes a row has.
#[must_use]
pub(super) fn lanes(row: &[u8]) -> u8 {
    (row.len() / LANE_BYTES) as u8
}

/// Writes `row` in the place of what `into` holds; whether it has a size that can be kept and only numbers.
#[must_use]
pub fn encode(row: &UserRow, into: &mut Vec<u8>) -> bool {
    into.clear();
    let Ok(1..) = u8::try_from(row.vector.len()) else { return false };
    for lane in &*row.vector {
        into.extend(lane.0.iter().flat_map(|x| x.to_le_bytes()));
    }
    into.extend_from_slice(&row.squares.to_le_bytes());
    into.extend_from_slice(&row.era.to_le_bytes());
    is_sound(into)
}

/// The row behind sound bytes; `None` for no bytes.
#[must_use]
pub(super) fn decode(row: &[u8]) -> Option<UserRow> {
    let (numbers, era) = row.split_last_chunk()?;
    let (vector, squares) = numbers.split_last_chunk()?;
    let lane = |bytes: &[u8]| {
        let mut lane = Lane::default();
        for (number, bytes) in lane.0.iter_mut().zip(bytes.as_chunks().0) {
            *number = f32::from_le_bytes(*bytes);
        }
        lane
    };
    let vector = vector.chunks_exact(LANE_BYTES).map(lane).collect();
    let (squares, era) = (f32::from_le_bytes(*squares), u32::from_le_bytes(*era));
    Some(UserRow { vector, squares, era })
}

/// Whether all of it are numbers.
#[must_use]
pub(super) fn is_sound(row: &[u8]) -> bool {
    let numbers = &row[..row.len().saturating_sub(ERA_BYTES)];
    numbers.as_chunks().0.iter().all(|bytes| f32::from_le_bytes(*bytes).is_finite())
}

#[cfg(test)]
mod tests;
