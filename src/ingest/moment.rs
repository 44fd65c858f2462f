//! Event time: what senders write, and what a node makes of a wrong clock.
//!
//! A number is seconds, milliseconds, micro- or nanoseconds by its size, since the years 1990 to 2200
//! do not overlap between them. `sent_at`, by the same clock as the event's time, gives the clock's
//! error; without it a time in the future becomes the receipt. Where the stream's own time rules, and in
//! imports, times stand as they are.
//!
//! Not here: lateness. An event of any age is taken.

use engine::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::fault::{Fault, shorten};
use super::field::{any_number, text};

const EARLIEST_MS: u64 = 631_152_000_000; // 1990-01-01
const LATEST_MS: u64 = 7_258_118_400_000; // 2200-01-01

/// Which clock judges the future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockRule {
    /// The wall clock: nothing happens after its receipt.
    Wall,
    /// The stream's own time: an event may be ahead of all before it and is received when it happens.
    Event,
}

/// How far an event may be ahead of all before it, where the stream's own time rules: one time from a broken
/// clock would empty all windows for ever.
const LONGEST_JUMP_MS: u64 = 366 * 86_400_000;

/// How far a clock may be corrected by `sent_at` without a word: an hour too many is a wrong time zone, and
/// more is a `sent_at` that is not what it should be.
const UNSAID_CORRECTION_MS: u64 = 30 * 60_000;

/// How an event's time is judged when it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Now.
    pub at: Timestamp,
    /// Which clock says so.
    pub rule: ClockRule,
    /// How far ahead of the receipt an event's time may lie and stand.
    pub tolerance_ms: u64,
    /// How far a sender's clock may be off before its word on an event's age is not trusted: half of
    /// the time for which shards remember ids, so that an event that looks younger than the other half
    /// was really sent within it.
    pub trusted_skew_ms: u64,
}

/// An event's time as the node keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Event time.
    pub at: Timestamp,
    /// Receipt.
    pub received_at: Timestamp,
    /// How far the event lay in the future, where that was set to the receipt.
    pub ahead_ms: Option<u64>,
    /// By how much `sent_at` says that the sender's clock is ahead (below 0: behind), where that is more than is
    /// tolerated without a word.
    pub clock_off_ms: Option<i64>,
    /// Whether the event may be older than what shards remember of ids, so that the disk must be asked.
    pub may_be_old: bool,
}

/// Reads the time that the JSON text `raw` says.
///
/// # Errors
/// [`Fault`] where it is none, has no offset, or lies outside the years 1990 to 2200.
pub fn read(raw: &str) -> Result<Timestamp, Fault> {
    match raw.as_bytes().first() {
        Some(b'"') => match text(raw)? {
            digits if is_plain_number(&digits) => read_number(&digits),
            text => read_text(&text),
        },
        _ => read_number(raw),
    }
}

fn read_number(raw: &str) -> Result<Timestamp, Fault> {
    let outside = || Fault::TimeRange { text: shorten(raw) };
    if let Ok(number) = raw.parse::<u64>() {
        let millis = match number {
            0..100_000_000_000 => number * 1000,
            100_000_000_000..100_000_000_000_000 => number,
            100_000_000_000_000..100_000_000_000_000_000 => number / 1000,
            _ => number / 1_000_000,
        };
        return in_range(millis).ok_or_else(outside);
    }
    let number = any_number(raw, "RFC 3339 text or a number of seconds or milliseconds")?;
    let millis = match number {
        0.0..1e11 => number * 1e3,
        1e11..1e14 => number,
        1e14..1e17 => number / 1e3,
        1e17..1e20 => number / 1e6,
        _ => return Err(outside()),
    };
    in_range(millis.round() as u64).ok_or_else(outside)
}

fn read_text(text: &str) -> Result<Timestamp, Fault> {
    match OffsetDateTime::parse(text, &Rfc3339) {
        Ok(time) => u64::try_from(time.unix_timestamp_nanos() / 1_000_000)
            .ok()
            .and_then(in_range)
            .ok_or_else(|| Fault::TimeRange { text: shorten(text) }),
        Err(_) if OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339).is_ok() => {
            Err(Fault::TimeOffset { text: shorten(text) })
        }
        Err(_) => Err(Fault::InvalidTime { text: shorten(text) }),
    }
}

/// Whether a sender put a number into quotes.
fn is_plain_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && text.parse::<f64>().is_ok()
}

fn in_range(millis: u64) -> Option<Timestamp> {
    (EARLIEST_MS..LATEST_MS).contains(&millis).then(|| Timestamp::from_millis(millis))
}

/// What the node makes of an event's `own` time, sent at `sent` by the same clock.
#[must_use]
pub fn settle(own: Option<Timestamp>, sent: Option<Timestamp>, receipt: Receipt) -> Settled {
    let received = receipt.at;
    let as_received = Settled {
        at: received,
        received_at: received,
        ahead_ms: None,
        clock_off_ms: None,
        may_be_old: true,
    };
    let Some(own) = own else { return as_received };
    let may_be_old = !receipt.trusts(own) || sent.is_some_and(|sent| !receipt.trusts(sent));
    // The stream's own time knows of no receipt by which a clock could be measured.
    let sent = sent.filter(|_| receipt.rule == ClockRule::Wall);
    let at = sent.map_or(own, |sent| corrected(own, sent, received));
    let clock_off_ms = sent.and_then(|sent| receipt.clock_off(sent));
    let settled = Settled { at, clock_off_ms, may_be_old, ..as_received };
    match receipt.rule {
        ClockRule::Wall if received.plus_millis(receipt.tolerance_ms) < at => {
            Settled { at: received, ahead_ms: Some(at.millis_since(received)), ..settled }
        }
        ClockRule::Wall => settled,
        ClockRule::Event => Settled { received_at: received.max(at), ..settled },
    }
}

impl Receipt {
    /// Whether the stream's own time rules, has begun, and is left too far behind by an event at `at`.
    #[must_use]
    pub fn is_left_behind(&self, at: Timestamp) -> bool {
        let begun = self.rule == ClockRule::Event && 0 < self.at.as_millis();
        begun && self.at.plus_millis(LONGEST_JUMP_MS) < at
    }

    /// How far a clock is ahead that says `sent` now; `None` where that is not worth a word.
    fn clock_off(&self, sent: Timestamp) -> Option<i64> {
        let off = sent.as_millis().cast_signed() - self.at.as_millis().cast_signed();
        (UNSAID_CORRECTION_MS < off.unsigned_abs()).then_some(off)
    }

    fn trusts(&self, time: Timestamp) -> bool {
        time.as_millis().abs_diff(self.at.as_millis()) <= self.trusted_skew_ms
    }
}

/// `own` shifted by the error of the clock that said `sent` at `received`; never before 1990.
fn corrected(own: Timestamp, sent: Timestamp, received: Timestamp) -> Timestamp {
    let shifted = (own.as_millis() + received.as_millis()).saturating_sub(sent.as_millis());
    Timestamp::from_millis(shifted.max(EARLIEST_MS))
}

#[cfg(test)]
mod tests;
