//! One text for one value: JSON without white space, keys sorted by their bytes, for hashing.

use podlinnik_domain::hash::Sha256;
use serde_json::Value;

/// Canonical JSON of a value. Does not rely on the order that `serde_json`'s map keeps.
pub fn canonical_json(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// SHA-256 of the canonical JSON.
pub fn canonical_sha256(value: &Value) -> Sha256 {
    Sha256::of(canonical_json(value).as_bytes())
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| key.as_bytes());
            text.push('{');
            for (position, (key, inner)) in entries.into_iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write(inner, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (position, inner) in items.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write(inner, text);
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_at_every_depth_and_order_of_lists_is_kept() {
        let value = json!({"b": [3, {"z": null, "a": "é\n\""}], "a": {"d": 1.5, "c": true}});
        assert_eq!(canonical_json(&value), r#"{"a":{"c":true,"d":1.5},"b":[3,{"a":"é\n\"","z":null}]}"#);
    }

    #[test]
    fn equal_values_have_equal_hashes_and_others_do_not() {
        let one: Value = serde_json::from_str(r#"{"a":1,"b":2}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{ "b": 2, "a": 1 }"#).unwrap();
        assert_eq!(canonical_sha256(&one), canonical_sha256(&other));
        assert_ne!(canonical_sha256(&one), canonical_sha256(&json!({"a": 1, "b": 3})));
    }
}
