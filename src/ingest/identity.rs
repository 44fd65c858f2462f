//! What makes two arrivals the same event.
//!
//! In this order: the `event_id` that was given; the `Idempotency-Key` of the body and the entry's place
//! in it; every field that the sender wrote and the ordinal among equal entries of one body, where the
//! event has a time of its own. With none of these an event has no identity and counts each time.
//!
//! **Invariant:** the same body gives the same identities, whatever the order of fields and the white
//! space; ten equal entries of one body give ten.
//!
//! `sent_at` is left out of a derived identity: it says when a body was sent and changes when a client
//! sends the same event again.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hasher;

use engine::NodeKey;
use engine::record::Identity;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use siphasher::sip::SipHasher13;

use super::fault::{Fault, Flaw};
use super::object::{Object, Text};
use super::pointer;

/// Fields that say how an event travelled, not what it is.
const TRAVEL: [&str; 2] = ["sent_at", "sentAt"];

/// Identity of an event with a given id, inside `scope`: two sources may use one id for two events.
#[must_use]
pub fn given(key: &NodeKey, scope: &str, id: &str) -> Identity {
    Identity::Id(key.hash(&[b"event-id", scope.as_bytes(), id.as_bytes()]))
}

/// Identity of the `ordinal`th entry of a body with an `Idempotency-Key`.
#[must_use]
pub fn keyed(key: &NodeKey, idempotency_key: &str, ordinal: usize) -> Identity {
    let ordinal = (ordinal as u64).to_le_bytes();
    Identity::Id(key.hash(&[b"idempotency-key", idempotency_key.as_bytes(), &ordinal]))
}

/// Identity of the `ordinal`th item that an event names.
#[must_use]
pub fn of_item(key: &NodeKey, event: Identity, ordinal: usize) -> Identity {
    match event {
        Identity::Id(id) => {
            let ordinal = (ordinal as u64).to_le_bytes();
            Identity::Id(key.hash(&[b"item", &id.to_le_bytes(), &ordinal]))
        }
        Identity::Source { source, position } => {
            Identity::Source { source, position: position + ordinal as u64 }
        }
        Identity::None => Identity::None,
    }
}

/// Bits of a source position that number the items of one row; the most events of a body that the
/// configuration allows are fewer.
const ITEM_BITS: u32 = 20;
/// The greatest row of a source.
pub const LAST_ROW: u64 = (1 << (63 - ITEM_BITS)) - 1;

/// Hash of a source's name and digest: which source a row belongs to.
#[must_use]
pub fn source(key: &NodeKey, name: &str, digest: &str) -> u64 {
    key.hash(&[b"source", name.as_bytes(), digest.as_bytes()])
}

/// Identity of the first event of row `row`, from 1, of `source`.
#[must_use]
pub fn of_row(source: u64, row: u64) -> Identity {
    Identity::Source { source, position: row << ITEM_BITS }
}

/// Counts equal entries of one body, so that each has an identity of its own.
#[derive(Debug, Default)]
pub struct Ordinals {
    seen: HashMap<u64, u64>,
}

impl Ordinals {
    /// Identity of an event whose fields hash to `fields`, the next of its kind in this body.
    pub fn derived(&mut self, key: &NodeKey, fields: u64) -> Identity {
        let next = self.seen.entry(fields).or_default();
        let ordinal = *next;
        *next += 1;
        Identity::Id(key.hash(&[b"derived", &fields.to_le_bytes(), &ordinal.to_le_bytes()]))
    }
}

/// Keyed hash of every member of `object`, in whatever order they stand.
///
/// # Errors
/// A flaw below `base` where a value holds a number that no float holds or a broken escape.
pub fn fields_hash(key: &NodeKey, object: &Object<'_>, base: &str) -> Result<u64, Flaw> {
    let mut hashes = Vec::with_capacity(object.members.len());
    for (name, raw) in &object.members {
        if !TRAVEL.contains(&&**name) {
            let value =
                value_hash(key, raw).map_err(|fault| fault.at(pointer::join(base, name)))?;
            hashes.push((hash_str(key, name), value));
        }
    }
    Ok(combine(key, &mut hashes))
}

/// Keyed hash of what an envelope says of its events; `None` where that is nothing but its sending.
///
/// # Errors
/// As [`fields_hash`].
pub fn envelope_hash(key: &NodeKey, envelope: &Object<'_>) -> Result<Option<u64>, Flaw> {
    if envelope.members.iter().all(|(name, _)| TRAVEL.contains(&&**name)) {
        return Ok(None);
    }
    fields_hash(key, envelope, "").map(Some)
}

/// Hash of an event's fields and, where it has one, of its envelope.
#[must_use]
pub fn enclosed(key: &NodeKey, event: u64, envelope: Option<u64>) -> u64 {
    match envelope {
        None => event,
        Some(envelope) => key.hash(&[b"enclosed", &event.to_le_bytes(), &envelope.to_le_bytes()]),
    }
}

/// Keyed hash of the JSON value `raw`.
///
/// # Errors
/// [`Fault`] where it holds a number that no float holds or a broken escape.
pub fn value_hash(key: &NodeKey, raw: &str) -> Result<u64, Fault> {
    let plain = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    if let Some(text) = plain.filter(|text| !text.contains('\\')) {
        return Ok(hash_str(key, text));
    }
    let mut json = serde_json::Deserializer::from_str(raw);
    HashValue(key).deserialize(&mut json).map_err(|error| {
        let what = error.to_string();
        if what.contains("out of range") {
            Fault::NotFinite { token: super::fault::shorten(raw) }
        } else {
            Fault::InvalidJson { what, offset: 0 }
        }
    })
}

fn hash_str(key: &NodeKey, text: &str) -> u64 {
    tagged(key, b's', text.as_bytes())
}

fn tagged(key: &NodeKey, tag: u8, bytes: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new_with_key(&key.0);
    hasher.write_u8(tag);
    hasher.write(bytes);
    hasher.finish()
}

/// Hash of an object from the hashes of its members.
fn combine(key: &NodeKey, members: &mut [(u64, u64)]) -> u64 {
    members.sort_unstable();
    let mut hasher = SipHasher13::new_with_key(&key.0);
    hasher.write_u8(b'o');
    for (name, value) in members {
        hasher.write_u64(*name);
        hasher.write_u64(*value);
    }
    hasher.finish()
}

/// Hashes one value while it is read, without building it.
#[derive(Clone, Copy)]
struct HashValue<'k>(&'k NodeKey);

impl<'de> DeserializeSeed<'de> for HashValue<'_> {
    type Value = u64;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<u64, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for HashValue<'_> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<u64, E> {
        Ok(tagged(self.0, b'b', &[u8::from(value)]))
    }
    fn visit_i64<E>(self, value: i64) -> Result<u64, E> {
        Ok(tagged(self.0, b'i', &value.to_le_bytes()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<u64, E> {
        Ok(tagged(self.0, b'u', &value.to_le_bytes()))
    }
    fn visit_f64<E>(self, value: f64) -> Result<u64, E> {
        Ok(tagged(self.0, b'f', &value.to_le_bytes()))
    }
    fn visit_str<E>(self, value: &str) -> Result<u64, E> {
        Ok(hash_str(self.0, value))
    }
    fn visit_unit<E>(self) -> Result<u64, E> {
        Ok(tagged(self.0, b'n', &[]))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<u64, A::Error> {
        let mut hasher = SipHasher13::new_with_key(&self.0.0);
        hasher.write_u8(b'a');
        while let Some(value) = seq.next_element_seed(self)? {
            hasher.write_u64(value);
        }
        Ok(hasher.finish())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u64, A::Error> {
        let mut members = Vec::new();
        while let Some(Text(name)) = map.next_key()? {
            members.push((hash_str(self.0, &name), map.next_value_seed(self)?));
        }
        Ok(combine(self.0, &mut members))
    }
}

#[cfg(test)]
mod tests;
