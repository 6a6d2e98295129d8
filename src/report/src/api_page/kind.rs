//! Schemas in words: `list of Verdict or null`, with links; and their limits.

use serde_json::Value;

/// A piece of text, perhaps with a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) text: String,
    /// The schema that it leads to.
    pub(super) link: Option<String>,
}

fn plain(text: impl Into<String>) -> Part {
    Part { text: text.into(), link: None }
}

/// The name at the end of a reference.
pub(super) fn referred(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.rsplit('/').next()
}

fn link(name: &str) -> Vec<Part> {
    vec![Part { text: name.to_owned(), link: Some(name.to_owned()) }]
}

/// What a schema is, in a few words. `of` is the name of the schema that it stands in.
pub(super) fn kind(schema: &Value, of: &str) -> Vec<Part> {
    if let Some(name) = referred(schema) {
        return link(name);
    }
    if let Some(choices) = ["oneOf", "anyOf"].iter().find_map(|key| schema.get(key)?.as_array()) {
        return joined(choices.iter().map(|choice| kind(choice, of)), " or ");
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        return joined(parts.iter().map(|part| kind(part, of)), " and ");
    }
    match schema.get("type") {
        Some(Value::Array(several)) => {
            let one = |name: &Value| {
                let mut single = schema.clone();
                if let Some(fields) = single.as_object_mut() {
                    fields.insert("type".to_owned(), name.clone());
                }
                kind(&single, of)
            };
            joined(several.iter().map(one), " or ")
        }
        Some(Value::String(name)) => named(name, schema, of),
        _ if schema.get("enum").is_some() => vec![plain("string")],
        _ => vec![plain("any JSON")],
    }
}

fn named(name: &str, schema: &Value, of: &str) -> Vec<Part> {
    match name {
        "array" => {
            let items = schema.get("items").unwrap_or(&Value::Null);
            let inner = match of.strip_prefix("Listing_") {
                Some(item) if referred(items).is_none() => link(item),
                _ => kind(items, of),
            };
            [vec![plain("list of ")], inner].concat()
        }
        "object" => match schema.get("additionalProperties") {
            Some(values @ Value::Object(_)) => [vec![plain("object of ")], kind(values, of)].concat(),
            _ => vec![plain("object")],
        },
        "null" => vec![plain("null")],
        other => {
            let format = schema.get("format").and_then(Value::as_str);
            // Widths of numbers say nothing on the wire.
            let told = format.filter(|format| !format.starts_with("int") && *format != "double");
            vec![plain(told.map_or_else(|| other.to_owned(), |format| format!("{other} ({format})")))]
        }
    }
}

fn joined(parts: impl Iterator<Item = Vec<Part>>, between: &str) -> Vec<Part> {
    let mut all = Vec::new();
    for part in parts {
        if !all.is_empty() {
            all.push(plain(between));
        }
        all.extend(part);
    }
    all
}

/// The values that are allowed, where they are listed.
pub(super) fn choices(schema: &Value) -> Vec<String> {
    let listed = schema.get("enum").and_then(Value::as_array);
    listed.into_iter().flatten().map(shown).collect()
}

/// Limits of a value: `1 to 2000 characters`, `at least 0`, `default 20`.
pub(super) fn limits(schema: &Value) -> Vec<String> {
    let number = |key: &str| schema.get(key).filter(|value| value.is_number()).map(ToString::to_string);
    let between = |least: Option<String>, most: Option<String>, unit: &str| match (least, most) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}{unit}")),
        (Some(least), None) => Some(format!("at least {least}{unit}")),
        (None, Some(most)) => Some(format!("at most {most}{unit}")),
        (None, None) => None,
    };
    // "At least 0" is what every count is.
    let minimum = number("minimum").filter(|least| least != "0" || number("maximum").is_some());
    [
        between(minimum, number("maximum"), ""),
        between(number("minLength"), number("maxLength"), " characters"),
        between(number("minItems"), number("maxItems"), " entries"),
        schema.get("pattern").and_then(Value::as_str).map(|pattern| format!("matches {pattern}")),
        schema.get("default").map(|value| format!("default {}", shown(value))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A value as one would type it.
pub(super) fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn words(schema: &Value) -> String {
        kind(schema, "Listing_Case").iter().map(|part| part.text.as_str()).collect()
    }

    #[test]
    fn schemas_are_put_into_words() {
        for (schema, expected) in [
            (json!({"$ref": "#/components/schemas/Verdict"}), "Verdict"),
            (json!({"type": ["string", "null"], "format": "date-time"}), "string (date-time) or null"),
            (json!({"oneOf": [{"$ref": "#/a/Case"}, {"type": "null"}]}), "Case or null"),
            (json!({"type": "array", "items": {"type": "integer", "format": "int64"}}), "list of Case"),
            (json!({"type": "array", "items": {"$ref": "#/a/Event"}}), "list of Event"),
            (json!({"type": "object", "additionalProperties": {"type": "number"}}), "object of number"),
            (json!({}), "any JSON"),
        ] {
            assert_eq!(words(&schema), expected);
        }
        let limited = json!({"minLength": 1, "maxLength": 9, "default": "a", "minimum": 0});
        assert_eq!(limits(&limited), ["1 to 9 characters", "default a"]);
        assert_eq!(choices(&json!({"enum": ["a", 1]})), ["a", "1"]);
    }
}
