//! Our own form: every field is known, or the event is refused with the nearest name.

use super::{Parsed, Rows};
use crate::ingest::fault::{Fault, Flaw, shorten};
use crate::ingest::field::{Field, Fields, NATIVE, SOURCE_POSITION, Slot, native_slot};
use crate::ingest::names::nearest;
use crate::ingest::object::Object;
use crate::ingest::pointer;

/// What may stand beside `events`.
const BESIDE: [&str; 1] = ["sent_at"];

pub fn check_envelope(envelope: &Object<'_>) -> Result<(), Flaw> {
    match envelope.members.iter().find(|(name, _)| !BESIDE.contains(&&**name)) {
        None => Ok(()),
        Some((name, _)) => {
            let nearest = nearest(name, BESIDE.into_iter().chain(["events"]));
            Err(Fault::UnknownField { name: shorten(name), nearest }.at(pointer::join("", name)))
        }
    }
}

pub fn read<'a>(event: &Object<'a>, envelope: &Object<'a>, rows: Rows) -> Result<Parsed<'a>, Flaw> {
    let mut fields = Fields::default();
    for (name, raw) in &event.members {
        let (name, slot) = match native_slot(name) {
            Some(found) => found,
            None if rows == Rows::Numbered && name == SOURCE_POSITION => {
                (SOURCE_POSITION, Slot::SourcePosition)
            }
            None => return Err(unknown(name)),
        };
        fields.put(slot, Field { base: "", name, raw })?;
    }
    if let Some(raw) = envelope.get("sent_at") {
        let _ = fields.put_if_empty(Slot::SentAt, Field { base: "", name: "sent_at", raw });
    }
    Ok(Parsed { fields, id_scope: "".into() })
}

fn unknown(name: &str) -> Flaw {
    let known = NATIVE.iter().map(|(known, _)| *known);
    Fault::UnknownField { name: shorten(name), nearest: nearest(name, known) }
        .at(pointer::join("", name))
}
