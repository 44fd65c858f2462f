//! Reading and writing of packed fields: fixed little-endian numbers and varints of seven bits a byte.
//!
//! The reader is total: past the end it gives zeros and remembers that it did, so that the many small
//! reads need no error each and the caller asks once, at the end.

use crate::codec::CodecError;

/// Appends a varint.
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while 0x7f < value {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads fields one after the other.
pub struct Reader<'a> {
    rest: &'a [u8],
    broken: bool,
}

impl<'a> Reader<'a> {
    /// Starts at the first of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, broken: false }
    }

    /// The next `length` bytes; none where there are not so many.
    pub fn take(&mut self, length: usize) -> &'a [u8] {
        if let Some((head, tail)) = self.rest.split_at_checked(length) {
            self.rest = tail;
            return head;
        }
        self.broken = true;
        &[]
    }

    /// Everything that is left.
    pub fn remainder(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// Whether nothing is left, or what is left cannot be read.
    pub fn is_done(&self) -> bool {
        self.broken || self.rest.is_empty()
    }

    /// One byte.
    pub fn u8(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    /// Two bytes.
    pub fn u16(&mut self) -> u16 {
        self.take(2).first_chunk().map_or(0, |bytes| u16::from_le_bytes(*bytes))
    }

    /// Four bytes.
    pub fn u32(&mut self) -> u32 {
        self.take(4).first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }

    /// Four bytes as a number that must be finite.
    pub fn f32(&mut self) -> f32 {
        let value = f32::from_bits(self.u32());
        self.broken |= !value.is_finite();
        value
    }

    /// A varint.
    pub fn varint(&mut self) -> u64 {
        let mut value = 0;
        for (place, byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[place + 1..];
                return value;
            }
        }
        self.broken = true;
        0
    }

    /// A varint that fits 32 bits.
    pub fn varint_u32(&mut self) -> u32 {
        let value = self.varint();
        u32::try_from(value).unwrap_or_else(|_| {
            self.broken = true;
            0
        })
    }

    /// A count of things of which there are at most `most`; 0 where it says more.
    pub fn length(&mut self, most: usize) -> usize {
        let length = self.varint();
        if length <= most as u64 {
            return length as usize;
        }
        self.broken = true;
        0
    }

    /// Says that what was read is not sound.
    pub fn require(&mut self, sound: bool) {
        self.broken |= !sound;
    }

    /// Whether some read did not find what it asked for.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Whether every read found what it asked for.
    ///
    /// # Errors
    /// [`CodecError::Damaged`] naming `what`.
    pub fn finish(self, what: &'static str) -> Result<(), CodecError> {
        if self.broken { Err(CodecError::Damaged(what)) } else { Ok(()) }
    }
}
