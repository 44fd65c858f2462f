//! Which envelope a body comes in, and how its fields become ours.
//!
//! Our own form is strict: a field it does not know is an error. A foreign envelope is mapped as a
//! whole: what no field of ours takes goes into `properties`, and what the envelope itself says besides
//! goes there under the envelope's name.

use std::borrow::Cow;

use super::fault::{BodyError, Fault, Flaw};
use super::field::{Field, Fields, Slot};
use super::frame::Framing;
use super::names::nearest;
use super::object::Object;
use super::pointer;

mod cloudevents;
mod ga4;
mod native;
mod segment;

/// The form of the events in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Our own.
    Native,
    /// Segment's track calls, alone or in a batch.
    Segment,
    /// The Measurement Protocol of Google Analytics 4.
    Ga4,
    /// CloudEvents 1.0, structured or batched.
    CloudEvents,
}

/// One event, its fields in slots.
#[derive(Clone, Debug, Default)]
pub struct Parsed<'a> {
    /// The fields.
    pub fields: Fields<'a>,
    /// Whose event ids these are: two sources may use one id for two events.
    pub id_scope: Cow<'a, str>,
}

/// What stands around the events of one body and holds for each of them.
#[derive(Clone, Debug, Default)]
pub struct Envelope<'a> {
    /// Its members, without the events.
    pub object: Object<'a>,
    /// Member of the body that holds the events; `None` where the body is the events.
    pub events: Option<Field<'a>>,
}

/// Dialect and framing of a body by its content type and the `format` of the query.
///
/// # Errors
/// [`BodyError::UnknownFormat`] with the nearest known name.
pub fn choose(
    content_type: Option<&str>,
    format: Option<&str>,
) -> Result<(Dialect, Framing), BodyError> {
    let media = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    let media = media.trim().to_ascii_lowercase();
    let framing = match media.as_str() {
        "application/x-ndjson"
        | "application/ndjson"
        | "application/jsonl"
        | "application/x-jsonlines" => Framing::Lines,
        _ => Framing::Detect,
    };
    let dialect = match format {
        None if media.starts_with("application/cloudevents") => Dialect::CloudEvents,
        None | Some("freshet" | "native") => Dialect::Native,
        Some("segment") => Dialect::Segment,
        Some("ga4") => Dialect::Ga4,
        Some("cloudevents") => Dialect::CloudEvents,
        Some(other) => {
            let known = ["segment", "ga4", "cloudevents", "freshet"];
            let name = super::fault::shorten(other);
            return Err(BodyError::UnknownFormat {
                name,
                nearest: nearest(other, known.into_iter()),
            });
        }
    };
    Ok((dialect, framing))
}

impl Dialect {
    /// Takes apart a body that is one object: the envelope, if it is one, with its events.
    ///
    /// # Errors
    /// A flaw of the envelope.
    pub fn unwrap(self, object: Object<'_>) -> Result<Envelope<'_>, Flaw> {
        let name = match self {
            Self::Native | Self::Ga4 => "events",
            Self::Segment => "batch",
            Self::CloudEvents => return Ok(Envelope { object, events: None }),
        };
        let Some(raw) = object.get(name) else {
            return match self {
                Self::Ga4 => Err(Fault::Missing { name: "events", hint: "" }.at("/events")),
                _ => Ok(Envelope { object, events: None }),
            };
        };
        let members = object.members.into_iter().filter(|(key, _)| key != name).collect();
        let object = Object { members };
        if self == Self::Native {
            native::check_envelope(&object)?;
        }
        Ok(Envelope { object, events: Some(Field { base: "", name, raw }) })
    }

    /// Puts the fields of one event into slots, those of its envelope behind its own.
    ///
    /// # Errors
    /// A flaw that points at the field that is wrong.
    pub fn read<'a>(
        self,
        event: &Object<'a>,
        envelope: &Object<'a>,
        rows: Rows,
    ) -> Result<Parsed<'a>, Flaw> {
        match self {
            Self::Native => native::read(event, envelope, rows),
            Self::Segment => segment::read(event, envelope),
            Self::Ga4 => ga4::read(event, envelope),
            Self::CloudEvents => cloudevents::read(event),
        }
    }
}

/// Whether events are rows of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// They are not, and have no `source_position`.
    No,
    /// They are, and each has one.
    Numbered,
}

/// Fills slots from a foreign object by a table in order of preference; the rest becomes extras.
///
/// # Errors
/// [`Fault::Conflict`] where a member that is taken stands twice.
fn map<'a>(
    object: &Object<'a>,
    base: &'static str,
    table: &[(&'static str, Slot)],
    fields: &mut Fields<'a>,
) -> Result<(), Flaw> {
    let mut taken = Vec::new();
    for (name, slot) in table {
        if let Some(raw) = object.get(name)
            && fields.put_if_empty(*slot, Field { base, name, raw })
        {
            taken.push(*name);
        }
    }
    for name in &taken {
        if 1 < object.members.iter().filter(|(key, _)| key == name).count() {
            return Err(Fault::Conflict { name, other: name }.at(pointer::join(base, name)));
        }
    }
    let rest = object.members.iter().filter(|(name, _)| !taken.contains(&&**name));
    fields.extras.extend(rest.map(|(name, raw)| (name.clone(), Cow::Borrowed(*raw))));
    Ok(())
}

/// The extras of `envelope` as one object under `name`, or nothing where there are none.
fn nest<'a>(name: &'static str, envelope: &Fields<'a>, fields: &mut Fields<'a>) {
    if !envelope.extras.is_empty() {
        let text = super::properties::of_extras(&envelope.extras);
        fields.extras.push((Cow::Borrowed(name), Cow::Owned(text.into())));
    }
}

#[cfg(test)]
mod tests;
