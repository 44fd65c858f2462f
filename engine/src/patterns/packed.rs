//! A user's runs and tags as bytes.
//!
//! **Format**, version 1, behind the version byte; varints take seven bits a byte, low first.
//!
//! | field | bytes |
//! |---|---|
//! | patterns | varint |
//! | each: fingerprint | 8 |
//! | matches; unless 0, time and binding of the newest | varints |
//! | runs | varint |
//! | each: binding; a bit for each level that is reached, bit 7 for one that waits | varint, 1 |
//! | each of those: time of its first event, ms from there to its last | varints |
//!
//! A user of whom nothing is kept takes no bytes.

use super::automaton::{Matched, Memory, Reached, Run};
use super::{Automata, MAX_PATTERNS};
use crate::Timestamp;
use crate::codec::CodecError;
use crate::user::bytes::{Reader, put_varint};

/// Version byte of a user's automata.
pub const AUTOMATA_VERSION: u8 = 1;

/// Levels that a byte has bits for, beside the one that waits.
const LEVELS: usize = 7;
const WAITS: u8 = 0x80;
/// More runs than a plan may keep, and more patterns than it may hold while it changes.
const MAX_RUNS: usize = 64;
const MOST_PATTERNS: usize = 2 * MAX_PATTERNS;

impl Automata {
    /// Bytes for storage; none at all where there is neither run nor tag.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut out = vec![AUTOMATA_VERSION];
        put_varint(&mut out, self.memories.len() as u64);
        for (fingerprint, memory) in &self.memories {
            out.extend_from_slice(&fingerprint.to_le_bytes());
            put_varint(&mut out, memory.matched.map_or(0, |matched| u64::from(matched.matches)));
            if let Some(matched) = memory.matched {
                put_varint(&mut out, matched.at.as_millis());
                put_varint(&mut out, matched.binding);
            }
            put_varint(&mut out, memory.runs.len() as u64);
            for run in &memory.runs {
                write_run(run, &mut out);
            }
        }
        out
    }

    /// The automata behind bytes of storage.
    ///
    /// # Errors
    /// [`CodecError`] where they are damaged or of a version not known. Patterns that no plan knows are none of that.
    pub fn unpack(bytes: &[u8]) -> Result<Self, CodecError> {
        let Some((&found, body)) = bytes.split_first() else { return Ok(Self::default()) };
        if found != AUTOMATA_VERSION {
            return Err(CodecError::Version { found, newest: AUTOMATA_VERSION });
        }
        let mut from = Reader::new(body);
        let mut memories: Vec<(u64, Memory)> = Vec::new();
        for _ in 0..from.length(MOST_PATTERNS) {
            let fingerprint = u64::from(from.u32()) | u64::from(from.u32()) << 32;
            from.require(memories.last().is_none_or(|(before, _)| *before < fingerprint));
            let memory = read_memory(&mut from);
            if from.is_broken() {
                break;
            }
            memories.push((fingerprint, memory));
        }
        let is_whole = from.remainder().is_empty();
        from.require(is_whole);
        from.finish("patterns of a user")?;
        Ok(Self { memories })
    }
}

fn read_memory(from: &mut Reader<'_>) -> Memory {
    let number = from.varint_u32();
    let matched = (number != 0).then(|| {
        let at = Timestamp::from_millis(from.varint());
        Matched { at, binding: from.varint(), matches: number }
    });
    let mut runs: Vec<Run> = Vec::new();
    for _ in 0..from.length(MAX_RUNS) {
        let run = read_run(from);
        from.require(runs.last().is_none_or(|before| before.binding < run.binding));
        if from.is_broken() {
            break;
        }
        runs.push(run);
    }
    Memory { matched, runs }
}

fn write_run(run: &Run, out: &mut Vec<u8>) {
    put_varint(out, run.binding);
    let mut reached = run.waiting.map_or(0, |_| WAITS);
    for (place, _) in run.levels.iter().take(LEVELS).enumerate().filter(|(_, it)| it.is_some()) {
        reached |= 1 << place;
    }
    out.push(reached);
    let levels = run.levels.iter().take(LEVELS).flatten();
    for reached in levels.chain(run.waiting.as_ref()) {
        put_varint(out, reached.started_at.as_millis());
        put_varint(out, reached.at.millis_since(reached.started_at));
    }
}

fn read_run(from: &mut Reader<'_>) -> Run {
    let (binding, bits) = (from.varint(), from.u8());
    let mut reached = || {
        let started_at = Timestamp::from_millis(from.varint());
        Reached { started_at, at: started_at.plus_millis(from.varint()) }
    };
    let mut levels = Vec::new();
    let highest = 8 - (bits & !WAITS).leading_zeros() as usize;
    for place in 0..highest {
        levels.push((bits >> place & 1 == 1).then(&mut reached));
    }
    let waiting = (bits & WAITS != 0).then(reached);
    Run { binding, levels, waiting }
}
