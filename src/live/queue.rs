//! What one connection is still to be sent, bounded in bytes.
//!
//! Replies and publications of streams stay in order and none is left out. Of a state channel's kind only the newest is kept:
//! it takes the place of an older one that has not gone out, so that a client that reads slowly gets fewer of them, not older ones.
//!
//! **Invariant:** what waits is never more than the bound; what does not fit is refused, and the connection is to be closed.
//!
//! Not here: writing to the socket.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::sync::Arc;

use actix_web::web::{Buf, Bytes};

/// Parts that are handed to the system at once.
const PARTS: usize = 16;

/// What is still to be sent.
#[derive(Debug)]
pub(super) struct Queue {
    parts: VecDeque<Part>,
    bytes: usize,
    bound: usize,
    /// Whether some of the first part has gone out.
    is_begun: bool,
}

#[derive(Debug)]
struct Part {
    bytes: Bytes,
    state: Option<(Arc<str>, &'static str)>,
}

/// More than the bound waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Queue {
    /// An empty queue that takes `bound` bytes.
    pub(super) fn new(bound: usize) -> Self {
        Self { parts: VecDeque::new(), bytes: 0, bound, is_begun: false }
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Bytes that wait.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes what may not be left out.
    pub(super) fn push(&mut self, bytes: Bytes) -> Result<(), Full> {
        self.make_room(bytes.len())?;
        self.parts.push_back(Part { bytes, state: None });
        Ok(())
    }

    /// Takes the newest of a kind.
    pub(super) fn push_state(
        &mut self,
        channel: &Arc<str>,
        kind: &'static str,
        bytes: Bytes,
    ) -> Result<(), Full> {
        let begun = usize::from(self.is_begun);
        let same = |part: &&mut Part| {
            part.state.as_ref().is_some_and(|(its, of)| *of == kind && Arc::ptr_eq(its, channel))
        };
        if let Some(older) = self.parts.iter_mut().skip(begun).find(same) {
            let after = self.bytes - older.bytes.len() + bytes.len();
            if self.bound < after {
                return Err(Full);
            }
            older.bytes = bytes;
            self.bytes = after;
            return Ok(());
        }
        self.make_room(bytes.len())?;
        self.parts.push_back(Part { bytes, state: Some((Arc::clone(channel), kind)) });
        Ok(())
    }

    /// Leaves only what has begun to go out, and `last`.
    pub(super) fn end_with(&mut self, last: Bytes) {
        self.parts.truncate(usize::from(self.is_begun));
        self.parts.push_back(Part { bytes: last, state: None });
        self.bytes = self.parts.iter().map(|part| part.bytes.len()).sum();
    }

    /// Hands the oldest parts to `write` and takes out what it took.
    pub(super) fn write_with<E>(
        &mut self,
        write: impl FnOnce(&[IoSlice<'_>]) -> Result<usize, E>,
    ) -> Result<(), E> {
        let mut slices = [IoSlice::new(&[]); PARTS];
        let count = self.parts.len().min(PARTS);
        for (slice, part) in slices.iter_mut().zip(&self.parts) {
            *slice = IoSlice::new(&part.bytes);
        }
        let written = write(&slices[..count])?;
        self.advance(written);
        Ok(())
    }

    /// The oldest part, where there is one.
    pub(super) fn pop(&mut self) -> Option<Bytes> {
        let part = self.parts.pop_front()?;
        self.bytes -= part.bytes.len();
        self.is_begun = false;
        Some(part.bytes)
    }

    fn advance(&mut self, mut written: usize) {
        while let Some(first) = self.parts.front_mut() {
            let length = first.bytes.len();
            if written < length {
                first.bytes.advance(written);
                self.bytes -= written;
                self.is_begun |= 0 < written;
                return;
            }
            written -= length;
            self.pop();
        }
        // An idle connection keeps no room for what it may get one day.
        self.parts = VecDeque::new();
    }

    fn make_room(&mut self, added: usize) -> Result<(), Full> {
        if self.bound < self.bytes + added {
            return Err(Full);
        }
        self.bytes += added;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
