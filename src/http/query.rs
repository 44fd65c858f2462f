//! Parameters of a query as a JSON object, so that a GET is checked by the very code that checks bodies.
//!
//! Not here: what the parameters mean.

use actix_web::web;
use serde_json::{Map, Value};

use super::error::{ApiError, FieldError};
use super::fields::join;

/// How a parameter's text becomes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// As it is.
    Text,
    /// A whole number; other text stays text, for the check to name.
    Whole,
    /// `true` or `false`; other text stays text.
    Flag,
    /// Several texts, separated by commas or given several times.
    List,
}

/// The parameters of `query` by `sorts`; one without a sort is text, for the check to refuse.
///
/// # Errors
/// Where the query cannot be read or gives one value twice.
pub fn object(query: &str, sorts: &[(&str, Sort)]) -> Result<Map<String, Value>, ApiError> {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(query).map_err(|error| {
        ApiError::Stated {
            status: 400,
            code: "invalid_query",
            title: "The query cannot be read",
            detail: error.to_string(),
            errors: Vec::new(),
        }
    })?;
    let mut members = Map::new();
    for (name, text) in pairs.into_inner() {
        let sort = sorts.iter().find(|(known, _)| *known == name).map_or(Sort::Text, |(_, s)| *s);
        insert(&mut members, name, text, sort)?;
    }
    Ok(members)
}

fn insert(
    members: &mut Map<String, Value>,
    name: String,
    text: String,
    sort: Sort,
) -> Result<(), ApiError> {
    if sort == Sort::List {
        let list = members.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.extend(text.split(',').filter(|part| !part.is_empty()).map(Value::from));
        }
        return Ok(());
    }
    if members.contains_key(&name) {
        let error = FieldError::new(join("", &name), "given_twice", "is given twice");
        return Err(ApiError::Invalid(vec![error]));
    }
    members.insert(name, scalar(text, sort));
    Ok(())
}

fn scalar(text: String, sort: Sort) -> Value {
    match sort {
        Sort::Whole => text.parse::<u64>().map(Value::from).unwrap_or(Value::String(text)),
        Sort::Flag => text.parse::<bool>().map(Value::Bool).unwrap_or(Value::String(text)),
        Sort::Text | Sort::List => Value::String(text),
    }
}

#[cfg(test)]
mod tests;
