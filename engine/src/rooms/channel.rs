//! A channel's history: publications with offsets, kept within bounds, and what of it somebody has missed.
//!
//! Offsets count from 1 within an epoch and never skip. Who comes back names the epoch and the last offset they have; they are
//! told everything after it, or that it cannot be told (`recovered: false`), which they take as having missed
//! something. The rules are those of Centrifugo (<https://centrifugal.dev/docs/server/history_and_recovery>).
//!
//! **Invariant:** `recovered` is said only if the publications given are exactly those after the offset named, without a gap, in
//! order: whoever is unsure says no.
//!
//! Not here: what a publication holds; where it is written before it is sent; how much all channels keep together.

mod pieces;

use std::collections::VecDeque;

use super::content::Content;
use crate::Timestamp;
use crate::codec::{self, CodecError};

/// Names one life of a channel's history; another epoch's offsets mean nothing.
#[derive(Clone, Debug, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct ChannelEpoch(Box<str>);

impl ChannelEpoch {
    /// Letters that an epoch is written in: no two look alike to a person.
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

    /// Six letters drawn from `seed`, which should differ for each life of a channel: the sequence of the record that began it.
    #[must_use]
    pub fn drawn(seed: u64) -> Self {
        let mixed = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let letter = |nth: u32| Self::LETTERS[(mixed >> (59 - 5 * nth)) as usize & 31] as char;
        Self((0..6).map(letter).collect::<String>().into())
    }

    /// As it is written on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One publication that was kept.
#[derive(Clone, Debug, PartialEq, bincode::Encode, bincode::Decode)]
pub struct Publication {
    /// Its place in the channel, from 1.
    pub offset: u64,
    /// When it was published.
    pub at: Timestamp,
    /// What it says.
    pub content: Content,
}

/// How much history is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Publications at most.
    pub publications: usize,
    /// Bytes of content at most, by [`Content::weight`]; the newest publication stays in any case.
    pub bytes: usize,
    /// Milliseconds that a publication is kept.
    pub age_ms: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { publications: 1_000, bytes: 1 << 20, age_ms: 3_600_000 }
    }
}

/// Up to where somebody has a channel's publications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since<'a> {
    /// The epoch they were told; empty for none.
    pub epoch: &'a str,
    /// The last offset they have.
    pub offset: u64,
}

/// What somebody who comes back is given.
#[must_use]
#[derive(Clone, Debug, PartialEq)]
pub struct Recovered<'a> {
    /// What they missed, in order; empty where that is not known.
    pub publications: Vec<&'a Publication>,
    /// Whether that is all they missed.
    pub recovered: bool,
    /// The channel's newest offset: from here on they are sent everything.
    pub offset: u64,
}

/// The history of one channel.
#[derive(Clone, Debug, PartialEq, bincode::Encode, bincode::Decode)]
pub struct Channel {
    epoch: ChannelEpoch,
    /// The offset of the newest publication, 0 before the first.
    newest: u64,
    kept: VecDeque<Publication>,
    bytes: u64,
}

/// How much a channel keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// Publications.
    pub(super) publications: usize,
    /// Bytes of content, by [`Content::weight`].
    pub(super) bytes: u64,
}

/// Version byte of a channel encoded whole.
const CHANNEL_VERSION: u8 = 1;

impl Channel {
    /// A channel without publications.
    #[must_use]
    pub fn new(epoch: ChannelEpoch) -> Self {
        Self { epoch, newest: 0, kept: VecDeque::new(), bytes: 0 }
    }

    /// Takes the next publication and gives it with its offset.
    pub fn publish(&mut self, content: Content, at: Timestamp, bounds: &Bounds) -> Publication {
        self.newest += 1;
        self.bytes += content.weight() as u64;
        let publication = Publication { offset: self.newest, at, content };
        self.kept.push_back(publication.clone());
        self.trim(at, bounds);
        publication
    }

    /// Begins another epoch without history: what was published goes by rules that are no more.
    pub fn begin_anew(&mut self, epoch: ChannelEpoch) {
        *self = Self::new(epoch);
    }

    /// Lets go of what is past the bounds at `now`, and says how many publications went.
    pub fn trim(&mut self, now: Timestamp, bounds: &Bounds) -> usize {
        let before = self.kept.len();
        while let Some(oldest) = self.kept.front() {
            let is_crowd = bounds.publications < self.kept.len()
                || (bounds.bytes as u64) < self.bytes && 1 < self.kept.len();
            let is_old = bounds.age_ms < now.millis_since(oldest.at);
            if !is_crowd && !is_old {
                break;
            }
            self.drop_oldest();
        }
        before - self.kept.len()
    }

    /// Lets go of the oldest publication, unless that is the newest, too.
    pub(super) fn let_go(&mut self) {
        if 1 < self.kept.len() {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(oldest) = self.kept.pop_front() {
            self.bytes -= oldest.content.weight() as u64;
        }
    }

    /// How much is kept.
    pub(super) fn kept(&self) -> Kept {
        Kept { publications: self.kept.len(), bytes: self.bytes }
    }

    /// The first offset that is kept; the one after the newest where none is.
    fn oldest(&self) -> u64 {
        self.newest.saturating_add(1).saturating_sub(self.kept.len() as u64)
    }

    /// The epoch that its offsets belong to.
    #[must_use]
    pub fn epoch(&self) -> &ChannelEpoch {
        &self.epoch
    }

    /// The newest offset, 0 before the first publication.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.newest
    }

    /// When the newest publication that is kept was published.
    pub(super) fn newest_at(&self) -> Timestamp {
        self.kept.back().map_or(Timestamp::EPOCH, |newest| newest.at)
    }

    /// What somebody missed who has everything up to `since`.
    pub fn recover(&self, since: Since) -> Recovered<'_> {
        let oldest = self.oldest();
        let is_ours = since.epoch == self.epoch.as_str();
        let is_known = since.offset <= self.newest && oldest <= since.offset.saturating_add(1);
        if !is_ours || !is_known {
            return Recovered { publications: Vec::new(), recovered: false, offset: self.newest };
        }
        let first = (since.offset + 1 - oldest) as usize;
        let publications = self.kept.range(first..).collect();
        Recovered { publications, recovered: true, offset: self.newest }
    }

    /// The whole channel's bytes: its digest is made of them, and before channels were kept in pieces a cut was.
    ///
    /// # Errors
    /// [`CodecError::Encode`] where they pass the codec's limit.
    pub fn checkpoint(&self) -> Result<Vec<u8>, CodecError> {
        codec::encode(CHANNEL_VERSION, self)
    }

    /// The channel behind the bytes of a whole one.
    ///
    /// # Errors
    /// [`CodecError`] where the bytes are damaged, of a version not known, or have a gap.
    pub fn restore(bytes: &[u8]) -> Result<Self, CodecError> {
        codec::decode::<Self>(CHANNEL_VERSION, bytes)?.checked()
    }

    /// The channel, where its offsets follow each other and its bytes are those of its publications.
    fn checked(self) -> Result<Self, CodecError> {
        let first = self.oldest();
        let offsets = self.kept.iter().map(|publication| publication.offset);
        if first == 0 || !offsets.eq(first..=self.newest) {
            return Err(CodecError::Damaged("a channel's offsets have a gap"));
        }
        let weights = self.kept.iter().map(|publication| publication.content.weight() as u64);
        if weights.sum::<u64>() != self.bytes {
            return Err(CodecError::Damaged("a channel's bytes are not those of its publications"));
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
