//! JSON Schema, as far as the schemas of this program use it.
//!
//! A keyword that is not known here is an error of the schema, never passed over: what stands in a
//! schema is checked. Objects have to list all of their properties, and to allow no others or to say
//! what others are.

use std::{fs, path::PathBuf};

use serde_json::{Map, Value};

/// Where the schemas are.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// The schema of a command, by its words with dashes between them.
pub(crate) fn read(name: &str) -> Value {
    let path = folder().join(name).with_extension("json");
    let text = fs::read_to_string(&path);
    let text = text.unwrap_or_else(|error| panic!("no schema {}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What of a value is not as its schema says; nothing if all of it is.
pub(crate) fn faults(value: &Value, schema: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(value, schema, "", &mut faults);
    faults
}

/// Words that say nothing of a value.
const NOTES: [&str; 3] = ["$schema", "title", "description"];

fn check(value: &Value, schema: &Value, at: &str, faults: &mut Vec<String>) {
    let schema = schema.as_object().unwrap_or_else(|| panic!("the schema of {at:?} is no object"));
    for (keyword, rule) in schema {
        let holds = match keyword.as_str() {
            note if NOTES.contains(&note) => true,
            "type" => is_one_of(value, rule),
            "enum" => rule.as_array().expect("a list").contains(value),
            "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
            "minLength" => value.as_str().is_none_or(|text| length(text) >= whole(rule)),
            "maxLength" => value.as_str().is_none_or(|text| length(text) <= whole(rule)),
            "anyOf" => {
                let choices = rule.as_array().expect("a list");
                choices.iter().any(|choice| self::faults(value, choice).is_empty())
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(item, rule, &format!("{at}[{index}]"), faults);
                }
                true
            }
            "properties" | "additionalProperties" => {
                check_properties(value, schema, keyword, at, faults);
                true
            }
            "required" => true,
            other => panic!("the keyword {other:?} at {at:?} is not known here"),
        };
        if !holds {
            faults.push(format!("{at}: {value} is not as {keyword} says: {rule}"));
        }
    }
}

fn check_properties(
    value: &Value,
    schema: &Map<String, Value>,
    keyword: &str,
    at: &str,
    faults: &mut Vec<String>,
) {
    let none = Map::new();
    let known = schema.get("properties").map_or(&none, |known| known.as_object().unwrap());
    let required = schema.get("required").map_or(&[][..], |names| names.as_array().unwrap());
    let names: Vec<_> = known.keys().map(|name| Value::from(name.as_str())).collect();
    assert!(
        names.len() == required.len() && names.iter().all(|name| required.contains(name)),
        "the schema of {at:?} does not require just its properties"
    );
    let others = schema.get("additionalProperties");
    let others = others.unwrap_or_else(|| panic!("the schema of {at:?} allows anything"));
    let Some(object) = value.as_object() else { return };
    if keyword == "properties" {
        for (name, schema) in known {
            match object.get(name) {
                Some(value) => check(value, schema, &format!("{at}.{name}"), faults),
                None => faults.push(format!("{at}: there is no {name}")),
            }
        }
        return;
    }
    for (name, value) in object.iter().filter(|(name, _)| !known.contains_key(*name)) {
        match others {
            Value::Bool(false) => faults.push(format!("{at}: {name} is not in the schema")),
            schema => check(value, schema, &format!("{at}.{name}"), faults),
        }
    }
}

/// Whether a value is of a type, or of one of several.
fn is_one_of(value: &Value, types: &Value) -> bool {
    let is = |name: &Value| match name.as_str().expect("the name of a type") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("there is no type {other:?}"),
    };
    types.as_array().map_or_else(|| is(types), |types| types.iter().any(is))
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn whole(rule: &Value) -> usize {
    usize::try_from(rule.as_u64().expect("a whole number")).expect("a small number")
}
