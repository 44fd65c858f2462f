//! Reads the members of a JSON object one by one and notes everything that is wrong, not only the first.
//!
//! **Invariant:** a member that is not read by name is an error that names the nearest known one;
//! nothing that a caller sends is ignored. `null` counts as absent.
//!
//! Not here: which members there are; each resource knows its own.

use std::ops::RangeInclusive;

use engine::Timestamp;
use serde_json::{Map, Value};

use super::error::FieldError;
use super::times;

/// The most bytes of an id.
pub const ID_BYTES: usize = 256;

/// One object under examination.
#[derive(Debug)]
pub struct Fields<'v> {
    pointer: String,
    object: &'v Map<String, Value>,
    errors: Vec<FieldError>,
}

impl<'v> Fields<'v> {
    /// Opens the object `value` at `pointer`, of which only the members `known` are understood.
    ///
    /// # Errors
    /// Where `value` is no object.
    pub fn open(
        value: &'v Value,
        pointer: impl Into<String>,
        known: &[&str],
    ) -> Result<Self, Vec<FieldError>> {
        let pointer = pointer.into();
        let Value::Object(object) = value else {
            return Err(vec![wrong_type(pointer, "an object", value)]);
        };
        let unknown = object.keys().filter(|name| !known.contains(&name.as_str()));
        let errors = unknown.map(|name| unknown_field(&pointer, name, known)).collect();
        Ok(Self { pointer, object, errors })
    }

    /// Pointer of the member called `name`.
    #[must_use]
    pub fn at(&self, name: &str) -> String {
        join(&self.pointer, name)
    }

    /// Notes that the member called `name` is wrong.
    pub fn refuse(&mut self, name: &str, code: &'static str, detail: impl Into<String>) {
        let pointer = self.at(name);
        self.errors.push(FieldError::new(pointer, code, detail));
    }

    /// Notes errors found elsewhere.
    pub fn note(&mut self, errors: Vec<FieldError>) {
        self.errors.extend(errors);
    }

    /// Takes the value of a nested reading, or notes its errors.
    pub fn absorb<T>(&mut self, nested: Result<T, Vec<FieldError>>) -> Option<T> {
        nested.map_err(|errors| self.note(errors)).ok()
    }

    /// The member as it is.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&'v Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// A text of at most `limit` bytes.
    pub fn text(&mut self, name: &str, limit: usize) -> Option<&'v str> {
        let value = self.value(name)?;
        let Some(text) = value.as_str() else { return self.mistyped(name, "a text", value) };
        if limit < text.len() {
            let detail = format!("must have at most {limit} bytes, not {}", text.len());
            self.refuse(name, "too_long", detail);
            return None;
        }
        Some(text)
    }

    /// An id.
    pub fn id(&mut self, name: &str) -> Option<&'v str> {
        let value = self.value(name)?;
        let Some(text) = value.as_str() else { return self.mistyped(name, "a text", value) };
        let pointer = self.at(name);
        self.absorb(check_id(text, pointer)).map(|()| text)
    }

    /// True or false.
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        let value = self.value(name)?;
        value.as_bool().or_else(|| self.mistyped(name, "true or false", value))
    }

    /// A whole number of `range`.
    pub fn whole(&mut self, name: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = self.value(name)?;
        if !value.is_number() {
            return self.mistyped(name, "a whole number", value);
        }
        let number = value.as_u64().filter(|number| range.contains(number));
        if number.is_none() {
            let (least, most) = (range.start(), range.end());
            let detail = format!("must be a whole number from {least} to {most}, not {value}");
            self.refuse(name, "out_of_range", detail);
        }
        number
    }

    /// A number, not below 0, that a 32-bit float holds.
    pub fn amount(&mut self, name: &str) -> Option<f32> {
        let value = self.value(name)?;
        let Some(number) = value.as_f64() else { return self.mistyped(name, "a number", value) };
        let number = number as f32;
        if number.is_finite() && 0.0 <= number {
            return Some(number);
        }
        self.refuse(name, "out_of_range", format!("must be a number not below 0, not {value}"));
        None
    }

    /// An instant.
    pub fn time(&mut self, name: &str) -> Option<Timestamp> {
        let value = self.value(name)?;
        match times::read(value) {
            Ok(at) => Some(at),
            Err(fault) => {
                self.refuse(name, fault.code(), fault.to_string());
                None
            }
        }
    }

    /// Texts of 1 to 256 bytes, at most `most` of them.
    pub fn ids(&mut self, name: &str, most: usize) -> Option<Vec<&'v str>> {
        let value = self.value(name)?;
        let Some(list) = value.as_array() else {
            return self.mistyped(name, "a list of texts", value);
        };
        if most < list.len() {
            let detail = format!("must have at most {most} entries, not {}", list.len());
            self.refuse(name, "too_many_entries", detail);
            return None;
        }
        let pointer = self.at(name);
        let (mut ids, mut errors) = (Vec::with_capacity(list.len()), Vec::new());
        for (place, entry) in list.iter().enumerate() {
            let pointer = join(&pointer, &place.to_string());
            match entry.as_str() {
                None => errors.push(wrong_type(pointer, "a text", entry)),
                Some(text) => match check_id(text, pointer) {
                    Ok(()) => ids.push(text),
                    Err(found) => errors.extend(found),
                },
            }
        }
        let sound = errors.is_empty();
        self.note(errors);
        sound.then_some(ids)
    }

    /// One of the words of `known`, by its place in them.
    pub fn word(&mut self, name: &str, known: &[&str]) -> Option<usize> {
        let text = self.text(name, ID_BYTES)?;
        let place = known.iter().position(|word| *word == text);
        if place.is_none() {
            self.refuse(name, "unknown_value", unknown_word(text, known));
        }
        place
    }

    /// A member that must be there.
    pub fn need<T>(&mut self, name: &str, read: Option<T>) -> Option<T> {
        if read.is_none() && self.value(name).is_none() {
            self.refuse(name, "missing_field", format!("`{name}` is missing"));
        }
        read
    }

    /// Whether all was well.
    ///
    /// # Errors
    /// Everything that was wrong.
    pub fn finish(self) -> Result<(), Vec<FieldError>> {
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }

    fn mistyped<T>(&mut self, name: &str, expected: &str, found: &Value) -> Option<T> {
        let error = wrong_type(self.at(name), expected, found);
        self.errors.push(error);
        None
    }
}

/// Checks that `text` is an id: 1 to 256 bytes.
///
/// # Errors
/// Where it is not.
pub fn check_id(text: &str, pointer: String) -> Result<(), Vec<FieldError>> {
    if (1..=ID_BYTES).contains(&text.len()) {
        return Ok(());
    }
    let detail = format!("must have 1 to {ID_BYTES} bytes, not {}", text.len());
    Err(vec![FieldError::new(pointer, "invalid_id", detail)])
}

/// `pointer` and the member called `name` below it, RFC 6901.
#[must_use]
pub fn join(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", shorten(name).replace('~', "~0").replace('/', "~1"))
}

/// Says that `value` should be `expected`.
#[must_use]
pub fn wrong_type(pointer: String, expected: &str, value: &Value) -> FieldError {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    FieldError::new(pointer, "wrong_type", format!("must be {expected}, not {found}"))
}

/// Says that no member is called `name`, and which known one comes near.
#[must_use]
pub fn unknown_field(pointer: &str, name: &str, known: &[&str]) -> FieldError {
    let hint = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "nothing may be given here".to_owned(),
        None => format!("known are {}", known.join(", ")),
    };
    let detail = format!("`{}` is not known here; {hint}", shorten(name));
    FieldError::new(join(pointer, name), "unknown_field", detail)
}

/// Says that `word` is none of `known`, and which of them comes near.
#[must_use]
pub fn unknown_word(word: &str, known: &[&str]) -> String {
    let hint = match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known are {}", known.join(", ")),
    };
    format!("`{}` is not known here; {hint}", shorten(word))
}

/// The one of `known` that reads most like `name`, if any comes near.
#[must_use]
pub fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    const NEAR: f64 = 0.75;
    let name = shorten(name);
    let rated = known.iter().map(|known| (strsim::jaro_winkler(&name, known), *known));
    rated
        .filter(|(likeness, _)| NEAR <= *likeness)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// `text` cut to a length that an answer can repeat.
#[must_use]
pub fn shorten(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
