//! The fields an event can have, each filled at most once, whatever the sender's dialect calls it.
//!
//! A dialect puts the text of its fields into slots; checking reads the slots and knows no dialect.
//! A field keeps the name under which it was sent, so that an error points at what the sender wrote.
//!
//! **Invariant:** a slot is filled once: two names of one thing are refused, `null` counts as absent.

use std::borrow::Cow;

use super::fault::{Fault, Flaw, shorten};
use super::limits;
use super::object::{Text, kind_of};
use super::pointer;

/// What a field says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Id that makes a resent event the same.
    EventId,
    /// Type, by name or alias.
    Type,
    /// Who.
    User,
    /// Behaviour session.
    Session,
    /// On which item.
    Item,
    /// On which items.
    Items,
    /// Event time by the sender's clock.
    Time,
    /// When the sender sent it, by the same clock.
    SentAt,
    /// The served list that it answers.
    Recommendation,
    /// Place in that list.
    Position,
    /// Rating or amount.
    Value,
    /// Price of one.
    Price,
    /// How many.
    Quantity,
    /// Currency of price and value.
    Currency,
    /// Share of a video that was watched.
    Portion,
    /// Milliseconds for which it was looked at.
    Dwell,
    /// Live room.
    Room,
    /// The sender's own fields.
    Properties,
    /// Row of an import's source.
    SourcePosition,
}

const SLOTS: usize = Slot::SourcePosition as usize + 1;

/// Names of a native event's fields; an alias stands behind the name it means.
pub const NATIVE: [(&str, Slot); 20] = [
    ("type", Slot::Type),
    ("event", Slot::Type),
    ("user_id", Slot::User),
    ("item_id", Slot::Item),
    ("timestamp", Slot::Time),
    ("ts", Slot::Time),
    ("session_id", Slot::Session),
    ("event_id", Slot::EventId),
    ("items", Slot::Items),
    ("sent_at", Slot::SentAt),
    ("recommendation_id", Slot::Recommendation),
    ("position", Slot::Position),
    ("value", Slot::Value),
    ("price", Slot::Price),
    ("quantity", Slot::Quantity),
    ("currency", Slot::Currency),
    ("portion", Slot::Portion),
    ("dwell_ms", Slot::Dwell),
    ("room_id", Slot::Room),
    ("properties", Slot::Properties),
];

/// The field that a row of an import has besides.
pub const SOURCE_POSITION: &str = "source_position";

/// The slot of a native field called `name`, with the name as kept in this program.
#[must_use]
pub fn native_slot(name: &str) -> Option<(&'static str, Slot)> {
    NATIVE.iter().find(|(known, _)| *known == name).copied()
}

/// One field as sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Pointer of the object it stands in; empty for the entry itself.
    pub base: &'static str,
    /// Name under which it was sent.
    pub name: &'static str,
    /// JSON text of its value.
    pub raw: &'a str,
}

impl<'a> Field<'a> {
    /// Where it stands.
    #[must_use]
    pub fn pointer(&self) -> String {
        pointer::join(self.base, self.name)
    }

    /// `fault` at this field.
    #[must_use]
    pub fn flaw(&self, fault: Fault) -> Flaw {
        fault.at(self.pointer())
    }

    /// Its value as an id of 1 to 256 bytes.
    ///
    /// # Errors
    /// A flaw where it is no string or has another length.
    pub fn id(&self) -> Result<Cow<'a, str>, Flaw> {
        id(self.raw).map_err(|fault| self.flaw(fault))
    }

    /// Its value as text of any length.
    ///
    /// # Errors
    /// A flaw where it is no string.
    pub fn text(&self) -> Result<Cow<'a, str>, Flaw> {
        text(self.raw).map_err(|fault| self.flaw(fault))
    }

    /// Its value as a number from `lowest` up that a float holds.
    ///
    /// # Errors
    /// A flaw where it is none.
    pub fn float(&self, range: FloatRange) -> Result<f32, Flaw> {
        float(self.raw, range).map_err(|fault| self.flaw(fault))
    }

    /// Its value as a whole number of a range.
    ///
    /// # Errors
    /// A flaw where it is none.
    pub fn whole(&self, range: WholeRange) -> Result<u64, Flaw> {
        whole(self.raw, range).map_err(|fault| self.flaw(fault))
    }
}

/// The numbers a field may hold.
#[derive(Clone, Copy, Debug)]
pub struct FloatRange {
    /// Least one.
    pub least: f32,
    /// Greatest one.
    pub most: f32,
    /// The range in words.
    pub words: &'static str,
}

/// The whole numbers a field may hold.
#[derive(Clone, Copy, Debug)]
pub struct WholeRange {
    /// Least one.
    pub least: u64,
    /// Greatest one.
    pub most: u64,
    /// The range in words.
    pub words: &'static str,
}

/// Places in a list.
pub const POSITIONS: WholeRange =
    WholeRange { least: 1, most: 65_535, words: "a place in the list, from 1 to 65535" };
/// Prices.
pub const PRICES: FloatRange =
    FloatRange { least: 0.0, most: f32::MAX, words: "a price from 0 up" };
/// Numbers of pieces.
pub const QUANTITIES: FloatRange =
    FloatRange { least: 0.0, most: f32::MAX, words: "a quantity from 0 up" };

/// The text of the JSON string `raw`.
///
/// # Errors
/// [`Fault::WrongType`] for anything else.
pub fn text(raw: &str) -> Result<Cow<'_, str>, Fault> {
    match raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        None => Err(Fault::WrongType { expected: "a string", found: kind_of(raw) }),
        Some(inside) if !inside.contains('\\') => Ok(Cow::Borrowed(inside)),
        Some(_) => serde_json::from_str::<Text<'_>>(raw)
            .map(|Text(text)| text)
            .map_err(|error| Fault::InvalidJson { what: error.to_string(), offset: 0 }),
    }
}

/// The id that the JSON string `raw` is.
///
/// # Errors
/// [`Fault::WrongType`], or [`Fault::IdLength`] where it has not 1 to 256 bytes.
pub fn id(raw: &str) -> Result<Cow<'_, str>, Fault> {
    let id = text(raw)?;
    match id.len() {
        1..=limits::ID_BYTES => Ok(id),
        found => Err(Fault::IdLength { found }),
    }
}

/// Checks that `raw` is an array.
///
/// # Errors
/// [`Fault::WrongType`] for anything else.
pub fn kind_of_array(raw: &str) -> Result<(), Fault> {
    match kind_of(raw) {
        "an array" => Ok(()),
        found => Err(Fault::WrongType { expected: "an array", found }),
    }
}

/// The number that `raw` is.
///
/// # Errors
/// [`Fault`] where it is none, or none of the range.
pub fn float(raw: &str, range: FloatRange) -> Result<f32, Fault> {
    let number = any_number(raw, "a number")?;
    let found = number as f32;
    if !found.is_finite() {
        return Err(Fault::NotFinite { token: shorten(raw) });
    }
    if found < range.least || range.most < found {
        return Err(Fault::OutOfRange { expected: range.words, found: shorten(raw) });
    }
    Ok(found)
}

/// The whole number that `raw` is; `3.0` is one.
///
/// # Errors
/// [`Fault`] where it is none, or none of the range.
pub fn whole(raw: &str, range: WholeRange) -> Result<u64, Fault> {
    let outside = || Fault::OutOfRange { expected: range.words, found: shorten(raw) };
    let number = match raw.parse::<u64>() {
        Ok(number) => number,
        Err(_) => match any_number(raw, "a whole number")? {
            number if number.fract() == 0.0 && (0.0..9e15).contains(&number) => number as u64,
            _ => return Err(outside()),
        },
    };
    if (range.least..=range.most).contains(&number) { Ok(number) } else { Err(outside()) }
}

/// The number that `raw` is, finite or not.
///
/// # Errors
/// [`Fault`] where it is no number; a string that says NaN or Infinity is named as such.
pub fn any_number(raw: &str, expected: &'static str) -> Result<f64, Fault> {
    if kind_of(raw) == "a number" {
        return raw.parse().map_err(|_| Fault::WrongType { expected, found: "no number" });
    }
    let spelled = raw.trim_matches(['"', '+', '-']).to_ascii_lowercase();
    if matches!(spelled.as_str(), "nan" | "inf" | "infinity") {
        return Err(Fault::NotFinite { token: shorten(raw) });
    }
    Err(Fault::WrongType { expected, found: kind_of(raw) })
}

/// The fields of one event, and what its dialect left over.
#[derive(Clone, Debug, Default)]
pub struct Fields<'a> {
    slots: [Option<Field<'a>>; SLOTS],
    /// Name and JSON text of what no slot takes; goes into `properties`.
    pub extras: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Fields<'a> {
    /// Fills `slot`; `null` leaves it empty.
    ///
    /// # Errors
    /// [`Fault::Conflict`] where it is filled already.
    pub fn put(&mut self, slot: Slot, field: Field<'a>) -> Result<(), Flaw> {
        if field.raw == "null" {
            return Ok(());
        }
        match self.slots[slot as usize].replace(field) {
            None => Ok(()),
            Some(before) => {
                Err(field.flaw(Fault::Conflict { name: before.name, other: field.name }))
            }
        }
    }

    /// Fills `slot` where nothing is in it; says whether it did.
    #[must_use]
    pub fn put_if_empty(&mut self, slot: Slot, field: Field<'a>) -> bool {
        let empty = self.slots[slot as usize].is_none() && field.raw != "null";
        if empty {
            self.slots[slot as usize] = Some(field);
        }
        empty
    }

    /// What is in `slot`.
    #[must_use]
    pub fn get(&self, slot: Slot) -> Option<Field<'a>> {
        self.slots[slot as usize]
    }

    /// What is in `slot`, or the flaw that nothing is.
    ///
    /// # Errors
    /// [`Fault::Missing`].
    pub fn need(
        &self,
        slot: Slot,
        name: &'static str,
        hint: &'static str,
    ) -> Result<Field<'a>, Flaw> {
        self.get(slot).ok_or_else(|| Fault::Missing { name, hint }.at(format!("/{name}")))
    }
}
