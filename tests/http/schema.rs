//! Enough of JSON Schema to hold answers to what the description says of them.

use serde_json::Value;

/// Checks `value` against `schema`, whose references lead into `root`.
///
/// # Errors
/// What does not fit, and where.
pub fn fits(value: &Value, schema: &Value, root: &Value, at: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        return fits(value, target.ok_or(format!("{reference} leads nowhere"))?, root, at);
    }
    if let Some(all) = schema["allOf"].as_array() {
        // Parts of a flattened object each describe some of the members.
        return all.iter().try_for_each(|part| loosely(value, part, root, at));
    }
    if let Some(any) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
        let fitting = any.iter().filter(|part| fits(value, part, root, at).is_ok()).count();
        return if 0 < fitting {
            Ok(())
        } else {
            Err(format!("{at}: {value} fits none of {any:?}"))
        };
    }
    check_type(value, schema, at)?;
    members(value, schema, root, at)?;
    unknown(value, schema, at)?;
    let items = value.as_array().into_iter().flatten().enumerate();
    items
        .filter(|_| schema["items"].is_object())
        .try_for_each(|(place, item)| fits(item, &schema["items"], root, &format!("{at}/{place}")))
}

fn loosely(value: &Value, schema: &Value, root: &Value, at: &str) -> Result<(), String> {
    let target = match schema["$ref"].as_str() {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap_or(schema),
        None => schema,
    };
    check_type(value, target, at)?;
    members(value, target, root, at)
}

fn check_type(value: &Value, schema: &Value, at: &str) -> Result<(), String> {
    let allowed: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return Ok(()),
    };
    let fitting = allowed.iter().any(|name| match *name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        _ => false,
    });
    if fitting { Ok(()) } else { Err(format!("{at}: {value} is none of {allowed:?}")) }
}

fn members(value: &Value, schema: &Value, root: &Value, at: &str) -> Result<(), String> {
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            return Err(format!("{at}: `{name}` is missing"));
        }
    }
    let described = schema["properties"].as_object().into_iter().flatten();
    described
        .filter_map(|(name, schema)| Some((name, schema, value.get(name)?)))
        .try_for_each(|(name, schema, value)| fits(value, schema, root, &format!("{at}/{name}")))
}

/// A member that an object with described members does not describe.
fn unknown(value: &Value, schema: &Value, at: &str) -> Result<(), String> {
    let (Some(members), Some(described)) = (value.as_object(), schema["properties"].as_object())
    else {
        return Ok(());
    };
    match members.keys().find(|name| !described.contains_key(*name)) {
        Some(name) => Err(format!("{at}: `{name}` is not described")),
        None => Ok(()),
    }
}

#[test]
fn the_check_finds_what_does_not_fit() {
    let schema = serde_json::json!({"type": "object", "required": ["a"],
        "properties": {"a": {"type": "integer"}, "b": {"type": ["string", "null"]}}});
    let check = |value: Value| fits(&value, &schema, &schema, "").is_ok();
    assert!(check(serde_json::json!({"a": 1, "b": null})));
    for wrong in [r#"{"a":"1"}"#, r#"{"b":"x"}"#, r#"{"a":1,"b":2}"#, r#"{"a":1,"c":2}"#, "[]"] {
        assert!(!check(serde_json::from_str(wrong).unwrap()), "{wrong}");
    }
}
