//! Numbers at places in a byte string, little endian, for state that is changed where it lies.
//!
//! **Invariant:** nothing here fails: past the end a number is 0 and a write does nothing. Layouts are computed
//! from checked declarations, and a damaged block must never bring a shard down.

/// Bytes of a sum.
pub const SUM_BYTES: usize = 12;

/// Four bytes at `at`.
#[inline]
#[must_use]
pub fn get_u32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |it| u32::from_le_bytes(*it))
}

/// Writes four bytes.
#[inline]
pub fn put_u32(bytes: &mut [u8], at: usize, value: u32) {
    put(bytes, at, value.to_le_bytes());
}

/// Eight bytes at `at`.
#[inline]
#[must_use]
pub fn get_u64(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |it| u64::from_le_bytes(*it))
}

/// Writes eight bytes.
#[inline]
pub fn put_u64(bytes: &mut [u8], at: usize, value: u64) {
    put(bytes, at, value.to_le_bytes());
}

/// Eight bytes with a sign.
#[inline]
#[must_use]
pub fn get_i64(bytes: &[u8], at: usize) -> i64 {
    get_u64(bytes, at).cast_signed()
}

/// Writes eight bytes with a sign.
#[inline]
pub fn put_i64(bytes: &mut [u8], at: usize, value: i64) {
    put(bytes, at, value.to_le_bytes());
}

/// Sixteen bytes with a sign.
#[inline]
#[must_use]
pub fn get_i128(bytes: &[u8], at: usize) -> i128 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |it| i128::from_le_bytes(*it))
}

/// Writes sixteen bytes with a sign.
#[inline]
pub fn put_i128(bytes: &mut [u8], at: usize, value: i128) {
    put(bytes, at, value.to_le_bytes());
}

/// A sum of [`SUM_BYTES`] with a sign.
#[inline]
#[must_use]
pub fn get_sum(bytes: &[u8], at: usize) -> i128 {
    let low = i128::from(get_u64(bytes, at));
    let high = i128::from(get_u32(bytes, at + 8).cast_signed());
    high << 64 | low
}

/// Writes a sum, of which the lowest [`SUM_BYTES`] are kept.
#[inline]
pub fn put_sum(bytes: &mut [u8], at: usize, value: i128) {
    put_u64(bytes, at, value as u64);
    put_u32(bytes, at + 8, (value >> 64) as u32);
}

#[inline]
fn put<const N: usize>(bytes: &mut [u8], at: usize, value: [u8; N]) {
    if let Some(place) = bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_as_they_were_written() {
        let mut bytes = [0; 40];
        for sum in [0, 1, -1, 1 << 70, -(1 << 70), (1 << 95) - 1, -(1 << 95)] {
            put_sum(&mut bytes, 3, sum);
            assert_eq!(get_sum(&bytes, 3), sum);
        }
        put_i64(&mut bytes, 20, -5);
        assert_eq!(get_i64(&bytes, 20), -5);
        put_i128(&mut bytes, 21, i128::MIN);
        assert_eq!(get_i128(&bytes, 21), i128::MIN);
    }

    #[test]
    fn past_the_end_there_is_nothing() {
        let mut bytes = [7; 6];
        put_u64(&mut bytes, 0, 1);
        put_u32(&mut bytes, 3, 1);
        assert_eq!(bytes, [7; 6]);
        assert_eq!((get_u64(&bytes, 0), get_u32(&bytes, usize::MAX)), (0, 0));
    }
}
