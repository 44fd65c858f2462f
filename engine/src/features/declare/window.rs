//! Windows: over what stretch of event time a feature looks, and how that is written.

use std::fmt;

use bincode::{Decode, Encode};

use crate::features::grid::{DAY_MS, Grid, Summer, Zone};

/// The longest stretch: about a year.
const MAX_SPAN_MS: u64 = 366 * DAY_MS;
/// The finest tile.
const MIN_TILE_MS: u64 = 1_000;
/// The most tiles in a window.
pub(crate) const MAX_TILES: u64 = 250;
/// The most events that are kept one by one.
const MAX_LAST: u32 = 100;

/// Over what stretch a feature looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Window {
    /// The stretch of this length, by a clock, that is under way: this hour, this day.
    Tumbling(Grid),
    /// The last `span_ms`, exact to `slide_ms`.
    Sliding {
        /// Length in milliseconds.
        span_ms: u64,
        /// By how much it moves on at a time.
        slide_ms: u64,
    },
    /// All of the past, each event counting half after this long.
    HalfLife {
        /// Half-life in milliseconds.
        half_life_ms: u64,
    },
    /// The newest events.
    Last {
        /// How many.
        events: u32,
    },
    /// The user's visit.
    Visit,
    /// All of the past.
    Ever,
}

/// Why a text is no window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// Not one of the forms.
    #[error(
        "\"{0}\" is no window: expected \"5m\", \"5m/30s\" (sliding), \"tumbling 1d Europe/Berlin\", \"half-life 7d\", \"last 20\", \"visit\" or \"ever\""
    )]
    Form(String),
    /// A length that is none.
    #[error(
        "\"{0}\" is no length of time: expected a number and ms, s, m, h, d or w, such as \"30s\""
    )]
    Length(String),
    /// A window of no length.
    #[error("a window of no length holds nothing: expected 1s to 366d")]
    Zero,
    /// A window past the longest.
    #[error("\"{0}\" is too long: expected 1s to 366d")]
    TooLong(String),
    /// A slide longer than its window.
    #[error("the slide {slide} is longer than the window {span}")]
    SlideLonger {
        /// The slide.
        slide: String,
        /// The window.
        span: String,
    },
    /// A slide that does not divide its window.
    #[error("the slide {slide} does not divide the window {span}: it would end between two slides")]
    SlideDivides {
        /// The slide.
        slide: String,
        /// The window.
        span: String,
    },
    /// A slide finer than a second.
    #[error("the slide {0} is finer than 1s")]
    SlideFine(String),
    /// Too many slides.
    #[error("{tiles} slides in the window, and 250 are the most: a slide of {slide} would do")]
    TooManySlides {
        /// How many there are.
        tiles: u64,
        /// One that is coarse enough.
        slide: String,
    },
    /// A zone that is not known.
    #[error(
        "\"{0}\" is no time zone that is known: expected an offset such as +08:00, or one of {1}"
    )]
    Zone(String, String),
    /// A tumbling window that days do not hold a whole number of.
    #[error("{0} does not divide a day and is no whole number of days")]
    Day(String),
    /// A stretch shorter than a day in a zone whose days differ in length.
    #[error("{0} has summer time: expected whole days, or an offset such as +01:00")]
    SummerTime(String),
    /// A number of events out of range.
    #[error("{0} events are out of range, expected 1 to 100")]
    Events(String),
}

impl Window {
    /// Reads the form that an operator writes.
    ///
    /// # Errors
    /// [`WindowError`] with what was expected.
    pub fn parse(text: &str) -> Result<Self, WindowError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["visit"] => Ok(Self::Visit),
            ["ever"] => Ok(Self::Ever),
            ["last", events] => {
                let number = events.parse().ok().filter(|n| (1..=MAX_LAST).contains(n));
                let events = number.ok_or_else(|| WindowError::Events((*events).to_owned()))?;
                Ok(Self::Last { events })
            }
            ["half-life", length] => Ok(Self::HalfLife { half_life_ms: span(length)? }),
            ["tumbling", length] => tumbling(length, "UTC"),
            ["tumbling", length, zone] => tumbling(length, zone),
            _ if text.starts_with(|c: char| c.is_ascii_digit()) => sliding(&words.concat()),
            _ => Err(WindowError::Form(text.to_owned())),
        }
    }

    /// The kind, as errors name it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Tumbling(_) => "tumbling",
            Self::Sliding { .. } => "sliding",
            Self::HalfLife { .. } => "half-life",
            Self::Last { .. } => "last",
            Self::Visit => "visit",
            Self::Ever => "ever",
        }
    }
}

/// The form that [`Window::parse`] reads.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tumbling(grid) => {
                let Zone { minutes, summer } = grid.zone;
                let same = |name: &&str| Zone::parse(name) == Some(grid.zone);
                write!(f, "tumbling {}", length_text(grid.width_ms))?;
                match (grid.zone == Zone::UTC, summer) {
                    (true, _) => Ok(()),
                    (_, Summer::None) => {
                        let sign = if minutes < 0 { '-' } else { '+' };
                        let minutes = minutes.unsigned_abs();
                        write!(f, " {sign}{:02}:{:02}", minutes / 60, minutes % 60)
                    }
                    _ => write!(f, " {}", Zone::names().find(same).unwrap_or("UTC")),
                }
            }
            Self::Sliding { span_ms, slide_ms } => {
                write!(f, "{}/{}", length_text(*span_ms), length_text(*slide_ms))
            }
            Self::HalfLife { half_life_ms } => {
                write!(f, "half-life {}", length_text(*half_life_ms))
            }
            Self::Last { events } => write!(f, "last {events}"),
            Self::Visit => f.write_str("visit"),
            Self::Ever => f.write_str("ever"),
        }
    }
}

const UNITS: [(&str, u64); 6] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", DAY_MS), ("w", 7 * DAY_MS)];

/// Reads a length of time such as `30s` or `1.5h`, in milliseconds.
///
/// # Errors
/// [`WindowError::Length`].
pub fn length(text: &str) -> Result<u64, WindowError> {
    let wrong = || WindowError::Length(text.to_owned());
    let unit = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(unit);
    let (_, ms) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let length = (number * ms as f64).round();
    if (0.0..1e15).contains(&length) { Ok(length as u64) } else { Err(wrong()) }
}

/// Writes a length in the greatest unit that gives a whole number.
#[must_use]
pub fn length_text(ms: u64) -> String {
    let fits = |(_, unit): &&(&str, u64)| ms.is_multiple_of(*unit) && *unit <= ms;
    // Weeks are rarely what is meant.
    let (name, unit) = UNITS[..5].iter().rev().find(fits).unwrap_or(&UNITS[0]);
    format!("{}{name}", ms / unit)
}

fn span(text: &str) -> Result<u64, WindowError> {
    match length(text)? {
        0 => Err(WindowError::Zero),
        ms if MAX_SPAN_MS < ms => Err(WindowError::TooLong(text.to_owned())),
        ms if ms < MIN_TILE_MS => Err(WindowError::SlideFine(text.to_owned())),
        ms => Ok(ms),
    }
}

fn tumbling(text: &str, zone_name: &str) -> Result<Window, WindowError> {
    let width_ms = span(text)?;
    let zone = Zone::parse(zone_name).ok_or_else(|| {
        let names: Vec<&str> = Zone::names().collect();
        WindowError::Zone(zone_name.to_owned(), names.join(", "))
    })?;
    let days = width_ms.is_multiple_of(DAY_MS);
    if !days && !DAY_MS.is_multiple_of(width_ms) {
        return Err(WindowError::Day(text.to_owned()));
    }
    if !days && zone.summer != Summer::None {
        return Err(WindowError::SummerTime(zone_name.to_owned()));
    }
    Ok(Window::Tumbling(Grid { width_ms, zone }))
}

fn sliding(text: &str) -> Result<Window, WindowError> {
    let (span_text, slide_text) = match text.split_once('/') {
        Some((span, slide)) => (span, Some(slide)),
        None => (text, None),
    };
    let span_ms = span(span_text)?;
    let Some(slide_text) = slide_text else {
        return Ok(Window::Sliding { span_ms, slide_ms: usual_slide(span_ms) });
    };
    let slide_ms = length(slide_text)?;
    let (slide, span) = (slide_text.to_owned(), span_text.to_owned());
    if span_ms < slide_ms {
        return Err(WindowError::SlideLonger { slide, span });
    }
    if slide_ms < MIN_TILE_MS {
        return Err(WindowError::SlideFine(slide));
    }
    if !span_ms.is_multiple_of(slide_ms) {
        return Err(WindowError::SlideDivides { slide, span });
    }
    let tiles = span_ms / slide_ms;
    if MAX_TILES < tiles {
        return Err(WindowError::TooManySlides { tiles, slide: length_text(usual_slide(span_ms)) });
    }
    Ok(Window::Sliding { span_ms, slide_ms })
}

/// The slide of a window that says none: about a tenth of it.
fn usual_slide(span_ms: u64) -> u64 {
    let divides = |parts: &u64| span_ms.is_multiple_of(*parts) && MIN_TILE_MS <= span_ms / parts;
    span_ms / [10, 12, 8, 6, 5, 4, 3, 2].into_iter().find(divides).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Window::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn windows_are_read_as_they_are_written() {
        for text in [
            "5m/30s",
            "1h/5m",
            "30d/1d",
            "tumbling 1d",
            "tumbling 1d Europe/Berlin",
            "tumbling 1h +05:30",
            "half-life 7d",
            "last 20",
            "visit",
            "ever",
            "10s/1s",
            "tumbling 7d +08:00",
        ] {
            assert_eq!(Window::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Window::parse("5m").unwrap().to_string(), "5m/30s");
        assert_eq!(Window::parse("90m / 15m").unwrap().to_string(), "90m/15m");
        assert_eq!(
            Window::parse("tumbling 1d Asia/Shanghai").unwrap().to_string(),
            "tumbling 1d +08:00"
        );
        assert_eq!(Window::parse("1s").unwrap().to_string(), "1s/1s");
    }

    #[test]
    fn windows_that_cannot_be_say_what_was_expected() {
        assert!(refusal("0s").contains("no length holds nothing"));
        assert_eq!(refusal("30s/5m"), "the slide 5m is longer than the window 30s");
        assert!(refusal("5m/40s").contains("the slide 40s does not divide the window 5m"));
        assert!(
            refusal("1h/1s")
                .contains("3600 slides in the window, and 250 are the most: a slide of 6m")
        );
        assert!(refusal("400d").contains("\"400d\" is too long"));
        assert!(refusal("5x").contains("\"5x\" is no length of time"));
        assert!(refusal("1m/0s").contains("finer than 1s"));
        assert!(refusal("500ms").contains("finer than 1s"));
        assert!(refusal("yesterday").contains("is no window: expected"));
        assert!(refusal("").contains("is no window"));
        assert!(refusal("tumbling 7h").contains("does not divide a day"));
        assert!(refusal("tumbling 1d Berlin").contains("Europe/Berlin"));
        assert!(refusal("tumbling 1h Europe/Berlin").contains("summer time"));
        assert!(refusal("last 0").contains("1 to 100"));
        assert!(refusal("half-life 0s").contains("no length"));
        assert!(refusal("1e30d").contains("no length of time"));
    }
}
