//! Event time cut into numbered tiles, and the time zones by whose days it can be cut.
//!
//! The rules of named zones stand here and are not read from the system: what a day is must be the same on every
//! machine, and an update of the system must not change what a replay gives.
//!
//! **Invariant:** a later instant is never in an earlier tile.

use bincode::{Decode, Encode};

use crate::Timestamp;

/// A day in milliseconds.
pub const DAY_MS: u64 = 24 * 3_600_000;

const HOUR_MS: i64 = 3_600_000;

/// The end of the year 9999, past which clocks are no longer changed.
const LAST_MS: u64 = 253_402_300_800_000;

/// How event time is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Grid {
    /// Width of a tile in milliseconds.
    pub width_ms: u64,
    /// By whose clock.
    pub zone: Zone,
}

/// A time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Zone {
    /// Minutes ahead of UTC in winter.
    pub minutes: i16,
    /// When clocks are an hour ahead of that.
    pub summer: Summer,
}

/// When clocks are put forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Summer {
    /// Never.
    None,
    /// From the last Sunday of March to that of October, at 1:00 UTC.
    Europe,
    /// From the second Sunday of March to the first of November, at 2:00 local time.
    America,
}

/// Zones by name: minutes ahead of UTC in winter, and summer time.
const NAMED: [(&str, i16, Summer); 27] = [
    ("UTC", 0, Summer::None),
    ("Africa/Cairo", 120, Summer::None),
    ("Africa/Johannesburg", 120, Summer::None),
    ("Africa/Lagos", 60, Summer::None),
    ("America/Bogota", -300, Summer::None),
    ("America/Chicago", -360, Summer::America),
    ("America/Denver", -420, Summer::America),
    ("America/Los_Angeles", -480, Summer::America),
    ("America/Mexico_City", -360, Summer::None),
    ("America/New_York", -300, Summer::America),
    ("America/Sao_Paulo", -180, Summer::None),
    ("Asia/Bangkok", 420, Summer::None),
    ("Asia/Dubai", 240, Summer::None),
    ("Asia/Hong_Kong", 480, Summer::None),
    ("Asia/Jakarta", 420, Summer::None),
    ("Asia/Kolkata", 330, Summer::None),
    ("Asia/Seoul", 540, Summer::None),
    ("Asia/Shanghai", 480, Summer::None),
    ("Asia/Singapore", 480, Summer::None),
    ("Asia/Tokyo", 540, Summer::None),
    ("Australia/Brisbane", 600, Summer::None),
    ("Europe/Berlin", 60, Summer::Europe),
    ("Europe/Istanbul", 180, Summer::None),
    ("Europe/London", 0, Summer::Europe),
    ("Europe/Madrid", 60, Summer::Europe),
    ("Europe/Moscow", 180, Summer::None),
    ("Europe/Paris", 60, Summer::Europe),
];

impl Grid {
    /// Tiles of `width_ms` by UTC.
    #[must_use]
    pub const fn even(width_ms: u64) -> Self {
        Self { width_ms, zone: Zone::UTC }
    }

    /// The tile that `at` lies in; time past what 32 bits can number stands still.
    #[inline]
    #[must_use]
    pub fn tile(&self, at: Timestamp) -> u32 {
        let mut local = at.as_millis();
        if self.zone != Zone::UTC {
            local = local.saturating_add_signed(self.zone.offset_ms(at));
        }
        if self.width_ms.is_multiple_of(7 * DAY_MS) {
            // The epoch was a Thursday; weeks begin on Mondays.
            local = local.saturating_add(3 * DAY_MS);
        }
        u32::try_from(local / self.width_ms.max(1)).unwrap_or(u32::MAX)
    }
}

impl Zone {
    /// Greenwich.
    pub const UTC: Self = Self { minutes: 0, summer: Summer::None };

    /// Reads a name or an offset such as `+05:30`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let named = NAMED.iter().find(|(name, ..)| name.eq_ignore_ascii_case(text));
        if let Some((_, minutes, summer)) = named {
            return Some(Self { minutes: *minutes, summer: *summer });
        }
        let (sign, rest) = match text.split_at_checked(1)? {
            ("+", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return None,
        };
        let (hours, minutes) = rest.split_once(':')?;
        let two_digits =
            |text: &str| text.parse::<i16>().ok().filter(|_| text.len() == 2 && text.is_ascii());
        let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
        let sound = (0..=14).contains(&hours) && (0..60).contains(&minutes);
        sound.then_some(Self { minutes: sign * (hours * 60 + minutes), summer: Summer::None })
    }

    /// The names that are known.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(name, ..)| *name)
    }

    /// How far local time is ahead of UTC at `at`.
    #[must_use]
    pub fn offset_ms(self, at: Timestamp) -> i64 {
        let winter = i64::from(self.minutes) * 60_000;
        winter + if self.is_summer(at, winter) { HOUR_MS } else { 0 }
    }

    fn is_summer(self, at: Timestamp, winter: i64) -> bool {
        let now = at.as_millis().min(LAST_MS).cast_signed();
        let year = year_of(now.div_euclid(DAY_MS.cast_signed()));
        let (start, end) = match self.summer {
            Summer::None => return false,
            Summer::Europe => {
                let at_one = |month| sunday(year, month, Sunday::Last) + HOUR_MS;
                (at_one(3), at_one(10))
            }
            Summer::America => {
                let start = sunday(year, 3, Sunday::Second) + 2 * HOUR_MS - winter;
                (start, sunday(year, 11, Sunday::First) + HOUR_MS - winter)
            }
        };
        (start..end).contains(&now)
    }
}

#[derive(Clone, Copy)]
enum Sunday {
    First,
    Second,
    Last,
}

/// Midnight, UTC, of a Sunday, in milliseconds since the epoch.
fn sunday(year: i64, month: i64, which: Sunday) -> i64 {
    // Days 1, 8 and 25 (of 31-day months) are the earliest that the Sunday can be.
    let earliest = match which {
        Sunday::First => 1,
        Sunday::Second => 8,
        Sunday::Last => 25,
    };
    let day = days_from_civil(year, month, earliest);
    // The epoch was a Thursday, four days behind a Sunday.
    let weekday = (day + 4).rem_euclid(7);
    (day + (7 - weekday) % 7) * DAY_MS.cast_signed()
}

/// Days since the epoch of a date (Hinnant, "chrono-compatible low-level date algorithms", 2013).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn year_of(day: i64) -> i64 {
    let guess = 1970 + day.div_euclid(366);
    // At most one day a year off, so the year is among the next few.
    let years_off = (day.abs() / 366) / 365 + 2;
    (guess..=guess + years_off)
        .rev()
        .find(|year| days_from_civil(*year, 1, 1) <= day)
        .unwrap_or(guess)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: (i64, i64, i64), ms: i64) -> Timestamp {
        let day = days_from_civil(text.0, text.1, text.2);
        Timestamp::from_millis((day * DAY_MS.cast_signed() + ms).cast_unsigned())
    }

    fn hours(name: &str, at: Timestamp) -> i64 {
        Zone::parse(name).unwrap().offset_ms(at) / HOUR_MS
    }

    #[test]
    fn clocks_change_when_the_rules_say() {
        // 2026: Europe on 29 March and 25 October, America on 8 March and 1 November.
        assert_eq!(hours("Europe/Berlin", at((2026, 3, 29), HOUR_MS - 1)), 1);
        assert_eq!(hours("Europe/Berlin", at((2026, 3, 29), HOUR_MS)), 2);
        assert_eq!(hours("Europe/London", at((2026, 10, 25), HOUR_MS - 1)), 1);
        assert_eq!(hours("Europe/London", at((2026, 10, 25), HOUR_MS)), 0);
        assert_eq!(hours("America/New_York", at((2026, 3, 8), 7 * HOUR_MS - 1)), -5);
        assert_eq!(hours("America/New_York", at((2026, 3, 8), 7 * HOUR_MS)), -4);
        assert_eq!(hours("America/New_York", at((2026, 11, 1), 6 * HOUR_MS - 1)), -4);
        assert_eq!(hours("America/New_York", at((2026, 11, 1), 6 * HOUR_MS)), -5);
        assert_eq!(hours("Asia/Shanghai", at((2026, 7, 1), 0)), 8);
    }

    #[test]
    fn years_are_found_at_their_borders() {
        for year in 1970..2400 {
            assert_eq!(year_of(days_from_civil(year, 1, 1)), year);
            assert_eq!(year_of(days_from_civil(year, 12, 31)), year);
        }
    }

    #[test]
    fn offsets_are_read_and_nonsense_is_not() {
        assert_eq!(Zone::parse("+05:30").unwrap().minutes, 330);
        assert_eq!(Zone::parse("-08:00").unwrap().minutes, -480);
        for text in ["", "+", "5", "+5:30", "+05:60", "+15:00", "Berlin", "+0é:00"] {
            assert_eq!(Zone::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_begins_at_local_midnight_and_a_week_on_monday() {
        let day = Grid { width_ms: DAY_MS, zone: Zone::parse("Asia/Shanghai").unwrap() };
        let midnight = at((2026, 5, 5), 16 * HOUR_MS);
        assert_eq!(day.tile(midnight), day.tile(midnight.minus_millis(1)) + 1);
        let week = Grid { width_ms: 7 * DAY_MS, zone: Zone::UTC };
        let monday = at((2026, 11, 23), 0);
        assert_eq!(week.tile(monday), week.tile(monday.minus_millis(1)) + 1);
    }

    #[test]
    fn tiles_never_go_back_over_a_year_of_days() {
        let grid = Grid { width_ms: DAY_MS, zone: Zone::parse("America/New_York").unwrap() };
        let mut before = 0;
        for hour in 0..2 * 366 * 24 {
            let tile = grid.tile(at((2026, 1, 1), hour * HOUR_MS / 2));
            assert!(before <= tile);
            before = tile;
        }
    }
}
