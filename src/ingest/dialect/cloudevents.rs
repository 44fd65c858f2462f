//! CloudEvents 1.0 in JSON: attributes around, our fields in `data`.
//!
//! An id is unique for its `source` only, so the source is part of the identity. Of a dotted `type`
//! (`com.example.select_item`) the last part may be the name.

use std::borrow::Cow;

use super::{Parsed, map, nest};
use crate::ingest::fault::{Fault, Flaw};
use crate::ingest::field::{Field, Fields, NATIVE, Slot, text};
use crate::ingest::object::Object;

const ATTRIBUTES: [(&str, Slot); 3] =
    [("id", Slot::EventId), ("type", Slot::Type), ("time", Slot::Time)];

pub fn read<'a>(event: &Object<'a>) -> Result<Parsed<'a>, Flaw> {
    check_version(event)?;
    let mut fields = Fields::default();
    let mut around = Fields::default();
    map(event, "", &ATTRIBUTES, &mut around)?;
    for (name, slot) in ATTRIBUTES {
        match around.get(slot) {
            Some(field) => fields.put(slot, field)?,
            None if slot == Slot::Time => {}
            None => return Err(Fault::Missing { name, hint: "" }.at(format!("/{name}"))),
        }
    }
    let data = event.get("data").ok_or_else(|| no_data(event))?;
    map(&Object::parse_text(data, "/data")?, "/data", &NATIVE, &mut fields)?;
    around
        .extras
        .retain(|(name, _)| !matches!(&**name, "specversion" | "data" | "datacontenttype"));
    nest("cloudevents", &around, &mut fields);
    Ok(Parsed { fields, id_scope: source(event)? })
}

fn source<'a>(event: &Object<'a>) -> Result<Cow<'a, str>, Flaw> {
    let missing = || Fault::Missing { name: "source", hint: "" }.at("/source");
    let raw = event.get("source").ok_or_else(missing)?;
    Field { base: "", name: "source", raw }.text()
}

fn check_version(event: &Object<'_>) -> Result<(), Flaw> {
    let version = event.get("specversion").map(text).transpose();
    match version.map_err(|fault| fault.at("/specversion"))? {
        Some(version) if version == "1.0" => Ok(()),
        Some(_) => {
            Err(Fault::Unsupported { what: "only CloudEvents 1.0 is read" }.at("/specversion"))
        }
        None => Err(Fault::Missing { name: "specversion", hint: "" }.at("/specversion")),
    }
}

fn no_data(event: &Object<'_>) -> Flaw {
    match event.get("data_base64") {
        Some(_) => Fault::Unsupported { what: "send `data` as JSON instead of `data_base64`" }
            .at("/data_base64"),
        None => Fault::Missing { name: "data", hint: "" }.at("/data"),
    }
}
