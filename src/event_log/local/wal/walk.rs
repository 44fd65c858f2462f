//! Walks the bytes of one WAL file in RocksDB's format.
//!
//! The file is a row of 32 KiB blocks. A block holds fragments: checksum (u32, masked CRC-32C of type and
//! payload), payload length (u16), type (u8), payload; all little endian. A record is one `FULL` fragment,
//! or `FIRST`, any `MIDDLE`, `LAST`; a fragment never crosses a block, and fewer than 7 bytes at a block's
//! end are filler.
//!
//! Not here: recycled files and their longer headers, which this program does not let RocksDB write.

use super::crc32c;

const BLOCK: usize = 32 * 1024;
const HEADER: usize = 7;
/// Sectors of this size reach the disk whole or not at all.
const SECTOR: usize = 512;
/// A run of zeros this long is no payload of ours.
const ZERO_RUN: usize = 32;

const FULL: u8 = 1;
const FIRST: u8 = 2;
const MIDDLE: u8 = 3;
const LAST: u8 = 4;
/// Types of recycled files.
const RECYCLED: std::ops::RangeInclusive<u8> = 5..=8;

/// What became of a WAL file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Every byte belongs to a whole record.
    Whole,
    /// What follows the first `whole` bytes was never finished.
    Torn {
        /// Bytes of whole records.
        whole: usize,
    },
    /// Bytes are not as they were written.
    Damaged {
        /// Where that begins.
        offset: usize,
        /// What is wrong.
        reason: &'static str,
    },
}

/// Why the walk stopped.
enum Fault {
    /// The file ends before the fragment or the record does.
    Short,
    /// The fragment is not what its header says.
    Bad(&'static str),
}

/// A fragment that is whole.
struct Fragment {
    kind: u8,
    end: usize,
}

/// Says whether a WAL file is whole, torn or damaged.
pub(super) fn judge(bytes: &[u8]) -> Verdict {
    let mut at = 0;
    // Where the record began that the walk is in the middle of.
    let mut begun = None;
    let (offset, fault) = loop {
        at = skip_filler(at);
        if bytes.len() <= at {
            match begun {
                None => return Verdict::Whole,
                Some(_) => break (bytes.len(), Fault::Short),
            }
        }
        match fragment(bytes, at).and_then(|found| in_order(found, begun.is_some())) {
            Ok(found) => {
                begun =
                    if matches!(found.kind, FIRST | MIDDLE) { begun.or(Some(at)) } else { None };
                at = found.end;
            }
            Err(fault) => break (at, fault),
        }
    };
    classify(bytes, begun.unwrap_or(offset), offset, &fault)
}

fn classify(bytes: &[u8], record: usize, offset: usize, fault: &Fault) -> Verdict {
    let damaged = |reason| Verdict::Damaged { offset, reason };
    match fault {
        _ if later_record(bytes, offset + 1) => match fault {
            Fault::Bad(reason) => damaged(reason),
            Fault::Short => damaged("a length reaches past the end of the file"),
        },
        Fault::Short if fits_exactly(bytes, offset) => damaged("a length is not what was written"),
        Fault::Short => Verdict::Torn { whole: record },
        Fault::Bad(_) if has_holes(bytes, record, offset) => Verdict::Torn { whole: record },
        Fault::Bad(reason) => damaged(reason),
    }
}

fn skip_filler(at: usize) -> usize {
    let left = BLOCK - at % BLOCK;
    if left < HEADER { at + left } else { at }
}

fn fragment(bytes: &[u8], at: usize) -> Result<Fragment, Fault> {
    let header = bytes.get(at..at + HEADER).ok_or(Fault::Short)?;
    let sum = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
    let length = usize::from(u16::from_le_bytes([header[4], header[5]]));
    let kind = header[6];
    let end = at + HEADER + length;
    if BLOCK - at % BLOCK < HEADER + length {
        return Err(Fault::Bad("a length reaches past the end of its block"));
    }
    if kind == 0 || RECYCLED.contains(&kind) {
        return Err(Fault::Bad("a fragment has a type that is never written"));
    }
    let checked = bytes.get(at + HEADER - 1..end).ok_or(Fault::Short)?;
    if crc32c::masked(checked) == sum {
        Ok(Fragment { kind, end })
    } else {
        Err(Fault::Bad("a checksum does not match"))
    }
}

fn in_order(found: Fragment, inside: bool) -> Result<Fragment, Fault> {
    match (found.kind, inside) {
        (FULL | FIRST, true) => Err(Fault::Bad("a record has no end")),
        (MIDDLE | LAST, false) => Err(Fault::Bad("a record has no beginning")),
        _ => Ok(found),
    }
}

/// Whether a record begins anywhere in `bytes[from..]`.
///
/// Every offset is tried, because behind a damaged length nobody knows where fragments begin. A match
/// by chance needs 32 bits of checksum to agree.
fn later_record(bytes: &[u8], from: usize) -> bool {
    let starts = bytes.len().saturating_sub(HEADER - 1);
    (from..starts).any(|at| {
        matches!(bytes[at + HEADER - 1], FULL | FIRST)
            && fragment(bytes, at).is_ok_and(|found| at + HEADER < found.end)
    })
}

/// Whether the last fragment is whole after all, if its length is taken to be what is left of the file
/// and its type to be any.
fn fits_exactly(bytes: &[u8], at: usize) -> bool {
    let Some(header) = bytes.get(at..at + HEADER) else { return false };
    let sum = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
    let mut checked = bytes[at + HEADER - 1..].to_vec();
    [FULL, FIRST, MIDDLE, LAST].into_iter().any(|kind| {
        checked[0] = kind;
        crc32c::masked(&checked) == sum
    })
}

/// Whether bytes of the record never reached the disk: a sector of zeros in it, or nothing but zeros
/// from the bad place on.
fn has_holes(bytes: &[u8], record: usize, offset: usize) -> bool {
    let zero = |part: &[u8]| part.iter().all(|byte| *byte == 0);
    let first = (SECTOR - record % SECTOR).min(bytes.len() - record);
    let (head, rest) = bytes[record..].split_at(first);
    let mut sectors = std::iter::once(head).chain(rest.chunks(SECTOR));
    zero(&bytes[offset..]) || sectors.any(|sector| ZERO_RUN <= sector.len() && zero(sector))
}

#[cfg(test)]
mod tests;
