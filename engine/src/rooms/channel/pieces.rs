//! A channel in pieces, as a checkpoint keeps it: a head, and publications by segments of [`SEGMENT`] offsets.
//!
//! A cut writes the head and the segments that gained publications. The head says from which offset on history is kept, so a
//! segment that lost its first publications stays as it is; one that lost all is to be removed.
//!
//! **Format:** a head is [`crate::codec`]'s form of [`Head`], a segment that of [`Segment`], each under a version of its own. Segment
//! `n` has offsets from `n * SEGMENT + 1` to `(n + 1) * SEGMENT`.
//!
//! **Invariant:** a channel comes out of its pieces only where they are exactly its own: one epoch, every offset once, the bytes that
//! the head tells.
//!
//! Not here: keys, which pieces are to be written (see [`super::super::live`]).

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use super::{Channel, ChannelEpoch, Publication};
use crate::codec::{self, CodecError};

/// Offsets of a segment: what one more publication writes anew is at most so many, and a full history has 16 segments.
pub(in crate::rooms) const SEGMENT: u64 = 64;

const HEAD_VERSION: u8 = 1;
const SEGMENT_VERSION: u8 = 1;

/// What is said once for a channel.
#[derive(bincode::Encode, bincode::Decode)]
struct Head {
    epoch: ChannelEpoch,
    newest: u64,
    /// The first offset that is kept; the one after the newest where none is.
    oldest: u64,
    bytes: u64,
}

/// Publications whose offsets follow each other; at first some that are no longer kept.
#[derive(bincode::Decode)]
struct Segment {
    epoch: ChannelEpoch,
    publications: Vec<Publication>,
}

/// [`Segment`], to be written.
#[derive(bincode::Encode)]
struct SegmentOf<'a> {
    epoch: &'a ChannelEpoch,
    publications: Vec<&'a Publication>,
}

impl Channel {
    /// The head's bytes.
    pub(in crate::rooms) fn head(&self) -> Result<Vec<u8>, CodecError> {
        let (epoch, newest, oldest) = (self.epoch.clone(), self.newest, self.oldest());
        codec::encode(HEAD_VERSION, &Head { epoch, newest, oldest, bytes: self.bytes })
    }

    /// Numbers of the segments that hold what is kept.
    pub(in crate::rooms) fn segments(&self) -> Range<u64> {
        segments(self.oldest(), self.newest)
    }

    /// Numbers of the segments that hold publications past `offset`.
    pub(in crate::rooms) fn segments_past(&self, offset: u64) -> Range<u64> {
        segments(self.oldest().max(offset.saturating_add(1)), self.newest)
    }

    /// The bytes of a segment.
    pub(in crate::rooms) fn segment(&self, number: u64) -> Result<Vec<u8>, CodecError> {
        let from = (number * SEGMENT + 1).saturating_sub(self.oldest()) as usize;
        let kept = self.kept.iter().skip(from);
        let publications = kept.take_while(|it| segment_of(it.offset) == number).collect();
        codec::encode(SEGMENT_VERSION, &SegmentOf { epoch: &self.epoch, publications })
    }

    /// The channel behind its pieces, segments by number.
    ///
    /// # Errors
    /// [`CodecError`] where a piece is damaged, of a version not known or another channel's, is missing or one too many.
    pub(in crate::rooms) fn of_pieces(
        head: &[u8],
        pieces: &BTreeMap<u64, Vec<u8>>,
    ) -> Result<Self, CodecError> {
        let Head { epoch, newest, oldest, bytes } = codec::decode(HEAD_VERSION, head)?;
        if oldest == 0 || newest < oldest - 1 {
            return Err(CodecError::Damaged("a channel's history begins past its end"));
        }
        if !segments(oldest, newest).eq(pieces.keys().copied()) {
            return Err(CodecError::Damaged("a channel's segments are not those its head tells"));
        }
        let mut kept = VecDeque::new();
        for (number, piece) in pieces {
            let segment: Segment = codec::decode(SEGMENT_VERSION, piece)?;
            if segment.epoch != epoch {
                return Err(CodecError::Damaged("a channel's segment is of another epoch"));
            }
            if segment.publications.iter().any(|it| segment_of(it.offset) != *number) {
                return Err(CodecError::Damaged("a channel's segment has another one's offsets"));
            }
            kept.extend(segment.publications.into_iter().filter(|it| oldest <= it.offset));
        }
        let channel = Self { epoch, newest, kept, bytes };
        if channel.oldest() != oldest {
            return Err(CodecError::Damaged("a channel's segments lack publications"));
        }
        channel.checked()
    }
}

fn segment_of(offset: u64) -> u64 {
    offset.saturating_sub(1) / SEGMENT
}

fn segments(oldest: u64, newest: u64) -> Range<u64> {
    let first = segment_of(oldest);
    if newest < oldest { first..first } else { first..segment_of(newest) + 1 }
}

#[cfg(test)]
mod tests;
