//! JSON values in which a member that stands twice is noticed: the usual parser keeps the last silently.
//!
//! Not here: events, which are read member by member without building values (see `ingest`).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::ingest::pointer;

/// Members standing twice that are named; one is enough to refuse a value.
const NAMED: usize = 100;

/// Reads `bytes` as one value, and the RFC 6901 pointers of the members that stand twice in it.
///
/// # Errors
/// Where they are not JSON.
pub fn read(bytes: &[u8]) -> serde_json::Result<(Value, Vec<String>)> {
    let mut twice = Vec::new();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = Reading { twice: &mut twice }.deserialize(&mut json)?;
    json.end()?;
    Ok((value, twice))
}

/// Reads one value and notes the pointers below it.
struct Reading<'t> {
    twice: &'t mut Vec<String>,
}

impl Reading<'_> {
    /// Puts `step` in front of the pointers that were noted behind the first `known`.
    fn lead(&mut self, known: usize, step: &str) {
        for below in &mut self.twice[known..] {
            below.insert_str(0, &pointer::join("", step));
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        let number = Number::from_f64(number).ok_or_else(|| E::custom("number out of range"))?;
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        loop {
            let known = self.twice.len();
            let entry = list.next_element_seed(Reading { twice: &mut *self.twice })?;
            let Some(entry) = entry else { return Ok(Value::Array(entries)) };
            self.lead(known, &entries.len().to_string());
            entries.push(entry);
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let known = self.twice.len();
            let value = map.next_value_seed(Reading { twice: &mut *self.twice })?;
            self.lead(known, &name);
            if members.contains_key(&name) && self.twice.len() < NAMED {
                self.twice.push(pointer::join("", &name));
            }
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests;
