//! JSON merge patch (RFC 7386): maps are merged, null removes, everything else replaces.

use serde_json::{Map, Value};

/// The object with the patch applied.
pub fn apply(object: &Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else { return patch.clone() };
    let mut merged: Map<String, Value> = object.as_object().cloned().unwrap_or_default();
    for (key, change) in changes {
        if change.is_null() {
            merged.remove(key);
        } else {
            let value = apply(merged.get(key).unwrap_or(&Value::Null), change);
            merged.insert(key.clone(), value);
        }
    }
    Value::Object(merged)
}

#[cfg(test)]
mod tests {
    use super::apply;
    use serde_json::{Value, json};

    fn check(object: Value, patch: Value, expect: Value) {
        assert_eq!(apply(&object, &patch), expect, "{object} with {patch}");
    }

    #[test]
    fn examples_of_the_rfc() {
        check(json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"}));
        check(json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"}));
        check(json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]}));
        check(json!(["a", "b"]), json!({"a": {"b": {"c": null}}}), json!({"a": {"b": {}}}));
        check(json!({"a": "foo"}), json!(null), json!(null));
    }
}
