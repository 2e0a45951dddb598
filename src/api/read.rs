//! Short ways to read fields of a normalized object: what is absent reads as Go's zero value.

use serde_json::Value;

/// The text of a field; empty if it is absent.
pub(crate) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or("")
}

/// The number of a field; zero if it is absent.
pub(crate) fn number(object: &Value, field: &str) -> i64 {
    object[field].as_i64().unwrap_or(0)
}

/// Whether a field is true.
pub(crate) fn flag(object: &Value, field: &str) -> bool {
    object[field] == true
}

/// Whether a field is there.
pub(crate) fn has(object: &Value, field: &str) -> bool {
    !object[field].is_null()
}

/// The items of a list; none if it is absent.
pub(crate) fn list<'a>(object: &'a Value, field: &str) -> &'a [Value] {
    object[field].as_array().map_or(&[], Vec::as_slice)
}

/// The entries of a map; none if it is absent.
pub(crate) fn entries<'a>(
    object: &'a Value,
    field: &str,
) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
    object[field].as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}
