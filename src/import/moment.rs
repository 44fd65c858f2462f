//! Times in files: read far enough to put rows in order; the node reads them for good.

use serde_json::{Number, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Numbers from here on are milliseconds: as seconds they would lie beyond the year 5000.
const FIRST_MILLIS: f64 = 1e11;

/// A cell's time as the node takes it: numbers as numbers, `YYYY-MM-DD HH:MM:SS UTC` as RFC 3339.
pub(super) fn cell(text: &str) -> Value {
    let text = text.trim();
    if let Ok(whole) = text.parse::<i64>() {
        return Value::from(whole);
    }
    if let Some(number) = text.parse::<f64>().ok().and_then(Number::from_f64) {
        return Value::Number(number);
    }
    match text.strip_suffix(" UTC") {
        Some(plain) => Value::from(format!("{}Z", plain.replacen(' ', "T", 1))),
        None => Value::from(text),
    }
}

/// The instant in milliseconds, `None` where it cannot be told.
pub(super) fn millis(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => {
            let number = number.as_f64()?;
            let millis = if number < FIRST_MILLIS { number * 1_000.0 } else { number };
            Some(millis as i64)
        }
        Value::String(text) => {
            let parsed = OffsetDateTime::parse(text, &Rfc3339).ok();
            parsed.map(|moment| (moment.unix_timestamp_nanos() / 1_000_000) as i64).or_else(|| {
                text.parse::<f64>().ok().and_then(|n| millis(&Number::from_f64(n)?.into()))
            })
        }
        _ => None,
    }
}

/// A day and time for people, from milliseconds.
#[must_use]
pub fn readable(at_ms: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(1_000));
    let text = moment.ok().and_then(|moment| moment.format(&Rfc3339).ok());
    text.map_or_else(|| format!("{at_ms} ms"), |text| text.replace('T', " ").replace('Z', ""))
}
