//! A user as bytes: one allocation, no map or vector inside, the same form in memory and at a cut.
//!
//! **Format**, version 5. Numbers are little endian; a varint takes seven bits a byte, low first.
//!
//! | field | bytes |
//! |---|---|
//! | flags in memory (bit 0: changed since the last cut), version in a checkpoint | 1 |
//! | length of the id, id | 2 + n |
//! | the model's row: lanes, 0 for none; then the lanes' numbers as f32, their sum of squares, its era (see [`super::row`]) | 1, 64 each + 8 |
//! | everything else (see [`body`]) | the rest |
//!
//! Version 1 has no row, version 2 one without an era, which is 0, version 3 no declared features, version 4 no stays in live rooms. The row stands in front, so that a new one of the same length is written over it
//! where it lies, and nothing is unpacked for it.
//!
//! **Invariant:** equal users have equal bytes.

mod body;

use std::ops::Range;

use body::Form;

use super::bytes::Reader;
use super::{User, row, seen};
use crate::codec::CodecError;

/// Version byte of a user in a checkpoint.
pub const USER_VERSION: u8 = 5;

/// The version without a row, still read.
const WITHOUT_ROW: u8 = 1;
/// The version whose row has no era, still read.
const WITHOUT_ERA: u8 = 2;
/// The version without declared features, still read.
const WITHOUT_DECLARED: u8 = 3;
/// The version without stays, still read.
const WITHOUT_STAYS: u8 = 4;

const CHANGED: u8 = 1;
const ID_START: usize = 3;
const DAMAGED: &str = "packed user";

/// One user's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedUser(Box<[u8]>);

impl PackedUser {
    /// Packs `user` under its name; `buffer` is used on the way.
    #[must_use]
    pub fn pack(id: &str, user: &User, buffer: &mut Vec<u8>) -> Self {
        buffer.clear();
        write(id, user, buffer);
        Self(buffer.as_slice().into())
    }

    /// Packs `user` in the place of what was here, whose name it keeps; `buffer` is used on the way.
    pub fn repack(&mut self, user: &User, buffer: &mut Vec<u8>) {
        buffer.clear();
        write(self.id(), user, buffer);
        buffer[0] = self.0[0];
        if buffer.len() == self.0.len() {
            self.0.copy_from_slice(buffer);
        } else {
            self.0 = buffer.as_slice().into();
        }
    }

    /// Puts a row, as [`row::encode`] writes it, in the place of the one that is here.
    pub fn put_row(&mut self, row: &[u8]) {
        let place = self.row_place();
        if place.len() == row.len() {
            self.0[place].copy_from_slice(row);
            return;
        }
        let [before, after] = [&self.0[..place.start - 1], &self.0[place.end..]];
        self.0 = [before, &[row::lanes(row)], row, after].concat().into();
    }

    /// The name.
    #[must_use]
    pub fn id(&self) -> &str {
        std::str::from_utf8(self.id_bytes()).unwrap_or_default()
    }

    /// Whether it is the user called `id`.
    #[must_use]
    pub fn is_named(&self, id: &str) -> bool {
        self.id_bytes() == id.as_bytes()
    }

    /// Unpacks into `user`, whose buffers are used again.
    pub fn unpack(&self, user: &mut User) {
        self.unpack_as(Form::Whole, user);
    }

    /// The same but for declared features, which are left empty: most ranking reads none.
    pub fn unpack_for_ranking(&self, user: &mut User) {
        self.unpack_as(Form::Passed, user);
    }

    /// What records made of the user, which the row is not: the name, and everything behind the row.
    #[must_use]
    pub fn without_row(&self) -> [&[u8]; 2] {
        [self.id_bytes(), &self.0[self.row_place().end..]]
    }

    /// Marks it as changed; whether it was not marked before.
    pub fn mark_changed(&mut self) -> bool {
        let before = self.0[0];
        self.0[0] = before | CHANGED;
        before & CHANGED == 0
    }

    /// Takes the mark of change away.
    pub fn mark_saved(&mut self) {
        self.0[0] &= !CHANGED;
    }

    /// The bytes that a checkpoint keeps: a version byte and the rest as it is.
    #[must_use]
    pub fn to_checkpoint(&self) -> Vec<u8> {
        let mut bytes = self.0.to_vec();
        bytes[0] = USER_VERSION;
        bytes
    }

    /// The user behind bytes of a checkpoint, of any version there ever was; unpacked into `user`, too.
    ///
    /// # Errors
    /// [`CodecError`] where they are damaged or of a version not known.
    pub fn from_checkpoint(bytes: &[u8], user: &mut User) -> Result<Self, CodecError> {
        let version = *bytes.first().ok_or(CodecError::Empty)?;
        if !(WITHOUT_ROW..=USER_VERSION).contains(&version) {
            return Err(CodecError::Version { found: version, newest: USER_VERSION });
        }
        let mut reader = Reader::new(&bytes[1..]);
        let length = usize::from(reader.u16());
        let id = reader.take(length);
        reader.require(id.len() == length && std::str::from_utf8(id).is_ok());
        let lanes = if version == WITHOUT_ROW { 0 } else { reader.u8() };
        let mut row = row::length(lanes);
        let mut era: &[u8] = &[];
        if version == WITHOUT_ERA && lanes != 0 {
            (row, era) = (row - row::ERA_BYTES, &[0; row::ERA_BYTES]);
        }
        let row = [reader.take(row), era].concat();
        reader.require(row::is_sound(&row));
        let body = reader.remainder();
        reader.finish(DAMAGED)?;
        user.clear();
        user.row.extend_from_slice(&row);
        let form = match version {
            ..=WITHOUT_DECLARED => Form::Without,
            WITHOUT_STAYS => Form::WithoutStays,
            _ => Form::Whole,
        };
        body::read(body, form, user)?;
        seen::check(&user.seen)?;
        let mut packed = [&[0], &bytes[1..ID_START + length], &[lanes], &row[..]].concat();
        match form {
            Form::Whole | Form::Passed => packed.extend_from_slice(body),
            Form::Without | Form::WithoutStays => body::write(user, &mut packed),
        }
        Ok(Self(packed.into()))
    }

    /// Bytes of the allocation.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.len()
    }

    fn unpack_as(&self, form: Form, user: &mut User) {
        user.clear();
        let place = self.row_place();
        user.row.extend_from_slice(&self.0[place.clone()]);
        let sound = body::read(&self.0[place.end..], form, user);
        debug_assert!(sound.is_ok(), "bytes were packed here or checked when they were restored");
    }

    fn id_bytes(&self) -> &[u8] {
        let length = usize::from(u16::from_le_bytes([self.0[1], self.0[2]]));
        &self.0[ID_START..ID_START + length]
    }

    /// Where the row lies, behind its number of lanes.
    fn row_place(&self) -> Range<usize> {
        let lanes = ID_START + self.id_bytes().len();
        lanes + 1..lanes + 1 + row::length(self.0[lanes])
    }
}

fn write(id: &str, user: &User, out: &mut Vec<u8>) {
    let length = u16::try_from(id.len()).unwrap_or(u16::MAX);
    out.push(0);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&id.as_bytes()[..usize::from(length)]);
    out.push(row::lanes(&user.row));
    out.extend_from_slice(&user.row);
    body::write(user, out);
}
