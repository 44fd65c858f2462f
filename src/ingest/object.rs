//! One JSON object as its members, each value still text: nothing is built that nobody reads.
//!
//! **Invariant:** the text of every member is a syntactically valid JSON value.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::fault::{Fault, Flaw};
use super::pointer;

/// One member: its name, and the JSON text of its value.
pub type Member<'a> = (Cow<'a, str>, &'a str);

/// The members of one object, in the order sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object<'a> {
    /// Name and value text of each.
    pub members: Vec<Member<'a>>,
}

impl<'a> Object<'a> {
    /// Reads the object that `bytes` are.
    ///
    /// # Errors
    /// A flaw below `base` where they are not UTF-8, not JSON, or not an object.
    pub fn parse(bytes: &'a [u8], base: &str) -> Result<Self, Flaw> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let what = "bytes that are not UTF-8".to_owned();
            Fault::InvalidJson { what, offset: error.valid_up_to() }.at(base)
        })?;
        Self::parse_text(text, base)
    }

    /// Reads the object that `text` is.
    ///
    /// # Errors
    /// A flaw below `base` where it is not JSON or not an object.
    pub fn parse_text(text: &'a str, base: &str) -> Result<Self, Flaw> {
        if !text.starts_with('{') {
            return Err(not_an_object(text, base));
        }
        let mut reading = None;
        let mut json = serde_json::Deserializer::from_str(text);
        let read = Members { reading: &mut reading }.deserialize(&mut json);
        match read.and_then(|members| json.end().map(|()| members)) {
            Ok(members) => Ok(Self { members }),
            Err(error) => Err(explain(text, &error, reading.as_deref(), base)),
        }
    }

    /// The value text of the member called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, raw)| *raw)
    }
}

/// What sort of JSON value `raw` is, for an error.
#[must_use]
pub fn kind_of(raw: &str) -> &'static str {
    match raw.as_bytes().first() {
        Some(b'"') => "a string",
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(b'-' | b'0'..=b'9') => "a number",
        _ => "nothing",
    }
}

fn not_an_object(text: &str, base: &str) -> Flaw {
    match serde_json::from_str::<&RawValue>(text) {
        Ok(_) => Fault::WrongType { expected: "an object", found: kind_of(text) }.at(base),
        Err(error) => explain(text, &error, None, base),
    }
}

fn explain(text: &str, error: &serde_json::Error, reading: Option<&str>, base: &str) -> Flaw {
    let place = reading.map_or_else(|| base.to_owned(), |name| pointer::join(base, name));
    if let Some(token) = not_finite(text) {
        return Fault::NotFinite { token: token.to_owned() }.at(place);
    }
    let offset = offset_of(text, error.line(), error.column());
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or_default().to_owned();
    Fault::InvalidJson { what, offset }.at(place)
}

/// The first token outside strings that some writers send for a number and JSON does not have.
fn not_finite(text: &str) -> Option<&'static str> {
    const TOKENS: [&str; 4] = ["-Infinity", "Infinity", "-NaN", "NaN"];
    let (mut inside, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b'-' | b'I' | b'N' if !inside => {
                let rest = text.get(at..).unwrap_or_default();
                let found = TOKENS.into_iter().find(|token| rest.starts_with(token));
                if found.is_some() {
                    return found;
                }
            }
            _ => {}
        }
    }
    None
}

fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    before + column.saturating_sub(1)
}

/// A string that is borrowed from the text where it has no escapes.
pub struct Text<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Borrow;
        impl<'de> Visitor<'de> for Borrow {
            type Value = Cow<'de, str>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        from.deserialize_str(Borrow).map(Self)
    }
}

/// Reads members and leaves the name it stopped at behind for the error.
struct Members<'r> {
    reading: &'r mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = Vec<Member<'de>>;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Vec<Member<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        // Most events have about this many fields; a longer one grows the list.
        let mut members = Vec::with_capacity(12);
        while let Some(Text(name)) = map.next_key()? {
            match map.next_value::<&'de RawValue>() {
                Ok(value) => members.push((name, value.get())),
                Err(error) => {
                    *self.reading = Some(name.into_owned());
                    return Err(error);
                }
            }
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests;
