//! The items of one event: `items`, `products`, or the single item it names.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::dialect::Dialect;
use super::fault::{Fault, Flaw};
use super::field::{
    Field, POSITIONS, PRICES, QUANTITIES, WholeRange, float, id, kind_of_array, whole,
};
use super::names::nearest;
use super::object::Object;
use super::pointer;

/// One item as an event names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Named<'a> {
    /// Its name.
    pub item_id: Cow<'a, str>,
    /// Pointer of the name in the entry.
    pub pointer: String,
    /// Place in the list that was shown.
    pub position: Option<u16>,
    /// Price of one.
    pub price: Option<f32>,
    /// Name and JSON text of what else was said of it.
    pub extras: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// What a member of an item says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Id,
    Position,
    /// A place that starts at 0.
    Index,
    Price,
    Quantity,
}

const NATIVE: [(&str, Part); 4] = [
    ("item_id", Part::Id),
    ("position", Part::Position),
    ("price", Part::Price),
    ("quantity", Part::Quantity),
];
const SEGMENT: [(&str, Part); 6] = [
    ("product_id", Part::Id),
    ("sku", Part::Id),
    ("item_id", Part::Id),
    ("position", Part::Position),
    ("price", Part::Price),
    ("quantity", Part::Quantity),
];
const GA4: [(&str, Part); 4] = [
    ("item_id", Part::Id),
    ("index", Part::Index),
    ("price", Part::Price),
    ("quantity", Part::Quantity),
];
const INDICES: WholeRange =
    WholeRange { least: 0, most: 65_534, words: "a place in the list, from 0 to 65534" };

/// Reads the array in `field`.
///
/// # Errors
/// A flaw that points at the member that is wrong.
pub fn read<'a>(field: Field<'a>, dialect: Dialect) -> Result<Vec<Named<'a>>, Flaw> {
    kind_of_array(field.raw).map_err(|fault| field.flaw(fault))?;
    let elements: Vec<&'a RawValue> = serde_json::from_str(field.raw).map_err(|error| {
        field.flaw(Fault::InvalidJson { what: error.to_string(), offset: error.column() })
    })?;
    if elements.is_empty() {
        return Err(field.flaw(Fault::EmptyItems));
    }
    let base = field.pointer();
    let numbered = elements.into_iter().enumerate();
    numbered
        .map(|(place, element)| one(element.get(), &format!("{base}/{place}"), dialect))
        .collect()
}

fn one<'a>(raw: &'a str, base: &str, dialect: Dialect) -> Result<Named<'a>, Flaw> {
    let object = Object::parse_text(raw, base)?;
    let table = parts(dialect);
    let chosen = choose_id(&object, table, base, dialect)?;
    let mut named = Named {
        item_id: id(chosen.1).map_err(|fault| fault.at(pointer::join(base, chosen.0)))?,
        pointer: pointer::join(base, chosen.0),
        position: None,
        price: None,
        extras: Vec::new(),
    };
    for (name, raw) in object.members.iter().filter(|(name, _)| name != chosen.0) {
        let part = table.iter().find(|(known, _)| known == name).map(|(_, part)| *part);
        take(&mut named, part, (name, raw), dialect)
            .map_err(|fault| fault.at(pointer::join(base, name)))?;
    }
    Ok(named)
}

fn parts(dialect: Dialect) -> &'static [(&'static str, Part)] {
    match dialect {
        Dialect::Native | Dialect::CloudEvents => &NATIVE,
        Dialect::Segment => &SEGMENT,
        Dialect::Ga4 => &GA4,
    }
}

/// The member that names the item: the first of the dialect's names that is there, and there once.
fn choose_id<'a>(
    object: &Object<'a>,
    table: &'static [(&'static str, Part)],
    base: &str,
    dialect: Dialect,
) -> Result<(&'static str, &'a str), Flaw> {
    let names = table.iter().filter(|(_, part)| *part == Part::Id).map(|(name, _)| *name);
    for name in names {
        let mut found = object.members.iter().filter(|(key, raw)| key == name && *raw != "null");
        if let Some((_, raw)) = found.next() {
            return match found.next() {
                Some(_) => Err(Fault::Conflict { name, other: name }.at(pointer::join(base, name))),
                None => Ok((name, raw)),
            };
        }
    }
    // A misspelt name is the likelier fault than a forgotten one.
    if dialect == Dialect::Native
        && let Some((name, _)) = object.members.iter().find(|(name, _)| !is_known(table, name))
    {
        return Err(unknown(name).at(pointer::join(base, name)));
    }
    Err(Fault::Missing { name: "item_id", hint: "" }.at(pointer::join(base, "item_id")))
}

fn is_known(table: &[(&str, Part)], name: &str) -> bool {
    table.iter().any(|(known, _)| *known == name)
}

fn take<'a>(
    named: &mut Named<'a>,
    part: Option<Part>,
    (name, raw): (&Cow<'a, str>, &'a str),
    dialect: Dialect,
) -> Result<(), Fault> {
    let strict = dialect == Dialect::Native;
    match part {
        Some(_) if raw == "null" => {}
        None if strict => return Err(unknown(name)),
        Some(Part::Position) => {
            set(&mut named.position, whole(raw, POSITIONS)? as u16, "position")?;
        }
        Some(Part::Index) => set(&mut named.position, whole(raw, INDICES)? as u16 + 1, "index")?,
        Some(Part::Price) => set(&mut named.price, float(raw, PRICES)?, "price")?,
        Some(Part::Quantity) => {
            float(raw, QUANTITIES)?;
            named.extras.push((name.clone(), Cow::Borrowed(raw)));
        }
        Some(Part::Id) | None => named.extras.push((name.clone(), Cow::Borrowed(raw))),
    }
    Ok(())
}

fn set<T>(slot: &mut Option<T>, value: T, name: &'static str) -> Result<(), Fault> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Fault::Conflict { name, other: name }),
    }
}

fn unknown(name: &str) -> Fault {
    let known = NATIVE.iter().map(|(known, _)| *known);
    Fault::UnknownField { name: super::fault::shorten(name), nearest: nearest(name, known) }
}
