//! What is sent to sockets: texts that say when they were made.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What begins the time in a message.
pub const AT: &[u8] = b"@at:";

/// A text of about `bytes` bytes that says when it was made.
#[must_use]
pub fn text(bytes: usize) -> String {
    format!("@at:{:020} {}", now().as_nanos(), "x".repeat(bytes))
}

/// A clock that all processes of the machine share.
#[must_use]
pub fn now() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// One line of JSON of about `bytes` bytes.
#[must_use]
pub fn message(bytes: usize) -> String {
    let text = text(bytes.saturating_sub(70));
    format!(r#"{{"kind":"comment","user":"u123","text":"{text}"}}"#)
}

/// When the messages in `text` were made.
pub fn times(text: &[u8]) -> impl Iterator<Item = Duration> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        let place = rest.windows(AT.len()).position(|it| it == AT)? + AT.len();
        let digits = rest.get(place..place + 20)?;
        rest = &rest[place + 20..];
        let nanos = digits.iter().fold(0u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        Some(Duration::from_nanos(nanos))
    })
}
