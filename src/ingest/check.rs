//! From the fields of one event to typed values, or the flaw that refuses it.
//!
//! Not here: the catalogue. What an item is called is checked; whether it is known is not.

use std::borrow::Cow;

use engine::event_types::Role;
use engine::{EventTypeId, RecommendationId};

use super::Edge;
use super::dialect::{Dialect, Parsed};
use super::fault::{Fault, Flaw};
use super::field::{Field, Fields, FloatRange, POSITIONS, PRICES, QUANTITIES, Slot, WholeRange};
use super::items::{self, Named};
use super::limits;
use super::moment::{self, Settled};
use super::properties::{self, Extra};

const VALUES: FloatRange =
    FloatRange { least: f32::MIN, most: f32::MAX, words: "a number that a 32-bit float holds" };
const PORTIONS: FloatRange = FloatRange { least: 0.0, most: 1.0, words: "a portion from 0 to 1" };
const DWELLS: WholeRange =
    WholeRange { least: 0, most: u32::MAX as u64, words: "milliseconds, from 0 to 4294967295" };
/// The one type that says nothing without a value.
const RATING: &str = "rate";

/// One event, checked.
#[derive(Clone, Debug)]
pub struct Checked<'a> {
    /// Canonical type.
    pub event_type: EventTypeId,
    /// Who: the user, or the session where no user is named.
    pub user: Cow<'a, str>,
    /// Behaviour session.
    pub session_id: Option<Cow<'a, str>>,
    /// Live room.
    pub room_id: Option<Cow<'a, str>>,
    /// On which items; empty where it is about none.
    pub items: Vec<Named<'a>>,
    /// Whether they came as a list, whose entries have identities of their own.
    pub listed: bool,
    /// When.
    pub time: Settled,
    /// Whether the sender gave a time.
    pub own_time: bool,
    /// Rating, amount or portion.
    pub value: Option<f32>,
    /// The served list that it answers.
    pub recommendation: Option<RecommendationId>,
    /// A recommendation id that this node did not give.
    pub foreign_recommendation: Option<Field<'a>>,
    /// Given id.
    pub event_id: Option<Cow<'a, str>>,
    /// Whose id it is.
    pub id_scope: Cow<'a, str>,
    /// The sender's own fields, for the first of its items.
    pub properties: Box<str>,
    /// Where the time stood.
    pub time_pointer: String,
}

/// Checks the fields of one event.
///
/// # Errors
/// The first flaw found.
pub fn check<'a>(
    parsed: Parsed<'a>,
    dialect: Dialect,
    edge: &Edge<'_>,
) -> Result<Checked<'a>, Flaw> {
    let Parsed { mut fields, id_scope } = parsed;
    let event_type = event_type(&fields, dialect, edge)?;
    let session_id = fields.get(Slot::Session).map(|field| field.id()).transpose()?;
    let user = user(&fields, session_id.as_ref(), edge.speaker)?;
    let room_id = fields.get(Slot::Room).map(|field| room_id(&field)).transpose()?;
    let (time, time_pointer) = time(&fields, edge)?;
    let own_time = fields.get(Slot::Time).is_some();
    let value = value(&mut fields)?;
    let recommendation = recommendation(&fields)?;
    let listed = fields.get(Slot::Items).is_some();
    let mut items = named_items(&mut fields, dialect)?;
    for (slot, name) in [(Slot::Currency, "currency"), (Slot::Dwell, "dwell_ms")] {
        keep(&mut fields, slot, name)?;
    }
    let foreign_recommendation = match (recommendation, fields.get(Slot::Recommendation)) {
        (None, Some(field)) => {
            fields.extras.push(("recommendation_id".into(), field.raw.into()));
            Some(field)
        }
        _ => None,
    };
    let event_id = fields.get(Slot::EventId).map(|field| field.id()).transpose()?;
    let properties = first_properties(&fields, &mut items, edge.limits.event_bytes)?;
    let checked = Checked {
        event_type,
        user,
        session_id,
        room_id,
        items,
        listed,
        time,
        own_time,
        value,
        recommendation,
        foreign_recommendation,
        event_id,
        id_scope,
        properties,
        time_pointer,
    };
    say_enough(checked, edge)
}

fn event_type(fields: &Fields<'_>, dialect: Dialect, edge: &Edge<'_>) -> Result<EventTypeId, Flaw> {
    let field = fields.need(Slot::Type, "type", "")?;
    let name = field.text()?;
    let last =
        name.rsplit('.').next().filter(|last| dialect == Dialect::CloudEvents && *last != name);
    let found = edge.names.resolve(&name);
    let found = found.or_else(|fault| last.ok_or(fault).and_then(|last| edge.names.resolve(last)));
    found.map_err(|fault| field.flaw(fault))
}

fn user<'a>(
    fields: &Fields<'a>,
    session: Option<&Cow<'a, str>>,
    speaker: Option<&str>,
) -> Result<Cow<'a, str>, Flaw> {
    if let Some(own) = speaker {
        let other = |field: &Field<'a>| Ok(field.id()? != own);
        return match fields.get(Slot::User) {
            Some(field) if other(&field)? => {
                Err(field.flaw(Fault::NotYours { own: super::fault::shorten(own) }))
            }
            _ => Ok(Cow::Owned(own.to_owned())),
        };
    }
    match (fields.get(Slot::User), session) {
        (Some(field), _) => field.id(),
        (None, Some(session)) => Ok(session.clone()),
        (None, None) => {
            let hint = "; without a login a `session_id` alone is enough";
            Err(Fault::Missing { name: "user_id", hint }.at("/user_id"))
        }
    }
}

fn time(fields: &Fields<'_>, edge: &Edge<'_>) -> Result<(Settled, String), Flaw> {
    let read = |slot| {
        let field = fields.get(slot);
        field.map(|field| moment::read(field.raw).map_err(|fault| field.flaw(fault))).transpose()
    };
    // A row of an import was sent long before it is received: that says nothing of a clock.
    let sent = read(Slot::SentAt)?.filter(|_| edge.import.is_none());
    let settled = moment::settle(read(Slot::Time)?, sent, edge.receipt);
    // A file was looked through by whoever imports it; its first row may well be years behind another's last.
    if edge.import.is_none()
        && edge.receipt.is_left_behind(settled.at)
        && let Some(field) = fields.get(Slot::Time)
    {
        return Err(field.flaw(Fault::TimeAhead { text: super::fault::shorten(field.raw) }));
    }
    let told = settled.ahead_ms.is_some() || settled.clock_off_ms.is_some();
    let pointer = fields.get(Slot::Time).filter(|_| told).map(|field| field.pointer());
    Ok((settled, pointer.unwrap_or_default()))
}

/// The value; a portion is one where no other was sent.
fn value(fields: &mut Fields<'_>) -> Result<Option<f32>, Flaw> {
    let value = fields.get(Slot::Value).map(|field| field.float(VALUES)).transpose()?;
    let portion = fields.get(Slot::Portion).map(|field| field.float(PORTIONS)).transpose()?;
    if value.is_some()
        && let Some(field) = fields.get(Slot::Portion)
    {
        fields.extras.push((field.name.into(), field.raw.into()));
    }
    Ok(value.or(portion))
}

fn recommendation(fields: &Fields<'_>) -> Result<Option<RecommendationId>, Flaw> {
    let text = fields.get(Slot::Recommendation).map(|field| field.id()).transpose()?;
    Ok(text.and_then(|text| RecommendationId::parse(&text)))
}

/// Checks a field that state does not read and keeps it as a property.
fn keep(fields: &mut Fields<'_>, slot: Slot, name: &'static str) -> Result<(), Flaw> {
    let Some(field) = fields.get(slot) else { return Ok(()) };
    match slot {
        Slot::Dwell => field.whole(DWELLS).map(|_| ())?,
        Slot::Quantity => field.float(QUANTITIES).map(|_| ())?,
        _ => field.text().map(|_| ())?,
    }
    fields.extras.push((name.into(), field.raw.into()));
    Ok(())
}

fn named_items<'a>(fields: &mut Fields<'a>, dialect: Dialect) -> Result<Vec<Named<'a>>, Flaw> {
    let list = fields.get(Slot::Items);
    match (list, fields.get(Slot::Item)) {
        (Some(list), _) => {
            stand_aside(fields, list, dialect)?;
            items::read(list, dialect)
        }
        (None, Some(item)) => one_item(fields, item).map(|item| vec![item]),
        (None, None) => {
            keep(fields, Slot::Quantity, "quantity")?;
            keep_number(fields, Slot::Price)?;
            keep_number(fields, Slot::Position)?;
            Ok(Vec::new())
        }
    }
}

fn one_item<'a>(fields: &mut Fields<'a>, item: Field<'a>) -> Result<Named<'a>, Flaw> {
    keep(fields, Slot::Quantity, "quantity")?;
    let position = fields.get(Slot::Position).map(|field| field.whole(POSITIONS)).transpose()?;
    Ok(Named {
        item_id: item.id()?,
        pointer: item.pointer(),
        position: position.map(|position| position as u16),
        price: fields.get(Slot::Price).map(|field| field.float(PRICES)).transpose()?,
        extras: Vec::new(),
    })
}

/// What says something of one item has no meaning beside a list of several.
fn stand_aside<'a>(fields: &mut Fields<'a>, list: Field<'a>, dialect: Dialect) -> Result<(), Flaw> {
    for slot in [Slot::Item, Slot::Position, Slot::Price, Slot::Quantity] {
        if let Some(field) = fields.get(slot) {
            if dialect == Dialect::Native {
                return Err(field.flaw(Fault::Conflict { name: field.name, other: list.name }));
            }
            fields.extras.push((field.name.into(), field.raw.into()));
        }
    }
    Ok(())
}

fn keep_number(fields: &mut Fields<'_>, slot: Slot) -> Result<(), Flaw> {
    let Some(field) = fields.get(slot) else { return Ok(()) };
    match slot {
        Slot::Position => field.whole(POSITIONS).map(|_| ())?,
        _ => field.float(PRICES).map(|_| ())?,
    }
    fields.extras.push((field.name.into(), field.raw.into()));
    Ok(())
}

/// The sender's own fields stand once, on the first of several items.
fn first_properties<'a>(
    fields: &Fields<'a>,
    items: &mut [Named<'a>],
    limit: usize,
) -> Result<Box<str>, Flaw> {
    let mut extras: Vec<Extra<'_>> = fields.extras.clone();
    if let Some(first) = items.first_mut() {
        extras.append(&mut first.extras);
    }
    let composed = properties::compose(fields.get(Slot::Properties), &extras)?;
    match composed.len() {
        found if limit < found => Err(Fault::TooLarge { found, limit }.at("")),
        _ => Ok(composed),
    }
}

/// An event that says whether something was liked must say what, and a rating how much.
fn say_enough<'a>(checked: Checked<'a>, edge: &Edge<'_>) -> Result<Checked<'a>, Flaw> {
    let role = edge.types.get(checked.event_type).map(|spec| spec.role);
    if checked.items.is_empty() && checked.room_id.is_none() && role != Some(Role::Neutral) {
        let hint = ": this type is about an item (`item_id` or `items`) or a live room (`room_id`)";
        return Err(Fault::Missing { name: "item_id", hint }.at("/item_id"));
    }
    if checked.value.is_none() && edge.names.canonical(checked.event_type) == RATING {
        return Err(Fault::Missing { name: "value", hint: ": a rating needs one" }.at("/value"));
    }
    Ok(checked)
}

/// A room's id, by which channels and an item are named.
fn room_id<'a>(field: &Field<'a>) -> Result<Cow<'a, str>, Flaw> {
    let room = field.id()?;
    if limits::ROOM_ID_BYTES < room.len() || room.ends_with(":state") {
        return Err(field.flaw(Fault::RoomId));
    }
    Ok(room)
}
