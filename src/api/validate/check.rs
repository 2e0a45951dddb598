//! Rules that many kinds share.

use serde_json::Value;

use crate::api::field::{Errors, FieldError, Path};
use crate::api::int_or_string::IntOrString;
use crate::api::names;
use crate::api::read::{number, text};

pub(super) const NEGATIVE: &str = "must be greater than or equal to 0";
pub(super) const NOT_POSITIVE: &str = "must be greater than zero";
pub(super) const IMMUTABLE: &str = "field is immutable";

/// Whatever a name's rule complains of becomes an error at the field.
pub(super) fn name(value: &str, rule: fn(&str) -> names::Complaints, path: &Path, errors: &mut Errors) {
    errors.extend(rule(value).into_iter().map(|detail| FieldError::invalid(path, value, detail)));
}

/// A number field that may not be negative.
pub(super) fn not_negative(object: &Value, field: &str, path: &Path, errors: &mut Errors) {
    let value = number(object, field);
    if value < 0 {
        errors.push(FieldError::invalid(&path.child(field), value, NEGATIVE));
    }
}

/// A text field with listed values; `required` asks for one.
pub(super) fn one_of(object: &Value, field: &str, values: &[&str], path: &Path, errors: &mut Errors) {
    let value = text(object, field);
    if value.is_empty() && object[field].is_null() {
        errors.push(FieldError::required(&path.child(field), ""));
    } else if !values.contains(&value) {
        errors.push(FieldError::not_supported(&path.child(field), value, values));
    }
}

/// The same, but the field may be absent.
pub(super) fn one_of_if_set(object: &Value, field: &str, values: &[&str], path: &Path, errors: &mut Errors) {
    if object[field].is_string() {
        one_of(object, field, values, path, errors);
    }
}

/// A number or percentage that may not be negative.
pub(super) fn positive_int_or_percent(value: &Value, path: &Path, errors: &mut Errors) {
    match IntOrString::of(value) {
        Some(IntOrString::String(text)) => name(&text, names::percent, path, errors),
        Some(IntOrString::Int(number)) if number < 0 => {
            errors.push(FieldError::invalid(path, i64::from(number), NEGATIVE));
        }
        _ => {}
    }
}

/// A percentage of at most a hundred.
pub(super) fn not_above_hundred_percent(value: &Value, path: &Path, errors: &mut Errors) {
    let percent = IntOrString::of(value).and_then(|value| value.percent());
    if percent.is_some_and(|percent| percent > 100) {
        errors.push(FieldError::invalid(path, value, "must not be greater than 100%"));
    }
}

/// The number of a number or percentage, as Go reads it: also from plain text, zero from other text.
pub(super) fn int_or_percent(value: &Value) -> i64 {
    match IntOrString::of(value) {
        Some(IntOrString::Int(number)) => i64::from(number),
        Some(IntOrString::String(text)) if !text.ends_with('%') => text.parse::<i32>().map_or(0, i64::from),
        Some(other) => other.percent().unwrap_or(0),
        None => 0,
    }
}

/// The number or name of a port.
pub(super) fn port(value: &Value, path: &Path, errors: &mut Errors) {
    match IntOrString::of(value) {
        Some(IntOrString::String(text)) => name(&text, names::port_name, path, errors),
        number => {
            let number = match number {
                Some(IntOrString::Int(number)) => i64::from(number),
                _ => 0,
            };
            let complaints = names::port_number(number);
            errors.extend(complaints.into_iter().map(|detail| FieldError::invalid(path, number, detail)));
        }
    }
}

/// Whether two normalized values mean the same: amounts are compared by size, absent and empty are equal.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    fn empty(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(map) => map.is_empty(),
            _ => false,
        }
    }
    fn same_within(left: &Value, right: &Value, amounts: bool) -> bool {
        match (left, right) {
            (Value::Object(left), Value::Object(right)) => {
                let keys = left.keys().chain(right.keys().filter(|key| !left.contains_key(*key)));
                keys.into_iter().all(|key| {
                    let inner =
                        matches!(key.as_str(), "requests" | "limits" | "hard" | "capacity" | "overhead");
                    let (left, right) =
                        (left.get(key).unwrap_or(&Value::Null), right.get(key).unwrap_or(&Value::Null));
                    same_within(left, right, inner || (amounts && left.is_string()))
                })
            }
            (Value::Array(left), Value::Array(right)) => {
                left.len() == right.len()
                    && left.iter().zip(right).all(|(left, right)| same_within(left, right, false))
            }
            (Value::String(left), Value::String(right)) if amounts => {
                use crate::api::quantity::Quantity;
                left == right
                    || matches!((Quantity::parse(left), Quantity::parse(right)), (Ok(left), Ok(right)) if left == right)
            }
            _ => left == right || (empty(left) && empty(right) && !(left.is_object() || right.is_object())),
        }
    }
    same_within(left, right, false)
}

/// A field that may not change.
pub(super) fn immutable(new: &Value, old: &Value, path: &Path, errors: &mut Errors) {
    if !same(new, old) {
        errors.push(FieldError::invalid(path, new, IMMUTABLE));
    }
}

/// What a rule finds, as the server prints it.
#[cfg(test)]
pub(super) fn finds(rule: impl FnOnce(&mut Errors), expected: &[&str]) {
    let mut errors = Errors::new();
    rule(&mut errors);
    assert_eq!(errors.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
}
