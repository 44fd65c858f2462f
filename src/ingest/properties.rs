//! The `properties` of a draft: what the sender put there, and what no field of ours takes.

use std::borrow::Cow;
use std::collections::HashSet;

use super::fault::Flaw;
use super::field::Field;
use super::object::Object;

/// Name and JSON text of a value that goes into `properties`.
pub type Extra<'a> = (Cow<'a, str>, Cow<'a, str>);

/// One object of `own` properties and `extras`; empty text where there is neither.
///
/// An extra whose name is taken gets a number behind it, so that neither is lost.
///
/// # Errors
/// A flaw where `own` is no object.
pub fn compose(own: Option<Field<'_>>, extras: &[Extra<'_>]) -> Result<Box<str>, Flaw> {
    let Some(own) = own else {
        return Ok(write(&[], extras));
    };
    let object = Object::parse_text(own.raw, &own.pointer())?;
    match extras {
        [] if object.members.is_empty() => Ok("".into()),
        [] => Ok(own.raw.into()),
        _ => {
            let members: Vec<Extra<'_>> =
                object.members.into_iter().map(|(name, raw)| (name, Cow::Borrowed(raw))).collect();
            Ok(write(&members, extras))
        }
    }
}

/// As [`compose`], without own properties.
#[must_use]
pub fn of_extras(extras: &[Extra<'_>]) -> Box<str> {
    write(&[], extras)
}

fn write(own: &[Extra<'_>], extras: &[Extra<'_>]) -> Box<str> {
    if own.is_empty() && extras.is_empty() {
        return "".into();
    }
    let mut taken: HashSet<String> = HashSet::new();
    let mut text = String::from("{");
    for (place, (name, raw)) in own.iter().chain(extras).enumerate() {
        let mut name = name.to_string();
        while !taken.insert(name.clone()) {
            // The place differs for each, so that a second try rarely meets anything.
            name = format!("{name}_{place}");
        }
        if 1 < text.len() {
            text.push(',');
        }
        text.push_str(&serde_json::Value::from(name).to_string());
        text.push(':');
        text.push_str(raw);
    }
    text.push('}');
    text.into()
}
