//! Cuts a body into its entries without building anything: one object, an array, or lines.
//!
//! The cutter knows strings and brackets only. Whether an entry is JSON is for the parser of that
//! entry, so that one broken event of an array is one rejected entry and not a refused body.
//!
//! **Invariant:** constant memory per entry, whatever the nesting; depth is counted, never recursed.

use super::fault::BodyError;
use super::limits::Limits;

/// Levels that an envelope may put around its events.
const ENVELOPE_DEPTH: usize = 2;

/// One entry of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its bytes, without white space around them.
    pub bytes: &'a [u8],
    /// Levels of brackets, 0 for a scalar.
    pub depth: usize,
}

/// A body, cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framed<'a> {
    /// One value that is no array.
    Single(Entry<'a>),
    /// An array or lines.
    Many(Vec<Entry<'a>>),
}

/// Whether the sender said that the body is lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// Look and see.
    #[default]
    Detect,
    /// One object a line.
    Lines,
}

/// Cuts `body` into entries.
///
/// # Errors
/// [`BodyError`] where the body is empty, past a limit, or no array or object as a whole.
pub fn cut<'a>(body: &'a [u8], framing: Framing, limits: &Limits) -> Result<Framed<'a>, BodyError> {
    if limits.body_bytes < body.len() {
        return Err(BodyError::TooLarge { limit: limits.body_bytes });
    }
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let start = skip_space(body, 0);
    let framed = match body.get(start) {
        None => return Err(BodyError::Empty),
        Some(_) if framing == Framing::Lines => Framed::Many(lines(body, limits)?),
        Some(b'[') => Framed::Many(array(body, start, limits)?),
        Some(_) => single_or_lines(body, start, limits)?,
    };
    match &framed {
        Framed::Many(entries) if entries.is_empty() => Err(BodyError::Empty),
        _ => Ok(framed),
    }
}

/// Cuts the array that starts at byte `start` of `body`.
///
/// # Errors
/// [`BodyError`] where the array does not end, ends early, or holds too much.
pub fn array<'a>(
    body: &'a [u8],
    start: usize,
    limits: &Limits,
) -> Result<Vec<Entry<'a>>, BodyError> {
    let mut entries = Vec::new();
    let mut at = skip_space(body, start + 1);
    if body.get(at) == Some(&b']') {
        return at_end(body, at + 1).map(|()| entries);
    }
    loop {
        let found = value(body, at)?;
        push(
            &mut entries,
            Entry { bytes: trim(&body[at..found.end]), depth: found.depth },
            limits,
        )?;
        match body.get(found.end) {
            Some(b',') => at = skip_space(body, found.end + 1),
            Some(b']') => return at_end(body, found.end + 1).map(|()| entries),
            _ => return Err(broken("a comma or the closing bracket is missing", found.end)),
        }
    }
}

fn lines<'a>(body: &'a [u8], limits: &Limits) -> Result<Vec<Entry<'a>>, BodyError> {
    let mut entries = Vec::new();
    for line in body.split(|byte| *byte == b'\n').map(trim).filter(|line| !line.is_empty()) {
        // A line that does not even close its brackets is one broken entry, not a broken body.
        let depth = value(line, 0).map_or(0, |found| found.depth);
        push(&mut entries, Entry { bytes: line, depth }, limits)?;
    }
    Ok(entries)
}

fn single_or_lines<'a>(
    body: &'a [u8],
    start: usize,
    limits: &Limits,
) -> Result<Framed<'a>, BodyError> {
    let found = value(body, start)?;
    let bytes = trim(&body[start..found.end]);
    let rest = skip_space(body, found.end);
    if rest == body.len() {
        return Ok(Framed::Single(Entry { bytes, depth: found.depth }));
    }
    let line_ends = body[found.end..rest].contains(&b'\n');
    if line_ends && body[rest] == b'{' && !bytes.contains(&b'\n') {
        return lines(body, limits).map(Framed::Many);
    }
    Err(broken(
        "something stands behind the first value; several events need an array or one line each",
        rest,
    ))
}

fn push<'a>(
    entries: &mut Vec<Entry<'a>>,
    entry: Entry<'a>,
    limits: &Limits,
) -> Result<(), BodyError> {
    if entries.len() == limits.body_events {
        return Err(BodyError::TooManyEvents { limit: limits.body_events });
    }
    entries.push(entry);
    Ok(())
}

struct Found {
    /// First byte behind the value: a separator, a closing bracket of what is around it, or the end.
    end: usize,
    depth: usize,
}

/// Runs over one value from `start` until its brackets are closed and a separator follows.
fn value(body: &[u8], start: usize) -> Result<Found, BodyError> {
    let (mut at, mut open, mut depth) = (start, 0_usize, 0_usize);
    while let Some(byte) = body.get(at) {
        match byte {
            b'"' => at = string_end(body, at)?,
            b'{' | b'[' => {
                open += 1;
                depth = depth.max(open);
            }
            b'}' | b']' | b',' if open == 0 => return Ok(Found { end: at, depth }),
            b'}' | b']' => {
                open -= 1;
                if open == 0 {
                    return Ok(Found { end: separator(body, at + 1), depth });
                }
            }
            _ => {}
        }
        at += 1;
    }
    match open {
        0 => Ok(Found { end: at, depth }),
        _ => Err(broken("it ends before its brackets are closed", at)),
    }
}

/// Where a closed value's surroundings go on. Bytes that belong to nothing stay with the value, whose
/// own parser then names them.
fn separator(body: &[u8], from: usize) -> usize {
    let at = skip_space(body, from);
    match body.get(at) {
        Some(b',' | b']') => at,
        _ => from,
    }
}

/// Place of the quote that ends the string whose opening quote is at `start`.
fn string_end(body: &[u8], start: usize) -> Result<usize, BodyError> {
    let mut at = start + 1;
    while let Some(byte) = body.get(at) {
        match byte {
            b'"' => return Ok(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    Err(broken("it ends inside a string", body.len()))
}

fn at_end(body: &[u8], from: usize) -> Result<(), BodyError> {
    let rest = skip_space(body, from);
    if rest == body.len() { Ok(()) } else { Err(broken("something stands behind the array", rest)) }
}

fn broken(what: &str, offset: usize) -> BodyError {
    BodyError::InvalidJson { what: what.to_owned(), offset }
}

fn skip_space(body: &[u8], from: usize) -> usize {
    let rest = body.get(from..).unwrap_or_default();
    from + rest.iter().position(|byte| !is_space(*byte)).unwrap_or(rest.len())
}

fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_space(*first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && is_space(*last)
    {
        bytes = rest;
    }
    bytes
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether an envelope's own nesting is past what an event and two levels around it may have.
///
/// # Errors
/// [`BodyError::TooDeep`] where it is.
pub fn check_envelope(entry: Entry<'_>, limits: &Limits) -> Result<(), BodyError> {
    let limit = limits.depth + ENVELOPE_DEPTH;
    if limit < entry.depth { Err(BodyError::TooDeep { limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
